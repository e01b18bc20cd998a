"""The service through its door: the road from a send to a badge."""

import asyncio
from collections import Counter
from typing import Any

import grpc
import pytest
from conversations.unread.v1 import unread_pb2 as pb

from services.chassis import mongo
from tests.conftest import eventually
from tests.harness import as_person, as_service
from tests.unread.suite import Suite, Watcher


async def test_a_message_is_unread_for_everybody_but_its_author(suite: Suite) -> None:
    stub = await suite.replica()
    conversation = await suite.group("ann", "bob", "cem")
    await suite.send(conversation, "ann", 3)
    await suite.send(conversation, "bob", 1)
    await suite.counted(stub, "cem", 4)
    await suite.counted(stub, "bob", 3)
    await suite.counted(stub, "ann", 1)
    assert await suite.badges(stub, "eve") == ({}, 0)


async def test_two_who_send_at_the_same_moment_both_have_one_unread(suite: Suite) -> None:
    stub = await suite.replica()
    conversation = await suite.group("ann", "bob")
    await asyncio.gather(suite.send(conversation, "ann"), suite.send(conversation, "bob"))
    await suite.counted(stub, "ann", 1)
    await suite.counted(stub, "bob", 1)


async def test_reading_lowers_the_badge_by_what_was_read_and_others_keep_theirs(suite: Suite) -> None:
    stub = await suite.replica()
    conversation = await suite.group("ann", "bob", "cem")
    await suite.send(conversation, "ann", 5)
    await suite.send(conversation, "bob", 2)
    await suite.send(conversation, "ann", 1)
    await suite.counted(stub, "bob", 6)
    response = await stub.MarkRead(
        pb.MarkReadRequest(conversation=conversation, number=5), metadata=as_person(suite.issuer, "bob")
    )
    assert (response.badge.unread, response.badge.read) == (1, 5)
    assert await suite.badges(stub, "bob") == ({conversation: 1}, 1)
    assert await suite.badges(stub, "cem") == ({conversation: 8}, 8)
    again = await stub.MarkRead(
        pb.MarkReadRequest(conversation=conversation, number=3), metadata=as_person(suite.issuer, "bob")
    )
    assert again.badge == response.badge


async def test_a_read_beyond_the_last_message_is_refused_and_silences_nothing(suite: Suite) -> None:
    stub = await suite.replica()
    conversation = await suite.group("ann", "bob")
    await suite.send(conversation, "ann", 1)
    await suite.counted(stub, "bob", 1)
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await stub.MarkRead(
            pb.MarkReadRequest(conversation=conversation, number=2), metadata=as_person(suite.issuer, "bob")
        )
    assert error.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "number" in (error.value.details() or "")
    assert await suite.badges(stub, "bob") == ({conversation: 1}, 1)


async def test_a_read_of_a_message_that_is_not_counted_yet_waits_for_it(suite: Suite) -> None:
    stub = await suite.replica()
    conversation = await suite.group("ann", "bob")
    await suite.send(conversation, "ann", 1)
    response = await stub.MarkRead(
        pb.MarkReadRequest(conversation=conversation, number=1), metadata=as_person(suite.issuer, "bob")
    )
    assert response.badge.unread == 0


@pytest.mark.parametrize(
    ("request_", "code", "word"),
    [
        (pb.MarkReadRequest(conversation="x", number=1), "INVALID_ARGUMENT", "conversation"),
        (pb.MarkReadRequest(conversation="g_" + "a" * 26, number=0), "INVALID_ARGUMENT", "number"),
        (pb.MarkReadRequest(conversation="g_" + "a" * 26, number=2**63), "INVALID_ARGUMENT", "number"),
        (pb.MarkReadRequest(conversation="g_" + "a" * 26, number=1), "NOT_FOUND", "conversation"),
    ],
)
async def test_a_bad_read_is_refused_and_names_its_field(
    suite: Suite, request_: pb.MarkReadRequest, code: str, word: str
) -> None:
    stub = await suite.replica()
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await stub.MarkRead(request_, metadata=as_person(suite.issuer, "bob"))
    assert error.value.code().name == code
    assert word in (error.value.details() or "")


