"""A real Envoy between callers and upstreams that tell what reached them."""

import asyncio
import datetime as dt
import ipaddress
import json
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import aiohttp
import grpc
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from gateway.clusters import Address
from gateway.envoy import Gateway, Tls
from gateway.render import LOCAL_ORIGINS
from gateway.routes import SERVICES
from local import binaries
from local.databases import free_port
from local.keys import AUDIENCE, ISSUER, Issuer
from tests.conftest import eventually

LOOPBACK = "127.0.0.1"
GET = "/conversations.messaging.v1.MessagingService/GetConversation"
WATCH = "/conversations.messaging.v1.MessagingService/WatchConversation"
FLOOD = b"flood"
"""The request of a stream that brings as much as its peer takes."""

PAGE = "http://localhost:5173"
"""The origin of a page that may call."""


def certificate(folder: Path) -> Tls:
    """A self-signed certificate for loopback."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(LOOPBACK))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    tls = Tls(str(folder / "certificate.pem"), str(folder / "key.pem"))
    Path(tls.certificate).write_bytes(made.public_bytes(serialization.Encoding.PEM))
    Path(tls.key).write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return tls


class Upstream:
    """Stands where a replica of messaging would: answers every call, and remembers its metadata."""

    def __init__(self) -> None:
        self.port = free_port()
        self.calls: list[dict[str, str]] = []
        self.open_streams = 0
        self._server = grpc.aio.server()
        self._health = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self._server.add_generic_rpc_handlers((_Handler(self),))
        self._server.add_insecure_port(f"{LOOPBACK}:{self.port}")

    async def start(self) -> None:
        await self.say(health_pb2.HealthCheckResponse.SERVING)
        await self._server.start()

    async def say(self, status: Any) -> None:
        """What its health answers from now on."""
        await self._health.set(SERVICES["messaging"].full_name, status)

    async def stop(self) -> None:
        await self._server.stop(0)


class _Handler(grpc.GenericRpcHandler):
    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        if details.method == GET:
            return grpc.unary_unary_rpc_method_handler(self._answer)
        if details.method == WATCH:
            return grpc.unary_stream_rpc_method_handler(self._stream)
        return None

    def _note(self, context: Any) -> None:
        self._upstream.calls.append({str(key): str(value) for key, value in context.invocation_metadata()})

    async def _answer(self, request: bytes, context: Any) -> bytes:
        self._note(context)
        return b"ok"

    async def _stream(self, request: bytes, context: Any) -> AsyncIterator[bytes]:
        self._note(context)
        self._upstream.open_streams += 1
        try:
            yield b"hello"
            while request == FLOOD:
                yield bytes(64 * 1024)
            while True:
                await asyncio.sleep(1)
                yield b"on"
        finally:
            self._upstream.open_streams -= 1


@dataclass
class Answer:
    """What a gRPC-Web caller got."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    grpc_status: int | None


@dataclass
class World:
    """The gateway, its upstreams, and calls through it."""

    port: int
    upstreams: list[Upstream]
    log: Path
    process: subprocess.Popen[bytes]
    session: aiohttp.ClientSession
    issuer: Issuer
    tls: Tls | None = None
    seen: list[dict[str, Any]] = field(default_factory=list)

    @property
    def calls(self) -> list[dict[str, str]]:
        """The metadata of every call that reached an upstream."""
        return [call for upstream in self.upstreams for call in upstream.calls]

    async def call(
        self,
        path: str = GET,
        message: bytes = b"",
        token: str | None = "",
        method: str = "POST",
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Answer:
        """A gRPC-Web call by hand; with a good token unless another or None is given."""
        sent = {"content-type": "application/grpc-web+proto", "x-grpc-web": "1", "origin": PAGE}
        sent |= headers
        if token is not None:
            sent["authorization"] = f"Bearer {token or self.issuer.person('acme', 'ann')}"
        body = b"\x00" + len(message).to_bytes(4, "big") + message if method == "POST" else b""
        url = f"http://{LOOPBACK}:{self.port}{path}"
        timeout = aiohttp.ClientTimeout(total=15)
        async with self.session.request(method, url, data=body, headers=sent, timeout=timeout) as answer:
            data = await answer.read()
            got = {name.lower(): value for name, value in answer.headers.items()}
            return Answer(answer.status, got, *_parts(data, got.get("grpc-status")))

    def log_lines(self) -> list[dict[str, Any]]:
        """The access log so far."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]


def _parts(data: bytes, status: str | None) -> tuple[bytes, int | None]:
    message, found = b"", None if status is None else int(status)
    while len(data) >= 5 and data[0] in {0, 0x80}:
        size = int.from_bytes(data[1:5], "big")
        part = data[5 : 5 + size]
        if data[0] == 0x80:
            fields = dict(line.split(":", 1) for line in part.decode().split("\r\n") if line)
            found = int(fields["grpc-status"])
        else:
            message += part
        data = data[5 + size :]
    return message, found


@asynccontextmanager
async def gateway(
    issuer: Issuer,
    folder: Path,
    *,
    replicas: int = 1,
    jwks: str = "",
    tls: Tls | None = None,
    jwks_fresh_s: int = 60,
    **limits: Any,
) -> AsyncIterator[World]:
    """Envoy with the configuration of this repository, in front of replicas that tell what reached them."""
    async with AsyncExitStack() as stack:
        upstreams = [Upstream() for _ in range(replicas)]
        for upstream in upstreams:
            await upstream.start()
            stack.push_async_callback(upstream.stop)
        port, admin = free_port(), free_port()
        nobody = [Address(LOOPBACK, free_port())]
        config = Gateway(
            listen=Address(LOOPBACK, port),
            admin=Address(LOOPBACK, admin),
            upstreams={
                **dict.fromkeys(SERVICES, nobody),
                "messaging": [Address(LOOPBACK, upstream.port) for upstream in upstreams],
            },
            discovery="STATIC",
            jwks=jwks or str(issuer.jwks_file),
            issuer=ISSUER,
            audience=AUDIENCE,
            origins=LOCAL_ORIGINS,
            tls=tls,
            jwks_fresh_s=jwks_fresh_s,
            **limits,
        ).config()
        file, log = folder / "envoy.yaml", folder / "envoy.log"
        file.write_text(yaml.safe_dump(config))
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: ASYNC220 - it is only started here
                [
                    *(binaries.envoy(), "-c", file, "--use-dynamic-base-id", "--log-level", "warning"),
                    *("--concurrency", "1", "--file-flush-interval-msec", "100"),
                ],
                stdout=output,
                stderr=output,
            )
        stack.callback(process.wait, timeout=10)
        stack.callback(process.kill)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        world = World(port, upstreams, log, process, session, issuer, tls)

        async def ready() -> bool:
            assert process.poll() is None, log.read_text()
            try:
                async with session.get(f"http://{LOOPBACK}:{admin}/clusters") as answer:
                    text = await answer.text()
            except aiohttp.ClientError:
                return False
            healthy = sum(
                f"messaging::{LOOPBACK}:{upstream.port}::health_flags::healthy" in text for upstream in upstreams
            )
            return healthy == replicas and await _listening(port)

        await eventually(ready)
        yield world


async def _listening(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    return True
