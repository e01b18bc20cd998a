"""One attempt at a batch of deliveries: is each still wanted, then send, then record what became of it."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import structlog

from services.chassis.clock import Clock
from services.chassis.tasks import describe
from services.notifier import rules
from services.notifier.again import Read, facts_now
from services.notifier.chosen import Chosen, Tenant
from services.notifier.facts import Reason
from services.notifier.gather import Locator
from services.notifier.metrics import Metrics
from services.notifier.records import (
    Alert,
    Delivery,
    DeliveryState,
    Device,
    Whereabouts,
    alert_id,
    device_id,
)
from services.notifier.senders import Act, Outcome, Outgoing, Result, Sender
from services.notifier.stores.alerts import Alerts
from services.notifier.stores.deliveries import Deliveries
from services.notifier.stores.devices import Devices

Pointers = Callable[[Collection[tuple[str, str]]], Awaitable[Read | None]]
"""Reads the pointers of (conversation, person) from a majority; None if unread cannot answer."""

WAIT_MS = 2_000
"""A push that waits for unread or presence looks again after this, ms."""

BACKOFF_MS = 1_000
"""The first retry of a push comes after about this, ms; each further one after twice as long."""

BACKOFF_MAX_MS = 600_000
"""The longest pause between two tries, ms."""

NOT_WANTED = frozenset({*rules.SETTLED, Reason.VIEWING})
"""What keeps a push from leaving at the last moment: rows 1 to 3."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Job:
    """Deliveries that this replica holds the claim of.

    Attributes:
        claim: the claim.
        until_ms: others may take them from then on.
        deliveries: what they are.
    """

    claim: str
    until_ms: int
    deliveries: Sequence[Delivery]


