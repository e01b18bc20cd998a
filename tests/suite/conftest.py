"""All four services as processes, on real databases, and the people who use them."""

import asyncio
import json
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
import redis.asyncio
from conversations.messaging.v1 import messaging_pb2
from conversations.messaging.v1.messaging_pb2_grpc import MessagingServiceStub
from conversations.notifier.v1 import notifier_pb2
from conversations.notifier.v1.notifier_pb2_grpc import NotifierServiceStub
from conversations.presence.v1 import presence_pb2
from conversations.presence.v1.presence_pb2_grpc import PresenceServiceStub
from conversations.unread.v1 import unread_pb2
from conversations.unread.v1.unread_pb2_grpc import UnreadServiceStub

from local.keys import Issuer, write_service_token
from services.chassis import mongo
from services.notifier.senders.webpush.vapid import new_pair
from tests.conftest import eventually
from tests.harness import as_person, as_service
from tests.processes import Process


@dataclass
class Client:
    """One browser of one person: what its streams have brought."""

    badges: dict[str, int] = field(default_factory=dict)
    total: int = 0
    caught_up: set[str] = field(default_factory=set)
    banners: list[Any] = field(default_factory=list)
    dismissed: list[str] = field(default_factory=list)

    def tags(self) -> list[str]:
        """The tags of what was shown, in order."""
        return [banner.tag for banner in self.banners]


class Suite:
    """The services, and calls in the name of people."""

    def __init__(self, issuer: Issuer, processes: dict[str, Process], stub_file: Path) -> None:
        self.issuer = issuer
        self.processes = processes
        self.stub_file = stub_file
        self._stack = AsyncExitStack()
        self._channels: dict[str, grpc.aio.Channel] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._keys = 0

    async def open(self) -> None:
        for name, process in self.processes.items():
            channel = grpc.aio.insecure_channel(
                process.address,
                options=(("grpc.max_reconnect_backoff_ms", 500), ("grpc.initial_reconnect_backoff_ms", 100)),
            )
            self._channels[name] = await self._stack.enter_async_context(channel)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stack.aclose()

    def channel(self, service: str) -> grpc.aio.Channel:
        """The channel to a service."""
        return self._channels[service]

    @property
    def messaging(self) -> Any:
        return MessagingServiceStub(self._channels["messaging"])

    @property
    def unread(self) -> Any:
        return UnreadServiceStub(self._channels["unread"])

    @property
    def presence(self) -> Any:
        return PresenceServiceStub(self._channels["presence"])

    @property
    def notifier(self) -> Any:
        return NotifierServiceStub(self._channels["notifier"])

    async def group(self, *members: str) -> str:
        response = await self.messaging.CreateGroupConversation(
            messaging_pb2.CreateGroupConversationRequest(
                client_key=uuid.uuid4().hex, title="Level 3 slab", members=members[1:]
            ),
            metadata=as_person(self.issuer, members[0]),
        )
        return str(response.conversation.conversation)

    async def send(self, conversation: str, person: str, text: str = "Cylinders at noon") -> int:
        """Sends, again with the same key until it is known to be done; answers the number."""
        self._keys += 1
        request = messaging_pb2.SendMessageRequest(
            conversation=conversation, client_key=f"{person}-{self._keys}", text=text
        )
        while True:
            try:
                answer = await self.messaging.SendMessage(
                    request, metadata=as_person(self.issuer, person, actor="replay"), timeout=5
                )
            except grpc.aio.AioRpcError as error:
                if error.code().name not in {"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"}:
                    raise
                await asyncio.sleep(0.05)
            else:
                return int(answer.number)

    async def attach(self, person: str, *, focused: bool, conversation: str = "") -> Client:
        """Opens a browser with one tab, and keeps its streams open over every fault."""
        client = Client()
        name = f"browser-of-{person}"
        metadata = as_person(self.issuer, person)

        async def attached() -> None:
            call = self.presence.Attach(
                presence_pb2.AttachRequest(client=name, platform=presence_pb2.PLATFORM_BROWSER), metadata=metadata
            )
            async for response in call:
                if response.HasField("caught_up"):
                    await self.presence.ReportTabs(
                        presence_pb2.ReportTabsRequest(
                            client=name,
                            sequence=1,
                            permission=presence_pb2.PERMISSION_GRANTED,
                            tabs=[
                                presence_pb2.Tab(tab="tab-1", visible=True, focused=focused, conversation=conversation)
                            ],
                        ),
                        metadata=metadata,
                    )
                    client.caught_up.add("presence")

        async def badges() -> None:
            async for response in self.unread.WatchBadges(unread_pb2.WatchBadgesRequest(), metadata=metadata):
                if response.HasField("hello"):
                    client.badges.clear()
                for badge in response.badges:
                    client.badges[badge.conversation] = badge.unread
                if response.HasField("total"):
                    client.total = response.total.unread
                if response.HasField("caught_up"):
                    client.caught_up.add("unread")

        async def banners() -> None:
            async for response in self.notifier.WatchBanners(
                notifier_pb2.WatchBannersRequest(client=name), metadata=metadata
            ):
                client.banners += response.banners
                client.dismissed += [dismissal.tag for dismissal in response.dismissals]
                if response.HasField("caught_up"):
                    client.caught_up.add("notifier")

        for stream in (attached, badges, banners):
            self._tasks.append(asyncio.create_task(self._again(stream)))
        await eventually(lambda: client.caught_up == {"presence", "unread", "notifier"})
        return client

    async def read(self, person: str, conversation: str, number: int) -> None:
        await self.unread.MarkRead(
            unread_pb2.MarkReadRequest(conversation=conversation, number=number),
            metadata=as_person(self.issuer, person),
        )

    async def register(self, person: str) -> None:
        await self.notifier.RegisterDevice(
            notifier_pb2.RegisterDeviceRequest(
                device="phone", transport=notifier_pb2.TRANSPORT_STUB, target=f"target-of-{person}"
            ),
            metadata=as_person(self.issuer, person),
        )

    async def total(self, person: str) -> int:
        answer = await self.unread.GetBadges(
            unread_pb2.GetBadgesRequest(), metadata=as_person(self.issuer, person), wait_for_ready=True, timeout=10
        )
        return int(answer.total.unread)

    async def alerts(self, conversation: str) -> list[Any]:
        answer = await self.notifier.ListAlerts(
            notifier_pb2.ListAlertsRequest(conversation=conversation, page_size=500),
            metadata=as_service(self.issuer),
            wait_for_ready=True,
            timeout=10,
        )
        return list(answer.alerts)

    async def deliveries(self, conversation: str) -> list[Any]:
        answer = await self.notifier.ListDeliveries(
            notifier_pb2.ListDeliveriesRequest(conversation=conversation),
            metadata=as_service(self.issuer),
            wait_for_ready=True,
            timeout=10,
        )
        return list(answer.deliveries)

    def pushes(self) -> dict[str, list[str]]:
        """What the stub sender has written: the tags for each person, in order."""
        found: dict[str, list[str]] = defaultdict(list)
        if self.stub_file.exists():
            for line in self.stub_file.read_text().splitlines():
                push = json.loads(line)
                found[push["person"]].append(push["tag"])
        return found

    async def _again(self, stream: Any) -> None:
        while True:
            try:
                await stream()
            except grpc.aio.AioRpcError as error:
                if error.code().name not in {"UNAVAILABLE", "CANCELLED", "UNKNOWN", "INTERNAL", "FAILED_PRECONDITION"}:
                    raise
            await asyncio.sleep(0.1)


