"""Conversations: made, found, changed."""

from conversations.messaging.v1 import messaging_pb2 as pb

from services.chassis.doors import Call
from services.messaging.actions import Conversations
from services.messaging.convert import conversation_message, history_of, item_of
from services.messaging.settings import WRITE_TIMEOUT_S


class ConversationHandlers:
    """The RPCs about conversations as such."""

    _conversations: Conversations

    async def CreateDirectConversation(
        self, request: pb.CreateDirectConversationRequest, call: Call
    ) -> pb.CreateDirectConversationResponse:
        """See the contract."""
        name, head = await self._conversations.create_direct(call.identity, request.person)
        return pb.CreateDirectConversationResponse(conversation=conversation_message(name, head, call.identity.person))

    async def CreateGroupConversation(
        self, request: pb.CreateGroupConversationRequest, call: Call
    ) -> pb.CreateGroupConversationResponse:
        """See the contract."""
        name, head = await self._conversations.create_group(
            call.identity, request.client_key, request.title, request.members, history_of(request.history)
        )
        return pb.CreateGroupConversationResponse(conversation=conversation_message(name, head, call.identity.person))

    async def OpenItemConversation(
        self, request: pb.OpenItemConversationRequest, call: Call
    ) -> pb.OpenItemConversationResponse:
        """See the contract."""
        name, head = await self._conversations.open_item(
            call.identity, item_of(request.item), request.title, request.link, request.members
        )
        return pb.OpenItemConversationResponse(conversation=conversation_message(name, head, call.identity.person))

    async def GetConversation(self, request: pb.GetConversationRequest, call: Call) -> pb.GetConversationResponse:
        """See the contract."""
        head = await self._conversations.get(call.identity, request.conversation)
        return pb.GetConversationResponse(
            conversation=conversation_message(request.conversation, head, call.identity.person)
        )

    async def UpdateConversation(
        self, request: pb.UpdateConversationRequest, call: Call
    ) -> pb.UpdateConversationResponse:
        """See the contract."""
        event = await self._conversations.update(
            call.identity,
            request.conversation,
            request.client_key,
            request.title if request.HasField("title") else None,
            request.archived if request.HasField("archived") else None,
            history_of(request.history),
            call.deadline_s(WRITE_TIMEOUT_S),
        )
        return pb.UpdateConversationResponse(revision=event.revision, at_ms=event.at_ms)

    async def PutItemConversation(
        self, request: pb.PutItemConversationRequest, call: Call
    ) -> pb.PutItemConversationResponse:
        """See the contract."""
        name, head = await self._conversations.put_item(
            call.identity.service,
            request.tenant,
            item_of(request.item),
            request.title,
            request.link,
            request.add_members,
            request.remove_members,
            archived=request.archived,
            timeout_s=call.deadline_s(WRITE_TIMEOUT_S),
        )
        return pb.PutItemConversationResponse(conversation=conversation_message(name, head))
