import asyncio
import random
from collections.abc import AsyncIterator

import grpc
from conversations.common.v1 import stream_pb2
from conversations.unread.v1 import unread_pb2
from grpc.aio import Metadata

from local.replay.streams import Stream
from tests.conftest import eventually

Response = unread_pb2.WatchBadgesResponse

HELLO = Response(hello=stream_pb2.Hello(epoch="a", heartbeat_ms=100, retry_window_ms=2))
CAUGHT_UP = Response(caught_up=stream_pb2.CaughtUp())
GO_AWAY = Response(go_away=stream_pb2.GoAway(reconnect_after_ms=3))


class Call:
    """A call that tells these messages and then ends, fails, or goes on in silence."""

    def __init__(self, *messages: Response, end: grpc.StatusCode | None = None) -> None:
        self.messages = messages
        self.end = end
        self.cancelled = False
        self._over = asyncio.Event()

    async def _tell(self) -> AsyncIterator[Response]:
        for message in self.messages:
            yield message
        if self.end is None:
            await self._over.wait()
            raise asyncio.CancelledError
        if self.end is not grpc.StatusCode.OK:
            raise grpc.aio.AioRpcError(self.end, Metadata(), Metadata(), "over")

    def __aiter__(self) -> AsyncIterator[Response]:
        return self._tell()

    def cancel(self) -> bool:
        self.cancelled = True
        self._over.set()
        return True


class Follower:
    """A stream over prepared calls, and what it was told."""

    def __init__(self, *calls: Call) -> None:
        self.calls = list(calls)
        self.opened: list[Call] = []
        self.taken: list[Response] = []
        self.snapshots = 0
        self.stream = Stream("badges of ann", self._open, self.taken.append, self._caught_up, random.Random(1))

    def _open(self) -> Call:
        call = self.calls.pop(0)
        self.opened.append(call)
        return call

    async def _caught_up(self) -> None:
        self.snapshots += 1

    async def run_until(self, calls: int) -> None:
        task = asyncio.create_task(self.stream.run())
        await eventually(lambda: len(self.opened) == calls and self.stream.ready.is_set())
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()


async def test_a_stream_is_ready_when_its_snapshot_is_complete() -> None:
    follower = Follower(Call(HELLO, CAUGHT_UP))
    await follower.run_until(calls=1)
    assert follower.taken == [HELLO, CAUGHT_UP]
    assert follower.snapshots == 1
    assert follower.stream.losses == 0
    assert follower.opened[0].cancelled


async def test_a_lost_stream_is_opened_again() -> None:
    lost = [
        Call(HELLO, CAUGHT_UP, end=code)
        for code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.UNKNOWN)
    ]
    follower = Follower(*lost, Call(HELLO, GO_AWAY, end=grpc.StatusCode.OK), Call(HELLO, CAUGHT_UP))
    await follower.run_until(calls=5)
    assert follower.stream.losses == 4
    assert all(call.cancelled for call in follower.opened)


async def test_a_final_status_ends_the_stream_with_words() -> None:
    follower = Follower(Call(end=grpc.StatusCode.PERMISSION_DENIED))
    await follower.stream.run()
    assert follower.stream.failure == "badges of ann ended with PERMISSION_DENIED: over"
    assert not follower.stream.ready.is_set()


async def test_a_stream_that_falls_silent_is_given_up_and_opened_again() -> None:
    follower = Follower(Call(HELLO, CAUGHT_UP), Call(HELLO, CAUGHT_UP))
    task = asyncio.create_task(follower.stream.run())
    await eventually(follower.stream.ready.is_set)
    now = asyncio.get_running_loop().time()
    follower.stream.watch(now + 0.1)
    assert not follower.opened[0].cancelled
    follower.stream.watch(now + 0.4)
    await eventually(lambda: len(follower.opened) == 2)
    assert follower.stream.losses == 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
