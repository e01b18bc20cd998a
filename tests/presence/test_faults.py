"""Replicas that are killed, and a Valkey that freezes or dies."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import redis.asyncio
from conversations.presence.v1 import presence_pb2 as pb
from conversations.presence.v1.presence_pb2_grpc import PresenceServiceStub
from grpc_health.v1 import health_pb2, health_pb2_grpc

from local import databases
from local.keys import Issuer
from services.presence.app import build
from services.presence.keeper import Attachment
from services.presence.statuses import Status
from tests.conftest import eventually
from tests.harness import Running, as_person, as_service, common, running
from tests.presence.test_service import attached, locate, report, rest, settings, status, unavailable_within
from tests.presence.test_streams import reading

if TYPE_CHECKING:
    from conversations.presence.v1.presence_pb2_grpc import PresenceServiceAsyncStub

LEASE_MS = 1_500


class OwnValkey:
    """A Valkey that the test may stop, kill and start again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = databases.free_port()
        self.url = databases.valkey_url(self._port)
        self.start()

    def start(self) -> None:
        command = databases.valkey_command(self._folder, self._port)
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        databases.wait_for_port(self.process, "valkey", self._port)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=20)

    async def flush(self) -> None:
        async with redis.asyncio.Redis.from_url(self.url) as client:
            await client.flushall()

    async def restart(self) -> None:
        self.kill()
        await asyncio.sleep(0.5)
        self.start()


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[OwnValkey]:
    server = OwnValkey(tmp_path)
    yield server
    server.kill()


