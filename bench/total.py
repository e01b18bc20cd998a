"""The total of a person with 1,000 conversations: does it cost the same, however many messages there are?"""

import asyncio
import statistics
import time
from typing import Any

from conversations.unread.v1 import unread_pb2 as pb
from conversations.unread.v1.unread_pb2_grpc import UnreadServiceStub
from pymongo import AsyncMongoClient

from bench import plans, stack
from bench.measure import Result
from services.chassis import mongo
from services.chassis.auth import Identity
from services.unread.actions import Actions
from services.unread.rules import Change, Head, MessageSent, Pointer, row_of
from services.unread.store import UnreadStore
from services.unread.store.documents import head_document, pointer_document, row_document

CONVERSATIONS = 1_000
FEW, MANY = 10_000, 1_000_000
"""How many messages there are, over all conversations."""

CALLS = 40
"""Calls a run; their median is the run's figure."""

LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


class NoLog:
    """No log: nothing here asks for it."""

    async def events(self, _conversation: str, _after_revision: int, _limit: int) -> list[Change]:
        """Nothing."""
        return []


def name(number: int) -> str:
    """A conversation's id."""
    digits = [LETTERS[number // 32**place % 32] for place in range(26)]
    return "g_" + "".join(digits)


async def fill(database: mongo.Database, tenant: str, have: int, messages: int) -> None:
    """Brings each conversation to its share of so many messages, each tenth of them ann's own."""
    share, rows = messages // CONVERSATIONS, []
    for number in range(CONVERSATIONS):
        conversation = name(number)
        for at in range(have // CONVERSATIONS + 1, share + 1):
            author = "ann" if at % 10 == 0 else "bob"
            rows.append(row_document(row_of(MessageSent(conversation, at + 1, at, tenant, author, ()))))
        if len(rows) >= 20_000 or number == CONVERSATIONS - 1:
            await database["rows"].insert_many(rows, ordered=False)
            rows = []
        head = head_document(Head(share, share + 1))
        await database["heads"].replace_one({"_id": conversation}, {"tenant": tenant, **head}, upsert=True)
        # Read up to the last ten: one of those is ann's own.
        pointer = Pointer(conversation, "ann", tenant, read=share - 10, version=share, own=1, revision=share + 1)
        await database["pointers"].replace_one({"_id": f"{conversation}:ann"}, pointer_document(pointer), upsert=True)


async def scans(uri: str, database_name: str, caller: Identity) -> set[str]:
    """The stages by which the database answers what a person's badges and a move of one ask."""
    async with plans.listened(uri, database_name) as (database, listener):
        actions = Actions(UnreadStore(database), NoLog(), 0)
        await actions.badges(caller, [])
        await actions.mark_unread(caller, name(0), 1, 1)
        found = [await plans.stages(database, query) for query in list(listener.queries)]
    return set().union(*found)


async def total(runs: int) -> Result:
    """The median time of GetBadges over 1,000 conversations, with 1 million messages and with 10 thousand."""
    async with stack.running(["messaging", "unread"]) as running:
        client: mongo.Client = AsyncMongoClient(running.mongodb, tz_aware=True)
        database = mongo.database(client, "unread")
        async with running.channel("unread") as channel:
            unread: Any = UnreadServiceStub(channel)
            metadata = running.person("ann")

            async def median() -> float:
                times = []
                for _ in range(CALLS):
                    started = time.perf_counter()
                    answer = await unread.GetBadges(pb.GetBadgesRequest(), metadata=metadata)
                    times.append((time.perf_counter() - started) * 1000)
                    if answer.total.unread != 9 * CONVERSATIONS:
                        raise AssertionError(f"the total is {answer.total.unread}")
                return statistics.median(times)

            figures: dict[int, list[float]] = {}
            have = 0
            for messages in (FEW, MANY):
                await fill(database, "bench", have, messages)
                have = messages
                await asyncio.sleep(1)
                await median()
                figures[messages] = [await median() for _ in range(runs)]
        stages = await scans(running.mongodb, "unread", Identity(tenant="bench", person="ann"))
        await client.close()
    if "COLLSCAN" in stages:
        raise AssertionError("a collection is scanned")
    ratios = [many / few for many, few in zip(figures[MANY], figures[FEW], strict=True)]
    return Result(
        "total",
        f"GetBadges over {CONVERSATIONS:,} conversations, with {MANY:,} messages : with {FEW:,}",
        "ms",
        statistics.median(figures[MANY]),
        statistics.median(figures[FEW]),
        statistics.median(ratios),
        ratios,
        1.5,
        at_most=True,
        notes={"answered by": ", ".join(sorted(stages))},
    )
