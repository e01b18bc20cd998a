"""Looks again at messages that were shown, or held back, and are still unread: nobody who walked away misses one."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

import structlog

from services.chassis.clock import Clock
from services.chassis.tasks import describe
from services.notifier import rules
from services.notifier.again import WAIT_MS, Read, facts_now, heard
from services.notifier.attempt import Pointers, open_here
from services.notifier.chosen import Chosen, Tenant
from services.notifier.courier import Courier
from services.notifier.facts import Decision
from services.notifier.gather import Locator
from services.notifier.limits import Limits
from services.notifier.metrics import Metrics
from services.notifier.outages import OUTAGES, TRIES
from services.notifier.reads import Reads
from services.notifier.records import Alert, Device, Push, Whereabouts
from services.notifier.stores.alerts import Alerts, Next
from services.notifier.stores.devices import Devices

CHUNK = 500
"""How many alerts are looked at together."""

CLAIM_MS = 30_000
"""How long an alert is left to the replica that took it; what a dead one held is looked at after that, ms."""

POLL_S = 0.5
"""How often it is asked what is due, s."""


_log = structlog.get_logger(__name__)


class Checks:
    """Carries out the checks that first decisions left."""

    def __init__(
        self,
        alerts: Alerts,
        devices: Devices,
        pointers: Pointers,
        reads: Reads,
        chosen: Chosen,
        locator: Locator,
        courier: Courier,
        metrics: Metrics,
        limits: Limits,
        name: str,
        clock: Clock,
    ) -> None:
        self._alerts = alerts
        self._devices = devices
        self._more = asyncio.Event()
        self._pointers = pointers
        self._reads = reads
        self._chosen = chosen
        self._locator = locator
        self._courier = courier
        self._metrics = metrics
        self._limits = limits
        self._name = name
        self._clock = clock
        self._claims = 0

    async def run(self) -> None:
        """Carries out what is due, for ever."""
        while True:
            self._more.clear()
            if await self.step() < CHUNK:
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await self._more.wait()

    async def became_inactive(self, tenant: str, persons: Mapping[str, int]) -> None:
        """Has people who ceased to have a tab in use looked at now, whatever waited for them then.

        Args:
            tenant: theirs.
            persons: them, and when that was, ms since 1970 UTC.
        """
        hurried = 0
        for person, at_ms in persons.items():
            hurried += await self._alerts.hurry(tenant, person, at_ms, self._clock())
        if hurried:
            self._more.set()

    async def step(self) -> int:
        """Carries out what is due now; returns how many alerts that were, at most CHUNK."""
        now = self._clock()
        self._claims += 1
        claim = f"{self._name}:{self._claims}"
        taken = await self._alerts.claim_checks(claim, now, now + CLAIM_MS, CHUNK)
        for alert, error in taken.unreadable.items():
            await self._failed(claim, alert, error)
        try:
            await self._carry_out(claim, taken.alerts, now)
        except OUTAGES:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one, the others must be looked at
            _log.warning("checks failed together, and are carried out one by one", error=describe(error))
            for each in taken.alerts:
                await self._alone(claim, each.id, now)
        return len(taken.alerts) + len(taken.unreadable)

    async def _alone(self, claim: str, alert: str, now: int) -> None:
        """Carries out one check, of the alert as it is after they failed together."""
        try:
            await self._carry_out(claim, list((await self._alerts.get([alert])).values()), now)
        except OUTAGES:
            raise
        except Exception as error:  # noqa: BLE001 - it is given up in the end
            await self._failed(claim, alert, error)

    async def _failed(self, claim: str, alert: str, error: Exception) -> None:
        """Has a check that failed tried again later, by whichever replica, and given up in the end."""
        failures = await self._alerts.failed(claim, alert, self._clock() + CLAIM_MS)
        reason = describe(error)
        if failures < TRIES:
            _log.warning("a check failed", alert=alert, failures=failures, error=reason)
        elif await self._alerts.give_up(alert, reason, self._clock()):
            self._metrics.given_up()
            _log.error("a check is given up: whoever waits is not pushed to", alert=alert, error=reason)

    async def _carry_out(self, claim: str, taken: Sequence[Alert], now: int) -> None:
        if not taken:
            return
        # What an earlier holder decided but may not have carried out comes first; nothing new is decided on it now.
        unfinished = [alert for alert in taken if alert.unfinished]
        fresh = [alert for alert in taken if not alert.unfinished]
        outcomes = await self._look(fresh, now)
        decided = {outcome.alert.id: outcome.decided for outcome in outcomes if outcome.decided}
        held = await self._alerts.escalate(claim, decided, now) if decided else set()
        escalated = [outcome for outcome in outcomes if outcome.alert.id in held]
        self._metrics.escalated(decision for outcome in escalated for _, decision in outcome.decided)
        outcomes += [self._resumed(alert, await self._chosen.of(alert.content.tenant)) for alert in unfinished]
        await self._courier.dispatch(
            [
                self._push(outcome, now)
                for outcome in outcomes
                if outcome.decided and (outcome.alert.unfinished or outcome.alert.id in held)
            ]
        )
        await self._alerts.settle(
            claim,
            {outcome.alert.id: self._next(outcome, now) for outcome in outcomes},
        )

    async def _look(self, alerts: Sequence[Alert], now: int) -> list["_Outcome"]:
        outcomes = [_Outcome(alert) for alert in alerts]
        ttl = self._limits.push_ttl_ms
        live = [outcome for outcome in outcomes if now < outcome.alert.content.at_ms + ttl]
        if not live:
            return outcomes
        located = await self._locate(live)
        pointers = await self._pointers(
            {(outcome.alert.content.conversation, person) for outcome in live for person in outcome.alert.waiting}
        )
        tenants = {tenant: await self._chosen.of(tenant) for tenant in located}
        devices = {tenant: await self._devices.of(tenant, persons) for tenant, persons in _waiting(live).items()}
        for outcome in live:
            tenant = outcome.alert.content.tenant
            self._decide(outcome, located[tenant], pointers, tenants[tenant], devices[tenant], now)
        return outcomes

    async def _locate(self, outcomes: Sequence["_Outcome"]) -> dict[str, Whereabouts]:
        persons = _waiting(outcomes)
        answers = await asyncio.gather(*(self._locator.locate(tenant, names) for tenant, names in persons.items()))
        return dict(zip(persons, answers, strict=True))

    def _decide(
        self,
        outcome: "_Outcome",
        located: Whereabouts,
        pointers: Read | None,
        chosen: Tenant,
        devices: Mapping[str, Sequence[Device]],
        now: int,
    ) -> None:
        alert = outcome.alert
        if not located.known:
            outcome.unknown_since_ms = alert.unknown_since_ms or now
        if pointers is None:
            outcome.unheard_since_ms = alert.unheard_since_ms or now
        patient = now < outcome.unknown_since_ms + self._limits.patience_ms
        earlier = dict(alert.escalations)
        waited = now >= outcome.unheard_since_ms + self._limits.patience_ms
        for person in alert.waiting:
            before = earlier.get(person) or alert.of(person)
            if not alert.looked_at(person, now):
                outcome.waiting.append(person)
            elif pointers is None and not (before.reason in rules.WAITS and waited):
                outcome.postpone(person)
            else:
                reachable = any(not open_here(device, located) for device in devices.get(person, ()))
                facts = facts_now(
                    alert,
                    person,
                    heard(self._reads, alert.content.conversation, person) if pointers is None else pointers,
                    located,
                    chosen,
                    now,
                    self._limits.idle_ms,
                    patient=patient,
                    reachable=reachable,
                )
                waits_anew = outcome.take(person, before, rules.decide_again(before, facts))
                if facts.clients is None:
                    outcome.unseen.add(person)
                elif waits_anew:
                    outcome.due[person] = now + self._limits.delay_ms(chosen.of(person).escalation_ms)

    def _resumed(self, alert: Alert, chosen: Tenant) -> "_Outcome":
        """An alert whose escalations were recorded by somebody who may have died before carrying them out."""
        outcome = _Outcome(alert)
        outcome.decided = list(alert.escalations)
        for (person, decision), at_ms in zip(alert.escalations, alert.escalated_ms, strict=True):
            if decision.reason not in rules.WAITS:
                outcome.due[person] = at_ms + self._limits.delay_ms(chosen.of(person).escalation_ms)
        last = dict(alert.escalations)
        outcome.waiting = [each for each in alert.waiting if each not in last or rules.leaves_check(last[each])]
        outcome.unseen = set(outcome.waiting)
        return outcome

    def _push(self, outcome: "_Outcome", now: int) -> Push:
        alert = outcome.alert
        return Push(
            alert.content,
            alert.revision,
            frozenset(person for person, decision in outcome.decided if rules.pushes(decision)),
            alert.content.at_ms + self._limits.push_ttl_ms,
            # A presence that still says nothing has had its time.
            0 if outcome.unknown_since_ms else now + self._limits.patience_ms,
            alert.mentioned,
            alert.everyone,
        )

    def _next(self, outcome: "_Outcome", now: int) -> Next:
        """When to look again: soon at first, later every idle limit."""
        alert, waiting = outcome.alert, outcome.waiting
        if not waiting:
            return Next(0)
        # Whoever ceased to be active, and could not be looked at, is still to be looked at as soon as that is possible.
        urgent = alert.urgent & outcome.unseen
        own = {**alert.due, **outcome.due}
        silent = outcome.unknown_since_ms, outcome.unheard_since_ms
        if outcome.postponed or outcome.unknown_since_ms:
            return Next(now + WAIT_MS, waiting, alert.due_ms, own, urgent, *silent, counts=False)
        if alert.unfinished:
            # Whoever was looked at with those, and had nothing decided, is looked at again now.
            silent = alert.unknown_since_ms, alert.unheard_since_ms
            return Next(now, waiting, alert.due_ms, own, urgent, *silent, counts=False)
        limits, due, counts = self._limits, alert.due_ms, now >= alert.due_ms
        if counts:
            due = now + min(limits.escalation_ms << min(alert.checks, 20), max(limits.idle_ms, limits.escalation_ms))
        # Whose own delay is over is looked at with the others from then on.
        own = {person: at_ms for person, at_ms in own.items() if at_ms > now and at_ms != due}
        return Next(min(own.get(person, due) for person in waiting), waiting, due, own, counts=counts)


class _Outcome:
    """What a look at one alert has led to.

    Attributes:
        decided: (person, new decision).
        waiting: who is to be looked at again.
        due: of them, for whom there is a new decision: when, ms since 1970 UTC.
        unseen: of those in `waiting`, at whom nobody could look.
        unknown_since_ms: since when presence cannot tell; 0 if it can.
        unheard_since_ms: since when unread cannot tell; 0 if it can.
        postponed: somebody is put off until it can.
    """

    def __init__(self, alert: Alert) -> None:
        self.alert = alert
        self.decided: list[tuple[str, Decision]] = []
        self.waiting: list[str] = []
        self.due: dict[str, int] = {}
        self.unseen: set[str] = set()
        self.unknown_since_ms = 0
        self.unheard_since_ms = 0
        self.postponed = False

    def postpone(self, person: str) -> None:
        """Nothing could be found out about a person."""
        self.waiting.append(person)
        self.unseen.add(person)
        self.postponed = True

    def take(self, person: str, before: Decision, decision: Decision) -> bool:
        """Notes the decision about a person; what is settled meanwhile, or as before, is no new decision.

        Answers whether it is a new one after which they are looked at again.
        """
        if decision.reason in rules.SETTLED:
            return False
        new, checked = decision != before, rules.leaves_check(decision)
        if new:
            self.decided.append((person, decision))
        if checked:
            self.waiting.append(person)
        return new and checked


def _waiting(outcomes: Iterable[_Outcome]) -> dict[str, set[str]]:
    """Who is waited for, tenant by tenant."""
    persons: defaultdict[str, set[str]] = defaultdict(set)
    for outcome in outcomes:
        persons[outcome.alert.content.tenant].update(outcome.alert.waiting)
    return persons
