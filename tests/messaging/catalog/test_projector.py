"""The projector: what it keeps is what the log says, whatever dies on the way."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo.errors import AutoReconnect

from local.keys import Issuer
from services.chassis import mongo
from services.messaging.catalog import CatalogStore, store
from services.messaging.catalog.effects import effects_of
from services.messaging.rules import (
    Change,
    Created,
    Deleted,
    Edited,
    Event,
    History,
    Kind,
    MembersChanged,
    Moves,
    Sent,
    Updated,
)
from services.messaging.store import LogStore
from tests.conftest import eventually
from tests.messaging.catalog.world import World, world_of

LOST = "82" + "00" * 20
"""A cursor of 1970."""


async def fill(world: World) -> tuple[str, str]:
    """Some of everything."""
    site, other = await world.group("bob", "cem"), await world.item("p1", "12", "bob")
    for index in range(5):
        await world.send(site, f"slab {index}", replica=index % len(world.stubs))
        await world.send(other, f"wall {index}", by="bob")
    await world.edit(site, 2, "roof")
    await world.delete(site, 3)
    await world.remove(site, "cem")
    await world.add(other, "dan")
    return site, other


async def look(world: World, site: str, other: str, replica: int = 0) -> None:
    """What the lists and the search must say after `fill`."""
    page = await world.page("bob", replica=replica)
    assert [one.conversation.conversation for one in page.listings] == [other, site]
    assert [one.last_message.text for one in page.listings] == ["wall 4", "slab 4"]
    assert not (await world.page("cem", replica=replica)).listings
    assert len((await world.page("dan", replica=replica)).listings) == 1
    assert await world.search("slab", by="bob") == ["slab 4", "slab 3", "slab 0"]
    assert await world.search("roof", by="bob") == ["roof"]
    found = await world.search_page("wall", by="dan", replica=replica)
    assert len(found.found) == 5


async def everything(database: mongo.Database) -> dict[str, list[mongo.Document]]:
    """The catalog's documents, without when they were written and how far the projector has got."""
    return {
        name: [
            {key: value for key, value in document.items() if key not in {"moved", "applied"}}
            async for document in database[name].find().sort("_id", 1)
        ]
        for name in ("members", "conversations", "search")
    }


async def test_the_catalog_is_made_of_a_log_that_is_older_than_it(
    database: mongo.Database, mongo_uri: str, issuer: Issuer
) -> None:
    async with world_of(database, mongo_uri, issuer) as world:
        site, other = await fill(world)
        await world.settled()
        before = await everything(database)
    for name in ("members", "conversations", "search", "catalog_leases"):
        await database.drop_collection(name)
    async with world_of(database, mongo_uri, issuer) as world:
        await world.settled()
        await look(world, site, other)
    after = await everything(database)
    assert after["members"] == before["members"]
    assert after["conversations"] == before["conversations"]
    assert [(one["_id"], one["words"]) for one in after["search"]] == [
        (one["_id"], one["words"]) for one in before["search"]
    ]


async def test_a_cursor_that_is_lost_makes_it_read_on_from_the_log(
    database: mongo.Database, mongo_uri: str, issuer: Issuer
) -> None:
    async with world_of(database, mongo_uri, issuer) as world:
        await world.group("bob")
        await world.settled()
        await world.stop_projecting()
        site, other = await fill(world)
        assert await world.search("slab", by="bob") == [], "nobody projects"
    await database["catalog_leases"].update_many({"_id": {"$regex": "^p"}}, {"$set": {"until_ms": 0, "cursor": LOST}})
    async with world_of(database, mongo_uri, issuer) as world:
        await world.settled()
        assert await world.search("slab", by="bob") == ["slab 4", "slab 3", "slab 0"]
        assert len(await world.list("bob")) == 3
        assert {site, other} <= set(await world.list("bob"))


@pytest.mark.parametrize("collection", ["members", "search", "conversations"])
async def test_a_failure_between_any_two_writes_is_made_good(
    database: mongo.Database, mongo_uri: str, issuer: Issuer, monkeypatch: pytest.MonkeyPatch, collection: str
) -> None:
    whole = store._write
    failures = 0

    async def fails(target: mongo.Collection, updates: Any) -> None:
        nonlocal failures
        if target.name == collection and failures < 4:
            failures += 1
            raise AutoReconnect("the primary has gone")
        await whole(target, updates)

    monkeypatch.setattr(store, "_write", fails)
    async with world_of(database, mongo_uri, issuer) as world:
        site, other = await fill(world)
        await world.settled()
        await look(world, site, other)
    assert failures == 4


async def test_a_message_whose_editor_or_deleter_died_is_made_right(world: World, database: mongo.Database) -> None:
    """As if they had died right after their event."""
    site = await world.group("bob")
    for text in ("steel", "concrete", "timber"):
        await world.send(site, text)
    log = LogStore(database)
    head = await log.head(site)
    assert head
    changes: list[Change] = [
        Edited(Kind.GROUP, 1, "copper", (), (), "e", b""),
        Deleted(2, "d", b""),
    ]
    for index, change in enumerate(changes, 1):
        event = Event(site, head.revision + index, head.number, 1, "acme", head.at_ms, "ann", change)
        await log.insert([event], ordered=True)
    await world.settled()
    assert await world.search("copper") == ["copper"]
    assert await world.search("concrete") == []
    document = await database["log"].find_one({"conversation": site, "number": 2, "type": "message"})
    assert document
    assert document["text"] == ""


