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
from services.messaging.rules import group_id
from tests.harness import Metadata, as_person, as_service
from tests.suite.conftest import Suite
from tests.suite.hostile.rpcs import Outcome, Rpc, call

MISSING = "g_" + "a" * 26
"""A conversation that nobody ever made."""

CHANGED, LEFT = (group_id("acme", "ann", name) for name in ("changed", "left"))
"""Two groups of ann and bob: one that requests change, one that ann has left."""

NIGHT = n.Week(hours=[n.QuietHours(weekday=1, start_minute=60, end_minute=61)], time_zone="Europe/Vienna")
"""Quiet hours of one minute."""

BOOKKEEPING = frozenset({"leases", "catalog_leases"})
"""Collections that change while nothing happens: who works on what, and how far they are."""


@dataclass
class Stage:
    """Ann's tenant is acme.

    Attributes:
        conversation: a group of ann, bob and max, with one message of bob's, then two of ann's.
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

# Fields are put into the first: a mention has more of them than a text.
PARTS = [m.MessagePart(person=m.PersonMention(person="bob", label="Bob")), m.MessagePart(text=", at noon")]

FILE = m.Attachment(id="f-1", name="plan.pdf", type="application/pdf", size_bytes=7, url="/files/f-1")

REQUESTS: dict[str, Callable[[str], Message]] = {
    "messaging.CreateDirectConversation": lambda _: m.CreateDirectConversationRequest(person="bob"),
    "messaging.CreateGroupConversation": lambda _: m.CreateGroupConversationRequest(
        client_key="valid", title="Level 3", members=["bob"]
    ),
    "messaging.OpenItemConversation": lambda _: m.OpenItemConversationRequest(
        item=m.Item(project="p-1", tool="rfi", item="7"), title="RFI 7", link="/rfi/7", members=["bob"]
    ),
    "messaging.GetConversation": lambda c: m.GetConversationRequest(conversation=c),
    "messaging.SendMessage": lambda c: m.SendMessageRequest(
        conversation=c, client_key="valid", parts=PARTS, attachments=[FILE]
    ),
    "messaging.EditMessage": lambda c: m.EditMessageRequest(
        conversation=c, client_key="edited", number=2, parts=PARTS, attachments=[FILE]
    ),
    "messaging.DeleteMessage": lambda c: m.DeleteMessageRequest(conversation=c, client_key="deleted", number=3),
    "messaging.ListVersions": lambda c: m.ListVersionsRequest(conversation=c, number=2),
    "messaging.AddMembers": lambda _: m.AddMembersRequest(
        conversation=CHANGED, client_key="added", members=["bob"], role=m.ROLE_MEMBER
    ),
    "messaging.RemoveMembers": lambda _: m.RemoveMembersRequest(
        conversation=CHANGED, client_key="removed", members=["never-there"]
    ),
    "messaging.LeaveConversation": lambda _: m.LeaveConversationRequest(conversation=LEFT, client_key="left"),
    "messaging.SetRole": lambda _: m.SetRoleRequest(
        conversation=CHANGED, client_key="role", person="bob", role=m.ROLE_MEMBER
    ),
    "messaging.UpdateConversation": lambda _: m.UpdateConversationRequest(
        conversation=CHANGED, client_key="renamed", title="Level 3 slab", archived=False, history=m.HISTORY_ALL
    ),
    "messaging.SetStar": lambda c: m.SetStarRequest(conversation=c, starred=True),
    "messaging.ListConversations": lambda _: m.ListConversationsRequest(kinds=[m.KIND_GROUP]),
    "messaging.SearchMessages": lambda c: m.SearchMessagesRequest(query="noon", conversation=c),
    "messaging.PutItemConversation": lambda _: m.PutItemConversationRequest(
        tenant="acme",
        item=m.Item(project="p-1", tool="rfi", item="8"),
        title="RFI 8",
        link="/rfi/8",
        add_members=["bob"],
        remove_members=["max"],
    ),
    "messaging.PostMessage": lambda c: m.PostMessageRequest(
        tenant="acme", conversation=c, client_key="posted", parts=PARTS, attachments=[FILE]
    ),
    "messaging.GetTenantSettings": lambda _: m.GetTenantSettingsRequest(tenant="acme"),
    "messaging.PutTenantSettings": lambda _: m.PutTenantSettingsRequest(
        tenant="spoilt", settings=m.TenantSettings(edit_within_ms=1, delete_within_ms=1, versions=m.VERSIONS_NOBODY)
    ),
    "messaging.ListMessages": lambda c: m.ListMessagesRequest(conversation=c),
    "messaging.WatchConversation": lambda c: m.WatchConversationRequest(conversation=c),
    "messaging.StreamEvents": lambda _: m.StreamEventsRequest(partition_count=1),
    "messaging.ListEvents": lambda c: m.ListEventsRequest(conversation=c),
    "messaging.ListHeads": lambda _: m.ListHeadsRequest(),
    "messaging.ListMembers": lambda c: m.ListMembersRequest(conversations=[c]),
    "notifier.WatchBanners": lambda _: n.WatchBannersRequest(client="valid", shown=[f"{MISSING}:1"]),
    "notifier.RegisterDevice": lambda _: n.RegisterDeviceRequest(
        device="valid", transport=n.TRANSPORT_STUB, target="target-of-ann"
    ),
    "notifier.GetWebPushKey": lambda _: n.GetWebPushKeyRequest(),
    "notifier.UnregisterDevice": lambda _: n.UnregisterDeviceRequest(device="never-registered"),
    "notifier.ListAlerts": lambda c: n.ListAlertsRequest(conversation=c),
    "notifier.ListDeliveries": lambda c: n.ListDeliveriesRequest(conversation=c),
    "notifier.GetPreferences": lambda _: n.GetPreferencesRequest(),
    "notifier.UpdatePreferences": lambda _: n.UpdatePreferencesRequest(
        preferences=n.Preferences(
            in_app=True, push_timing=n.PUSH_TIMING_WHEN_INACTIVE, quiet_hours=NIGHT, escalation_delay_ms=3_600_000
        ),
        clear=[n.PREFERENCE_FIELD_BROWSER],
    ),
    "notifier.GetConversationPreferences": lambda _: n.GetConversationPreferencesRequest(),
    "notifier.SetConversationPreference": lambda c: n.SetConversationPreferenceRequest(
        conversation=c, level=n.LEVEL_ALL
    ),
    "notifier.ExplainAlert": lambda c: n.ExplainAlertRequest(conversation=c, number=1),
    "notifier.InspectAlert": lambda c: n.InspectAlertRequest(tenant="acme", person="ann", conversation=c, number=1),
    "notifier.TestNotification": lambda _: n.TestNotificationRequest(surface=n.SURFACE_BANNER),
    "notifier.GetTenantDefaults": lambda _: n.GetTenantDefaultsRequest(tenant="elsewhere"),
    "notifier.PutTenantDefaults": lambda _: n.PutTenantDefaultsRequest(
        tenant="elsewhere", defaults=n.Preferences(in_app=True, quiet_hours=NIGHT)
    ),
    "presence.Attach": lambda _: p.AttachRequest(client="valid", platform=p.PLATFORM_BROWSER),
    "presence.ReportTabs": lambda c: p.ReportTabsRequest(
        client="browser-of-ann",
        sequence=1,
        permission=p.PERMISSION_GRANTED,
        tabs=[p.Tab(tab="tab-1", visible=True, conversation=c)],
    ),
    "presence.LocateClients": lambda _: p.LocateClientsRequest(tenant="acme", persons=["ann"]),
    "presence.SetStatus": lambda _: p.SetStatusRequest(status=p.STATUS_AWAY, until_ms=4_102_444_800_000),
    "presence.WatchPresence": lambda _: p.WatchPresenceRequest(persons=["bob"]),
    "presence.ReportTyping": lambda c: p.ReportTypingRequest(conversation=c),
    "presence.WatchTyping": lambda c: p.WatchTypingRequest(conversation=c),
    "presence.StreamTransitions": lambda _: p.StreamTransitionsRequest(partition_count=1),
    "unread.GetBadges": lambda c: u.GetBadgesRequest(conversations=[c]),
    "unread.MarkRead": lambda c: u.MarkReadRequest(conversation=c, number=1),
    # Where nothing is read: it raises the epoch, by which MarkRead would be refused.
    "unread.MarkUnread": lambda _: u.MarkUnreadRequest(conversation=CHANGED, number=1),
    "unread.MarkAllRead": lambda _: u.MarkAllReadRequest(),
    "unread.SetMute": lambda c: u.SetMuteRequest(conversation=c, muted_until_ms=1),
    "unread.ListReaders": lambda c: u.ListReadersRequest(conversation=c, number=1),
    "unread.WatchReaders": lambda c: u.WatchReadersRequest(conversation=c),
    "unread.ListUnread": lambda _: u.ListUnreadRequest(tenant="acme", person="ann"),
    # Number 0 is counted whatever happens, so that nothing is waited for.
    "unread.GetTotals": lambda _: u.GetTotalsRequest(
        tenant="acme", persons=["ann"], counted=[u.CountedTo(conversation=MISSING)]
    ),
    "unread.Recount": lambda c: u.RecountRequest(tenant="acme", person="ann", conversation=c),
    "unread.WatchBadges": lambda _: u.WatchBadgesRequest(),
    "unread.StreamReads": lambda _: u.StreamReadsRequest(),
    "unread.GetPointers": lambda c: u.GetPointersRequest(keys=[u.PointerKey(conversation=c, person="ann")]),
}
"""A valid request of each RPC, with every message that it can hold, given ann's conversation."""
