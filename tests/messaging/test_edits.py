"""Edits, deletions and versions, through the door."""

import asyncio
import json
from typing import Any

import grpc
import pytest
from bson import json_util
from conversations.messaging.v1 import messaging_pb2 as pb

from services.chassis import mongo
from services.messaging.actions import Tenants
from services.messaging.catalog import Projector
from services.messaging.documents import from_document
from services.messaging.rules import Terms
from services.messaging.rules.policy import within
from services.messaging.store import LogStore, MessageStore, TenantStore
from tests.conftest import ManualClock
from tests.messaging.people import People, refused, watched

FILE = pb.Attachment(id="f", name="plan.pdf", type="application/pdf", size_bytes=10, url="/files/f")


async def stored(database: mongo.Database) -> str:
    """Everything in the log, as one text."""
    return json.dumps([json.loads(json_util.dumps(each)) async for each in database["log"].find()])


async def test_an_edit_replaces_what_a_message_says_and_a_repeat_is_answered_with_the_first_result(
    people: People,
) -> None:
    room = await people.group("ann", "bob")
    await people.send(room, text="$first")
    edited = await people.edit(room, 1, "$second", key="e")
    assert edited.revision == 3
    assert await people.edit(room, 1, "$second", key="e") == edited
    (message,) = await people.messages(room, "bob")
    assert (message.text, message.changed_revision, message.edited_at_ms) == ("$second", 3, edited.at_ms)
    assert len(await people.log(room)) == 3
    await refused(people.edit(room, 1, "third", key="e"), "ALREADY_EXISTS", "client_key")
    await refused(people.delete(room, 1, key="e"), "ALREADY_EXISTS", "client_key")


async def test_an_edit_can_bring_mentions_in_and_out_and_services_see_each_version_as_it_was(people: People) -> None:
    room = await people.group("ann", "bob", "cem")
    bob = pb.MessagePart(person=pb.PersonMention(person="bob", label="Bob"))
    await people.send(room, parts=[pb.MessagePart(text="\U0001f600 "), bob])
    await people.edit(room, 1, parts=[pb.MessagePart(everyone=pb.EveryoneMention())])
    (message,) = await people.messages(room)
    assert message.text == "@everyone"
    assert list(message.mentions) == [pb.Mention(everyone=True, start=0, length=9)]
    sent, edited = (await people.log(room, text=False))[1:]
    assert list(sent.message_sent.mentions) == [pb.Mention(person="bob", start=3, length=4)]
    assert list(edited.message_edited.mentions) == [pb.Mention(everyone=True, start=0, length=9)]
    assert (edited.message_edited.text, edited.message_edited.kind) == ("", pb.KIND_GROUP)
    stranger = pb.MessagePart(person=pb.PersonMention(person="eve"))
    await refused(people.edit(room, 1, parts=[stranger]), "INVALID_ARGUMENT", "parts")
    await refused(people.send(room, parts=[stranger]), "INVALID_ARGUMENT", "parts")
    pair = await people.direct("ann", "bob")
    everyone = pb.MessagePart(everyone=pb.EveryoneMention())
    await refused(people.send(pair, parts=[everyone]), "INVALID_ARGUMENT", "parts")


async def test_only_the_author_edits_and_only_what_there_is(people: People) -> None:
    room = await people.group("ann", "bob")
    await people.send(room)
    await refused(people.edit(room, 1, "x", person="bob"), "FAILED_PRECONDITION", "somebody else")
    await refused(people.edit(room, 2, "x"), "NOT_FOUND", "message")
    await refused(people.edit(room, 1, "x", person="eve"), "NOT_FOUND", "conversation")
    await refused(people.edit(room, 1, "x", tenant="other"), "NOT_FOUND", "conversation")
    await refused(people.edit(room, 1, ""), "INVALID_ARGUMENT", "text")
    await refused(people.edit(room, 1, "x", parts=[pb.MessagePart(text="y")]), "INVALID_ARGUMENT", "text")
    await people.update(room, archived=True)
    await refused(people.edit(room, 1, "x"), "FAILED_PRECONDITION", "archived")


async def test_a_deleted_message_leaves_a_tombstone_and_its_words_are_nowhere(
    people: People, database: mongo.Database
) -> None:
    room = await people.group("ann", "bob")
    secrets = ["secret one", "secret two", "secret three"]
    bob = pb.MessagePart(person=pb.PersonMention(person="bob"))
    await people.send(room, parts=[pb.MessagePart(text=secrets[0]), bob], attachments=[FILE])
    await people.edit(room, 1, secrets[1])
    await people.edit(room, 1, secrets[2])
    assert secrets[0] in await stored(database)
    deleted = await people.delete(room, 1, key="d")
    assert await people.delete(room, 1, key="d") == deleted
    assert (await people.delete(room, 1, key="another")).revision == deleted.revision
    everything = await stored(database)
    assert not any(secret in everything for secret in secrets)
    assert "/files/f" not in everything
    (message,) = await people.messages(room, "bob")
    assert (message.number, message.text, message.deleted, message.changed_revision) == (1, "", True, deleted.revision)
    assert not message.mentions
    assert not message.attachments
    assert await people.versions(room, 1) == []
    await refused(people.edit(room, 1, "again"), "FAILED_PRECONDITION", "deleted")
    log = await people.log(room)
    assert [event.WhichOneof("change") for event in log[1:]] == [
        "message_sent",
        "message_edited",
        "message_edited",
        "message_deleted",
    ]
    # Whom it mentioned stays, for those who count.
    assert [mention.person for mention in log[1].message_sent.mentions] == ["bob"]
    assert [event.message_edited.superseded for event in log[2:4]] == [True, True]
    call = people.watch(room, "bob")
    events = await watched(call, deleted.revision)
    assert (events[1].message_sent.text, events[1].message_sent.deleted) == ("", True)
    assert {event.message_edited.text for event in events} == {""}
    call.cancel()


