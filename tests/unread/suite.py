"""messaging and unread behind their doors, and clients before them."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conversations.messaging.v1 import messaging_pb2
from conversations.messaging.v1.messaging_pb2_grpc import MessagingServiceStub
from conversations.unread.v1 import unread_pb2 as pb
from conversations.unread.v1.unread_pb2_grpc import UnreadServiceStub

from local.keys import Issuer
from services.unread.app import build
from services.unread.settings import UnreadSettings
from tests.conftest import eventually
from tests.harness import Metadata, Running, as_person, as_service, running

if TYPE_CHECKING:
    from conversations.messaging.v1.messaging_pb2_grpc import MessagingServiceAsyncStub
    from conversations.unread.v1.unread_pb2_grpc import UnreadServiceAsyncStub


def parts(mentions: Sequence[str]) -> list[messaging_pb2.MessagePart]:
    """A text that mentions these; an empty name is everyone."""
    return [messaging_pb2.MessagePart(text="Noon. ")] + [
        messaging_pb2.MessagePart(person=messaging_pb2.PersonMention(person=name))
        if name
        else messaging_pb2.MessagePart(everyone=messaging_pb2.EveryoneMention())
        for name in mentions
    ]


@dataclass
class Suite:
    """messaging, and unread on as many replicas as a test wants."""

    issuer: Issuer
    stack: AsyncExitStack
    messaging: Running
    settings: UnreadSettings
    keys: int = 0
    replicas: list[Running] = field(default_factory=list)

    async def replica(self, **other: Any) -> "UnreadServiceAsyncStub":
        settings = self.settings.model_copy(update=other)
        running_now = await self.stack.enter_async_context(running(settings, build))
        self.replicas.append(running_now)
        return UnreadServiceStub(running_now.channel)

    async def group(self, *members: str) -> str:
        self.keys += 1
        stub: MessagingServiceAsyncStub = MessagingServiceStub(self.messaging.channel)
        response = await stub.CreateGroupConversation(
            messaging_pb2.CreateGroupConversationRequest(client_key=f"g{self.keys}", title="Site", members=members[1:]),
            metadata=as_person(self.issuer, members[0]),
        )
        return response.conversation.conversation

    async def send(self, conversation: str, person: str, count: int = 1, mentions: Sequence[str] = ()) -> None:
        """Sends so many messages that mention these; an empty name is everyone."""
        for _ in range(count):
            self.keys += 1
            await self.messages.SendMessage(
                messaging_pb2.SendMessageRequest(
                    conversation=conversation, client_key=f"k{self.keys}", parts=parts(mentions)
                ),
                metadata=as_person(self.issuer, person, actor="replay"),
            )

    async def edit(self, conversation: str, person: str, number: int, mentions: Sequence[str] = ()) -> None:
        self.keys += 1
        await self.messages.EditMessage(
            messaging_pb2.EditMessageRequest(
                conversation=conversation, client_key=f"k{self.keys}", number=number, parts=parts(mentions)
            ),
            metadata=as_person(self.issuer, person, actor="replay"),
        )

    async def delete(self, conversation: str, person: str, number: int) -> None:
        self.keys += 1
        await self.messages.DeleteMessage(
            messaging_pb2.DeleteMessageRequest(conversation=conversation, client_key=f"k{self.keys}", number=number),
            metadata=as_person(self.issuer, person),
        )

    async def add(self, conversation: str, person: str, *members: str) -> None:
        self.keys += 1
        await self.messages.AddMembers(
            messaging_pb2.AddMembersRequest(conversation=conversation, client_key=f"k{self.keys}", members=members),
            metadata=as_person(self.issuer, person),
        )

    async def leave(self, conversation: str, person: str) -> None:
        self.keys += 1
        await self.messages.LeaveConversation(
            messaging_pb2.LeaveConversationRequest(conversation=conversation, client_key=f"k{self.keys}"),
            metadata=as_person(self.issuer, person),
        )

    @property
    def messages(self) -> "MessagingServiceAsyncStub":
        return MessagingServiceStub(self.messaging.channel)

    def person(self, name: str, tenant: str = "acme") -> Metadata:
        return as_person(self.issuer, name, tenant)

    def service(self) -> Metadata:
        return as_service(self.issuer)

    async def badge(self, stub: "UnreadServiceAsyncStub", person: str, conversation: str) -> Any:
        """One badge as it is stored; empty if there is none."""
        request = pb.GetBadgesRequest(conversations=[conversation])
        found: Any = await stub.GetBadges(request, metadata=self.person(person))
        return found.badges[0] if found.badges else pb.Badge()

    async def holds(
        self, stub: "UnreadServiceAsyncStub", person: str, conversation: str, unread: int, mentions: int = 0
    ) -> None:
        """Waits until a stored badge counts this."""

        async def so() -> bool:
            found = await self.badge(stub, person, conversation)
            return (found.unread, found.mentions) == (unread, mentions)

        await eventually(so)

    async def badges(self, stub: "UnreadServiceAsyncStub", person: str) -> tuple[dict[str, int], int]:
        response = await stub.GetBadges(pb.GetBadgesRequest(), metadata=as_person(self.issuer, person))
        return {badge.conversation: badge.unread for badge in response.badges}, response.total.unread

    async def counted(self, stub: "UnreadServiceAsyncStub", person: str, total: int) -> None:
        async def holds() -> bool:
            return (await self.badges(stub, person))[1] == total

        await eventually(holds)


class Watcher:
    """One client's view of its badges."""

    def __init__(self, suite: Suite, stub: "UnreadServiceAsyncStub", person: str) -> None:
        self.badges: dict[str, int] = {}
        self.held: dict[str, Any] = {}
        self.total = -1
        self.mentions = -1
        self.caught_up = False
        self.responses: list[Any] = []
        self._call = stub.WatchBadges(pb.WatchBadgesRequest(), metadata=as_person(suite.issuer, person))
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for response in self._call:
            self.responses.append(response)
            for badge in response.badges:
                self.badges[badge.conversation] = badge.unread
                self.held[badge.conversation] = badge
            if response.HasField("total"):
                self.total, self.mentions = response.total.unread, response.total.mentions
            self.caught_up = self.caught_up or response.HasField("caught_up")

    async def close(self) -> None:
        self._call.cancel()
        await asyncio.wait({self._task})
