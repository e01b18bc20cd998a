"""Feeds: one MongoDB change stream for each process, multiplexed from memory to any number of followers.

A cursor is the change stream's resume token (the hexadecimal `_data`). Such tokens sort in the order of the stream
(MongoDB manual, "Change Streams: Resume Tokens"), which is how a follower's place in memory is found. A follower whose
cursor is older than what memory holds reads its own change stream until it has caught up, and then joins.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from services.chassis.changes import HistoryLostError, open_changes
from services.chassis.memory import BATCH, BATCH_BYTES, Memory
from services.chassis.mongo import Database, Document

T = TypeVar("T")

IDLE_S = 5.0
"""A follower that nothing concerns gets a new cursor this often, s, so that its place stays in the oplog."""

AHEAD_S = 300
"""A cursor may be of a replica that is ahead by so much, s; one that is further ahead is of another database."""

_TOKEN = re.compile("82([0-9A-F]{8})(?:[0-9A-F]{2}){4,2000}")
"""The beginning of every resume token: a timestamp, of which the first four bytes are the seconds."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Batch(Generic[T]):
    """What a follower gets.

    Attributes:
        items: the items, in order; may be empty.
        cursor: where to go on once the items are processed.
        reset: there is a gap before these items.
    """

    items: Sequence[T]
    cursor: str
    reset: bool = False


class ChangeFeed(Generic[T]):
    """The changes of one collection, converted once, for all followers of this process.

    Args:
        database: where the collection lives.
        collection: its name.
        pipeline: what the server filters and projects; must keep `_id`.
        convert: makes an item of a change; None leaves it out.
        memory: how many items are kept for followers that join or lag.
        weigh: about how many bytes an item has.
        memory_bytes: how many bytes of items are kept.
    """

    def __init__(
        self,
        database: Database,
        collection: str,
        pipeline: Sequence[Document],
        convert: Callable[[Document], T | None],
        memory: int = 20_000,
        weigh: Callable[[T], int] = lambda _: 0,
        memory_bytes: int = 64 * 1024 * 1024,
    ) -> None:
        self._database = database
        self._collection = collection
        self._pipeline = pipeline
        self._convert = convert
        self._weigh = weigh
        self._memory: Memory[T] = Memory(memory, memory_bytes)
        self._begin = ""
        self._cursor = ""
        self._generation = 0
        self._ready = asyncio.Event()
        self._live = False
        self._waiters: set[asyncio.Future[None]] = set()

    @property
    def live(self) -> bool:
        """Whether the change stream is open."""
        return self._live

    async def run(self) -> None:
        """Tails the collection until it fails; call it again to resume where it stopped."""
        try:
            async with open_changes(self._database, self._collection, self._pipeline, self._cursor) as changes:
                if not self._cursor:
                    self._begin = self._cursor = changes.token
                self._ready.set()
                self._live = True
                while True:
                    self._take(await changes.next(), changes.token)
        except HistoryLostError as error:
            _log.error("the feed lost its place in the oplog", collection=self._collection, error=str(error))
            self._memory.clear()
            self._cursor = self._begin = ""
            self._generation += 1
            self._ready.clear()
            self._wake()
            raise
        finally:
            self._live = False

    async def follow(self, cursor: str, wanted: Callable[[T], bool] | None = None) -> AsyncGenerator[Batch[T], None]:
        """Everything after `cursor` that is wanted, for ever.

        The first batch comes at once and tells that the feed is open: empty, with the same cursor. Without a cursor, or
        with one that is lost, it is a reset with the cursor of now.
        """
        await self._ready.wait()
        generation = self._generation
        if self._plausible(cursor):
            yield Batch((), cursor)
        else:
            cursor = self._cursor
            yield Batch((), cursor, reset=True)
        while True:
            await self._ready.wait()
            if generation != self._generation:
                generation, cursor = self._generation, self._cursor
                yield Batch((), cursor, reset=True)
                continue
            try:
                behind = cursor < self._begin
                source = self._catch_up(cursor) if behind else self._from_memory(cursor, generation)
                async with aclosing(source) as batches:
                    told = asyncio.get_running_loop().time()
                    async for batch in batches:
                        items = [item for item in batch.items if wanted(item)] if wanted else batch.items
                        now = asyncio.get_running_loop().time()
                        if items or not batch.items or now - told >= IDLE_S:
                            told, cursor = now, batch.cursor
                            yield Batch(items, cursor)
            except HistoryLostError:
                cursor = self._cursor
                yield Batch((), cursor, reset=True)

    def _plausible(self, cursor: str) -> bool:
        """Whether it looks like a cursor of this feed; whether it is one, only the database can tell."""
        token, mine = _TOKEN.fullmatch(cursor), _TOKEN.match(self._cursor)
        return bool(token and mine and int(token[1], 16) <= int(mine[1], 16) + AHEAD_S)

    async def _from_memory(self, cursor: str, generation: int) -> AsyncGenerator[Batch[T], None]:
        """Batches from memory, until memory no longer holds the follower's place; empty ones when nothing comes."""
        position = self._memory.after(cursor)
        while position >= self._memory.base and generation == self._generation:
            chunk = self._memory.chunk(position)
            if chunk:
                position += len(chunk)
                at_the_end = position == self._memory.end
                yield Batch(chunk, self._cursor if at_the_end else self._memory.token_before(position))
            elif not await self._wait(IDLE_S):
                yield Batch((), self._cursor)

    async def _catch_up(self, cursor: str) -> AsyncGenerator[Batch[T], None]:
        """Batches from an own change stream, until memory holds the follower's place."""
        async with open_changes(self._database, self._collection, self._pipeline, cursor) as changes:
            while changes.token < self._begin or cursor < self._begin:
                found = await changes.next()
                piece: Memory[T] = Memory(BATCH, BATCH_BYTES)
                for change in found:
                    item = self._convert(change)
                    if item is not None:
                        cursor = change["_id"]["_data"]
                        piece.add(cursor, item, self._weigh(item))
                position = 0
                while chunk := piece.chunk(position):
                    position += len(chunk)
                    yield Batch(chunk, piece.token_before(position))
                cursor = found[-1]["_id"]["_data"] if found else changes.token
                yield Batch((), cursor)

    def _take(self, changes: list[Document], token: str) -> None:
        for change in changes:
            item = self._convert(change)
            if item is not None:
                self._memory.add(change["_id"]["_data"], item, self._weigh(item))
        if self._memory.empty and not changes:
            # Nothing is in memory: its beginning may move on with the stream.
            self._begin = token
        self._cursor = token
        self._begin = self._memory.trim() or self._begin
        if changes:
            self._wake()

    async def _wait(self, timeout_s: float) -> bool:
        """Waits for changes; whether some came in time."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            async with asyncio.timeout(timeout_s):
                await waiter
        except TimeoutError:
            return False
        finally:
            self._waiters.discard(waiter)
        return True

    def _wake(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
