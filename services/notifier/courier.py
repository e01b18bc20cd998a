"""Makes deliveries of pushes, and has them carried out: at once what this replica made, and whatever else is due."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

import structlog

from services.chassis.clock import Clock
from services.chassis.tasks import Tasks, describe
from services.notifier.attempt import Attempt, Job
from services.notifier.bursts import Bursts
from services.notifier.metrics import Metrics
from services.notifier.outages import OUTAGES, TRIES
from services.notifier.records import (
    Answer,
    Delivery,
    DeliveryState,
    Device,
    Push,
    delivery_id,
)
from services.notifier.stores.deliveries import Deliveries, End
from services.notifier.stores.devices import Devices

CHUNK = 1_000
"""How many deliveries are inserted, claimed and sent at once."""

CLAIM_MS = 30_000
"""How long a claim holds; what a dead replica held is tried again after that, ms."""

QUEUED = 20_000
"""How many deliveries may wait in memory; more are left to whoever polls."""

WORKERS = 3
"""How many jobs from memory are under way at once."""

POLL_S = 1.0
"""How often the database is asked for what is due, s."""

CLOSE_S = 5.0
"""How long the end of the service waits for what is being sent, s."""


_log = structlog.get_logger(__name__)


class Courier:
    """Keeps the deliveries going.

    Args:
        name: of this replica; claims begin with it.
        burst_ms: what is to be shown of a conversation within this time after something left for the same device leaves
            at its end, as one; 0 lets each leave at once.
    """

    def __init__(
        self,
        deliveries: Deliveries,
        devices: Devices,
        attempt: Attempt,
        metrics: Metrics,
        name: str,
        clock: Clock,
        burst_ms: int = 0,
    ) -> None:
        self._deliveries = deliveries
        self._devices = devices
        self._attempt = attempt
        self._metrics = metrics
        self._name = name
        self._clock = clock
        self._bursts = Bursts(burst_ms)
        self._jobs: deque[Job] = deque()
        self._queued = 0
        self._claims = 0
        self._more = asyncio.Event()
        self._due = asyncio.Event()
        self._under_way = 0
        self._closing = False

    def start(self, tasks: Tasks) -> None:
        """Starts the workers."""
        for number in range(WORKERS):
            tasks.forever(f"courier-{number}", self.work)
        tasks.forever("courier-poll", self.poll)

    async def dispatch(self, pushes: Sequence[Push]) -> None:
        """Makes the deliveries of pushes durable and starts on them; repeating it changes nothing.

        Raises:
            PyMongoError: some may not have been made; repeat it.
        """
        devices = await self._devices_of(pushes)
        now = self._clock()
        due = self._bursts.begin(now)
        planned = [
            _delivery(
                push, device, due.of(device.id, push.content.conversation, waits=not push.mentions(device.person))
            )
            for push, device in self._plan(pushes, devices)
        ]
        at_once = [each for each in planned if each.due_ms <= now]
        await asyncio.gather(*(self._insert(chunk) for chunk in _chunks(at_once)))
        later = [each for each in planned if each.due_ms > now]
        await asyncio.gather(*(self._insert_later(chunk) for chunk in _chunks(later)))

    async def follow(self, deliveries: Sequence[Delivery]) -> None:
        """Makes deliveries durable that follow from others, and starts on them; repeating it changes nothing."""
        for chunk in _chunks(deliveries):
            await self._insert(chunk)

    def wake(self) -> None:
        """Has what is due in the database carried out now."""
        self._due.set()

    async def close(self) -> None:
        """Lets what is being sent end, and gives back what waits in memory."""
        self._closing = True
        loop = asyncio.get_running_loop()
        end = loop.time() + CLOSE_S
        while self._under_way and loop.time() < end:
            await asyncio.sleep(0.01)
        now = self._clock()
        for job in self._jobs:
            due = dict.fromkeys((delivery.id for delivery in job.deliveries), now)
            await self._deliveries.postpone(job.claim, due)
        self._jobs.clear()

    async def work(self) -> None:
        """Carries out what waits in memory, for ever."""
        while True:
            while not self._jobs or self._closing:
                self._more.clear()
                await self._more.wait()
            job = self._jobs.popleft()
            self._queued -= len(job.deliveries)
            # A job that waited too long here belongs to whoever polls.
            if self._clock() < job.until_ms - CLAIM_MS // 3:
                await self._make(job)

    async def poll(self) -> None:
        """Carries out what is due in the database, for ever."""
        while True:
            if self._closing or await self.poll_once() < CHUNK:
                self._due.clear()
                try:
                    async with asyncio.timeout(POLL_S):
                        await self._due.wait()
                except TimeoutError:
                    continue

    async def poll_once(self) -> int:
        """Carries out what is due; returns how many deliveries that were, at most CHUNK."""
        now = self._clock()
        claim = self._next_claim()
        taken = await self._deliveries.claim(claim, now, now + CLAIM_MS, CHUNK)
        if taken:
            await self._make(Job(claim, now + CLAIM_MS, taken))
        return len(taken)

    async def _make(self, job: Job) -> None:
        self._under_way += 1
        try:
            await self._attempt.make(job)
        except OUTAGES:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one, the others must go on
            _log.warning("deliveries failed together, and are made one by one", error=describe(error))
            for delivery in job.deliveries:
                await self._alone(job, delivery)
        finally:
            self._under_way -= 1

    async def _alone(self, job: Job, delivery: Delivery) -> None:
        try:
            await self._attempt.make(Job(job.claim, job.until_ms, [delivery]))
        except OUTAGES:
            raise
        except Exception as error:  # noqa: BLE001 - it is given up in the end
            reason, now = describe(error), self._clock()
            _log.error("a delivery failed", delivery=delivery.id, attempts=delivery.attempts, error=reason)
            if delivery.attempts < TRIES:
                await self._deliveries.postpone(job.claim, {delivery.id: now + CLAIM_MS}, Answer(now, 0, reason))
            else:
                end = End(DeliveryState.DEAD, reason, Answer(now, 0, reason))
                ended = await self._deliveries.finish(job.claim, [delivery.id], end, now)
                self._metrics.delivered(DeliveryState.DEAD, ended)

    def _next_claim(self) -> str:
        self._claims += 1
        return f"{self._name}:{self._claims}"

    async def _devices_of(self, pushes: Sequence[Push]) -> dict[str, dict[str, list[Device]]]:
        persons: defaultdict[str, set[str]] = defaultdict(set)
        for push in pushes:
            persons[push.content.tenant] |= push.persons
        return {tenant: await self._devices.of(tenant, names) for tenant, names in persons.items()}

    def _plan(
        self, pushes: Sequence[Push], devices: dict[str, dict[str, list[Device]]]
    ) -> Iterator[tuple[Push, Device]]:
        for push in pushes:
            theirs = devices[push.content.tenant]
            for person in theirs.keys() & push.persons:
                for device in theirs[person]:
                    yield push, device

    async def _insert_later(self, planned: Sequence[Delivery]) -> None:
        """Inserts deliveries that are due later, and looks for them then."""
        now, loop = self._clock(), asyncio.get_running_loop()
        for due in {delivery.due_ms for delivery in planned}:
            loop.call_later((due - now) / 1000, self._due.set)
        known = await self._deliveries.insert(planned)
        self._metrics.delivered(DeliveryState.PENDING, len(planned) - len(known))

    async def _insert(self, planned: Sequence[Delivery]) -> None:
        """Inserts deliveries, with a claim on them if there is room in memory: that saves taking it later."""
        now = self._clock()
        until = now + CLAIM_MS
        room = self._queued + len(planned) <= QUEUED and not self._closing
        claim = self._next_claim() if room else ""
        deliveries = planned
        if room:
            deliveries = [replace(delivery, claim=claim, due_ms=until, attempts=1) for delivery in planned]
        # Until they are in the database they only take up the room.
        self._queued += len(deliveries) if room else 0
        fresh: list[Delivery] = []
        try:
            known = await self._deliveries.insert(deliveries)
            fresh = [delivery for delivery in deliveries if delivery.id not in known]
        finally:
            self._queued -= len(deliveries) - len(fresh) if room else 0
        self._metrics.delivered(DeliveryState.PENDING, len(fresh))
        if not room:
            self._due.set()
        elif fresh:
            self._jobs.append(Job(claim, until, fresh))
            self._more.set()


def _chunks(planned: Sequence[Delivery]) -> Iterator[Sequence[Delivery]]:
    return (planned[start : start + CHUNK] for start in range(0, len(planned), CHUNK))


def _delivery(push: Push, device: Device, due_ms: int) -> Delivery:
    content = push.content
    return Delivery(
        id=delivery_id(content.conversation, content.number, device.person, device.device),
        conversation=content.conversation,
        number=content.number,
        revision=push.revision,
        tenant=content.tenant,
        person=device.person,
        device=device.device,
        expires_ms=push.expires_ms,
        patient_until_ms=push.patient_until_ms,
        due_ms=due_ms,
    )
