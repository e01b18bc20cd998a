"""Two replicas of presence and two of the notifier among people, in a time that is driven."""

import random
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis.asyncio

from local.keys import Issuer, write_service_token
from services.chassis import mongo
from services.notifier.clients import _events
from services.notifier.outages import OUTAGES
from services.notifier.records import Event
from services.notifier.settings import NotifierSettings
from services.notifier.stores.alerts import COLLECTION as ALERTS
from services.presence.settings import PresenceSettings
from tests.conftest import ManualClock
from tests.harness import common
from tests.simulation.ledger import Ledger, Times
from tests.simulation.others import PARTITIONS, TENANT, Messaging, Unread
from tests.simulation.people import Person
from tests.simulation.pushes import PushServices, Sender
from tests.simulation.replicas import SENTINEL, NotifierReplica, PresenceDoor, PresenceReplica, tell

LEASE_MS = 30_000
GRACE_MS = 5_000
WINDOW_MS = 4_000
IDLE_MS = 60_000
ESCALATION_MS = 30_000
PARTITION_LEASE_MS = 10_000
TTL_MS = 900_000


class DiedError(BaseException):
    """A replica dies in the middle of something; nobody may catch it."""


@dataclass
class Rates:
    """How often things go wrong: for each moment, or for each time at which it may."""

    stop: float = 0.003
    crash: float = 0.003
    flush: float = 0.0015
    unread_away: float = 0.002
    die: float = 0.004
    second_owner: float = 0.03
    repeat: float = 0.1
    reset: float = 0.004
    late: float = 0.15


