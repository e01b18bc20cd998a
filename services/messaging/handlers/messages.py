"""Messages: sent, posted, edited, deleted, listed."""

from conversations.messaging.v1 import messaging_pb2 as pb

from services.chassis.doors import Call
from services.messaging.actions import Messages
from services.messaging.convert import attachments_of, message_message, parts_of, version_message
from services.messaging.rules import Content
from services.messaging.settings import WRITE_TIMEOUT_S


class MessageHandlers:
    """The RPCs about messages."""

    _messages: Messages

    async def SendMessage(self, request: pb.SendMessageRequest, call: Call) -> pb.SendMessageResponse:
        """See the contract."""
        event = await self._messages.send(
            call.identity,
            request.conversation,
            request.client_key,
            self._content(request),
            request.thread,
            call.deadline_s(WRITE_TIMEOUT_S),
        )
        return pb.SendMessageResponse(number=event.number, revision=event.revision, at_ms=event.at_ms)

    async def PostMessage(self, request: pb.PostMessageRequest, call: Call) -> pb.PostMessageResponse:
        """See the contract."""
        event = await self._messages.post(
            call.identity.service,
            request.tenant,
            request.conversation,
            request.client_key,
            self._content(request),
            request.thread,
            call.deadline_s(WRITE_TIMEOUT_S),
        )
        return pb.PostMessageResponse(number=event.number, revision=event.revision, at_ms=event.at_ms)

    async def EditMessage(self, request: pb.EditMessageRequest, call: Call) -> pb.EditMessageResponse:
        """See the contract."""
        event = await self._messages.edit(
            call.identity,
            request.conversation,
            request.client_key,
            request.number,
            self._content(request),
            call.deadline_s(WRITE_TIMEOUT_S),
        )
        return pb.EditMessageResponse(revision=event.revision, at_ms=event.at_ms)

    async def DeleteMessage(self, request: pb.DeleteMessageRequest, call: Call) -> pb.DeleteMessageResponse:
        """See the contract."""
        event = await self._messages.delete(
            call.identity,
            request.conversation,
            request.client_key,
            request.number,
            call.deadline_s(WRITE_TIMEOUT_S),
        )
        return pb.DeleteMessageResponse(revision=event.revision, at_ms=event.at_ms)

    async def ListVersions(self, request: pb.ListVersionsRequest, call: Call) -> pb.ListVersionsResponse:
        """See the contract."""
        versions = await self._messages.versions(call.identity, request.conversation, request.number)
        return pb.ListVersionsResponse(versions=[version_message(event, content) for event, content in versions])

    async def ListMessages(self, request: pb.ListMessagesRequest, call: Call) -> pb.ListMessagesResponse:
        """See the contract."""
        page = await self._messages.page(
            call.identity,
            request.conversation,
            request.after_number,
            request.before_number,
            request.thread,
            request.page_size or 50,
        )
        return pb.ListMessagesResponse(messages=[message_message(event) for event in page.events], more=page.more)

    def _content(self, request: pb.SendMessageRequest | pb.PostMessageRequest | pb.EditMessageRequest) -> Content:
        return self._messages.content(
            request.text,
            parts_of(request.parts) if request.parts else (),
            attachments_of(request.attachments) if request.attachments else (),
        )
