import asyncio
from collections.abc import AsyncGenerator

import grpc
import pytest
from conversations.unread.v1 import unread_pb2

from services.chassis.auth import Identity
from services.chassis.errors import Fault
from services.chassis.streams import Mailbox, Streams
from tests.chassis.frames import CONTROL, Response, badge
from tests.chassis.leaps import leaping
from tests.conftest import eventually

ANN = Identity(tenant="acme", person="ann")


def streams(heartbeat_ms: int = 15_000, per_person: int = 3, unlimited: frozenset[str] = frozenset()) -> Streams:
    return Streams("epoch", heartbeat_ms, 1_000, per_person, unlimited)


async def test_a_person_may_have_only_so_many_streams_and_others_are_not_concerned() -> None:
    house = streams(per_person=2)
    with house.open(ANN, CONTROL), house.open(ANN, CONTROL):
        with pytest.raises(Fault) as caught:
            house.open(ANN, CONTROL)
        assert caught.value.code == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert caught.value.retry_after_ms == 1_000
        for other in (Identity(tenant="acme", person="bob"), Identity(tenant="other", person="ann")):
            with house.open(other, CONTROL):
                assert len(house) == 3
    with house.open(ANN, CONTROL):
        assert len(house) == 1
    assert len(house) == 0
    assert not house._persons, "who has no stream must not be remembered"


async def test_services_and_exempt_actors_may_open_more() -> None:
    house = streams(per_person=1, unlimited=frozenset({"replay"}))
    replay = Identity(tenant="acme", person="ann", actor="replay")
    other = Identity(tenant="acme", person="bob", actor="other")
    service = Identity(service="unread")
    with house.open(replay, CONTROL), house.open(replay, CONTROL):
        assert len(house) == 2
    with house.open(service, CONTROL), house.open(service, CONTROL):
        assert len(house) == 2
    with house.open(other, CONTROL), pytest.raises(Fault):
        house.open(other, CONTROL)


@leaping
async def test_only_quiet_streams_get_heartbeats() -> None:
    house = streams(heartbeat_ms=400)
    beating = asyncio.create_task(house.beat())
    got: dict[str, list[unread_pb2.WatchBadgesResponse]] = {"quiet": [], "busy": []}

    async def read(name: str, box: Mailbox) -> None:
        async for raw in box.messages():
            got[name].append(Response.FromString(raw))

    with house.open(ANN, CONTROL) as quiet, house.open(ANN, CONTROL) as busy:
        readers = [asyncio.create_task(read("quiet", quiet)), asyncio.create_task(read("busy", busy))]
        loop = asyncio.get_running_loop()
        begun = loop.time()
        while loop.time() - begun < 1.5:
            busy.put("a", badge("a", 1))
            await asyncio.sleep(0.02)
    await asyncio.gather(*readers)
    beating.cancel()
    assert 3 <= len(got["quiet"]) <= 5
    assert all(message.HasField("heartbeat") for message in got["quiet"])
    assert not any(message.HasField("heartbeat") for message in got["busy"])


@leaping
async def test_a_stream_that_is_not_read_gathers_no_heartbeats() -> None:
    house = streams(heartbeat_ms=100)
    beating = asyncio.create_task(house.beat())
    with house.open(ANN, CONTROL) as box:
        await eventually(lambda: box.waiting == 1)
        await asyncio.sleep(0.3)
        assert box.waiting == 1
    beating.cancel()


@leaping
async def test_a_drain_sends_everybody_away_spread_over_time_and_ends_when_they_have_gone() -> None:
    house = streams(per_person=100)
    waits: list[int] = []
    ended_at: list[float] = []

    async def client(box: Mailbox) -> None:
        messages = [Response.FromString(raw) async for raw in box.messages()]
        waits.append(messages[-1].go_away.reconnect_after_ms)
        ended_at.append(asyncio.get_running_loop().time())

    async def handler() -> None:
        with house.open(ANN, CONTROL) as box:
            await client(box)

    handlers = [asyncio.create_task(handler()) for _ in range(50)]
    await asyncio.sleep(0)
    assert len(house) == 50
    begun = asyncio.get_running_loop().time()
    await house.drain(within_s=1)
    assert len(house) == 0
    await asyncio.gather(*handlers)
    assert asyncio.get_running_loop().time() - begun < 0.9, "nobody was left, so there was nothing to wait for"
    assert max(ended_at) - min(ended_at) > 0.2
    assert max(waits) <= 1_000
    assert len(set(waits)) > 10, "clients must not return at the same instant"
    with pytest.raises(Fault) as caught:
        house.open(ANN, CONTROL)
    assert caught.value.code == grpc.StatusCode.UNAVAILABLE


@leaping
async def test_a_drain_gives_up_on_who_does_not_go() -> None:
    house = streams()
    with house.open(ANN, CONTROL):
        async with asyncio.timeout(2):
            await house.drain(within_s=0.2)
        assert len(house) == 1


async def counting(last: int = 10**9) -> AsyncGenerator[int, None]:
    for number in range(last):
        yield number
        if number:
            await asyncio.sleep(0.01)


@leaping
async def test_a_feed_is_handed_on_until_it_ends() -> None:
    assert [item async for item in streams().while_serving(counting(3))] == [0, 1, 2]


@leaping
async def test_a_feed_is_handed_on_until_the_drain_begins() -> None:
    house = streams()
    items: list[int] = []

    async def follow() -> None:
        items.extend([item async for item in house.while_serving(counting())])

    following = asyncio.create_task(follow())
    await asyncio.sleep(0.05)
    await house.drain(within_s=0.1)
    async with asyncio.timeout(1):
        await following
    assert items == list(range(len(items)))
    assert items
