import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from conversations.messaging.v1 import messaging_pb2
from conversations.messaging.v1.messaging_pb2_grpc import MessagingServiceStub
from conversations.unread.v1 import unread_pb2
from conversations.unread.v1.unread_pb2_grpc import UnreadServiceStub

from docs.examples.badges import Badges
from docs.examples.consume import Consumer
from docs.examples.send import send
from local.keys import Issuer, write_service_token
from services.chassis import mongo
from services.messaging.app import build as build_messaging
from services.messaging.settings import MessagingSettings
from services.unread.app import build as build_unread
from services.unread.settings import UnreadSettings
from tests.conftest import eventually
from tests.harness import Running, as_person, common, running

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "integrate.md"
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.py"))


def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", GUIDE.read_text(), flags=re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_guide_shows_the_examples_as_they_are(example: Path) -> None:
    text = example.read_text()
    assert text in blocks(), f"docs/integrate.md shows another {example.name}"


def test_the_guide_shows_no_python_that_is_not_tested() -> None:
    assert set(blocks()) == {example.read_text() for example in EXAMPLES}


@dataclass
class World:
    """messaging and unread, and a group of ann and bob."""

    issuer: Issuer
    uri: str
    database: str
    messaging: Running
    stack: AsyncExitStack
    conversation: str = ""

    async def unread(self, port: int = 0) -> Running:
        settings = UnreadSettings.model_validate(
            common(
                self.issuer,
                port=port,
                mongodb_uri=self.uri,
                mongodb_database=self.database,
                messaging_address=self.messaging.address,
                service_token_file=str(write_service_token(self.issuer, "unread")),
                heartbeat_ms=200,
                retry_window_ms=50,
            )
        )
        return await self.stack.enter_async_context(running(settings, build_unread))

    def person(self, name: str) -> str:
        return self.issuer.person("acme", name)

    async def group(self, *members: str) -> str:
        stub: Any = MessagingServiceStub(self.messaging.channel)
        request = messaging_pb2.CreateGroupConversationRequest(
            client_key="group-" + "-".join(members), title="Site", members=members
        )
        response = await stub.CreateGroupConversation(request, metadata=as_person(self.issuer, members[0]))
        return str(response.conversation.conversation)

    async def read(self, unread: Running, number: int) -> None:
        stub: Any = UnreadServiceStub(unread.channel)
        request = unread_pb2.MarkReadRequest(conversation=self.conversation, number=number)
        await stub.MarkRead(request, metadata=as_person(self.issuer, "bob"), wait_for_ready=True, timeout=5)

    async def say(self, count: int, conversation: str = "") -> None:
        for number in range(count):
            await send(
                self.messaging.channel,
                partial(self.person, "ann"),
                conversation or self.conversation,
                f"Delivery {number}",
            )


@pytest.fixture
async def world(issuer: Issuer, mongo_uri: str, database: mongo.Database) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        settings = MessagingSettings.model_validate(
            common(issuer, mongodb_uri=mongo_uri, mongodb_database=database.name, send_burst=1_000)
        )
        messaging = await stack.enter_async_context(running(settings, build_messaging))
        here = World(issuer, mongo_uri, database.name, messaging, stack)
        here.conversation = await here.group("ann", "bob")
        yield here


class LoseAnswers(grpc.aio.UnaryUnaryClientInterceptor):
    """Lets each request through and loses the first answers."""

    def __init__(self, count: int) -> None:
        self.left = count

    async def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        call = await continuation(details, request)
        await call
        if self.left:
            self.left -= 1
            raise grpc.aio.AioRpcError(
                grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata(), grpc.aio.Metadata(), details="the answer was lost"
            )
        return call


async def test_sending_writes_one_message_though_answers_are_lost(world: World) -> None:
    losing = LoseAnswers(2)
    async with grpc.aio.insecure_channel(world.messaging.address, interceptors=[losing]) as channel:
        number = await send(channel, partial(world.person, "ann"), world.conversation, "Cylinders at noon")
    assert (number, losing.left) == (1, 0)
    stub: Any = MessagingServiceStub(world.messaging.channel)
    request = messaging_pb2.ListMessagesRequest(conversation=world.conversation)
    response = await stub.ListMessages(request, metadata=as_person(world.issuer, "bob"))
    assert [message.text for message in response.messages] == ["Cylinders at noon"]


async def test_sending_ends_where_a_repeat_cannot_help(world: World) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await send(world.messaging.channel, partial(world.person, "eve"), world.conversation, "Let me in")
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND


async def test_badges_are_followed_over_a_restart_of_the_service(world: World) -> None:
    first, badges = await world.unread(), Badges()
    following = asyncio.create_task(badges.follow(first.channel, partial(world.person, "bob"), lambda _: None))
    await world.say(3)
    await eventually(lambda: badges.total == 3 and badges.badges[world.conversation].unread == 3)
    await world.read(first, 2)
    await eventually(lambda: badges.total == 1)

    await first.server.stop()
    second = await world.unread(port=first.server.port)
    await world.read(second, 3)
    await eventually(lambda: badges.total == 0 and not any(one.unread for one in badges.badges.values()))
    await world.say(1)
    await eventually(lambda: badges.total == 1)
    assert not following.done()
    following.cancel()


@dataclass
class Kept:
    """A store in memory."""

    saved: str = ""
    applied: dict[str, list[int]] = field(default_factory=dict)
    repeats: int = 0

    async def cursor(self) -> str:
        return self.saved

    async def save(self, cursor: str) -> None:
        self.saved = cursor

    async def revision(self, conversation: str) -> int:
        return self.applied.get(conversation, [0])[-1]

    async def apply(self, events: Sequence[messaging_pb2.Event]) -> None:
        for event in events:
            done = self.applied.setdefault(event.conversation, [])
            if done and event.revision <= done[-1]:
                self.repeats += 1
                continue
            done.append(event.revision)


async def test_events_are_consumed_once_in_order_over_gaps_and_restarts(world: World) -> None:
    store = Kept()

    def consume() -> "asyncio.Task[None]":
        consumer = Consumer(world.messaging.channel, lambda: world.issuer.service("search"), store, 0, 1)
        return asyncio.create_task(consumer.run())

    other = await world.group("ann", "bob", "cid")
    await world.say(5)
    running_now = consume()  # without a cursor: RESET, and the log is read
    await eventually(lambda: len(store.applied.get(world.conversation, [])) == 6)
    await world.say(5, other)
    await eventually(lambda: len(store.applied.get(other, [])) == 6)
    running_now.cancel()
    await world.say(5)
    running_now = consume()  # with a cursor: it goes on there
    await eventually(lambda: len(store.applied[world.conversation]) == 11)
    running_now.cancel()
    store.saved = "82" + "0" * 40
    await world.say(1)
    running_now = consume()  # with a cursor that is lost: RESET again
    await eventually(lambda: len(store.applied[world.conversation]) == 12)
    running_now.cancel()
    for revisions in store.applied.values():
        assert revisions == list(range(1, len(revisions) + 1))
