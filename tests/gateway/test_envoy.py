"""What the gateway lets in, as a real Envoy does it."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import grpc
import pytest
from aiohttp import web
from grpc_health.v1 import health_pb2

from gateway.filters import BODY_LIMIT_BYTES, IDENTITY_HEADERS
from gateway.routes import internal
from local.keys import Issuer
from tests.conftest import eventually
from tests.gateway.world import GET, LOOPBACK, PAGE, WATCH, World, certificate, gateway
from tests.harness import as_person
from tests.tokens import BAD_TOKENS, claims_at, sign

UNAUTHENTICATED = int(grpc.StatusCode.UNAUTHENTICATED.value[0])
REFUSED = {UNAUTHENTICATED, int(grpc.StatusCode.PERMISSION_DENIED.value[0])}
"""Envoy calls a token for another audience forbidden, every other bad one unauthenticated."""

INVALID_ARGUMENT = int(grpc.StatusCode.INVALID_ARGUMENT.value[0])
UNAVAILABLE = int(grpc.StatusCode.UNAVAILABLE.value[0])

ONLY_SERVICES_CHECK = {
    *("no tenant", "no person", "empty person", "a person with a control character", "a person of 129 characters"),
    *("a person that is no Unicode", "a tenant that is no Unicode", "a tenant that is no text"),
    *("unknown critical header", "no key id"),
}
"""Tokens of the right issuer with something odd: signed in order, so only the services refuse them."""


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    return Issuer.open(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
async def world(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with gateway(issuer, tmp_path_factory.mktemp("gateway")) as world:
        yield world


async def test_a_page_that_may_call_gets_through_preflight_and_call(world: World) -> None:
    preflight = await world.call(
        method="OPTIONS",
        token=None,
        headers={
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type,x-grpc-web,grpc-timeout",
        },
    )
    assert preflight.status == 200
    assert preflight.headers["access-control-allow-origin"] == PAGE
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    answer = await world.call()
    assert (answer.status, answer.grpc_status, answer.body) == (200, 0, b"ok")
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "grpc-status" in answer.headers["access-control-expose-headers"]


async def test_a_page_from_elsewhere_is_allowed_nothing(world: World) -> None:
    for origin in ("https://elsewhere.example", "http://localhost.elsewhere.example", "null"):
        answer = await world.call(
            method="OPTIONS", token=None, headers={"origin": origin, "access-control-request-method": "POST"}
        )
        assert "access-control-allow-origin" not in answer.headers, origin


async def test_a_refused_call_can_be_read_by_the_page(world: World) -> None:
    before = len(world.calls)
    for token in (None, "nonsense"):
        answer = await world.call(token=token)
        assert answer.grpc_status == UNAUTHENTICATED
        assert answer.headers["access-control-allow-origin"] == PAGE
    assert len(world.calls) == before


TOKENS: dict[str, Callable[[Issuer], str]] = {
    **{kind: make for kind, make in BAD_TOKENS.items() if kind not in ONLY_SERVICES_CHECK},
    "expired": lambda issuer: sign(issuer, claims_at(issuer.clock() - 75_000)),  # Envoy's leeway counts its last second
}


@pytest.mark.parametrize("kind", sorted(TOKENS))
async def test_no_bad_token_reaches_a_service(world: World, issuer: Issuer, kind: str) -> None:
    before = len(world.calls)
    token = TOKENS[kind](issuer)
    answer = await world.call(token=token or None)
    assert answer.grpc_status in REFUSED, answer
    assert len(world.calls) == before


async def test_claimed_identities_are_stripped_and_the_checked_one_is_set(world: World, issuer: Issuer) -> None:
    claimed = dict.fromkeys(IDENTITY_HEADERS, "eve")
    answer = await world.call(token=issuer.person("acme", "ann"), headers=claimed)
    assert answer.grpc_status == 0
    arrived = world.calls[-1]
    assert "eve" not in arrived.values()
    assert (arrived["x-conversations-tenant"], arrived["x-conversations-person"]) == ("acme", "ann")
    assert arrived["authorization"].startswith("Bearer ey"), "the service checks the token itself"


async def test_rpcs_between_services_health_and_reflection_do_not_exist_outside(world: World, issuer: Issuer) -> None:
    token = issuer.service("unread")
    others = ["/grpc.health.v1.Health/Check", "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "/"]
    for path in (*internal(), *others, GET.lower(), GET + "/", "/x/.." + GET + "x"):
        answer = await world.call(path, token=token)
        assert answer.status == 404 or answer.grpc_status == int(grpc.StatusCode.UNIMPLEMENTED.value[0]), path
        assert answer.body == b""


async def test_a_request_beyond_the_limit_ends_at_the_gateway(world: World) -> None:
    fits = await world.call(message=b"x" * (BODY_LIMIT_BYTES - 5))
    assert fits.grpc_status == 0
    before = len(world.calls)
    answer = await world.call(message=b"x" * (BODY_LIMIT_BYTES + 1))
    # 200, because a page's gRPC-Web client believes no gRPC status beside another one.
    assert (answer.status, answer.grpc_status) == (200, INVALID_ARGUMENT)
    assert answer.headers["grpc-message"] == f"the request is longer than {BODY_LIMIT_BYTES} bytes"
    assert answer.headers["access-control-allow-origin"] == PAGE
    async with grpc.aio.insecure_channel(f"{LOOPBACK}:{world.port}") as channel:
        call: Any = channel.unary_unary(GET)
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await call(b"x" * (BODY_LIMIT_BYTES + 1), metadata=as_person(world.issuer, "ann"), timeout=5)
    assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    plain = await world.call(message=b"x" * (BODY_LIMIT_BYTES + 1), headers={"content-type": "application/json"})
    assert plain.status == 413
    assert len(world.calls) == before


async def test_headers_beyond_8_kib_end_at_the_gateway(world: World) -> None:
    before = len(world.calls)
    assert (await world.call(headers={"x-note": "x" * 2_000})).grpc_status == 0
    with_too_many = {f"x-note-{number}": "x" * 1_000 for number in range(9)}
    assert (await world.call(headers=with_too_many)).status == 431
    assert len(world.calls) == before + 1


async def test_the_access_log_tells_what_happened_and_no_secret(world: World, issuer: Issuer) -> None:
    token = issuer.person("acme", "canary-person")
    await world.call(GET + "?canary-query=1", token=token, headers={"x-request-id": "canary-request"})
    await world.call(token="canary.token.x")  # noqa: S106 - a canary
    await eventually(lambda: [line["status"] for line in world.log_lines()][-2:] == [200, 401])
    text = world.log.read_text()
    assert token not in text
    assert "canary" not in text
    line = world.log_lines()[-2]
    assert (line["method"], line["path"], line["status"], line["cluster"]) == ("POST", GET, 200, "messaging")
    assert isinstance(line["ms"], int)
    assert re.fullmatch(r"[0-9a-f-]{36}", line["request"]), "made here, not taken over from outside"


async def test_a_stream_has_no_timeout_and_ends_when_the_page_goes(world: World) -> None:
    headers = {
        "content-type": "application/grpc-web+proto",
        "x-grpc-web": "1",
        "authorization": as_person(world.issuer, "ann")[0][1],
        "grpc-timeout": "900S",
    }
    url = f"http://{LOOPBACK}:{world.port}{WATCH}"
    async with world.session.post(url, data=b"\x00\x00\x00\x00\x00", headers=headers) as answer:
        assert await answer.content.readexactly(10) == b"\x00\x00\x00\x00\x05hello"
        assert await answer.content.readexactly(7) == b"\x00\x00\x00\x00\x02on"
    await eventually(lambda: any(line["path"] == WATCH for line in world.log_lines()))


async def test_stubs_of_other_services_call_through_the_same_port_by_http2(world: World, issuer: Issuer) -> None:
    async with grpc.aio.insecure_channel(f"{LOOPBACK}:{world.port}") as channel:
        call: Any = channel.unary_unary(GET)
        assert await call(b"", metadata=as_person(issuer, "ann"), timeout=5) == b"ok"
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await call(b"", timeout=5)
    assert raised.value.code() == grpc.StatusCode.UNAUTHENTICATED


async def test_a_drained_replica_gets_nothing_new_and_keeps_its_streams(issuer: Issuer, tmp_path: Path) -> None:
    async with (
        gateway(issuer, tmp_path, replicas=2) as world,
        grpc.aio.insecure_channel(f"{LOOPBACK}:{world.port}") as channel,
    ):
        first, second = world.upstreams
        watch: Any = channel.unary_stream(WATCH)
        streams = [watch(b"", metadata=as_person(issuer, "ann")) for _ in range(8)]
        for stream in streams:
            assert await stream.read() == b"hello"
        assert first.calls
        await first.say(health_pb2.HealthCheckResponse.NOT_SERVING)

        async def alone() -> bool:
            before = len(first.calls)
            for _ in range(8):
                assert (await world.call()).grpc_status == 0
            return len(first.calls) == before

        await eventually(alone)
        for stream in streams:
            assert await stream.read() == b"on"
        await second.say(health_pb2.HealthCheckResponse.NOT_SERVING)

        async def nobody() -> bool:
            return (await world.call()).grpc_status == UNAVAILABLE

        await eventually(nobody)
        for stream in streams:
            stream.cancel()


async def test_tls_is_ended_here_where_a_certificate_is_given(issuer: Issuer, tmp_path: Path) -> None:
    tls = certificate(tmp_path)
    async with gateway(issuer, tmp_path, tls=tls) as world:
        trust = grpc.ssl_channel_credentials(Path(tls.certificate).read_bytes())
        async with grpc.aio.secure_channel(f"localhost:{world.port}", trust) as channel:
            call: Any = channel.unary_unary(GET)
            assert await call(b"", metadata=as_person(issuer, "ann"), timeout=5) == b"ok"
        await eventually(lambda: any(line["protocol"] == "HTTP/2" for line in world.log_lines()))
        with pytest.raises(aiohttp.ClientError):
            await world.call()


async def test_a_remote_key_set_is_fetched_again_and_its_absence_locks_nobody_out(
    issuer: Issuer, tmp_path: Path
) -> None:
    other = Issuer.open(tmp_path / "other")
    served, asked = {"file": issuer.jwks_file, "status": 200}, []

    async def keys(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(text=Path(str(served["file"])).read_text(), status=int(str(served["status"])))

    app = web.Application()
    app.router.add_get("/keys", keys)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, LOOPBACK, 0)
    await site.start()
    url = f"http://{LOOPBACK}:{runner.addresses[0][1]}/keys"
    try:
        async with gateway(issuer, tmp_path, jwks=url, jwks_fresh_s=1) as world:
            assert (await world.call()).grpc_status == 0
            served["status"] = 503
            before = len(asked)
            await eventually(lambda: len(asked) > before + 2)
            await asyncio.sleep(1)  # past the life of the cached set
            assert (await world.call()).grpc_status == 0, "the issuer is away, its keys stay in force"
            served.update(file=other.jwks_file, status=200)

            async def rotated() -> bool:
                return (await world.call(token=other.person("acme", "ann"))).grpc_status == 0

            await eventually(rotated)
            assert (await world.call()).grpc_status == UNAUTHENTICATED, "the old key was withdrawn"
    finally:
        await runner.cleanup()
