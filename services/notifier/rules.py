"""Where one person is told of one message: the decision table, as pure functions of facts.

The rows, tried in this order:

1. author, no longer a member, message deleted, already read: nowhere;
2. muted, kind switched off, snoozed, do-not-disturb hours: nowhere;
3. a tab in use shows the conversation: nowhere, it is being viewed;
4. a tab is in use: a banner in that tab, or nowhere with in-app notifications off;
5. a tab is open, and the browser may notify: a browser notification, from the tab used last;
6. otherwise: a push to every device.

While presence cannot tell who is where, rows 3 to 6 cannot be tried, and the decision waits.
"""

from collections.abc import Iterator
from datetime import datetime

from services.notifier.facts import (
    DEFAULT_PREFERENCES,
    Client,
    Decision,
    Facts,
    PushTiming,
    Reason,
    Surface,
    Tab,
)

SETTLED = frozenset(
    {
        Reason.AUTHOR,
        Reason.NOT_A_MEMBER,
        Reason.DELETED,
        Reason.READ,
        Reason.MUTED,
        Reason.KIND_OFF,
        Reason.SNOOZED,
        Reason.DO_NOT_DISTURB,
    }
)
"""The reasons of rows 1 and 2: nothing is shown, and nothing will be."""

IN_USE = frozenset({Reason.VIEWING, Reason.TAB_IN_USE, Reason.IN_APP_OFF})
"""The reasons that say that a tab is in use."""

CHECKED = frozenset({*IN_USE, Reason.TAB_OPEN, Reason.PRESENCE_UNKNOWN})
"""The reasons that leave a check for later."""

_NOWHERE = {reason: Decision(Surface.NONE, reason) for reason in Reason}
_PUSH = Decision(Surface.PUSH, Reason.AWAY)


def decide(facts: Facts) -> Decision:
    """The decision for one message and one person."""
    if (settled := _settled(facts)) is not None:
        return _NOWHERE[settled]
    if facts.clients is None:
        return _NOWHERE[Reason.PRESENCE_UNKNOWN]
    preferences = facts.preferences
    beside = preferences.push and preferences.push_timing is PushTiming.ALWAYS
    if in_use := list(_in_use(facts)):
        if any(tab.conversation == facts.conversation for _, tab in in_use):
            return _NOWHERE[Reason.VIEWING]
        if not preferences.in_app:
            return Decision(Surface.NONE, Reason.IN_APP_OFF, push_beside=beside)
        client, tab = min(in_use, key=_last_used)
        return Decision(Surface.BANNER, Reason.TAB_IN_USE, client.client, tab.tab, beside)
    if preferences.browser:
        may_notify = [(client, tab) for client in facts.clients if client.may_notify for tab in client.tabs]
        if may_notify:
            client, tab = min(may_notify, key=_last_used)
            return Decision(Surface.BROWSER, Reason.TAB_OPEN, client.client, tab.tab, beside)
    return _PUSH if preferences.push else _NOWHERE[Reason.PUSH_OFF]


def decide_again(before: Decision, facts: Facts) -> Decision:
    """The decision about a message that is looked at again a while after `before`.

    After rows 3 to 5: row 6 if no tab is in use, else `before` still holds. What had waited for presence is decided
    by the whole table.
    """
    if before.reason is Reason.PRESENCE_UNKNOWN:
        return decide(facts)
    if (settled := _settled(facts)) is not None:
        return _NOWHERE[settled]
    if facts.clients is None or next(_in_use(facts), None) is not None:
        return before
    return _PUSH if facts.preferences.push else _NOWHERE[Reason.PUSH_OFF]


def _settled(facts: Facts) -> Reason | None:
    """The reason of rows 1 and 2, if one of them holds."""
    if facts.person == facts.author:
        return Reason.AUTHOR
    if not facts.is_member:
        return Reason.NOT_A_MEMBER
    if facts.deleted:
        return Reason.DELETED
    if facts.read >= facts.number:
        return Reason.READ
    preferences = facts.preferences
    if preferences is DEFAULT_PREFERENCES:
        return None
    if facts.now_ms < preferences.muted_until_ms and not (facts.mentioned and preferences.mention_breaks_mute):
        return Reason.MUTED
    if facts.kind in preferences.kinds_off and not (facts.mentioned and preferences.mentions):
        return Reason.KIND_OFF
    if facts.now_ms < preferences.snoozed_until_ms:
        return Reason.SNOOZED
    if preferences.quiet:
        moment = datetime.fromtimestamp(facts.now_ms / 1000, preferences.time_zone)
        if any(hours.contain(moment) for hours in preferences.quiet):
            return Reason.DO_NOT_DISTURB
    return None


def _in_use(facts: Facts) -> Iterator[tuple[Client, Tab]]:
    """The tabs that have the focus, and had input within the idle limit."""
    for client in facts.clients or ():
        for tab in client.tabs:
            if tab.focused and tab.input_age_ms <= facts.idle_ms:
                yield client, tab


def _last_used(place: tuple[Client, Tab]) -> tuple[int, str, str]:
    """Orders tabs by their last input; names decide between equals, so that all replicas elect the same."""
    client, tab = place
    return tab.input_age_ms, client.client, tab.tab
