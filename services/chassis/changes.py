"""A MongoDB change stream, batch by batch, with its resume token."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import OperationFailure, PyMongoError

from services.chassis.memory import BATCH
from services.chassis.mongo import TRANSIENT, Database, Document
from services.chassis.tasks import describe

AWAIT_MS = 1_000
"""How long the server waits for a change before it answers with nothing, ms."""

_FORBIDDEN = frozenset({13, 18})
"""Unauthorized and AuthenticationFailed: wrong, but no fault of the cursor."""

_log = structlog.get_logger(__name__)


class HistoryLostError(Exception):
    """The oplog no longer has this cursor, or the cursor is none of ours."""


class Changes:
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
        """Opens it; sets `token`.

        Raises:
            HistoryLostError: the token is lost, or is none.
        """
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
            if after and error.code not in TRANSIENT | _FORBIDDEN:
                raise HistoryLostError(describe(error)) from error
            raise
        cursor = answer["cursor"]
        self._cursor_id = cursor["id"]
        self._first = cursor["firstBatch"]
        self.token = cursor["postBatchResumeToken"]["_data"]

    async def next(self) -> list[Document]:
        """The next changes; waits at most AWAIT_MS, and may be empty. Moves `token` on.

        Raises:
            HistoryLostError: the oplog has moved on, or the collection was dropped.
        """
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
            if error.code in {136, 280, 286}:
                raise HistoryLostError(describe(error)) from error
            raise
        cursor = answer["cursor"]
        if not cursor["id"]:
            raise HistoryLostError("the change stream was invalidated")
        self.token = cursor["postBatchResumeToken"]["_data"]
        changes: list[Document] = cursor["nextBatch"]
        return changes

    async def close(self) -> None:
        """Frees the server's cursor."""
        if self._cursor_id:
            await self._database.command(
                {"killCursors": self._collection, "cursors": [self._cursor_id]}, session=self._session
            )


@asynccontextmanager
async def open_changes(
    database: Database, collection: str, pipeline: Sequence[Document], after: str
) -> AsyncIterator[Changes]:
    """A change stream after a token, or from now on; closed at the end.

    Raises:
        HistoryLostError: the token is lost, or is none.
    """
    async with database.client.start_session(causal_consistency=False) as session:
        changes = Changes(database, collection, session)
        await changes.open(pipeline, after)
        try:
            yield changes
        finally:
            try:
                async with asyncio.timeout(2):
                    await changes.close()
            except (PyMongoError, TimeoutError) as error:
                _log.debug("cursor not closed", error=describe(error))
