"""What other services read: the feed of all events, logs, heads, members."""

from collections.abc import AsyncIterator

from conversations.messaging.v1 import messaging_pb2 as pb

from services.chassis.doors import Call
from services.chassis.streams import Streams
from services.messaging.actions import Conversations
from services.messaging.convert import event_message, membership_message
from services.messaging.feed import FEED_GO_AWAY, MessagingFeed
from services.messaging.store import LogStore


class FeedHandlers:
    """The RPCs for services that follow the log."""

    _conversations: Conversations
    _store: LogStore
    _feed: MessagingFeed
    _streams: Streams

    async def StreamEvents(self, request: pb.StreamEventsRequest, _call: Call) -> AsyncIterator[bytes]:
        """See the contract."""
        batches = self._feed.follow(
            request.cursor, request.partition, request.partition_count, text=request.include_text
        )
        async for message in self._streams.while_serving(batches):
            yield message
        yield FEED_GO_AWAY

    async def ListEvents(self, request: pb.ListEventsRequest, _call: Call) -> pb.ListEventsResponse:
        """See the contract."""
        page = await self._store.events(request.conversation, request.after_revision, request.page_size or 500)
        return pb.ListEventsResponse(
            events=[event_message(event, service=True, text=request.include_text) for event in page.events]
        )

    async def ListHeads(self, request: pb.ListHeadsRequest, _call: Call) -> pb.ListHeadsResponse:
        """See the contract."""
        positions = await self._store.positions(request.after_conversation, request.page_size or 500)
        return pb.ListHeadsResponse(
            heads=[
                pb.Head(
                    conversation=position.conversation,
                    revision=position.revision,
                    number=position.number,
                    at_ms=position.at_ms,
                )
                for position in positions
            ]
        )

    async def ListMembers(self, request: pb.ListMembersRequest, _call: Call) -> pb.ListMembersResponse:
        """See the contract."""
        heads = await self._conversations.heads(request.conversations)
        return pb.ListMembersResponse(memberships=[membership_message(name, head) for name, head in heads.items()])
