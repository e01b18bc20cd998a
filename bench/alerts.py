"""Alerts a second through the whole notifier on one core: messages in, banners out to 1,000 attached people.

MongoDB, the load, and what stands for the other services are on another core. The baseline does what nobody can do
without: it inserts a document of the same size for each message, and then writes the same bytes to each stream.
"""

import asyncio
import os
import statistics
from typing import Any

from conversations.notifier.v1 import notifier_pb2 as pb
from pymongo import AsyncMongoClient

from bench import stack
from bench.cores import kept_to
from bench.cpu import Meter
from bench.fan import Streams, lockstep, opened
from bench.measure import Result
from bench.others import Others
from services.chassis.clock import system_clock

PEOPLE = 1_000
CONVERSATIONS = 10
ROUNDS = 4
CLIENT = "laptop"
TENANT = "bench"
TEXT = "The slab on level 3 was poured this morning; the cylinders go to the lab at noon, results on Friday."


async def alerts(runs: int) -> Result:
    """Alerts a second; a round is one message to each of some conversations of everybody."""
    people = [f"person-{number:04}" for number in range(PEOPLE)]
    names = ["g_" + "a" * 25 + letter for letter in "abcdefghij"[:CONVERSATIONS]]
    others = Others(TENANT, people, CLIENT)
    own: list[float] = []
    raw: list[float] = []
    # Each message by itself: what a burst would save is not what is measured.
    async with stack.running(["notifier"], {"CONVERSATIONS_BURST_MS": "0"}, others.beside, core=0) as running:
        async with running.channel("notifier") as channel:
            streams = Streams(_banners)
            watch: Any = channel.unary_stream("/conversations.notifier.v1.NotifierService/WatchBanners")
            request = pb.WatchBannersRequest(client=CLIENT).SerializeToString()
            await opened(streams, PEOPLE, lambda number: watch(request, metadata=running.person(people[number])))
            await streams.until(PEOPLE)
            while not others.fed:
                await asyncio.sleep(0.1)

            async def publish(_turn: int) -> None:
                for name in names:
                    others.send(name, TEXT, system_clock())

            async def ours() -> float:
                return await lockstep(streams, ROUNDS, PEOPLE * CONVERSATIONS, publish)

            await ours()
            size = await _document_size(running)
            banner = streams.size // max(1, _banners(streams.last))
            for _ in range(runs):
                with kept_to(0):
                    starting = stack.raw("announce", running.mongodb)
                    bare = await starting.__aenter__()
                try:
                    raw.append(await _bare(bare, size, banner))
                finally:
                    await starting.__aexit__(None, None, None)
                own.append(await ours())
            meter = Meter(running.pids)
            await ours()
            cpu = meter.per_unit(ROUNDS * PEOPLE * CONVERSATIONS)
            await streams.close()
    ratios = [one / other for one, other in zip(own, raw, strict=True)]
    return Result(
        "alerts",
        f"alerts of the whole notifier to {PEOPLE:,} attached people, {CONVERSATIONS} messages at once : raw inserts, "
        "and bare writes of the same bytes, one an alert",
        "alerts/s",
        statistics.median(own),
        statistics.median(raw),
        statistics.median(ratios),
        ratios,
        None,
        notes={
            "CPU for one alert": cpu,
            "messages/s": f"{statistics.median(own) / PEOPLE:.1f}",
            "bytes": {"of the alert's document": size, "of a banner": banner},
            "cores": f"{os.cpu_count()}, the notifier and the bare server on one, everything else on the next",
        },
    )


async def _bare(bare: stack.Raw, size: int, banner: int) -> float:
    streams = Streams(lambda _: 1)
    watch: Any = bare.channel.unary_stream("/raw.Raw/Watch")
    call: Any = bare.channel.unary_unary("/raw.Raw/Call")
    body = f"{size}\n".encode() + b"x" * banner

    async def publish(_turn: int) -> None:
        await asyncio.gather(*(call(body) for _ in range(CONVERSATIONS)))

    await opened(streams, PEOPLE, lambda _: watch(b""))
    await streams.until(PEOPLE)
    await lockstep(streams, 2, PEOPLE * CONVERSATIONS, publish)
    rate = await lockstep(streams, ROUNDS, PEOPLE * CONVERSATIONS, publish)
    await streams.close()
    return rate


async def _document_size(running: stack.Stack) -> int:
    """How many bytes the alert of one message has."""
    async with AsyncMongoClient[dict[str, Any]](running.mongodb) as client:
        size = {"$avg": {"$bsonSize": "$$ROOT"}}
        pipeline: list[dict[str, Any]] = [{"$limit": 100}, {"$group": {"_id": None, "size": size}}]
        async for row in await client["notifier"]["alerts"].aggregate(pipeline):
            return int(row["size"])
    return 0


def _banners(message: bytes) -> int:
    """How many banners a message carries; that a stream is open counts as one."""
    response = pb.WatchBannersResponse.FromString(message)
    return len(response.banners) + response.HasField("caught_up")
