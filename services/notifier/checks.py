"""Looks again at messages that were shown, or held back, and are still unread: nobody who walked away misses one."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

from services.chassis.clock import Clock
from services.notifier import rules
from services.notifier.again import Read, facts_now
from services.notifier.arbiter import WAIT_MS, Limits, pushes
from services.notifier.attempt import Pointers
from services.notifier.chosen import Chosen, Tenant
from services.notifier.courier import Courier
from services.notifier.facts import Decision
from services.notifier.gather import Locator
from services.notifier.metrics import Metrics
from services.notifier.records import Alert, Push, Whereabouts
from services.notifier.stores.alerts import Alerts

CHUNK = 500
"""How many alerts are looked at together."""

CLAIM_MS = 30_000
"""How long an alert is left to the replica that took it; what a dead one held is looked at after that, ms."""

POLL_S = 0.5
"""How often it is asked what is due, s."""


class Checks:
    """Carries out the checks that first decisions left."""

    def __init__(
        self,
        alerts: Alerts,
        pointers: Pointers,
        chosen: Chosen,
        locator: Locator,
        courier: Courier,
        metrics: Metrics,
        limits: Limits,
        name: str,
        clock: Clock,
    ) -> None:
        self._alerts = alerts
        self._pointers = pointers
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
            if await self.step() < CHUNK:
                await asyncio.sleep(POLL_S)

    async def step(self) -> int:
        """Carries out what is due now; returns how many alerts that were, at most CHUNK."""
        now = self._clock()
        self._claims += 1
        claim = f"{self._name}:{self._claims}"
        taken = await self._alerts.claim_checks(claim, now, now + CLAIM_MS, CHUNK)
        if not taken:
            return 0
        # What an earlier holder decided but may not have carried out comes first; nothing new is decided on it now.
        unfinished = [alert for alert in taken if alert.unfinished]
        fresh = [alert for alert in taken if not alert.unfinished]
        outcomes = await self._look(fresh, now)
        decided = {outcome.alert.id: outcome.decided for outcome in outcomes if outcome.decided}
        held = await self._alerts.escalate(claim, decided) if decided else set()
        escalated = [outcome for outcome in outcomes if outcome.alert.id in held]
        self._metrics.escalated(decision for outcome in escalated for _, decision in outcome.decided)
        outcomes += [_resumed(alert) for alert in unfinished]
        await self._courier.dispatch(
            [
                self._push(outcome.alert, outcome.decided, now)
                for outcome in outcomes
                if outcome.decided and (outcome.alert.unfinished or outcome.alert.id in held)
            ]
        )
        await self._alerts.settle(
            claim,
            {
                outcome.alert.id: (self._next(outcome, now), outcome.waiting, outcome.unknown_since_ms)
                for outcome in outcomes
            },
        )
        return len(taken)

    async def _look(self, alerts: Sequence[Alert], now: int) -> list["_Outcome"]:
        outcomes = [_Outcome(alert) for alert in alerts]
        ttl = self._limits.push_ttl_ms
        live = [outcome for outcome in outcomes if now < outcome.alert.content.at_ms + ttl]
        if not live:
            return outcomes
        located = await self._locate([outcome.alert for outcome in live])
        pointers = await self._pointers(
            {(outcome.alert.content.conversation, person) for outcome in live for person in outcome.alert.waiting}
        )
        tenants = {tenant: await self._chosen.of(tenant) for tenant in located}
        for outcome in live:
            tenant = outcome.alert.content.tenant
            if pointers is None:
                outcome.postpone()
            else:
                self._decide(outcome, located[tenant], pointers, tenants[tenant], now)
        return outcomes

    async def _locate(self, alerts: Sequence[Alert]) -> dict[str, Whereabouts]:
        persons: defaultdict[str, set[str]] = defaultdict(set)
        for alert in alerts:
            persons[alert.content.tenant].update(alert.waiting)
        answers = await asyncio.gather(*(self._locator.locate(tenant, names) for tenant, names in persons.items()))
        return dict(zip(persons, answers, strict=True))

    def _decide(self, outcome: "_Outcome", located: Whereabouts, pointers: Read, chosen: Tenant, now: int) -> None:
        alert = outcome.alert
        if not located.known:
            outcome.unknown_since_ms = alert.unknown_since_ms or now
        patient = now < outcome.unknown_since_ms + self._limits.patience_ms
        earlier = dict(alert.escalations)
        for person in alert.waiting:
            facts = facts_now(alert, person, pointers, located, chosen, now, self._limits.idle_ms, patient=patient)
            before = earlier.get(person) or alert.of(person)
            outcome.take(person, before, rules.decide_again(before, facts))

    def _push(self, alert: Alert, decided: Sequence[tuple[str, Decision]], now: int) -> Push:
        return Push(
            alert.content,
            alert.revision,
            frozenset(person for person, decision in decided if pushes(decision)),
            alert.content.at_ms + self._limits.push_ttl_ms,
            # Presence has had its time already.
            now if alert.unknown_since_ms else now + self._limits.patience_ms,
        )

    def _next(self, outcome: "_Outcome", now: int) -> int:
        """When to look again: soon at first, later every idle limit; 0 for never."""
        if not outcome.waiting:
            return 0
        if outcome.postponed or outcome.unknown_since_ms:
            return now + WAIT_MS
        limits = self._limits
        pause = min(limits.escalation_ms << min(outcome.alert.checks, 20), max(limits.idle_ms, limits.escalation_ms))
        return now + pause


class _Outcome:
    """What a look at one alert has led to."""

    def __init__(self, alert: Alert) -> None:
        self.alert = alert
        self.decided: list[tuple[str, Decision]] = []
        self.waiting: list[str] = []
        self.unknown_since_ms = 0
        self.postponed = False

    def postpone(self) -> None:
        """Nothing could be found out."""
        self.waiting = list(self.alert.waiting)
        self.unknown_since_ms = self.alert.unknown_since_ms
        self.postponed = True

    def take(self, person: str, before: Decision, decision: Decision) -> None:
        """Notes the decision about a person; what is settled meanwhile, or as before, is no new decision."""
        if decision.reason in rules.SETTLED:
            return
        if decision != before:
            self.decided.append((person, decision))
        if decision.reason in rules.CHECKED and not decision.push_beside:
            self.waiting.append(person)


def _resumed(alert: Alert) -> _Outcome:
    """An alert whose escalations were recorded by somebody who may have died before carrying them out."""
    outcome = _Outcome(alert)
    outcome.decided = list(alert.escalations)
    last: Mapping[str, Decision] = dict(alert.escalations)
    outcome.waiting = [person for person in alert.waiting if person not in last or last[person].reason in rules.CHECKED]
    return outcome
