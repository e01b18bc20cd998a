"""What unread asks of messaging: the feed, and logs for gaps; a door that converts."""

from collections.abc import AsyncIterator

from conversations.messaging.v1 import messaging_pb2 as pb
from conversations.messaging.v1.messaging_pb2_grpc import MessagingServiceStub

from services.chassis.channel import Caller
from services.chassis.feed import Batch
from services.unread.rules import Change, ConversationCreated, Head, MessageSent

TIMEOUT_S = 10.0
"""How long one call may take, s."""


class Messaging:
    """Calls to messaging."""

    def __init__(self, caller: Caller, partitions: int) -> None:
        self._caller = caller
        self._partitions = partitions
        self._stub = MessagingServiceStub(caller.channel)

    async def stream(self, partition: int, cursor: str) -> AsyncIterator[Batch[Change]]:
        """The feed of one partition from a cursor; ends when the replica asks to go elsewhere."""
        call = self._stub.StreamEvents(
            pb.StreamEventsRequest(cursor=cursor, partition=partition, partition_count=self._partitions),
            metadata=self._caller.metadata(),
            wait_for_ready=True,
        )
        try:
            async for response in call:
                if response.HasField("go_away"):
                    return
                changes = [change_of(event) for event in response.events]
                yield Batch(changes, response.cursor, reset=response.HasField("reset"))
        finally:
            call.cancel()

    async def events(self, conversation: str, after_revision: int, limit: int) -> list[Change]:
        """Events of one conversation with a higher revision, ascending."""
        response = await self._stub.ListEvents(
            pb.ListEventsRequest(conversation=conversation, after_revision=after_revision, page_size=limit),
            metadata=self._caller.metadata(),
            timeout=TIMEOUT_S,
            wait_for_ready=True,
        )
        return [change_of(event) for event in response.events]

    async def heads(self, after_conversation: str, limit: int) -> list[tuple[str, Head]]:
        """The ends of all logs, ascending by conversation."""
        response = await self._stub.ListHeads(
            pb.ListHeadsRequest(after_conversation=after_conversation, page_size=limit),
            metadata=self._caller.metadata(),
            timeout=TIMEOUT_S,
            wait_for_ready=True,
        )
        return [(head.conversation, Head(head.number, head.revision)) for head in response.heads]


def change_of(event: pb.Event) -> Change:
    """An event of the contract, as far as counting needs it."""
    if event.HasField("created"):
        return ConversationCreated(
            event.conversation,
            event.revision,
            event.number,
            event.tenant,
            event.author,
            tuple(event.created.members),
        )
    if not event.HasField("message_sent"):
        # Nothing that counts has happened, but the log has gone on.
        return ConversationCreated(
            event.conversation, event.revision, event.number, event.tenant, event.author, members=()
        )
    return MessageSent(event.conversation, event.revision, event.number, event.tenant, event.author)
