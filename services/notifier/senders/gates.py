"""A gate before each host of a push service: how many pushes at once, and whether it makes sense to ask at all.

The gate is a circuit breaker. It is closed to nobody at first; a host that fails again and again is left alone for a
while, then one push tries it. So a host that is down costs nobody else's time, and is not run over as it comes back.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from services.chassis.clock import Clock
from services.notifier.senders.limits import Limits

REMEMBERED = 1_024
"""So many hosts are remembered; the push services together have a handful."""

LEFT_ALONE = "push service left alone after failures"
"""Why a push was not tried."""

PAUSED = "push service asked for a pause"
"""Why a push to a target that asked for it was not tried."""

PAUSED_TARGETS = 10_000
"""Of so many targets it is remembered that they asked for a pause."""


class Turn:
    """One push through a gate; what is said last of it counts."""

    def __init__(self) -> None:
        self.failed = False
        self.pause_ms = 0
        self.at_once = False
        self.answered = False

    def success(self) -> None:
        """The host works."""
        self.answered = True

    def failure(self, pause_ms: int = 0, *, at_once: bool = False) -> None:
        """The host does not work, or has had enough.

        Args:
            pause_ms: how long it asks to be left alone, ms; 0 if it does not say.
            at_once: leave it alone now, and not only after several failures.
        """
        self.failed, self.pause_ms, self.at_once = True, pause_ms, at_once

    def answered_by(self, status: int, pause_ms: int) -> None:
        """The host answered with a status of HTTP, and asks for a pause of so many ms; 0 for none.

        Most refusals are about the push and show that the host works. 503 with a pause is about the host; 429 may be
        about one target, so only several of them in a row are.
        """
        if status == 503:
            self.failure(pause_ms, at_once=pause_ms > 0)
        elif status == 429:
            self.failure(pause_ms)
        elif status >= 500 or status < 200 or 300 <= status < 400:
            self.failure()
        else:
            self.success()


class Gate:
    """The gate of one host."""

    def __init__(self, limits: Limits, clock: Clock, opened: Callable[[], None]) -> None:
        self.slots = asyncio.Semaphore(limits.at_once)
        self._limits = limits
        self._clock = clock
        self._opened = opened
        self._failures = 0
        self._openings = 0
        self._until_ms = 0
        self._probing = False

    def wait_ms(self) -> int:
        """0 if a push may go now, else when to come back, ms."""
        if not self._openings:
            return 0
        left = self._until_ms - self._clock()
        if left > 0:
            return left
        return self._limits.probe_ms if self._probing else 0

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """A push goes through, when `wait_ms` is 0; however it ends, the gate is free for the next one."""
        turn, probe = Turn(), bool(self._openings)
        self._probing = self._probing or probe
        try:
            yield turn
        finally:
            if probe:
                self._probing = False
            if turn.failed:
                self._fail(turn)
            elif turn.answered:
                self._failures = self._openings = 0

    def _fail(self, turn: Turn) -> None:
        now, limits = self._clock(), self._limits
        self._failures += 1
        if self._until_ms > now:
            # Pushes that were under way when the host was given up tell nothing new, except a longer pause.
            self._until_ms = max(self._until_ms, now + turn.pause_ms)
        elif self._openings or turn.at_once or self._failures >= limits.failures:
            pause = min(limits.open_max_ms, limits.open_ms << min(self._openings, 20))
            self._until_ms = now + max(pause, turn.pause_ms)
            self._openings += 1
            self._opened()


class Gates:
    """The gates of all hosts of one transport.

    Args:
        opened: is told each time a host is given up for a while.
    """

    def __init__(self, limits: Limits, clock: Clock, opened: Callable[[], None]) -> None:
        self._limits = limits
        self._clock = clock
        self._opened = opened
        self._gates: OrderedDict[str, Gate] = OrderedDict()

    def of(self, host: str) -> Gate:
        """The gate of a host."""
        gate = self._gates.get(host)
        if gate is None:
            gate = self._gates[host] = Gate(self._limits, self._clock, self._opened)
            if len(self._gates) > REMEMBERED:
                self._gates.popitem(last=False)
        else:
            self._gates.move_to_end(host)
        return gate


class Pauses:
    """Which single targets asked to be left alone, and until when."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: OrderedDict[str, int] = OrderedDict()

    def wait_ms(self, target: str) -> int:
        """0 if a push may go to the target now, else when to come back, ms."""
        until = self._until.get(target)
        if until is None:
            return 0
        left = until - self._clock()
        if left <= 0:
            del self._until[target]
        return max(0, left)

    def pause(self, target: str, wait_ms: int) -> None:
        """Leaves a target alone for so long, ms."""
        if wait_ms > 0:
            self._until[target] = self._clock() + wait_ms
            self._until.move_to_end(target)
            if len(self._until) > PAUSED_TARGETS:
                self._until.popitem(last=False)
