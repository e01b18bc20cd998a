"""B7: what an attached, idle badge stream keeps in memory, against a bare idle stream."""

import asyncio
import statistics
import uuid
from collections.abc import Callable
from typing import Any

import grpc
import psutil
from conversations.messaging.v1 import messaging_pb2 as pb
from conversations.messaging.v1.messaging_pb2_grpc import MessagingServiceStub

from bench import stack
from bench.fan import Streams, badges, opened
from bench.measure import Result
from bench.send import Sender
from local.children import Child
from local.health import wait_for_service

STREAMS = 1_000
CONVERSATIONS = 50
WARM = 100
"""So many streams are opened and closed before, so that what is made once is not counted."""

SETTLE_S = 3.0


async def b7(runs: int) -> Result:
    """KB of the unread service's memory for each attached person in 50 conversations; processes anew for each run."""
    own = [await _ours() for _ in range(runs)]
    raw = [await _bare() for _ in range(runs)]
    ratios = [one / other for one, other in zip(own, raw, strict=True)]
    return Result(
        "B7",
        f"memory of an idle badge stream with {CONVERSATIONS} conversations : bare idle stream",
        "KB/stream",
        statistics.median(own),
        statistics.median(raw),
        statistics.median(ratios),
        ratios,
        1.5,
        at_most=True,
        notes={"streams": STREAMS},
    )


async def _ours() -> float:
    people = [f"person-{number:04}" for number in range(STREAMS + WARM)]
    async with (
        stack.running(["messaging", "unread"]) as running,
        running.channel("messaging") as messaging,
        running.channel("unread") as unread,
    ):
        await _talk(running, messaging, people)
        pid = await _begin_again(running)
        watch: Any = unread.unary_stream("/conversations.unread.v1.UnreadService/WatchBadges")
        # The token is made before, and the last people warm up.
        metadata = [running.person(person) for person in people]
        return await _growth(pid, badges, CONVERSATIONS, lambda number: watch(b"", metadata=metadata[number]))


async def _begin_again(running: stack.Stack) -> int:
    """Restarts unread, so that no memory that counting has used and freed is filled by the streams; returns its pid."""
    name = "unread"
    await running.children[name].end(15)
    (part,) = (part for part in running.plan.services() if part.name == name)
    log = running.plan.folder.logs / f"{name}-again.log"
    child = await Child.start(name, part.command, part.environment, log, stack.quiet)
    running.ends.push_async_callback(child.end, 15)
    await wait_for_service(name, child, part.port, stack.START_S)
    await asyncio.sleep(SETTLE_S)
    return child.pid


async def _talk(running: stack.Stack, messaging: grpc.aio.Channel, people: list[str]) -> None:
    """Makes the conversations, with a message that nobody has read in each."""
    create, sender = MessagingServiceStub(messaging), Sender(running, messaging)
    for _ in range(CONVERSATIONS):
        created = await create.CreateGroupConversation(
            pb.CreateGroupConversationRequest(client_key=uuid.uuid4().hex, title="bench", members=people),
            metadata=running.person("ann"),
        )
        await sender.send(created.conversation.conversation)
    await asyncio.sleep(SETTLE_S)


async def _bare() -> float:
    async with stack.raw("fanout") as bare:
        watch: Any = bare.channel.unary_stream("/raw.Raw/Watch")
        return await _growth(bare.pid, lambda _: 1, 1, lambda _: watch(b""))


async def _growth(pid: int, count: Callable[[bytes], int], each: int, call: Callable[[int], Any]) -> float:
    """KB by which a process grows for each stream that is opened and has received `each`."""
    process = psutil.Process(pid)
    warm = Streams(count)
    await opened(warm, WARM, lambda number: call(STREAMS + number))
    await warm.until(WARM * each)
    await asyncio.sleep(SETTLE_S)
    await warm.close()
    await asyncio.sleep(1)
    before = process.memory_info().rss
    streams = Streams(count)
    await opened(streams, STREAMS, call)
    await streams.until(STREAMS * each)
    await asyncio.sleep(SETTLE_S)
    after = process.memory_info().rss
    await streams.close()
    return (after - before) / STREAMS / 1024
