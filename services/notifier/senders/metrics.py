"""What the senders count."""

import prometheus_client

from services.notifier.senders import Outcome


class PushMetrics:
    """Exports `pushes_total{transport,result,status}`, `push_refusals_total{transport}` and `push_hosts_open`."""

    def __init__(self, registry: prometheus_client.CollectorRegistry) -> None:
        self._pushes = prometheus_client.Counter(
            "pushes",
            "Attempts to push, by what became of them and the HTTP status (0: no answer).",
            ("transport", "result", "status"),
            registry=registry,
        )
        self._held = prometheus_client.Counter(
            "pushes_held",
            "Attempts that were put off without asking, because the push service is failing or asked for a pause.",
            ("transport",),
            registry=registry,
        )
        self._children: dict[tuple[str, str, int], prometheus_client.Counter] = {}
        self._opened = prometheus_client.Counter(
            "push_circuits_opened",
            "How often a push service's host was left alone because it failed.",
            ("transport",),
            registry=registry,
        )

    def pushed(self, transport: str, outcome: Outcome) -> None:
        """Counts an attempt that reached out."""
        labels = (transport, outcome.result.value, outcome.status)
        # To look a child up by its labels takes as long as to make the message.
        child = self._children.get(labels)
        if child is None:
            child = self._children[labels] = self._pushes.labels(transport, outcome.result.value, str(outcome.status))
        child.inc()

    def held(self, transport: str) -> None:
        """Counts an attempt that was put off."""
        self._held.labels(transport).inc()

    def opened(self, transport: str) -> None:
        """Counts a host that is left alone from now on."""
        self._opened.labels(transport).inc()
