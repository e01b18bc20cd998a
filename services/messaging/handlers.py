"""The gRPC door of messaging: convert, call an action, convert."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

from conversations.messaging.v1 import messaging_pb2 as pb

from services.chassis.doors import Call
from services.chassis.streams import Streams
from services.chassis.tasks import end
from services.messaging.actions import Actions
from services.messaging.convert import conversation_message, event_message, item_of, kind_message, message_message
from services.messaging.feed import FEED_GO_AWAY, WATCH_CONTROL, MessagingFeed, Watch
from services.messaging.rules import Created
from services.messaging.store import LogStore

SEND_TIMEOUT_S = 10.0
"""How long a send without a deadline of its own may take, s."""


class MessagingHandlers:
    """The RPCs of MessagingService."""

    def __init__(self, actions: Actions, store: LogStore, feed: MessagingFeed, streams: Streams) -> None:
        self._actions = actions
        self._store = store
        self._feed = feed
        self._streams = streams

    async def CreateDirectConversation(
        self, request: pb.CreateDirectConversationRequest, call: Call
    ) -> pb.CreateDirectConversationResponse:
        """See the contract."""
        first, last = await self._actions.create_direct(call.identity, request.person)
        return pb.CreateDirectConversationResponse(conversation=conversation_message(first, last))

    async def CreateGroupConversation(
        self, request: pb.CreateGroupConversationRequest, call: Call
    ) -> pb.CreateGroupConversationResponse:
        """See the contract."""
        first, last = await self._actions.create_group(
            call.identity, request.client_key, request.title, request.members
        )
        return pb.CreateGroupConversationResponse(conversation=conversation_message(first, last))

    async def OpenItemConversation(
        self, request: pb.OpenItemConversationRequest, call: Call
    ) -> pb.OpenItemConversationResponse:
        """See the contract."""
        first, last = await self._actions.create_item(
            call.identity, item_of(request.item), request.title, request.link, request.members
        )
        return pb.OpenItemConversationResponse(conversation=conversation_message(first, last))

    async def GetConversation(self, request: pb.GetConversationRequest, call: Call) -> pb.GetConversationResponse:
        """See the contract."""
        first, last = await self._actions.conversation(call.identity, request.conversation)
        return pb.GetConversationResponse(conversation=conversation_message(first, last))

    async def SendMessage(self, request: pb.SendMessageRequest, call: Call) -> pb.SendMessageResponse:
        """See the contract."""
        event = await self._actions.send(
            call.identity,
            request.conversation,
            request.client_key,
            request.text,
            call.deadline_s(SEND_TIMEOUT_S),
        )
        return pb.SendMessageResponse(number=event.number, revision=event.revision, at_ms=event.at_ms)

    async def ListMessages(self, request: pb.ListMessagesRequest, call: Call) -> pb.ListMessagesResponse:
        """See the contract."""
        page = await self._actions.messages(
            call.identity,
            request.conversation,
            request.after_number,
            request.before_number,
            request.page_size or 50,
        )
        return pb.ListMessagesResponse(messages=[message_message(event) for event in page.events], more=page.more)

    async def WatchConversation(self, request: pb.WatchConversationRequest, call: Call) -> AsyncIterator[bytes]:
        """See the contract."""
        conversation = request.conversation
        await self._actions.check_watch(call.identity, conversation, request.after_revision)
        with self._streams.open(call.identity, WATCH_CONTROL) as mailbox:
            watch = Watch(mailbox, partial(self._store.events, conversation), request.after_revision)
            mailbox.append(pb.WatchConversationResponse(hello=self._streams.hello()).SerializeToString())
            with self._feed.watching(conversation, watch):
                reading = asyncio.create_task(watch.run())
                reading.add_done_callback(lambda _: mailbox.close())
                try:
                    async for message in mailbox.messages():
                        yield message
                    if reading.done() and not reading.cancelled():
                        reading.result()
                finally:
                    await end(reading)

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
        response = pb.ListMembersResponse()
        for event in await self._actions.created(request.conversations):
            change = event.change
            if isinstance(change, Created):
                response.memberships.add(
                    conversation=event.conversation,
                    tenant=event.tenant,
                    kind=kind_message(change.kind),
                    title=change.title,
                    membership_revision=event.revision,
                    members=change.members,
                )
        return response
