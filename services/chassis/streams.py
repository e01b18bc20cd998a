"""Streams to clients: bounded mailboxes that conflate, heartbeats, limits, and an orderly drain.

A mailbox holds *frames*: serialised parts of one response message. Protobuf merges what is concatenated, so all
frames that pile up while a write is under way leave as one message, at the cost of one write.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Hashable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

import grpc
from conversations.common.v1 import stream_pb2
from google.protobuf.message import Message

from services.chassis.auth import Identity
from services.chassis.errors import Fault
from services.chassis.tasks import end

T = TypeVar("T")

WRITE_BYTES = 1 << 20
"""About how many bytes of frames leave in one message; clients take 4 MiB (gRPC's default)."""


@dataclass(frozen=True, slots=True)
class ControlFrames:
    """The frames that every stream of one RPC shares, serialised once.

    Attributes:
        heartbeat: tells that the stream is alive.
        overflow: tells the client to open the stream again from the start.
        go_away: makes the frame that asks to reconnect after so many ms.
    """

    heartbeat: bytes
    overflow: bytes
    go_away: Callable[[int], bytes]

    @classmethod
    def of(cls, response: Callable[..., Message]) -> "ControlFrames":
        """The frames of a response type with the stream protocol's fields `heartbeat`, `reset` and `go_away`."""
        return cls(
            heartbeat=response(heartbeat=stream_pb2.Heartbeat()).SerializeToString(),
            overflow=response(reset=stream_pb2.Reset(reason="mailbox overflow")).SerializeToString(),
            go_away=lambda ms: response(go_away=stream_pb2.GoAway(reconnect_after_ms=ms)).SerializeToString(),
        )


class Mailbox:
    """What waits to be written to one stream.

    Args:
        control: the RPC's control frames.
        capacity: how many frames may wait; one more turns into an overflow frame and the end of the stream.
    """

    def __init__(self, control: ControlFrames, capacity: int) -> None:
        self._control = control
        self._capacity = capacity
        self._frames: dict[Hashable, bytes] = {}
        self._size = 0
        self._last: bytes | None = None
        self._closed = False
        self._waiter: asyncio.Future[None] | None = None
        self.quiet_since = 0.0

    @property
    def waiting(self) -> int:
        """How many frames wait."""
        return len(self._frames)

    def put(self, key: Hashable, frame: bytes) -> None:
        """Adds a frame; one of the same key that still waits is replaced where it stands."""
        if self._closed:
            return
        frames = self._frames
        replaced = frames.get(key)
        if replaced is not None:
            self._size -= len(replaced)
        elif len(frames) >= self._capacity:
            self.close(self._control.overflow, drop=True)
            return
        frames[key] = frame
        self._size += len(frame)
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def append(self, frame: bytes) -> None:
        """Adds a frame that replaces nothing and that must not be lost."""
        # A key that no caller can have.
        self.put(object(), frame)

    def heartbeat(self) -> None:
        """Adds a heartbeat, unless something waits already."""
        if not self._frames and not self._closed:
            self.append(self._control.heartbeat)

    def go_away(self, reconnect_after_ms: int) -> None:
        """Ends the stream, after what waits, with the request to reconnect."""
        self.close(self._control.go_away(reconnect_after_ms))

    def close(self, last: bytes | None = None, *, drop: bool = False) -> None:
        """Ends the stream, after what waits (or, with `drop`, instead of it), with the frame `last`."""
        if self._closed:
            return
        self._closed = True
        self._last = last
        if drop:
            self._frames.clear()
            self._size = 0
        self._wake()

    async def take(self) -> bytes | None:
        """Waits for frames and takes them, joined; None at the end of the stream."""
        while not self._frames:
            if self._closed:
                last, self._last = self._last, None
                return last
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        frames = self._frames
        if self._size <= WRITE_BYTES or len(frames) == 1:
            self._frames, self._size = {}, 0
            return b"".join(frames.values())
        size, keys = 0, []
        for key, frame in frames.items():
            size += len(frame)
            keys.append(key)
            if size >= WRITE_BYTES:
                break
        self._size -= size
        return b"".join([frames.pop(key) for key in keys])

    async def messages(self) -> AsyncIterator[bytes]:
        """Everything that is to be written, until the end of the stream."""
        loop = asyncio.get_running_loop()
        while (message := await self.take()) is not None:
            yield message
            self.quiet_since = loop.time()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Streams:
    """All open streams of one replica.

    Args:
        epoch: the name of this run of the replica.
        heartbeat_ms: interval of heartbeats.
        retry_window_ms: the clients' reconnect window.
        per_person: how many streams one person may have open here.
        unlimited_actors: services whose delegated tokens are exempt.
    """

    def __init__(
        self,
        epoch: str,
        heartbeat_ms: int,
        retry_window_ms: int,
        per_person: int,
        unlimited_actors: frozenset[str] = frozenset(),
    ) -> None:
        self.epoch = epoch
        self.heartbeat_ms = heartbeat_ms
        self.retry_window_ms = retry_window_ms
        self._per_person = per_person
        self._unlimited = unlimited_actors
        self._open: set[Mailbox] = set()
        self._persons: Counter[tuple[str, str]] = Counter()
        self._draining = False
        self._drained = asyncio.Event()

    def __len__(self) -> int:
        return len(self._open)

    def hello(self) -> stream_pb2.Hello:
        """The first message of every stream."""
        return stream_pb2.Hello(epoch=self.epoch, heartbeat_ms=self.heartbeat_ms, retry_window_ms=self.retry_window_ms)

    def open(self, identity: Identity, control: ControlFrames, capacity: int = 10_000) -> "OpenStream":
        """Opens a stream for a caller; use it as a context manager that gives its mailbox.

        Raises:
            Fault: RESOURCE_EXHAUSTED, too many streams of this person; UNAVAILABLE, the replica is draining.
        """
        if self._draining:
            raise Fault(grpc.StatusCode.UNAVAILABLE, "the service is about to stop; connect again")
        person = (identity.tenant, identity.person)
        limited = bool(identity.person) and identity.actor not in self._unlimited
        if limited and self._persons[person] >= self._per_person:
            raise Fault(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                f"more than {self._per_person} streams of this person are open",
                retry_after_ms=self.retry_window_ms,
            )
        return OpenStream(self, person, Mailbox(control, capacity))

    def add(self, person: tuple[str, str], mailbox: Mailbox) -> None:
        """Counts a stream in."""
        mailbox.quiet_since = asyncio.get_running_loop().time()
        self._open.add(mailbox)
        self._persons[person] += 1

    def remove(self, person: tuple[str, str], mailbox: Mailbox) -> None:
        """Counts a stream out."""
        self._open.discard(mailbox)
        self._persons[person] -= 1
        if self._persons[person] <= 0:
            del self._persons[person]

    async def beat(self) -> None:
        """Sends heartbeats on quiet streams, for ever."""
        interval = self.heartbeat_ms / 1000
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(interval / 4)
            due = loop.time() - interval * 0.75
            for mailbox in tuple(self._open):
                if mailbox.quiet_since <= due:
                    mailbox.heartbeat()

    async def while_serving(self, items: AsyncGenerator[T, None]) -> AsyncIterator[T]:
        """The items of a feed, until they end or the drain begins."""
        drained = asyncio.ensure_future(self._drained.wait())
        try:
            async with aclosing(items):
                while not drained.done():
                    following = asyncio.ensure_future(anext(items))
                    try:
                        await asyncio.wait({following, drained}, return_when=asyncio.FIRST_COMPLETED)
                    finally:
                        await end(following)
                    if following.cancelled():
                        return
                    try:
                        item = following.result()
                    except StopAsyncIteration:
                        return
                    yield item
        finally:
            drained.cancel()

    async def drain(self, within_s: float) -> None:
        """Asks every client to go elsewhere, spread over the time, and waits until they have gone."""
        self._draining = True
        self._drained.set()
        loop = asyncio.get_running_loop()
        spread = within_s / 2
        for mailbox in tuple(self._open):
            wait = random.uniform(0, self.retry_window_ms)  # noqa: S311 - jitter, not a secret
            loop.call_later(
                random.uniform(0, spread),  # noqa: S311
                mailbox.go_away,
                int(wait),
            )
        end = loop.time() + within_s
        while self._open and loop.time() < end:
            await asyncio.sleep(0.02)


class OpenStream:
    """One stream while it is open."""

    def __init__(self, streams: Streams, person: tuple[str, str], mailbox: Mailbox) -> None:
        self._streams = streams
        self._person = person
        self._mailbox = mailbox

    def __enter__(self) -> Mailbox:
        self._streams.add(self._person, self._mailbox)
        return self._mailbox

    def __exit__(self, *_: object) -> None:
        self._streams.remove(self._person, self._mailbox)
        self._mailbox.close(drop=True)
