"""B5 and B6: badges to many streams, against a bare server that writes the same bytes to each."""

import asyncio
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from conversations.messaging.v1 import messaging_pb2 as pb
from conversations.messaging.v1.messaging_pb2_grpc import MessagingServiceStub
from conversations.unread.v1 import unread_pb2

from bench import stack
from bench.cpu import Meter
from bench.measure import Result
from bench.send import Sender

STREAMS = 1_000
ROUNDS = 8
BACKLOG = 50
FLOOD_S = 3.0


class Streams:
    """Many open streams that count what arrives."""

    def __init__(self, count: Callable[[bytes], int]) -> None:
        self._count = count
        self.received = 0
        self._goal = 0
        self._reached = asyncio.Event()
        self._calls: list[Any] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.size = 0
        self.last = b""

    def open(self, call: Any) -> None:
        """Reads a stream until it is closed."""
        self._calls.append(call)
        self._tasks.append(asyncio.create_task(self._read(call)))

    async def until(self, received: int) -> None:
        """Waits until so much has arrived since the last reset."""
        self._goal = received
        self._reached.clear()
        if self.received < received:
            async with asyncio.timeout(60):
                await self._reached.wait()

    async def close(self) -> None:
        """Closes all streams."""
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read(self, call: Any) -> None:
        while True:
            message = await call.read()
            if message is grpc.aio.EOF:
                return
            self.size = len(message) or self.size
            self.last = message or self.last
            self.received += self._count(message)
            if self._goal and self.received >= self._goal:
                self._reached.set()


async def opened(streams: Streams, count: int, call: Callable[[int], Any]) -> None:
    """Opens many streams, and waits until each has said its first word."""
    for start in range(0, count, 100):
        for number in range(start, start + 100):
            streams.open(call(number))
        await asyncio.sleep(0.05)


async def lockstep(streams: Streams, rounds: int, each: int, publish: Callable[[int], Awaitable[object]]) -> float:
    """Publishes again and again, each time when the last has arrived everywhere; answers arrivals a second."""
    started = time.perf_counter()
    for turn in range(rounds):
        streams.received = 0
        publishing = asyncio.ensure_future(publish(turn))
        await streams.until(each)
        await publishing
    return rounds * each / (time.perf_counter() - started)


def badges(message: bytes) -> int:
    """How many badges a message carries."""
    return len(unread_pb2.WatchBadgesResponse.FromString(message).badges)


class Attached:
    """Attached people of a group, or of many."""

    def __init__(self, running: stack.Stack, messaging: grpc.aio.Channel, unread: grpc.aio.Channel) -> None:
        self._running = running
        self._sender = Sender(running, messaging)
        self._create = MessagingServiceStub(messaging)
        self._watch: Any = unread.unary_stream("/conversations.unread.v1.UnreadService/WatchBadges")
        self.streams = Streams(badges)
        self._names: list[str] = []

    async def attach(self, conversations: int) -> None:
        """Makes the conversations, attaches everybody, and waits until all is quiet."""
        people = [f"person-{number:04}" for number in range(STREAMS)]
        for _ in range(conversations):
            created = await self._create.CreateGroupConversation(
                pb.CreateGroupConversationRequest(client_key=uuid.uuid4().hex, title="bench", members=people),
                metadata=self._running.person("ann"),
            )
            self._names.append(created.conversation.conversation)
        await asyncio.sleep(1 + conversations / 20)
        await opened(
            self.streams, STREAMS, lambda number: self._watch(b"", metadata=self._running.person(people[number]))
        )
        await asyncio.sleep(2)
        # One message each, so that every badge has been shown once.
        self.streams.received = 0
        await self.publish_all(0)
        await self.streams.until(STREAMS * conversations)
        await asyncio.sleep(0.5)

    async def publish_one(self, _turn: int) -> None:
        """Sends one message."""
        await self._sender.send(self._names[0])

    async def publish_all(self, _turn: int) -> None:
        """Sends one message to each conversation."""
        await asyncio.gather(*(self._sender.send(name) for name in self._names))


async def bare_rate(channel: grpc.aio.Channel, body: bytes, runs: int) -> list[float]:
    """Writes a second of the bare server."""
    streams = Streams(lambda message: 1 if message else 0)
    watch: Any = channel.unary_stream("/raw.Raw/Watch")
    call: Any = channel.unary_unary("/raw.Raw/Call")
    await opened(streams, STREAMS, lambda _: watch(b""))
    await asyncio.sleep(1)
    rates = [await lockstep(streams, ROUNDS, STREAMS, lambda _: call(body)) for _ in range(runs + 1)]
    await streams.close()
    return rates[1:]


async def b5(runs: int) -> Result:
    """Badge updates a second of one message to a group of 1,000 attached people, through messaging and unread."""
    return await _fan("B5", "fan-out of one message to 1,000 badge streams : bare writes of the same bytes", 1, runs)


async def b6(runs: int) -> Result:
    """Badge updates a second while 50 conversations of 1,000 attached people get messages without a pause.

    More happens than can be written one by one, so updates pile up at each stream and leave together.
    """
    what = f"badge updates with a backlog, {BACKLOG} busy conversations a stream : bare writes, one an update"
    return await _fan("B6", what, BACKLOG, runs)


async def flood(streams: Streams, seconds: float, publish: Callable[[int], Awaitable[object]]) -> float:
    """Publishes without a pause; answers arrivals a second once a backlog has built up."""

    async def again() -> None:
        turn = 0
        while True:
            await publish(turn)
            turn += 1

    publishing = asyncio.create_task(again())
    await asyncio.sleep(1)
    before, started = streams.received, time.perf_counter()
    await asyncio.sleep(seconds)
    measured = (streams.received - before) / (time.perf_counter() - started)
    publishing.cancel()
    await asyncio.gather(publishing, return_exceptions=True)
    await asyncio.sleep(2)  # what is on its way arrives before the next run
    return measured


async def _fan(name: str, what: str, conversations: int, runs: int) -> Result:
    own: list[float] = []
    raw: list[float] = []
    body = b"x" * 90
    async with stack.running(["messaging", "unread"]) as running:
        async with running.channel("messaging") as messaging, running.channel("unread") as unread:
            attached = Attached(running, messaging, unread)
            await attached.attach(conversations)

            async def ours() -> float:
                if conversations == 1:
                    return await lockstep(attached.streams, ROUNDS, STREAMS, attached.publish_one)
                return await flood(attached.streams, FLOOD_S, attached.publish_all)

            for _ in range(runs):
                async with stack.raw("fanout") as bare:
                    raw += await bare_rate(bare.channel, body, 1)
                own.append(await ours())
            meter = Meter(running.pids)
            rate = await ours()
            seconds = ROUNDS * STREAMS / rate if conversations == 1 else FLOOD_S + 3
            notes: dict[str, object] = {"CPU for one update": meter.per_unit(rate * seconds)}
            await attached.streams.close()
    ratios = [one / other for one, other in zip(own, raw, strict=True)]
    target = 0.85 if conversations == 1 else 5.0
    return Result(
        name,
        what,
        "updates/s",
        statistics.median(own),
        statistics.median(raw),
        statistics.median(ratios),
        ratios,
        target,
        notes=notes,
    )
