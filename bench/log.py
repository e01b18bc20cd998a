"""B1, B2, B2r: appending to the log, against one `insert_one` of the same document with the same indexes each."""

import itertools
import random
import uuid
from collections.abc import Awaitable, Callable

from bench.measure import Result, Run, rate, ratio
from services.chassis import mongo
from services.chassis.clock import system_clock
from services.chassis.tasks import Tasks
from services.messaging.appender import Appender
from services.messaging.feed import MessagingFeed
from services.messaging.heads import Heads
from services.messaging.rules import Created, Draft, Event, Kind, Sent, content_digest, conversation_id
from services.messaging.store import LogStore, to_document

SENDERS = 64
SECONDS = 2.0
TEXT = "The slab on level 3 was poured this morning; the cylinders go to the lab at noon, results on Friday."

Append = Callable[[int, int], Awaitable[object]]


async def conversations(store: LogStore, count: int) -> list[str]:
    """Makes conversations whose only member is the sender."""
    made = []
    for _ in range(count):
        conversation = conversation_id(Kind.GROUP, uuid.uuid4().hex)
        change = Created(Kind.GROUP, "bench", None, "", ("ann",))
        await store.create(Event(conversation, 1, 0, 1, "bench", system_clock(), "ann", change), b"")
        made.append(conversation)
    return made


def appending(appenders: list[Appender], names: list[str]) -> Append:
    """Appends messages; each sender to its conversation, by any of the replicas."""
    keys = itertools.count()

    async def append(worker: int, _turn: int) -> None:
        conversation = names[worker % len(names)]
        draft = Draft(conversation, "bench", "ann", f"key-{next(keys)}", content_digest(b"k", TEXT), TEXT)
        await random.choice(appenders).append(draft, 30)

    return append


def inserting(store: mongo.Collection, names: list[str]) -> Append:
    """Inserts the same documents one by one; revisions are counted here, so that nothing conflicts."""
    revisions = dict.fromkeys(names, 1)
    keys = itertools.count()

    async def insert(worker: int, _turn: int) -> None:
        conversation = names[worker % len(names)]
        revisions[conversation] += 1
        revision = revisions[conversation]
        change = Sent(Kind.GROUP, TEXT, f"key-{next(keys)}", content_digest(b"k", TEXT))
        event = Event(conversation, revision, revision - 1, 1, "bench", system_clock(), "ann", change)
        await store.insert_one(to_document(event))

    return insert


async def measure(name: str, uri: str, runs: int) -> Result:
    """Measures one of B1, B2, B2r, B2r-one in a database of its own."""
    rooms = 1 if name in {"B2", "B2r-one"} else SENDERS
    replicas = 2 if name.startswith("B2r") else 1
    clients = [mongo.connect(uri, "bench") for _ in range(replicas + 1)]
    tasks = Tasks()
    database = f"bench_{uuid.uuid4().hex[:8]}"
    try:
        stores = [LogStore(mongo.database(client, database)) for client in clients[:replicas]]
        raw = LogStore(mongo.database(clients[-1], f"{database}_raw"))
        for store in (stores[0], raw):
            await store.prepare()
        heads = [Heads(store) for store in stores]
        appenders = [Appender(store, known, system_clock) for store, known in zip(stores, heads, strict=True)]
        # Replicas learn from the feed what others write; a single one has nothing to learn.
        for client, known in zip(clients, heads, strict=False) if replicas > 1 else ():
            feed = MessagingFeed(mongo.database(client, database), known.observe)
            tasks.forever("feed", feed.run)
            tasks.forever("dispatch", feed.dispatch)

        def ours() -> Run:
            async def run() -> float:
                names = await conversations(stores[0], rooms)
                return await rate(SENDERS, SECONDS, appending(appenders, names))

            return run

        async def baseline() -> float:
            names = await conversations(raw, rooms)
            collection = mongo.database(clients[-1], f"{database}_raw")["log"]
            return await rate(SENDERS, SECONDS, inserting(collection, names))

        targets = {"B1": 4.0, "B2": 4.0, "B2r": 1.2, "B2r-one": 1.0}
        where = "one conversation" if rooms == 1 else f"{rooms} conversations"
        by = ", two replicas, random routing" if replicas == 2 else ""
        what = f"log append, {SENDERS} senders, {where}{by} : raw insert_one"
        return await ratio(name, what, "messages/s", targets[name], ours(), baseline, runs)
    finally:
        await tasks.close()
        for suffix in ("", "_raw"):
            await clients[0].drop_database(database + suffix)
        for client in clients:
            await client.close()
