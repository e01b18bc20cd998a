"""The feed of those who begin or cease to be active.

A cursor is a time of the store's clocks in ms, written so that cursors sort: whoever has it has everything up to then.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable

from services.chassis.clock import Clock
from services.chassis.feed import IDLE_S, Batch
from services.chassis.memory import Memory
from services.presence.rules import Transition
from services.presence.stores.news import NewsStore, Round, positions_at

MEMORY = 50_000
"""How many transitions are kept for followers that join or lag; who needs older ones reads them from the store."""

AHEAD_MS = 300_000
"""A cursor that is further ahead of the store's clock than this is of another store, ms."""

_CURSOR = re.compile("[0-9]{15}")


def cursor_at(at: int) -> str:
    """The cursor of whoever has everything up to a time, ms."""
    return f"{at:015d}"


class Transitions:
    """Transitions of all buckets for all followers of this replica.

    Args:
        store: where older ones are read.
        clock: the present time.
    """

    def __init__(self, store: NewsStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._memory: Memory[Transition | None] = Memory(MEMORY, MEMORY)
        self._begin = ""
        self._cursor = ""
        self._ready = asyncio.Event()
        self._waiters: set[asyncio.Future[None]] = set()

    def take(self, news: Round) -> None:
        """Takes in what has happened; in memory, None stands for a gap."""
        cursor = cursor_at(news.at)
        if not self._cursor:
            self._begin = self._cursor = cursor
            self._ready.set()
            return
        moved = cursor > self._cursor
        if not moved and (news.gap or news.transitions):
            # The store's clock stands still, or was set back: what is new must be after what has been handed out.
            cursor, moved = cursor_at(int(self._cursor) + 1), True
        if not moved:
            return
        if news.gap:
            self._memory.add(cursor, None, 0)
        for transition in news.transitions:
            self._memory.add(cursor, transition, 0)
        if self._memory.empty:
            self._begin = cursor
        self._cursor = cursor
        self._begin = self._memory.trim() or self._begin
        if news.gap or news.transitions:
            for waiter in self._waiters:
                if not waiter.done():
                    waiter.set_result(None)

    async def follow(
        self, cursor: str, wanted: Callable[[Transition], bool]
    ) -> AsyncGenerator[Batch[Transition], None]:
        """Everything after `cursor` that is wanted, for ever.

        The first batch comes at once and tells that the feed is open: empty, with the same cursor. Without a cursor, or
        with one that is not of this store, it is a reset with the cursor of now.

        Raises:
            RedisError: older transitions are needed, and the store cannot be reached.
        """
        await self._ready.wait()
        ours = _CURSOR.fullmatch(cursor) and int(cursor) <= int(self._cursor) + AHEAD_MS
        cursor = cursor if ours else self._cursor
        yield Batch((), cursor, reset=not ours)
        while True:
            if cursor < (begin := self._begin):
                news = await self._store.look(positions_at(int(cursor)), self._clock(), own=False)
                # What is in memory from its beginning on may come twice, and nothing is missing.
                cursor = max(cursor_at(news.at), begin)
                yield Batch([each for each in news.transitions if wanted(each)], cursor, reset=news.gap)
            position = self._memory.after(cursor)
            while position >= self._memory.base:
                found = self._memory.chunk(position)
                if found:
                    position += len(found)
                    cursor = self._cursor_before(position, cursor)
                    items = [each for each in found if each is not None and wanted(each)]
                    gap = None in found
                    if items or gap:
                        yield Batch(items, cursor, reset=gap)
                elif not await self._wait():
                    cursor = max(cursor, self._cursor)
                    yield Batch((), cursor)

    def _cursor_before(self, position: int, cursor: str) -> str:
        """The cursor of whoever has everything in memory before a position, and had `cursor` before that."""
        if position == self._memory.end:
            return max(cursor, self._cursor)
        last = self._memory.token_before(position)
        # Several may share a cursor: it is only given once all of them have been.
        return cursor if self._memory.token_before(position + 1) == last else last

    async def _wait(self) -> bool:
        """Waits for transitions; whether some came in time."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            async with asyncio.timeout(IDLE_S):
                await waiter
        except TimeoutError:
            return False
        finally:
            self._waiters.discard(waiter)
        return True
