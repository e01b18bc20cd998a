"""Services in this process, on loopback, with real tokens."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc

from local.keys import AUDIENCE, ISSUER, Issuer
from services.chassis.server import App, Foundation, Server
from services.chassis.settings import ServiceSettings

S = TypeVar("S", bound=ServiceSettings)

Metadata = tuple[tuple[str, str], ...]


@dataclass
class Running:
    """A service that serves."""

    address: str
    channel: grpc.aio.Channel
    server: Server
    foundation: Foundation


def common(issuer: Issuer, **more: Any) -> dict[str, Any]:
    """The settings that every service needs."""
    return {"port": 0, "jwks": str(issuer.jwks_file), "issuer": ISSUER, "audience": AUDIENCE, "drain_s": 0.5, **more}


@asynccontextmanager
async def running(settings: S, build: Callable[[S, Foundation], Awaitable[App]]) -> AsyncIterator[Running]:
    """Runs a service until the block ends."""
    foundation = await Foundation.lay(settings)
    server = Server(settings, foundation, await build(settings, foundation))
    await server.start()
    address = f"127.0.0.1:{server.port}"
    async with grpc.aio.insecure_channel(address) as channel:
        try:
            yield Running(address, channel, server, foundation)
        finally:
            await server.stop()


def as_person(issuer: Issuer, person: str, tenant: str = "acme", actor: str = "") -> Metadata:
    """The metadata of a person's call."""
    return (("authorization", f"Bearer {issuer.person(tenant, person, actor=actor)}"),)


def as_service(issuer: Issuer, name: str = "tester") -> Metadata:
    """The metadata of a service's call."""
    return (("authorization", f"Bearer {issuer.service(name)}"),)