class Attempt:
    """Works on one job at a time; holds nothing between jobs.

    Args:
        senders: by transport.
        random_: answers a number from 0 to 1, for jitter.
    """

    def __init__(
        self,
        alerts: Alerts,
        deliveries: Deliveries,
        devices: Devices,
        pointers: Pointers,
        chosen: Chosen,
        locator: Locator,
        senders: Mapping[str, Sender],
        metrics: Metrics,
        idle_ms: int,
        clock: Clock,
        random_: Callable[[], float] = random.random,
    ) -> None:
        self._alerts = alerts
        self._deliveries = deliveries
        self._devices = devices
        self._pointers = pointers
        self._chosen = chosen
        self._locator = locator
        self._senders = senders
        self._metrics = metrics
        self._idle_ms = idle_ms
        self._clock = clock
        self._random = random_

    async def make(self, job: Job) -> None:
        """Sends what is still wanted, and records what became of each delivery."""
        now = self._clock()
        fates = _Fates()
        live = []
        for delivery in job.deliveries:
            if delivery.expires_ms <= now:
                fates.end(delivery, DeliveryState.EXPIRED, "time to live", attempted=False)
            else:
                live.append(delivery)
        sending: dict[str, list[tuple[Delivery, Outgoing]]] = {}
        if live:
            located = await self._locate(live)
            tenants = {tenant: await self._chosen.of(tenant) for tenant in located}
            # Last of all, and at once before sending: what is read by now must not be pushed.
            alerts, pointers, devices = await asyncio.gather(
                self._alerts.get(list({_alert_of(each) for each in live})),
                self._pointers({(each.conversation, each.person) for each in live}),
                self._devices.get(list({_device_of(each) for each in live})),
            )
            sending = self._sort(live, alerts, located, tenants, pointers, devices, fates)
        if self._clock() < job.until_ms:
            await asyncio.gather(*(self._send(transport, batch, fates) for transport, batch in sending.items()))
        await self._record(job.claim, fates)

    async def _locate(self, deliveries: Sequence[Delivery]) -> dict[str, Whereabouts]:
        persons: defaultdict[str, set[str]] = defaultdict(set)
        for delivery in deliveries:
            persons[delivery.tenant].add(delivery.person)
        answers = await asyncio.gather(*(self._locator.locate(tenant, names) for tenant, names in persons.items()))
        return dict(zip(persons, answers, strict=True))

    def _sort(
        self,
        deliveries: Sequence[Delivery],
        alerts: Mapping[str, Alert],
        located: Mapping[str, Whereabouts],
        tenants: Mapping[str, Tenant],
        pointers: Read | None,
        devices: Mapping[str, Device],
        fates: "_Fates",
    ) -> dict[str, list[tuple[Delivery, Outgoing]]]:
        """Parts what is to be sent, by transport, from what is not."""
        now = self._clock()
        sending: defaultdict[str, list[tuple[Delivery, Outgoing]]] = defaultdict(list)
        for delivery in deliveries:
            alert = alerts.get(_alert_of(delivery))
            device = devices.get(_device_of(delivery))
            if device is None:
                fates.end(delivery, DeliveryState.SUPPRESSED, "unregistered", attempted=False)
                continue
            whereabouts = located[delivery.tenant]
            blind = pointers is None or not whereabouts.known
            if alert is None or (blind and now < delivery.patient_until_ms):
                fates.wait(delivery, now + WAIT_MS, attempted=False)
                continue
            decision = rules.decide(
                facts_now(
                    alert,
                    delivery.person,
                    pointers or {},
                    whereabouts,
                    tenants[delivery.tenant],
                    now,
                    self._idle_ms,
                    patient=False,
                )
            )
            if decision.reason in NOT_WANTED:
                fates.end(delivery, DeliveryState.SUPPRESSED, decision.reason.value.lower(), attempted=False)
            else:
                push = Outgoing(
                    Act.SHOW,
                    alert.content,
                    device,
                    badge=None,
                    mentioned=alert.mentions(delivery.person),
                    expires_ms=delivery.expires_ms,
                    nonce=delivery.id,
                )
                sending[device.transport].append((delivery, push))
        return sending

    async def _send(self, transport: str, batch: Sequence[tuple[Delivery, Outgoing]], fates: "_Fates") -> None:
        sender = self._senders.get(transport)
        if sender is None:
            # A replica without this sender's settings; another one may have them.
            outcomes: Sequence[Outcome] = [Outcome(Result.RETRY, "no sender")] * len(batch)
        else:
            try:
                outcomes = await sender.send([outgoing for _, outgoing in batch])
            except Exception as error:  # noqa: BLE001 - whatever it was, the pushes must go on
                _log.warning("the sender failed", transport=transport, error=describe(error))
                outcomes = [Outcome(Result.RETRY, "sender failed")] * len(batch)
        now = self._clock()
        for (delivery, outgoing), outcome in zip(batch, outcomes, strict=True):
            if outcome.result is Result.SENT:
                fates.end(delivery, DeliveryState.SENT)
            elif outcome.result is Result.DEAD:
                fates.end(delivery, DeliveryState.DEAD, outcome.reason)
                if outcome.gone:
                    fates.gone.append(outgoing.device)
            else:
                pause = min(BACKOFF_MAX_MS, BACKOFF_MS << min(delivery.attempts - 1, 20))
                due = now + max(outcome.after_ms, int(pause * (0.5 + self._random())))
                fates.wait(delivery, due, attempted=True)

    async def _record(self, claim: str, fates: "_Fates") -> None:
        for (state, reason, attempted), ids in fates.ended.items():
            count = await self._deliveries.finish(claim, ids, state, reason, attempted=attempted)
            self._metrics.delivered(state, count)
        for attempted, due in fates.waiting.items():
            await self._deliveries.postpone(claim, due, attempted=attempted)
        for device in fates.gone:
            await self._devices.prune(device)


class _Fates:
    """What is to be recorded of a job."""

    def __init__(self) -> None:
        self.ended: defaultdict[tuple[DeliveryState, str, bool], list[str]] = defaultdict(list)
        self.waiting: defaultdict[bool, dict[str, int]] = defaultdict(dict)
        self.gone: list[Device] = []

    def end(self, delivery: Delivery, state: DeliveryState, reason: str = "", *, attempted: bool = True) -> None:
        self.ended[state, reason, attempted].append(delivery.id)

    def wait(self, delivery: Delivery, due_ms: int, *, attempted: bool) -> None:
        self.waiting[attempted][delivery.id] = due_ms


def _alert_of(delivery: Delivery) -> str:
    return alert_id(delivery.conversation, delivery.revision)


def _device_of(delivery: Delivery) -> str:
    return device_id(delivery.tenant, delivery.person, delivery.device)
