import asyncio
import random
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import grpc
import pytest
from conversations.messaging.v1 import messaging_pb2
from grpc.aio import Metadata

from local.replay import drive
from local.replay.drive import Driver
from local.replay.input import Line, Plan, Room
from local.replay.latency import BadgeDelay
from local.replay.wire import Wire, each, repeat

Request = messaging_pb2.SendMessageRequest
Response = messaging_pb2.SendMessageResponse


def status(code: grpc.StatusCode) -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(code, Metadata(), Metadata(), "as the test wants it")


class Messaging:
    """A conversation service in memory that fails as it is told to."""

    def __init__(self, fail: Callable[[Request, int], grpc.StatusCode | None] = lambda *_: None) -> None:
        self.fail = fail
        self.logs: dict[str, list[tuple[str, str]]] = {}
        self.calls = 0
        self.under_way: list[str] = []
        self.most_under_way = 0

    async def send(self, request: Request, *, metadata: str, timeout: float) -> Response:  # noqa: ASYNC109
        self.calls += 1
        assert request.conversation not in self.under_way, "two sends of one room at a time"
        self.under_way.append(request.conversation)
        self.most_under_way = max(self.most_under_way, len(self.under_way))
        try:
            await asyncio.sleep(0.001)
            code = self.fail(request, self.calls)
            if code is not None:
                raise status(code)
            log = self.logs.setdefault(request.conversation, [])
            if (request.client_key, metadata) not in log:
                log.append((request.client_key, metadata))
            return Response(number=log.index((request.client_key, metadata)) + 1)
        finally:
            self.under_way.remove(request.conversation)

    def wire(self) -> Wire:
        fake = SimpleNamespace(messaging=SimpleNamespace(SendMessage=self.send), person=lambda person: person)
        return cast("Wire", fake)


def plan(rooms: int, lines: int) -> Plan:
    made = [
        Room(
            f"room {order}",
            ["ann", "bob"],
            [Line(order * lines + turn, ("ann", "bob")[turn % 2], f"text {turn}") for turn in range(lines)],
        )
        for order in range(rooms)
    ]
    return Plan(tuple(made), ("ann", "bob"), 0)


def driver_of(messaging: Messaging, of: Plan, rate: float = 0) -> Driver:
    names = [f"g_{order}" for order in range(len(of.rooms))]
    return Driver(messaging.wire(), of, names, BadgeDelay(len(of.rooms)), rate)


async def test_rooms_go_side_by_side_and_each_in_order() -> None:
    messaging = Messaging()
    chat = plan(rooms=6, lines=20)
    driver = driver_of(messaging, chat)
    await driver.run()
    assert driver.sent == 120
    assert messaging.most_under_way == 6
    for order, room in enumerate(chat.rooms):
        assert messaging.logs[f"g_{order}"] == [(line.client_key, line.sender) for line in room.lines]
        assert [told.number for told in driver.ledgers[order].told] == list(range(1, 21))


@pytest.mark.parametrize(
    "code",
    [
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNKNOWN,
    ],
)
async def test_a_send_of_unknown_outcome_is_repeated_with_its_key(code: grpc.StatusCode) -> None:
    messaging = Messaging(lambda _, call: code if call % 3 == 1 else None)
    chat = plan(rooms=2, lines=10)
    driver = driver_of(messaging, chat)
    await driver.run()
    assert driver.failed == 0
    assert driver.retries == messaging.calls - 20 > 0
    assert [told.client_key for told in driver.ledgers[1].told] == [line.client_key for line in chat.rooms[1].lines]


async def test_a_refused_send_is_a_failure_and_the_rest_goes_on() -> None:
    messaging = Messaging(
        lambda request, _: grpc.StatusCode.INVALID_ARGUMENT if request.client_key == "line-4" else None
    )
    driver = driver_of(messaging, plan(rooms=1, lines=10))
    await driver.run()
    assert (driver.failed, driver.sent) == (1, 9)
    assert driver.failures == ["room 0, line 4: INVALID_ARGUMENT: as the test wants it"]
    assert [told.client_key for told in driver.ledgers[0].told][3:5] == ["line-3", "line-5"]


async def test_a_limit_of_the_service_is_a_failure_because_the_replay_has_none() -> None:
    messaging = Messaging(lambda *_: grpc.StatusCode.RESOURCE_EXHAUSTED)
    driver = driver_of(messaging, plan(rooms=1, lines=1))
    await driver.run()
    assert driver.failed == 1


async def test_after_many_failures_the_rest_is_not_tried() -> None:
    messaging = Messaging(lambda *_: grpc.StatusCode.PERMISSION_DENIED)
    driver = driver_of(messaging, plan(rooms=2, lines=100))
    await driver.run()
    assert driver.failed < drive.MOST_FAILURES + 2
    assert messaging.calls == driver.failed


async def test_a_rate_is_kept() -> None:
    driver = driver_of(Messaging(), plan(rooms=10, lines=3), rate=200)
    began = time.perf_counter()
    await driver.run()
    assert time.perf_counter() - began >= 28 / 200


async def test_a_call_is_given_up_when_its_time_is_over() -> None:
    calls = 0

    async def call() -> None:
        nonlocal calls
        calls += 1
        raise status(grpc.StatusCode.UNAVAILABLE)

    with pytest.raises(grpc.aio.AioRpcError):
        await repeat(call, random.Random(1), give_up_s=0.1)
    assert calls > 1


async def test_work_is_bounded_and_answered_in_order() -> None:
    at_once = most = 0

    async def work(item: int) -> int:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.001 * (item % 3))
        at_once -= 1
        return item * 2

    assert await each(range(20), 4, work) == [item * 2 for item in range(20)]
    assert most == 4
    assert await each([], 4, work) == []
