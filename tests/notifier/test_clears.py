"""What is read is taken back from devices, and every push carries the true number."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.chassis import mongo
from services.chassis.errors import Fault
from services.chassis.feed import Batch
from services.notifier.consumer import ReadsDoor
from services.notifier.feed import Hub
from services.notifier.records import Act, Device, Pointer
from services.notifier.senders import WEB_PUSH
from services.notifier.stores.cursors import Cursor
from tests.conftest import ManualClock
from tests.notifier.parts import CONVERSATION, Parts, membership, message


@pytest.fixture
async def parts(database: mongo.Database, clock: ManualClock) -> Parts:
    made = await Parts(database, clock).prepare()
    await made.devices.put(Device("acme", "bob", "phone", "stub", "target-bob"))
    for number in (1, 2, 3):
        await made.arbiter.apply([membership("ann", "bob"), message(clock, number)])
        await made.send_queued()
    made.sender.sent.clear()
    return made


def read_up_to(number: int, version: int = 5, *, left: bool = False) -> Pointer:
    return Pointer(CONVERSATION, "bob", "acme", number, version, left=left)


async def cleared(parts: Parts) -> list[tuple[Act, int]]:
    """Carries out what was made, and tells what left."""
    await parts.courier.poll_once()
    return [(push.act, push.clear_up_to) for push in parts.sender.sent]


async def test_one_push_takes_back_everything_that_was_read_with_the_true_total(parts: Parts) -> None:
    parts.others.totals["bob"] = 4
    parts.clears.read([read_up_to(1), read_up_to(2)])
    assert await parts.clears.step() == 1
    assert await cleared(parts) == [(Act.CLEAR, 2)]
    assert [push.badge for push in parts.sender.sent] == [4]
    # The third is still there, and goes with the next read.
    parts.clears.read([read_up_to(3)])
    assert await parts.clears.step() == 1
    assert await cleared(parts) == [(Act.CLEAR, 2), (Act.CLEAR, 3)]


async def test_the_total_of_a_push_is_asked_for_with_the_message_that_it_tells_of(parts: Parts) -> None:
    assert parts.others.counted == {CONVERSATION: 3}


async def test_what_nothing_is_shown_of_costs_no_push(parts: Parts) -> None:
    parts.clears.read([read_up_to(3)])
    await parts.clears.step()
    parts.clears.read([read_up_to(3), Pointer(CONVERSATION, "eve", "acme", 3, 1), Pointer("g_x", "bob", "acme", 3, 1)])
    assert await parts.clears.step() == 0


async def test_another_tenants_person_of_the_same_name_takes_nothing_back(parts: Parts) -> None:
    parts.clears.read([Pointer(CONVERSATION, "bob", "rival", 3, 1)])
    assert await parts.clears.step() == 0


async def test_who_has_left_sees_none_of_it_any_more(parts: Parts) -> None:
    parts.clears.read([read_up_to(0, left=True)])
    assert await parts.clears.step() == 1


async def test_two_replicas_take_back_once(parts: Parts, clock: ManualClock) -> None:
    other = Parts(parts.database, clock, "other")
    for each in (parts, other):
        each.clears.read([read_up_to(3)])
    await asyncio.gather(parts.clears.step(), other.clears.step())
    assert await cleared(parts) == [(Act.CLEAR, 3)]
    assert await other.courier.poll_once() == 0


async def test_a_read_is_not_lost_when_the_database_fails(parts: Parts) -> None:
    async def fail(*_: object) -> None:
        raise ConnectionError("no database")

    works = parts.deliveries.shown
    parts.deliveries.shown = fail  # type: ignore[assignment,method-assign]
    parts.clears.read([read_up_to(3)])
    with pytest.raises(ConnectionError):
        await parts.clears.step()
    parts.deliveries.shown = works  # type: ignore[method-assign]
    assert await parts.clears.step() == 1


async def test_what_is_read_in_the_instant_in_which_it_is_sent_is_taken_back_too(
    parts: Parts, clock: ManualClock
) -> None:
    async def read_meanwhile() -> None:
        # The feed of reads tells while the push is under way: nothing is shown yet.
        parts.reads.learn([read_up_to(4, 9)])
        parts.clears.read([read_up_to(4, 9)])
        parts.sender.sent.clear()

    await parts.arbiter.apply([message(clock, 4)])
    send = parts.sender.send

    async def send_slowly(batch: object) -> object:
        outcomes = await send(batch)  # type: ignore[arg-type]
        await read_meanwhile()
        while parts.clears._moved:
            await parts.clears.step()
        return outcomes

    parts.sender.send = send_slowly  # type: ignore[assignment,method-assign]
    await parts.send_queued()
    parts.sender.send = send  # type: ignore[method-assign]
    await parts.clears.step()
    assert (Act.CLEAR, 4) in await cleared(parts)
    assert await parts.deliveries.shown(["bob"], [CONVERSATION]) == []


async def test_the_place_in_the_feed_is_kept_only_when_everything_before_it_is_taken_back(parts: Parts) -> None:
    kept = Cursor(parts.database["leases"], "reads")

    class Feed:
        async def reads(self, cursor: str) -> AsyncIterator[Batch[Pointer]]:
            assert cursor == ""
            yield Batch([], "001", reset=True)
            yield Batch([read_up_to(1)], "002")

        async def pointers(self, keys: object) -> dict[tuple[str, str], Pointer]:
            return {}

    door = ReadsDoor(Feed(), parts.reads, Hub(parts.reads), parts.clears, kept)  # type: ignore[arg-type]
    await door.run()
    await door._keep()
    assert await kept.get() == ""
    await door._mend()
    await door._keep()
    assert await kept.get() == ""
    await parts.clears.step()
    await door._keep()
    assert await kept.get() == "002"
    # A replica that lags never sets it back.
    await kept.keep("001")
    assert await kept.get() == "002"


async def test_what_cannot_be_looked_up_after_a_gap_keeps_the_place(parts: Parts) -> None:
    class Feed:
        async def reads(self, _: str) -> AsyncIterator[Batch[Pointer]]:
            yield Batch([], "001", reset=True)

        async def pointers(self, keys: object) -> dict[tuple[str, str], Pointer] | None:
            return answers.pop()

    answers: list[dict[tuple[str, str], Pointer] | None] = [{(CONVERSATION, "bob"): read_up_to(3)}, None]
    kept = Cursor(parts.database["leases"], "reads")
    door = ReadsDoor(Feed(), parts.reads, Hub(parts.reads), parts.clears, kept)  # type: ignore[arg-type]
    await door.run()
    with pytest.raises(Fault, match="unread cannot tell"):
        await door._mend()
    await door._keep()
    assert await kept.get() == ""
    await door._mend()
    assert await parts.clears.step() == 1
    assert await cleared(parts) == [(Act.CLEAR, 3)]
    await door._keep()
    assert await kept.get() == "001"


async def test_a_browser_is_sent_nothing_that_would_have_to_be_shown(parts: Parts, clock: ManualClock) -> None:
    await parts.devices.put(Device("acme", "cem", "browser", WEB_PUSH, "target-cem"))
    await parts.arbiter.apply([membership("ann", "bob", "cem"), message(clock, 4)])
    await parts.send_queued()
    assert [push.act for push in parts.web.sent] == [Act.SHOW]
    parts.clears.read([Pointer(CONVERSATION, "cem", "acme", 4, 1)])
    assert await parts.clears.step() == 0


async def test_without_unreads_word_a_push_carries_no_number(parts: Parts, clock: ManualClock) -> None:
    await parts.arbiter.apply([message(clock, 4)])
    await parts.send_queued()
    parts.others.totals["bob"] = 12
    await parts.arbiter.apply([message(clock, 5)])
    await parts.send_queued()
    assert [push.badge for push in parts.sender.sent] == [None, 12]
