"""The service through its door: what people can do with what they have not read."""

import asyncio
from typing import Any

import grpc
import pytest
from conversations.unread.v1 import unread_pb2 as pb

from tests.conftest import eventually
from tests.unread.suite import Suite, Watcher

FOREVER = 2**53 - 1
MISSING = "g_" + "a" * 26


async def refused(call: Any, code: grpc.StatusCode, word: str = " ") -> None:
    with pytest.raises(grpc.aio.AioRpcError, match=word) as error:
        await call
    assert error.value.code() is code


async def test_mentions_are_counted_beside_and_an_edit_takes_them_in_and_out_live(suite: Suite) -> None:
    first, second = await suite.replica(), await suite.replica()
    conversation = await suite.group("ann", "bob", "cem")
    bob, cem = Watcher(suite, first, "bob"), Watcher(suite, second, "cem")
    await eventually(lambda: bob.caught_up and cem.caught_up)
    await suite.send(conversation, "ann", mentions=["bob"])
    await eventually(lambda: (bob.total, bob.mentions, cem.total, cem.mentions) == (1, 1, 1, 0))
    await suite.edit(conversation, "ann", 1, mentions=["cem"])
    await eventually(lambda: (bob.total, bob.mentions, cem.total, cem.mentions) == (1, 0, 1, 1))
    await suite.edit(conversation, "ann", 1, mentions=[""])
    await eventually(lambda: (bob.mentions, cem.mentions) == (1, 1))
    await suite.send(conversation, "bob", mentions=["", "cem"])
    await eventually(lambda: (bob.mentions, cem.mentions, cem.total) == (1, 2, 2))
    for stub in (first, second):
        await suite.holds(stub, "bob", conversation, 1, 1)
        await suite.holds(stub, "cem", conversation, 2, 2)
        await suite.holds(stub, "ann", conversation, 1, 1)
    for watcher in (bob, cem):
        await watcher.close()


async def test_a_deletion_lowers_exactly_those_who_had_not_read_it(suite: Suite) -> None:
    first, second = await suite.replica(), await suite.replica()
    conversation = await suite.group("ann", "bob", "cem")
    await suite.send(conversation, "ann", mentions=["bob", "cem"])
    await suite.send(conversation, "bob")
    await suite.holds(first, "cem", conversation, 2, 1)
    await first.MarkRead(pb.MarkReadRequest(conversation=conversation, number=1), metadata=suite.person("bob"))
    watchers = {name: Watcher(suite, stub, name) for name, stub in (("ann", first), ("bob", second), ("cem", second))}
    await eventually(lambda: all(watcher.caught_up for watcher in watchers.values()))
    await suite.delete(conversation, "ann", 1)
    await eventually(lambda: (watchers["cem"].total, watchers["cem"].mentions) == (1, 0))
    await suite.send(conversation, "ann")
    wanted = {"ann": 1, "bob": 1, "cem": 2}
    for name, total in wanted.items():
        await eventually(lambda name=name, total=total: watchers[name].total == total)
        await suite.holds(first, name, conversation, total)
        await watchers[name].close()


async def test_mark_unread_counts_again_from_there_and_a_late_read_does_not_undo_it(suite: Suite) -> None:
    first, second = await suite.replica(), await suite.replica()
    conversation = await suite.group("ann", "bob")
    await suite.send(conversation, "ann", 2)
    await suite.send(conversation, "bob")
    await suite.send(conversation, "ann", mentions=["bob"])
    read = await first.MarkRead(pb.MarkReadRequest(conversation=conversation, number=4), metadata=suite.person("bob"))
    watcher = Watcher(suite, second, "bob")
    await eventually(lambda: watcher.caught_up)
    request = pb.MarkUnreadRequest(conversation=conversation, number=2)
    badge = (await first.MarkUnread(request, metadata=suite.person("bob"))).badge
    assert (badge.unread, badge.mentions, badge.read, badge.epoch) == (2, 1, 1, read.badge.epoch + 1)
    await eventually(lambda: (watcher.total, watcher.mentions) == (2, 1))
    late = pb.MarkReadRequest(conversation=conversation, number=4, epoch=read.badge.epoch)
    await refused(second.MarkRead(late, metadata=suite.person("bob")), grpc.StatusCode.FAILED_PRECONDITION, "epoch")
    assert await suite.badges(second, "bob") == ({conversation: 2}, 2)
    late.epoch = badge.epoch
    await second.MarkRead(late, metadata=suite.person("bob"))
    await eventually(lambda: watcher.total == 0)
    await watcher.close()


