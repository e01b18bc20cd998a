"""A second glance at people who were using a tab when a message was decided.

Who ceases between that and the moment in which the decision is written is hurried by nobody, because nothing waits for
them yet. So they are looked for once more after it is written; a transition that comes later finds them waiting.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping

from services.chassis.clock import Clock
from services.notifier import rules
from services.notifier.gather import Locator

PAUSE_S = 0.5
"""The shortest pause between two glances, s: in a busy tenant one question serves all that was decided meanwhile."""

WAITING = 100_000
"""So many people may wait for a glance; of more, those that wait the longest are left to the periodic check."""

Gone = Callable[[str, Mapping[str, int]], Awaitable[None]]
"""Has people of a tenant who use no tab any more looked at, for what was decided before a time, ms since 1970 UTC."""


class Glances:
    """Whom to look for once more."""

    def __init__(self, locator: Locator, idle_ms: int, clock: Clock) -> None:
        self._locator = locator
        self._idle_ms = idle_ms
        self._clock = clock
        self._waiting: dict[tuple[str, str], int] = {}
        self._more = asyncio.Event()

    def decided(self, tenant: str, persons: Iterable[str], at_ms: int) -> None:
        """Notes people who were taken to use a tab in a decision of a time, ms since 1970 UTC, that is written now."""
        for person in persons:
            self._waiting[tenant, person] = max(at_ms, self._waiting.get((tenant, person), 0))
        while len(self._waiting) > WAITING:
            del self._waiting[next(iter(self._waiting))]
        if self._waiting:
            self._more.set()

    async def run(self, gone: Gone) -> None:
        """Looks for them, for ever."""
        while True:
            await self._more.wait()
            self._more.clear()
            await self.step(gone)
            await asyncio.sleep(PAUSE_S)

    async def step(self, gone: Gone) -> None:
        """Looks for everybody who is noted; whom presence cannot tell of stays noted.

        Raises:
            PyMongoError: nothing is lost; repeat it.
        """
        waiting, self._waiting = self._waiting, {}
        tenants: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for (tenant, person), at_ms in waiting.items():
            tenants[tenant][person] = at_ms
        try:
            for tenant, persons in list(tenants.items()):
                located = await self._locator.locate(tenant, persons)
                if located.known:
                    away = [each for each in sorted(persons) if not rules.in_use(located.of(each), self._idle_ms)]
                    # No later than that decision: what was decided when they had gone has its own delay.
                    await gone(tenant, {person: persons[person] + 1 for person in away})
                    del tenants[tenant]
        finally:
            for tenant, persons in tenants.items():
                for person, at_ms in persons.items():
                    self.decided(tenant, [person], at_ms)
