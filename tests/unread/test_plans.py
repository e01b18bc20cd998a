"""Every question is answered from an index, and documents that are not wanted are not read."""

import random
from typing import Any

import pytest

from bench.plans import listened, stages
from services.chassis import mongo
from services.chassis.auth import Identity
from services.unread.actions import Actions
from services.unread.rules import heads as heads_module
from services.unread.store import UnreadStore
from tests.unread.counting import Gate, World


async def test_no_question_scans_a_collection(
    database: mongo.Database, mongo_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads_module, "DELETED_KEPT", 1)
    monkeypatch.setattr(heads_module, "EVERYONE_KEPT", 1)
    await UnreadStore(database).prepare()
    world = World(database)
    draw = random.Random(3).randrange
    while world.chronicle.number < 40:
        world.chronicle.happen(draw)
    await world.count(world.log, Gate())
    person = world.chronicle.members[0]
    caller = Identity(world.tenant, person)
    async with listened(mongo_uri, database.name) as (heard, listener):
        store = UnreadStore(heard)
        actions = Actions(store, world, 0)
        await actions.mark_unread(caller, world.conversation, 1, 1)
        await actions.badges(caller, [])
        await actions.mark_all_read(caller)
        await actions.readers(caller, world.conversation, world.chronicle.number, "", 10, 1)
        await actions.pointers([(world.conversation, person)])
        _: Any = [pointer async for pointer in store.pointers_in(world.conversation)]
        queries = list(listener.queries)
        assert {query.get("find") or query.get("aggregate") for query in queries} == {"rows", "heads", "pointers"}
        assert sum("aggregate" in query for query in queries) >= 4  # own, mentions, and what lies below both floors
        for query in queries:
            found = await stages(heard, query)
            assert found & {"IXSCAN", "IDHACK"}, query
            assert "COLLSCAN" not in found, query
