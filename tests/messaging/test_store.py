"""The log in a real database."""

import grpc
import pytest
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.write_concern import WriteConcern

from services.chassis import mongo
from services.chassis.auth import Identity
from services.chassis.errors import Fault
from services.messaging.actions import Access, Conversations
from services.messaging.appender import Appender
from services.messaging.heads import Heads
from services.messaging.rules import Created, Event, Kind, Sent, direct_id
from services.messaging.states import States
from services.messaging.store import LogStore, Outcome
from tests.conftest import ManualClock


@pytest.fixture
async def store(database: mongo.Database) -> LogStore:
    store = LogStore(database)
    await store.prepare()
    return store


async def write(store: LogStore, conversation: str, messages: int, text: str = "x") -> None:
    change = Created(Kind.GROUP, "Site", None, "", ("ann", "bob"))
    await store.create(Event(conversation, 1, 0, 1, "acme", 1, "ann", change), b"")
    sent = [
        Event(conversation, n + 1, n, 1, "acme", 1, "ann", Sent(Kind.GROUP, text, f"k{n}", b""))
        for n in range(1, messages + 1)
    ]
    await store.insert(sent, ordered=True)


async def test_the_ends_of_logs_cost_one_event_each_however_long_they_are(
    store: LogStore, database: mongo.Database
) -> None:
    names = [f"g_{index}" for index in range(5)]
    for name in names:
        await write(store, name, 100)
    await database.command("profile", 2)
    tails = await store.tails(names)
    positions = await store.positions("", 100)
    await database.command("profile", 0)
    assert {tail.conversation: (tail.revision, tail.number) for tail in tails.values()} == dict.fromkeys(
        names, (101, 100)
    )
    assert [(tail.conversation, tail.revision) for tail in positions] == [(name, 101) for name in names]
    examined = [entry["docsExamined"] async for entry in database["system.profile"].find({"command.aggregate": "log"})]
    assert len(examined) == 2
    assert max(examined) <= len(names)


async def test_a_page_of_long_texts_ends_before_it_is_too_large_for_a_client_and_says_that_there_is_more(
    store: LogStore,
) -> None:
    await write(store, "g_long", 40, text="ä" * 32_768)
    forward = await store.messages_after("g_long", 0, 500)
    assert [event.number for event in forward.events] == list(range(1, 17))
    assert forward.more
    backward = await store.messages_before("g_long", 40, 20)
    assert [event.number for event in backward.events] == list(range(24, 40))
    assert backward.more
    numbers: list[int] = []
    more = True
    while more:
        page = await store.messages_after("g_long", numbers[-1] if numbers else 0, 500)
        numbers += [event.number for event in page.events]
        more = page.more
    assert numbers == list(range(1, 41))


async def test_only_what_is_wrong_with_the_document_refuses_it_and_a_full_disk_leaves_the_outcome_open(
    store: LogStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = [14031, 11602, 121]

    async def command(*_: object, **__: object) -> dict[str, object]:
        return {"ok": 1, "writeErrors": [{"index": 0, "code": codes.pop(0), "errmsg": ""}]}

    monkeypatch.setattr(store._database, "command", command)
    event = Event("g_a", 2, 1, 1, "acme", 1, "ann", Sent(Kind.GROUP, "x", "k", b""))
    for _ in range(2):
        with pytest.raises(OperationFailure):
            await store.insert([event], ordered=True)
    assert await store.insert([event], ordered=True) == [Outcome.REFUSED]


async def test_a_conversation_that_another_is_creating_is_not_said_to_be_missing(
    store: LogStore, monkeypatch: pytest.MonkeyPatch, clock: ManualClock
) -> None:
    async def tail(_: str) -> None:
        """No majority has it yet."""

    change = Created(Kind.DIRECT, "", None, "", ("ann", "bob"))
    await store.create(Event(direct_id("acme", "ann", "bob"), 1, 0, 1, "acme", 1, "bob", change), b"")
    monkeypatch.setattr(store, "tail", tail)
    access = Access(store, States(store))
    conversations = Conversations(store, access, Appender(store, Heads(store), clock), b"", clock)
    with pytest.raises(Fault) as error:
        await conversations.create_direct(Identity("acme", "ann"), "bob")
    assert error.value.code is grpc.StatusCode.UNAVAILABLE


async def test_a_majority_that_does_not_answer_in_time_leaves_the_outcome_open(
    store: LogStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No replica set of one has two members that could write this down.
    monkeypatch.setattr(mongo, "SAFE", WriteConcern(w=2, j=True, wtimeout=50))
    event = Event("g_a", 2, 1, 1, "acme", 1, "ann", Sent(Kind.GROUP, "x", "k", b""))
    with pytest.raises(PyMongoError):
        await store.insert([event], ordered=True)