async def test_what_is_unread_already_stays_so_when_a_later_message_is_marked(suite: Suite) -> None:
    stub = await suite.replica()
    conversation = await suite.group("ann", "bob")
    await suite.send(conversation, "ann", 3)
    await suite.holds(stub, "bob", conversation, 3)
    request = pb.MarkUnreadRequest(conversation=conversation, number=3)
    assert (await stub.MarkUnread(request, metadata=suite.person("bob"))).badge.unread == 3


async def test_who_joined_later_cannot_mark_what_came_before_as_unread(suite: Suite) -> None:
    stub = await suite.replica()
    conversation = await suite.group("ann", "bob")
    await suite.send(conversation, "ann", 3)
    await suite.add(conversation, "ann", "dan")
    await suite.send(conversation, "ann")
    await suite.holds(stub, "dan", conversation, 1)
    request = pb.MarkUnreadRequest(conversation=conversation, number=1)
    badge = (await stub.MarkUnread(request, metadata=suite.person("dan"))).badge
    assert (badge.unread, badge.read) == (1, 3)


async def test_all_is_read_up_to_the_present_ends_muted_or_not(suite: Suite) -> None:
    stub = await suite.replica()
    conversations = [await suite.group("ann", "bob") for _ in range(3)]
    for conversation in conversations:
        await suite.send(conversation, "ann", 2, mentions=["bob"])
    await suite.counted(stub, "bob", 6)
    await stub.SetMute(
        pb.SetMuteRequest(conversation=conversations[0], muted_until_ms=FOREVER), metadata=suite.person("bob")
    )
    watcher = Watcher(suite, stub, "bob")
    await eventually(lambda: watcher.caught_up)
    response = await stub.MarkAllRead(pb.MarkAllReadRequest(), metadata=suite.person("bob"))
    assert (response.total.unread, response.total.mentions) == (0, 0)
    await eventually(lambda: watcher.total == 0 and set(watcher.badges.values()) == {0})
    assert await suite.badges(stub, "bob") == (dict.fromkeys(conversations, 0), 0)
    await suite.send(conversations[1], "ann")
    await eventually(lambda: watcher.total == 1)
    assert (await stub.MarkAllRead(pb.MarkAllReadRequest(), metadata=suite.person("eve"))).total.unread == 0
    await watcher.close()


async def test_a_muted_conversation_keeps_its_badge_and_is_out_of_the_total(suite: Suite) -> None:
    first, second = await suite.replica(), await suite.replica()
    one, two = await suite.group("ann", "bob"), await suite.group("ann", "bob")
    watcher = Watcher(suite, second, "bob")
    await eventually(lambda: watcher.caught_up)
    await suite.send(one, "ann", 2, mentions=["bob"])
    await suite.send(two, "ann")
    await eventually(lambda: (watcher.total, watcher.mentions) == (3, 2))
    await suite.holds(first, "bob", one, 2, 2)
    mute = pb.SetMuteRequest(conversation=one, muted_until_ms=FOREVER)
    badge = (await first.SetMute(mute, metadata=suite.person("bob"))).badge
    assert (badge.unread, badge.mentions, badge.muted_until_ms) == (2, 2, FOREVER)
    await eventually(lambda: (watcher.total, watcher.mentions) == (1, 0))
    await suite.send(one, "ann")
    await eventually(lambda: watcher.badges[one] == 3)
    assert watcher.total == 1
    await suite.holds(first, "bob", one, 3, 2)
    await suite.holds(first, "bob", two, 1)
    again = Watcher(suite, first, "bob")
    await eventually(lambda: again.caught_up)
    assert (again.badges, again.total, again.held[one].muted_until_ms) == ({one: 3, two: 1}, 1, FOREVER)
    assert await suite.badges(first, "bob") == ({one: 3, two: 1}, 1)
    listed = await first.ListUnread(pb.ListUnreadRequest(tenant="acme", person="bob"), metadata=suite.service())
    assert list(listed.conversations) == sorted([one, two])
    for until in (0, 1):  # what is past unmutes, too
        mute.muted_until_ms = until
        assert (await first.SetMute(mute, metadata=suite.person("bob"))).badge.muted_until_ms == 0
        await eventually(lambda: watcher.total == 4)
    for each in (watcher, again):
        await each.close()


async def test_a_muted_conversation_without_unread_messages_stands_in_the_snapshot(suite: Suite) -> None:
    stub = await suite.replica()
    conversation = await suite.group("ann", "bob")
    mute = pb.SetMuteRequest(conversation=conversation, muted_until_ms=FOREVER)
    await stub.SetMute(mute, metadata=suite.person("bob"))
    watcher = Watcher(suite, stub, "bob")
    await eventually(lambda: watcher.caught_up)
    assert watcher.held[conversation].muted_until_ms == FOREVER
    await watcher.close()


