"""Allowances of callers: how fast, and how many at a time."""

from collections import OrderedDict

import grpc

from services.chassis.clock import Clock
from services.chassis.errors import Fault

TRACKED = 100_000
"""How many callers' buckets are remembered; the longest unused is forgotten, which fills it again."""


class Bucket:
    """A token bucket for each key: `burst` at once, `per_second` in the long run."""

    def __init__(self, burst: int, per_second: float, clock: Clock) -> None:
        self._burst = float(burst)
        self._per_ms = per_second / 1000
        self._clock = clock
        self._levels: OrderedDict[object, tuple[float, int]] = OrderedDict()

    def take(self, key: object) -> None:
        """Takes one from the bucket of `key`.

        Raises:
            Fault: RESOURCE_EXHAUSTED with the time after which one will be there.
        """
        now = self._clock()
        level, at = self._levels.pop(key, (self._burst, now))
        level = min(self._burst, level + max(0, now - at) * self._per_ms)
        if level < 1:
            self._levels[key] = (level, now)
            wait = int((1 - level) / self._per_ms) + 1 if self._per_ms else 60_000
            raise Fault(grpc.StatusCode.RESOURCE_EXHAUSTED, "sending too fast; wait a moment", retry_after_ms=wait)
        self._levels[key] = (level - 1, now)
        if len(self._levels) > TRACKED:
            self._levels.popitem(last=False)