async def test_an_author_deletes_their_own_and_an_owner_anybodys(people: People) -> None:
    room = await people.group("ann", "bob", "cem")
    await people.send(room, "bob")
    await people.send(room, "ann")
    await people.send(room, "bob")
    await people.post(room)
    await refused(people.delete(room, 1, "cem"), "FAILED_PRECONDITION", "somebody else")
    await refused(people.delete(room, 2, "bob"), "FAILED_PRECONDITION", "somebody else")
    await refused(people.delete(room, 9), "NOT_FOUND", "message")
    await refused(people.delete(room, 1, "eve"), "NOT_FOUND", "conversation")
    await people.delete(room, 1, "bob")
    await people.delete(room, 3, "ann")
    await people.delete(room, 4, "ann")
    assert [message.deleted for message in await people.messages(room)] == [True, False, True, True]
    pair = await people.direct("ann", "bob")
    await people.send(pair, "bob")
    await refused(people.delete(pair, 1, "ann"), "FAILED_PRECONDITION", "somebody else")


async def test_a_tenant_says_how_long_its_people_may_edit_and_delete(people: People) -> None:
    room = await people.group("ann", "bob")
    pair = await people.direct("ann", "bob")
    await people.terms(edit_within_ms=0, delete_within_ms=0)
    for where in (room, pair):
        await people.send(where)
        await people.send(where, "bob")
    await refused(people.edit(pair, 1, "x"), "FAILED_PRECONDITION", "too old")
    await refused(people.delete(pair, 1), "FAILED_PRECONDITION", "too old")
    await refused(people.delete(room, 2, "bob"), "FAILED_PRECONDITION", "too old")
    await people.delete(room, 1)  # by an owner, at any time
    got = await people.service("GetTenantSettings", pb.GetTenantSettingsRequest(tenant="acme"))
    assert got.settings == pb.TenantSettings(edit_within_ms=0, delete_within_ms=0)
    none = await people.service("GetTenantSettings", pb.GetTenantSettingsRequest(tenant="other"))
    assert none.settings == pb.TenantSettings()
    await people.terms(edit_within_ms=60_000)
    await people.edit(pair, 1, "x", key="in-time")
    await people.delete(pair, 1)  # not set any more: for ever, by default


async def test_a_repeat_of_an_edit_that_would_be_too_late_by_now_is_answered_with_the_first_result(
    people: People,
) -> None:
    room = await people.group("ann", "bob")
    await people.send(room)
    edited = await people.edit(room, 1, "second", key="e")
    await people.terms(edit_within_ms=0)
    await refused(people.edit(room, 1, "third", key="f"), "FAILED_PRECONDITION", "too old")
    assert await people.edit(room, 1, "second", key="e") == edited
    await refused(people.edit(room, 1, "third", key="e"), "ALREADY_EXISTS", "client_key")


async def test_who_may_read_versions_is_the_tenants_choice(people: People) -> None:
    room = await people.group("ann", "bob", "cem")
    await people.send(room, "bob", text="one", attachments=[FILE])
    for text in ("two", "three"):
        await people.edit(room, 1, text, person="bob")
    for who in ("bob", "ann"):  # its author, and an owner
        versions = await people.versions(room, 1, who)
        assert [(each.text, each.revision, len(each.attachments)) for each in versions] == [
            ("one", 2, 1),
            ("two", 3, 0),
            ("three", 4, 0),
        ]
    await refused(people.versions(room, 1, "cem"), "NOT_FOUND", "message")
    await refused(people.versions(room, 2, "bob"), "NOT_FOUND", "message")
    await refused(people.versions(room, 1, "eve"), "NOT_FOUND", "conversation")
    await people.terms(versions=pb.VERSIONS_MEMBERS)
    assert len(await people.versions(room, 1, "cem")) == 3
    await people.terms(versions=pb.VERSIONS_NOBODY)
    await refused(people.versions(room, 1, "bob"), "NOT_FOUND", "message")