CALM = Rates(0, 0, 0, 0, 0, 0, 0, 0, 0)


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
    ledger: Ledger
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
    nested: bool = False
    unregistered: defaultdict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))

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
        ledger = Ledger(clock, people, messaging, unread, times)
        pushes = PushServices(seed, clock, people)
        pushes.before, pushes.after = ledger.sending, ledger.sent
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
            ledger,
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
        self._watch(slot.replica)
        slot.replica.follow(self.door)

    async def stop_notifier(self, slot: Slot, *, crash: bool) -> None:
        self.disturbed()
        replica, slot.replica = slot.replica, None
        slot.back_at = self.clock() + self.rng.randint(1_000, 20_000)
        assert self.lost is not None
        await replica.unfollow()
        await self.lost(replica)
        await replica.close(crash=crash)

    def _watch(self, replica: NotifierReplica) -> None:
        """Has everything that a replica records judged, and lets it die, or meet another one, now and then."""
        alerts, deliveries, ledger, rng = replica.alerts, replica.deliveries, self.ledger, self.rng
        insert, escalate, change = alerts.insert, alerts.escalate, alerts.change
        made, finish = deliveries.insert, deliveries.finish
        random_ = replica.courier._attempt
        random_._random = lambda: 0.5

        async def insert_alerts(decided: Sequence[Any]) -> set[str]:
            if rng.random() < self.rates.second_owner and not self.nested:
                await self._second_owner(replica)
            known: set[str] = await insert(decided)
            for alert in decided:
                if alert.id not in known:
                    ledger.decided(alert)
                    self.news |= any(decision.client for decision in alert.decisions.values())
            self._may_die()
            return known

        async def escalate_alerts(claim: str, decided: dict[str, Any], now: int) -> set[str]:
            if rng.random() < self.rates.second_owner and not self.nested:
                name = min(decided)
                waiting = decided[name][0][0]
                await self._hurried(replica, waiting)
            held: set[str] = await escalate(claim, decided, now)
            for name in sorted(held):
                ledger.escalated(name, decided[name])
            self.news |= bool(held)
            self._may_die()
            return held

        async def change_alert(alert: Any, before: Any, decided: Any, now: int) -> bool:
            first: bool = await change(alert, before, decided, now)
            if first:
                ledger.changed(alert, decided)
                self.news = True
            self._may_die()
            return first

        async def insert_deliveries(planned: Sequence[Any]) -> set[str]:
            known: set[str] = await made(planned)
            ledger.delivering([each for each in planned if each.id not in known])
            self._may_die()
            return known

        async def finish_deliveries(claim: str, ids: Sequence[str], end: Any, now: int) -> int:
            ledger.finished(ids, end)
            count = int(await finish(claim, ids, end, now))
            ledger.ended.update(ids if count else ())
            return count

        prune = replica.devices.prune

        async def prune_device(device: Any) -> None:
            await prune(device)
            known = self.people[device.person].devices[device.device]
            if known.target == device.target:
                known.registered = False
                self.unregistered[device.person, device.device].append(self.clock())
            if known.installed:
                ledger.fault(device.person, f"P8: {device.device} is forgotten, and is there")

        replica.devices.prune = prune_device
        alerts.insert, alerts.escalate, alerts.change = insert_alerts, escalate_alerts, change_alert
        deliveries.insert, deliveries.finish = insert_deliveries, finish_deliveries
        for transport in ("fcm", "web_push"):
            replica.senders[transport] = Sender(self.pushes, self._may_die)

    def _may_die(self) -> None:
        # One is left: what is read while no replica is there is not taken back from phones.
        if self.rng.random() < self.rates.die and not self.nested and len(self.notifiers_up) == len(self.notifiers):
            raise DiedError

    async def _second_owner(self, first: NotifierReplica) -> None:
        """In this very instant another replica, which believes to hold the partition too, decides the same."""
        others = [each for each in self.notifiers_up if each is not first]
        if others and self.applying:
            self.nested = True
            try:
                await others[0].events.apply(self.applying)
            finally:
                self.nested = False

    async def _hurried(self, first: NotifierReplica, person: str) -> None:
        """While somebody is looked at it is told, late or again, that they ceased to be active; another looks too."""
        others = [each for each in self.notifiers_up if each is not first]
        if others:
            self.nested = True
            try:
                await others[0].checks.became_inactive(TENANT, {person: self.people[person].used_until + 1})
                await others[0].checks.step()
            finally:
                self.nested = False

    applying: Sequence[Event] = ()

    # One moment

    async def on(self, replica: NotifierReplica, work: Callable[[], Awaitable[Any]]) -> None:
        """Has a replica do something; it may die of it."""
        slot = next((slot for slot in self.notifiers if slot.replica is replica), None)
        if slot is None:
            return
        try:
            await work()
        except DiedError:
            self.ledger.counts["died half-way"] += 1
            self.pushes.unheard(self.ledger.ended)
            await self.stop_notifier(slot, crash=True)
        except OUTAGES:
            # A slow machine's database; a service tries again.
            self.ledger.counts["tried again"] += 1
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
                self.ledger.counts[f"{stop.__name__} {'crash' if crash else 'drain'}"] += 1
                await stop(rng.choice(slots), crash=crash)
        # The next one only when presence is known again: how long pushes wait is bounded.
        if rng.random() < rates.flush and not self.times.presence_unknown:
            await self.flush()
        if self.unread.away and now >= self.unread_back_at:
            self.unread.away = False
        if rng.random() < rates.unread_away and not self.unread.away:
            self.ledger.counts["unread away"] += 1
            self.unread.away = True
            self.unread_back_at = now + rng.randint(2_000, 8_000)
        if self.unread.away:
            self.times.unread_away_at = now
            self.disturbed()
        for replica in self.notifiers_up:
            if failed := replica.failed():
                self.ledger.wrong.append(("", f"{replica.name} does no longer do {failed}"))

    async def flush(self) -> None:
        """Valkey loses everything."""
        self.ledger.counts["valkey emptied"] += 1
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

    async def services(self) -> None:
        """All that the services do in this moment."""
        await self.renew()
        self.times.presence_unknown = self.flushed or self.clock() < self.unknown_until
        if self.times.presence_unknown:
            self.disturbed()
        # Feeds are not ordered among each other: a message may be decided before it is heard who went.
        late = self.rng.random() < self.rates.late
        if not late:
            await self.beat()
        for replica in self.notifiers_up:
            await replica.read()
        await self.step_leases()
        for replica in self.notifiers_up:
            await self.on(replica, lambda replica=replica: self._pump(replica))  # type: ignore[misc]
        if late:
            await self.beat()
        for replica in self.notifiers_up:
            await self.on(replica, lambda replica=replica: self._check(replica))  # type: ignore[misc]
        for replica in self.notifiers_up:
            await self.on(replica, lambda replica=replica: self._send(replica))  # type: ignore[misc]
        if self.news:
            self.news = False
            self.told += 1
            await tell(self.notifiers_up, self.database, self.told)

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
        rng, rates = self.rng, self.rates
        for partition in sorted(replica.positions.keys() - replica.partitions.owned):
            del replica.positions[partition]
        for partition in range(PARTITIONS):
            feed = self.messaging.feeds[partition]
            if partition not in replica.partitions.owned:
                if feed and rng.random() < rates.repeat / 10:
                    # It was the owner until a moment ago, and does not know better.
                    await self._apply(replica, feed[-3:])
                continue
            if partition not in replica.positions:
                replica.positions[partition] = int(await replica.partitions.cursor(partition) or 0)
            position = replica.positions[partition]
            if rng.random() < rates.reset:
                self.ledger.counts["feed reset"] += 1
                await replica.events.recover(partition, owned=True)
            if position < len(feed):
                begin = max(0, position - rng.randint(1, 5)) if rng.random() < rates.repeat else position
                end = len(feed)
                await self._apply(replica, feed[begin:end])
                replica.positions[partition] = end
                if rng.random() < 0.5:
                    await replica.partitions.save(partition, f"{end:09d}")

    async def _apply(self, replica: NotifierReplica, events: Sequence[Any]) -> None:
        self.applying = list(_events(events))
        try:
            await replica.events.apply(self.applying)
        finally:
            self.applying = ()

    async def moment(self) -> None:
        """The services' part of a moment, and a look at what has come of it."""
        await self.services()
        self.ledger.look()
