"""What the notifier counts."""

from collections import Counter
from collections.abc import Iterable

import prometheus_client

from services.notifier.facts import Decision
from services.notifier.records import Alert, DeliveryState


class Metrics:
    """Exports `alerts_total{surface,reason}` (decisions), `deliveries_total{state}`, and what was given up.

    That is counted in `alerts_skipped_total` and `checks_given_up_total`.
    """

    def __init__(self, registry: prometheus_client.CollectorRegistry) -> None:
        self._alerts = prometheus_client.Counter(
            "alerts", "Decisions for a message and a person.", ("surface", "reason"), registry=registry
        )
        self._deliveries = prometheus_client.Counter(
            "deliveries", "Deliveries made (PENDING) and ended.", ("state",), registry=registry
        )
        self._skipped = prometheus_client.Counter(
            "alerts_skipped", "Events that could not be decided however often it was tried.", registry=registry
        )

        self._given_up = prometheus_client.Counter(
            "checks_given_up", "Alerts that could not be looked at again however often it was tried.", registry=registry
        )

    def decided(self, alerts: Iterable[Alert]) -> None:
        """Counts first decisions, everybody's."""
        counts: Counter[Decision] = Counter()
        for alert in alerts:
            counts[alert.common] += alert.persons - len(alert.decisions)
            counts.update(alert.decisions.values())
        self._count(counts)

    def escalated(self, decisions: Iterable[Decision]) -> None:
        """Counts later decisions."""
        self._count(Counter(decisions))

    def delivered(self, state: DeliveryState, count: int = 1) -> None:
        """Counts deliveries that came into a state."""
        self._deliveries.labels(state.value).inc(count)

    def skipped(self) -> None:
        """Counts an event that was given up."""
        self._skipped.inc()

    def given_up(self) -> None:
        """Counts an alert that nobody looks at again although people wait for it."""
        self._given_up.inc()

    def _count(self, counts: Counter[Decision]) -> None:
        by_label: Counter[tuple[str, str]] = Counter()
        for decision, count in counts.items():
            by_label[decision.surface.value, decision.reason.value] += count
        for labels, count in by_label.items():
            self._alerts.labels(*labels).inc(count)