async def test_leaving_takes_a_conversation_away_at_once_and_coming_back_begins_anew(suite: Suite) -> None:
    first, second = await suite.replica(), await suite.replica()
    conversation = await suite.group("ann", "bob", "cem")
    await suite.send(conversation, "ann", 3)
    watchers = [Watcher(suite, stub, "bob") for stub in (first, second)]
    for watcher in watchers:
        await eventually(lambda watcher=watcher: watcher.total == 3)
    epoch = watchers[0].held[conversation].epoch
    await suite.leave(conversation, "bob")
    for watcher in watchers:
        await eventually(lambda watcher=watcher: watcher.total == 0 and watcher.held[conversation].left)
        assert watcher.held[conversation].epoch == epoch + 1
    await suite.send(conversation, "ann", 2)
    await suite.holds(first, "cem", conversation, 5)
    assert await suite.badges(first, "bob") == ({}, 0)
    read = pb.MarkReadRequest(conversation=conversation, number=1, epoch=epoch)
    await refused(first.MarkRead(read, metadata=suite.person("bob")), grpc.StatusCode.NOT_FOUND)
    await suite.add(conversation, "ann", "bob")
    await suite.send(conversation, "ann")
    for watcher in watchers:
        await eventually(lambda watcher=watcher: watcher.total == 1)
        badge = watcher.held[conversation]
        assert (badge.read, badge.epoch, badge.left) == (5, epoch + 2, False)
        await watcher.close()
    await suite.holds(second, "bob", conversation, 1)


async def test_who_joins_while_watching_counts_from_there(suite: Suite) -> None:
    first, second = await suite.replica(), await suite.replica()
    conversation = await suite.group("ann", "bob")
    await suite.send(conversation, "ann", 4)
    watcher = Watcher(suite, second, "dan")
    await eventually(lambda: watcher.caught_up)
    await suite.add(conversation, "ann", "dan")
    await suite.send(conversation, "bob", 2, mentions=["dan"])
    await eventually(lambda: (watcher.badges, watcher.total, watcher.mentions) == ({conversation: 2}, 2, 2))
    await suite.holds(first, "dan", conversation, 2, 2)
    await watcher.close()


async def test_who_has_seen_a_message_is_listed_by_page_without_its_author_and_who_came_later(suite: Suite) -> None:
    stub = await suite.replica()
    conversation = await suite.group("ann", "bob", "cem", "dan", "eve")
    await suite.send(conversation, "ann", 2)
    for person, number in (("ann", 2), ("bob", 2), ("cem", 1), ("dan", 2), ("eve", 2)):
        await stub.MarkRead(pb.MarkReadRequest(conversation=conversation, number=number), metadata=suite.person(person))
    await suite.add(conversation, "ann", "fay")
    await suite.leave(conversation, "eve")

    async def seen(number: int, **page: Any) -> list[str]:
        request = pb.ListReadersRequest(conversation=conversation, number=number, **page)
        return list((await stub.ListReaders(request, metadata=suite.person("bob"))).persons)

    async def left() -> bool:
        return await seen(2) == ["bob", "dan"]

    await eventually(left)
    assert await seen(1) == ["bob", "cem", "dan"]
    assert await seen(1, page_size=2) == ["bob", "cem"]
    assert await seen(1, page_size=2, after_person="cem") == ["dan"]


async def test_readers_of_the_conversation_on_screen_are_followed_until_one_leaves(suite: Suite) -> None:
    first, second = await suite.replica(), await suite.replica()
    conversation = await suite.group("ann", "bob", "cem")
    await suite.send(conversation, "ann", 3)
    await suite.holds(first, "bob", conversation, 3)
    readers: dict[str, Any] = {}
    call: Any = second.WatchReaders(pb.WatchReadersRequest(conversation=conversation), metadata=suite.person("ann"))
    told: list[str] = []
    ended: list[Any] = []

    async def read() -> None:
        try:
            async for response in call:
                told.append("hello" if response.HasField("hello") else "")
                readers.update({reader.person: reader for reader in response.readers})
                told.append("caught up" if response.HasField("caught_up") else "")
        except grpc.aio.AioRpcError as error:
            ended.append(error.code())

    reading = asyncio.create_task(read())
    await eventually(lambda: "caught up" in told)
    assert told[0] == "hello"
    assert {name: reader.read for name, reader in readers.items()} == {"ann": 0, "bob": 0, "cem": 0}
    await first.MarkRead(pb.MarkReadRequest(conversation=conversation, number=2), metadata=suite.person("bob"))
    await eventually(lambda: readers["bob"].read == 2)
    await suite.add(conversation, "ann", "dan")
    await eventually(lambda: "dan" in readers and readers["dan"].joined == 3)
    await suite.leave(conversation, "bob")
    await eventually(lambda: readers["bob"].left)
    await suite.leave(conversation, "ann")
    await reading
    assert ended == [grpc.StatusCode.NOT_FOUND]


