"""Feeds: one MongoDB change stream for each process, multiplexed from memory to any number of followers.

A cursor is the change stream's resume token (the hexadecimal `_data`). Such tokens sort in the order of the stream
(MongoDB manual, "Change Streams: Resume Tokens"), which is how a follower's place in memory is found. A follower whose
cursor is older than what memory holds reads its own change stream until it has caught up, and then joins.
"""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import OperationFailure, PyMongoError

from services.chassis.mongo import TRANSIENT, Database, Document
from services.chassis.tasks import describe

T = TypeVar("T")

BATCH = 1_000
"""How many changes are read, or handed on, at once."""

AWAIT_MS = 1_000
"""How long the server waits for a change before it answers with nothing, ms."""

IDLE_S = 5.0
"""A follower that nothing concerns gets a new cursor this often, s, so that its place stays in the oplog."""

_log = structlog.get_logger(__name__)


class HistoryLostError(Exception):
    """The oplog no longer has this cursor, or the cursor is none of ours."""


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


class _Tail:
    """A change stream, batch by batch.

    It is made by hand of `aggregate` and `getMore`, because the driver's own stream hands out one change at a time and
    hides where a batch ends.
    """

    def __init__(self, database: Database, collection: str, session: AsyncClientSession) -> None:
        self._database = database
        self._collection = collection
        self._session = session
        self._cursor_id = 0
        self._first: list[Document] = []
        self.token = ""

    async def open(self, pipeline: Sequence[Document], after: str) -> None:
        stage: Document = {"resumeAfter": {"_data": after}} if after else {}
        try:
            answer = await self._database.command(
                {
                    "aggregate": self._collection,
                    "pipeline": [{"$changeStream": stage}, *pipeline],
                    "cursor": {"batchSize": BATCH},
                    "readConcern": {"level": "majority"},
                },
                session=self._session,
            )
        except OperationFailure as error:
            if after and error.code not in TRANSIENT:
                raise HistoryLostError(describe(error)) from error
            raise
        cursor = answer["cursor"]
        self._cursor_id = cursor["id"]
        self._first = cursor["firstBatch"]
        self.token = cursor["postBatchResumeToken"]["_data"]

    async def next(self) -> list[Document]:
        """The next changes; waits at most AWAIT_MS, and may be empty. Moves `token` on."""
        if self._first:
            first, self._first = self._first, []
            return first
        try:
            answer = await self._database.command(
                {
                    "getMore": self._cursor_id,
                    "collection": self._collection,
                    "batchSize": BATCH,
                    "maxTimeMS": AWAIT_MS,
                },
                session=self._session,
            )
        except OperationFailure as error:
            if error.code in {280, 286}:
                raise HistoryLostError(describe(error)) from error
            raise
        cursor = answer["cursor"]
        if not cursor["id"]:
            raise HistoryLostError("the change stream was invalidated")
        self.token = cursor["postBatchResumeToken"]["_data"]
        changes: list[Document] = cursor["nextBatch"]
        return changes

    async def close(self) -> None:
        if self._cursor_id:
            await self._database.command(
                {"killCursors": self._collection, "cursors": [self._cursor_id]}, session=self._session
            )


