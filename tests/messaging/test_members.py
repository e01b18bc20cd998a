"""Members, roles, properties and what joiners see, through the door."""

import asyncio

from conversations.messaging.v1 import messaging_pb2 as pb

from tests.harness import as_service
from tests.messaging.people import People, ended, refused, watched


async def test_people_come_and_go_and_everybody_sees_the_same_members(people: People) -> None:
    room = await people.group("ann", "bob")
    await people.send(room)
    added = await people.add(room, "cem", "dan", "bob", person="bob", key="a")
    assert await people.add(room, "bob", "dan", "cem", person="bob", key="a") == added
    await refused(people.add(room, "eve", person="bob", key="a"), "ALREADY_EXISTS", "client_key")
    found = await people.get(room, "cem")
    assert (list(found.members), list(found.owners)) == (["ann", "bob", "cem", "dan"], ["ann"])
    assert (found.joined_number, (await people.get(room, "bob")).joined_number) == (1, 0)
    assert [each.number for each in await people.messages(room, "cem")] == [1]
    await people.send(room, "cem")
    await people.remove(room, "cem", "nobody")
    for call in (people.get(room, "cem"), people.messages(room, "cem"), people.send(room, "cem")):
        await refused(call, "NOT_FOUND", "conversation not found")
    log = await people.log(room)
    assert list(log[2].members_changed.added) == ["cem", "dan"]
    assert list(log[4].members_changed.removed) == ["cem"]
    assert [event.membership_revision for event in log] == [1, 1, 3, 3, 5]
    members = await people.service("ListMembers", pb.ListMembersRequest(conversations=[room]))
    (membership,) = members.memberships
    assert (list(membership.members), membership.membership_revision) == (["ann", "bob", "dan"], 5)


async def test_a_change_that_changes_nothing_is_fine_and_keeps_its_key(people: People) -> None:
    room = await people.group("ann", "bob")
    first = await people.add(room, "bob", key="a")
    assert await people.add(room, "bob", key="a") == first
    await refused(people.add(room, "cem", key="a"), "ALREADY_EXISTS")
    await people.update(room, title="Site")
    await people.role(room, "ann", pb.ROLE_OWNER)
    await people.remove(room, "nobody")
    found = await people.get(room)
    assert (found.title, list(found.members), list(found.owners)) == ("Site", ["ann", "bob"], ["ann"])
    assert {event.membership_revision for event in await people.log(room)} == {1}


async def test_who_may_remove_and_give_roles(people: People) -> None:
    room = await people.group("ann", "bob", "cem", "dan")
    await refused(people.remove(room, "cem", person="bob"), "FAILED_PRECONDITION", "owners")
    await refused(people.remove(room, "bob", "cem", person="bob"), "FAILED_PRECONDITION", "owners")
    await refused(people.role(room, "bob", pb.ROLE_OWNER, "bob"), "FAILED_PRECONDITION", "owners")
    await refused(people.add(room, "eve", person="bob", role=pb.ROLE_OWNER), "FAILED_PRECONDITION", "owners")
    await refused(people.update(room, "bob", title="Mine"), "FAILED_PRECONDITION", "owners")
    await refused(people.role(room, "eve", pb.ROLE_OWNER), "INVALID_ARGUMENT", "person")
    await refused(people.role(room, "ann", pb.ROLE_MEMBER), "FAILED_PRECONDITION", "no owner left")
    for call in (
        people.add(room, "fay", person="eve"),
        people.remove(room, "bob", person="eve"),
        people.leave(room, "eve"),
        people.role(room, "bob", pb.ROLE_OWNER, "eve"),
        people.update(room, "eve", title="x"),
        people.add(room, "fay", tenant="other"),
    ):
        await refused(call, "NOT_FOUND", "conversation not found")
    await people.remove(room, "dan", person="dan")
    await people.role(room, "bob", pb.ROLE_OWNER)
    await people.role(room, "ann", pb.ROLE_MEMBER, "bob")
    await refused(people.remove(room, "cem", person="ann"), "FAILED_PRECONDITION", "owners")
    await people.add(room, "eve", person="bob", role=pb.ROLE_OWNER)
    assert list((await people.get(room)).owners) == ["bob", "eve"]


async def test_leaving_is_once_and_the_last_owner_leaves_it_to_the_longest_standing_member(people: People) -> None:
    room = await people.group("ann", "zoe")
    await people.add(room, "bob")
    left = await people.leave(room, "ann", key="l")
    assert await people.leave(room, "ann", key="l") == left
    await refused(people.leave(room, "ann", key="m"), "NOT_FOUND", "conversation not found")
    assert list((await people.get(room, "zoe")).owners) == ["zoe"]
    await people.add(room, "ann", person="bob")
    assert (await people.get(room, "ann")).joined_number == 0
    # They are in again: the key still stands for the leave of then.
    assert await people.leave(room, "ann", key="l") == left
    assert "ann" in (await people.get(room, "zoe")).members
    await people.leave(room, "zoe")
    await people.update(room, "bob", archived=True)
    await people.leave(room, "ann")
    await people.leave(room, "bob")
    members = await people.service("ListMembers", pb.ListMembersRequest(conversations=[room]))
    assert [list(each.members) for each in members.memberships] == [[]]


