"""People who attach, wait, give up and come back while what is stored cannot be read, or is behind."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import replace

import grpc
import pytest
from conversations.unread.v1 import unread_pb2 as pb
from pymongo.errors import AutoReconnect

from services.chassis import mongo
from services.chassis.auth import Identity
from services.chassis.errors import Fault
from services.chassis.feed import Batch
from services.chassis.streams import Mailbox
from services.chassis.tasks import Tasks
from services.unread import live as live_module
from services.unread.actions import Actions
from services.unread.consumer import Counting
from services.unread.feed import BADGES_CONTROL, PointerItem
from services.unread.live import Live
from services.unread.live import gaps as gaps_module
from services.unread.recent import PersonKey
from services.unread.rules import (
    Change,
    ConversationCreated,
    Head,
    MembersChanged,
    MessageDeleted,
    MessageSent,
    Pointer,
)
from services.unread.store import UnreadStore
from tests.conftest import eventually

C = "g_" + "a" * 26
BOB = ("acme", "bob")
BEGUN = ConversationCreated(C, 1, 0, "acme", "ann", ("ann", "bob"))


def sent(number: int, author: str = "ann", conversation: str = C) -> MessageSent:
    return MessageSent(conversation, number + 1, number, "acme", author)


class SlowStore(UnreadStore):
    """Waits at `gate` before it tells whose conversations there are; fails so many times."""

    def __init__(self, database: mongo.Database) -> None:
        super().__init__(database)
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails = 0
        self.asked = 0

    async def conversations_of(self, tenant: str, person: str) -> list[str]:
        self.asked += 1
        await self.gate.wait()
        return await super().conversations_of(tenant, person)

    async def pointers_of(self, tenant: str, person: str, conversations: Sequence[str] = ()) -> list[Pointer]:
        if self.fails:
            self.fails -= 1
            raise AutoReconnect("away")
        return await super().pointers_of(tenant, person, conversations)


class Log:
    """The owner's log; can be away."""

    def __init__(self) -> None:
        self.log: list[Change] = []
        self.away = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.under_way = self.most = 0

    async def events(self, conversation: str, after_revision: int, limit: int) -> list[Change]:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.gate.wait()
        finally:
            self.under_way -= 1
        if self.away:
            raise ConnectionError("away")
        mine = [event for event in self.log if event.conversation == conversation]
        return [event for event in mine if event.revision > after_revision][:limit]


class House:
    """Live badges over a real store, with a log of the test's."""

    def __init__(self, store: SlowStore, tasks: Tasks) -> None:
        self.store, self.tasks = store, tasks
        self.log = Log()
        self.live = Live(store, self.log, tasks)

    async def count(self, *changes: Change) -> None:
        self.log.log += changes
        await self.store.count(changes)

    def attach(self, key: PersonKey = BOB) -> tuple[Mailbox, asyncio.Task[None]]:
        mailbox = Mailbox(BADGES_CONTROL, 1_000)

        async def attached() -> None:
            try:
                await self.live.attach(key, mailbox)
            except BaseException:
                self.live.detach(key, mailbox)
                raise

        return mailbox, asyncio.create_task(attached())


@pytest.fixture
async def house(database: mongo.Database) -> AsyncIterator[House]:
    store = SlowStore(database)
    await store.prepare()
    tasks = Tasks()
    yield House(store, tasks)
    await tasks.close()


async def shown(mailbox: Mailbox) -> pb.WatchBadgesResponse:
    async with asyncio.timeout(15):
        return pb.WatchBadgesResponse.FromString(await mailbox.take() or b"")


async def test_when_the_first_client_gives_up_while_it_loads_the_next_gets_its_snapshot_at_once(house: House) -> None:
    await house.count(BEGUN, sent(1), sent(2))
    house.store.gate.clear()
    _, first = house.attach()
    await eventually(lambda: house.store.asked == 1)
    mailbox, second = house.attach()
    _, third = house.attach()
    await asyncio.sleep(0)
    first.cancel()
    house.store.gate.set()
    async with asyncio.timeout(15):
        await asyncio.gather(second, third)
    snapshot = await shown(mailbox)
    assert (snapshot.total.unread, snapshot.HasField("caught_up")) == (2, True)


