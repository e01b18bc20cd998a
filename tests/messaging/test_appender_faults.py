"""Group commit: what goes wrong with one message is no other's business."""

import asyncio
from collections.abc import Sequence

import pytest

from services.chassis import mongo
from services.chassis.auth import Identity
from services.messaging import heads as heads_module
from services.messaging import states as states_module
from services.messaging.actions import Access
from services.messaging.appender import Appender
from services.messaging.heads import Heads
from services.messaging.rules import Event
from services.messaging.states import States
from services.messaging.store import LogStore, Outcome
from tests.conftest import ManualClock
from tests.messaging.test_appender import draft, room, texts


class SlowReader(LogStore):
    """First results of client keys are read only while `gate` is open; insertions may break."""

    def __init__(self, database: mongo.Database) -> None:
        super().__init__(database)
        self.gate = asyncio.Event()
        self.vanished = False
        self.broken = False

    async def by_client_key(self, conversation: str, author: str, service: str, client_key: str) -> Event | None:
        await self.gate.wait()
        return None if self.vanished else await super().by_client_key(conversation, author, service, client_key)

    async def insert(self, events: Sequence[Event], *, ordered: bool) -> list[Outcome]:
        if self.broken:
            raise RuntimeError("broken")
        return await super().insert(events, ordered=ordered)


@pytest.fixture
async def store(database: mongo.Database) -> SlowReader:
    store = SlowReader(database)
    await store.prepare()
    return store


async def test_a_repeat_whose_first_result_takes_long_to_read_holds_up_no_other_message(
    store: SlowReader, clock: ManualClock
) -> None:
    one, other = await room(store, "one"), await room(store, "other")
    appender = Appender(store, Heads(store), clock)
    first, _ = await asyncio.gather(*(appender.append(draft(name, "k0"), 15) for name in (one, other)))
    repeat = asyncio.create_task(appender.append(draft(one, "k0"), 60))
    async with asyncio.timeout(15):
        await appender.append(draft(other, "k1"), 15)
        await appender.append(draft(other, "k2"), 15)
        await appender.append(draft(one, "k1"), 15)
    assert not repeat.done()
    store.gate.set()
    assert (await repeat).revision == first.revision
    assert len(await texts(store, one)) == 2


async def test_a_repeat_whose_first_result_has_vanished_is_appended_again(
    store: SlowReader, clock: ManualClock, database: mongo.Database
) -> None:
    conversation = await room(store)
    appender = Appender(store, Heads(store), clock)
    await appender.append(draft(conversation, "k0"), 15)
    store.gate.set()
    store.vanished = True
    repeat = asyncio.create_task(appender.append(draft(conversation, "k0"), 15))
    await asyncio.sleep(0.2)
    await database["log"].delete_one({"conversation": conversation, "revision": 2})  # as a rollback does
    async with asyncio.timeout(15):
        assert (await repeat).number in {1, 2}


async def test_an_insertion_that_breaks_answers_at_once_and_the_next_works(
    store: SlowReader, clock: ManualClock
) -> None:
    conversation = await room(store)
    appender = Appender(store, Heads(store), clock)
    store.broken = True
    with pytest.raises(RuntimeError):
        await appender.append(draft(conversation, "k0"), 15)
    store.broken = False
    assert (await appender.append(draft(conversation, "k1"), 15)).number == 1


async def test_heads_and_states_are_cached_up_to_so_many_members_and_what_was_forgotten_is_read_again(
    store: SlowReader, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads_module, "HEAD_MEMBERS", 6)
    monkeypatch.setattr(states_module, "STATE_MEMBERS", 6)
    names = [await room(store, f"r{index}") for index in range(8)]  # two members each
    heads, states = Heads(store), States(store)
    appender = Appender(store, heads, clock)
    access = Access(store, states)
    for turn in range(3):
        events = await asyncio.gather(*(appender.append(draft(name, f"k{turn}"), 15) for name in names))
        assert {event.number for event in events} == {turn + 1}
        assert len(heads._heads) <= 3
        for name in names:
            await access.member(Identity("acme", "ann"), name)
        assert len(states._states) <= 3
    assert heads._members == sum(len(head.state.members) for head in heads._heads.values())
    assert states._members == sum(len(state.members) for state in states._states.values())
