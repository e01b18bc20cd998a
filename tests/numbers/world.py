"""Two replicas of messaging and two of unread on real MongoDB, whose feed is disturbed, and which stop and start."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from conversations.messaging.v1.messaging_pb2_grpc import MessagingServiceStub
from conversations.unread.v1 import unread_pb2
from conversations.unread.v1.unread_pb2_grpc import UnreadServiceStub
from pymongo.errors import AutoReconnect, PyMongoError

from local.databases import free_port
from local.keys import Issuer, write_service_token
from services.chassis.feed import Batch
from services.chassis.server import App, Foundation, Server
from services.messaging.app import build as build_messaging
from services.messaging.settings import MessagingSettings
from services.unread.app import build as build_unread
from services.unread.clients import Messaging
from services.unread.settings import UnreadSettings
from services.unread.store.counting import Counting
from tests.harness import Metadata, as_person, common

REPLICAS = 2

LEASE_MS = 800
"""Short, so that the partitions of a replica that crashed are soon counted by the other."""

PARTITIONS = 3

STALE_S = 0.05
"""How late an owner is that has lost its lease and does not know it, s."""


class Replica:
    """One replica of a service in this process; it comes back at the same address."""

    def __init__(self, settings: Any, build: Any) -> None:
        self._build = build
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.settings = settings.model_copy(update={"port": self.port})
        self.server: Server | None = None
        self.app: App | None = None
        self.foundation: Foundation | None = None
        self.channel: grpc.aio.Channel | None = None

    @property
    def up(self) -> bool:
        return self.server is not None

    async def start(self) -> None:
        self.foundation = await Foundation.lay(self.settings)
        self.app = await self._build(self.settings, self.foundation)
        self.server = Server(self.settings, self.foundation, self.app)
        await self.server.start()
        self.channel = grpc.aio.insecure_channel(self.address)

    async def stop(self, *, crash: bool = False) -> None:
        """Ends it in order; or at once, with its leases held and its batches half done."""
        assert self.server is not None
        assert self.app is not None
        assert self.foundation is not None
        assert self.channel is not None
        await self.channel.close()
        server, self.server = self.server, None
        if crash:
            await self.foundation.tasks.close()
            await server._server.stop(None)
            for close in self.app.closers:
                # Nobody gives leases back in a crash.
                if getattr(close, "__name__", "") != "release":
                    await close()
        else:
            await server.stop()


async def disturbed(
    stream: AsyncIterator[Batch[Any]], rng: random.Random, pause_s: float = 0.01
) -> AsyncIterator[Batch[Any]]:
    """The same feed with batches that come again, and with pauses that differ between partitions."""
    earlier: list[Any] = []
    async with aclosing(stream) as batches:  # type: ignore[type-var]
        async for batch in batches:
            if rng.random() < 0.3:
                await asyncio.sleep(rng.random() * pause_s)
            yield batch
            earlier = [*earlier, *batch.items][-20:]
            if earlier and rng.random() < 0.3:
                # What comes again begins anywhere and goes on to where the feed is, in order.
                yield Batch(earlier[rng.randrange(len(earlier)) :], batch.cursor)


@dataclass
class World:
    """The replicas, and calls in the name of people."""

    issuer: Issuer
    messaging: list[Replica]
    unread: list[Replica]
    rng: random.Random = field(default_factory=lambda: random.Random(1))
    patched: list[tuple[Any, str, Any]] = field(default_factory=list)
    stale: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    async def open(cls, folder: Path, mongo_uri: str, name: str) -> "World":
        issuer = Issuer.open(folder / "keys")
        base = common(issuer, mongodb_uri=mongo_uri)
        base["drain_s"] = 0.05
        token = write_service_token(issuer, "unread")
        messaging = [
            Replica(
                MessagingSettings(**base, mongodb_database=f"{name}_m", unlimited_actors=["replay"]), build_messaging
            )
            for _ in range(REPLICAS)
        ]
        addresses = "ipv4:" + ",".join(replica.address for replica in messaging)
        unread = [
            Replica(
                UnreadSettings(
                    **base,
                    mongodb_database=f"{name}_u",
                    messaging_address=addresses,
                    service_token_file=str(token),
                    partitions=PARTITIONS,
                    lease_ms=LEASE_MS,
                    sweep_ms=500,
                    unlimited_actors=["replay"],
                ),
                build_unread,
            )
            for _ in range(REPLICAS)
        ]
        world = cls(issuer, messaging, unread)
        world._disturb()
        for replica in (*messaging, *unread):
            await replica.start()
        return world

    def _disturb(self) -> None:
        """What the services must bear: feeds that repeat, owners that are stale, and owners that die half-way."""
        rng, stream, write = self.rng, Messaging.stream, Counting._write_pointers

        def repeating(messaging: Messaging, partition: int, cursor: str) -> AsyncIterator[Batch[Any]]:
            return disturbed(stream(messaging, partition, cursor), rng)

        async def late(store: Counting, batches: Any) -> None:
            await asyncio.sleep(rng.random() * STALE_S)
            with suppress(PyMongoError):  # its replica may have been stopped meanwhile
                await write(store, batches)

        async def writing(store: Counting, batches: Any) -> None:
            await write(store, batches)
            if rng.random() < 0.2:
                # Another owner of the same partition, which lost its lease without knowing it, does the same later.
                task = asyncio.create_task(late(store, dict(batches)))
                self.stale.add(task)
                task.add_done_callback(self.stale.discard)
            if rng.random() < 0.02:
                raise AutoReconnect("the owner dies between pointers and heads")

        self._patch(Messaging, "stream", repeating)
        self._patch(Counting, "_write_pointers", writing)

    def _patch(self, owner: Any, name: str, value: Any) -> None:
        self.patched.append((owner, name, getattr(owner, name)))
        setattr(owner, name, value)

    async def rest(self) -> None:
        """Waits until no stale owner is under way."""
        while self.stale:
            await asyncio.wait(self.stale)

    async def close(self) -> None:
        await self.rest()
        for replica in (*self.unread, *self.messaging):
            if replica.up:
                await replica.stop()
        for owner, name, value in reversed(self.patched):
            setattr(owner, name, value)

    def caller(self, tenant: str, person: str) -> Metadata:
        return as_person(self.issuer, person, tenant, actor="replay")

    def messaging_stub(self, index: int) -> Any:
        """A stub of a replica that is up, the `index`th or another."""
        return MessagingServiceStub(_channel(self.messaging, index))

    def unread_stub(self, index: int) -> Any:
        return UnreadServiceStub(_channel(self.unread, index))


def _channel(replicas: list[Replica], index: int) -> grpc.aio.Channel:
    replica = replicas[index % len(replicas)]
    if not replica.up:
        replica = next(other for other in replicas if other.up)
    assert replica.channel is not None
    return replica.channel


class Screen:
    """What one client's WatchBadges stream shows, folded as the contract says; it comes back after every end."""

    def __init__(self, world: World, tenant: str, person: str, replica: int) -> None:
        self._world = world
        self._tenant = tenant
        self._replica = replica
        self.person = person
        self.badges: dict[str, Any] = {}
        self.total: tuple[int, int] = (0, 0)
        self.caught_up = False
        self._unnamed: set[str] = set()

    async def run(self) -> None:
        while True:
            stub = self._world.unread_stub(self._replica)
            call = stub.WatchBadges(
                unread_pb2.WatchBadgesRequest(), metadata=self._world.caller(self._tenant, self.person)
            )
            try:
                async for response in call:
                    self._take(response)
            except grpc.aio.AioRpcError:
                pass
            except asyncio.CancelledError:
                if asyncio.current_task().cancelling():  # type: ignore[union-attr]
                    raise
            finally:
                call.cancel()
            self.caught_up = False
            await asyncio.sleep(0.02)

    def _take(self, response: Any) -> None:
        if response.HasField("hello"):
            self._unnamed = set(self.badges)
        for badge in response.badges:
            self._unnamed.discard(badge.conversation)
            held = self.badges.get(badge.conversation)
            if held is not None and _order(held) > _order(badge):
                continue
            self.badges[badge.conversation] = badge
        if response.HasField("total"):
            self.total = (response.total.unread, response.total.mentions)
        if response.HasField("caught_up"):
            for conversation in self._unnamed:
                del self.badges[conversation]
            self._unnamed = set()
            self.caught_up = True
        if response.HasField("reset"):
            self.badges.clear()

    def shown(self) -> dict[str, tuple[int, int]]:
        found = {each.conversation: (each.unread, each.mentions) for each in self.badges.values() if not each.left}
        return {conversation: badge for conversation, badge in found.items() if badge != (0, 0)}


def _order(badge: Any) -> tuple[int, int, int]:
    return badge.epoch, badge.revision, badge.version
