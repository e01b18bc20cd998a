"""What follows from edits and deletions: recorded on the alert first, and only then carried out.

A deletion takes back what is shown, ends what was to be sent, and looks at nobody again. An edit replaces the text
wherever it is shown, and tells those whom only it mentions, if they were told nothing for a reason that a mention
breaks through. A repeat, by whichever replica, carries out what an earlier holder may not have completed.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from services.chassis.clock import Clock
from services.notifier import rules
from services.notifier.again import WAIT_MS, facts_now
from services.notifier.attempt import Pointers
from services.notifier.chosen import Chosen, Tenant
from services.notifier.clears import follower
from services.notifier.courier import Courier
from services.notifier.facts import Decision
from services.notifier.gather import Locator
from services.notifier.glances import Glances
from services.notifier.limits import Limits
from services.notifier.metrics import Metrics
from services.notifier.records import Act, Alert, Change, Deletion, Delivery, DeliveryState, Edit, Pointer, Push
from services.notifier.rules import pushes
from services.notifier.stores.alerts import Alerts
from services.notifier.stores.deliveries import Deliveries
from services.notifier.text import safe

CHUNK = 50
"""The changes of so many messages are carried out at once."""


class Changes:
    """Carries out edits and deletions."""

    def __init__(
        self,
        alerts: Alerts,
        deliveries: Deliveries,
        pointers: Pointers,
        chosen: Chosen,
        locator: Locator,
        courier: Courier,
        metrics: Metrics,
        limits: Limits,
        clock: Clock,
        glances: Glances,
    ) -> None:
        self._alerts = alerts
        self._deliveries = deliveries
        self._pointers = pointers
        self._chosen = chosen
        self._locator = locator
        self._courier = courier
        self._metrics = metrics
        self._limits = limits
        self._clock = clock
        self._glances = glances

    async def apply(self, changes: Sequence[Change]) -> None:
        """Carries out changes, those of one message in order; repeating it changes nothing.

        Raises:
            Exception: something could not be done now; repeat all of it.
        """
        by_message: defaultdict[tuple[str, int], list[Change]] = defaultdict(list)
        for change in changes:
            by_message[change.conversation, change.number].append(change)
        names = list(by_message)
        for start in range(0, len(names), CHUNK):
            # What was written before the notifier first ran, or is no longer kept, was never told of.
            alerts = await self._alerts.all_numbered(names[start : start + CHUNK])
            await asyncio.gather(*(self._each(alert, by_message[name]) for name, alert in alerts.items()))

    async def _each(self, alert: Alert, changes: Sequence[Change]) -> None:
        for change in changes:
            alert = await self._one(alert, change)

    async def _one(self, alert: Alert, change: Change) -> Alert:
        if alert.unfinished_change == change.revision:
            return await self._carry_out(alert)
        if alert.deleted or alert.edited_revision >= change.revision:
            return alert
        now = self._clock()
        decided: list[tuple[str, Decision]] = []
        if isinstance(change, Deletion):
            content = replace(alert.content, text="")
            changed = replace(alert, content=content, deleted=True, unfinished_change=change.revision)
        else:
            edited = replace(
                alert,
                content=replace(alert.content, text=safe(change.text)),
                mentioned=change.mentioned & alert.members,
                everyone=change.everyone,
                edited_revision=change.revision,
                unfinished_change=change.revision,
            )
            decided = await self._decide(alert, edited, change, now)
            changed = self._waited_for(edited, decided, await self._chosen.of(alert.content.tenant), now)
        if await self._alerts.change(changed, alert, decided, now):
            self._metrics.escalated(decision for _, decision in decided)
            using = [person for person, decision in decided if decision.reason in rules.IN_USE]
            self._glances.decided(alert.content.tenant, using, now)
        # Whoever was first, what is recorded holds; a second owner may have decided otherwise a moment ago.
        recorded = (await self._alerts.get([alert.id], whole=True)).get(alert.id)
        if recorded is not None and recorded.unfinished_change == change.revision:
            return await self._carry_out(recorded)
        return recorded or changed

    async def _decide(self, before: Alert, alert: Alert, edit: Edit, now: int) -> list[tuple[str, Decision]]:
        """The decisions about those who are mentioned only now, and were told nothing for want of a mention."""
        content = alert.content
        newly = {
            person
            for person in (alert.members if edit.everyone else alert.mentioned)
            if person != content.author
            and not before.mentions(person)
            and before.latest(person).reason in rules.TELLS_MENTIONS
        }
        if not newly:
            return []
        located, pointers, chosen = await asyncio.gather(
            self._locator.locate(content.tenant, newly),
            self._pointers({(content.conversation, person) for person in newly}),
            self._chosen.of(content.tenant),
        )
        reads_known = pointers is not None
        if pointers is None:
            # Nobody is told in spite of a mute that was known when the message was decided.
            pointers = {
                (content.conversation, person): Pointer(
                    content.conversation, person, content.tenant, seen.read, 0, seen.muted_until_ms
                )
                for person, seen in alert.evidence.items()
            }
        decided: list[tuple[str, Decision]] = []
        for person in sorted(newly):
            facts = facts_now(alert, person, pointers, located, chosen, now, self._limits.idle_ms, patient=True)
            decision = rules.decide(replace(facts, reads_known=reads_known))
            if decision.reason not in rules.SETTLED:
                decided.append((person, decision))
        return decided

    def _waited_for(self, alert: Alert, decided: Sequence[tuple[str, Decision]], chosen: Tenant, now: int) -> Alert:
        """The alert with those who are to be looked at again; soon, where the decision itself has waited."""
        due = {
            person: now
            + (WAIT_MS if decision.reason in rules.WAITS else self._limits.delay_ms(chosen.of(person).escalation_ms))
            for person, decision in decided
            if rules.leaves_check(decision)
        }
        if not due:
            return alert
        return replace(
            alert,
            waiting=[*alert.waiting, *due],
            due_ms=alert.due_ms or now + self._limits.escalation_ms,
            due={**alert.due, **due},
        )

    async def _carry_out(self, alert: Alert) -> Alert:
        """Everything that follows for devices; screens are told by the feed of alerts."""
        now, ttl, revision = self._clock(), self._limits.push_ttl_ms, alert.unfinished_change
        content = alert.content
        if alert.deleted:
            count = await self._deliveries.suppress(content.conversation, content.number, "deleted", now)
            self._metrics.delivered(DeliveryState.SUPPRESSED, count)
        else:
            persons = frozenset(person for person, decision in alert.escalations if pushes(decision))
            push = Push(
                content,
                alert.revision,
                persons,
                content.at_ms + ttl,
                now + self._limits.patience_ms,
                alert.mentioned,
                alert.everyone,
            )
            await self._courier.dispatch([push] if persons else [])
        act, suffix = (Act.CLEAR, "clear") if alert.deleted else (Act.REPLACE, f"replace:{revision}")
        shows = await self._deliveries.showing(content.conversation, content.number)
        await self._courier.follow(
            [
                follower(show, act, f"{show.id}:{suffix}", now, ttl, change=revision)
                for show in shows
                if _may_be_shown(show)
            ]
        )
        await self._alerts.changed(alert.id, revision)
        return replace(alert, unfinished_change=0)


def _may_be_shown(show: Delivery) -> bool:
    """Whether a device shows it, or may come to: somebody is sending it just now, with the text as it was."""
    if show.state is DeliveryState.SENT:
        return show.shown
    return bool(show.claim) or show.attempts > 0