class ChangeFeed(Generic[T]):
    """The changes of one collection, converted once, for all followers of this process.

    Args:
        database: where the collection lives.
        collection: its name.
        pipeline: what the server filters and projects; must keep `_id`.
        convert: makes an item of a change; None leaves it out.
        memory: how many items are kept for followers that join or lag.
    """

    def __init__(
        self,
        database: Database,
        collection: str,
        pipeline: Sequence[Document],
        convert: Callable[[Document], T | None],
        memory: int = 20_000,
    ) -> None:
        self._database = database
        self._collection = collection
        self._pipeline = pipeline
        self._convert = convert
        self._memory = memory
        self._tokens: list[str] = []
        self._items: list[T] = []
        self._base = 0
        self._begin = ""
        self._cursor = ""
        self._generation = 0
        self._ready = asyncio.Event()
        self._waiters: set[asyncio.Future[None]] = set()

    @property
    def live(self) -> bool:
        """Whether the change stream is open."""
        return self._ready.is_set()

    async def run(self) -> None:
        """Tails the collection until it fails; call it again to resume where it stopped."""
        try:
            async with self._tail(self._cursor) as tail:
                if not self._cursor:
                    self._begin = self._cursor = tail.token
                self._ready.set()
                while True:
                    self._take(await tail.next(), tail.token)
        except HistoryLostError as error:
            _log.error("the feed lost its place in the oplog", collection=self._collection, error=str(error))
            self._tokens, self._items, self._base = [], [], self._base + len(self._items)
            self._cursor = self._begin = ""
            self._generation += 1
            self._ready.clear()
            self._wake()
            raise

    async def follow(self, cursor: str, wanted: Callable[[T], bool] | None = None) -> AsyncGenerator[Batch[T], None]:
        """Everything after `cursor` that is wanted, for ever.

        The first batch comes at once and tells that the feed is open: empty, with the same cursor. Without a cursor, or
        with one that is lost, it is a reset with the cursor of now.
        """
        await self._ready.wait()
        generation = self._generation
        if cursor:
            yield Batch((), cursor)
        else:
            cursor = self._cursor
            yield Batch((), cursor, reset=True)
        while True:
            await self._ready.wait()
            if generation != self._generation:
                generation, cursor = self._generation, self._cursor
                yield Batch((), cursor, reset=True)
            elif cursor < self._begin:
                try:
                    async for batch in self._catch_up(cursor, wanted):
                        cursor = batch.cursor
                        yield batch
                except HistoryLostError:
                    cursor = self._cursor
                    yield Batch((), cursor, reset=True)
            else:
                async for batch in self._from_memory(cursor, wanted, generation):
                    cursor = batch.cursor
                    yield batch

    async def _from_memory(
        self, cursor: str, wanted: Callable[[T], bool] | None, generation: int
    ) -> AsyncIterator[Batch[T]]:
        """Batches from memory, until memory no longer holds the follower's place."""
        loop = asyncio.get_running_loop()
        position = self._base + bisect_right(self._tokens, cursor)
        told = loop.time()
        while position >= self._base and generation == self._generation:
            start = position - self._base
            chunk = self._items[start : start + BATCH]
            if not chunk:
                if loop.time() - told >= IDLE_S:
                    told = loop.time()
                    yield Batch((), self._cursor)
                    continue
                await self._wait(IDLE_S)
                continue
            position += len(chunk)
            end = position - self._base == len(self._tokens)
            cursor = self._cursor if end else self._tokens[position - self._base - 1]
            items = [item for item in chunk if wanted(item)] if wanted else chunk
            if items or loop.time() - told >= IDLE_S:
                told = loop.time()
                yield Batch(items, cursor)

    async def _catch_up(self, cursor: str, wanted: Callable[[T], bool] | None) -> AsyncIterator[Batch[T]]:
        """Batches from an own change stream, until memory holds the follower's place."""
        async with self._tail(cursor) as tail:
            while tail.token < self._begin or cursor < self._begin:
                changes = await tail.next()
                converted = (self._convert(change) for change in changes)
                items = [item for item in converted if item is not None and (wanted is None or wanted(item))]
                cursor = changes[-1]["_id"]["_data"] if changes else tail.token
                yield Batch(items, cursor)

    @asynccontextmanager
    async def _tail(self, after: str) -> AsyncIterator[_Tail]:
        async with self._database.client.start_session(causal_consistency=False) as session:
            tail = _Tail(self._database, self._collection, session)
            await tail.open(self._pipeline, after)
            try:
                yield tail
            finally:
                try:
                    async with asyncio.timeout(2):
                        await tail.close()
                except (PyMongoError, TimeoutError) as error:
                    _log.debug("cursor not closed", error=describe(error))

    def _take(self, changes: list[Document], token: str) -> None:
        for change in changes:
            item = self._convert(change)
            if item is not None:
                self._tokens.append(change["_id"]["_data"])
                self._items.append(item)
        if not self._tokens and not changes:
            # Nothing is in memory: its beginning may move on with the stream.
            self._begin = token
        self._cursor = token
        if len(self._tokens) > 2 * self._memory:
            cut = len(self._tokens) - self._memory
            self._begin = self._tokens[cut - 1]
            del self._tokens[:cut], self._items[:cut]
            self._base += cut
        if changes:
            self._wake()

    async def _wait(self, timeout_s: float) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            async with asyncio.timeout(timeout_s):
                await waiter
        except TimeoutError:
            return
        finally:
            self._waiters.discard(waiter)

    def _wake(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)


def inserted(*fields: str) -> list[Document]:
    """A pipeline that passes insertions, and of each the named fields of the new document."""
    project: dict[str, Any] = {f"fullDocument.{field}": 1 for field in fields}
    return [{"$match": {"operationType": "insert"}}, {"$project": project}]