async def test_a_wrong_epoch_and_a_foreign_tenant_change_nothing(suite: Suite) -> None:
    stub = await suite.replica()
    conversation = await suite.group("ann", "bob")
    await suite.send(conversation, "ann", 1)
    await suite.counted(stub, "bob", 1)
    for metadata, epoch, code in (
        (as_person(suite.issuer, "bob"), 1, "FAILED_PRECONDITION"),
        (as_person(suite.issuer, "bob", tenant="other"), 0, "NOT_FOUND"),
        (as_person(suite.issuer, "eve"), 0, "NOT_FOUND"),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await stub.MarkRead(pb.MarkReadRequest(conversation=conversation, number=1, epoch=epoch), metadata=metadata)
        assert error.value.code().name == code
    assert await suite.badges(stub, "bob") == ({conversation: 1}, 1)


async def test_a_watch_shows_the_snapshot_then_each_change_and_zero_at_once_after_reading(suite: Suite) -> None:
    stub = await suite.replica()
    one, two = await suite.group("ann", "bob"), await suite.group("ann", "bob")
    await suite.send(one, "ann", 2)
    await suite.counted(stub, "bob", 2)
    watcher = Watcher(suite, stub, "bob")
    await eventually(lambda: watcher.caught_up)
    assert watcher.responses[0].HasField("hello")
    assert (watcher.badges, watcher.total) == ({one: 2}, 2)
    await suite.send(two, "ann", 3)
    await eventually(lambda: watcher.badges == {one: 2, two: 3} and watcher.total == 5)
    await suite.send(two, "bob", 1)
    await stub.MarkRead(pb.MarkReadRequest(conversation=one, number=2), metadata=as_person(suite.issuer, "bob"))
    await eventually(lambda: watcher.badges == {one: 0, two: 3} and watcher.total == 3)
    await watcher.close()


async def test_a_conversation_that_begins_while_one_watches_counts_at_once(suite: Suite) -> None:
    stub = await suite.replica()
    watcher = Watcher(suite, stub, "bob")
    await eventually(lambda: watcher.caught_up)
    conversation = await suite.group("ann", "bob")
    await suite.send(conversation, "ann", 2)
    await eventually(lambda: watcher.badges == {conversation: 2} and watcher.total == 2)
    await watcher.close()


async def test_all_clients_on_all_replicas_show_the_same(suite: Suite) -> None:
    first, second = await suite.replica(), await suite.replica()
    watchers = [Watcher(suite, stub, "bob") for stub in (first, second, second)]
    conversation = await suite.group("ann", "bob")
    await suite.send(conversation, "ann", 20)
    for watcher in watchers:
        await eventually(lambda watcher=watcher: watcher.badges == {conversation: 20})
    await first.MarkRead(
        pb.MarkReadRequest(conversation=conversation, number=19), metadata=as_person(suite.issuer, "bob")
    )
    for watcher in watchers:
        await eventually(lambda watcher=watcher: watcher.total == 1)
        await watcher.close()


async def test_a_replica_that_takes_over_counts_on_and_nothing_is_counted_twice(suite: Suite) -> None:
    first = await suite.replica()
    conversation = await suite.group("ann", "bob")
    await suite.send(conversation, "ann", 5)
    await suite.counted(first, "bob", 5)
    second = await suite.replica()
    await suite.replicas[0].server.stop()
    await suite.send(conversation, "ann", 5)
    await suite.counted(second, "bob", 10)
    watcher = Watcher(suite, second, "bob")
    await eventually(lambda: watcher.badges == {conversation: 10})
    await watcher.close()


async def test_a_new_deployment_beside_an_old_log_counts_everything(suite: Suite) -> None:
    conversation = await suite.group("ann", "bob")
    await suite.send(conversation, "ann", 7)
    stub = await suite.replica()
    await suite.counted(stub, "bob", 7)


async def test_the_feed_of_reads_carries_each_pointer_that_moves_and_resumes(suite: Suite) -> None:
    stub = await suite.replica()
    conversation = await suite.group("ann", "bob")
    await suite.send(conversation, "ann", 3)
    await suite.counted(stub, "bob", 3)
    call = stub.StreamReads(pb.StreamReadsRequest(), metadata=as_service(suite.issuer))
    opened: Any = await call.read()
    assert opened.HasField("reset")
    for number in (1, 3):
        await stub.MarkRead(
            pb.MarkReadRequest(conversation=conversation, number=number), metadata=as_person(suite.issuer, "bob")
        )
    reads: list[int] = []
    cursors: list[str] = []
    while len(reads) < 2:
        response: Any = await call.read()
        reads += [pointer.read for pointer in response.pointers]
        cursors += [response.cursor] * len(response.pointers)
    call.cancel()
    assert reads == [1, 3]
    pointers = await stub.GetPointers(
        pb.GetPointersRequest(
            keys=[
                pb.PointerKey(conversation=conversation, person="bob"),
                pb.PointerKey(conversation=conversation, person="eve"),
            ]
        ),
        metadata=as_service(suite.issuer),
    )
    assert [(pointer.person, pointer.read) for pointer in pointers.pointers] == [("bob", 3)]


@pytest.mark.parametrize("members", [2, 200])
async def test_a_send_costs_the_same_writes_whatever_the_number_of_members(
    suite: Suite, database: mongo.Database, members: int
) -> None:
    stub = await suite.replica()
    conversation = await suite.group(*(f"p{index}" for index in range(members)))
    await suite.send(conversation, "p0")
    await suite.counted(stub, "p1", 1)

    written = Counter[str]()
    # Leases are renewed and cursors saved by the clock, and not for what is sent.
    async with await database.watch([{"$match": {"ns.coll": {"$nin": ["leases", "catalog_leases"]}}}]) as changes:
        await suite.send(conversation, "p0", 1)
        await suite.counted(stub, "p1", 2)
        await database["marks"].insert_one({})
        async for change in changes:
            if (name := change["ns"]["coll"]) == "marks":
                break
            written[name] += 1
    # The log's event; a row, the author's pointer, the head; the catalog's two, perhaps of the message before as well.
    assert written.keys() >= {"log", "rows", "pointers", "heads"}
    assert written.total() <= 10, written