async def test_of_very_many_versions_the_first_and_the_last_are_shown(people: People) -> None:
    room = await people.group("ann")
    await people.send(room, text="v0")
    for turn in range(1, 106):
        await people.edit(room, 1, f"v{turn}")
    versions = await people.versions(room, 1)
    assert [each.text for each in versions] == ["v0", *(f"v{turn}" for turn in range(7, 106))]
    await people.send(room, text="after many edits")
    # The message stands far behind its number; it is found nevertheless, in both directions.
    assert [each.number for each in await people.messages(room, after_number=1)] == [2]
    assert [each.number for each in await people.messages(room, before_number=2)] == [1]
    await people.edit(room, 2, "found")
    assert [each.text for each in await people.messages(room)] == ["v105", "found"]


async def test_an_edit_that_was_overtaken_by_a_deletion_is_redacted_and_refused(
    people: People, database: mongo.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await people.group("ann", "bob")
    await people.send(room, text="first")
    inside, go_on = asyncio.Event(), asyncio.Event()
    message = LogStore.message

    async def slow(self: LogStore, conversation: str, number: int) -> Any:
        found = await message(self, conversation, number)
        if not inside.is_set():
            inside.set()
            await go_on.wait()
        return found

    monkeypatch.setattr(LogStore, "message", slow)
    editing = asyncio.create_task(people.edit(room, 1, "too late"))
    await inside.wait()
    await people.delete(room, 1)
    go_on.set()
    await refused(editing, "FAILED_PRECONDITION", "deleted")
    assert "too late" not in await stored(database)
    assert [each.text for each in await people.messages(room)] == [""]


async def test_what_a_crash_left_between_an_event_and_its_message_is_repaired_by_a_repeat(
    people: People, database: mongo.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await people.group("ann", "bob")
    await people.send(room, text="first")
    await people.send(room, text="root")
    apply = MessageStore.apply_to_messages

    async def crash(_self: MessageStore, _event: Any) -> None:
        raise ConnectionError

    async def nothing(_self: Projector, _events: Any) -> None:
        """The projector would repair it at once; here the repeat must."""

    monkeypatch.setattr(Projector, "_mend_all", nothing)
    monkeypatch.setattr(MessageStore, "apply_to_messages", crash)
    for call in (
        people.edit(room, 1, "second", key="e"),
        people.delete(room, 2, key="d"),
        people.send(room, key="r", thread=1),
    ):
        await refused(call, "INTERNAL")
    assert [each.text for each in await people.messages(room)][:2] == ["first", "root"]
    monkeypatch.setattr(MessageStore, "apply_to_messages", apply)
    messages = MessageStore(database, LogStore(database))
    events = [from_document(each) async for each in database["log"].find({"conversation": room}).sort("revision", -1)]
    for _ in range(2):
        for event in events:  # in the wrong order, and twice
            await messages.apply_to_messages(event)
    first, second, reply = await people.messages(room)
    assert (first.text, second.deleted, first.replies) == ("second", True, 1)
    # The caller, who does not know what became of it, is answered with the first result.
    assert (await people.edit(room, 1, "second", key="e")).revision == 4
    assert (await people.delete(room, 2, key="d")).revision == 5
    assert reply.thread == 1


async def test_whatever_order_edits_and_deletions_are_applied_in_the_log_decides(
    people: People, other: People, database: mongo.Database
) -> None:
    room = await people.group("ann", "bob")
    for number in range(1, 7):
        await people.send(room, text=f"m{number}")

    async def work(who: People, number: int, turn: int) -> None:
        if turn == 3 and number % 2:
            await who.delete(room, number)
            return
        try:
            await who.edit(room, number, f"m{number} v{turn}")
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.FAILED_PRECONDITION:  # it was deleted in the meantime
                raise

    await asyncio.gather(
        *(work((people, other)[turn % 2], number, turn) for number in range(1, 7) for turn in range(6))
    )
    last: dict[int, Any] = {}
    for event in await people.log(room):
        if event.HasField("message_edited") and last.get(event.message_edited.number) != "deleted":
            last[event.message_edited.number] = event.revision
        if event.HasField("message_deleted"):
            last[event.message_deleted.number] = "deleted"
    for message in await people.messages(room):
        if last[message.number] == "deleted":
            assert (message.deleted, message.text) == (True, "")
        else:
            assert (message.deleted, message.changed_revision) == (False, last[message.number])
    everything = await stored(database)
    assert not any(f"m{number} v" in everything for number in (1, 3, 5))


async def test_terms_are_read_again_after_ten_seconds(database: mongo.Database, clock: ManualClock) -> None:
    here, there = (Tenants(TenantStore(database), Terms(), clock) for _ in range(2))
    assert (await here.terms("acme")).edit_within_ms == -1
    await there.put("acme", {"edit_within_ms": 7})
    assert (await there.terms("acme")).edit_within_ms == 7
    clock.pass_ms(9_999)
    assert (await here.terms("acme")).edit_within_ms == -1
    clock.pass_ms(1)
    assert (await here.terms("acme")).edit_within_ms == 7


async def test_a_limit_of_time_counts_from_sending_by_the_servers_clock(clock: ManualClock) -> None:
    sent = clock()
    clock.pass_ms(299_999)
    assert within(sent, 300_000, clock())
    clock.pass_ms(1)
    assert not within(sent, 300_000, clock())
    assert within(sent, -1, clock())
    assert not within(sent, 0, sent)
