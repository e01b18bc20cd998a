"""Group commit on a real log, with the faults that a store can have."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.errors import AutoReconnect

from services.chassis import mongo
from services.chassis.errors import Fault
from services.messaging.appender import Appender
from services.messaging.heads import Heads
from services.messaging.rules import (
    Created,
    Draft,
    Event,
    Kind,
    Refusal,
    Sent,
    Tail,
    advance,
    content_digest,
    conversation_id,
    direct_id,
    group_id,
    head_of,
)
from services.messaging.store import LogStore, Outcome
from tests.conftest import ManualClock

PEOPLE = ("ann", "bob")


class FaultyStore(LogStore):
    """A log whose insertions fail as told: before or after they are carried out."""

    def __init__(self, database: mongo.Database) -> None:
        super().__init__(database)
        self.lose: list[str] = []
        self.before: Callable[[Sequence[Event]], object] = lambda _: None
        self.calls: list[tuple[bool, list[tuple[str, int]]]] = []

    async def insert(self, events: Sequence[Event], *, ordered: bool) -> list[Outcome]:
        self.calls.append((ordered, [(event.conversation, event.revision) for event in events]))
        fault = self.lose.pop(0) if self.lose else ""
        if fault == "request":
            raise AutoReconnect("the request was lost")
        result = self.before(events)
        if asyncio.iscoroutine(result):
            await result
        outcomes = await super().insert(events, ordered=ordered)
        if fault == "answer":
            raise AutoReconnect("the answer was lost")
        return outcomes


@pytest.fixture
async def store(database: mongo.Database) -> FaultyStore:
    store = FaultyStore(database)
    await store.prepare()
    return store


async def room(store: LogStore, name: str = "room", tenant: str = "acme") -> str:
    conversation = conversation_id(Kind.GROUP, name)
    change = Created(Kind.GROUP, "Site", None, "", PEOPLE)
    await store.create(Event(conversation, 1, 0, 1, tenant, 1, "ann", change), b"")
    return conversation


def draft(conversation: str, key: str, author: str = "ann", text: str = "", tenant: str = "acme") -> Draft:
    text = text or f"text of {key}"
    return Draft(conversation, tenant, author, key, content_digest(b"secret", text), text)


async def texts(store: LogStore, conversation: str) -> list[str]:
    events = (await store.events(conversation, 1, 1_000)).events
    assert [event.revision for event in events] == list(range(2, len(events) + 2))
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    return [event.change.text for event in events if isinstance(event.change, Sent)]


async def test_what_waits_leaves_together_singles_unordered_and_a_run_ordered(
    store: FaultyStore, clock: ManualClock
) -> None:
    hot, *cold = [await room(store, name) for name in ("hot", "a", "b", "c")]
    appender = Appender(store, Heads(store), clock)
    await asyncio.gather(*(appender.append(draft(name, "warm"), 5) for name in (hot, *cold)))
    store.calls.clear()
    drafts = [draft(hot, f"k{turn}") for turn in range(10)] + [draft(name, "k") for name in cold]
    events = await asyncio.gather(*(appender.append(one, 5) for one in drafts))
    assert sorted(ordered for ordered, _ in store.calls) == [False, True]
    assert {len(batch) for _, batch in store.calls} == {10, 3}
    assert [event.number for event in events[:10]] == list(range(2, 12))
    assert await texts(store, hot) == ["text of warm", *(f"text of k{turn}" for turn in range(10))]


async def test_a_run_of_the_longest_texts_goes_in_insertions_that_the_database_takes(
    store: FaultyStore, clock: ManualClock
) -> None:
    conversation, other = await room(store, "long"), await room(store, "other")
    appender = Appender(store, Heads(store), clock)
    await asyncio.gather(*(appender.append(draft(name, "warm"), 5) for name in (conversation, other)))
    store.calls.clear()
    long = "\U0001d11e" * 16_384  # 64 KiB
    drafts = [draft(conversation, f"k{turn}", text=long) for turn in range(300)]
    events = await asyncio.gather(*(appender.append(one, 30) for one in drafts), appender.append(draft(other, "k"), 30))
    assert [event.number for event in events[:300]] == list(range(2, 302))
    assert len(store.calls) > 2


@pytest.mark.parametrize("fault", ["request", "answer"])
async def test_an_unknown_outcome_is_found_out_and_nothing_is_lost_or_doubled(
    store: FaultyStore, clock: ManualClock, fault: str
) -> None:
    rooms = [await room(store, name) for name in ("a", "b")]
    appender = Appender(store, Heads(store), clock)
    store.lose = [fault, "", fault]
    drafts = [draft(rooms[turn % 2], f"k{turn}") for turn in range(8)]
    events = await asyncio.gather(*(appender.append(one, 10) for one in drafts))
    for name in rooms:
        mine = [(event.number, event.change) for event in events if event.conversation == name]
        assert [number for number, _ in mine] == [1, 2, 3, 4]
        assert len(await texts(store, name)) == 4


async def test_a_replica_that_was_overtaken_reads_on_and_appends_after_the_other(
    store: FaultyStore, clock: ManualClock
) -> None:
    conversation = await room(store)
    first, second = Appender(store, Heads(store), clock), Appender(store, Heads(store), clock)
    for turn in range(6):
        appender = (first, second)[turn % 2]
        event = await appender.append(draft(conversation, f"k{turn}"), 5)
        assert event.number == turn + 1
    assert len(await texts(store, conversation)) == 6


async def test_the_feed_moves_a_head_on_so_that_no_insertion_is_wasted(store: FaultyStore, clock: ManualClock) -> None:
    conversation = await room(store)
    heads = Heads(store)
    first, second = Appender(store, Heads(store), clock), Appender(store, heads, clock)
    await first.append(draft(conversation, "k0"), 5)
    heads.observe(await first.append(draft(conversation, "k1"), 5))
    await second.append(draft(conversation, "k2"), 5)
    heads.observe(await first.append(draft(conversation, "k3"), 5))
    store.calls.clear()
    assert (await second.append(draft(conversation, "k4"), 5)).number == 5
    assert len(store.calls) == 1


async def test_a_repeat_in_the_same_batch_is_answered_with_the_first_and_the_rest_goes_on(
    store: FaultyStore, clock: ManualClock
) -> None:
    conversation = await room(store)
    appender = Appender(store, Heads(store), clock)
    drafts = [draft(conversation, key) for key in ("a", "b", "a", "c")]
    events = await asyncio.gather(*(appender.append(one, 5) for one in drafts))
    assert [event.number for event in events] == [1, 2, 1, 3]
    other = draft(conversation, "a", text="another text")
    with pytest.raises(Fault, match="client_key"):
        await appender.append(other, 5)
    assert await texts(store, conversation) == ["text of a", "text of b", "text of c"]


async def test_who_is_not_a_member_is_refused_on_a_head_that_was_just_read(
    store: FaultyStore, clock: ManualClock
) -> None:
    conversation = await room(store)
    appender = Appender(store, Heads(store), clock)
    await appender.append(draft(conversation, "k"), 5)
    for stranger in (draft(conversation, "k", author="eve"), draft(conversation, "k", tenant="other")):
        with pytest.raises(Fault, match="conversation not found"):
            await appender.append(stranger, 5)
    with pytest.raises(Fault, match="conversation not found"):
        await appender.append(draft(conversation_id(Kind.GROUP, "none"), "k"), 5)
    members = await asyncio.gather(
        appender.append(draft(conversation, "x", author="eve"), 5),
        appender.append(draft(conversation, "y", author="bob"), 5),
        return_exceptions=True,
    )
    assert isinstance(members[0], Fault)
    assert isinstance(members[1], Event)


async def test_a_store_that_stays_away_ends_the_waiting_in_time_and_leaves_nothing_behind(
    store: FaultyStore, clock: ManualClock
) -> None:
    conversation = await room(store)
    appender = Appender(store, Heads(store), clock)
    store.lose = ["request"] * 50
    with pytest.raises(TimeoutError):
        await appender.append(draft(conversation, "late"), 0.3)
    store.lose = []
    assert (await appender.append(draft(conversation, "next"), 5)).number == 1
    assert await texts(store, conversation) == ["text of next"]
    await appender.close()


async def test_time_in_a_log_never_goes_back_whatever_the_clocks_say(store: FaultyStore, clock: ManualClock) -> None:
    conversation = await room(store)
    ahead = ManualClock(clock.now + 60_000)
    first = await Appender(store, Heads(store), ahead).append(draft(conversation, "a"), 5)
    second = await Appender(store, Heads(store), clock).append(draft(conversation, "b"), 5)
    assert second.at_ms == first.at_ms == ahead.now


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
async def test_any_mix_of_senders_replicas_repeats_and_faults_leaves_one_whole_log(
    store: FaultyStore, clock: ManualClock, data: st.DataObject
) -> None:
    name = uuid.uuid4().hex  # the same example may run again in the same database
    rooms = [await room(store, f"{name}-{index}") for index in range(2)]
    appenders = [Appender(store, Heads(store), clock), Appender(store, Heads(store), clock)]
    store.lose = data.draw(st.lists(st.sampled_from(["", "", "request", "answer"]), max_size=6))
    wanted = data.draw(
        st.lists(
            st.tuples(st.sampled_from(rooms), st.integers(0, 8), st.sampled_from(PEOPLE), st.integers(0, 1)),
            max_size=30,
        )
    )
    events = await asyncio.gather(
        *(
            appenders[replica].append(draft(conversation, f"k{key}", author), 10)
            for conversation, key, author, replica in wanted
        )
    )
    for conversation in rooms:
        found = await texts(store, conversation)
        keys = {(author, key) for where, key, author, _ in wanted if where == conversation}
        assert len(found) == len(keys)
    answered = {
        (event.conversation, event.author, key): event.number
        for (_, key, _, _), event in zip(wanted, events, strict=True)
    }
    assert len({(conversation, number) for (conversation, _, _), number in answered.items()}) == len(answered)


@given(st.lists(st.text(), min_size=1, max_size=4), st.lists(st.text(), min_size=1, max_size=4))
def test_ids_are_equal_only_for_equal_names(one: list[str], other: list[str]) -> None:
    encodable = all(char < "\ud800" or char > "\udfff" for name in one + other for char in name)
    if encodable:
        same = conversation_id(Kind.GROUP, *one) == conversation_id(Kind.GROUP, *other)
        assert same == (one == other)


def test_a_pair_has_one_id_in_either_order_and_another_for_each_tenant() -> None:
    assert direct_id("acme", "ann", "bob") == direct_id("acme", "bob", "ann")
    assert direct_id("acme", "ann", "bob") != direct_id("other", "ann", "bob")
    assert group_id("acme", "ann", "k") != group_id("acme", "bob", "k")
    assert direct_id("acme", "ann", "bob")[:2] == "d_"


@given(st.integers(1, 1000), st.integers(0, 1000), st.integers(0, 10_000), st.integers(0, 10_000))
def test_an_appended_event_follows_its_head(revision: int, number: int, then: int, now: int) -> None:
    change = Created(Kind.GROUP, "Site", None, "", PEOPLE)
    beginning = head_of(Event("g_x", 1, 0, 1, "acme", 1, "ann", change))
    head = replace(beginning, revision=revision, number=number, at_ms=then)
    decided = draft("g_x", "k").decide(head, now)
    assert not isinstance(decided, Refusal)
    event, following = decided
    assert (event.revision, event.number) == (revision + 1, number + 1)
    assert (following.revision, following.number, following.at_ms) == (event.revision, event.number, max(then, now))
    later = Tail("g_x", revision + 5, number + 5, 1, now)
    moved = advance(head, later)
    assert moved is not None
    assert (moved.revision, moved.number) == (revision + 5, number + 5)
    assert advance(head, replace(later, state_revision=2)) is None
    assert advance(head, replace(later, revision=revision - 1)) == head
