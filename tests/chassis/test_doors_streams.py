import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import grpc
import pytest
from conversations.common.v1 import policy_pb2
from conversations.unread.v1 import unread_pb2
from prometheus_client import CollectorRegistry

from services.chassis.doors import Call, Guard
from services.chassis.errors import Fault
from services.chassis.metrics import RpcMetrics
from tests.chassis.house import House, status_of
from tests.chassis.leaps import LeapingLoop, leaping
from tests.chassis.test_doors import AnyoneIsAService, Bearing
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
    async with asyncio.timeout(30):
        while await stream.read():
            pass


@pytest.mark.parametrize("write_timeout_ms", [400])
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
    await eventually(lambda: house.handlers.ended == 1)
    await eventually(lambda: house.counted("WatchBadges", "UNAVAILABLE") == 1)
    if then == "goes away":
        stream.cancel()
    else:
        with pytest.raises(grpc.aio.AioRpcError, match="reads too slowly"):
            await read_on(stream)
    await eventually(lambda: not rpcs())


@pytest.mark.parametrize("write_timeout_ms", [400])
async def test_a_slow_handler_is_not_a_frozen_reader(house: House) -> None:
    async def slow() -> AsyncIterator[bytes]:
        await asyncio.sleep(1)
        yield b""

    house.handlers.watch = slow
    stream = house.stub.WatchBadges(unread_pb2.WatchBadgesRequest(), metadata=house.person)
    assert len([message async for message in stream]) == 1


class EndedError(Exception):
    """gRPC ends a call with a status by raising in its handler."""


class Reader(Bearing):
    """Takes what is written; the whole process stands still for so long before it hears of that."""

    def __init__(self, stands_still_s: float = 0, *, frozen: bool = False) -> None:
        self.stands_still_s = stands_still_s
        self.frozen = frozen
        self.taken: list[bytes] = []

    async def write(self, message: bytes) -> None:
        if self.frozen:
            await asyncio.Event().wait()
        loop = asyncio.get_running_loop()
        assert isinstance(loop, LeapingLoop)
        taken = loop.create_future()
        loop.call_later(0.01, taken.set_result, None)
        loop.call_soon(loop.stand_still, self.stands_still_s)
        await taken
        self.taken.append(message)

    async def abort_with_status(self, status: Any) -> Any:
        raise EndedError(status.details)


async def written_to(reader: Reader) -> None:
    """Three messages are written to a reader, by a door that waits 10 s for each."""

    async def three(_request: Any, _call: Call) -> AsyncGenerator[bytes, None]:
        for message in (b"1", b"2", b"3"):
            yield message

    guard = Guard(AnyoneIsAService(), RpcMetrics(CollectorRegistry()), write_timeout_ms=10_000)  # type: ignore[arg-type]
    parse = unread_pb2.StreamReadsRequest.FromString
    await guard._stream("StreamReads", policy_pb2.POLICY_SERVICE, parse, three)(b"", reader)  # type: ignore[arg-type]


@leaping
async def test_who_reads_is_not_cut_because_the_process_has_stood_still() -> None:
    for stands_still_s in (1, 9, 11, 16, 100):
        await written_to(reader := Reader(stands_still_s))
        assert reader.taken == [b"1", b"2", b"3"]


@leaping
async def test_who_does_not_read_is_cut_soon_after_the_time_for_a_write() -> None:
    with pytest.raises(EndedError, match="reads too slowly"):
        await written_to(Reader(frozen=True))
    assert 10 <= asyncio.get_running_loop().time() <= 16


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
    async with asyncio.timeout(30):
        await entered.wait()
    unary.cancel()
    stream.cancel()
    await eventually(lambda: house.handlers.ended == 1 and not rpcs())
    assert house.counted("GetBadges", "CANCELLED") == house.counted("WatchBadges", "CANCELLED") == 1