@asynccontextmanager
async def running_suite(
    issuer: Issuer,
    folder: Path,
    mongo_uri: str,
    mongo_client: mongo.Client,
    valkey_url: str,
    prefix: str,
    **more: Mapping[str, Any],
) -> AsyncIterator[Suite]:
    """All four services, until the block ends.

    Args:
        issuer: whose tokens they accept.
        folder: for their logs and what the stub sender writes.
        mongo_uri: where MongoDB is.
        mongo_client: drops their databases at the end.
        valkey_url: where Valkey is.
        prefix: the beginning of their databases' names.
        more: further settings, for each service that has any.
    """
    stub_file = folder / "stub.ndjson"
    settings: dict[str, dict[str, Any]] = {
        "messaging": {},
        "presence": {"valkey_url": valkey_url, "lease_ms": 3_000, "trust_new_store": "true"},
        "unread": {},
        "notifier": {
            "stub_file": stub_file,
            "escalation_ms": 60_000,
            "patience_ms": 2_000,
            "vapid_private_key": new_pair()[0],
            "vapid_subject": "mailto:operator@example.com",
        },
    }
    processes: dict[str, Process] = {}
    for service in ("messaging", "presence", "unread", "notifier"):
        own = {"unlimited_actors": '["replay"]', **settings[service]}
        if service != "presence":
            own |= {"mongodb_uri": mongo_uri, "mongodb_database": f"{prefix}_{service}"}
        if service != "messaging":
            own |= {"service_token_file": write_service_token(issuer, service)}
            own.setdefault("lease_ms", 1_000)
            needs = ("messaging", "unread", "presence") if service == "notifier" else ("messaging",)
            own |= {f"{other}_address": processes[other].address for other in needs}
        processes[service] = Process(service, issuer, folder, **{**own, **more.get(service, {})})
    # They call each other, so one of them learns where the other is afterwards.
    processes["messaging"].set(
        unread_address=processes["unread"].address, service_token_file=write_service_token(issuer, "messaging")
    )
    suite = Suite(issuer, processes, stub_file)
    try:
        await asyncio.gather(*(asyncio.to_thread(process.start) for process in processes.values()))
        await suite.open()
        yield suite
    finally:
        await suite.close()
        for process in processes.values():
            process.kill()
        for service in ("messaging", "unread", "notifier"):
            await mongo_client.drop_database(f"{prefix}_{service}")


@pytest.fixture
async def suite(
    mongo_uri: str,
    mongo_client: mongo.Client,
    valkey_url: str,
    valkey: redis.asyncio.Redis,
    issuer: Issuer,
    tmp_path: Path,
) -> AsyncIterator[Suite]:
    prefix = f"test_{uuid.uuid4().hex[:8]}"
    async with running_suite(issuer, tmp_path, mongo_uri, mongo_client, valkey_url, prefix) as suite:
        yield suite
