"""B8: from a send to the badge on another client, against the same chain of raw parts."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
from conversations.messaging.v1 import messaging_pb2 as pb
from conversations.messaging.v1.messaging_pb2_grpc import MessagingServiceStub
from conversations.unread.v1 import unread_pb2
from conversations.unread.v1.unread_pb2_grpc import UnreadServiceStub

from bench import stack
from bench.measure import Result
from bench.send import Sender

PER_SECOND = 100
SECONDS = 4


async def b8(runs: int) -> Result:
    """The median latency at 100 a second."""
    own: list[float] = []
    raw: list[float] = []
    async with stack.running(["messaging", "unread"]) as running:
        async with running.channel("messaging") as messaging, running.channel("unread") as unread:
            ours = await through_services(running, messaging, unread)
            async with stack.raw("source", running.mongodb) as source, stack.raw("relay", source.address) as relay:
                chain = await through_raw(source.channel, relay.channel)
                await chain.measure()
                await ours.measure()
                for _ in range(runs):
                    raw.append(await chain.measure())
                    own.append(await ours.measure())
                chain.close()
            ours.close()
    ratios = [one / other for one, other in zip(own, raw, strict=True)]
    return Result(
        "B8",
        "send to badge, p50 at 100/s : majority insert, change stream and two stream hops, raw",
        "ms",
        statistics.median(own),
        statistics.median(raw),
        statistics.median(ratios),
        ratios,
        1.5,
        at_most=True,
    )


Send = Callable[[int], Awaitable[object]]


class Chain:
    """Sends numbered messages at a steady rate and notes when each arrives.

    Args:
        send: sends one.
        arrivals: the numbers that arrive; a number stands for all before it too.
    """

    def __init__(self, send: Send, arrivals: AsyncIterator[int]) -> None:
        self._send = send
        self._started: dict[int, float] = {}
        self._latencies: list[float] = []
        self._next = 1
        self._reading = asyncio.create_task(self._read(arrivals))

    async def measure(self) -> float:
        """The median latency, ms."""
        self._latencies = []
        loop = asyncio.get_running_loop()
        begin = loop.time()
        sends = []
        for turn in range(PER_SECOND * SECONDS):
            await asyncio.sleep(max(0, begin + turn / PER_SECOND - loop.time()))
            number, self._next = self._next, self._next + 1
            self._started[number] = time.perf_counter()
            sends.append(asyncio.ensure_future(self._send(number)))
        await asyncio.gather(*sends)
        await asyncio.sleep(0.3)
        return statistics.median(self._latencies) * 1000

    def close(self) -> None:
        """Ends the reading."""
        self._reading.cancel()

    async def _read(self, arrivals: AsyncIterator[int]) -> None:
        async for number in arrivals:
            now = time.perf_counter()
            for known in [known for known in self._started if known <= number]:
                self._latencies.append(now - self._started.pop(known))


async def through_services(running: stack.Stack, messaging: grpc.aio.Channel, unread: grpc.aio.Channel) -> Chain:
    """Messaging and unread."""
    sender = Sender(running, messaging)
    created = await MessagingServiceStub(messaging).CreateDirectConversation(
        pb.CreateDirectConversationRequest(person="bob"), metadata=running.person("ann")
    )

    async def badges() -> AsyncIterator[int]:
        watch = UnreadServiceStub(unread).WatchBadges(unread_pb2.WatchBadgesRequest(), metadata=running.person("bob"))
        async for response in watch:
            for badge in response.badges:
                yield badge.number

    chain = Chain(lambda _: sender.send(created.conversation.conversation), badges())
    await asyncio.sleep(1)
    return chain


async def through_raw(source: grpc.aio.Channel, relay: grpc.aio.Channel) -> Chain:
    """An insertion, its change stream, and two streams."""
    insert: Any = source.unary_unary("/raw.Raw/Call")
    watch: Any = relay.unary_stream("/raw.Raw/Watch")

    async def bodies() -> AsyncIterator[int]:
        async for message in watch(b""):
            if message:
                yield int(message[:8])

    chain = Chain(lambda number: insert(b"%08d" % number + b"x" * 200), bodies())
    await asyncio.sleep(1)
    return chain
