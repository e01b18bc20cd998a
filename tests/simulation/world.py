"""Two replicas of presence and two of the notifier among people, in a time that is driven."""

import random
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis.asyncio

from local.keys import Issuer, write_service_token
from services.chassis import mongo
from services.notifier.outages import OUTAGES
from services.notifier.settings import NotifierSettings
from services.notifier.stores.alerts import COLLECTION as ALERTS
from services.presence.settings import PresenceSettings
from tests.conftest import ManualClock
from tests.harness import common
from tests.simulation.books import Books, Times
from tests.simulation.judge import Judge
from tests.simulation.others import PARTITIONS, Messaging, Unread
from tests.simulation.people import Person
from tests.simulation.pushes import PushServices
from tests.simulation.rates import (
    ESCALATION_MS,
    GRACE_MS,
    IDLE_MS,
    LEASE_MS,
    PARTITION_LEASE_MS,
    TTL_MS,
    WINDOW_MS,
    DiedError,
    Rates,
)
from tests.simulation.replicas import SENTINEL, NotifierReplica, PresenceDoor, PresenceReplica
from tests.simulation.sendings import Sendings
from tests.simulation.witness import Witness


@dataclass(eq=False)
class Slot:
    """The place of one replica: it is there, or comes back at some time."""

    index: int
    replica: Any = None
    back_at: int = 0
    generation: int = 0


