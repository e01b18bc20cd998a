"""The auditor and Recount: what is wrong is found, repaired and said; what is right is left alone."""

import asyncio
import random
from typing import Any

import grpc
import pytest
import structlog
from conversations.unread.v1 import unread_pb2 as pb
from prometheus_client import CollectorRegistry

from services.chassis import mongo
from services.chassis.auth import Identity
from services.chassis.streams import Mailbox
from services.chassis.tasks import Tasks
from services.unread.actions import Actions, Recounting
from services.unread.actions import recounting as recounting_module
from services.unread.auditor import Auditor
from services.unread.feed import BADGES_CONTROL
from services.unread.live import Live
from services.unread.rules import EVERYONE, Change, MembersChanged, MessageDeleted, MessageEdited, MessageSent
from services.unread.store import UnreadStore
from tests.conftest import eventually
from tests.unread.counting import PEOPLE, Gate, World
from tests.unread.suite import Suite, Watcher

WRONG: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("pointers", {"person": "bob"}, {"$inc": {"own": 1}}),
    ("pointers", {"person": "bob"}, {"$inc": {"mentioned": 2}}),
    ("pointers", {"person": "bob"}, {"$set": {"left": True}}),
    ("pointers", {"person": "bob"}, {"$set": {"revision": 10_000}, "$inc": {"own": -1}}),
    ("heads", {}, {"$set": {"deleted": [1, 2]}}),
    ("heads", {}, {"$set": {"everyone": []}}),
    ("rows", {"number": 7}, {"$set": {"author": "bob"}}),
]
"""What may be broken in what is stored: collection, where, how."""


def auditor(world: World, registry: CollectorRegistry, live: Live | None = None) -> Auditor:
    recounting = Recounting(world.store, world, 0)
    live = live or Live(world.store, world, Tasks())
    return Auditor(world.store, live, recounting, registry, 60, random.Random(1))


def drifts(registry: CollectorRegistry) -> float:
    return registry.get_sample_value("unread_drift_total") or 0.0


async def talked(database: mongo.Database) -> World:
    """A conversation in which everything has happened, counted to its end; bob has read two messages of it."""
    await UnreadStore(database).prepare()
    world = World(database)

    def add(kind: Any, author: str, *more: Any) -> None:
        number = world.chronicle.number + (kind is MessageSent)
        world.log.append(kind(world.conversation, len(world.log) + 1, number, world.tenant, author, *more))

    for mentions in ((), ("bob",), (EVERYONE,), ("cem",), ("bob", "cem"), (EVERYONE,)):
        add(MessageSent, "ann", mentions)
        add(MessageSent, "bob", ("ann",))
    add(MessageEdited, "ann", 5, ("bob",))
    add(MessageDeleted, "cem", 9)
    add(MembersChanged, "ann", ("dan",), ("cem",))
    await world.count(world.log, Gate())
    await Actions(world.store, world, 0).mark_read(identity(world), world.conversation, 2, 0, 1)
    return world


def identity(world: World) -> Identity:
    return Identity(world.tenant, "bob")


@pytest.mark.parametrize(("collection", "where", "how"), WRONG)
async def test_what_is_wrong_is_found_repaired_counted_and_said_loudly_without_a_text(
    database: mongo.Database, collection: str, where: dict[str, Any], how: dict[str, Any]
) -> None:
    world, registry = await talked(database), CollectorRegistry()
    key = (world.tenant, "bob")
    right = (await Actions(world.store, world, 0).badges(identity(world), [])).badges
    await database[collection].update_many(where, how)
    if collection == "rows":
        # A row shows when a pointer moves.
        await Actions(world.store, world, 0).mark_unread(identity(world), world.conversation, 1, 1)
    with structlog.testing.capture_logs() as logs:
        await auditor(world, registry).audit(key)
    assert drifts(registry) == 1
    (said,) = [entry for entry in logs if entry["log_level"] == "error"]
    assert (said["tenant"], said["person"], said["conversation"]) == (*key, world.conversation)
    assert "text" not in said
    again = CollectorRegistry()
    await auditor(world, again).audit(key)
    assert drifts(again) == 0
    if collection != "rows" and "left" not in str(how):
        repaired = (await Actions(world.store, world, 0).badges(identity(world), [])).badges
        assert [(each.unread, each.mentions, each.read) for each in repaired] == [
            (each.unread, each.mentions, each.read) for each in right
        ]


