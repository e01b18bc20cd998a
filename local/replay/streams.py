"""One stream to a client, kept open as the contract says: hello, snapshot, caught up, updates, and back again."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol

import grpc

REOPENED = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)
"""The ends after which a stream is opened again; every other one is final (see `stream.proto`)."""


class Call(Protocol):
    """What is needed of a gRPC call."""

    def __aiter__(self) -> AsyncIterator[Any]:
        """Its messages."""

    def cancel(self) -> bool:
        """Ends it."""


class Stream:
    """A stream that is opened again whenever it ends.

    Args:
        name: for words.
        opener: makes the call.
        take: is given every message.
        caught_up: is awaited whenever a snapshot is complete.
        rng: draws the waits.

    Attributes:
        ready: set once the first snapshot was complete.
        losses: how often it was lost or told to reconnect.
        failure: the final status, if there was one.
    """

    def __init__(
        self,
        name: str,
        opener: Callable[[], Call],
        take: Callable[[Any], None],
        caught_up: Callable[[], Awaitable[None]],
        rng: random.Random,
    ) -> None:
        self.name = name
        self.ready = asyncio.Event()
        self.losses = 0
        self.failure = ""
        self._open = opener
        self._take = take
        self._caught_up = caught_up
        self._rng = rng
        self._call: Call | None = None
        self._heard = 0.0
        self._silence_s = 45.0
        self._window_ms = 1_000

    async def run(self) -> None:
        """Follows the stream until it is cancelled or ends for good."""
        while True:
            wait_ms = await self._once()
            if self.failure:
                return
            self.losses += 1
            await asyncio.sleep(wait_ms / 1000)

    def watch(self, now: float) -> None:
        """Gives the call up if nothing has come for three heartbeats; `now` by the loop's clock."""
        if self._call is not None and now - self._heard > self._silence_s:
            self.reopen()

    def reopen(self) -> None:
        """Gives the call up; it is opened again."""
        if self._call is not None:
            self._call.cancel()

    async def _once(self) -> float:
        """One call from its start to its end; answers how long to wait before the next, ms."""
        loop = asyncio.get_running_loop()
        self._heard = loop.time()
        call = self._call = self._open()
        wait_ms: float | None = None
        try:
            async for response in call:
                self._heard = loop.time()
                if response.HasField("hello"):
                    self._silence_s = 3 * response.hello.heartbeat_ms / 1000
                    self._window_ms = response.hello.retry_window_ms
                self._take(response)
                if response.HasField("caught_up"):
                    await self._caught_up()
                    self.ready.set()
                if response.HasField("go_away"):
                    wait_ms = response.go_away.reconnect_after_ms
        except grpc.aio.AioRpcError as error:
            if error.code() not in REOPENED:
                self.failure = f"{self.name} ended with {error.code().name}: {error.details()}"
        except asyncio.CancelledError:
            # A call that was given up raises the same as the end of this task.
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
        finally:
            self._call = None
            call.cancel()
        return self._rng.uniform(0, self._window_ms) if wait_ms is None else wait_ms