async def test_two_replicas_share_the_work_and_one_takes_over_from_the_other(
    database: mongo.Database, mongo_uri: str, issuer: Issuer
) -> None:
    async with world_of(database, mongo_uri, issuer, replicas=2) as world:

        async def shared() -> bool:
            holders = [
                one["holder"] async for one in database["catalog_leases"].find({"_id": {"$regex": "^partition"}})
            ]
            return len(holders) == 4 and len(set(holders)) == 2

        await eventually(shared)
        site, other = await fill(world)
        await world.settled()
        await look(world, site, other, replica=0)
        await look(world, site, other, replica=1)
        # One is as good as dead: it has lost all leases to the other without a word.
        holders = [one["holder"] async for one in database["catalog_leases"].find({"_id": {"$regex": "^partition"}})]
        await database["catalog_leases"].update_many({"holder": holders[0]}, {"$set": {"until_ms": 0}})
        await database["catalog_leases"].delete_one({"_id": f"replica:{holders[0]}"})
        for index in range(10):
            await world.send(site, f"more {index}", replica=index % 2)
        await world.settled()
        assert len(await world.search("more", by="bob")) == 10


async def test_a_send_writes_two_documents_whatever_the_number_of_members(
    world: World, database: mongo.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = await world.group(*(f"p{index}" for index in range(1_999)))
    await world.settled()
    written: list[str] = []
    whole = store._write

    async def counting(target: mongo.Collection, updates: Any) -> None:
        some = list(updates)
        written.extend([target.name] * len(some))
        await whole(target, some)

    monkeypatch.setattr(store, "_write", counting)
    await world.send(site, "slab")
    await world.settled()
    assert sorted(written) == ["conversations", "search"]


MEMBERS = ("ann", "bob", "cem")


def history(rng: random.Random) -> list[Event]:
    """A log of one conversation."""
    events: list[Event] = []
    number = 0
    for revision in range(1, rng.randint(3, 25)):
        change: Change
        kind = rng.choice(["send", "send", "edit", "delete", "move", "update"]) if revision > 1 else "create"
        if kind == "create":
            change = Created(Kind.GROUP, "t", None, "", MEMBERS)
        elif kind == "send" or (kind in {"edit", "delete"} and not number):
            number += 1
            change = Sent(Kind.GROUP, f"text{revision}", f"k{revision}", b"")
        elif kind == "edit":
            change = Edited(Kind.GROUP, rng.randint(1, number), f"edit{revision}", (), (), "", b"")
        elif kind == "delete":
            change = Deleted(rng.randint(1, number), "", b"")
        elif kind == "move":
            person = rng.choice(MEMBERS)
            moves = Moves(added=(person,)) if rng.random() < 0.5 else Moves(removed=(person,))
            change = MembersChanged(moves, "", b"")
        else:
            change = Updated("t", "", rng.random() < 0.5, History.ALL, "", "", b"")
        events.append(Event("g_a", revision, number, 1, "acme", 1_000 + revision, "ann", change))
    return events


def plain(events: Sequence[Event]) -> tuple[dict[str, bool], dict[int, str], bool, int]:
    """Who is in, what messages say, whether it is archived, and when it was last active, the naive way."""
    members: dict[str, bool] = {}
    texts: dict[int, str] = {}
    archived, active = False, 0
    for event in events:
        match event.change:
            case Created(members=names):
                members, active = dict.fromkeys(names, True), event.at_ms
            case Sent(text=text):
                texts[event.number], active = text, event.at_ms
            case Edited(number=number, text=text):
                texts[number] = text
            case Deleted(number=number):
                texts[number] = ""
            case MembersChanged(moves=moves):
                members |= dict.fromkeys(moves.added, True) | dict.fromkeys(moves.removed, False)
            case Updated():
                archived = event.change.archived
    return members, texts, archived, active


@given(st.randoms(use_true_random=False))
def test_effects_are_what_the_events_say_one_after_the_other(rng: random.Random) -> None:
    events = history(rng)
    effects = effects_of(events)
    members, texts, archived, active = plain(events)
    assert {person: one.present for (_, person), one in effects.standings.items()} == members
    said = {number: [word for word in one.words if "*" not in word] for (_, number), one in effects.texts.items()}
    assert said == {number: [text] if text else [] for number, text in texts.items()}
    activity = effects.activities["g_a"]
    assert (activity.archived, activity.active_at_ms, activity.revision) == (archived, active, len(events))


@pytest.mark.parametrize("seed", range(4))
async def test_batches_cut_anywhere_repeated_and_late_make_the_same_catalog(
    database: mongo.Database, mongo_client: mongo.Client, seed: int
) -> None:
    rng = random.Random(seed)
    for turn in range(5):
        events = history(rng)
        names = [f"{database.name}_{turn}_{index}" for index in range(2)]
        stores = [CatalogStore(mongo.database(mongo_client, name)) for name in names]
        await stores[0].apply(effects_of(events), projected=True)
        position = 0
        while position < len(events):
            if rng.random() < 0.4:
                ahead = rng.randrange(position, len(events))
                if not isinstance(events[ahead].change, Sent):
                    await stores[1].apply(effects_of([events[ahead]]), projected=False)
            start = max(0, position - rng.randrange(4))
            position = min(len(events), position + rng.randint(1, 6))
            await stores[1].apply(effects_of(events[start:position]), projected=True)
        if rng.random() < 0.5:
            # A lease held twice: an owner that was slow applies what the other has left behind.
            start = rng.randrange(len(events))
            await stores[1].apply(effects_of(events[start : start + 3]), projected=True)
        one, other = [await everything(mongo.database(mongo_client, name)) for name in names]
        assert one == other
        for name in names:
            await mongo_client.drop_database(name)
