"""One attempt at a batch of deliveries: is each still wanted, then send, then record what became of it."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from services.chassis.clock import Clock
from services.chassis.tasks import describe
from services.notifier import rules
from services.notifier.again import Read, facts_now, heard
from services.notifier.chosen import Chosen, Tenant
from services.notifier.clears import Clears
from services.notifier.facts import Reason
from services.notifier.gather import Locator
from services.notifier.limits import Limits
from services.notifier.metrics import Metrics
from services.notifier.reads import Reads
from services.notifier.records import (
    Act,
    Alert,
    Answer,
    Delivery,
    DeliveryState,
    Device,
    Whereabouts,
    alert_id,
    device_id,
)
from services.notifier.senders import WEB_PUSH, Outcome, Outgoing, Result, Sender
from services.notifier.stores.alerts import Alerts
from services.notifier.stores.deliveries import Deliveries, End
from services.notifier.stores.devices import Devices

Pointers = Callable[[Collection[tuple[str, str]]], Awaitable[Read | None]]
"""Reads the pointers of (conversation, person) from a majority; None if unread cannot answer."""

Totals = Callable[[str, Collection[str], Mapping[str, int]], Awaitable[Mapping[str, int]]]
"""Reads the totals of people of a tenant, for their icons, which hold conversations up to these numbers; of whom unread
cannot tell, none."""

WAIT_MS = 2_000
"""A push that waits, for unread, for presence, or for somebody who views it, looks again after this, ms."""

BACKOFF_MS = 1_000
"""The first retry of a push comes after about this, ms; each further one after twice as long."""

BACKOFF_MAX_MS = 600_000
"""The longest pause between two tries, ms."""

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
        reads: what is known of pointers without asking; what holds once patience with unread is over.
        senders: by transport.
        clears: is told what was sent, because it may have been read in the same instant.
        random_: answers a number from 0 to 1, for jitter.
    """

    def __init__(
        self,
        alerts: Alerts,
        deliveries: Deliveries,
        devices: Devices,
        pointers: Pointers,
        reads: Reads,
        chosen: Chosen,
        locator: Locator,
        totals: Totals,
        senders: Mapping[str, Sender],
        clears: Clears,
        metrics: Metrics,
        limits: Limits,
        clock: Clock,
        random_: Callable[[], float] = random.random,
    ) -> None:
        self._alerts = alerts
        self._deliveries = deliveries
        self._devices = devices
        self._pointers = pointers
        self._reads = reads
        self._chosen = chosen
        self._locator = locator
        self._totals = totals
        self._clears = clears
        self._senders = senders
        self._metrics = metrics
        self._limits = limits
        self._clock = clock
        self._random = random_

    async def make(self, job: Job) -> None:
        """Sends what is still wanted, and records what became of each delivery."""
        now = self._clock()
        fates = _Fates()
        live = []
        for delivery in job.deliveries:
            if delivery.expires_ms <= now:
                fates.end([delivery], End(DeliveryState.EXPIRED, "time to live"))
            else:
                live.append(delivery)
        sending: dict[str, list[_Package]] = {}
        if live:
            sending = self._sort(live, await self._look(live), fates)
        if self._clock() < job.until_ms:
            await asyncio.gather(*(self._send(transport, batch, fates) for transport, batch in sending.items()))
        await self._record(job.claim, fates)

    async def _look(self, deliveries: Sequence[Delivery]) -> "_Seen":
        persons: defaultdict[str, set[str]] = defaultdict(set)
        # This message may be known here before unread has counted it, and the icon must hold it.
        counted: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for delivery in deliveries:
            persons[delivery.tenant].add(delivery.person)
            numbers = counted[delivery.tenant]
            numbers[delivery.conversation] = max(delivery.number, numbers.get(delivery.conversation, 0))
        located, totals, chosen = await asyncio.gather(
            asyncio.gather(*(self._locator.locate(tenant, names) for tenant, names in persons.items())),
            asyncio.gather(*(self._totals(tenant, names, counted[tenant]) for tenant, names in persons.items())),
            asyncio.gather(*map(self._chosen.of, persons)),
        )
        # Last of all, and at once before sending: what is read by now must not be pushed.
        alerts, pointers, devices, shows = await asyncio.gather(
            self._alerts.get(list({_alert_of(each) for each in deliveries})),
            self._pointers({(each.conversation, each.person) for each in deliveries}),
            self._devices.get(list({_device_of(each) for each in deliveries})),
            self._deliveries.get([each.show_id for each in deliveries if each.act is not Act.SHOW]),
        )
        return _Seen(
            dict(zip(persons, located, strict=True)),
            dict(zip(persons, totals, strict=True)),
            dict(zip(persons, chosen, strict=True)),
            alerts,
            pointers,
            devices,
            shows,
        )

    def _sort(self, deliveries: Sequence[Delivery], seen: "_Seen", fates: "_Fates") -> dict[str, list["_Package"]]:
        """Parts what is to be sent, by transport, from what is not."""
        now = self._clock()
        sending: defaultdict[str, list[_Package]] = defaultdict(list)
        for delivery in deliveries:
            alert = seen.alerts.get(_alert_of(delivery))
            device = seen.devices.get(_device_of(delivery))
            if device is None:
                fates.end([delivery], End(DeliveryState.SUPPRESSED, "unregistered"))
                continue
            if alert is None:
                fates.wait([delivery], now + WAIT_MS)
                continue
            silent = seen.silent(delivery)
            if delivery.act is Act.SHOW:
                verdict = self._of_show(delivery, alert, device, seen, now)
            else:
                verdict = _of_follower(delivery, alert, device, seen)
            if verdict is _LATER:
                fates.wait([delivery], now + WAIT_MS, silent_since_ms=now if silent else 0)
            elif verdict:
                fates.end([delivery], End(DeliveryState.SUPPRESSED, verdict))
            else:
                badge = seen.totals[delivery.tenant].get(delivery.person)
                outgoing = _outgoing(delivery, alert, device, badge)
                sending[device.transport].append(_Package([delivery], outgoing, alert, silent))
        return {transport: list(_collapsed(packages)) for transport, packages in sending.items()}

    def _of_show(self, delivery: Delivery, alert: Alert, device: Device, seen: "_Seen", now: int) -> str:
        """Why a message is not to be shown on a device; empty if it is."""
        whereabouts = seen.located[delivery.tenant]
        if seen.silent(delivery) and now < self._patient_until(delivery, now):
            return _LATER
        facts = facts_now(
            alert,
            delivery.person,
            heard(self._reads, delivery.conversation, delivery.person) if seen.pointers is None else seen.pointers,
            whereabouts,
            seen.chosen[delivery.tenant],
            now,
            self._limits.idle_ms,
            patient=False,
        )
        reason = rules.decide(facts).reason
        if reason is Reason.VIEWING:
            return _LATER  # whoever views it reads it in a moment, or walks away and is told
        if reason in rules.SETTLED:
            return str(reason.value).lower()
        return "its browser is open" if open_here(device, whereabouts) else ""

    def _patient_until(self, delivery: Delivery, now: int) -> int:
        """Until when a push waits for an answer that does not come; patience begins with the silence, not before."""
        return max(delivery.patient_until_ms, (delivery.silent_since_ms or now) + self._limits.patience_ms)

    async def _send(self, transport: str, batch: Sequence["_Package"], fates: "_Fates") -> None:
        sender = self._senders.get(transport)
        if sender is None:
            # A replica without this sender's settings; another one may have them.
            outcomes: Sequence[Outcome] = [Outcome(Result.RETRY, "no sender")] * len(batch)
        else:
            try:
                outcomes = await sender.send([package.outgoing for package in batch])
            except Exception as error:  # noqa: BLE001 - whatever it was, the pushes must go on
                _log.warning("the sender failed", transport=transport, error=describe(error))
                outcomes = [Outcome(Result.RETRY, "sender failed")] * len(batch)
        now = self._clock()
        for package, outcome in zip(batch, outcomes, strict=True):
            answer = Answer(now, outcome.status, outcome.reason)
            *others, delivery = package.deliveries
            if outcome.result is Result.RETRY:
                pause = min(BACKOFF_MAX_MS, BACKOFF_MS << min(delivery.attempts - 1, 20))
                due = now + max(outcome.after_ms, int(pause * (0.5 + self._random())))
                fates.wait(package.deliveries, due, answer, now if package.silent else 0)
                continue
            if outcome.result is Result.SENT:
                shown = delivery.act is Act.SHOW and transport != WEB_PUSH
                revision = package.alert.edited_revision if shown else 0
                fates.end([delivery], End(DeliveryState.SENT, "", answer, shown=shown, text_revision=revision))
                fates.sent.append(delivery)
            else:
                fates.end([delivery], End(DeliveryState.DEAD, outcome.reason, answer))
                if outcome.gone:
                    fates.gone.append(package.outgoing.device)
            state = DeliveryState.SENT if outcome.result is Result.SENT else DeliveryState.DEAD
            reason = "" if outcome.result is Result.SENT else outcome.reason
            fates.end(others, End(state, reason, answer, collapsed_into=delivery.id))

    async def _record(self, claim: str, fates: "_Fates") -> None:
        now = self._clock()
        for end, ids in fates.ended.items():
            self._metrics.delivered(end.state, await self._deliveries.finish(claim, ids, end, now))
        for (answer, silent_since_ms), due in fates.waiting.items():
            await self._deliveries.postpone(claim, due, answer, silent_since_ms)
        if cleared := [each.show_id for each in fates.sent if each.act is Act.CLEAR]:
            await self._deliveries.taken_back(cleared)
        self._clears.sent(each for each in fates.sent if each.act is Act.SHOW)
        for device in fates.gone:
            await self._devices.prune(device)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was looked at before sending; what has a tenant's name in front is by tenant."""

    located: Mapping[str, Whereabouts]
    totals: Mapping[str, Mapping[str, int]]
    chosen: Mapping[str, Tenant]
    alerts: Mapping[str, Alert]
    pointers: Read | None
    devices: Mapping[str, Device]
    shows: Mapping[str, Delivery]

    def silent(self, delivery: Delivery) -> bool:
        """Whether somebody who knows of a delivery says nothing, and has not had the time for it already."""
        return self.pointers is None or (delivery.patient_until_ms > 0 and not self.located[delivery.tenant].known)


