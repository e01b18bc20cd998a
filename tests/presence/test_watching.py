"""What others see of people on their screens, and who is typing, on one replica and across two."""

import asyncio
from collections.abc import Callable
from typing import Any

import grpc
import pytest
import redis.asyncio
from conversations.presence.v1 import presence_pb2 as pb
from redis.exceptions import ConnectionError as NotReachedError

from services.chassis.errors import Fault
from services.chassis.streams import ControlFrames, Mailbox
from services.presence.actions import TYPING_BURST
from services.presence.feed.typing import CAPACITY, Viewer
from services.presence.keys import chosen_key, name_of, typing_key
from services.presence.members import FRESH_MS, REMEMBERED, Members, Membership
from services.presence.statuses import READ_AGAIN_MS, Status
from services.presence.stores.typing import MOST, TYPING_MS
from tests.conftest import ManualClock
from tests.presence.conftest import GRACE_MS, IDLE_MS, LEASE_MS, STEP_MS, Messaging, Replica

Replicas = Callable[..., Replica]
ROOM = "g_" + "a" * 26


async def test_a_person_is_shown_as_they_come_use_leave_and_go(replica: Replicas, clock: ManualClock) -> None:
    one, two = replica("a"), replica("b")
    await one.settle()
    screen, _ = await two.watch("max", "ann", "bob")
    assert await screen.changes() == ["ann OFFLINE", "bob OFFLINE"]
    attachment, _ = await one.attach()
    await two.beat()
    assert await screen.changes() == ["ann AWAY"]
    await one.report()
    touched = clock()
    await two.beat()
    assert await screen.changes() == ["ann ACTIVE"]
    clock.pass_ms(1_000)
    await one.report(focused=False, age_ms=1_000)
    await two.beat()
    assert await screen.changes() == ["ann AWAY"]
    assert screen.last["ann"].last_seen_ms == touched
    await one.part(attachment)
    clock.pass_ms(GRACE_MS - 1)
    await two.beat()
    assert await screen.changes() == []
    clock.pass_ms(1)
    await two.beat()
    assert await screen.changes() == ["ann OFFLINE"]
    assert screen.last["ann"].last_seen_ms == touched


async def test_idle_people_go_away_by_themselves(replica: Replicas, clock: ManualClock) -> None:
    one = replica()
    await one.settle()
    await one.attach()
    await one.report()
    screen, _ = await one.watch("max", "ann")
    await screen.changes()
    await one.pass_ms(IDLE_MS)
    await one.beat()
    assert await screen.changes() == []
    clock.pass_ms(1)
    await one.beat()
    assert await screen.changes() == ["ann AWAY"]


async def test_a_reload_does_not_show(replica: Replicas, clock: ManualClock) -> None:
    one = replica()
    await one.settle()
    attachment, _ = await one.attach()
    await one.report()
    screen, _ = await one.watch("max", "ann")
    await screen.changes()
    for _ in range(3):
        await one.part(attachment)
        await one.beat()
        clock.pass_ms(GRACE_MS - 1)
        await one.beat()
        attachment, _ = await one.attach()
        await one.beat()
        await one.report()
        clock.pass_ms(GRACE_MS + 1)
        await one.keeper.renew()
        await one.beat()
    assert await screen.changes() == []


async def test_a_person_may_choose_and_it_ends_by_itself(replica: Replicas, clock: ManualClock) -> None:
    one, two = replica("a"), replica("b")
    await one.settle()
    await one.attach()
    await one.report()
    screen, _ = await two.watch("max", "ann")
    await screen.changes()
    until = clock() + 8_000
    await one.presence.choose("acme", "ann", Status.DO_NOT_DISTURB, until)
    await two.beat()
    assert await screen.changes() == ["ann DO_NOT_DISTURB"]
    assert (screen.last["ann"].until_ms, screen.last["ann"].chosen) == (until, False)
    assert (await one.presence.locate("acme", ["ann", "bob"])).chosen["ann"].until == until
    clock.pass_ms(7_999)
    await one.keeper.renew()
    await two.beat()
    assert await screen.changes() == []
    clock.pass_ms(1)
    await two.beat()
    assert await screen.changes() == ["ann ACTIVE"]
    assert (await one.presence.locate("acme", ["ann"])).chosen == {}
    await one.presence.choose("acme", "ann", Status.AWAY, 0)
    await two.beat()
    assert await screen.changes() == ["ann AWAY"]
    await one.presence.choose("acme", "ann", Status.UNSPECIFIED, 0)
    await two.beat()
    assert await screen.changes() == ["ann ACTIVE"]
    with pytest.raises(Fault, match="until_ms: has passed"):
        await one.presence.choose("acme", "ann", Status.AWAY, clock())