def start_replica(values: dict[str, Any], log: Path) -> "subprocess.Popen[bytes]":
    """A presence service as a process of its own."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CONVERSATIONS_")}
    environment |= {f"CONVERSATIONS_{key.upper()}": str(value) for key, value in values.items()}
    with log.open("wb") as file:
        return subprocess.Popen([sys.executable, "-m", "services.presence"], env=environment, stdout=file, stderr=file)


async def health(channel: grpc.aio.Channel) -> int:
    stub: Any = health_pb2_grpc.HealthStub(channel)
    answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=5)
    return int(answer.status)


async def found(stub: "PresenceServiceAsyncStub", issuer: Issuer, *persons: str) -> pb.LocateClientsResponse:
    """What the service answers; while it cannot, that it knows of nobody."""
    try:
        return await locate(stub, issuer, *persons)
    except grpc.aio.AioRpcError:
        return pb.LocateClientsResponse()


async def can_be_found(stub: "PresenceServiceAsyncStub", issuer: Issuer) -> bool:
    """Whether somebody who attaches now is found."""
    try:
        async with attached(stub, issuer):
            return bool((await locate(stub, issuer, "ann")).clients)
    except grpc.aio.AioRpcError:
        return False


async def test_a_killed_replica_leaves_leases_that_end_by_themselves(
    valkey: redis.asyncio.Redis, valkey_url: str, issuer: Issuer, tmp_path: Path
) -> None:
    port, lease_ms = databases.free_port(), 4_000
    process = start_replica(common(issuer, valkey_url=valkey_url, lease_ms=lease_ms) | {"port": port}, tmp_path / "log")
    try:
        # A channel that finds nobody there waits longer and longer before it tries again.
        databases.wait_for_port(process, "presence", port, timeout_s=60)
        async with (
            running(settings(issuer, valkey_url, lease_ms=lease_ms), build) as other,
            grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
        ):
            stub: PresenceServiceAsyncStub = PresenceServiceStub(other.channel)
            call: Any = PresenceServiceStub(channel).Attach(
                pb.AttachRequest(client="laptop", platform=pb.PLATFORM_BROWSER),
                metadata=as_person(issuer, "ann"),
                wait_for_ready=True,
                timeout=30,
            )
            assert (await call.read()).HasField("caught_up")
            assert (await locate(stub, issuer, "ann")).clients

            process.kill()
            killed = time.monotonic()

            async def gone() -> bool:
                return not (await locate(stub, issuer, "ann")).clients

            await eventually(gone)
            # A lease after its last renewal: that was a sixth of a lease before at most, or more on a busy machine.
            assert lease_ms * 2 / 6 < (time.monotonic() - killed) * 1000 < lease_ms * 3
            call.cancel()
    finally:
        process.kill()
        process.wait(timeout=20)


@pytest.mark.usefixtures("impatience")
async def test_a_frozen_valkey_hangs_no_call_and_comes_back(own_valkey: OwnValkey, issuer: Issuer) -> None:
    async with running(settings(issuer, own_valkey.url, lease_ms=LEASE_MS), build) as service:
        stub: PresenceServiceAsyncStub = PresenceServiceStub(service.channel)
        async with attached(stub, issuer) as call:
            os.kill(own_valkey.process.pid, signal.SIGSTOP)
            try:
                attach = pb.AttachRequest(client="c", platform=pb.PLATFORM_BROWSER)
                for call_again in (
                    lambda: stub.Attach(attach, metadata=as_person(issuer, "bob")).read(),
                    lambda: report(stub, issuer, sequence=1),
                    lambda: locate(stub, issuer, "ann"),
                ):
                    await unavailable_within(3.5, call_again)
                # The lease could not be renewed: the client must know, and may try another replica.
                with pytest.raises(grpc.aio.AioRpcError):
                    await rest(call)
                assert await call.code() == grpc.StatusCode.UNAVAILABLE
            finally:
                os.kill(own_valkey.process.pid, signal.SIGCONT)

        async def back() -> bool:
            return (await found(stub, issuer, "ann")).known

        await eventually(back)
        await eventually(lambda: can_be_found(stub, issuer))


async def test_a_valkey_that_dies_and_returns_empty_is_filled_again(own_valkey: OwnValkey, issuer: Issuer) -> None:
    async with running(settings(issuer, own_valkey.url, lease_ms=10_000), build) as service:
        stub: PresenceServiceAsyncStub = PresenceServiceStub(service.channel)

        async def healthy() -> bool:
            return await health(service.channel) == health_pb2.HealthCheckResponse.SERVING

        async def ill() -> bool:
            return not await healthy()

        await eventually(healthy)
        async with attached(stub, issuer):
            await report(stub, issuer, sequence=3, tabs=[pb.Tab(tab="t", focused=True)])
            own_valkey.kill()
            await unavailable_within(1, lambda: locate(stub, issuer, "ann"))
            await eventually(ill)
            own_valkey.start()

            async def here() -> bool:
                answer = await found(stub, issuer, "ann")
                assert not answer.known
                return [tab.tab for client in answer.clients for tab in client.tabs] == ["t"]

            await eventually(here)
            await eventually(healthy)


async def test_the_service_starts_without_valkey_and_is_not_healthy_until_it_is_there(
    own_valkey: OwnValkey, issuer: Issuer
) -> None:
    own_valkey.kill()
    async with running(settings(issuer, own_valkey.url), build) as service:
        stub: PresenceServiceAsyncStub = PresenceServiceStub(service.channel)
        assert (await status(locate(stub, issuer, "ann")))[0] == grpc.StatusCode.UNAVAILABLE
        assert await health(service.channel) == health_pb2.HealthCheckResponse.NOT_SERVING
        own_valkey.start()

        async def healthy() -> bool:
            return await health(service.channel) == health_pb2.HealthCheckResponse.SERVING

        await eventually(healthy)
        await eventually(lambda: can_be_found(stub, issuer))


async def live(stubs: "list[PresenceServiceAsyncStub]", issuer: Issuer, person: str, *, focused: bool) -> None:
    """A client that goes on reporting, and attaches again after every fault."""
    metadata = as_person(issuer, person, actor="load")
    for attempt in count():
        call: Any = stubs[0].Attach(pb.AttachRequest(client="c", platform=pb.PLATFORM_BROWSER), metadata=metadata)
        try:
            await call.read()
            for sequence in count():
                request = pb.ReportTabsRequest(
                    client="c", sequence=attempt * 10_000 + sequence, tabs=[pb.Tab(tab="t", focused=focused)]
                )
                # Through both replicas, as the gateway would.
                with suppress(grpc.aio.AioRpcError):
                    await stubs[sequence % 2].ReportTabs(request, metadata=metadata, timeout=5)
                if call.done():
                    break
                await asyncio.sleep(0.15)
        except grpc.aio.AioRpcError:
            await asyncio.sleep(0.1)
        finally:
            call.cancel()


async def test_a_client_is_asked_to_report_again_when_the_store_was_emptied(
    own_valkey: OwnValkey, issuer: Issuer
) -> None:
    lease_ms = 6_000
    async with (
        running(settings(issuer, own_valkey.url, lease_ms=lease_ms), build) as service,
        attached(PresenceServiceStub(service.channel), issuer) as call,
    ):
        await own_valkey.flush()
        # With the next renewal, which is due after a sixth of a lease.
        async with asyncio.timeout(lease_ms / 1000):
            while not (await call.read()).HasField("caught_up"):
                pass


async def test_a_store_that_is_emptied_or_dies_under_load_shows_nobody_offline_and_invents_nothing(
    own_valkey: OwnValkey, issuer: Issuer
) -> None:
    """Twenty people on two replicas who go on reporting; every second one is seen to be active all the time."""
    people = [f"p{each}" for each in range(20)]
    active = set(people[::2])
    lease_ms = 5_000
    chosen = settings(issuer, own_valkey.url, lease_ms=lease_ms, unlimited_actors=("load",))
    async with AsyncExitStack() as stack:
        services = [await stack.enter_async_context(running(chosen, build)) for _ in range(2)]
        stubs: list[PresenceServiceAsyncStub] = [PresenceServiceStub(service.channel) for service in services]

        lives = [
            asyncio.create_task(live(stubs[index % 2 :] + stubs[: index % 2], issuer, person, focused=person in active))
            for index, person in enumerate(people)
        ]
        stack.push_async_callback(lambda: ended(lives))

        async def all_here() -> bool:
            answer = await found(stubs[0], issuer, *people)
            return answer.known and {client.person for client in answer.clients} == set(people)

        await eventually(all_here, timeout_s=30)
        status_ = pb.SetStatusRequest(status=pb.STATUS_DO_NOT_DISTURB)
        await stubs[0].SetStatus(status_, metadata=as_person(issuer, "p1"), timeout=5)
        # A replica learns at its next renewal what was chosen through another one.
        await eventually(lambda: chosen_status(services[1], "p1") is Status.DO_NOT_DISTURB)
        feed_call = stubs[0].StreamTransitions(
            pb.StreamTransitionsRequest(partition_count=1), metadata=as_service(issuer)
        )
        watch = pb.WatchPresenceRequest(persons=people)
        feed = await stack.enter_async_context(reading(feed_call))
        screens = [
            await stack.enter_async_context(reading(stub.WatchPresence(watch, metadata=as_person(issuer, "eve"))))
            for stub in stubs
        ]
        for screen in screens:
            await eventually(lambda screen=screen: len(screen.presences()) >= len(people))
        before = [screen.presences() for screen in screens]

        def gaps() -> int:
            return [message.HasField("reset") for message in feed.messages].count(True)

        for fault in (own_valkey.flush, own_valkey.restart):
            began, told = time.monotonic(), gaps()
            await fault()
            assert not (await found(stubs[0], issuer, *people)).known
            await eventually(all_here, timeout_s=30)
            assert time.monotonic() - began >= lease_ms / 1000 * 0.8, "known only after a whole lease"
            [kept] = (await locate(stubs[1], issuer, *people)).statuses
            assert (kept.person, kept.status) == ("p1", pb.STATUS_DO_NOT_DISTURB)
            await eventually(lambda told=told: gaps() > told)
        await asyncio.sleep(1)
        expected = {person: "ACTIVE" if person in active else "AWAY" for person in people}
        expected |= {"p1": "DO_NOT_DISTURB"}
        for screen in screens:
            await eventually(lambda s=screen: dict(each.split(" ") for each in s.presences()) == expected)
        assert [each for each in feed.transitions() if not each[1]] == []
        for screen, shown in zip(screens, before, strict=True):
            assert [each for each in screen.presences()[len(shown) :] if each.endswith("OFFLINE")] == []


def chosen_status(service: Running, person: str) -> Status | None:
    """What a replica knows that somebody who is attached to it has chosen."""
    handlers: Any = service.server._app.handlers
    attachment: Attachment | None = handlers._presence._keeper.find("acme", person, "c")
    return attachment.chosen.status if attachment and attachment.chosen else None


async def ended(tasks: list["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
