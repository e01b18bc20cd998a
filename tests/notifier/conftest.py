"""One notifier, or several replicas of it, among scripted other services."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from conversations.notifier.v1 import notifier_pb2 as pb
from conversations.notifier.v1.notifier_pb2_grpc import NotifierServiceStub

from local.keys import Issuer, write_service_token
from services.chassis import mongo
from services.chassis.clock import system_clock
from services.chassis.server import Foundation, Server
from services.notifier.app import build
from services.notifier.settings import NotifierSettings
from tests.conftest import ManualClock, eventually
from tests.harness import Running, as_person, as_service, common
from tests.notifier.fakes import Others, others

if TYPE_CHECKING:
    from conversations.notifier.v1.notifier_pb2_grpc import NotifierServiceAsyncStub


class Screen:
    """One client's view of its banners."""

    def __init__(self, call: Any) -> None:
        self.banners: list[pb.Banner] = []
        self.dismissed: list[str] = []
        self.parts: list[str] = []
        self._call = call
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for response in self._call:
            self.parts += [field.name for field, _ in response.ListFields()]
            self.banners += response.banners
            self.dismissed += [dismissal.tag for dismissal in response.dismissals]

    async def close(self) -> None:
        self._call.cancel()
        await asyncio.wait({self._task})


@dataclass
class World:
    """The notifier and what is around it."""

    issuer: Issuer
    clock: ManualClock
    database: mongo.Database
    others: Others
    settings: NotifierSettings
    stack: AsyncExitStack
    stub_file: Path
    replicas: list[Running] = field(default_factory=list)

    async def replica(self, **settings: Any) -> "NotifierServiceAsyncStub":
        """Starts a replica, and waits until it decides."""
        chosen = self.settings.model_copy(update=settings)
        now = await self.stack.enter_async_context(self._running(chosen, f"replica-{len(self.replicas)}"))
        self.replicas.append(now)

        async def ready() -> bool:
            return await now.server._app.checks["feeds"]() is True

        await eventually(ready)
        processed = {"_id": {"$regex": "^partition:"}, "cursor": {"$exists": True}}

        async def begun() -> bool:
            return await self.database["leases"].count_documents(processed) == chosen.partitions

        await eventually(begun)
        return NotifierServiceStub(now.channel)

    @asynccontextmanager
    async def _running(self, settings: NotifierSettings, name: str) -> AsyncIterator[Running]:
        foundation = dataclasses.replace(await Foundation.lay(settings, self.clock), epoch=name)
        server = Server(settings, foundation, await build(settings, foundation))
        await server.start()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            try:
                yield Running(f"127.0.0.1:{server.port}", channel, server, foundation)
            finally:
                await server.stop()

    async def watch(
        self, stub: "NotifierServiceAsyncStub", person: str, client: str, shown: Sequence[str] = ()
    ) -> Screen:
        request = pb.WatchBannersRequest(client=client, shown=shown)
        call = stub.WatchBanners(request, metadata=as_person(self.issuer, person))
        screen = Screen(call)
        self.stack.push_async_callback(screen.close)
        await eventually(lambda: "caught_up" in screen.parts)
        return screen

    async def register(
        self, stub: "NotifierServiceAsyncStub", person: str, device: str = "phone", target: str = ""
    ) -> None:
        await stub.RegisterDevice(
            pb.RegisterDeviceRequest(
                device=device, transport=pb.TRANSPORT_STUB, target=target or f"target-{person}-{device}"
            ),
            metadata=as_person(self.issuer, person),
        )

    async def alerts(self, stub: "NotifierServiceAsyncStub", conversation: str) -> list[pb.Alert]:
        request = pb.ListAlertsRequest(conversation=conversation)
        return list((await stub.ListAlerts(request, metadata=as_service(self.issuer))).alerts)

    async def deliveries(self, stub: "NotifierServiceAsyncStub", conversation: str) -> list[pb.Delivery]:
        request = pb.ListDeliveriesRequest(conversation=conversation)
        return list((await stub.ListDeliveries(request, metadata=as_service(self.issuer))).deliveries)

    async def states(self, stub: "NotifierServiceAsyncStub", conversation: str) -> list[tuple[str, str, str]]:
        """(person, state, reason) of each delivery, sorted."""
        return sorted(
            (each.person, pb.DeliveryState.Name(each.state).removeprefix("DELIVERY_STATE_"), each.reason)
            for each in await self.deliveries(stub, conversation)
        )

    async def settled(self, stub: "NotifierServiceAsyncStub", conversation: str, *states: tuple[str, str, str]) -> None:
        """Waits until the deliveries of a conversation are these."""

        async def holds() -> bool:
            return await self.states(stub, conversation) == sorted(states)

        await eventually(holds)

    async def decided(self, stub: "NotifierServiceAsyncStub", conversation: str, count: int = 1) -> list[pb.Alert]:
        """Waits until so many messages of a conversation are decided."""

        async def holds() -> bool:
            return len(await self.alerts(stub, conversation)) == count

        await eventually(holds)
        return await self.alerts(stub, conversation)

    def sent(self) -> list[dict[str, Any]]:
        """What the stub sender wrote."""
        return [json.loads(line) for line in self.stub_file.read_text().splitlines()]


def named(decision: pb.Decision) -> tuple[str, str, str, str, str]:
    """A decision in words."""
    return (
        decision.person,
        pb.Surface.Name(decision.surface).removeprefix("SURFACE_"),
        pb.Reason.Name(decision.reason).removeprefix("REASON_"),
        decision.client,
        decision.tab,
    )


@pytest.fixture
async def world(database: mongo.Database, mongo_uri: str, issuer: Issuer, tmp_path: Path) -> AsyncIterator[World]:
    # The time of tokens is real, so the clock begins there.
    clock = ManualClock(system_clock())
    async with AsyncExitStack() as stack:
        fakes = await stack.enter_async_context(others(clock))
        stub_file = tmp_path / "stub.ndjson"
        settings = NotifierSettings(
            **common(
                issuer,
                mongodb_uri=mongo_uri,
                mongodb_database=database.name,
                messaging_address=fakes.address,
                unread_address=fakes.address,
                presence_address=fakes.address,
                service_token_file=str(write_service_token(issuer, "notifier")),
                stub_file=str(stub_file),
                partitions=2,
                patience_ms=30_000,
                lease_ms=1_000,
                # What follows at once is not held back, unless a test is about that.
                burst_ms=0,
            )
        )
        yield World(issuer, clock, database, fakes, settings, stack, stub_file)