async def test_who_appears_offline_is_seen_by_nobody_but_themselves(replica: Replicas, clock: ManualClock) -> None:
    one = replica()
    await one.settle()
    await one.attach()
    await one.report(focused=False)
    seen = clock()
    screen, _ = await one.watch("max", "ann")
    own, _ = await one.watch("ann", "ann")
    await screen.changes()
    await own.changes()
    clock.pass_ms(1_000)
    until = clock() + 60_000
    await one.presence.choose("acme", "ann", Status.OFFLINE, until)
    await one.beat()
    assert await screen.changes() == ["ann OFFLINE"]
    assert await own.changes() == ["ann OFFLINE"]
    for _ in range(4):
        clock.pass_ms(5_000)
        await one.keeper.renew()
        await one.report()
        await one.beat()
    assert await screen.changes() == []
    assert screen.last["ann"] == pb.Presence(person="ann", status=pb.STATUS_OFFLINE, last_seen_ms=seen)
    assert own.last["ann"] == pb.Presence(
        person="ann", status=pb.STATUS_OFFLINE, last_seen_ms=seen, until_ms=until, chosen=True
    )


async def test_while_presence_cannot_know_nobody_goes_offline_and_no_choice_is_lost(
    replica: Replicas, clock: ManualClock, valkey: redis.asyncio.Redis
) -> None:
    one, two = replica("a"), replica("b")
    await one.attach("ann")
    await one.report("ann")
    await one.attach("bob")
    gone, _ = await two.attach("max")
    await two.report("max")
    await two.presence.choose("acme", "bob", Status.DO_NOT_DISTURB, 0)
    await one.settle()
    await two.keeper.renew()
    people = ("ann", "bob", "max", "eve")
    screen, _ = await one.watch("x", *people)
    assert sorted(await screen.changes()) == ["ann ACTIVE", "bob DO_NOT_DISTURB", "eve OFFLINE", "max ACTIVE"]

    await valkey.flushall()
    two.keeper._drop(gone)  # max was here, and this replica dies with the store
    clock.pass_ms(READ_AGAIN_MS)
    await one.beat()
    assert await screen.changes() == []
    fresh, _ = await two.watch("y", *people)
    assert sorted(await fresh.changes()) == [f"{person} UNSPECIFIED" for person in ("ann", "bob", "eve", "max")]
    for _ in range(6):
        await one.keeper.renew()
        await one.beat()
        await two.beat()
        assert await screen.changes() == []
        clock.pass_ms(STEP_MS)
    # Those who are here were found again, with what they had chosen; others are not said to be anything yet.
    assert sorted(await fresh.changes()) == ["ann ACTIVE", "bob DO_NOT_DISTURB"]
    await one.keeper.renew()
    assert await one.known()
    clock.pass_ms(1_000)
    await one.beat()
    await two.beat()
    assert await screen.changes() == ["max OFFLINE"]
    assert sorted(await fresh.changes()) == ["eve OFFLINE", "max OFFLINE"]


async def test_a_choice_taken_back_after_the_store_was_lost_is_not_restored(
    replica: Replicas, valkey: redis.asyncio.Redis
) -> None:
    one, two = replica("a"), replica("b")
    await one.attach()
    await one.presence.choose("acme", "ann", Status.AWAY, 0)
    await one.settle()
    await valkey.flushall()
    await two.presence.choose("acme", "ann", Status.UNSPECIFIED, 0)
    await one.keeper.renew()
    assert (await one.presence.locate("acme", ["ann"])).chosen == {}


async def test_what_was_chosen_through_another_replica_is_restored(
    replica: Replicas, valkey: redis.asyncio.Redis
) -> None:
    one, two = replica("a"), replica("b")
    await one.attach()
    await one.settle()
    await two.presence.choose("acme", "ann", Status.AWAY, 0)
    await one.keeper.renew()
    await valkey.flushall()
    await one.keeper.renew()
    assert (await two.presence.locate("acme", ["ann"])).chosen["ann"].status is Status.AWAY


async def test_a_choice_stays_in_the_store_as_long_as_it_holds(
    replica: Replicas, clock: ManualClock, valkey: redis.asyncio.Redis
) -> None:
    one = replica()
    key = chosen_key(name_of("acme", "ann"))
    await one.presence.choose("acme", "ann", Status.AWAY, 0)
    assert await valkey.pttl(key) == -1
    await one.presence.choose("acme", "ann", Status.AWAY, clock() + 1_000_000)
    assert 1_000_000 < await valkey.pttl(key) <= 1_000_000 + 10 * LEASE_MS
    await one.presence.choose("acme", "ann", Status.UNSPECIFIED, 0)
    assert 0 < await valkey.pttl(key) <= 10 * LEASE_MS


