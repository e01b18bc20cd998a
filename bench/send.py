"""B3 and B4: sending through the whole service."""

import asyncio
import itertools
import os
import statistics
import uuid
from typing import Any

import grpc
from conversations.messaging.v1 import messaging_pb2 as pb
from conversations.messaging.v1.messaging_pb2_grpc import MessagingServiceStub
from conversations.unread.v1 import unread_pb2
from conversations.unread.v1.unread_pb2_grpc import UnreadServiceStub

from bench import stack
from bench.cpu import Meter
from bench.measure import Result, paired, rate, ratio

SENDERS = 64
SECONDS = 2.0
TEXT = "The slab on level 3 was poured this morning; the cylinders go to the lab at noon, results on Friday."


class Sender:
    """Sends to conversations of its own, as one person."""

    def __init__(self, running: stack.Stack, channel: grpc.aio.Channel) -> None:
        self._create = MessagingServiceStub(channel)
        self._send: Any = channel.unary_unary("/conversations.messaging.v1.MessagingService/SendMessage")
        self._metadata = running.person("ann")
        self._keys = itertools.count()

    async def group(self, members: int) -> str:
        """Makes a group with so many members, the sender among them."""
        created = await self._create.CreateGroupConversation(
            pb.CreateGroupConversationRequest(
                client_key=uuid.uuid4().hex, title="bench", members=[f"member-{n:04}" for n in range(members - 1)]
            ),
            metadata=self._metadata,
        )
        return created.conversation.conversation

    async def send(self, conversation: str) -> None:
        """Sends one message; request and answer are bytes, as in the baseline."""
        request = pb.SendMessageRequest(conversation=conversation, client_key=f"key-{next(self._keys)}", text=TEXT)
        await self._send(request.SerializeToString(), metadata=self._metadata)


async def b3(runs: int) -> Result:
    """SendMessage calls a second, against a bare unary echo of the same bytes."""
    async with stack.running(["messaging"]) as running, stack.raw("echo") as bare:
        async with running.channel("messaging") as channel:
            sender = Sender(running, channel)
            names = [await sender.group(2) for _ in range(SENDERS)]
            echo: Any = bare.channel.unary_unary("/raw.Raw/Call")

            async def ours() -> float:
                return await rate(SENDERS, SECONDS, lambda worker, _: sender.send(names[worker]))

            async def call(worker: int, turn: int) -> None:
                request = pb.SendMessageRequest(conversation=names[worker], client_key=f"key-{turn}", text=TEXT)
                await echo(request.SerializeToString())

            async def baseline() -> float:
                return await rate(SENDERS, SECONDS, call)

            what = "SendMessage through the whole service : bare grpc.aio unary echo of the same bytes"
            result = await ratio("B3", what, "calls/s", 0.6, ours, baseline, runs)
            whole = Meter(running.pids)
            calls = await ours() * SECONDS
            result.notes["CPU for one send"] = whole.per_unit(calls)
            bare_meter = Meter({"echo server": bare.pid, "load generator": os.getpid()})
            calls = await baseline() * SECONDS
            result.notes["CPU for one echo"] = bare_meter.per_unit(calls)
    return result


async def b4(runs: int) -> Result:
    """The send rate with 2,000 members, against that with 2; unread counts meanwhile, nobody is attached."""
    async with stack.running(["messaging", "unread"]) as running, running.channel("messaging") as channel:
        async with running.channel("unread") as counting:
            sender = Sender(running, channel)
            unread = UnreadServiceStub(counting)

            async def run(members: int) -> float:
                names = [await sender.group(members) for _ in range(4)]
                await _counted(unread, running)
                return await rate(SENDERS, SECONDS, lambda worker, _: sender.send(names[worker % 4]))

            own, raw = await paired(lambda: run(2000), lambda: run(2), runs)
    ratios = [one / other for one, other in zip(own, raw, strict=True)]
    return Result(
        "B4",
        "send rate with 2,000 members : with 2 (messaging and unread running)",
        "messages/s",
        statistics.median(own),
        statistics.median(raw),
        statistics.median(ratios),
        ratios,
        0.9,
    )


async def _counted(unread: UnreadServiceStub, running: stack.Stack) -> None:
    """Waits until unread has counted what was sent, so that no run carries the last one's backlog."""
    metadata = running.person("member-0000")
    last = -1
    while True:
        answer: Any = await unread.GetBadges(unread_pb2.GetBadgesRequest(), metadata=metadata)  # type: ignore[misc]
        if answer.total.unread == last:
            return
        last = answer.total.unread
        await asyncio.sleep(0.5)
