"""Work that is done once for the whole system: partitions, shared out among replicas by leases in MongoDB.

A lease held twice does no harm, because every effect is idempotent; so leases need no fencing and the clocks of
replicas need not agree well.
"""

import asyncio
from collections.abc import Callable

import structlog
from pymongo.errors import DuplicateKeyError

from services.chassis.clock import Clock
from services.chassis.mongo import Collection

FORGET_LEASES = 100
"""After so many leases without renewal a replica is forgotten, not only counted out."""

_log = structlog.get_logger(__name__)


class Partitions:
    """The partitions that this replica holds.

    Documents of the collection: `partition:<count>:<n>` with holder, until_ms and the cursor of what has been
    processed, and `replica:<name>` with until_ms, by which replicas count each other. The count is part of the name,
    because a cursor says nothing about partitions that were cut differently: after a change of the count each
    partition begins without a cursor, and the feed's RESET makes its owner find what it missed.

    Args:
        collection: where leases are kept.
        holder: this replica's name.
        count: how many partitions there are.
        lease_ms: how long a lease lasts without renewal, ms.
        clock: the present time.
        changed: told of each partition that is gained (True) or lost (False).
    """

    def __init__(
        self,
        collection: Collection,
        holder: str,
        count: int,
        lease_ms: int,
        clock: Clock,
        changed: Callable[[int, bool], None],
    ) -> None:
        self._collection = collection
        self._holder = holder
        self._count = count
        self._lease_ms = lease_ms
        self._clock = clock
        self._changed = changed
        self._lock = asyncio.Lock()
        self._released = False
        self.owned: set[int] = set()

    @property
    def count(self) -> int:
        """How many partitions there are."""
        return self._count

    async def run(self) -> None:
        """Takes, renews and gives back leases, for ever."""
        while True:
            await self.step()
            await asyncio.sleep(self._lease_ms / 4000)

    async def step(self) -> None:
        """Renews what is held, then moves towards a fair share; does nothing after the release."""
        async with self._lock:
            if not self._released:
                await self._step()

    async def _step(self) -> None:
        now = self._clock()
        until = now + self._lease_ms
        await self._collection.update_one(
            {"_id": f"replica:{self._holder}"}, {"$set": {"until_ms": until}}, upsert=True
        )
        leases = {str(lease["_id"]): lease async for lease in self._collection.find({"_id": {"$regex": "^partition:"}})}
        share = self._share(await self._replicas(now))
        held: set[int] = set()
        for partition in range(self._count):
            lease = leases.get(self._id(partition))
            mine = lease is not None and lease["holder"] == self._holder
            if mine and len(held) >= share:
                await self._give_back(partition)
                continue
            free = lease is None or lease["until_ms"] <= now
            if (mine or (free and len(held) < share)) and await self._take(partition, now, until):
                held.add(partition)
        self._settle(held)

    async def _replicas(self, now: int) -> list[str]:
        """The live replicas, this one included, ascending; forgets those that died long ago."""
        untils = {
            str(replica["_id"]): int(replica["until_ms"])
            async for replica in self._collection.find({"_id": {"$regex": "^replica:"}})
        }
        long_ago = now - FORGET_LEASES * self._lease_ms
        if any(until < long_ago for until in untils.values()):
            await self._collection.delete_many({"_id": {"$regex": "^replica:"}, "until_ms": {"$lt": long_ago}})
        return sorted({name for name, until in untils.items() if until > now} | {f"replica:{self._holder}"})

    def _share(self, replicas: list[str]) -> int:
        """How many partitions this replica should hold: all counts differ by one at most."""
        each, left = divmod(self._count, len(replicas))
        return each + (replicas.index(f"replica:{self._holder}") < left)

    async def release(self) -> None:
        """Gives everything back for good, so that other replicas need not wait for the leases to end."""
        async with self._lock:
            self._released = True
            held = tuple(self.owned)
            self._settle(set())
            for partition in held:
                await self._give_back(partition)
            await self._collection.delete_one({"_id": f"replica:{self._holder}"})

    async def cursor(self, partition: int) -> str:
        """The saved cursor; empty if nothing has been processed yet."""
        lease = await self._collection.find_one({"_id": self._id(partition)})
        return str(lease.get("cursor", "")) if lease else ""

    async def save(self, partition: int, cursor: str) -> None:
        """Saves the cursor of what has been processed, if this replica still holds the partition."""
        await self._collection.update_one(
            {"_id": self._id(partition), "holder": self._holder}, {"$set": {"cursor": cursor}}
        )

    async def _take(self, partition: int, now: int, until: int) -> bool:
        free = {"$or": [{"holder": self._holder}, {"until_ms": {"$lte": now}}]}
        try:
            result = await self._collection.update_one(
                {"_id": self._id(partition), **free},
                {"$set": {"holder": self._holder, "until_ms": until}},
                upsert=True,
            )
        except DuplicateKeyError:
            return False
        return bool(result.matched_count or result.upserted_id)

    async def _give_back(self, partition: int) -> None:
        await self._collection.update_one(
            {"_id": self._id(partition), "holder": self._holder}, {"$set": {"until_ms": 0}}
        )

    def _id(self, partition: int) -> str:
        return f"partition:{self._count}:{partition}"

    def _settle(self, held: set[int]) -> None:
        gained, lost = held - self.owned, self.owned - held
        self.owned = held
        for partition in lost:
            self._changed(partition, False)
        for partition in gained:
            self._changed(partition, True)
        if gained or lost:
            _log.info("partitions", held=sorted(held), of=self._count)
