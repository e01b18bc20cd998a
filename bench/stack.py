"""Databases, services and raw servers as processes of their own, for one benchmark."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import grpc

from bench.cores import kept_to
from local import databases
from local.children import Child
from local.folder import Folder
from local.health import wait_for_service
from local.keys import Issuer
from local.parts import Part, Plan
from local.ports import Ports

START_S = 60.0
"""How long a part may take to get ready, s."""

CHANNEL_OPTIONS = (("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", -1))

Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Stack:
    """What runs; `ends` is what is done at its end."""

    plan: Plan
    issuer: Issuer
    children: dict[str, Child]
    ends: AsyncExitStack

    @property
    def mongodb(self) -> str:
        """MongoDB's address."""
        return databases.mongod_uri(self.plan.ports.mongodb)

    @property
    def pids(self) -> dict[str, int]:
        """Every process, this one included."""
        return {**{name: child.pid for name, child in self.children.items()}, "load generator": os.getpid()}

    def channel(self, service: str) -> grpc.aio.Channel:
        """A channel of its own to a service."""
        return grpc.aio.insecure_channel(f"127.0.0.1:{self.plan.ports.of(service)}", options=CHANNEL_OPTIONS)

    def person(self, name: str) -> Metadata:
        """A person's metadata, without the sending allowance of people."""
        return (("authorization", f"Bearer {self.issuer.person('bench', name, actor='replay')}"),)


def quiet(_name: str, _line: str) -> None:
    """Log lines of parts are not wanted."""


@asynccontextmanager
async def folder() -> AsyncIterator[Folder]:
    """A folder that is removed at the end."""
    root = Path(tempfile.mkdtemp(prefix="conversations-bench-"))
    try:
        yield Folder(root, kept=False)
    finally:
        shutil.rmtree(root, ignore_errors=True)


@asynccontextmanager
async def running(
    services: Sequence[str],
    settings: Mapping[str, str] = MappingProxyType({}),
    beside: Callable[[Plan], AbstractAsyncContextManager[object]] | None = None,
    core: int | None = None,
) -> AsyncIterator[Stack]:
    """Starts MongoDB, Valkey where presence wants it, and these services; ends them at the end.

    Args:
        services: names of services, those that are called before those that call.
        settings: more variables of their environment.
        beside: starts what stands for other services, before these.
        core: keeps each service to this one, and everything else to the next.
    """
    async with AsyncExitStack() as stack, folder() as place:
        issuer = Issuer.open(place.keys)
        plan = Plan(place, Ports.free(), issuer)
        plan.renew_tokens()
        children: dict[str, Child] = {}

        async def start(part: Part, more: Mapping[str, str] = MappingProxyType({})) -> Child:
            log = place.logs / f"{part.name}.log"
            part = replace(part, environment={**part.environment, **more})
            child = await Child.start(part.name, part.command, part.environment, log, quiet)
            stack.push_async_callback(child.end, 15)
            children[part.name] = child
            return child

        if core is not None:
            stack.enter_context(kept_to(core + 1))
        mongodb, valkey = plan.databases()
        child = await start(mongodb)
        await asyncio.to_thread(databases.wait_for_mongod, child, plan.ports.mongodb, START_S)
        if "presence" in services:
            child = await start(valkey)
            await asyncio.to_thread(databases.wait_for_port, child, "valkey", plan.ports.valkey)
        if beside is not None:
            await stack.enter_async_context(beside(plan))
        for part in plan.services():
            if part.name not in services:
                continue
            with kept_to(core) if core is not None else nullcontext():
                child = await start(part, settings)
            await wait_for_service(part.name, child, part.port, START_S)
        yield Stack(plan, issuer, children, stack)


@dataclass(frozen=True)
class Raw:
    """A raw server and a channel to it."""

    address: str
    channel: grpc.aio.Channel
    pid: int


@asynccontextmanager
async def raw(*arguments: str) -> AsyncIterator[Raw]:
    """Runs one of the raw servers of `bench.raw`."""
    port = databases.free_port()
    async with AsyncExitStack() as stack, folder() as place:
        command = [sys.executable, "-m", "bench.raw", arguments[0], str(port), *arguments[1:]]
        environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
        child = await Child.start("raw", command, environment, place.logs / "raw.log", quiet)
        stack.push_async_callback(child.end, 5)
        await asyncio.to_thread(databases.wait_for_port, child, "raw", port)
        address = f"127.0.0.1:{port}"
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(address, options=CHANNEL_OPTIONS))
        yield Raw(address, channel, child.pid)
