"""Mutes that run out: time is travelled."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from services.chassis import mongo
from services.chassis.streams import Mailbox
from services.chassis.tasks import Tasks
from services.unread.feed import BADGES_CONTROL
from services.unread.live import Live
from services.unread.live import mutes as mutes_module
from services.unread.live.mutes import Mutes
from services.unread.rules import FOREVER, Change, Pointer
from services.unread.store import UnreadStore
from tests.conftest import ManualClock, eventually
from tests.unread.test_live import BEGUN, BOB, C, Log, sent, shown

MINUTE = 60_000


class House:
    """Live badges with a clock of the test's."""

    def __init__(self, store: UnreadStore, tasks: Tasks, clock: ManualClock) -> None:
        self.store, self.log = store, Log()
        self.live = Live(store, self.log, tasks, clock)

    async def count(self, *changes: Change) -> None:
        self.log.log += changes
        await self.store.count(changes)

    async def mute(self, until: int) -> Pointer:
        """Stores a mute of bob's."""
        before = await self.store.pointer(C, "bob", "acme")
        assert before is not None
        after = replace(before, muted_until_ms=until, version=before.version + 1)
        assert await self.store.replace(before, after)
        return after

    async def attach(self) -> Mailbox:
        mailbox = Mailbox(BADGES_CONTROL, 1_000)
        await self.live.attach(BOB, mailbox)
        return mailbox


@pytest.fixture
async def house(database: mongo.Database, clock: ManualClock) -> AsyncIterator[House]:
    store = UnreadStore(database)
    await store.prepare()
    tasks = Tasks()
    yield House(store, tasks, clock)
    await tasks.close()


async def test_a_mute_that_runs_out_puts_the_conversation_back_into_the_total_live(
    house: House, clock: ManualClock
) -> None:
    await house.count(BEGUN, sent(1), sent(2))
    until = clock() + MINUTE
    await house.mute(until)
    mailbox = await house.attach()
    snapshot = await shown(mailbox)
    assert (snapshot.total.unread, snapshot.badges[0].unread, snapshot.badges[0].muted_until_ms) == (0, 2, until)
    clock.pass_ms(MINUTE - 1)
    house.live.unmute()
    house.live.see([sent(3)])
    update = await shown(mailbox)
    assert (update.total.unread, update.badges[0].unread) == (0, 3)
    clock.pass_ms(1)
    house.live.unmute()
    update = await shown(mailbox)
    assert (update.total.unread, update.badges[0].unread, update.badges[0].muted_until_ms) == (3, 3, 0)


async def test_a_mute_that_was_lengthened_does_not_end_at_its_first_time(house: House, clock: ManualClock) -> None:
    await house.count(BEGUN, sent(1))
    await house.mute(clock() + MINUTE)
    mailbox = await house.attach()
    await shown(mailbox)
    house.live._take(BOB, await house.mute(clock() + 2 * MINUTE))
    await shown(mailbox)
    clock.pass_ms(MINUTE)
    house.live.unmute()
    assert not mailbox.waiting
    clock.pass_ms(MINUTE)
    house.live.unmute()
    assert (await shown(mailbox)).total.unread == 1


async def test_mutes_are_looked_at_when_they_run_out_and_not_before(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutes_module, "LOOK_S", 60)
    mutes, looks = Mutes(clock), 0

    async def look() -> None:
        nonlocal looks
        while True:
            await mutes.wait()
            looks += 1
            mutes.due()

    looking = asyncio.create_task(look())
    await asyncio.sleep(0)
    for until in (0, FOREVER, clock() - 1):
        mutes.add(BOB, Pointer(C, "bob", "acme", muted_until_ms=until))
    assert len(mutes) == 0
    for _ in range(3):
        mutes.add(BOB, Pointer(C, "bob", "acme", muted_until_ms=clock() + MINUTE))
    mutes.add(BOB, Pointer(C, "bob", "acme", muted_until_ms=clock() + 2 * MINUTE))
    await eventually(lambda: looks == 1)
    await asyncio.sleep(0.05)
    assert (looks, len(mutes)) == (1, 2)
    clock.pass_ms(MINUTE)
    assert len(mutes.due()) == 1
    looking.cancel()
