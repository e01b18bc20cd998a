"""WatchConversation with every kind of event, through the door."""

import asyncio

import pytest
from conversations.messaging.v1 import messaging_pb2 as pb

from services.messaging.actions import messages as actions_messages
from services.messaging.feed import MessagingFeed
from tests.messaging.people import People, ended, refused, watched


async def test_a_watch_brings_everything_once_and_in_order_and_what_was_changed_as_it_is_now(
    people: People, other: People
) -> None:
    room = await people.group("ann", "bob")
    await people.send(room, text="one")
    await people.send(room, text="two")
    await people.edit(room, 1, "one, edited")
    await people.edit(room, 1, "one, edited twice")
    await people.delete(room, 2)
    call = people.watch(room, "bob", 1)
    events = await watched(call, 6)
    assert [event.revision for event in events] == [2, 3, 4, 5, 6]
    one, two, early, late, gone = events
    assert (one.message_sent.text, one.message_sent.edited_revision) == ("one, edited twice", 5)
    assert (two.message_sent.text, two.message_sent.deleted) == ("", True)
    assert (early.message_edited.text, early.message_edited.superseded) == ("", True)
    assert (late.message_edited.text, late.message_edited.superseded) == ("one, edited twice", False)
    assert gone.message_deleted.number == 2
    # What happens from here on comes as it happens, also from another replica.
    await other.edit(room, 1, "one, at last")
    await other.add(room, "cem")
    await other.update(room, title="Level 5")
    await other.send(room, "cem", text="three", thread=1)
    await other.delete(room, 1)
    live = await watched(call, 11)
    assert [event.revision for event in live] == [7, 8, 9, 10, 11]
    assert live[0].message_edited.text == "one, at last"
    assert list(live[1].members_changed.added) == ["cem"]
    assert live[2].conversation_updated.title == "Level 5"
    assert live[3].message_sent.thread == 1
    assert live[4].message_deleted.number == 1
    assert all(not event.tenant for event in [*events, *live])
    call.cancel()
    await refused(people.watch(room, "bob", 12).read(), "INVALID_ARGUMENT", "after_revision")


async def test_a_watch_that_is_too_far_behind_begins_anew(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    room = await people.group("ann", "bob")
    for _ in range(11):
        await people.send(room)
    monkeypatch.setattr(actions_messages, "CATCH_UP_MAX", 10)
    events, status, reset = await ended(people.watch(room, "bob", 1))
    assert (events, status, reset) == ([], "OK", True)
    near = people.watch(room, "bob", 2)
    assert [event.revision for event in await watched(near, 12)] == list(range(3, 13))
    near.cancel()


async def test_whoever_is_removed_while_they_catch_up_gets_nothing_beyond_it_even_if_the_feed_is_late(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await people.group("ann", "bob")
    for _ in range(5):
        await people.send(room)
    check = actions_messages.Messages.check_watch
    go_on, checked = asyncio.Event(), asyncio.Event()

    async def slow(self: actions_messages.Messages, *arguments: object) -> object:
        found = await check(self, *arguments)  # type: ignore[arg-type]
        checked.set()
        await go_on.wait()
        return found

    # The stream is let in as a member's, and hears nothing from the feed.
    monkeypatch.setattr(actions_messages.Messages, "check_watch", slow)
    monkeypatch.setattr(MessagingFeed, "_offer", lambda *_: None)
    call = people.watch(room, "bob")
    reading = asyncio.create_task(ended(call))
    await checked.wait()
    removed = await people.remove(room, "bob")
    await people.send(room, text="secret")
    go_on.set()
    async with asyncio.timeout(15):
        events, status, _ = await reading
    assert status == "NOT_FOUND"
    assert [event.revision for event in events] == list(range(1, removed.revision + 1))


async def test_the_feed_for_services_carries_every_kind_of_event_as_it_was_written(people: People) -> None:
    room = await people.group("ann", "bob")
    bob = pb.MessagePart(person=pb.PersonMention(person="bob"))
    await people.send(room, parts=[bob])
    await people.edit(room, 1, "no mention")
    await people.delete(room, 1)
    log = await people.log(room)
    assert [event.WhichOneof("change") for event in log] == [
        "created",
        "message_sent",
        "message_edited",
        "message_deleted",
    ]
    assert [event.number for event in log] == [0, 1, 1, 1]
    assert {event.tenant for event in log} == {"acme"}
    assert list(log[0].created.owners) == ["ann"]
    assert log[1].message_sent.text == ""
    assert [each.person for each in log[1].message_sent.mentions] == ["bob"]
    assert not log[2].message_edited.mentions
