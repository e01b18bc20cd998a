"""Why and how one person was told of one message, from what was recorded."""

from collections.abc import Sequence
from dataclasses import dataclass

import grpc

from services.chassis.errors import Fault
from services.notifier import rules
from services.notifier.facts import Decision, Reason
from services.notifier.records import Alert, Delivery, Evidence
from services.notifier.stores.alerts import Alerts
from services.notifier.stores.deliveries import Deliveries


@dataclass(frozen=True)
class Explanation:
    """The path through the table for one person, on what, and what became of it.

    Attributes:
        path: (row, condition, whether it held), in order.
        known: whether presence could tell where the person was.
        evidence: what was looked at.
        escalations: later decisions with their times, ms since 1970 UTC.
        deliveries: those to the person's devices.
    """

    alert: Alert
    person: str
    decision: Decision
    path: Sequence[tuple[int, Reason, bool]]
    known: bool
    evidence: Evidence
    escalations: Sequence[Decision]
    deliveries: Sequence[Delivery]


class Explanations:
    """Explains alerts."""

    def __init__(self, alerts: Alerts, deliveries: Deliveries) -> None:
        self._alerts = alerts
        self._deliveries = deliveries

    async def of(self, tenant: str, person: str, conversation: str, number: int) -> Explanation:
        """The explanation for one person.

        Raises:
            Fault: NOT_FOUND, there is no such record of this person; whether the message exists is not told.
        """
        alert = await self._alerts.numbered(conversation, number)
        if alert is None or alert.content.tenant != tenant or person not in alert.members:
            raise Fault(grpc.StatusCode.NOT_FOUND, "nothing is recorded of this message for this person")
        decision = alert.of(person)
        if person == alert.content.author:
            decision = Decision(decision.surface.NONE, Reason.AUTHOR)
        nobody = Evidence(mentioned=alert.mentions(person), preferences=alert.common_preferences)
        return Explanation(
            alert,
            person,
            decision,
            rules.path(decision.reason),
            decision.reason is not Reason.PRESENCE_UNKNOWN,
            alert.evidence.get(person, nobody),
            [later for name, later in alert.escalations if name == person],
            await self._deliveries.of(conversation, number, person),
        )
