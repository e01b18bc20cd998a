"""Messaging with its catalog, and people who use it."""

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import grpc
from conversations.messaging.v1 import messaging_pb2 as pb
from conversations.messaging.v1.messaging_pb2_grpc import MessagingServiceStub
from conversations.unread.v1 import unread_pb2

from local.keys import Issuer, write_service_token
from services.chassis import mongo
from services.messaging.app import build
from services.messaging.settings import MessagingSettings
from tests.conftest import eventually
from tests.harness import as_person, as_service, common, running

if TYPE_CHECKING:
    from conversations.messaging.v1.messaging_pb2_grpc import MessagingServiceAsyncStub

NEVER = 2**53
"""A lease until then does not end, ms."""


class UnreadFake:
    """Knows what is unread."""

    def __init__(self) -> None:
        self.unread: dict[tuple[str, str], list[str]] = {}
        self.metadata: list[str] = []
        self.broken = False

    def handler(self) -> Any:
        method = grpc.unary_unary_rpc_method_handler(
            self._list,
            unread_pb2.ListUnreadRequest.FromString,
            unread_pb2.ListUnreadResponse.SerializeToString,
        )
        return grpc.method_handlers_generic_handler("conversations.unread.v1.UnreadService", {"ListUnread": method})

    async def _list(self, request: unread_pb2.ListUnreadRequest, context: Any) -> unread_pb2.ListUnreadResponse:
        if self.broken:
            raise RuntimeError("secret")
        self.metadata += [value[:7] for key, value in context.invocation_metadata() if key == "authorization"]
        return unread_pb2.ListUnreadResponse(conversations=self.unread.get((request.tenant, request.person), []))


