"""What the notifier asks of the other services: their contracts turned into plain values."""

from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar

import grpc
import structlog
from conversations.messaging.v1 import messaging_pb2, messaging_pb2_grpc
from conversations.presence.v1 import presence_pb2, presence_pb2_grpc
from conversations.unread.v1 import unread_pb2, unread_pb2_grpc

from services.chassis.channel import Caller
from services.chassis.feed import Batch
from services.chassis.tasks import describe
from services.notifier.facts import Client, Kind, Tab
from services.notifier.records import (
    UNKNOWN,
    Deletion,
    Edit,
    Event,
    Head,
    MembersChange,
    Membership,
    Message,
    Pointer,
    Renaming,
    Transition,
    Whereabouts,
)

REQUEST_BYTES = 256 * 1024
"""About how many bytes of names go into one request; servers take 512 KiB."""

CALL_S = 5.0
"""How long a call may take, s."""

_T = TypeVar("_T", str, tuple[str, str])
_R_co = TypeVar("_R_co", covariant=True)

_KINDS = {
    messaging_pb2.KIND_DIRECT: Kind.DIRECT,
    messaging_pb2.KIND_GROUP: Kind.GROUP,
    messaging_pb2.KIND_ITEM: Kind.ITEM,
}


class _StreamCall(Protocol[_R_co]):
    """What is used of a streaming call."""

    def __aiter__(self) -> AsyncIterator[_R_co]:
        """The responses."""

    def cancel(self) -> bool:
        """Ends the call."""


_log = structlog.get_logger(__name__)

MEMBERS_CHUNK = 25
"""Members of so many conversations are asked for at once: 2,000 names of up to 128 characters each fit into 16 MiB."""


COUNTED = 1_000
"""The most conversations of which unread is told how far they must be counted, in one call."""

TOTALS_CHUNK = 100
"""Totals of so many people are asked for at once."""


class Messaging:
    """messaging's feed and log."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._stub = messaging_pb2_grpc.MessagingServiceStub(caller.channel)

    async def events(self, partition: int, partition_count: int, cursor: str) -> AsyncIterator[Batch[Event]]:
        """The feed of one partition after a cursor, until the replica that answers goes away."""
        request = messaging_pb2.StreamEventsRequest(
            cursor=cursor, partition=partition, partition_count=partition_count, include_text=True
        )
        async with _stream(self._stub.StreamEvents(request, metadata=self._caller.metadata())) as responses:
            async for response in responses:
                if response.cursor:
                    yield Batch(list(_events(response.events)), response.cursor, reset=response.HasField("reset"))
                if response.HasField("go_away"):
                    return

    async def heads(self) -> AsyncIterator[Sequence[Head]]:
        """The positions of all conversations' logs, page by page."""
        after, size = "", 1_000
        while True:
            answer = await self._stub.ListHeads(
                messaging_pb2.ListHeadsRequest(after_conversation=after, page_size=size),
                metadata=self._caller.metadata(),
                timeout=CALL_S,
            )
            yield [Head(head.conversation, head.revision, head.at_ms) for head in answer.heads]
            if len(answer.heads) < size:
                return
            after = answer.heads[-1].conversation

    async def log(self, conversation: str, after_revision: int, limit: int = 500) -> tuple[list[Event], int]:
        """Reads on in a conversation's log.

        Returns the events that concern the notifier, and the last revision that was read: `after_revision` at the end.
        """
        answer = await self._stub.ListEvents(
            messaging_pb2.ListEventsRequest(
                conversation=conversation, after_revision=after_revision, page_size=limit, include_text=True
            ),
            metadata=self._caller.metadata(),
            timeout=CALL_S,
        )
        return list(_events(answer.events)), answer.events[-1].revision if answer.events else after_revision

    async def members(self, conversations: Collection[str]) -> list[Membership]:
        """The present members of conversations; unknown ones are left out."""
        found: list[Membership] = []
        for chunk in _chunks(conversations, MEMBERS_CHUNK):
            answer = await self._stub.ListMembers(
                messaging_pb2.ListMembersRequest(conversations=chunk), metadata=self._caller.metadata(), timeout=CALL_S
            )
            found += [
                Membership(
                    each.conversation,
                    each.tenant,
                    _KINDS[each.kind],
                    each.title,
                    each.membership_revision,
                    frozenset(each.members),
                )
                for each in answer.memberships
                if each.kind in _KINDS
            ]
        return found


