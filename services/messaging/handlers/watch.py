"""One conversation as it happens."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

from conversations.messaging.v1 import messaging_pb2 as pb

from services.chassis.doors import Call
from services.chassis.errors import not_found
from services.chassis.streams import Streams
from services.chassis.tasks import end
from services.messaging.actions import Messages
from services.messaging.feed import WATCH_CONTROL, WATCH_TOO_FAR, MessagingFeed, Watch
from services.messaging.store import LogStore


class WatchHandlers:
    """The stream of one conversation's events for its members."""

    _messages: Messages
    _store: LogStore
    _feed: MessagingFeed
    _streams: Streams

    async def WatchConversation(self, request: pb.WatchConversationRequest, call: Call) -> AsyncIterator[bytes]:
        """See the contract."""
        conversation, person = request.conversation, call.identity.person
        head, after, too_far = await self._messages.check_watch(call.identity, conversation, request.after_revision)
        join = head.state.members.joins[person]
        with self._streams.open(call.identity, WATCH_CONTROL) as mailbox:
            mailbox.append(pb.WatchConversationResponse(hello=self._streams.hello()).SerializeToString())
            read = partial(self._store.events, conversation)
            watch = Watch(mailbox, read, after, person, join.revision, join.above)
            if too_far:
                mailbox.close(WATCH_TOO_FAR)
                async for message in mailbox.messages():
                    yield message
                return
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
            if watch.over:
                raise not_found("conversation")