async def test_a_client_that_gives_up_waiting_does_not_end_the_one_that_loads(house: House) -> None:
    await house.count(BEGUN, sent(1))
    house.store.gate.clear()
    mailbox, first = house.attach()
    await eventually(lambda: house.store.asked == 1)
    _, second = house.attach()
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.wait({second})
    house.store.gate.set()
    await first
    assert (await shown(mailbox)).total.unread == 1
    house.live.see([sent(2)])
    assert (await shown(mailbox)).total.unread == 2


async def test_waiting_too_long_is_unavailable_and_the_next_attempt_works(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "FILL_TIMEOUT_S", 0.05)
    await house.count(BEGUN, sent(1))
    house.store.gate.clear()
    first = house.attach()[1]
    await eventually(lambda: house.store.asked == 1)
    _, second = house.attach()
    with pytest.raises(Fault) as error:
        await second
    assert error.value.code is grpc.StatusCode.UNAVAILABLE
    house.store.gate.set()
    await first
    mailbox, third = house.attach()
    await third
    assert (await shown(mailbox)).total.unread == 1


async def test_a_room_whose_gap_could_not_be_filled_is_filled_by_the_sweep_and_shows_reads_again(house: House) -> None:
    await house.count(BEGUN, sent(1), sent(2))
    mailbox, attached = house.attach()
    await attached
    await shown(mailbox)
    house.log.away = True
    house.live.refill(lambda _: True)
    await asyncio.sleep(0.05)
    house.log.away = False
    await house.live.sweep_once()
    await eventually(lambda: mailbox.waiting)
    await shown(mailbox)
    moved = Pointer(C, "bob", "acme", read=2, version=1, revision=3)

    class Feed:
        async def follow_all(self) -> AsyncGenerator[Batch[PointerItem], None]:
            yield Batch([PointerItem(moved, moved=True)], "")

    await house.live.follow_pointers(Feed())  # type: ignore[arg-type]
    assert (await shown(mailbox)).total.unread == 0


async def test_who_comes_back_while_an_old_gap_is_being_filled_has_their_own_gap_filled(house: House) -> None:
    await house.count(BEGUN, sent(1))
    mailbox, attached = house.attach()
    await attached
    house.log.log += [sent(2), sent(3)]
    house.log.gate.clear()
    house.live.see([sent(3)])  # the second is missing
    await asyncio.sleep(0)
    house.live.detach(BOB, mailbox)
    mailbox, attached = house.attach()
    await asyncio.sleep(0.05)
    house.log.gate.set()
    await attached
    assert (await shown(mailbox)).total.unread == 3


async def test_a_conversation_that_begins_while_the_store_fails_is_shown_nevertheless(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "RETRY_S", 0.01)
    mailbox, attached = house.attach()
    await attached
    await shown(mailbox)
    await house.count(BEGUN, sent(1))
    house.store.fails = 2

    class Feed:
        async def follow_all(self) -> AsyncGenerator[Batch[PointerItem], None]:
            yield Batch([PointerItem(Pointer(C, "bob", "acme"), moved=False)], "")

    await house.live.follow_pointers(Feed())  # type: ignore[arg-type]
    assert (await shown(mailbox)).total.unread == 1


async def test_after_a_gap_in_the_feed_so_many_rooms_ask_the_log_at_once_and_only_those_concerned(
    house: House,
) -> None:
    names = [f"g_{index:026}" for index in range(100)]
    await house.count(*(ConversationCreated(name, 1, 0, "acme", "ann", ("ann", "bob")) for name in names))
    _, attached = house.attach()
    await attached
    house.log.gate.clear()
    house.live.refill(lambda name: name < names[80])
    await asyncio.sleep(0.05)
    assert house.log.most == gaps_module.FILLS
    house.log.gate.set()
    await eventually(lambda: not house.log.under_way)


async def test_whoever_attaches_sees_what_is_stored_even_where_this_replica_lags_behind(house: House) -> None:
    await house.count(BEGUN, sent(1, "bob"))
    _, attached = house.attach()
    await attached
    # Another replica counts on; this one's feed has not told of it yet.
    await house.count(sent(2, "bob"), sent(3))
    await house.count(sent(4, "bob"), sent(5))
    mailbox, again = house.attach(("acme", "ann"))
    await again
    assert (await shown(mailbox)).total.unread == 3