async def test_the_feed_of_pointers_carries_mutes_joins_and_leaves_and_tells_what_they_are(suite: Suite) -> None:
    stub = await suite.replica()
    conversation = await suite.group("ann", "bob")
    await suite.send(conversation, "ann", 2)
    await suite.holds(stub, "bob", conversation, 2)
    call = stub.StreamReads(pb.StreamReadsRequest(), metadata=suite.service())
    opened: Any = await call.read()
    assert opened.HasField("reset")
    mute = pb.SetMuteRequest(conversation=conversation, muted_until_ms=FOREVER)
    await stub.SetMute(mute, metadata=suite.person("bob"))
    await suite.add(conversation, "ann", "dan")
    await suite.leave(conversation, "bob")
    found: list[Any] = []
    while len(found) < 3:
        response: Any = await call.read()
        found += response.pointers
    call.cancel()
    shown = {(each.person, each.read, each.muted_until_ms, each.joined, each.left) for each in found}
    assert shown == {("bob", 0, FOREVER, 0, False), ("dan", 2, 0, 2, False), ("bob", 0, FOREVER, 0, True)}
    keys = [pb.PointerKey(conversation=conversation, person=name) for name in ("bob", "dan", "eve")]
    pointers = await stub.GetPointers(pb.GetPointersRequest(keys=keys), metadata=suite.service())
    assert {each.person: each.left for each in pointers.pointers} == {"bob": True, "dan": False}


async def test_a_total_waits_for_the_messages_that_it_must_hold_and_not_for_ever(suite: Suite) -> None:
    stub, impatient = await suite.replica(read_wait_ms=30_000), await suite.replica(read_wait_ms=100)
    conversation = await suite.group("ann", "bob")
    await suite.send(conversation, "ann", 1)
    request = pb.GetTotalsRequest(
        tenant="acme", persons=["bob"], counted=[pb.CountedTo(conversation=conversation, number=1)]
    )
    assert (await stub.GetTotals(request, metadata=suite.service())).totals[0].total.unread == 1
    request.counted[0].number = 2
    asking = asyncio.ensure_future(stub.GetTotals(request, metadata=suite.service()))
    await asyncio.sleep(0.05)
    await suite.send(conversation, "ann", 1)
    assert (await asking).totals[0].total.unread == 2
    request.counted[0].number = 9
    assert (await impatient.GetTotals(request, metadata=suite.service(), timeout=15)).totals[0].total.unread == 2


async def test_a_mute_outlives_a_leave(suite: Suite) -> None:
    stub = await suite.replica()
    conversation = await suite.group("ann", "bob")
    mute = pb.SetMuteRequest(conversation=conversation, muted_until_ms=FOREVER)
    await suite.counted(stub, "bob", 0)
    await stub.SetMute(mute, metadata=suite.person("bob"))
    key = pb.PointerKey(conversation=conversation, person="bob")
    revisions: list[int] = []

    async def pointer(*, left: bool) -> pb.Pointer:
        found: list[pb.Pointer] = []

        async def holds() -> bool:
            answer = await stub.GetPointers(pb.GetPointersRequest(keys=[key]), metadata=suite.service())
            found[:] = answer.pointers
            return found[0].left == left

        await eventually(holds)
        revisions.append(found[0].membership_revision)
        return found[0]

    await pointer(left=False)
    await suite.leave(conversation, "bob")
    assert (await pointer(left=True)).muted_until_ms == FOREVER
    await suite.add(conversation, "ann", "bob")
    assert (await pointer(left=False)).muted_until_ms == FOREVER
    assert revisions == sorted(set(revisions))
    await suite.send(conversation, "ann")
    await suite.holds(stub, "bob", conversation, 1)
    await suite.counted(stub, "bob", 0)
    unmute = pb.SetMuteRequest(conversation=conversation)
    await stub.SetMute(unmute, metadata=suite.person("bob"))
    await suite.counted(stub, "bob", 1)


