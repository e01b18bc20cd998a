"""Reading a message that clients see already and that is not counted yet."""

import asyncio

import grpc
import pytest

from services.chassis import mongo
from services.chassis.auth import Identity
from services.chassis.errors import Fault
from services.unread.actions import Actions
from services.unread.rules import Change, ConversationCreated, MessageSent
from services.unread.store import UnreadStore

C = "g_" + "a" * 26
BOB = Identity(tenant="acme", person="bob")

EVENTS: list[Change] = [
    ConversationCreated(C, 1, 0, "acme", "ann", ("ann", "bob")),
    MessageSent(C, 2, 1, "acme", "ann"),
    MessageSent(C, 3, 2, "acme", "ann"),
]


class Log:
    """The owner's log; the last event may not exist."""

    def __init__(self, events: list[Change]) -> None:
        self._events = events

    async def events(self, conversation: str, after_revision: int, limit: int) -> list[Change]:
        mine = [event for event in self._events if event.conversation == conversation]
        return [event for event in mine if event.revision > after_revision][:limit]


async def counted(database: mongo.Database, events: list[Change]) -> UnreadStore:
    store = UnreadStore(database)
    await store.prepare()
    if events:
        await store.count(events)
    return store


async def test_it_waits_longer_for_a_message_that_the_log_has_and_reads_it_once_it_is_counted(
    database: mongo.Database,
) -> None:
    store = await counted(database, EVENTS[:2])
    reading = asyncio.create_task(Actions(store, Log(EVENTS), read_wait_ms=20).mark_read(BOB, C, 2, 0, 10))
    await asyncio.sleep(0.2)
    assert not reading.done()
    await store.count(EVENTS[2:])
    assert (await reading).unread == 0


async def test_a_message_that_exists_is_never_said_not_to_exist_however_long_counting_takes(
    database: mongo.Database,
) -> None:
    store = await counted(database, EVENTS[:2])
    with pytest.raises(Fault) as error:
        await Actions(store, Log(EVENTS), read_wait_ms=20).mark_read(BOB, C, 2, 0, 0.3)
    assert error.value.code is grpc.StatusCode.UNAVAILABLE


async def test_a_message_that_does_not_exist_is_refused_after_a_look_at_the_log(database: mongo.Database) -> None:
    store = await counted(database, EVENTS[:2])
    with pytest.raises(Fault, match="number") as error:
        await Actions(store, Log(EVENTS[:2]), read_wait_ms=20).mark_read(BOB, C, 2, 0, 10)
    assert error.value.code is grpc.StatusCode.FAILED_PRECONDITION


async def test_a_conversation_that_nobody_has_begun_is_not_found(database: mongo.Database) -> None:
    store = await counted(database, [])
    with pytest.raises(Fault) as error:
        await Actions(store, Log([]), read_wait_ms=20).mark_read(BOB, C, 1, 0, 10)
    assert error.value.code is grpc.StatusCode.NOT_FOUND