class World:
    """People and their calls; `stubs` are the replicas, and calls go to the first unless told otherwise."""

    def __init__(self, stubs: "list[MessagingServiceAsyncStub]", issuer: Issuer, database: mongo.Database) -> None:
        self.stubs = stubs
        self.issuer = issuer
        self.database = database
        self.unread = UnreadFake()
        self._keys = itertools.count()

    def key(self) -> str:
        return f"key-{next(self._keys)}"

    def of(self, person: str, tenant: str = "acme") -> Any:
        return as_person(self.issuer, person, tenant, actor="replay")

    async def group(self, *others: str, by: str = "ann", title: str = "Site", tenant: str = "acme", **more: Any) -> str:
        request = pb.CreateGroupConversationRequest(client_key=self.key(), title=title, members=others, **more)
        answer = await self.stubs[0].CreateGroupConversation(request, metadata=self.of(by, tenant))
        return answer.conversation.conversation

    async def direct(self, other: str, by: str = "ann") -> str:
        request = pb.CreateDirectConversationRequest(person=other)
        answer = await self.stubs[0].CreateDirectConversation(request, metadata=self.of(by))
        return answer.conversation.conversation

    async def item(self, project: str, item: str, *others: str, by: str = "ann") -> str:
        request = pb.OpenItemConversationRequest(
            item=pb.Item(project=project, tool="rfi", item=item), title=f"RFI {item}", link="/rfi", members=others
        )
        answer = await self.stubs[0].OpenItemConversation(request, metadata=self.of(by))
        return answer.conversation.conversation

    async def send(self, conversation: str, text: str, by: str = "ann", replica: int = 0, **more: Any) -> int:
        request = pb.SendMessageRequest(conversation=conversation, client_key=self.key(), text=text, **more)
        answer = await self.stubs[replica].SendMessage(request, metadata=self.of(by), timeout=10)
        return answer.number

    async def edit(self, conversation: str, number: int, text: str, by: str = "ann") -> None:
        request = pb.EditMessageRequest(conversation=conversation, client_key=self.key(), number=number, text=text)
        await self.stubs[0].EditMessage(request, metadata=self.of(by), timeout=10)

    async def delete(self, conversation: str, number: int, by: str = "ann") -> None:
        request = pb.DeleteMessageRequest(conversation=conversation, client_key=self.key(), number=number)
        await self.stubs[0].DeleteMessage(request, metadata=self.of(by), timeout=10)

    async def add(self, conversation: str, *members: str, by: str = "ann") -> None:
        request = pb.AddMembersRequest(conversation=conversation, client_key=self.key(), members=members)
        await self.stubs[0].AddMembers(request, metadata=self.of(by), timeout=10)

    async def remove(self, conversation: str, *members: str, by: str = "ann") -> None:
        request = pb.RemoveMembersRequest(conversation=conversation, client_key=self.key(), members=members)
        await self.stubs[0].RemoveMembers(request, metadata=self.of(by), timeout=10)

    async def leave(self, conversation: str, by: str) -> None:
        request = pb.LeaveConversationRequest(conversation=conversation, client_key=self.key())
        await self.stubs[0].LeaveConversation(request, metadata=self.of(by), timeout=10)

    async def update(self, conversation: str, by: str = "ann", **more: Any) -> None:
        request = pb.UpdateConversationRequest(conversation=conversation, client_key=self.key(), **more)
        await self.stubs[0].UpdateConversation(request, metadata=self.of(by), timeout=10)

    async def star(self, conversation: str, by: str = "ann", *, starred: bool = True) -> None:
        request = pb.SetStarRequest(conversation=conversation, starred=starred)
        await self.stubs[0].SetStar(request, metadata=self.of(by), timeout=10)

    async def page(
        self, by: str = "ann", tenant: str = "acme", replica: int = 0, **request: Any
    ) -> pb.ListConversationsResponse:
        return await self.stubs[replica].ListConversations(
            pb.ListConversationsRequest(**request), metadata=self.of(by, tenant), timeout=10
        )

    async def list(self, by: str = "ann", token: str = "", **request: Any) -> Sequence[str]:
        """The conversations of all pages, in order."""
        found: list[str] = []
        while True:
            page = await self.page(by, page_token=token, **request)
            found += [listing.conversation.conversation for listing in page.listings]
            token = page.next_page_token
            if not token:
                return found

    async def search_page(self, query: str, by: str = "ann", replica: int = 0, **request: Any) -> Any:
        return await self.stubs[replica].SearchMessages(
            pb.SearchMessagesRequest(query=query, **request), metadata=self.of(by), timeout=10
        )

    async def search(self, query: str, by: str = "ann", **request: Any) -> Sequence[str]:
        """The texts of all pages, in order."""
        found: list[str] = []
        token = ""
        while True:
            page = await self.search_page(query, by, page_token=token, **request)
            found += [one.message.text for one in page.found]
            token = page.next_page_token
            if not token:
                return found

    async def settled(self) -> None:
        """Waits until the catalog has everything that the log has."""

        async def same() -> bool:
            last = [{"$group": {"_id": "$conversation", "revision": {"$max": "$revision"}}}]
            log = {one["_id"]: one["revision"] async for one in await self.database["log"].aggregate(last)}
            found = self.database["conversations"].find({}, {"applied": 1})
            return log == {one["_id"]: one.get("applied") async for one in found}

        await eventually(same)

    async def stop_projecting(self) -> None:
        """Takes all partitions away, and waits until the one replica has seen it."""
        leases = self.database["catalog_leases"]
        renewed: set[int] = set()

        async def seen() -> bool:
            async for replica in leases.find({"_id": {"$regex": "^replica:"}}):
                renewed.add(replica["until_ms"])
            return len(renewed) > 3

        await leases.update_many({}, {"$set": {"holder": "nobody", "until_ms": NEVER}})
        renewed.add(NEVER)
        # A replica begins each of its steps by renewing itself. The first renewal may be of a step that has read the
        # leases before they were taken; with the third, the step that has read them since is over.
        await eventually(seen)

    def service(self) -> Any:
        return as_service(self.issuer)


@asynccontextmanager
async def world_of(database: mongo.Database, uri: str, issuer: Issuer, replicas: int = 1) -> AsyncIterator[World]:
    """Runs messaging with so many replicas, and a fake of unread."""
    world = World([], issuer, database)
    write_service_token(issuer, "messaging")
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((world.unread.handler(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    settings = MessagingSettings(
        **common(
            issuer,
            mongodb_uri=uri,
            mongodb_database=database.name,
            unlimited_actors=("replay",),
            unread_address=f"127.0.0.1:{port}",
            service_token_file=str(issuer.folder / "messaging.jwt"),
            lease_ms=1_000,
        )
    )
    try:
        async with AsyncExitStack() as stack:
            for _ in range(replicas):
                service = await stack.enter_async_context(running(settings, build))
                world.stubs.append(MessagingServiceStub(service.channel))
            yield world
    finally:
        await server.stop(None)