async def test_nobody_is_read_for_a_stream_that_has_ended(replica: Replicas, clock: ManualClock) -> None:
    one = replica()
    await one.settle()
    screen = Mailbox(ControlFrames.of(pb.WatchPresenceResponse), 10)
    with one.statuses.watching("acme", "max", ["ann", "bob"], screen) as viewing:
        with one.statuses.watching("acme", "eve", ["ann"], screen):
            await one.statuses.tell(viewing)
            assert len(one.statuses) == 2
        assert len(one.statuses) == 2
    assert len(one.statuses) == 0
    clock.pass_ms(READ_AGAIN_MS)
    await one.beat()
    assert one.statuses._due == []


async def test_people_of_another_tenant_are_other_people(replica: Replicas) -> None:
    one = replica()
    await one.settle()
    await one.attach("ann")
    screen = Mailbox(ControlFrames.of(pb.WatchPresenceResponse), 10)
    with one.statuses.watching("rival", "ann", ["ann"], screen) as viewing:
        await one.statuses.tell(viewing)
        frame = await screen.take()
    assert frame is not None
    [presence] = pb.WatchPresenceResponse.FromString(frame).presences
    assert presence.status == pb.STATUS_OFFLINE


async def test_a_reading_that_fails_is_made_up_for(
    replica: Replicas, monkeypatch: pytest.MonkeyPatch, clock: ManualClock
) -> None:
    one = replica()
    await one.settle()
    screen, _ = await one.watch("max", "ann")
    await screen.changes()
    real = one.people.read

    async def away(*_: Any) -> Any:
        raise NotReachedError("away")

    monkeypatch.setattr(one.people, "read", away)
    await one.attach()
    with pytest.raises(NotReachedError):
        await one.beat()
    monkeypatch.setattr(one.people, "read", real)
    await one.beat()
    assert await screen.changes() == ["ann AWAY"]


async def test_ten_thousand_people_on_screens_are_read_in_parts(replica: Replicas) -> None:
    one = replica()
    await one.settle()
    await one.attach("p7")
    people = [f"p{each}" for each in range(5_000)]
    names = [name_of("acme", person) for person in people]
    found = await one.people.read(names, one.clock())
    assert set(found) == set(names)
    assert [name for name, (person, known) in found.items() if person.deadline and known] == [name_of("acme", "p7")]


class Listener:
    """One stream of WatchTyping."""

    def __init__(self, replica: Replica, person: str, tenant: str = "acme") -> None:
        self._replica = replica
        self.mailbox = Mailbox(ControlFrames.of(pb.WatchTypingResponse), CAPACITY)
        self.viewer = Viewer(tenant, person, self.mailbox)

    async def open(self) -> "Listener":
        self._replica.open.enter_context(self._replica.typing.watching(ROOM, self.viewer))
        await self._replica.typing.refresh([ROOM])
        return self

    async def lists(self) -> list[str] | None:
        """The list that came since the last time; None for none."""
        await self._replica.beat()
        if not self.mailbox.waiting:
            return None
        frame = await self.mailbox.take()
        assert frame is not None
        return list(pb.WatchTypingResponse.FromString(frame).typing.persons)


@pytest.fixture
async def room(replica: Replicas) -> Messaging:
    """Ann, bob and max have a conversation."""
    messaging = replica().messaging
    messaging.members[ROOM] = Membership("acme", frozenset({"ann", "bob", "max"}))
    return messaging


async def test_typing_is_told_to_the_others_until_it_stops_or_expires(
    replica: Replicas, room: Messaging, clock: ManualClock
) -> None:
    one, two = replica("a"), replica("b")
    ann, bob = await Listener(two, "ann").open(), await Listener(two, "bob").open()
    assert (await ann.lists(), await bob.lists()) == ([], [])
    await one.presence.report_typing("acme", "ann", ROOM, stopped=False)
    assert (await ann.lists(), await bob.lists()) == (None, ["ann"])
    clock.pass_ms(3_000)
    await one.presence.report_typing("acme", "ann", ROOM, stopped=False)
    await one.presence.report_typing("acme", "max", ROOM, stopped=False)
    assert (await ann.lists(), await bob.lists()) == (["max"], ["ann", "max"])
    await one.presence.report_typing("acme", "max", ROOM, stopped=True)
    assert (await ann.lists(), await bob.lists()) == ([], ["ann"])
    clock.pass_ms(TYPING_MS - 1)
    assert await bob.lists() is None
    clock.pass_ms(1)
    assert await bob.lists() == []