async def test_a_gap_is_filled_also_by_an_owner_of_the_log_that_answers_in_short_pages(house: House) -> None:
    class Short(Log):
        async def events(self, conversation: str, after_revision: int, limit: int) -> list[Change]:
            return await super().events(conversation, after_revision, min(limit, 2))

    house.log = Short()
    house.live = Live(house.store, house.log, house.tasks)
    await house.count(BEGUN, sent(1))
    mailbox, attached = house.attach()
    await attached
    await shown(mailbox)
    house.log.log += [sent(number) for number in range(2, 101)]
    house.live.see([sent(100)])
    assert (await shown(mailbox)).total.unread == 100
    recovering = Counting(house.log, house.store, house.live, 1)  # type: ignore[arg-type]
    assert await recovering._count_from(C, 2) == 99
    seen, member = await Actions(house.store, house.log, 0)._beyond(
        C, Head(0, 1), Identity(tenant="acme", person="bob"), here=True
    )
    assert (seen, member) == (100, True)


async def test_the_snapshot_of_a_person_of_very_many_conversations_fits_into_the_mailbox(house: House) -> None:
    names = [f"g_{index:026}" for index in range(1_200)]  # the mailbox holds 1,000
    for name in names:
        house.log.log += [created := replace(BEGUN, conversation=name), message := sent(1, conversation=name)]
        house.live.see([created, message])
    await house.store.count(house.log.log)
    mailbox, attached = house.attach()
    await attached
    found: set[str] = set()
    while not (snapshot := await shown(mailbox)).HasField("caught_up"):
        assert not snapshot.HasField("reset")
        found |= {badge.conversation for badge in snapshot.badges}
    found |= {badge.conversation for badge in snapshot.badges}
    assert (found, snapshot.total.unread) == (set(names), 1_200)


async def test_a_deletion_of_what_this_replica_never_saw_shows_as_soon_as_it_is_counted(house: House) -> None:
    await house.count(BEGUN, sent(1), sent(2, "bob"), MessageSent(C, 4, 3, "acme", "ann", ("bob",)))
    mailbox, attached = house.attach()
    await attached
    assert (await shown(mailbox)).total.mentions == 1
    deleted = MessageDeleted(C, 5, 3, "acme", "ann", 3)
    house.log.log.append(deleted)
    house.live.see([deleted])
    await asyncio.sleep(0.05)
    assert not mailbox.waiting  # what it was is not known here: nothing wrong is shown meanwhile
    await house.store.count([deleted])
    update = await shown(mailbox)
    assert (update.total.unread, update.total.mentions, update.badges[0].revision) == (1, 0, 5)


async def test_who_leaves_loses_the_conversation_by_the_feed_before_the_store_tells(house: House) -> None:
    await house.count(BEGUN, sent(1))
    mailbox, attached = house.attach()
    await attached
    await shown(mailbox)
    went = MembersChanged(C, 3, 1, "acme", "bob", (), ("bob",))
    house.live.see([went])
    update = await shown(mailbox)
    assert (update.total.unread, update.badges[0].left, update.badges[0].epoch) == (0, True, 1)
    # A pointer of before, whose news comes late, does not let bob in again.
    house.live._take(BOB, Pointer(C, "bob", "acme", read=1, version=1, revision=2))
    await asyncio.sleep(0.05)
    house.live.see([sent(2)])
    assert not mailbox.waiting


async def test_a_room_that_differs_from_what_is_stored_begins_again(house: House) -> None:
    await house.count(BEGUN, sent(1), sent(2))
    mailbox, attached = house.attach()
    await attached
    await shown(mailbox)
    room = house.live._rooms.get(C)
    assert room is not None
    room.head = replace(room.head, deleted=(1,))
    await house.live.sweep_once()
    assert (await shown(mailbox)).total.unread == 2
    assert room.head.deleted == ()


async def test_what_is_missing_before_a_batch_is_read_from_the_log_and_counted(house: House) -> None:
    await house.count(BEGUN)
    house.log.log += [sent(number) for number in range(1, 6)]
    counting = Counting(house.log, house.store, house.live, 1)  # type: ignore[arg-type]
    await counting.apply([sent(5)])
    assert await house.store.head(C) == Head(5, 6)