async def test_of_a_very_long_log_only_what_lies_above_the_pointer_is_read_to_find_what_is_wrong(
    database: mongo.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recounting_module, "WHOLE", 0)
    world, registry, asked = await talked(database), CollectorRegistry(), []
    right = world.events

    async def events(conversation: str, after_revision: int, limit: int) -> list[Change]:
        asked.append(after_revision)
        return await right(conversation, after_revision, limit)

    monkeypatch.setattr(world, "events", events)
    await auditor(world, registry).audit((world.tenant, "bob"))
    assert (drifts(registry), min(asked)) == (0, 2)
    await database["pointers"].update_one({"person": "bob"}, {"$inc": {"own": 1}})
    await auditor(world, again := CollectorRegistry()).audit((world.tenant, "bob"))
    assert drifts(again) == 1


async def test_there_is_no_false_alarm_while_events_are_under_way(database: mongo.Database) -> None:
    """Owners crash and are stale, people read and mark as unread, and audits run all the time."""
    await UnreadStore(database).prepare()
    for seed in range(4):
        world, draw, registry = World(database), random.Random(seed).randrange, CollectorRegistry()
        audits = auditor(world, registry)
        stop = asyncio.Event()

        async def audit(world: World = world, audits: Auditor = audits, stop: asyncio.Event = stop) -> None:
            while not stop.is_set():
                for person in PEOPLE:
                    await audits.audit((world.tenant, person))
                await asyncio.sleep(0)

        auditing = asyncio.create_task(audit())
        try:
            await world.live(draw, 30)
        finally:
            stop.set()
            await auditing
        assert drifts(registry) == 0
        assert (registry.get_sample_value("unread_audits_total") or 0) > 10


async def test_what_an_attached_person_is_shown_is_audited_too(database: mongo.Database) -> None:
    world, registry = await talked(database), CollectorRegistry()
    tasks = Tasks()
    live = Live(world.store, world, tasks)
    key, mailbox = (world.tenant, "bob"), Mailbox(BADGES_CONTROL, 1_000)
    await live.attach(key, mailbox)
    audits = auditor(world, registry, live)
    await audits.audit(key)
    assert drifts(registry) == 0
    place = live._rooms.place_of(key, world.conversation)
    assert place is not None
    place._own += 1
    await audits.audit(key)
    assert drifts(registry) == 1

    def mended() -> bool:
        found = live._rooms.place_of(key, world.conversation)
        return found is not None and found is not place

    await eventually(mended)
    await audits.audit(key)
    assert drifts(registry) == 1
    await tasks.close()


async def test_recount_repairs_for_operators_answers_what_differed_and_shows_it_live(
    suite: Suite, database: mongo.Database
) -> None:
    first, second = await suite.replica(), await suite.replica()
    conversation, other = await suite.group("ann", "bob"), await suite.group("ann", "bob")
    await suite.send(conversation, "ann", 5, mentions=["bob"])
    await suite.delete(conversation, "ann", 2)
    await suite.send(other, "ann")
    await suite.holds(first, "bob", conversation, 4, 4)
    await suite.holds(first, "bob", other, 1)
    watcher = Watcher(suite, second, "bob")
    await eventually(lambda: watcher.total == 5)
    await database["pointers"].update_one(
        {"_id": f"{conversation}:bob"}, {"$inc": {"own": 2, "mentioned": -1, "version": 1}}
    )
    await database["heads"].update_one({"_id": conversation}, {"$set": {"deleted": []}})
    assert (await suite.badge(first, "bob", conversation)).unread == 3
    request = pb.RecountRequest(tenant="acme", person="bob")
    answer = await first.Recount(request, metadata=suite.service())
    assert answer.conversations == 2
    (drift,) = answer.drifts
    assert (drift.stored.unread, drift.stored.mentions) == (3, 3)
    assert (drift.counted.unread, drift.counted.mentions, drift.counted.conversation) == (4, 4, conversation)
    assert (await suite.badge(second, "bob", conversation)).unread == 4
    await eventually(lambda: watcher.held[conversation].version == drift.counted.version and watcher.total == 5)
    request.conversation = conversation
    assert not (await first.Recount(request, metadata=suite.service())).drifts
    for wrong in (
        pb.RecountRequest(tenant="acme", person="eve", conversation=conversation),
        pb.RecountRequest(tenant="acme", person="bob", conversation="g_" + "a" * 26),
        pb.RecountRequest(tenant="other", person="bob", conversation=conversation),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await first.Recount(wrong, metadata=suite.service())
        assert error.value.code() is grpc.StatusCode.NOT_FOUND
    await watcher.close()
