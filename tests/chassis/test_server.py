import asyncio
import socket
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from conversations.unread.v1 import unread_pb2, unread_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from local.keys import ISSUER, Issuer
from services.chassis.auth import Identity
from services.chassis.server import LIVENESS, App, Check, Foundation, Server
from services.chassis.settings import ServiceSettings, SettingsError
from tests.chassis.frames import CONTROL
from tests.chassis.house import UNREAD, Handlers, House
from tests.conftest import eventually

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def settings(issuer: Issuer, **more: object) -> ServiceSettings:
    return ServiceSettings.model_validate(
        {"port": 0, "jwks": str(issuer.jwks_file), "issuer": ISSUER, "drain_s": 1.0, "retry_window_ms": 200, **more}
    )


class Service:
    """A running service and a client."""

    def __init__(self, server: Server, foundation: Foundation, handlers: Handlers, closed: list[str]) -> None:
        self.server, self.foundation, self.handlers, self.closed = server, foundation, handlers, closed
        self.checks: dict[str, Check] = {}
        self.channel = grpc.aio.insecure_channel(f"127.0.0.1:{server.port}")
        self.health: Any = health_pb2_grpc.HealthStub(self.channel)
        self.unread = unread_pb2_grpc.UnreadServiceStub(self.channel)

    async def status(self, name: str = "") -> int:
        answer = await self.health.Check(health_pb2.HealthCheckRequest(service=name), timeout=5)
        return int(answer.status)

    async def is_serving(self, *, expected: bool = True) -> bool:
        return (await self.status() == SERVING) is expected


@pytest.fixture
async def service(issuer: Issuer, checks: dict[str, Check]) -> AsyncIterator[Service]:
    foundation = await Foundation.lay(settings(issuer))
    handlers, closed = Handlers(), list[str]()

    async def close(name: str) -> None:
        closed.append(name)
        if name == "first":
            raise RuntimeError("does not close")

    app = App(UNREAD, handlers, checks, closers=(lambda: close("first"), lambda: close("second")))
    server = Server(settings(issuer), foundation, app)
    await server.start()
    service = Service(server, foundation, handlers, closed)
    yield service
    await service.channel.close()
    if not closed:
        await server.stop()


@pytest.fixture
def checks() -> dict[str, Check]:
    return {}


async def test_a_service_is_healthy_while_its_dependencies_are_and_alive_all_the_time(
    checks: dict[str, Check], service: Service
) -> None:
    works = True

    async def store() -> object:
        return works

    checks["store"] = store
    await eventually(service.is_serving)
    assert await service.status(UNREAD.full_name) == SERVING
    works = False
    await eventually(lambda: service.is_serving(expected=False))
    assert await service.status(UNREAD.full_name) == NOT_SERVING
    assert await service.status(LIVENESS) == SERVING
    works = True
    await eventually(service.is_serving)


@pytest.mark.parametrize("failure", ["raises", "hangs"])
async def test_a_check_that_raises_or_hangs_is_a_failed_check(
    checks: dict[str, Check], service: Service, failure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.chassis.server.CHECK_TIMEOUT_S", 0.05)
    await eventually(service.is_serving)

    async def store() -> object:
        if failure == "raises":
            raise ConnectionError
        return await asyncio.Event().wait()

    checks["store"] = store
    await eventually(lambda: service.is_serving(expected=False))


async def test_stopping_says_not_serving_sends_streams_away_and_closes_everything(
    service: Service, issuer: Issuer
) -> None:
    metadata = House.bearer(issuer.person("acme", "ann"))
    opened = 0

    async def watch() -> AsyncIterator[bytes]:
        nonlocal opened
        with service.foundation.streams.open(Identity(tenant="acme", person="ann"), CONTROL) as mailbox:
            opened += 1
            async for message in mailbox.messages():
                yield message

    service.handlers.watch = watch
    streams = [service.unread.WatchBadges(unread_pb2.WatchBadgesRequest(), metadata=metadata) for _ in range(10)]
    ends = [asyncio.create_task(_messages(stream)) for stream in streams]
    await eventually(lambda: opened == 10)
    await eventually(service.is_serving)

    stopping = asyncio.create_task(service.server.stop())
    await eventually(lambda: service.is_serving(expected=False))
    messages = await asyncio.gather(*ends)
    assert all(one[-1].HasField("go_away") for one in messages)
    assert all(one[-1].go_away.reconnect_after_ms <= 200 for one in messages)
    assert [await stream.code() for stream in streams] == [grpc.StatusCode.OK] * 10
    async with asyncio.timeout(5):
        await stopping
    assert service.closed == ["first", "second"], "one that does not close must not keep the others open"
    assert not service.foundation.tasks._tasks


async def _messages(stream: grpc.aio.UnaryStreamCall) -> list[unread_pb2.WatchBadgesResponse]:  # type: ignore[type-arg]
    return [message async for message in stream]


async def test_metrics_are_served_on_their_own_port(issuer: Issuer) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    foundation = await Foundation.lay(settings(issuer))
    server = Server(settings(issuer, metrics_port=port), foundation, App(UNREAD, Handlers()))
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = unread_pb2_grpc.UnreadServiceStub(channel)
        metadata = House.bearer(issuer.person("acme", "ann"))
        await stub.GetBadges(unread_pb2.GetBadgesRequest(), metadata=metadata)
    text = await asyncio.to_thread(_get, f"http://127.0.0.1:{port}/metrics")
    assert 'rpc_calls_total{code="OK",rpc="GetBadges"} 1.0' in text
    await server.stop()
    with pytest.raises(OSError, match="refused"):
        await asyncio.to_thread(_get, f"http://127.0.0.1:{port}/metrics")


def _get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - an address of this test
        return str(answer.read().decode())


@pytest.mark.parametrize("setting", ["port", "metrics_port"])
async def test_a_port_that_is_taken_is_a_clear_line(issuer: Issuer, setting: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        chosen = settings(issuer, **{setting: taken.getsockname()[1]})
        foundation = await Foundation.lay(chosen)
        with pytest.raises(SettingsError, match=f"CONVERSATIONS_{setting.upper()}: .* is it taken"):
            await Server(chosen, foundation, App(UNREAD, Handlers())).start()
        await foundation.tasks.close()


async def test_a_key_set_that_cannot_be_read_is_a_clear_line(issuer: Issuer) -> None:
    issuer.jwks_file.write_text("{}")
    with pytest.raises(SettingsError, match="CONVERSATIONS_JWKS"):
        await Foundation.lay(settings(issuer))