@dataclass(frozen=True, slots=True)
class _Package:
    """One push, and the deliveries that it stands for; the last one is its own."""

    deliveries: Sequence[Delivery]
    outgoing: Outgoing
    alert: Alert
    silent: bool


class _Fates:
    """What is to be recorded of a job."""

    def __init__(self) -> None:
        self.ended: defaultdict[End, list[str]] = defaultdict(list)
        self.waiting: defaultdict[tuple[Answer | None, int], dict[str, int]] = defaultdict(dict)
        self.sent: list[Delivery] = []
        self.gone: list[Device] = []

    def end(self, deliveries: Sequence[Delivery], end: End) -> None:
        if deliveries:
            self.ended[end] += [delivery.id for delivery in deliveries]

    def wait(
        self, deliveries: Sequence[Delivery], due_ms: int, answer: Answer | None = None, silent_since_ms: int = 0
    ) -> None:
        for delivery in deliveries:
            self.waiting[answer, silent_since_ms][delivery.id] = due_ms


_LATER = "later"
"""It cannot be told yet whether a delivery is wanted: somebody who knows does not answer, or the person views it, or an
earlier push is under way."""


def open_here(device: Device, located: Whereabouts) -> bool:
    """Whether a device is a browser that is open: its tabs show what there is to show."""
    clients = located.clients.get(device.person, ())
    return device.transport == WEB_PUSH and any(each.client == device.device and each.tabs for each in clients)


