"""The service through its gRPC door, with real tokens and a real Valkey."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import redis.asyncio
from conversations.presence.v1 import presence_pb2 as pb
from conversations.presence.v1.presence_pb2_grpc import PresenceServiceStub

from local.keys import Issuer
from services.presence.app import build
from services.presence.settings import PresenceSettings
from tests.conftest import eventually
from tests.harness import Running, as_person, as_service, common, running

if TYPE_CHECKING:
    from conversations.presence.v1.presence_pb2_grpc import PresenceServiceAsyncStub

GRACE_MS = 300


def settings(issuer: Issuer, valkey_url: str, **more: Any) -> PresenceSettings:
    values = {"lease_ms": 3_000, "grace_ms": GRACE_MS, "trust_new_store": True, "heartbeat_ms": 200, **more}
    return PresenceSettings(**common(issuer, valkey_url=valkey_url, **values))


@pytest.fixture
async def service(valkey: redis.asyncio.Redis, valkey_url: str, issuer: Issuer) -> AsyncIterator[Running]:
    chosen = settings(issuer, valkey_url, clients_per_person=2, unlimited_actors=("replay",))
    async with running(chosen, build) as service:
        await known(service, issuer)
        yield service


@pytest.fixture
def stub(service: Running) -> "PresenceServiceAsyncStub":
    return PresenceServiceStub(service.channel)


@asynccontextmanager
async def attached(
    stub: "PresenceServiceAsyncStub", issuer: Issuer, person: str = "ann", client: str = "laptop", **more: Any
) -> AsyncIterator[Any]:
    """A stream that has caught up."""
    call: Any = stub.Attach(
        pb.AttachRequest(client=client, platform=pb.PLATFORM_BROWSER), metadata=as_person(issuer, person, **more)
    )
    try:
        first = await call.read()
        assert first.hello.heartbeat_ms == 200
        assert first.hello.epoch
        assert first.HasField("caught_up")
        yield call
    finally:
        call.cancel()


async def rest(call: Any) -> list[pb.AttachResponse]:
    """All that comes until the end of a stream."""
    messages: list[pb.AttachResponse] = []
    while (message := await call.read()) is not grpc.aio.EOF:
        messages.append(message)
    return messages


async def locate(stub: "PresenceServiceAsyncStub", issuer: Issuer, *persons: str) -> pb.LocateClientsResponse:
    request = pb.LocateClientsRequest(tenant="acme", persons=persons)
    return await stub.LocateClients(request, metadata=as_service(issuer), timeout=10)


async def known(service: Running, issuer: Issuer) -> None:
    """Waits until a service knows who is here."""
    stub: PresenceServiceAsyncStub = PresenceServiceStub(service.channel)

    async def knows() -> bool:
        return (await locate(stub, issuer, "nobody")).known

    await eventually(knows)


async def report(stub: "PresenceServiceAsyncStub", issuer: Issuer, client: str = "laptop", **more: Any) -> None:
    request = pb.ReportTabsRequest(client=client, **more)
    await stub.ReportTabs(request, metadata=as_person(issuer, "ann"), timeout=10)


async def status(call: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    return error.value.code(), error.value.details() or ""


async def unavailable_within(seconds: float, call: Callable[[], Any]) -> None:
    """Calls what must be refused in time; up to three times, because a busy machine may take time of its own."""
    took: list[float] = []
    while len(took) < 3 and min(took, default=seconds) >= seconds:
        began = time.monotonic()
        assert (await status(call()))[0] == grpc.StatusCode.UNAVAILABLE
        took.append(time.monotonic() - began)
    assert min(took) < seconds, took


async def test_services_find_a_client_that_is_attached(stub: "PresenceServiceAsyncStub", issuer: Issuer) -> None:
    async with attached(stub, issuer):
        answer = await locate(stub, issuer, "ann", "bob")
        assert answer.known
        [client] = answer.clients
        assert client == pb.Client(
            person="ann", client="laptop", platform=pb.PLATFORM_BROWSER, permission=pb.PERMISSION_DEFAULT
        )
        elsewhere = pb.LocateClientsRequest(tenant="umbrella", persons=["ann"])
        assert not (await stub.LocateClients(elsewhere, metadata=as_service(issuer))).clients


async def test_services_see_the_tabs_as_they_were_reported_and_older(
    stub: "PresenceServiceAsyncStub", issuer: Issuer
) -> None:
    conversation = "g_" + "a" * 26
    async with attached(stub, issuer):
        await report(
            stub,
            issuer,
            sequence=7,
            permission=pb.PERMISSION_GRANTED,
            tabs=[
                pb.Tab(tab="one", visible=True, focused=True, input_age_ms=60_000, conversation=conversation),
                pb.Tab(tab="two", input_age_ms=0),
            ],
        )
        await report(stub, issuer, sequence=6, tabs=[pb.Tab(tab="late")])
        await asyncio.sleep(0.05)
        [client] = (await locate(stub, issuer, "ann")).clients
        one, two = client.tabs
        assert client.permission == pb.PERMISSION_GRANTED
        assert (one.tab, one.visible, one.focused, one.conversation) == ("one", True, True, conversation)
        assert (two.tab, two.visible, two.focused, two.conversation) == ("two", False, False, "")
        assert 60_050 <= one.input_age_ms < 70_000
        assert 50 <= two.input_age_ms < 10_000


async def test_a_client_whose_stream_ends_is_gone_after_the_grace_period(
    valkey: redis.asyncio.Redis, valkey_url: str, issuer: Issuer
) -> None:
    # Far from each other, so that it can be seen which of the two was waited for.
    grace_ms, lease_ms = 2_000, 30_000
    async with running(settings(issuer, valkey_url, grace_ms=grace_ms, lease_ms=lease_ms), build) as service:
        stub: PresenceServiceAsyncStub = PresenceServiceStub(service.channel)
        async with attached(stub, issuer):
            ends = time.monotonic()
        assert (await locate(stub, issuer, "ann")).clients

        async def gone() -> bool:
            return not (await locate(stub, issuer, "ann")).clients

        await eventually(gone)
        assert grace_ms / 1000 - 0.1 < time.monotonic() - ends < lease_ms / 3000


async def test_a_second_stream_of_a_client_resets_the_first(stub: "PresenceServiceAsyncStub", issuer: Issuer) -> None:
    async with attached(stub, issuer) as first, attached(stub, issuer) as second:
        messages = await rest(first)
        assert messages[-1].reset.reason
        assert await first.code() == grpc.StatusCode.OK
        assert (await second.read()).HasField("heartbeat")
        await asyncio.sleep(2 * GRACE_MS / 1000)
        assert (await locate(stub, issuer, "ann")).clients


async def test_a_quiet_stream_has_heartbeats_and_a_lease_that_goes_on(
    stub: "PresenceServiceAsyncStub", issuer: Issuer
) -> None:
    async with attached(stub, issuer) as call:
        end = time.monotonic() + 3.5
        while time.monotonic() < end:
            assert (await call.read()).HasField("heartbeat")
        assert (await locate(stub, issuer, "ann")).clients


async def test_draining_sends_clients_away_but_keeps_them_here_until_they_have_moved(
    valkey: redis.asyncio.Redis, valkey_url: str, issuer: Issuer
) -> None:
    chosen = settings(issuer, valkey_url, lease_ms=15_000)
    async with running(chosen, build) as service, running(chosen, build) as other:
        stub: PresenceServiceAsyncStub = PresenceServiceStub(service.channel)
        async with attached(stub, issuer) as call:
            await service.foundation.streams.drain(1)
            messages = await rest(call)
            assert messages[-1].HasField("go_away")
            assert await call.code() == grpc.StatusCode.OK
        await asyncio.sleep(2 * GRACE_MS / 1000)
        assert (await locate(PresenceServiceStub(other.channel), issuer, "ann")).clients
        attach = stub.Attach(
            pb.AttachRequest(client="c", platform=pb.PLATFORM_BROWSER), metadata=as_person(issuer, "ann")
        )
        code, _ = await status(attach.read())
        assert code == grpc.StatusCode.UNAVAILABLE


async def test_one_client_too_many_is_refused_but_not_to_an_unlimited_service(
    stub: "PresenceServiceAsyncStub", issuer: Issuer
) -> None:
    async with attached(stub, issuer, client="a"), attached(stub, issuer, client="b"):
        attach = stub.Attach(pb.AttachRequest(client="c", platform=pb.PLATFORM_APP), metadata=as_person(issuer, "ann"))
        code, words = await status(attach.read())
        assert (code, words) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "this person has 2 other live clients")
        async with attached(stub, issuer, client="c", actor="replay"):
            assert len((await locate(stub, issuer, "ann")).clients) == 3


async def test_a_client_that_is_not_attached_cannot_report(stub: "PresenceServiceAsyncStub", issuer: Issuer) -> None:
    async with attached(stub, issuer, client="other"):
        code, words = await status(report(stub, issuer))
    assert code == grpc.StatusCode.FAILED_PRECONDITION
    assert "attach" in words


async def test_each_rpc_is_for_its_kind_of_caller(stub: "PresenceServiceAsyncStub", issuer: Issuer) -> None:
    attach, reports = pb.AttachRequest(client="c", platform=pb.PLATFORM_BROWSER), pb.ReportTabsRequest(client="c")
    wanted = pb.LocateClientsRequest(tenant="acme", persons=["ann"])
    person, machine = as_person(issuer, "ann"), as_service(issuer)
    for call in (
        stub.LocateClients(wanted, metadata=person),
        stub.Attach(attach, metadata=machine).read(),
        stub.ReportTabs(reports, metadata=machine),
    ):
        assert (await status(call))[0] == grpc.StatusCode.PERMISSION_DENIED
    for call in (stub.LocateClients(wanted), stub.Attach(attach).read(), stub.ReportTabs(reports)):
        assert (await status(call))[0] == grpc.StatusCode.UNAUTHENTICATED


TAB = pb.Tab(tab="t")


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.AttachRequest(platform=pb.PLATFORM_BROWSER), "client"),
        (pb.AttachRequest(client="x" * 65, platform=pb.PLATFORM_BROWSER), "client"),
        (pb.AttachRequest(client="a b", platform=pb.PLATFORM_BROWSER), "client"),
        (pb.AttachRequest(client="a\nb", platform=pb.PLATFORM_BROWSER), "client"),
        (pb.AttachRequest(client="c"), "platform"),
        (pb.AttachRequest.FromString(b"\x0a\x01c\x10\x09"), "platform"),
        (pb.ReportTabsRequest(), "client"),
        (pb.ReportTabsRequest(client="c", sequence=2**53), "sequence"),
        (pb.ReportTabsRequest(client="c", sequence=2**64 - 1), "sequence"),
        (pb.ReportTabsRequest.FromString(b"\x0a\x01c\x18\x09"), "permission"),
        (pb.ReportTabsRequest(client="c", tabs=[TAB, TAB]), "tabs"),
        (pb.ReportTabsRequest(client="c", tabs=[pb.Tab(tab=str(each)) for each in range(101)]), "tabs"),
        (pb.ReportTabsRequest(client="c", tabs=[TAB, pb.Tab(tab="")]), "tabs[1].tab"),
        (pb.ReportTabsRequest(client="c", tabs=[pb.Tab(tab="t", input_age_ms=2**63)]), "tabs[0].input_age_ms"),
        (pb.ReportTabsRequest(client="c", tabs=[pb.Tab(tab="t", conversation="x")]), "tabs[0].conversation"),
        (pb.LocateClientsRequest(persons=["ann"]), "tenant"),
        (pb.LocateClientsRequest(tenant="t" * 129), "tenant"),
        (pb.LocateClientsRequest(tenant="t", persons=["x"] * 10_001), "persons"),
        (pb.SetStatusRequest(status=pb.STATUS_ACTIVE), "status"),
        (pb.SetStatusRequest.FromString(b"\x08\x09"), "status"),
        (pb.SetStatusRequest(status=pb.STATUS_AWAY, until_ms=2**53), "until_ms"),
        (pb.WatchPresenceRequest(), "persons"),
        (pb.WatchPresenceRequest(persons=[f"p{each}" for each in range(501)]), "persons"),
        (pb.WatchPresenceRequest(persons=["a", "a"]), "persons"),
        (pb.WatchPresenceRequest(persons=["a\nb"]), "persons[0]"),
        (pb.ReportTypingRequest(conversation="x"), "conversation"),
        (pb.WatchTypingRequest(), "conversation"),
        (pb.StreamTransitionsRequest(cursor="x" * 65, partition_count=1), "cursor"),
        (pb.StreamTransitionsRequest(partition_count=1_025), "partition_count"),
        (pb.StreamTransitionsRequest(partition=2, partition_count=2), "request"),
    ],
    ids=str,
)
async def test_a_bad_field_is_refused_by_its_name(
    stub: "PresenceServiceAsyncStub", issuer: Issuer, request_: Any, field: str
) -> None:
    rpc = type(request_).__name__.removesuffix("Request")
    of_service = rpc in {"LocateClients", "StreamTransitions"}
    call = getattr(stub, rpc)(request_, metadata=as_service(issuer) if of_service else as_person(issuer, "ann"))
    code, words = await status(call.read() if rpc.startswith(("Attach", "Watch", "Stream")) else call)
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert words.startswith(f"{field}: ")


async def test_a_person_whose_name_is_no_text_is_nobody(stub: "PresenceServiceAsyncStub", issuer: Issuer) -> None:
    person = as_person(issuer, "half \ud800")
    for call in (
        stub.Attach(pb.AttachRequest(client="c", platform=pb.PLATFORM_BROWSER), metadata=person).read(),
        stub.ReportTabs(pb.ReportTabsRequest(client="c"), metadata=person),
    ):
        assert (await status(call))[0] == grpc.StatusCode.UNAUTHENTICATED


async def test_ten_thousand_people_may_be_asked_for_at_once(stub: "PresenceServiceAsyncStub", issuer: Issuer) -> None:
    async with attached(stub, issuer):
        answer = await locate(stub, issuer, "ann", "ann", *(f"p{each}" for each in range(9_998)))
        assert [client.person for client in answer.clients] == ["ann"]
        nobody = await locate(stub, issuer)
        assert (nobody.known, list(nobody.clients)) == (True, [])
