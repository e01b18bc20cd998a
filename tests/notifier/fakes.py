"""messaging, unread and presence as the notifier sees them: real gRPC servers with scripted state."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from zlib import crc32

import grpc
from conversations.common.v1 import stream_pb2
from conversations.messaging.v1 import messaging_pb2, messaging_pb2_grpc
from conversations.presence.v1 import presence_pb2, presence_pb2_grpc
from conversations.unread.v1 import unread_pb2, unread_pb2_grpc

from services.chassis.clock import Clock

GROUP = messaging_pb2.KIND_GROUP


def conversation_id(serial: int) -> str:
    """A valid group id; different serials fall into different partitions sooner or later."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return "g_" + "a" * 24 + letters[serial // 26] + letters[serial % 26]


class FakeMessaging(messaging_pb2_grpc.MessagingServiceServicer):
    """A log in memory, with a feed whose cursors are positions."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.log: dict[str, list[messaging_pb2.Event]] = defaultdict(list)
        self.feed: list[messaging_pb2.Event] = []
        self.forgotten = 0
        self.opened: list[messaging_pb2.StreamEventsRequest] = []
        self.member_calls = 0
        self.missing: set[str] = set()
        self.headless: dict[str, int] = {}
        """How many more times a conversation is missing from the list of heads."""
        self.generation = 0
        self._more = asyncio.Condition()

    async def group(self, *members: str, title: str = "Site", tenant: str = "acme") -> str:
        conversation = conversation_id(len(self.log))
        created = messaging_pb2.ConversationCreated(kind=GROUP, title=title, members=sorted(members))
        await self._append(conversation, tenant, members[0], created=created)
        return conversation

    async def send(self, conversation: str, author: str, text: str = "hello") -> int:
        """Appends a message; returns its number."""
        sent = messaging_pb2.MessageSent(text=text, kind=GROUP)
        return (await self._append(conversation, self.log[conversation][0].tenant, author, message_sent=sent)).number

    async def delete(self, conversation: str, number: int) -> None:
        """Deletes a message."""
        deleted = messaging_pb2.MessageDeleted(number=number)
        await self._append(conversation, self.log[conversation][0].tenant, "ann", message_deleted=deleted)

    async def edit(self, conversation: str, number: int, text: str) -> None:
        """Edits a message."""
        edited = messaging_pb2.MessageEdited(number=number, text=text, kind=GROUP)
        await self._append(conversation, self.log[conversation][0].tenant, "ann", message_edited=edited)

    async def repeat(self, event: messaging_pb2.Event) -> None:
        """Shows an event a second time."""
        async with self._more:
            self.feed.append(event)
            self._more.notify_all()

    async def cut(self) -> None:
        """Ends all feeds, so that they are opened again."""
        async with self._more:
            self.generation += 1
            self._more.notify_all()

    async def _append(self, conversation: str, tenant: str, author: str, **change: Any) -> messaging_pb2.Event:
        log = self.log[conversation]
        event = messaging_pb2.Event(
            conversation=conversation,
            revision=len(log) + 1,
            number=(log[-1].number if log else 0) + ("message_sent" in change),
            tenant=tenant,
            membership_revision=1,
            at_ms=self.clock(),
            author=author,
            **change,
        )
        async with self._more:
            log.append(event)
            self.feed.append(event)
            self._more.notify_all()
        return event

    async def StreamEvents(self, request: Any, context: Any) -> AsyncIterator[Any]:  # noqa: N802
        self.opened.append(request)
        generation = self.generation
        position = int(request.cursor or -1)
        if position < self.forgotten:
            position = len(self.feed)
            yield messaging_pb2.StreamEventsResponse(cursor=f"{position:09d}", reset=stream_pb2.Reset(reason="gone"))
        else:
            yield messaging_pb2.StreamEventsResponse(cursor=f"{position:09d}")
        while generation == self.generation:
            async with self._more:
                while position >= len(self.feed) and generation == self.generation:
                    await self._more.wait()
                events, position = self.feed[position:], len(self.feed)
            mine = [
                event
                for event in events
                if crc32(event.conversation.encode()) % request.partition_count == request.partition
            ]
            yield messaging_pb2.StreamEventsResponse(events=mine, cursor=f"{position:09d}")

    async def ListHeads(self, request: Any, context: Any) -> Any:  # noqa: N802
        hidden = {name for name, times in self.headless.items() if times > 0}
        if not request.after_conversation:
            self.headless = {name: times - 1 for name, times in self.headless.items()}
        listed = (name for name in self.log if name not in hidden)
        names = sorted(name for name in listed if name > request.after_conversation)[: request.page_size]
        heads = [(name, self.log[name][-1]) for name in names]
        return messaging_pb2.ListHeadsResponse(
            heads=[
                messaging_pb2.Head(conversation=name, revision=last.revision, number=last.number, at_ms=last.at_ms)
                for name, last in heads
            ]
        )

    async def ListEvents(self, request: Any, context: Any) -> Any:  # noqa: N802
        events = self.log[request.conversation][request.after_revision :][: request.page_size]
        return messaging_pb2.ListEventsResponse(events=events)

    async def ListMembers(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.member_calls += 1
        return messaging_pb2.ListMembersResponse(
            memberships=[
                messaging_pb2.Membership(
                    conversation=name,
                    tenant=self.log[name][0].tenant,
                    kind=GROUP,
                    title=self.log[name][0].created.title,
                    membership_revision=1,
                    members=self.log[name][0].created.members,
                )
                for name in request.conversations
                if name in self.log and name not in self.missing
            ]
        )


class FakeUnread(unread_pb2_grpc.UnreadServiceServicer):
    """Read pointers in memory."""

    def __init__(self) -> None:
        self.pointers: dict[tuple[str, str], int] = {}
        self.moves: list[unread_pb2.Pointer] = []
        self.away = False
        self.silent = False
        self.mutes: dict[tuple[str, str], int] = {}
        self.totals: dict[str, int] = {}
        self.forgotten = 0
        self.asked = 0
        self._more = asyncio.Condition()

    async def read(self, conversation: str, person: str, number: int) -> None:
        """Moves a pointer; with `silent`, the feed does not tell (yet)."""
        self.pointers[conversation, person] = number
        if self.silent:
            return
        async with self._more:
            self.moves.append(
                unread_pb2.Pointer(
                    conversation=conversation, person=person, tenant="acme", read=number, version=len(self.moves) + 1
                )
            )
            self._more.notify_all()

    def mute(self, conversation: str, person: str, until_ms: int) -> None:
        """Mutes, without the feed's telling: it was long ago."""
        self.pointers.setdefault((conversation, person), 0)
        self.mutes[conversation, person] = until_ms

    async def StreamReads(self, request: Any, context: Any) -> AsyncIterator[Any]:  # noqa: N802
        position, reset = int(request.cursor or -1), None
        if position < self.forgotten:
            position, reset = len(self.moves), stream_pb2.Reset(reason="no cursor, or one that is no longer known")
        # As in the real feed, cursors sort in its order.
        yield unread_pb2.StreamReadsResponse(cursor=f"{position:09d}", reset=reset)
        while True:
            async with self._more:
                while position >= len(self.moves):
                    await self._more.wait()
                moved, position = self.moves[position:], len(self.moves)
            yield unread_pb2.StreamReadsResponse(pointers=moved, cursor=f"{position:09d}")

    async def GetTotals(self, request: Any, context: Any) -> Any:  # noqa: N802
        if self.away:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "away")
        return unread_pb2.GetTotalsResponse(
            totals=[
                unread_pb2.PersonTotal(person=person, total=unread_pb2.Total(unread=self.totals.get(person, 0)))
                for person in request.persons
            ]
        )

    async def GetPointers(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.asked += len(request.keys)
        if self.away:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "away")
        keys = {(key.conversation, key.person) for key in request.keys}
        return unread_pb2.GetPointersResponse(
            pointers=[
                unread_pb2.Pointer(
                    conversation=key[0],
                    person=key[1],
                    tenant="acme",
                    read=self.pointers[key],
                    muted_until_ms=self.mutes.get(key, 0),
                )
                for key in keys
                if key in self.pointers
            ]
        )