def _of_follower(delivery: Delivery, alert: Alert, device: Device, seen: _Seen) -> str:
    """Why what is shown on a device is not to be replaced or taken back; empty if it is."""
    if device.transport == WEB_PUSH:
        return "takes nothing back in silence"
    if delivery.up_to:
        return ""
    show = seen.shows.get(delivery.show_id)
    if show is not None and show.state is DeliveryState.PENDING:
        return _LATER
    if show is None or not show.attempts or (show.state is DeliveryState.SENT and not show.shown):
        return "not shown"
    if delivery.act is Act.CLEAR:
        return ""
    if alert.deleted or alert.edited_revision != delivery.change:
        return "changed again"
    if show.text_revision >= delivery.change:
        return "shown with this text"
    pointer = (seen.pointers or {}).get((delivery.conversation, delivery.person))
    read = pointer is not None and (pointer.gone(alert.membership_revision) or pointer.read >= delivery.number)
    return "read" if read else ""


def _outgoing(delivery: Delivery, alert: Alert, device: Device, badge: int | None) -> Outgoing:
    return Outgoing(
        delivery.act,
        alert.content,
        device,
        badge,
        mentioned=alert.mentions(delivery.person),
        clear_up_to=delivery.up_to,
        expires_ms=delivery.expires_ms,
        nonce=delivery.id,
    )


def _collapsed(packages: Sequence[_Package]) -> Iterator[_Package]:
    """The packages; what leaves for one device of one conversation leaves as one, with a count, as the newest."""
    groups: defaultdict[tuple[str, str, Act], list[_Package]] = defaultdict(list)
    for package in packages:
        outgoing = package.outgoing
        groups[outgoing.device.id, outgoing.content.conversation, outgoing.act].append(package)
    for (_, _, act), group in groups.items():
        if act is not Act.SHOW or len(group) == 1:
            yield from group
            continue
        group.sort(key=lambda package: package.outgoing.content.number)
        last = group[-1]
        mentioned = any(package.outgoing.mentioned for package in group)
        yield _Package(
            [package.deliveries[0] for package in group],
            replace(last.outgoing, count=len(group), mentioned=mentioned),
            last.alert,
            last.silent,
        )


def _alert_of(delivery: Delivery) -> str:
    return alert_id(delivery.conversation, delivery.revision)


def _device_of(delivery: Delivery) -> str:
    return device_id(delivery.tenant, delivery.person, delivery.device)
