"""A feed in memory and replicas that consume it, for tests of the consumer."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from services.chassis import mongo
from services.chassis.consume import Consumer
from services.chassis.feed import Batch
from services.chassis.partitions import Partitions
from services.chassis.tasks import Tasks
from tests.conftest import ManualClock, eventually


class Source:
    """A feed of numbers in memory: number n goes to partition n mod count; the cursor is the last number."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.last = 0
        self.forgotten = 0
        self.opened: list[tuple[int, str]] = []
        self.readers = 0
        self.cut = asyncio.Event()
        self.finish = False
        self._more = asyncio.Event()

    def grow(self, by: int) -> None:
        self.last += by
        more, self._more = self._more, asyncio.Event()
        more.set()

    def break_off(self, *, politely: bool = False) -> None:
        self.finish = politely
        cut, self.cut = self.cut, asyncio.Event()
        cut.set()

    async def stream(self, partition: int, cursor: str) -> AsyncIterator[Batch[int]]:
        self.opened.append((partition, cursor))
        self.readers += 1
        cut = self.cut
        try:
            if cursor and int(cursor) >= self.forgotten:
                yield Batch((), cursor)
            else:
                cursor = f"{self.last:08}"
                yield Batch((), cursor, reset=True)
            while True:
                more = self._more
                if int(cursor) < self.last:
                    until = min(self.last, int(cursor) + 7)
                    items = [n for n in range(int(cursor) + 1, until + 1) if n % self.count == partition]
                    cursor = f"{until:08}"
                    yield Batch(items, cursor)
                    continue
                waits = [asyncio.ensure_future(one.wait()) for one in (more, cut)]
                try:
                    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for wait in waits:
                        wait.cancel()
                if cut.is_set():
                    if self.finish:
                        return
                    raise ConnectionError("cut")
        finally:
            self.readers -= 1


@dataclass
class Replica:
    """One replica that consumes, with what it saw and applied."""

    partitions: Partitions
    consumer: Consumer[int]
    tasks: Tasks = field(default_factory=Tasks)

    async def begin(self) -> None:
        await self.partitions.step()
        self.consumer.start(self.tasks, self.partitions)
        await eventually(lambda: self.consumer.started)


class World:
    """A source, a database for leases, and what replicas did."""

    def __init__(self, database: mongo.Database, clock: ManualClock, count: int) -> None:
        self.database, self.clock, self.count = database, clock, count
        self.source = Source(count)
        self.replicas: dict[str, Replica] = {}
        self.seen: dict[str, list[int]] = {}
        self.applied: dict[str, list[int]] = {}
        self.recovered: list[tuple[str, int, bool]] = []
        self.fails: Callable[[Sequence[int]], bool] = lambda _: False

    async def replica(self, name: str) -> Replica:
        async def apply(items: Sequence[int]) -> None:
            await asyncio.sleep(0)
            if self.fails(items):
                raise RuntimeError("cannot")
            self.applied[name].extend(items)

        async def recover(partition: int, owned: bool) -> None:
            self.recovered.append((name, partition, owned))

        self.seen[name], self.applied[name] = [], []
        consumer = Consumer("numbers", self.source.stream, self.seen[name].extend, apply, recover)
        partitions = Partitions(self.database["leases"], name, self.count, 10_000, self.clock, consumer.changed)
        replica = self.replicas[name] = Replica(partitions, consumer)
        await replica.begin()
        return replica

    def all_applied(self, since: int = 0) -> bool:
        done = set[int]().union(*self.applied.values())
        return done >= set(range(since + 1, self.source.last + 1))

    async def close(self) -> None:
        for replica in self.replicas.values():
            await replica.tasks.close()
