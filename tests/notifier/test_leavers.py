"""People who leave, are removed or come back while a message is on its way to them."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from services.chassis import mongo
from services.chassis.streams import Mailbox
from services.notifier.facts import Decision, Kind, Reason, Surface
from services.notifier.feed import CONTROL, Hub
from services.notifier.reads import Reads
from services.notifier.records import Alert, Content, Device, Event, MembersChange, News, Pointer
from tests.conftest import ManualClock
from tests.notifier.parts import CONVERSATION, Parts, membership, message

BOB = (CONVERSATION, "bob")
LEFT_AT = 5


@pytest.fixture
async def parts(database: mongo.Database, clock: ManualClock) -> Parts:
    made = await Parts(database, clock).prepare()
    for person in ("bob", "cem"):
        await made.devices.put(Device("acme", person, "phone", "stub", f"target-{person}"))
    return made


def left(membership_revision: int, read: int = 0) -> Pointer:
    return Pointer(*BOB, "acme", read, 9, left=True, membership=membership_revision)


async def decided(parts: Parts) -> dict[str, tuple[Surface, Reason]]:
    """Who was decided on, and how."""
    (alert,) = await parts.alerts.list(CONVERSATION, 0, 10)
    return {
        person: (alert.of(person).surface, alert.of(person).reason)
        for person in sorted(alert.members - {alert.content.author})
    }


async def apply(parts: Parts, *events: Event) -> Alert:
    await parts.arbiter.apply(events)
    return (await parts.alerts.list(CONVERSATION, 0, 10))[0]


async def test_who_is_removed_before_the_decision_is_told_nothing(parts: Parts, clock: ManualClock) -> None:
    # By the list of members ...
    removed = membership("ann", "cem", revision=LEFT_AT)
    change = MembersChange(CONVERSATION, LEFT_AT, clock(), frozenset(), frozenset({"bob"}))
    alert = await apply(parts, removed, message(clock), change)
    assert (await decided(parts), alert.persons) == ({"cem": (Surface.PUSH, Reason.AWAY)}, 1)
    await parts.send_queued()
    assert await parts.states() == {"cem": ("SENT", "", 1)}


async def test_who_is_known_to_have_left_by_the_feed_of_reads_is_told_nothing(parts: Parts, clock: ManualClock) -> None:
    # ... or by unread, where the list of members is as it was when the message was sent.
    parts.others.use("bob")
    parts.reads.begin(CONVERSATION, 1, [left(LEFT_AT)])
    await apply(parts, membership("ann", "bob", "cem"), message(clock))
    assert (await decided(parts))["bob"] == (Surface.NONE, Reason.NOT_A_MEMBER)


async def test_who_is_removed_between_decision_and_delivery_gets_no_push(parts: Parts, clock: ManualClock) -> None:
    await apply(parts, membership("ann", "bob", "cem"), message(clock))
    parts.others.left[BOB] = LEFT_AT
    await parts.send_queued()
    assert await parts.states() == {"bob": ("SUPPRESSED", "not_a_member", 0), "cem": ("SENT", "", 1)}


async def test_who_is_removed_before_the_check_gets_no_push(parts: Parts, clock: ManualClock) -> None:
    parts.others.use("bob")
    await apply(parts, membership("ann", "bob"), message(clock))
    parts.others.clients.clear()
    parts.others.left[BOB] = LEFT_AT
    clock.pass_ms(30_000)
    assert await parts.checks.step() == 1
    (alert,) = await parts.alerts.list(CONVERSATION, 0, 10)
    assert (list(alert.escalations), alert.check_at_ms) == ([], 0)
    assert await parts.states() == {}


async def test_who_was_added_again_is_told_although_unread_still_knows_the_leave(
    parts: Parts, clock: ManualClock
) -> None:
    stale = left(LEFT_AT)
    parts.reads.begin(CONVERSATION, 1, [stale])
    parts.others.left[BOB] = LEFT_AT
    welcome = replace(message(clock), revision=LEFT_AT + 2, membership_revision=LEFT_AT + 1)
    await apply(parts, membership("ann", "bob", revision=LEFT_AT + 1), welcome)
    await parts.send_queued()
    assert await parts.states() == {"bob": ("SENT", "", 1)}


async def test_what_was_written_before_they_came_back_is_read(parts: Parts, clock: ManualClock) -> None:
    await apply(parts, membership("ann", "bob"), message(clock))
    # Removed and added again: the pointer begins at the present number.
    parts.others.pointers = {BOB: 1}
    await parts.send_queued()
    assert await parts.states() == {"bob": ("SUPPRESSED", "read", 0)}


async def test_an_author_who_has_left_is_told_nothing_and_the_others_are(parts: Parts, clock: ManualClock) -> None:
    alert = await apply(parts, membership("bob", "cem", revision=1), message(clock))
    assert alert.persons == 2
    await parts.send_queued()
    assert await parts.states() == {"bob": ("SENT", "", 1), "cem": ("SENT", "", 1)}


async def test_an_older_replica_of_unread_tells_no_revision_and_its_word_holds(
    parts: Parts, clock: ManualClock
) -> None:
    await apply(parts, membership("ann", "bob"), message(clock))
    parts.others.left[BOB] = 0
    await parts.send_queued()
    assert await parts.states() == {"bob": ("SUPPRESSED", "not_a_member", 0)}


@pytest.mark.parametrize(("members_as_of", "shown"), [(LEFT_AT - 1, []), (LEFT_AT + 1, [1])])
async def test_a_banner_is_not_shown_to_who_has_left_since(members_as_of: int, shown: Sequence[int]) -> None:
    reads = Reads()
    hub, mailbox = Hub(reads), Mailbox(CONTROL, 10)
    reads.learn([left(LEFT_AT)])
    content = Content("acme", CONVERSATION, 1, "ann", Kind.GROUP, "Site", "hello", 5)
    banner = Decision(Surface.BANNER, Reason.TAB_IN_USE, "laptop", "t1")
    with hub.joined(("acme", "bob"), "laptop", mailbox):
        hub.tell(News(content, [("bob", banner)], membership_revision=members_as_of))
        assert mailbox.waiting == len(shown)
