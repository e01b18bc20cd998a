"""The log in a real database."""

import pytest

from services.chassis import mongo
from services.messaging.rules import Created, Event, Kind, Sent
from services.messaging.store import LogStore


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
