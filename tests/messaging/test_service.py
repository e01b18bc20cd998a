from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from conversations.messaging.v1 import messaging_pb2 as pb
from conversations.messaging.v1.messaging_pb2_grpc import MessagingServiceStub

from local.keys import Issuer
from services.chassis import mongo
from services.messaging.app import build
from services.messaging.settings import MessagingSettings
from tests.harness import Running, as_person, as_service, common, running

if TYPE_CHECKING:
    from conversations.messaging.v1.messaging_pb2_grpc import MessagingServiceAsyncStub


@pytest.fixture
async def messaging(database: mongo.Database, mongo_uri: str, issuer: Issuer) -> AsyncIterator[Running]:
    settings = MessagingSettings(
        **common(issuer, mongodb_uri=mongo_uri, mongodb_database=database.name, unlimited_actors=("replay",))
    )
    async with running(settings, build) as service:
        yield service


@pytest.fixture
def stub(messaging: Running) -> "MessagingServiceAsyncStub":
    return MessagingServiceStub(messaging.channel)


async def group(stub: "MessagingServiceAsyncStub", issuer: Issuer, *members: str) -> str:
    response = await stub.CreateGroupConversation(
        pb.CreateGroupConversationRequest(client_key="g", title="Site", members=members),
        metadata=as_person(issuer, "ann"),
    )
    return response.conversation.conversation


async def send(stub: "MessagingServiceAsyncStub", issuer: Issuer, conversation: str, key: str, **more: Any) -> Any:
    person = more.pop("person", "ann")
    text = more.pop("text", f"text of {key}")
    return await stub.SendMessage(
        pb.SendMessageRequest(conversation=conversation, client_key=key, text=text),
        metadata=as_person(issuer, person, **more),
        timeout=10,
    )


def status(error: pytest.ExceptionInfo[grpc.aio.AioRpcError]) -> tuple[str, str]:
    return error.value.code().name, error.value.details() or ""


async def test_a_direct_conversation_is_the_same_for_both_of_the_pair(
    stub: "MessagingServiceAsyncStub", issuer: Issuer
) -> None:
    one = await stub.CreateDirectConversation(
        pb.CreateDirectConversationRequest(person="bob"), metadata=as_person(issuer, "ann")
    )
    other = await stub.CreateDirectConversation(
        pb.CreateDirectConversationRequest(person="ann"), metadata=as_person(issuer, "bob")
    )
    foreign = await stub.CreateDirectConversation(
        pb.CreateDirectConversationRequest(person="bob"), metadata=as_person(issuer, "ann", tenant="other")
    )
    assert one == other
    assert list(one.conversation.members) == ["ann", "bob"]
    assert foreign.conversation.conversation != one.conversation.conversation


async def test_messages_are_numbered_without_a_gap_and_listed_by_page_in_both_directions(
    stub: "MessagingServiceAsyncStub", issuer: Issuer
) -> None:
    conversation = await group(stub, issuer, "bob")
    for index in range(1, 8):
        sent = await send(stub, issuer, conversation, f"k{index}")
        assert (sent.number, sent.revision) == (index, index + 1)

    async def page(**bounds: int) -> tuple[list[int], bool]:
        response = await stub.ListMessages(
            pb.ListMessagesRequest(conversation=conversation, **bounds), metadata=as_person(issuer, "bob")
        )
        return [message.number for message in response.messages], response.more

    assert await page() == ([1, 2, 3, 4, 5, 6, 7], False)
    assert await page(page_size=3) == ([1, 2, 3], True)
    assert await page(after_number=5, page_size=3) == ([6, 7], False)
    assert await page(before_number=4, page_size=2) == ([2, 3], True)
    assert await page(before_number=3, page_size=2) == ([1, 2], False)
    assert await page(before_number=100, page_size=2) == ([6, 7], True)
    assert await page(after_number=100) == ([], False)


async def test_repeating_a_send_answers_with_the_first_result_and_writes_nothing(
    stub: "MessagingServiceAsyncStub", issuer: Issuer, database: mongo.Database
) -> None:
    conversation = await group(stub, issuer, "bob")
    first = await send(stub, issuer, conversation, "k")
    await send(stub, issuer, conversation, "later")
    assert await send(stub, issuer, conversation, "k") == first
    assert await database["log"].count_documents({"type": "message"}) == 2


async def test_a_client_key_used_for_another_text_is_refused_and_names_the_field(
    stub: "MessagingServiceAsyncStub", issuer: Issuer, database: mongo.Database
) -> None:
    conversation = await group(stub, issuer, "bob")
    await send(stub, issuer, conversation, "k")
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await send(stub, issuer, conversation, "k", text="something else")
    assert status(error)[0] == "ALREADY_EXISTS"
    assert "client_key" in status(error)[1]
    assert await database["log"].count_documents({"type": "message"}) == 1
    assert (await send(stub, issuer, conversation, "k", person="bob")).number == 2