async def test_only_members_may_report_and_learn_of_typing_and_all_others_hear_the_same(
    replica: Replicas, room: Messaging
) -> None:
    one = replica()
    room.members["g_" + "b" * 26] = Membership("rival", frozenset({"ann"}))
    refused = []
    for tenant, person, conversation in (
        ("acme", "eve", ROOM),
        ("rival", "ann", ROOM),
        ("acme", "ann", "g_" + "b" * 26),
        ("acme", "ann", "g_" + "c" * 26),
    ):
        with pytest.raises(Fault) as fault:
            await one.presence.report_typing(tenant, person, conversation, stopped=False)
        refused.append((fault.value.code, fault.value.message))
    assert set(refused) == {(grpc.StatusCode.NOT_FOUND, "conversation not found")}


async def test_the_stream_of_a_removed_member_ends_and_they_are_told_of_no_more(
    replica: Replicas, room: Messaging
) -> None:
    one = replica()
    ann, bob = await Listener(one, "ann").open(), await Listener(one, "bob").open()
    assert (await ann.lists(), await bob.lists()) == ([], [])
    await one.presence.report_typing("acme", "bob", ROOM, stopped=False)
    assert (await ann.lists(), await bob.lists()) == (["bob"], None)
    room.members[ROOM] = Membership("acme", frozenset({"ann", "max"}))
    await one.typing.check()
    assert (ann.viewer.removed, bob.viewer.removed) == (False, True)
    assert await bob.mailbox.take() is None
    # Nor are the others told that somebody is typing who is no member any more.
    assert await ann.lists() == []
    del room.members[ROOM]
    await one.typing.check()
    assert ann.viewer.removed


async def test_members_are_remembered_for_some_seconds_and_a_new_one_is_known_at_once(
    replica: Replicas, room: Messaging, clock: ManualClock
) -> None:
    one = replica()
    for _ in range(5):
        await one.presence.report_typing("acme", "ann", ROOM, stopped=False)
    assert room.asked == 1
    clock.pass_ms(FRESH_MS)
    await one.presence.report_typing("acme", "ann", ROOM, stopped=False)
    assert room.asked == 2
    room.members[ROOM] = Membership("acme", frozenset({"ann", "eve"}))
    await one.presence.report_typing("acme", "eve", ROOM, stopped=False)
    assert room.asked == 3
    await one.members.check("acme", "ann", ROOM, fresh=True)
    assert room.asked == 4


async def test_what_is_remembered_of_members_is_bounded_and_asked_once_for_all_who_wait(clock: ManualClock) -> None:
    asked: list[str] = []
    go = asyncio.Event()

    async def ask(conversations: Any) -> dict[str, Membership]:
        asked.extend(conversations)
        await go.wait()
        return {each: Membership("acme", frozenset({"ann"})) for each in conversations}

    members = Members(ask, clock)
    waiting = [asyncio.create_task(members.check("acme", "ann", "c")) for _ in range(20)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    go.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert asked == ["c"]
    assert results[1:] == [None] * 19
    for each in range(REMEMBERED + 10):
        await members.check("acme", "ann", str(each))
    assert len(members._known) == REMEMBERED
    assert members._asking == {}


async def test_who_reports_typing_all_the_time_is_asked_to_wait(replica: Replicas, room: Messaging) -> None:
    one = replica()
    for _ in range(TYPING_BURST):
        await one.presence.report_typing("acme", "ann", ROOM, stopped=False)
    with pytest.raises(Fault) as fault:
        await one.presence.report_typing("acme", "ann", ROOM, stopped=False)
    assert fault.value.code == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert fault.value.retry_after_ms
    await one.presence.report_typing("acme", "ann", ROOM, stopped=False, limited=False)
    await one.presence.report_typing("acme", "bob", ROOM, stopped=False)


async def test_of_a_crowd_that_types_a_bounded_part_is_told_and_kept(
    replica: Replicas, room: Messaging, clock: ManualClock, valkey: redis.asyncio.Redis
) -> None:
    one = replica()
    crowd = [f"p{each:03}" for each in range(200)]
    room.members[ROOM] = Membership("acme", frozenset({*crowd, "ann"}))
    listener = await Listener(one, "ann").open()
    assert await listener.lists() == []
    for person in crowd:
        clock.pass_ms(1)
        await one.presence.report_typing("acme", person, ROOM, stopped=False)
    assert await listener.lists() == crowd[-MOST:]
    clock.pass_ms(TYPING_MS)
    await one.presence.report_typing("acme", "ann", ROOM, stopped=False)
    assert await valkey.zcard(typing_key(ROOM)) == 1
    assert await valkey.pttl(typing_key(ROOM)) > 0


async def test_without_messaging_there_is_no_typing(clock: ManualClock) -> None:
    members = Members(None, clock)
    with pytest.raises(Fault) as fault:
        await members.check("acme", "ann", ROOM)
    assert fault.value.code == grpc.StatusCode.UNAVAILABLE
    assert await members.refresh([ROOM]) == {}