@dataclass
class World:
    """Everything there is."""

    seed: int
    rates: Rates
    clock: ManualClock
    database: mongo.Database
    valkey: redis.asyncio.Redis
    notifier_settings: NotifierSettings
    presence_settings: PresenceSettings
    people: dict[str, Person]
    messaging: Messaging
    unread: Unread
    pushes: PushServices
    books: Books
    judge: Judge
    sendings: Sendings
    times: Times
    rng: random.Random
    door: PresenceDoor = field(default_factory=PresenceDoor)
    presences: list[Slot] = field(default_factory=lambda: [Slot(0), Slot(1)])
    notifiers: list[Slot] = field(default_factory=lambda: [Slot(0), Slot(1)])
    lost: Callable[[Any], Awaitable[None]] | None = None
    unread_back_at: int = 0
    renewed_at: int = 0
    stepped_at: int = 0
    unknown_until: int = 0
    flushed: bool = False
    news: bool = False
    told: int = 0
    unregistered: defaultdict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.witness = Witness(self)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        seed: int,
        people: dict[str, Person],
        clock: ManualClock,
        rates: Rates,
        folder: Path,
        mongo_uri: str,
        database: mongo.Database,
        valkey: redis.asyncio.Redis,
        valkey_url: str,
    ) -> AsyncIterator["World"]:
        issuer = Issuer.open(folder / "keys")
        base = common(issuer)
        nobody = "127.0.0.1:9"
        notifier = NotifierSettings(
            **base,
            mongodb_uri=mongo_uri,
            mongodb_database=database.name,
            messaging_address=nobody,
            unread_address=nobody,
            presence_address=nobody,
            service_token_file=str(write_service_token(issuer, "notifier")),
            partitions=PARTITIONS,
            lease_ms=PARTITION_LEASE_MS,
            escalation_ms=ESCALATION_MS,
            idle_ms=IDLE_MS,
            push_ttl_ms=TTL_MS,
            # Each message by itself: bursts have tests of their own.
            burst_ms=0,
        )
        presence = PresenceSettings(
            **base,
            valkey_url=valkey_url,
            lease_ms=LEASE_MS,
            grace_ms=GRACE_MS,
            idle_ms=IDLE_MS,
            retry_window_ms=WINDOW_MS,
            trust_new_store=True,
        )
        unread = Unread(clock)
        messaging = Messaging(clock, unread)
        times = Times(IDLE_MS, ESCALATION_MS)
        books = Books(clock, people, messaging, unread, times)
        sendings = Sendings(books)
        pushes = PushServices(seed, clock, people)
        pushes.before, pushes.after = sendings.sending, sendings.sent
        await valkey.flushdb()
        world = cls(
            seed,
            rates,
            clock,
            database,
            valkey,
            notifier,
            presence,
            people,
            messaging,
            unread,
            pushes,
            books,
            Judge(books),
            sendings,
            times,
            random.Random(f"{seed} services"),
        )
        try:
            for slot in world.presences:
                await world.start_presence(slot)
            # From now on an empty store is one that has lost everything.
            world.presence_settings = presence.model_copy(update={"trust_new_store": False})
            await world.renew()
            await world.beat()
            for slot in world.notifiers:
                await world.start_notifier(slot)
            await world.step_leases()
            await database[ALERTS].insert_one({"_id": SENTINEL})
            yield world
        finally:
            for slot in (*world.notifiers, *world.presences):
                if slot.replica is not None:
                    replica, slot.replica = slot.replica, None
                    await (replica.close(crash=False) if slot in world.notifiers else replica.close())

    # Replicas

    @property
    def notifiers_up(self) -> list[NotifierReplica]:
        return [slot.replica for slot in self.notifiers if slot.replica is not None]

    def disturbed(self) -> None:
        """Something is out of order now."""
        self.times.disturbed_at = self.clock()

    async def start_presence(self, slot: Slot) -> None:
        slot.generation += 1
        name = f"presence-{slot.index}-{slot.generation}"
        slot.replica = await PresenceReplica.start(self.presence_settings, self.clock, name)
        self.door.replicas = [each.replica for each in self.presences if each.replica is not None]
        await slot.replica.beat()

    async def stop_presence(self, slot: Slot, *, crash: bool) -> None:
        self.disturbed()
        replica, slot.replica = slot.replica, None
        slot.back_at = self.clock() + self.rng.randint(1_000, 20_000)
        self.door.replicas = [each.replica for each in self.presences if each.replica is not None]
        for notifier in self.notifiers_up:
            if notifier.followed is replica:
                await notifier.unfollow()
        if crash:
            replica.die()
        assert self.lost is not None
        await self.lost(replica)
        await replica.parted()
        await replica.close()

    async def start_notifier(self, slot: Slot) -> None:
        slot.generation += 1
        name = f"notifier-{slot.index}-{slot.generation}"
        slot.replica = await NotifierReplica.start(
            self.notifier_settings, self.clock, name, self.messaging, self.unread, self.door
        )
        self.witness.watch(slot.replica)
        slot.replica.follow(self.door)

    async def stop_notifier(self, slot: Slot, *, crash: bool) -> None:
        self.disturbed()
        replica, slot.replica = slot.replica, None
        slot.back_at = self.clock() + self.rng.randint(1_000, 20_000)
        assert self.lost is not None
        await replica.unfollow()
        await self.lost(replica)
        await replica.close(crash=crash)

    async def on(self, replica: NotifierReplica, work: Callable[[], Awaitable[Any]]) -> None:
        """Has a replica do something; it may die of it."""
        slot = next((slot for slot in self.notifiers if slot.replica is replica), None)
        if slot is None:
            return
        try:
            await work()
        except DiedError:
            self.books.counts["died half-way"] += 1
            self.pushes.unheard(self.books.ended)
            await self.stop_notifier(slot, crash=True)
        except OUTAGES:
            # A slow machine's database; a service tries again.
            self.books.counts["tried again"] += 1
            self.disturbed()

    async def faults(self) -> None:
        """Replicas stop, die and come back; Valkey is emptied; unread is away."""
        now, rng, rates = self.clock(), self.rng, self.rates
        for slot in self.presences:
            if slot.replica is None and now >= slot.back_at:
                await self.start_presence(slot)
        for slot in self.notifiers:
            if slot.replica is None and now >= slot.back_at:
                await self.start_notifier(slot)
        for slots, stop in ((self.presences, self.stop_presence), (self.notifiers, self.stop_notifier)):
            draw = rng.random()
            if draw < rates.stop + rates.crash and all(slot.replica is not None for slot in slots):
                crash = draw < rates.crash
                self.books.counts[f"{stop.__name__} {'crash' if crash else 'drain'}"] += 1
                await stop(rng.choice(slots), crash=crash)
        # The next one only when presence is known again: how long pushes wait is bounded.
        if rng.random() < rates.flush and not self.times.presence_unknown:
            await self.flush()
        if self.unread.away and now >= self.unread_back_at:
            self.unread.away = False
        if rng.random() < rates.unread_away and not self.unread.away:
            self.books.counts["unread away"] += 1
            self.unread.away = True
            self.unread_back_at = now + rng.randint(2_000, 8_000)
        if self.unread.away:
            self.times.unread_away_at = now
            self.disturbed()
        for replica in self.notifiers_up:
            if failed := replica.failed():
                self.books.wrong.append(("", f"{replica.name} does no longer do {failed}"))

    async def flush(self) -> None:
        """Valkey loses everything."""
        self.books.counts["valkey emptied"] += 1
        self.disturbed()
        self.flushed = True
        await self.valkey.flushdb()
        for person in self.people.values():
            person.status_unsure = person.status_unsure or person.undisturbed

    async def renew(self) -> None:
        """Leases are renewed, six times in a lease."""
        now = self.clock()
        if now < self.renewed_at + LEASE_MS // 6:
            return
        self.renewed_at = now
        for replica in self.door.replicas:
            await replica.keeper.renew()
        if self.flushed:
            self.flushed = False
            self.unknown_until = now + LEASE_MS

    async def beat(self) -> None:
        """Presence tells what has happened, and the notifier hears of it."""
        for replica in self.door.replicas:
            await replica.parted()
            await replica.beat()
        for notifier in self.notifiers_up:
            notifier.follow(self.door)
        for replica in self.door.replicas:
            await replica.told()

    async def step_leases(self) -> None:
        """Replicas of the notifier share out the partitions."""
        now = self.clock()
        if now >= self.stepped_at + PARTITION_LEASE_MS // 4:
            self.stepped_at = now
            for replica in self.notifiers_up:
                await replica.partitions.step()