async def test_missing_foreign_and_not_a_member_answer_alike(stub: "MessagingServiceAsyncStub", issuer: Issuer) -> None:
    conversation = await group(stub, issuer, "bob")
    answers = set()
    for target, caller, tenant in (
        (conversation, "eve", "acme"),
        (conversation, "ann", "other"),
        ("g_" + "a" * 26, "ann", "acme"),
    ):
        calls: list[tuple[Any, Any]] = [
            (stub.SendMessage, pb.SendMessageRequest(conversation=target, client_key="k", text="x")),
            (stub.ListMessages, pb.ListMessagesRequest(conversation=target)),
            (stub.GetConversation, pb.GetConversationRequest(conversation=target)),
        ]
        for rpc, request in calls:
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await rpc(request, metadata=as_person(issuer, caller, tenant), timeout=10)
            answers.add(status(error))
        with pytest.raises(grpc.aio.AioRpcError) as error:
            async for _ in stub.WatchConversation(
                pb.WatchConversationRequest(conversation=target), metadata=as_person(issuer, caller, tenant)
            ):
                pass
        answers.add(status(error))
    assert answers == {("NOT_FOUND", "conversation not found")}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": " \n\t"}, "text"),
        ({"text": "\u2003\u00a0"}, "text"),
        ({"text": "x" * 65_537}, "text"),
        ({"client_key": ""}, "client_key"),
        ({"client_key": "ä"}, "client_key"),
        ({"conversation": ""}, "conversation"),
        ({"conversation": "g_*"}, "conversation"),
    ],
)
async def test_a_malformed_send_is_refused_and_names_its_field(
    stub: "MessagingServiceAsyncStub", issuer: Issuer, change: dict[str, str], field: str
) -> None:
    fields: dict[str, Any] = {"conversation": "g_" + "a" * 26, "client_key": "k", "text": "x", **change}
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await stub.SendMessage(pb.SendMessageRequest(**fields), metadata=as_person(issuer, "ann"))
    assert status(error)[0] == "INVALID_ARGUMENT"
    assert field in status(error)[1]


async def test_a_group_is_created_once_for_a_key_and_another_content_is_refused(
    stub: "MessagingServiceAsyncStub", issuer: Issuer
) -> None:
    assert await group(stub, issuer, "bob") == await group(stub, issuer, "bob")
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await group(stub, issuer, "bob", "cem")
    assert status(error)[0] == "ALREADY_EXISTS"


async def test_an_item_has_one_conversation_which_only_members_find(
    stub: "MessagingServiceAsyncStub", issuer: Issuer
) -> None:
    request = pb.OpenItemConversationRequest(
        item=pb.Item(project="p1", tool="rfi", item="12"), title="RFI 12", link="/p1/rfi/12", members=["bob"]
    )
    made = await stub.OpenItemConversation(request, metadata=as_person(issuer, "ann"))
    found = await stub.OpenItemConversation(request, metadata=as_person(issuer, "bob"))
    assert made == found
    assert made.conversation.link == "/p1/rfi/12"
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await stub.OpenItemConversation(request, metadata=as_person(issuer, "eve"))
    assert status(error)[0] == "NOT_FOUND"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "//evil.example/x", "http://x", "/\\evil.example", "/a b"])
async def test_a_link_that_leads_elsewhere_is_refused(
    stub: "MessagingServiceAsyncStub", issuer: Issuer, link: str
) -> None:
    request = pb.OpenItemConversationRequest(
        item=pb.Item(project="p1", tool="rfi", item="12"), title="RFI 12", link=link
    )
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await stub.OpenItemConversation(request, metadata=as_person(issuer, "ann"))
    assert status(error)[0] == "INVALID_ARGUMENT"
    assert "link" in status(error)[1]


async def test_a_watch_gives_everything_from_its_revision_once_and_in_order_while_people_send(
    stub: "MessagingServiceAsyncStub", issuer: Issuer
) -> None:
    conversation = await group(stub, issuer, "bob")
    for index in range(5):
        await send(stub, issuer, conversation, f"before{index}")
    call = stub.WatchConversation(
        pb.WatchConversationRequest(conversation=conversation, after_revision=2), metadata=as_person(issuer, "bob")
    )
    revisions: list[int] = []
    caught_up = False
    first: Any = await call.read()
    assert first.HasField("hello")
    for index in range(20):
        await send(stub, issuer, conversation, f"during{index}")
    while len(revisions) < 24:
        message: Any = await call.read()
        revisions += [event.revision for event in message.events]
        caught_up = caught_up or message.HasField("caught_up")
        assert all(not event.tenant for event in message.events)
    assert revisions == list(range(3, 27))
    assert caught_up
    call.cancel()