async def test_a_direct_conversation_has_its_two_people_for_ever(people: People) -> None:
    pair = await people.direct("ann", "bob")
    assert list((await people.get(pair)).owners) == []
    for call in (
        people.add(pair, "cem"),
        people.remove(pair, "ann"),
        people.leave(pair, "ann"),
        people.role(pair, "bob", pb.ROLE_OWNER),
        people.update(pair, title="x"),
    ):
        await refused(call, "FAILED_PRECONDITION", "direct")


async def test_nobody_writes_into_an_archived_conversation_until_it_is_opened_again(people: People) -> None:
    room = await people.group("ann", "bob")
    await people.send(room)
    await people.update(room, title="Level 4", archived=True)
    found = await people.get(room, "bob")
    assert (found.title, found.archived) == ("Level 4", True)
    for call in (
        people.send(room, "bob"),
        people.post(room),
        people.add(room, "cem"),
        people.role(room, "bob", pb.ROLE_OWNER),
        people.update(room, title="x"),
    ):
        await refused(call, "FAILED_PRECONDITION", "archived")
    await people.delete(room, 1)
    assert len(await people.messages(room, "bob")) == 1
    await people.update(room, archived=False)
    assert (await people.send(room, "bob")).number == 2


async def test_what_joiners_see_is_decided_when_they_join(people: People) -> None:
    room = await people.group("ann", "bob", history=pb.HISTORY_SINCE_JOINING)
    await people.send(room, text="before")
    await people.send(room, "bob", text="too", thread=1)
    joined = await people.add(room, "cem")
    await people.edit(room, 1, "before, edited")
    await people.send(room, text="after")
    assert (await people.get(room, "cem")).history == pb.HISTORY_SINCE_JOINING
    assert [each.text for each in await people.messages(room, "cem")] == ["after"]
    assert [each.text for each in await people.messages(room, "cem", before_number=3)] == []
    assert [each.text for each in await people.messages(room, "cem", thread=1)] == []
    assert [each.text for each in await people.messages(room, "bob")] == ["before, edited", "too", "after"]
    await refused(people.versions(room, 1, "cem"), "NOT_FOUND", "message")
    await refused(people.send(room, "cem", thread=1), "INVALID_ARGUMENT", "thread")
    call = people.watch(room, "cem")
    events = await watched(call, 6)
    assert [event.revision for event in events] == [joined.revision, 5, 6]
    assert (events[1].message_edited.text, events[1].message_edited.superseded) == ("", True)
    await people.edit(room, 1, "before, edited again")
    await people.edit(room, 3, "after, edited")
    live = await watched(call, 8)
    assert [event.message_edited.text for event in live] == ["", "after, edited"]
    call.cancel()
    await people.update(room, history=pb.HISTORY_ALL)
    await people.add(room, "dan")
    assert len(await people.messages(room, "dan")) == 3
    assert len(await people.messages(room, "cem")) == 1, "it was decided when they joined"


async def test_a_removed_members_stream_ends_with_the_removal_wherever_it_was_written(
    people: People, other: People
) -> None:
    room = await people.group("ann", "bob", "cem")
    await people.send(room)
    live, staying = people.watch(room, "bob"), people.watch(room, "cem")
    await watched(live, 2)
    removed = await other.remove(room, "bob")
    secret = await other.send(room, text="secret")
    async with asyncio.timeout(15):
        events, status, _ = await ended(live)
    assert (status, [event.revision for event in events]) == ("NOT_FOUND", [removed.revision])
    assert (await watched(staying, secret.revision))[-1].message_sent.text == "secret"
    staying.cancel()


async def test_whoever_came_back_sees_their_old_removal_as_history(people: People) -> None:
    room = await people.group("ann", "bob")
    await people.remove(room, "bob")
    await people.send(room)
    await people.add(room, "bob")
    call = people.watch(room, "bob")
    assert [event.revision for event in await watched(call, 4)] == [1, 2, 3, 4]
    await people.remove(room, "bob")
    async with asyncio.timeout(15):
        events, status, _ = await ended(call)
    assert (status, [event.revision for event in events]) == ("NOT_FOUND", [5])


async def test_a_group_of_two_thousand_is_one_event_and_not_one_more(people: People) -> None:
    room = await people.group("ann", "bob")
    crowd = [f"person-{index}" for index in range(1_998)]
    added = await people.add(room, *crowd)
    assert added.revision == 2
    assert len((await people.get(room, crowd[7])).members) == 2_000
    await refused(people.add(room, "one-more"), "INVALID_ARGUMENT", "members")
    await people.send(room, crowd[1])
    await people.leave(room, crowd[0])
    await people.add(room, "one-more")
    found = await people.get(room, "one-more")
    assert (len(found.members), found.joined_number) == (2_000, 1)
    events = people.stub.ListEvents(pb.ListEventsRequest(conversation=room), metadata=as_service(people.issuer))
    assert len((await events).events) == 5


async def test_members_are_the_same_at_a_replica_that_has_read_nothing_yet(people: People, other: People) -> None:
    room = await people.group("ann", "bob")
    for turn in range(150):
        await people.add(room, f"p{turn}")
        if turn % 3 == 0:
            await people.remove(room, f"p{turn}")
    here, there = await people.get(room), await other.get(room)
    assert here == there
    assert len(here.members) == 102
    assert (await other.send(room, "p1")).number == 1
    await refused(other.send(room, "p0"), "NOT_FOUND")