async def test_totals_of_several_people_are_answered_in_their_order(suite: Suite) -> None:
    stub = await suite.replica()
    conversation = await suite.group("ann", "bob", "cem")
    await suite.send(conversation, "ann", 2, mentions=["cem"])
    await suite.counted(stub, "cem", 2)
    request = pb.GetTotalsRequest(tenant="acme", persons=["cem", "eve", "ann", "bob"])
    response = await stub.GetTotals(request, metadata=suite.service())
    found = [(each.person, each.total.unread, each.total.mentions) for each in response.totals]
    assert found == [("cem", 2, 2), ("eve", 0, 0), ("ann", 0, 0), ("bob", 2, 0)]
    other = pb.GetTotalsRequest(tenant="other", persons=["cem"])
    assert (await stub.GetTotals(other, metadata=suite.service())).totals[0].total.unread == 0


async def test_a_new_deployment_beside_an_old_log_counts_every_kind_of_event(suite: Suite) -> None:
    conversation = await suite.group("ann", "bob", "cem")
    await suite.send(conversation, "ann", 4, mentions=["bob", "cem"])
    await suite.edit(conversation, "ann", 2, mentions=["cem"])
    await suite.delete(conversation, "ann", 3)
    await suite.leave(conversation, "cem")
    await suite.add(conversation, "ann", "dan")
    await suite.send(conversation, "ann", mentions=[""])
    stub = await suite.replica()
    await suite.holds(stub, "bob", conversation, 4, 3)
    await suite.holds(stub, "dan", conversation, 1, 1)
    assert await suite.badges(stub, "cem") == ({}, 0)


@pytest.mark.parametrize(
    ("rpc", "request_", "code", "word"),
    [
        ("MarkUnread", pb.MarkUnreadRequest(conversation="x", number=1), "INVALID_ARGUMENT", "conversation"),
        ("MarkUnread", pb.MarkUnreadRequest(conversation=MISSING), "INVALID_ARGUMENT", "number"),
        ("MarkUnread", pb.MarkUnreadRequest(conversation=MISSING, number=1), "NOT_FOUND", "conversation"),
        ("SetMute", pb.SetMuteRequest(conversation=MISSING, muted_until_ms=-1), "INVALID_ARGUMENT", "muted_until_ms"),
        ("SetMute", pb.SetMuteRequest(conversation=MISSING, muted_until_ms=2**53), "INVALID_ARGUMENT", "muted"),
        ("SetMute", pb.SetMuteRequest(conversation=MISSING), "NOT_FOUND", "conversation"),
        ("ListReaders", pb.ListReadersRequest(conversation=MISSING), "INVALID_ARGUMENT", "number"),
        (
            "ListReaders",
            pb.ListReadersRequest(conversation=MISSING, number=1, page_size=1_001),
            "INVALID_ARGUMENT",
            "p",
        ),
        ("ListReaders", pb.ListReadersRequest(conversation=MISSING, number=1), "NOT_FOUND", "conversation"),
    ],
)
async def test_bad_requests_are_refused_and_name_their_field(
    suite: Suite, rpc: str, request_: Any, code: str, word: str
) -> None:
    stub = await suite.replica()
    await refused(getattr(stub, rpc)(request_, metadata=suite.person("bob")), grpc.StatusCode[code], word)


async def test_strangers_other_tenants_and_numbers_beyond_the_end_are_refused_and_change_nothing(suite: Suite) -> None:
    stub = await suite.replica()
    conversation = await suite.group("ann", "bob")
    await suite.send(conversation, "ann", 2)
    await suite.holds(stub, "bob", conversation, 2)
    before = await suite.badge(stub, "bob", conversation)
    for metadata in (suite.person("eve"), suite.person("bob", tenant="other")):
        for call in (
            stub.MarkUnread(pb.MarkUnreadRequest(conversation=conversation, number=1), metadata=metadata),
            stub.SetMute(pb.SetMuteRequest(conversation=conversation, muted_until_ms=FOREVER), metadata=metadata),
            stub.ListReaders(pb.ListReadersRequest(conversation=conversation, number=1), metadata=metadata),
            stub.WatchReaders(pb.WatchReadersRequest(conversation=conversation), metadata=metadata).read(),
        ):
            await refused(call, grpc.StatusCode.NOT_FOUND, "conversation")
    beyond = grpc.StatusCode.FAILED_PRECONDITION
    bob = suite.person("bob")
    await refused(stub.MarkUnread(pb.MarkUnreadRequest(conversation=conversation, number=3), metadata=bob), beyond)
    await refused(stub.ListReaders(pb.ListReadersRequest(conversation=conversation, number=3), metadata=bob), beyond)
    assert await suite.badge(stub, "bob", conversation) == before
