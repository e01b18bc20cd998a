"""Following a stream as `protos/conversations/common/v1/stream.proto` tells clients to, for ever."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import grpc

RETRYABLE = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)
"""A stream that ends with one of these is opened again; every other status is final."""

FIRST_HEARTBEAT_MS = 15_000
FIRST_WINDOW_MS = 5_000
"""What holds until the first Hello says otherwise, ms."""


class _StreamEndedError(Exception):
    """The stream ended and is opened again; the words say why."""

    def __init__(self, why: str, wait_ms: float | None = None) -> None:
        super().__init__(why)
        self.wait_ms = wait_ms


async def follow(
    open_stream: Callable[[], Any],
    handle: Callable[[Any], Awaitable[None]],
    lost: Callable[[str], None] = lambda _: None,
) -> None:
    """Opens a stream, hands over each of its messages, and opens it again whenever it is lost.

    Args:
        open_stream: makes the call, with fresh metadata.
        handle: gets each message, Hello, CaughtUp and Reset included.
        lost: is told why a stream was lost, before the wait.

    Raises:
        grpc.aio.AioRpcError: the stream ended with a status that is final.
    """
    pace = _Pace()
    while True:
        try:
            await _one(open_stream(), handle, pace)
        except _StreamEndedError as end:
            lost(str(end))
            wait_ms = random.uniform(0, pace.window_ms) if end.wait_ms is None else end.wait_ms  # noqa: S311 - jitter
        await asyncio.sleep(wait_ms / 1000)


class _Pace:
    """What the last Hello said."""

    heartbeat_ms: float = FIRST_HEARTBEAT_MS
    window_ms: float = FIRST_WINDOW_MS


async def _one(call: Any, handle: Callable[[Any], Awaitable[None]], pace: _Pace) -> None:
    try:
        while True:
            message = await _read(call, pace)
            if message is grpc.aio.EOF:
                raise _StreamEndedError("the stream ended")
            if message.HasField("hello"):
                pace.heartbeat_ms = message.hello.heartbeat_ms
                pace.window_ms = message.hello.retry_window_ms
            await handle(message)
            if message.HasField("reset"):
                raise _StreamEndedError(f"reset: {message.reset.reason}")
            if message.HasField("go_away"):
                raise _StreamEndedError("the replica goes away", message.go_away.reconnect_after_ms)
    finally:
        call.cancel()


async def _read(call: Any, pace: _Pace) -> Any:
    silence_s = 3 * pace.heartbeat_ms / 1000
    try:
        async with asyncio.timeout(silence_s):
            return await call.read()
    except TimeoutError:
        raise _StreamEndedError(f"nothing was heard for {silence_s:.0f} s") from None
    except grpc.aio.AioRpcError as error:
        if error.code() not in RETRYABLE:
            raise
        raise _StreamEndedError(f"{error.code().name}: {error.details()}") from None
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        # grpc.aio raises this, too, for a call that the other side cancelled.
        raise _StreamEndedError("CANCELLED") from None
