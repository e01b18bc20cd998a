"""What unread asks of messaging: the feed, and logs for gaps; a door that converts."""

from collections.abc import AsyncIterator, Iterable

from conversations.messaging.v1 import messaging_pb2 as pb
from conversations.messaging.v1.messaging_pb2_grpc import MessagingServiceStub

from services.chassis.channel import Caller
from services.chassis.feed import Batch
from services.unread.rules import (
    EVERYONE,
    Change,
    ConversationCreated,
    ConversationTouched,
    Head,
    MembersChanged,
    MessageDeleted,
    MessageEdited,
    MessageSent,
    effective,
)

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
    """An event of the contract, as far as counting needs it; one that is not known changes no count."""
    of = event.conversation, event.revision, event.number, event.tenant, event.author
    match event.WhichOneof("change"):
        case "message_sent":
            return MessageSent(*of, _mentions(event.message_sent.mentions, event.author))
        case "message_edited":
            edited = event.message_edited
            return MessageEdited(*of, edited.number, _mentions(edited.mentions, event.author))
        case "message_deleted":
            return MessageDeleted(*of, event.message_deleted.number)
        case "created":
            return ConversationCreated(*of, tuple(event.created.members))
        case "members_changed":
            return MembersChanged(*of, tuple(event.members_changed.added), tuple(event.members_changed.removed))
        case _:
            return ConversationTouched(*of)


def _mentions(mentions: Iterable[pb.Mention], author: str) -> tuple[str, ...]:
    return effective((EVERYONE if mention.everyone else mention.person for mention in mentions), author)