class FakePresence(presence_pb2_grpc.PresenceServiceServicer):
    """Live clients in memory."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.clients: dict[tuple[str, str], presence_pb2.Client] = {}
        self.known = True
        self.away = False
        self.asked: list[set[str]] = []
        self.tells = True
        self.told: list[presence_pb2.Transition] = []
        self._more = asyncio.Condition()

    async def transition(self, person: str, *, active: bool, tenant: str = "acme") -> None:
        """Tells that somebody began or ceased to be active."""
        async with self._more:
            self.told.append(presence_pb2.Transition(tenant=tenant, person=person, active=active, at_ms=self.clock()))
            self._more.notify_all()

    async def StreamTransitions(self, request: Any, context: Any) -> AsyncIterator[Any]:  # noqa: N802
        if not self.tells:
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, "not served here")
        position = int(request.cursor or len(self.told))
        reset = None if request.cursor else stream_pb2.Reset(reason="no cursor")
        yield presence_pb2.StreamTransitionsResponse(cursor=str(position), reset=reset)
        while True:
            async with self._more:
                while position >= len(self.told):
                    await self._more.wait()
                fresh, position = self.told[position:], len(self.told)
            yield presence_pb2.StreamTransitionsResponse(transitions=fresh, cursor=str(position))

    def attach(
        self,
        person: str,
        client: str,
        *tabs: presence_pb2.Tab,
        granted: bool = False,
        platform: presence_pb2.Platform = presence_pb2.PLATFORM_BROWSER,
    ) -> None:
        self.clients[person, client] = presence_pb2.Client(
            person=person,
            client=client,
            platform=platform,
            permission=presence_pb2.PERMISSION_GRANTED if granted else presence_pb2.PERMISSION_DEFAULT,
            tabs=tabs,
        )

    async def LocateClients(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.asked.append(set(request.persons))
        if self.away:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "away")
        clients = [client for (person, _), client in self.clients.items() if person in set(request.persons)]
        return presence_pb2.LocateClientsResponse(clients=clients if self.known else [], known=self.known)


def tab(name: str, *, focused: bool = True, age_ms: int = 0, conversation: str = "") -> presence_pb2.Tab:
    return presence_pb2.Tab(tab=name, visible=True, focused=focused, input_age_ms=age_ms, conversation=conversation)


class Others:
    """The three services that the notifier talks to, behind one address."""

    def __init__(self, clock: Clock) -> None:
        self.messaging = FakeMessaging(clock)  # type: ignore[abstract]  # only what the notifier calls
        self.unread = FakeUnread()  # type: ignore[abstract]
        self.presence = FakePresence(clock)  # type: ignore[abstract]
        self.address = ""


@asynccontextmanager
async def others(clock: Clock) -> AsyncIterator[Others]:
    fakes = Others(clock)
    server = grpc.aio.server()
    messaging_pb2_grpc.add_MessagingServiceServicer_to_server(fakes.messaging, server)
    unread_pb2_grpc.add_UnreadServiceServicer_to_server(fakes.unread, server)
    presence_pb2_grpc.add_PresenceServiceServicer_to_server(fakes.presence, server)
    fakes.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        yield fakes
    finally:
        await server.stop(None)