class Unread:
    """unread's read pointers."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._stub = unread_pb2_grpc.UnreadServiceStub(caller.channel)

    async def reads(self, cursor: str) -> AsyncIterator[Batch[Pointer]]:
        """The feed of pointers that move, after a cursor, until the replica that answers goes away."""
        request = unread_pb2.StreamReadsRequest(cursor=cursor)
        async with _stream(self._stub.StreamReads(request, metadata=self._caller.metadata())) as responses:
            async for response in responses:
                if response.cursor:
                    pointers = [_pointer(pointer) for pointer in response.pointers]
                    yield Batch(pointers, response.cursor, reset=response.HasField("reset"))
                if response.HasField("go_away"):
                    return

    async def pointers(self, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Pointer] | None:
        """The read pointers of (conversation, person), of those that exist; None if unread cannot answer."""
        found: dict[tuple[str, str], Pointer] = {}
        try:
            for chunk in _chunks(keys, 1_000):
                answer = await self._stub.GetPointers(
                    unread_pb2.GetPointersRequest(
                        keys=[unread_pb2.PointerKey(conversation=key[0], person=key[1]) for key in chunk]
                    ),
                    metadata=self._caller.metadata(),
                    timeout=CALL_S,
                )
                found |= {(each.conversation, each.person): _pointer(each) for each in answer.pointers}
        except (grpc.aio.AioRpcError, OSError) as error:
            _log.warning("unread cannot answer", error=describe(error))
            return None
        return found

    async def totals(self, tenant: str, persons: Collection[str], counted: Mapping[str, int]) -> dict[str, int]:
        """The totals of people, for their icons; of whom unread cannot tell, none.

        Args:
            tenant: theirs.
            persons: the people.
            counted: conversations, and up to which number the totals must hold them.
        """
        numbers = [
            unread_pb2.CountedTo(conversation=conversation, number=number) for conversation, number in counted.items()
        ]
        found: dict[str, int] = {}
        try:
            for chunk in _chunks(persons, TOTALS_CHUNK):
                answer = await self._stub.GetTotals(
                    unread_pb2.GetTotalsRequest(tenant=tenant, persons=chunk, counted=numbers[:COUNTED]),
                    metadata=self._caller.metadata(),
                    timeout=CALL_S,
                )
                found |= {each.person: each.total.unread for each in answer.totals}
        except (grpc.aio.AioRpcError, OSError) as error:
            _log.warning("unread cannot tell totals", error=describe(error))
        return found


class Presence:
    """presence's live clients."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._stub = presence_pb2_grpc.PresenceServiceStub(caller.channel)

    async def locate(self, tenant: str, persons: Collection[str]) -> Whereabouts:
        """The live clients of people of one tenant; unknown if presence cannot answer."""
        found: dict[str, tuple[Client, ...]] = {}
        undisturbed: set[str] = set()
        try:
            for chunk in _chunks(persons, 10_000):
                answer = await self._stub.LocateClients(
                    presence_pb2.LocateClientsRequest(tenant=tenant, persons=chunk),
                    metadata=self._caller.metadata(),
                    timeout=CALL_S,
                )
                if not answer.known:
                    return UNKNOWN
                undisturbed |= {
                    each.person for each in answer.statuses if each.status == presence_pb2.STATUS_DO_NOT_DISTURB
                }
                for client in answer.clients:
                    found[client.person] = (*found.get(client.person, ()), _client(client))
        except (grpc.aio.AioRpcError, OSError) as error:
            _log.warning("presence cannot answer", error=describe(error))
            return UNKNOWN
        return Whereabouts(known=True, clients=found, undisturbed=frozenset(undisturbed))

    async def transitions(self, cursor: str) -> AsyncIterator[Batch[Transition]]:
        """The feed of people who begin or cease to be active, until the replica that answers goes away."""
        request = presence_pb2.StreamTransitionsRequest(cursor=cursor, partition=0, partition_count=1)
        async with _stream(self._stub.StreamTransitions(request, metadata=self._caller.metadata())) as responses:
            async for response in responses:
                moves = [Transition(each.tenant, each.person, each.active) for each in response.transitions]
                if response.cursor or moves:
                    yield Batch(moves, response.cursor, reset=response.HasField("reset"))
                if response.HasField("go_away"):
                    return


