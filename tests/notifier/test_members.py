"""Who is told when people come and go."""

from collections.abc import Collection, Sequence

import pytest

from services.chassis.errors import Fault
from services.notifier.facts import Kind
from services.notifier.members import Members
from services.notifier.records import Event, MembersChange, Membership, Message, Renaming

HERE = "g_here"


class ScriptedMessaging:
    """A messaging whose list of members and log are given."""

    def __init__(self, listed: Membership | None = None, log: Sequence[Event] = ()) -> None:
        self.listed = listed
        self.events = log
        self.asked = 0

    async def members(self, conversations: Collection[str]) -> list[Membership]:
        self.asked += 1
        return [self.listed] if self.listed and HERE in conversations else []

    async def log(self, conversation: str, after_revision: int, limit: int = 500) -> tuple[list[Event], int]:
        rest = [event for event in self.events if event.revision > after_revision][:limit]
        return rest, rest[-1].revision if rest else after_revision


def created(*members: str, revision: int = 1, title: str = "Site") -> Membership:
    return Membership(HERE, "acme", Kind.GROUP, title, revision, frozenset(members))


def change(revision: int, *, added: Collection[str] = (), removed: Collection[str] = ()) -> MembersChange:
    return MembersChange(HERE, revision, 5, frozenset(added), frozenset(removed))


def message(membership_revision: int) -> Message:
    return Message(HERE, 20, 9, "acme", "ann", Kind.GROUP, "hello", membership_revision, 5)


async def of(members: Members, membership_revision: int) -> set[str]:
    return set((await members.of([message(membership_revision)]))[HERE].members)


async def test_who_came_is_told_and_who_left_is_not() -> None:
    messaging = ScriptedMessaging(created("ann", "cem", revision=7))
    members = Members(messaging)
    members.learn(created("ann", "bob"))
    assert await of(members, 1) == {"ann", "bob"}
    assert messaging.asked == 0
    members.changed(change(7, added=["cem"], removed=["bob"]))
    assert await of(members, 7) == {"ann", "cem"}


async def test_a_change_that_is_known_already_forgets_nothing() -> None:
    messaging = ScriptedMessaging()
    members = Members(messaging)
    members.learn(created("ann", "cem", revision=7))
    members.changed(change(5, added=["bob"]))
    assert await of(members, 7) == {"ann", "cem"}
    assert messaging.asked == 0


async def test_where_the_list_lags_the_log_tells() -> None:
    log: list[Event] = [created("ann", "bob"), change(3, added=["cem", "dan"]), change(6, removed=["bob", "dan"])]
    assert await of(Members(ScriptedMessaging(created("ann", "bob"), log)), 6) == {"ann", "cem"}


async def test_where_nobody_can_tell_yet_the_message_waits() -> None:
    with pytest.raises(Fault, match="not known yet"):
        await of(Members(ScriptedMessaging(created("ann", "bob"), [created("ann", "bob")])), 6)


async def test_older_news_do_not_bring_back_who_has_left() -> None:
    members = Members(ScriptedMessaging())
    members.learn(created("ann", revision=9))
    members.learn(created("ann", "bob"))
    assert await of(members, 9) == {"ann"}


async def test_a_new_title_is_shown_from_then_on() -> None:
    members = Members(ScriptedMessaging())
    members.learn(created("ann", "bob"))
    members.renamed(Renaming(HERE, 4, 5, "Tower B", ""))
    assert (await members.of([message(1)]))[HERE].title == "Tower B"
