import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from conversations.unread.v1 import unread_pb2

from services.chassis.doors import Call
from services.chassis.errors import Fault
from tests.chassis.house import House, status_of
from tests.conftest import eventually


async def test_a_stream_that_fails_ends_with_the_faults_status(house: House) -> None:
    async def one_then_fail() -> AsyncIterator[bytes]:
        yield b""
        raise Fault(grpc.StatusCode.NOT_FOUND, "conversation not found")

    house.handlers.watch = one_then_fail
    stream = house.stub.WatchBadges(unread_pb2.WatchBadgesRequest(), metadata=house.person)
    await stream.read()
    code, words, _ = await status_of(stream.read())
    assert (code, words) == (grpc.StatusCode.NOT_FOUND, "conversation not found")


async def test_a_stream_ends_with_ok_when_its_handler_ends(house: House) -> None:
    stream = house.stub.WatchBadges(unread_pb2.WatchBadgesRequest(), metadata=house.person)
    assert [message.total.unread async for message in stream] == [0, 1, 2]
    assert await stream.code() == grpc.StatusCode.OK
    assert house.counted("WatchBadges", "OK") == 1


def rpcs() -> list[str]:
    """The server's calls that are under way."""
    return [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith(("rpc_", "Handle"))]


async def read_on(stream: Any) -> None:
    async with asyncio.timeout(10):
        while await stream.read():
            pass


@pytest.mark.parametrize("then", ["reads on", "goes away"])
async def test_a_stream_whose_reader_is_frozen_is_cut_and_leaves_nothing_behind(house: House, then: str) -> None:
    async def flood() -> AsyncIterator[bytes]:
        message = unread_pb2.WatchBadgesResponse(reset={"reason": "x" * 65_000}).SerializeToString()
        while True:
            yield message

    house.handlers.watch = flood
    stream = house.stub.WatchBadges(unread_pb2.WatchBadgesRequest(), metadata=house.person)
    await stream.read()
    # The client stays connected and answers pings, but reads no more.
    await eventually(lambda: house.handlers.ended == 1, timeout_s=5)
    await eventually(lambda: house.counted("WatchBadges", "UNAVAILABLE") == 1, timeout_s=5)
    if then == "goes away":
        stream.cancel()
    else:
        with pytest.raises(grpc.aio.AioRpcError, match="reads too slowly"):
            await read_on(stream)
    await eventually(lambda: not rpcs(), timeout_s=5)


async def test_a_slow_handler_is_not_a_frozen_reader(house: House) -> None:
    async def slow() -> AsyncIterator[bytes]:
        await asyncio.sleep(1)
        yield b""

    house.handlers.watch = slow
    stream = house.stub.WatchBadges(unread_pb2.WatchBadgesRequest(), metadata=house.person)
    assert len([message async for message in stream]) == 1


async def test_a_cancelled_call_ends_its_handler_and_leaves_no_task_behind(house: House) -> None:
    entered = asyncio.Event()

    async def wait_for_ever(_: Call) -> None:
        entered.set()
        await asyncio.Event().wait()

    async def quiet() -> AsyncIterator[bytes]:
        yield b""
        await asyncio.Event().wait()

    house.handlers.get_badges, house.handlers.watch = wait_for_ever, quiet
    unary = house.stub.GetBadges(unread_pb2.GetBadgesRequest(), metadata=house.person)
    stream = house.stub.WatchBadges(unread_pb2.WatchBadgesRequest(), metadata=house.person)
    await stream.read()
    async with asyncio.timeout(5):
        await entered.wait()
    unary.cancel()
    stream.cancel()
    await eventually(lambda: house.handlers.ended == 1 and not rpcs())
    assert house.counted("GetBadges", "CANCELLED") == house.counted("WatchBadges", "CANCELLED") == 1
