"""Background tasks that are never forgotten and never fail in silence."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import grpc
import structlog
from pymongo.errors import OperationFailure

_log = structlog.get_logger(__name__)


CANCEL_AGAIN_S = 3.0
"""A task that has not ended by so long after it was cancelled is cancelled again, s; longer than any cleanup takes."""


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancels tasks until they have ended, and leaves their results where they are.

    To cancel once is not enough: until Python 3.12 `asyncio.wait_for`, through which the MongoDB driver writes, loses a
    cancellation that comes in the instant in which it succeeds (CPython issue 86296).
    """
    interrupted: asyncio.CancelledError | None = None
    while waiting := [task for task in tasks if not task.done()]:
        for task in waiting:
            task.cancel()
        try:
            await asyncio.wait(waiting, timeout=CANCEL_AGAIN_S)
        except asyncio.CancelledError as error:
            interrupted = error
    if interrupted is not None:
        raise interrupted


class Tasks:
    """The background tasks of one service; ends them all when it is closed."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, name: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Runs `work` until it returns, fails (which is logged) or the service ends."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def forever(self, name: str, work: Callable[[], Awaitable[Any]], pause_s: float = 1.0) -> None:
        """Runs `work` again whenever it ends or fails, after a pause, until the service ends."""
        self.start(name, self._again(name, work, pause_s))

    async def close(self) -> None:
        """Cancels every task and waits for its end."""
        await end(*self._tasks)

    async def _again(self, name: str, work: Callable[[], Awaitable[Any]], pause_s: float) -> None:
        while True:
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - whatever it was, the work must go on
                _log.warning("task failed, runs again", task=name, error=describe(error))
            await asyncio.sleep(pause_s)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("task failed", task=task.get_name(), error=describe(error))


def describe(error: BaseException) -> str:
    """An error for the log: its type and its first line, cut at 300 characters.

    Of an error of the database only the code: its words may quote documents, and with them what people wrote.
    """
    if isinstance(error, OperationFailure):
        codes = {error.code, *(entry.get("code") for entry in (error.details or {}).get("writeErrors", ()))}
        return f"{type(error).__name__}: code {', '.join(str(code) for code in codes if code is not None)}"
    if isinstance(error, grpc.aio.AioRpcError):
        # Its own words begin with a line that says nothing.
        return f"{error.code().name}: {(error.details() or '')[:300]}"
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:300] if text else ''}"
