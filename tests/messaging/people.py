"""People and services who use messaging through its door."""

import itertools
from typing import Any

import grpc
import pytest
from conversations.messaging.v1 import messaging_pb2 as pb
from conversations.messaging.v1.messaging_pb2_grpc import MessagingServiceStub

from local.keys import Issuer
from tests.harness import as_person, as_service

_keys = itertools.count()


class People:
    """Calls in the name of people, each with a key of its own unless one is given."""

    def __init__(self, channel: grpc.aio.Channel, issuer: Issuer) -> None:
        self.stub: Any = MessagingServiceStub(channel)
        self.issuer = issuer

    async def call(self, rpc: str, request: Any, person: str = "ann", tenant: str = "acme") -> Any:
        metadata = as_person(self.issuer, person, tenant, actor="replay")
        return await getattr(self.stub, rpc)(request, metadata=metadata, timeout=10)

    async def service(self, rpc: str, request: Any, name: str = "rfis") -> Any:
        return await getattr(self.stub, rpc)(request, metadata=as_service(self.issuer, name), timeout=10)

    def key(self, more: dict[str, Any]) -> str:
        return str(more.pop("key", f"key-{next(_keys)}"))

    async def group(self, *members: str, **more: Any) -> str:
        request = pb.CreateGroupConversationRequest(
            client_key=self.key(more), title="Site", members=members[1:], history=more.pop("history", 0)
        )
        return str((await self.call("CreateGroupConversation", request, members[0], **more)).conversation.conversation)

    async def direct(self, one: str, other: str) -> str:
        request = pb.CreateDirectConversationRequest(person=other)
        return str((await self.call("CreateDirectConversation", request, one)).conversation.conversation)

    async def send(self, where: str, person: str = "ann", **more: Any) -> Any:
        key = self.key(more)
        fields: dict[str, Any] = {name: more.pop(name) for name in ("parts", "attachments", "thread") if name in more}
        if "parts" not in fields:
            fields["text"] = more.pop("text", f"text of {key}")
        request = pb.SendMessageRequest(conversation=where, client_key=key, **fields)
        return await self.call("SendMessage", request, person, **more)

    async def edit(self, where: str, number: int, text: str = "", person: str = "ann", **more: Any) -> Any:
        request = pb.EditMessageRequest(
            conversation=where, client_key=self.key(more), number=number, text=text, parts=more.pop("parts", ())
        )
        return await self.call("EditMessage", request, person, **more)

    async def delete(self, where: str, number: int, person: str = "ann", **more: Any) -> Any:
        request = pb.DeleteMessageRequest(conversation=where, client_key=self.key(more), number=number)
        return await self.call("DeleteMessage", request, person, **more)

    async def add(self, where: str, *members: str, person: str = "ann", **more: Any) -> Any:
        request = pb.AddMembersRequest(
            conversation=where, client_key=self.key(more), members=members, role=more.pop("role", 0)
        )
        return await self.call("AddMembers", request, person, **more)

    async def remove(self, where: str, *members: str, person: str = "ann", **more: Any) -> Any:
        request = pb.RemoveMembersRequest(conversation=where, client_key=self.key(more), members=members)
        return await self.call("RemoveMembers", request, person, **more)

    async def leave(self, where: str, person: str, **more: Any) -> Any:
        request = pb.LeaveConversationRequest(conversation=where, client_key=self.key(more))
        return await self.call("LeaveConversation", request, person, **more)

    async def role(self, where: str, whose: str, role: Any, person: str = "ann", **more: Any) -> Any:
        request = pb.SetRoleRequest(conversation=where, client_key=self.key(more), person=whose, role=role)
        return await self.call("SetRole", request, person, **more)

    async def update(self, where: str, person: str = "ann", **more: Any) -> Any:
        key = self.key(more)
        fields: dict[str, Any] = {name: more.pop(name) for name in ("title", "archived", "history") if name in more}
        request = pb.UpdateConversationRequest(conversation=where, client_key=key, **fields)
        return await self.call("UpdateConversation", request, person, **more)

    async def get(self, where: str, person: str = "ann", **more: Any) -> pb.Conversation:
        found = await self.call("GetConversation", pb.GetConversationRequest(conversation=where), person, **more)
        return found.conversation  # type: ignore[no-any-return]

    async def messages(self, where: str, person: str = "ann", **bounds: Any) -> list[pb.Message]:
        request = pb.ListMessagesRequest(conversation=where, **bounds)
        return list((await self.call("ListMessages", request, person)).messages)

    async def versions(self, where: str, number: int, person: str = "ann") -> list[pb.Version]:
        request = pb.ListVersionsRequest(conversation=where, number=number)
        return list((await self.call("ListVersions", request, person)).versions)

    async def log(self, where: str, *, text: bool = True) -> list[pb.Event]:
        request = pb.ListEventsRequest(conversation=where, include_text=text)
        return list((await self.service("ListEvents", request)).events)

    async def put_item(self, item: str = "7", service: str = "rfis", **more: Any) -> pb.Conversation:
        request = pb.PutItemConversationRequest(
            tenant="acme",
            item=pb.Item(project="p", tool="rfi", item=item),
            title=more.pop("title", "RFI 7"),
            **more,
        )
        return (await self.service("PutItemConversation", request, service)).conversation  # type: ignore[no-any-return]

    async def post(self, where: str, service: str = "rfis", tenant: str = "acme", **more: Any) -> Any:
        key = self.key(more)
        request = pb.PostMessageRequest(
            tenant=tenant, conversation=where, client_key=key, text=more.pop("text", "RFI 7 was answered"), **more
        )
        return await self.service("PostMessage", request, service)

    async def terms(self, tenant: str = "acme", **settings: Any) -> None:
        request = pb.PutTenantSettingsRequest(tenant=tenant, settings=pb.TenantSettings(**settings))
        await self.service("PutTenantSettings", request)

    def watch(self, where: str, person: str, after: int = 0) -> Any:
        return self.stub.WatchConversation(
            pb.WatchConversationRequest(conversation=where, after_revision=after),
            metadata=as_person(self.issuer, person, actor="replay"),
        )


async def refused(call: Any, code: str, words: str = "") -> None:
    """The call ends with this status, and these words are in it."""
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    assert error.value.code().name == code, error.value.details()
    assert words in (error.value.details() or "")


async def watched(call: Any, until: int) -> list[pb.Event]:
    """What a watch gives, up to the event of this revision."""
    events: list[pb.Event] = []
    while not events or events[-1].revision < until:
        response = await call.read()
        assert response is not grpc.aio.EOF
        events += response.events
    return events


async def ended(call: Any) -> tuple[list[pb.Event], str, bool]:
    """What a watch gives until it ends; the status it ends with, and whether it said Reset."""
    events: list[pb.Event] = []
    reset = False
    try:
        while (response := await call.read()) is not grpc.aio.EOF:
            events += response.events
            reset = reset or response.HasField("reset")
    except grpc.aio.AioRpcError as error:
        return events, error.code().name, reset
    return events, "OK", reset
