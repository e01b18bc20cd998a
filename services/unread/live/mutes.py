"""Mutes that will run out, each looked at when its time has come."""

import asyncio
from heapq import heappop, heappush

from services.chassis.clock import Clock
from services.unread.recent import PersonKey
from services.unread.rules import FOREVER, Pointer

LOOK_S = 30.0
"""Mutes are looked at when the next one runs out, and so often, s: clocks may be set."""


class Mutes:
    """The mutes of attached people.

    Args:
        clock: the present time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[tuple[int, PersonKey, str]] = []
        self._known: set[tuple[int, PersonKey, str]] = set()
        self._sooner = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, key: PersonKey, pointer: Pointer) -> None:
        """Remembers a pointer's mute, if it has an end that is to come."""
        mute = (pointer.muted_until_ms, key, pointer.conversation)
        if not self._clock() < pointer.muted_until_ms < FOREVER or mute in self._known:
            return
        self._known.add(mute)
        heappush(self._waiting, mute)
        if self._waiting[0] is mute:
            self._sooner.set()

    def due(self) -> list[tuple[int, PersonKey, str]]:
        """Takes the mutes that have run out: (until, person, conversation)."""
        now = self._clock()
        found = []
        while self._waiting and self._waiting[0][0] <= now:
            mute = heappop(self._waiting)
            self._known.discard(mute)
            found.append(mute)
        return found

    async def wait(self) -> None:
        """Waits until the next one may have run out."""
        self._sooner.clear()
        wait_s = LOOK_S
        if self._waiting:
            wait_s = min(wait_s, max(0, self._waiting[0][0] - self._clock()) / 1000)
        try:
            async with asyncio.timeout(wait_s):
                await self._sooner.wait()
        except TimeoutError:
            pass
