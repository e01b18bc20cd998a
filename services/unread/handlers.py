"""The gRPC door of unread: convert, call an action, convert."""

from collections.abc import AsyncIterator

from conversations.unread.v1 import unread_pb2 as pb

from services.chassis.doors import Call
from services.chassis.streams import Streams
from services.unread.actions import Actions
from services.unread.feed import BADGES_CONTROL, READS_GO_AWAY, PointerFeed, badge_message, pointer_message
from services.unread.live import Live

CALL_TIMEOUT_S = 10.0
"""How long a call without a deadline of its own may take, s."""


class UnreadHandlers:
    """The RPCs of UnreadService."""

    def __init__(self, actions: Actions, live: Live, reads: PointerFeed, streams: Streams) -> None:
        self._actions = actions
        self._live = live
        self._reads = reads
        self._streams = streams

    async def GetBadges(self, request: pb.GetBadgesRequest, call: Call) -> pb.GetBadgesResponse:
        """See the contract."""
        badges = await self._actions.badges(call.identity, request.conversations)
        return pb.GetBadgesResponse(
            badges=[badge_message(badge) for badge in badges.badges], total=pb.Total(unread=badges.total)
        )

    async def MarkRead(self, request: pb.MarkReadRequest, call: Call) -> pb.MarkReadResponse:
        """See the contract."""
        badge = await self._actions.mark_read(
            call.identity, request.conversation, request.number, request.epoch, call.deadline_s(CALL_TIMEOUT_S)
        )
        return pb.MarkReadResponse(badge=badge_message(badge))

    async def WatchBadges(self, _request: pb.WatchBadgesRequest, call: Call) -> AsyncIterator[bytes]:
        """See the contract."""
        key = (call.identity.tenant, call.identity.person)
        with self._streams.open(call.identity, BADGES_CONTROL) as mailbox:
            yield pb.WatchBadgesResponse(hello=self._streams.hello()).SerializeToString()
            try:
                await self._live.attach(key, mailbox)
                async for message in mailbox.messages():
                    yield message
            finally:
                self._live.detach(key, mailbox)

    async def StreamReads(self, request: pb.StreamReadsRequest, _call: Call) -> AsyncIterator[bytes]:
        """See the contract."""
        async for message in self._streams.while_serving(self._reads.follow_reads(request.cursor)):
            yield message
        yield READS_GO_AWAY

    async def GetPointers(self, request: pb.GetPointersRequest, _call: Call) -> pb.GetPointersResponse:
        """See the contract."""
        pointers = await self._actions.pointers([(key.conversation, key.person) for key in request.keys])
        return pb.GetPointersResponse(pointers=[pointer_message(pointer) for pointer in pointers])
