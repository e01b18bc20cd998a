"""What stands for messaging, unread and presence while the notifier alone is measured: fed, and with ready answers."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from zlib import crc32

import grpc
from conversations.messaging.v1 import messaging_pb2 as messaging
from conversations.presence.v1 import presence_pb2 as presence
from conversations.unread.v1 import unread_pb2 as unread

from local.parts import Plan

Handler = Callable[[bytes, Any], Any]


class Others:
    """Everybody is a member of every conversation, and uses a tab that shows something else; nobody reads."""

    def __init__(self, tenant: str, people: Sequence[str], client: str) -> None:
        self._tenant = tenant
        self._people = ["ann", *people]
        tab = presence.Tab(tab="t1", visible=True, focused=True, input_age_ms=5)
        clients = [
            presence.Client(person=person, client=client, platform=presence.PLATFORM_BROWSER, tabs=[tab])
            for person in people
        ]
        self._located = presence.LocateClientsResponse(clients=clients, known=True).SerializeToString()
        self._numbers: defaultdict[str, int] = defaultdict(int)
        self._feeds: defaultdict[int, list[asyncio.Queue[messaging.Event]]] = defaultdict(list)
        self._position = 0
        self._count = 0

    @asynccontextmanager
    async def beside(self, plan: Plan) -> AsyncIterator[None]:
        """Serves where the three would be."""
        server = grpc.aio.server()
        for service, methods in self._methods().items():
            server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, methods),))
        for name in ("messaging", "unread", "presence"):
            server.add_insecure_port(f"127.0.0.1:{plan.ports.of(name)}")
        await server.start()
        try:
            yield
        finally:
            await server.stop(None)

    def send(self, conversation: str, text: str, at_ms: int) -> None:
        """Feeds one message of ann's."""
        self._numbers[conversation] += 1
        number = self._numbers[conversation]
        event = messaging.Event(
            conversation=conversation,
            revision=number + 1,
            number=number,
            tenant=self._tenant,
            author="ann",
            membership_revision=1,
            at_ms=at_ms,
            message_sent=messaging.MessageSent(text=text, kind=messaging.KIND_GROUP),
        )
        for queue in self._feeds[crc32(conversation.encode()) % self._count]:
            queue.put_nowait(event)

    @property
    def fed(self) -> bool:
        """Whether the notifier follows all partitions."""
        return bool(self._count) and all(self._feeds[partition] for partition in range(self._count))

    def _methods(self) -> dict[str, dict[str, Any]]:
        once, stream = grpc.unary_unary_rpc_method_handler, grpc.unary_stream_rpc_method_handler
        return {
            "conversations.messaging.v1.MessagingService": {
                "StreamEvents": stream(self._events),
                "ListHeads": once(_answers(b"")),
                "ListEvents": once(_answers(b"")),
                "ListMembers": once(self._members),
            },
            "conversations.unread.v1.UnreadService": {
                "StreamReads": stream(_quiet(unread.StreamReadsResponse(cursor="1").SerializeToString())),
                "GetPointers": once(_answers(b"")),
                "GetTotals": once(_answers(b"")),
            },
            "conversations.presence.v1.PresenceService": {
                "LocateClients": once(_answers(self._located)),
                "StreamTransitions": stream(_quiet(presence.StreamTransitionsResponse(cursor="1").SerializeToString())),
            },
        }

    async def _events(self, request: bytes, _: Any) -> AsyncIterator[bytes]:
        asked = messaging.StreamEventsRequest.FromString(request)
        queue: asyncio.Queue[messaging.Event] = asyncio.Queue()
        self._count = asked.partition_count
        self._feeds[asked.partition].append(queue)
        try:
            yield messaging.StreamEventsResponse(cursor=asked.cursor or "0").SerializeToString()
            while True:
                events = [await queue.get()]
                while not queue.empty():
                    events.append(queue.get_nowait())
                self._position += 1
                cursor = f"{self._position:09d}"
                yield messaging.StreamEventsResponse(events=events, cursor=cursor).SerializeToString()
        finally:
            self._feeds[asked.partition].remove(queue)

    async def _members(self, request: bytes, _: Any) -> bytes:
        asked = messaging.ListMembersRequest.FromString(request)
        return messaging.ListMembersResponse(
            memberships=[
                messaging.Membership(
                    conversation=conversation,
                    tenant=self._tenant,
                    kind=messaging.KIND_GROUP,
                    title="Tower A",
                    membership_revision=1,
                    members=self._people,
                )
                for conversation in asked.conversations
            ]
        ).SerializeToString()


def _answers(answer: bytes) -> Handler:
    async def call(_request: bytes, _context: Any) -> bytes:
        return answer

    return call


def _quiet(first: bytes) -> Handler:
    async def call(_request: bytes, _context: Any) -> AsyncIterator[bytes]:
        yield first
        await asyncio.Event().wait()

    return call
