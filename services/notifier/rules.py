"""Where one person is told of one message: the decision table, as pure functions of facts.

The rows, tried in this order:

1. author, no longer a member, message deleted, already read: nowhere;
2. muted, told less of this conversation, kind switched off, snoozed, do-not-disturb hours or status: nowhere;
3. a tab in use shows the conversation: nowhere, it is being viewed;
4. a tab is in use: a banner in that tab, or nowhere with in-app notifications off (of the person, or of that client);
5. a tab is open, and the browser may notify: a browser notification, from the tab used last;
6. otherwise: a push to every device.

While presence cannot tell who is where, rows 3 to 6 cannot be tried, and the decision waits. While unread cannot tell
who has muted or read it, nothing is shown on a screen, and what would be waits too; a push waits where it is sent from.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from services.notifier.facts import (
    Client,
    Decision,
    Facts,
    Level,
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
        Reason.LEVEL,
        Reason.KIND_OFF,
        Reason.SNOOZED,
        Reason.DO_NOT_DISTURB,
        Reason.STATUS,
    }
)
"""The reasons of rows 1 and 2: nothing is shown, and nothing will be."""

IN_USE = frozenset({Reason.VIEWING, Reason.TAB_IN_USE, Reason.IN_APP_OFF})
"""The reasons that say that a tab is in use."""

WAITS = frozenset({Reason.PRESENCE_UNKNOWN, Reason.UNREAD_UNKNOWN})
"""The reasons that say that the whole table is tried later."""

CHECKED = frozenset({*IN_USE, *WAITS, Reason.TAB_OPEN})
"""The reasons that leave a check for later."""

TELLS_MENTIONS = frozenset({Reason.MUTED, Reason.LEVEL, Reason.KIND_OFF})
"""The reasons that a mention may break through: who was told nothing because of them is told of a later mention."""

ROWS: Mapping[Reason, int] = {
    Reason.AUTHOR: 1,
    Reason.NOT_A_MEMBER: 1,
    Reason.DELETED: 1,
    Reason.READ: 1,
    Reason.MUTED: 2,
    Reason.LEVEL: 2,
    Reason.KIND_OFF: 2,
    Reason.SNOOZED: 2,
    Reason.DO_NOT_DISTURB: 2,
    Reason.STATUS: 2,
    Reason.UNREAD_UNKNOWN: 3,
    Reason.PRESENCE_UNKNOWN: 3,
    Reason.VIEWING: 3,
    Reason.IN_APP_OFF: 4,
    Reason.TAB_IN_USE: 4,
    Reason.TAB_OPEN: 5,
    Reason.PUSH_OFF: 6,
    Reason.AWAY: 6,
}
"""The rows of the table by the conditions that are tried in them, in order."""

_BY_THE_WAY = frozenset({*WAITS, Reason.IN_APP_OFF, Reason.PUSH_OFF})
"""Conditions that are of interest only where they hold: each is another outcome of the one that follows it."""

_NOWHERE = {reason: Decision(Surface.NONE, reason) for reason in Reason}
_PUSH = Decision(Surface.PUSH, Reason.AWAY)


def decide(facts: Facts) -> Decision:
    """The decision for one message and one person."""
    decision = _decide(facts)
    if not facts.reads_known and decision.surface in {Surface.BANNER, Surface.BROWSER}:
        return Decision(Surface.NONE, Reason.UNREAD_UNKNOWN, push_beside=decision.push_beside)
    return decision


def _decide(facts: Facts) -> Decision:
    if (settled := _settled(facts)) is not None:
        return _NOWHERE[settled]
    if facts.clients is None:
        return _NOWHERE[Reason.PRESENCE_UNKNOWN]
    preferences = facts.preferences
    beside = preferences.push and preferences.push_timing is PushTiming.ALWAYS
    if places := in_use(facts.clients, facts.idle_ms):
        if any(tab.conversation == facts.conversation for _, tab in places):
            return _NOWHERE[Reason.VIEWING]
        willing = [place for place in places if preferences.in_app and not place[0].in_app_off]
        if not willing:
            return Decision(Surface.NONE, Reason.IN_APP_OFF, push_beside=beside)
        client, tab = min(willing, key=_last_used)
        return Decision(Surface.BANNER, Reason.TAB_IN_USE, client.client, tab.tab, beside)
    if (open_ := _notified(facts)) is not None:
        return Decision(Surface.BROWSER, Reason.TAB_OPEN, *open_, beside)
    return _PUSH if preferences.push else _NOWHERE[Reason.PUSH_OFF]


def decide_again(before: Decision, facts: Facts) -> Decision:
    """The decision about a message that is looked at again a while after `before`.

    After rows 3 to 5: row 6 if no tab is in use, else `before` still holds. Who has no device to push to keeps a
    browser notification, or gets one now. What had waited for presence is decided by the whole table.
    """
    if before.reason in WAITS:
        return decide(facts)
    if (settled := _settled(facts)) is not None:
        return _NOWHERE[settled]
    if facts.clients is None or in_use(facts.clients, facts.idle_ms):
        return before
    if facts.preferences.push and facts.reachable:
        return _PUSH
    if before.surface is Surface.BROWSER:
        return before
    if (open_ := _notified(facts)) is not None:
        return Decision(Surface.BROWSER, Reason.TAB_OPEN, *open_)
    return _PUSH if facts.preferences.push else _NOWHERE[Reason.PUSH_OFF]


def pushes(decision: Decision) -> bool:
    """Whether a push leaves because of a decision."""
    return decision.surface is Surface.PUSH or decision.push_beside


def leaves_check(decision: Decision) -> bool:
    """Whether a person is looked at again after a decision; who was pushed to beside it has been reached."""
    return decision.reason in CHECKED and not (decision.push_beside and decision.reason not in WAITS)


def path(reason: Reason) -> list[tuple[int, Reason, bool]]:
    """The conditions that were tried for a decision, in order: (row, condition, whether it held); the last one did."""
    steps: list[tuple[int, Reason, bool]] = []
    for condition, row in ROWS.items():
        if condition is reason:
            return [*steps, (row, condition, True)]
        if condition not in _BY_THE_WAY:
            steps.append((row, condition, False))
    raise ValueError(reason)


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
    return _not_wanted(facts)


def _not_wanted(facts: Facts) -> Reason | None:
    """The reason of row 2, if it holds."""
    preferences, mentioned = facts.preferences, facts.mentioned
    breaks = mentioned and preferences.mention_breaks_mute
    told = mentioned and preferences.mentions
    if facts.now_ms < facts.muted_until_ms and not breaks:
        return Reason.MUTED
    if facts.level is not None:
        if not (breaks or facts.level is Level.ALL or (facts.level is Level.MENTIONS and told)):
            return Reason.LEVEL
    elif facts.kind in preferences.kinds_off and not told:
        return Reason.KIND_OFF
    if facts.now_ms < preferences.snoozed_until_ms:
        return Reason.SNOOZED
    if preferences.quiet:
        moment = datetime.fromtimestamp(facts.now_ms / 1000, preferences.time_zone)
        if any(hours.contain(moment) for hours in preferences.quiet):
            return Reason.DO_NOT_DISTURB
    return Reason.STATUS if facts.do_not_disturb else None


def _notified(facts: Facts) -> tuple[str, str] | None:
    """The (client, tab) of row 5: the one used last among those whose browser may notify."""
    if not facts.preferences.browser:
        return None
    may_notify = [(client, tab) for client in facts.clients or () if client.may_notify for tab in client.tabs]
    if not may_notify:
        return None
    client, tab = min(may_notify, key=_last_used)
    return client.client, tab.tab


def in_use(clients: Iterable[Client] | None, idle_ms: int) -> list[tuple[Client, Tab]]:
    """The tabs that have the focus, and had input within the idle limit."""
    return [
        (client, tab) for client in clients or () for tab in client.tabs if tab.focused and tab.input_age_ms <= idle_ms
    ]


def _last_used(place: tuple[Client, Tab]) -> tuple[int, str, str]:
    """Orders tabs by their last input; names decide between equals, so that all replicas elect the same."""
    client, tab = place
    return tab.input_age_ms, client.client, tab.tab