@asynccontextmanager
async def _stream(call: _StreamCall[_R_co]) -> AsyncIterator[_StreamCall[_R_co]]:
    """A streaming call that is cancelled when it is left."""
    try:
        yield call
    finally:
        call.cancel()


def _events(events: Iterable[messaging_pb2.Event]) -> Iterator[Event]:
    for event in events:
        match event.WhichOneof("change"):
            case "message_sent" if event.message_sent.kind in _KINDS:
                yield Message(
                    event.conversation,
                    event.revision,
                    event.number,
                    event.tenant,
                    event.author,
                    _KINDS[event.message_sent.kind],
                    event.message_sent.text,
                    event.membership_revision,
                    event.at_ms,
                    event.service,
                    _mentioned(event.message_sent.mentions),
                    any(mention.everyone for mention in event.message_sent.mentions),
                )
            case "created" if event.created.kind in _KINDS:
                yield Membership(
                    event.conversation,
                    event.tenant,
                    _KINDS[event.created.kind],
                    event.created.title,
                    event.membership_revision,
                    frozenset(event.created.members),
                    event.created.link,
                )
            case "message_edited":
                edited = event.message_edited
                # Of a text that is changed again, a later event tells; what it mentioned then is of no interest.
                if edited.text:
                    yield Edit(
                        event.conversation,
                        event.revision,
                        edited.number,
                        event.tenant,
                        edited.text,
                        _mentioned(edited.mentions),
                        any(mention.everyone for mention in edited.mentions),
                        event.membership_revision,
                        event.at_ms,
                    )
            case "message_deleted":
                number = event.message_deleted.number
                yield Deletion(event.conversation, event.revision, number, event.tenant, event.at_ms)
            case "members_changed":
                changed = event.members_changed
                added, removed = frozenset(changed.added), frozenset(changed.removed)
                yield MembersChange(event.conversation, event.revision, event.at_ms, added, removed)
            case "conversation_updated":
                updated = event.conversation_updated
                yield Renaming(event.conversation, event.revision, event.at_ms, updated.title, updated.link)


def _mentioned(mentions: Iterable[messaging_pb2.Mention]) -> frozenset[str]:
    return frozenset(mention.person for mention in mentions if mention.person)


def _pointer(pointer: unread_pb2.Pointer) -> Pointer:
    return Pointer(
        pointer.conversation,
        pointer.person,
        pointer.tenant,
        pointer.read,
        pointer.version,
        pointer.muted_until_ms,
        pointer.left,
        pointer.membership_revision,
    )


def _client(client: presence_pb2.Client) -> Client:
    may_notify = (
        client.platform == presence_pb2.PLATFORM_BROWSER and client.permission == presence_pb2.PERMISSION_GRANTED
    )
    tabs = tuple(Tab(tab.tab, tab.visible, tab.focused, tab.input_age_ms, tab.conversation) for tab in client.tabs)
    return Client(client.client, may_notify, tabs, client.in_app_off)


def _chunks(items: Collection[_T], count: int) -> Iterator[list[_T]]:
    """Parts of a request that are small enough: at most `count` items, and about REQUEST_BYTES of names."""
    chunk: list[_T] = []
    size = 0
    for item in items:
        # At most four bytes a character; conversations' names are ASCII and short.
        length = 4 * (len(item) if isinstance(item, str) else sum(map(len, item))) + 8
        if chunk and (len(chunk) >= count or size + length > REQUEST_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(item)
        size += length
    if chunk:
        yield chunk
