"""A collection of numbers, a writer, and followers that read a feed by hand."""

import asyncio
from collections.abc import AsyncGenerator, Callable

from services.chassis import mongo
from services.chassis.feed import Batch, ChangeFeed
from services.chassis.tasks import Tasks
from tests.conftest import eventually


def inserted(*fields: str) -> list[mongo.Document]:
    """A pipeline that passes insertions, and of each the named fields of the new document."""
    project: mongo.Document = {f"fullDocument.{field}": 1 for field in fields}
    return [{"$match": {"operationType": "insert"}}, {"$project": project}]


Numbers = ChangeFeed[int]


class Sea:
    """A collection of numbers, a writer and feeds."""

    def __init__(self, database: mongo.Database, tasks: Tasks) -> None:
        self.database, self.tasks = database, tasks
        self.last = 0

    async def feed(self, memory: int = 20_000, weigh: Callable[[int], int] = lambda _: 0) -> Numbers:
        feed: Numbers = ChangeFeed(
            self.database, "numbers", inserted("n"), lambda change: int(change["fullDocument"]["n"]), memory, weigh
        )
        self.tasks.forever("feed", feed.run, pause_s=0.05)
        await eventually(lambda: feed.live)
        return feed

    async def write(self, count: int, size: int = 0) -> None:
        numbers = range(self.last + 1, self.last + count + 1)
        await self.database["numbers"].insert_many([{"n": n, "padding": "x" * size} for n in numbers])
        self.last += count

    def keep_writing(self, until: int) -> asyncio.Task[None]:
        async def work() -> None:
            while self.last < until:
                await self.write(7)
                await asyncio.sleep(0.002)

        return self.tasks.start("writer", work())


class Follower:
    """Reads a feed by hand."""

    def __init__(self, batches: AsyncGenerator[Batch[int], None]) -> None:
        self.batches = batches
        self.items: list[int] = []
        self.cursor = ""
        self.resets = 0
        self.largest = 0

    async def read(self) -> Batch[int]:
        async with asyncio.timeout(10):
            batch = await anext(self.batches)
        self.items += batch.items
        self.cursor = batch.cursor
        self.resets += batch.reset
        self.largest = max(self.largest, len(batch.items))
        return batch

    async def read_until(self, last: int) -> "Follower":
        while not self.items or self.items[-1] < last:
            await self.read()
        return self

    async def close(self) -> None:
        await self.batches.aclose()
