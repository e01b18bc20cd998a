"""Prometheus metrics of RPCs."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Histogram

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Upper bounds of the duration histogram, s."""


class RpcMetrics:
    """Counts and times the RPCs of one service.

    Exports `rpc_calls_total{rpc,code}` and `rpc_seconds{rpc}`; a stream counts when it ends.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = Counter("rpc_calls", "RPCs that ended, by status.", ("rpc", "code"), registry=registry)
        self._seconds = Histogram("rpc_seconds", "Duration of RPCs, s.", ("rpc",), registry=registry, buckets=BUCKETS)

    def of(self, rpc: str) -> Callable[[str, float], None]:
        """A function that counts one ended call of `rpc`, given its status and its duration in s."""
        seconds = self._seconds.labels(rpc)
        by_code = {"OK": self._calls.labels(rpc, "OK")}

        def observe(code: str, duration_s: float) -> None:
            counter = by_code.get(code)
            if counter is None:
                counter = by_code[code] = self._calls.labels(rpc, code)
            counter.inc()
            seconds.observe(duration_s)

        return observe