async def test_the_sending_allowance_ends_with_a_time_to_return_and_does_not_hold_for_exempt_services(
    database: mongo.Database, mongo_uri: str, issuer: Issuer
) -> None:
    settings = MessagingSettings(
        **common(
            issuer,
            mongodb_uri=mongo_uri,
            mongodb_database=database.name,
            send_burst=3,
            send_per_second=0.001,
            unlimited_actors=("replay",),
        )
    )
    async with running(settings, build) as service:
        stub: MessagingServiceAsyncStub = MessagingServiceStub(service.channel)
        conversation = await group(stub, issuer, "bob")
        for index in range(3):
            await send(stub, issuer, conversation, f"k{index}")
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await send(stub, issuer, conversation, "k3")
        assert status(error)[0] == "RESOURCE_EXHAUSTED"
        for index in range(5):
            await send(stub, issuer, conversation, f"r{index}", actor="replay")


async def test_the_feed_resumes_at_its_cursor_and_shows_texts_only_to_those_who_ask(
    stub: "MessagingServiceAsyncStub", issuer: Issuer
) -> None:
    conversation = await group(stub, issuer, "bob")

    async def follow(cursor: str, count: int, *, text: bool) -> tuple[list[pb.Event], str, bool]:
        call = stub.StreamEvents(
            pb.StreamEventsRequest(cursor=cursor, partition_count=1, include_text=text),
            metadata=as_service(issuer),
        )
        events: list[pb.Event] = []
        reset = False
        async for response in call:
            events += response.events
            cursor = response.cursor
            reset = reset or response.HasField("reset")
            if len(events) >= count:
                break
        call.cancel()
        return events, cursor, reset

    none, cursor, reset = await follow("", 0, text=False)
    assert (none, reset) == ([], True)
    for index in range(5):
        await send(stub, issuer, conversation, f"k{index}")
    events, cursor, reset = await follow(cursor, 5, text=False)
    assert [event.revision for event in events] == [2, 3, 4, 5, 6]
    assert not reset
    assert {event.message_sent.text for event in events} == {""}
    assert {event.tenant for event in events} == {"acme"}
    await send(stub, issuer, conversation, "k5")
    events, _, _ = await follow(cursor, 1, text=True)
    assert [(event.revision, event.message_sent.text) for event in events] == [(7, "text of k5")]


async def test_the_log_and_its_heads_and_members_are_read_by_services(
    stub: "MessagingServiceAsyncStub", issuer: Issuer
) -> None:
    conversation = await group(stub, issuer, "bob")
    for index in range(3):
        await send(stub, issuer, conversation, f"k{index}")
    service = as_service(issuer)
    log = await stub.ListEvents(
        pb.ListEventsRequest(conversation=conversation, after_revision=1, include_text=True), metadata=service
    )
    assert [event.message_sent.text for event in log.events] == ["text of k0", "text of k1", "text of k2"]
    heads = await stub.ListHeads(pb.ListHeadsRequest(), metadata=service)
    assert [(head.conversation, head.revision, head.number) for head in heads.heads] == [(conversation, 4, 3)]
    members = await stub.ListMembers(
        pb.ListMembersRequest(conversations=[conversation, "g_" + "a" * 26]), metadata=service
    )
    assert [list(found.members) for found in members.memberships] == [["ann", "bob"]]
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await stub.ListHeads(pb.ListHeadsRequest(), metadata=as_person(issuer, "ann"))
    assert status(error)[0] == "PERMISSION_DENIED"


async def test_pages_of_large_texts_end_early_and_say_that_there_is_more(
    stub: "MessagingServiceAsyncStub", issuer: Issuer
) -> None:
    conversation = await group(stub, issuer, "bob")
    for index in range(40):
        await send(stub, issuer, conversation, f"k{index}", text="ä" * 32_000, actor="replay")
    numbers: list[int] = []
    pages = 0
    more = True
    while more:
        last = numbers[-1] if numbers else 0
        page = await stub.ListMessages(
            pb.ListMessagesRequest(conversation=conversation, after_number=last, page_size=500),
            metadata=as_person(issuer, "bob"),
        )
        numbers += [message.number for message in page.messages]
        more = page.more
        pages += 1
    assert numbers == list(range(1, 41))
    assert pages == 3
    back = await stub.ListMessages(
        pb.ListMessagesRequest(conversation=conversation, before_number=41, page_size=500),
        metadata=as_person(issuer, "bob"),
    )
    assert [message.number for message in back.messages] == list(range(24, 41))
    assert back.more
    call = stub.WatchConversation(
        pb.WatchConversationRequest(conversation=conversation), metadata=as_person(issuer, "bob")
    )
    revisions: list[int] = []
    while len(revisions) < 41:
        response: Any = await call.read()
        revisions += [event.revision for event in response.events]
    assert revisions == list(range(1, 42))
    call.cancel()
