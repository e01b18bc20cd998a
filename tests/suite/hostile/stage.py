"""The people, the conversations and the valid requests that bad ones are made from."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import redis.asyncio
from conversations.messaging.v1 import messaging_pb2 as m
from conversations.notifier.v1 import notifier_pb2 as n
from conversations.presence.v1 import presence_pb2 as p
from conversations.unread.v1 import unread_pb2 as u
from google.protobuf.message import Message

from services.chassis import mongo
from tests.harness import Metadata, as_person, as_service
from tests.suite.conftest import Suite
from tests.suite.hostile.rpcs import Outcome, Rpc, call

MISSING = "g_" + "a" * 26
"""A conversation that nobody ever made."""

BOOKKEEPING = frozenset({"leases"})
"""Collections that change while nothing happens: who works on what, and how far they are."""


@dataclass
class Stage:
    """Ann's tenant is acme.

    Attributes:
        conversation: a group of ann, bob and max, with one message of bob's.
        strangers: a group of acme without ann.
        foreign: a group of another tenant's ann and bob.
    """

    suite: Suite
    databases: dict[str, mongo.Database]
    valkey: redis.asyncio.Redis
    conversation: str
    strangers: str
    foreign: str

    def valid(self, rpc: Rpc) -> Message:
        """A valid request of ann's, or of a service: it ends with OK, also when repeated."""
        assert str(rpc) in REQUESTS, f"{rpc} is new: give it a valid request in REQUESTS"
        return REQUESTS[str(rpc)](self.conversation)

    def identity(self, rpc: Rpc, actor: str = "") -> Metadata:
        """The metadata of the kind of caller that the RPC is for."""
        issuer = self.suite.issuer
        return as_person(issuer, "ann", actor=actor) if rpc.for_people else as_service(issuer)

    async def call(
        self, rpc: Rpc, raw: bytes | Message, metadata: Iterable[tuple[str, str | bytes]] | None = None, **how: Any
    ) -> Outcome:
        """Calls an RPC, as the right kind of caller unless told otherwise."""
        if isinstance(raw, Message):
            raw = raw.SerializeToString()
        return await call(
            self.suite.channel(rpc.service), rpc, raw, self.identity(rpc) if metadata is None else metadata, **how
        )

    def calling(
        self, rpc: Rpc, raw: bytes | Message, metadata: Iterable[tuple[str, str | bytes]] | None = None, **how: Any
    ) -> Callable[[], Awaitable[Outcome]]:
        """A call that has not begun."""
        return lambda: self.call(rpc, raw, metadata, **how)

    async def stored(self) -> dict[str, str]:
        """A digest of each collection's content."""
        found = {}
        for service, database in self.databases.items():
            answer = await database.command("dbHash")
            for collection, digest in answer["collections"].items():
                if collection not in BOOKKEEPING:
                    found[f"{service}.{collection}"] = str(digest)
        return found

    async def quiet(self) -> dict[str, str]:
        """Waits until nothing changes any more; answers what is stored then."""
        before = await self.stored()
        same = 0
        async with asyncio.timeout(30):
            while same < QUIET:
                await asyncio.sleep(0.4)
                now = await self.stored()
                same = same + 1 if now == before else 0
                before = now
        return before


# While presence does not know, an alert is looked at again after a second: quiet must last longer than that.
QUIET = 6

REQUESTS: dict[str, Callable[[str], Message]] = {
    "messaging.CreateDirectConversation": lambda _: m.CreateDirectConversationRequest(person="bob"),
    "messaging.CreateGroupConversation": lambda _: m.CreateGroupConversationRequest(
        client_key="valid", title="Level 3", members=["bob"]
    ),
    "messaging.CreateItemConversation": lambda _: m.CreateItemConversationRequest(
        item=m.Item(project="p-1", tool="rfi", item="7"), title="RFI 7", link="/rfi/7", members=["bob"]
    ),
    "messaging.GetConversation": lambda c: m.GetConversationRequest(conversation=c),
    "messaging.SendMessage": lambda c: m.SendMessageRequest(conversation=c, client_key="valid", text="Noon"),
    "messaging.ListMessages": lambda c: m.ListMessagesRequest(conversation=c),
    "messaging.WatchConversation": lambda c: m.WatchConversationRequest(conversation=c),
    "messaging.StreamEvents": lambda _: m.StreamEventsRequest(partition_count=1),
    "messaging.ListEvents": lambda c: m.ListEventsRequest(conversation=c),
    "messaging.ListHeads": lambda _: m.ListHeadsRequest(),
    "messaging.ListMembers": lambda c: m.ListMembersRequest(conversations=[c]),
    "notifier.WatchBanners": lambda _: n.WatchBannersRequest(client="valid"),
    "notifier.RegisterDevice": lambda _: n.RegisterDeviceRequest(
        device="valid", transport=n.TRANSPORT_STUB, target="target-of-ann"
    ),
    "notifier.GetWebPushKey": lambda _: n.GetWebPushKeyRequest(),
    "notifier.UnregisterDevice": lambda _: n.UnregisterDeviceRequest(device="never-registered"),
    "notifier.ListAlerts": lambda c: n.ListAlertsRequest(conversation=c),
    "notifier.ListDeliveries": lambda c: n.ListDeliveriesRequest(conversation=c),
    "presence.Attach": lambda _: p.AttachRequest(client="valid", platform=p.PLATFORM_BROWSER),
    "presence.ReportTabs": lambda c: p.ReportTabsRequest(
        client="browser-of-ann",
        sequence=1,
        permission=p.PERMISSION_GRANTED,
        tabs=[p.Tab(tab="tab-1", visible=True, conversation=c)],
    ),
    "presence.LocateClients": lambda _: p.LocateClientsRequest(tenant="acme", persons=["ann"]),
    "unread.GetBadges": lambda c: u.GetBadgesRequest(conversations=[c]),
    "unread.MarkRead": lambda c: u.MarkReadRequest(conversation=c, number=1),
    "unread.WatchBadges": lambda _: u.WatchBadgesRequest(),
    "unread.StreamReads": lambda _: u.StreamReadsRequest(),
    "unread.GetPointers": lambda c: u.GetPointersRequest(keys=[u.PointerKey(conversation=c, person="ann")]),
}
"""A valid request of each RPC, with every message that it can hold, given ann's conversation."""
