"""What the services do in one moment, step by step."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from services.notifier.clients import _events
from tests.simulation.others import PARTITIONS
from tests.simulation.replicas import NotifierReplica, tell
from tests.simulation.watch import Watch
from tests.simulation.world import World


class Moments:
    """The services' part of a life, in an order that the seed decides."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._witness = world.witness
        self._watch = Watch(world.books)

    async def pass_one(self) -> None:
        """All that the services do now, and a look at what has come of it."""
        await self._services()
        self._watch.look()

    async def _services(self) -> None:
        """All that the services do in this moment."""
        await self._world.renew()
        self._world.times.presence_unknown = self._world.flushed or self._world.clock() < self._world.unknown_until
        if self._world.times.presence_unknown:
            self._world.disturbed()
        # Feeds are not ordered among each other: a message may be decided before it is heard who went.
        late = self._world.rng.random() < self._world.rates.late
        if not late:
            await self._world.beat()
        for replica in self._world.notifiers_up:
            await replica.read()
        await self._world.step_leases()
        for replica in self._world.notifiers_up:
            await self._world.on(replica, partial(self._pump, replica))
        if late:
            await self._world.beat()
        for replica in self._world.notifiers_up:
            await self._world.on(replica, partial(self._check, replica))
        for replica in self._world.notifiers_up:
            await self._world.on(replica, partial(self._send, replica))
        if self._world.news:
            self._world.news = False
            self._world.told += 1
            await tell(self._world.notifiers_up, self._world.database, self._world.told)

    async def _check(self, replica: NotifierReplica) -> None:
        await replica.glances.step(replica.checks.became_inactive)
        await replica.checks.step()

    async def _send(self, replica: NotifierReplica) -> None:
        await replica.work()
        await replica.mend()
        while replica.clears._moved:
            await replica.clears.step()
        await replica.reads_door._keep()
        await replica.courier.poll_once()
        await replica.work()

    async def _pump(self, replica: NotifierReplica) -> None:
        """The events of the partitions that a replica holds, some again, some late, some by a stale owner."""
        rng, rates = self._world.rng, self._world.rates
        for partition in sorted(replica.positions.keys() - replica.partitions.owned):
            del replica.positions[partition]
        for partition in range(PARTITIONS):
            feed = self._world.messaging.feeds[partition]
            if partition not in replica.partitions.owned:
                if feed and rng.random() < rates.repeat / 10:
                    # It was the owner until a moment ago, and does not know better.
                    await self._apply(replica, feed[-3:])
                continue
            if partition not in replica.positions:
                replica.positions[partition] = int(await replica.partitions.cursor(partition) or 0)
            position = replica.positions[partition]
            if rng.random() < rates.reset:
                self._world.books.counts["feed reset"] += 1
                await replica.events.recover(partition, owned=True)
            if position < len(feed):
                begin = max(0, position - rng.randint(1, 5)) if rng.random() < rates.repeat else position
                end = len(feed)
                await self._apply(replica, feed[begin:end])
                replica.positions[partition] = end
                if rng.random() < 0.5:
                    await replica.partitions.save(partition, f"{end:09d}")

    async def _apply(self, replica: NotifierReplica, events: Sequence[Any]) -> None:
        self._witness.applying = list(_events(events))
        try:
            await replica.events.apply(self._witness.applying)
        finally:
            self._witness.applying = ()
