"""Times in bounded memory: a histogram, and the time from a send to the badge on another screen."""

import math
from array import array
from collections import Counter

STEP = math.log(1.02)
"""Buckets grow by 2 %, so a percentile is right to about 1 %."""

LEAST_S = 1e-6
"""Shorter times are counted as this, s."""


class Histogram:
    """Counts times by buckets of 2 %."""

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()
        self.count = 0

    def add(self, seconds: float) -> None:
        """Counts one time, s."""
        self._buckets[int(math.log(max(seconds, LEAST_S) / LEAST_S) / STEP)] += 1
        self.count += 1

    def percentile_ms(self, percent: float) -> float | None:
        """The time that so many percent do not exceed, ms; None if nothing was counted."""
        if not self.count:
            return None
        rank = math.ceil(self.count * percent / 100)
        for bucket in sorted(self._buckets):
            rank -= self._buckets[bucket]
            if rank <= 0:
                return round(LEAST_S * 1000 * math.exp((bucket + 0.5) * STEP), 3)
        raise AssertionError("a rank lies within the count")  # pragma: no cover - ranks lie within the count


class BadgeDelay:
    """From the start of a send to the first badge of each attached other member that counts the message.

    Args:
        rooms: how many rooms there are; they are named by their index.
    """

    def __init__(self, rooms: int) -> None:
        self._authors: list[list[str]] = [[] for _ in range(rooms)]
        self._starts = [array("d") for _ in range(rooms)]
        self._seen: dict[tuple[str, int], int] = {}
        self.histogram = Histogram()

    def started(self, room: int, author: str, at_s: float) -> None:
        """The next message of a room is being sent; `at_s` by the same clock as `arrived`."""
        self._authors[room].append(author)
        self._starts[room].append(at_s)

    def failed(self, room: int) -> None:
        """The message that was started last in a room has not become one."""
        self._authors[room].pop()
        self._starts[room].pop()

    def arrived(self, person: str, room: int, number: int, at_s: float) -> None:
        """A badge that counts up to `number` has reached an attached person."""
        seen = self._seen.get((person, room), 0)
        if number <= seen:
            return
        self._seen[person, room] = number
        starts, authors = self._starts[room], self._authors[room]
        for index in range(seen, min(number, len(starts))):
            if authors[index] != person:
                self.histogram.add(at_s - starts[index])
