"""Threads, attachments, items and what services post, through the door."""

import asyncio

from conversations.messaging.v1 import messaging_pb2 as pb

from tests.messaging.people import People, refused

FILE = pb.Attachment(id="f", name="plan.pdf", type="application/pdf", size_bytes=10, url="https://files.example/f")


async def test_replies_stand_under_one_root_and_are_counted(people: People, other: People) -> None:
    room = await people.group("ann", "bob")
    await people.send(room, text="root")
    reply = await people.send(room, "bob", thread=1, key="r")
    assert await people.send(room, "bob", thread=1, key="r") == reply
    under_reply = await people.send(room, thread=2)
    await people.send(room, text="beside")
    root, *_ = await people.messages(room)
    assert (root.replies, root.last_reply_at_ms) == (2, under_reply.at_ms)
    replies = await people.messages(room, "bob", thread=1)
    assert [(each.number, each.thread) for each in replies] == [(2, 1), (3, 1)]
    assert [each.number for each in await people.messages(room, thread=1, before_number=3)] == [2]
    assert [each.number for each in await people.messages(room, thread=1, after_number=2)] == [3]
    await people.delete(room, 3)
    await people.delete(room, 3)
    assert next((each.replies, each.last_reply_at_ms) for each in await people.messages(room)) == (1, reply.at_ms)
    assert [each.deleted for each in await people.messages(room, thread=1)] == [False, True]
    await asyncio.gather(*((people, other)[turn % 2].send(room, thread=1) for turn in range(40)))
    assert (await people.messages(room))[0].replies == 41
    for wrong in (99, 2**50):
        await refused(people.send(room, thread=wrong), "INVALID_ARGUMENT", "thread")
    await refused(people.send(room, "eve", thread=1), "NOT_FOUND", "conversation")
    await refused(people.send(room, "bob", thread=4, key="r"), "ALREADY_EXISTS")


async def test_a_message_may_be_only_its_attachments(people: People) -> None:
    room = await people.group("ann", "bob")
    await people.send(room, text="", attachments=[FILE])
    (message,) = await people.messages(room, "bob")
    assert (message.text, list(message.attachments)) == ("", [FILE])
    await refused(people.send(room, text=" ", attachments=[FILE]), "INVALID_ARGUMENT", "text")
    parts = [pb.MessagePart(text="x" * 65_000), pb.MessagePart(text="y" * 1_000)]
    await refused(people.send(room, parts=parts), "INVALID_ARGUMENT", "parts")


async def test_the_owning_service_keeps_an_items_conversation(people: People) -> None:
    made = await people.put_item(title="RFI 7", link="/rfi/7", add_members=["ann", "bob"])
    room = made.conversation
    assert (made.service, list(made.members), list(made.owners), made.revision) == ("rfis", ["ann", "bob"], [], 1)
    assert await people.put_item(title="RFI 7", link="/rfi/7", add_members=["ann"]) == made, "it is so already"
    opened = await people.call(
        "OpenItemConversation",
        pb.OpenItemConversationRequest(item=made.item, title="Mine", link="/mine", members=["eve"]),
        "ann",
    )
    assert (opened.conversation.title, list(opened.conversation.members)) == ("RFI 7", ["ann", "bob"])
    changed = await people.put_item(
        title="RFI 7: slab", link="/rfi/7", add_members=["cem"], remove_members=["bob"], archived=True
    )
    assert (changed.title, list(changed.members), changed.archived) == ("RFI 7: slab", ["ann", "cem"], True)
    assert changed.revision == 3
    await refused(people.put_item(service="submittals"), "PERMISSION_DENIED", "another service")
    await refused(people.put_item(add_members=["x"], remove_members=["x"]), "INVALID_ARGUMENT", "remove_members")
    crowd = [f"p{index}" for index in range(2_000)]
    await refused(people.put_item(add_members=crowd), "INVALID_ARGUMENT", "add_members")
    await refused(people.get(room, "bob"), "NOT_FOUND")
    assert {(event.author, event.service) for event in await people.log(room)} == {("", "rfis")}


async def test_a_service_claims_what_a_person_opened_and_the_title_is_the_services(people: People) -> None:
    request = pb.OpenItemConversationRequest(item=pb.Item(project="p", tool="rfi", item="7"), title="RFI 7")
    opened = (await people.call("OpenItemConversation", request, "ann")).conversation
    assert (opened.service, list(opened.owners)) == ("", ["ann"])
    await refused(people.update(opened.conversation, title="x"), "FAILED_PRECONDITION", "service")
    claimed = await people.put_item(title="RFI 7: slab", remove_members=["ann"], add_members=["bob"])
    assert (claimed.conversation, claimed.service, claimed.title) == (opened.conversation, "rfis", "RFI 7: slab")
    assert (list(claimed.members), list(claimed.owners)) == (["bob"], ["bob"])


async def test_a_service_posts_as_itself_once_for_each_key(people: People) -> None:
    room = await people.group("ann", "bob")
    posted = await people.post(room, key="k")
    assert await people.post(room, key="k") == posted
    assert (await people.post(room, "submittals", key="k", text="another")).number == 2
    assert (await people.send(room, key="k")).number == 3
    await refused(people.post(room, key="k", text="something else"), "ALREADY_EXISTS", "client_key")
    messages = await people.messages(room, "bob")
    assert [(each.author, each.service, each.client_key) for each in messages] == [
        ("", "rfis", "k"),
        ("", "submittals", "k"),
        ("ann", "", "k"),
    ]
    mention = pb.MessagePart(person=pb.PersonMention(person="eve"))
    await refused(people.post(room, text="", parts=[mention]), "INVALID_ARGUMENT", "parts")
    await refused(people.post(room, thread=99), "INVALID_ARGUMENT", "thread")
    await people.post(room, thread=3)
    assert (await people.messages(room))[2].replies == 1
    await refused(people.post(room, tenant="other"), "NOT_FOUND", "conversation")
    await refused(people.post(room, tenant="other", thread=1), "NOT_FOUND", "conversation")
    pair = await people.direct("ann", "bob")
    await refused(people.post(pair), "FAILED_PRECONDITION", "direct")
