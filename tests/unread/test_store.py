"""Counting on a real database, whatever crashes, repeats itself or comes too late."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import bson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.chassis import mongo
from services.chassis.auth import Identity
from services.unread import rules
from services.unread.actions import Actions
from services.unread.actions import moving as moving_module
from services.unread.rules import (
    NOTHING,
    Below,
    Buried,
    ConversationCreated,
    Effect,
    Head,
    MembersChanged,
    MessageDeleted,
    MessageEdited,
    MessageSent,
    Pointer,
    Row,
)
from services.unread.rules import effects as effects_module
from services.unread.rules import heads as heads_module
from services.unread.rules import pointers as pointers_module
from services.unread.store import Gap, UnreadStore
from services.unread.store import counting as counting_module
from services.unread.store import reading as reading_module
from services.unread.store.documents import pointer_document, pointer_id
from tests.unread.counting import PEOPLE, Gate, Gated, World, naive

Patch = pytest.MonkeyPatch


@pytest.fixture
async def prepared(database: mongo.Database) -> mongo.Database:
    await UnreadStore(database).prepare()
    return database


@pytest.fixture
def short_lists(monkeypatch: Patch) -> None:
    """Heads whose lists hold next to nothing, so that the rows have to tell the rest."""
    monkeypatch.setattr(heads_module, "DELETED_KEPT", 2)
    monkeypatch.setattr(heads_module, "EVERYONE_KEPT", 1)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
async def test_no_crash_repeat_or_stale_owner_makes_a_badge_wrong_at_any_moment(
    prepared: mongo.Database, data: st.DataObject
) -> None:
    steps = data.draw(st.integers(1, 25))
    await World(prepared).live(lambda below: data.draw(st.integers(0, below - 1)), steps)


@pytest.mark.parametrize("seed", range(6))
async def test_a_long_history_stays_true(prepared: mongo.Database, seed: int) -> None:
    await World(prepared).live(random.Random(seed).randrange, 60)


@pytest.mark.usefixtures("short_lists")
@pytest.mark.parametrize("seed", range(6))
async def test_a_long_history_stays_true_where_the_head_lists_nearly_nothing(
    prepared: mongo.Database, seed: int
) -> None:
    await World(prepared).live(random.Random(seed).randrange, 60)


async def caught(database: mongo.Database) -> bool:
    """Whether the histories above notice what is wrong now."""
    for seed in range(40):
        try:
            await World(database).live(random.Random(seed).randrange, 40)
        except AssertionError:
            return True
    return False


def own_messages_counted(patch: Patch) -> None:
    right = pointers_module.delta_of

    def delta_of(effect: Effect, person: str) -> pointers_module.Delta | None:
        return right(replace(effect, own=0), person)

    patch.setattr(pointers_module, "delta_of", delta_of)


def own_messages_counted_after_mark_unread(patch: Patch) -> None:
    right = reading_module.Reading.counts

    async def counts(self: UnreadStore, conversation: str, person: str, above: int, revision: int) -> tuple[int, int]:
        return 0, (await right(self, conversation, person, above, revision))[1]

    patch.setattr(reading_module.Reading, "counts", counts)


def repeats_counted_twice(patch: Patch) -> None:
    right = pointers_module.counted

    def counted(before: Pointer, delta: pointers_module.Delta, covered: int) -> Pointer:
        return right(replace(before, revision=min(before.revision, delta[0] - 1)), delta, covered)

    patch.setattr(pointers_module, "counted", counted)


def deletions_not_subtracted(patch: Patch) -> None:
    right = rules.folded

    def folded(head: Head, effect: Effect) -> tuple[Head, Buried | None]:
        return right(head, replace(effect, deleted=False))

    patch.setattr(counting_module, "folded", folded)


def own_messages_subtracted_though_deleted(patch: Patch) -> None:
    right = rules.effect_of

    def effect_of(change: Any, row: Row | None = None) -> Effect:
        effect = right(change, row)
        return replace(effect, own=max(0, effect.own))

    patch.setattr(counting_module, "effect_of", effect_of)


def a_leave_that_comes_after_the_rejoin(patch: Patch) -> None:
    right = pointers_module.left

    def left(before: Pointer, effect: Effect) -> Pointer:
        if before.left or effect.revision > before.membership:
            return right(before, effect)
        return replace(right(replace(before, membership=0), effect), membership=before.membership)

    patch.setattr(pointers_module, "left", left)


def a_late_read_undoes_mark_unread(patch: Patch) -> None:
    right = rules.moved

    def moved(*of: Any, covered: int = 0, back: bool = False) -> Pointer:
        return right(*of, covered=covered, back=False)

    patch.setattr(moving_module, "moved", moved)


def a_leave_keeps_the_total(patch: Patch) -> None:
    right = pointers_module.left

    def left(before: Pointer, effect: Effect) -> Pointer:
        return replace(right(before, effect), left=False)

    patch.setattr(pointers_module, "left", left)


def a_rejoin_counts_what_was_missed(patch: Patch) -> None:
    right = pointers_module.joined

    def joined(before: Pointer | None, effect: Effect, person: str) -> Pointer:
        after = right(before, effect, person)
        return replace(after, read=before.read) if before and after is not before else after

    patch.setattr(pointers_module, "joined", joined)


def a_send_reads_what_others_wrote(patch: Patch) -> None:
    right = rules.followed

    def followed(before: Pointer | None, effect: Effect, person: str, covered: int) -> Pointer | None:
        after = right(before, effect, person, covered)
        if after is not None and effect.author == person and effect.own > 0 and effect.message > after.read:
            return replace(after, read=effect.message, own=0, mentioned=0)
        return after

    patch.setattr(counting_module, "followed", followed)


def the_tail_forgets_what_the_head_does_not_cover(patch: Patch) -> None:
    right = pointers_module.counted

    def counted(before: Pointer, delta: pointers_module.Delta, covered: int) -> Pointer:
        after = right(before, delta, covered)
        return replace(after, tail=after.tail[-1:])

    patch.setattr(pointers_module, "counted", counted)


def an_edit_forgets_who_was_mentioned_before(patch: Patch) -> None:
    right = Row.fold

    def fold(self: Row, change: Any, covered: int) -> Row:
        after = right(self, change, covered)
        if after is self:
            return self
        return replace(after, mentions=tuple(mention for mention in after.mentions if not mention[2]))

    patch.setattr(effects_module.Row, "fold", fold)


def mentions_of_what_is_deleted(patch: Patch) -> None:
    right = rules.effect_of

    def effect_of(change: Any, row: Row | None = None) -> Effect:
        effect = right(change, row)
        return replace(effect, persons=()) if effect.deleted else effect

    patch.setattr(counting_module, "effect_of", effect_of)


def everyone_means_the_author_too(patch: Patch) -> None:
    right = Head.everyone_above

    def everyone_above(self: Head, number: int, _person: str) -> int:
        return right(self, number, "nobody")

    patch.setattr(Head, "everyone_above", everyone_above)


def a_pointer_replaced_over_another_change(patch: Patch) -> None:
    async def replaced(self: UnreadStore, before: Pointer, after: Pointer) -> bool:
        of = {"_id": pointer_id(before.conversation, before.person)}
        return (await self._pointers.replace_one(of, pointer_document(after))).matched_count == 1

    patch.setattr(UnreadStore, "replace", replaced)


def a_head_that_is_written_first(patch: Patch) -> None:
    right = UnreadStore._write_pointers

    async def write_pointers(self: UnreadStore, batches: Any) -> None:
        await self._write_heads(batches)
        await right(self, batches)

    patch.setattr(UnreadStore, "_write_pointers", write_pointers)


BUGS: list[Callable[[Patch], None]] = [
    own_messages_counted,
    own_messages_counted_after_mark_unread,
    repeats_counted_twice,
    deletions_not_subtracted,
    own_messages_subtracted_though_deleted,
    a_leave_that_comes_after_the_rejoin,
    a_late_read_undoes_mark_unread,
    a_leave_keeps_the_total,
    a_rejoin_counts_what_was_missed,
    a_send_reads_what_others_wrote,
    the_tail_forgets_what_the_head_does_not_cover,
    an_edit_forgets_who_was_mentioned_before,
    mentions_of_what_is_deleted,
    everyone_means_the_author_too,
    a_pointer_replaced_over_another_change,
    a_head_that_is_written_first,
]


# Some need many histories until they show.
@pytest.mark.timeout(400)
@pytest.mark.parametrize("bug", BUGS)
async def test_a_wrong_way_to_count_would_be_noticed(
    prepared: mongo.Database, monkeypatch: Patch, bug: Callable[[Patch], None]
) -> None:
    bug(monkeypatch)
    assert await caught(prepared)


@pytest.mark.usefixtures("short_lists")
async def test_rows_that_are_not_asked_what_the_head_leaves_out_would_be_noticed(
    prepared: mongo.Database, monkeypatch: Patch
) -> None:
    async def below(_self: UnreadStore, _pointer: Pointer, _head: Head) -> Below:
        return NOTHING

    monkeypatch.setattr(reading_module.Reading, "below", below)
    assert await caught(prepared)


@pytest.mark.parametrize("batches", [1, 2])
async def test_who_asks_while_their_own_messages_are_counted_never_sees_them_as_unread(
    prepared: mongo.Database, batches: int
) -> None:
    world = World(prepared)
    await world.count(world.log, Gate())

    class Asking(UnreadStore):
        """Between any two readings messages are counted."""

        async def _count_on(self) -> None:
            for _ in range(batches):
                begin = len(world.log)
                for author in ("ann", "bob"):
                    number = world.chronicle.number + 1
                    world.log.append(
                        MessageSent(world.conversation, len(world.log) + 1, number, world.tenant, author, ("ann",)[:0])
                    )
                await world.count(world.log[begin:], Gate())

        async def heads(self, conversations: Iterable[str]) -> dict[str, Head]:
            await self._count_on()
            return await super().heads(conversations)

        async def pointers_of(self, tenant: str, person: str, conversations: Sequence[str] = ()) -> list[Pointer]:
            await self._count_on()
            return await super().pointers_of(tenant, person, conversations)

    (badge,) = (
        await Actions(Asking(prepared), world, 0).badges(Identity(world.tenant, "ann"), [world.conversation])
    ).badges
    assert (badge.unread, badge.mentions) == naive(world.log[: badge.revision], "ann", 0)
    assert badge.unread == badge.number / 2


async def test_many_large_groups_at_once_are_counted_in_pieces_of_bounded_size(
    prepared: mongo.Database, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(counting_module, "AT_ONCE", 100)
    sizes: list[int] = []

    class Noting(Gate):
        async def write(self, work: Callable[..., Any], items: Sequence[Any], options: dict[str, Any]) -> Any:
            sizes.append(len(items))
            return await super().write(work, items, options)

    store = UnreadStore(prepared)
    monkeypatch.setattr(store, "_pointers", Gated(store._pointers, Noting()))
    members = tuple(f"p{index}" for index in range(70))
    await store.count([ConversationCreated(f"g_{index}", 1, 0, "acme", "p0", members) for index in range(5)])
    assert sizes == [100, 100, 100, 50]
    assert len(await store.pointers_of("acme", "p69")) == 5
    sizes.clear()
    await store.count([MembersChanged(f"g_{index}", 2, 0, "acme", "p0", (), members) for index in range(5)])
    assert sizes == [100, 100, 100, 50]
    assert await store.pointers_of("acme", "p69") == []


async def test_two_thousand_who_join_and_leave_at_once_are_all_counted(prepared: mongo.Database) -> None:
    store, people = UnreadStore(prepared), tuple(f"p{index:04}" for index in range(2_000))
    await store.count(
        [
            ConversationCreated("g_a", 1, 0, "acme", "ann", ("ann",)),
            MessageSent("g_a", 2, 1, "acme", "ann"),
            MembersChanged("g_a", 3, 1, "acme", "ann", people),
            MessageSent("g_a", 4, 2, "acme", "ann", ("p0007",)),
        ]
    )
    (pointer,) = await store.pointers_of("acme", "p0007")
    assert (pointer.read, pointer.joined, pointer.membership, pointer.mentioned) == (1, 1, 3, 1)
    assert len([pointer async for pointer in store.pointers_in("g_a")]) == 2_001
    await store.count([MembersChanged("g_a", 5, 2, "acme", "ann", (), people[:1_999])])
    assert [pointer.person async for pointer in store.pointers_in("g_a")] == ["ann", "p1999"]


async def test_a_gap_before_a_batch_is_told_and_nothing_is_counted_over_it(prepared: mongo.Database) -> None:
    store = UnreadStore(prepared)
    begun = ConversationCreated("g_a", 1, 0, "acme", "ann", ("ann", "bob"))
    other = replace(begun, conversation="g_b")
    await store.count([begun])
    with pytest.raises(Gap) as gap:
        await store.count([MessageSent("g_a", 3, 2, "acme", "ann"), other])
    assert gap.value.conversations == {"g_a": 1}
    heads = await store.heads(["g_a", "g_b"])
    assert (heads["g_a"], heads["g_b"].revision) == (Head(0, 1), 1)


async def test_documents_stay_small_whatever_happens_to_a_conversation(prepared: mongo.Database) -> None:
    """Thousands of messages, deletions, mentions and edits of one person who never reads, and of one message."""
    store, log = UnreadStore(prepared), World(prepared).chronicle
    of = log.conversation, log.tenant

    def add(kind: Any, *more: Any, number: int | None = None) -> None:
        number = log.number if number is None else number
        log.log.append(kind(of[0], len(log.log) + 1, number, of[1], "ann", *more))

    for index in range(1_500):
        add(MessageSent, ("",) if index % 2 else ("bob",), number=log.number + 1)
        if index % 3 == 0:
            add(MessageDeleted, log.number)
        add(MessageEdited, 2, ("bob", "cem") if index % 2 else ("",))
    for start in range(0, len(log.log), 200):
        await store.count(log.log[start : start + 200])
    for collection, most in (("heads", 6_000), ("pointers", 12_000), ("rows", 16_000)):
        async for document in prepared[collection].find({}):
            assert len(bson.encode(document)) < most
    for person in ("ann", "bob", "cem"):
        (badge,) = (await Actions(store, World(prepared), 0).badges(Identity(of[1], person), [])).badges
        assert (badge.unread, badge.mentions) == naive(log.log, person, 0)


async def test_what_an_earlier_version_has_stored_counts_on(database: mongo.Database) -> None:
    """Format 1: three messages, the last one of ann's counted for her, but not by the head yet."""
    await database["rows"].insert_many(
        [
            {"conversation": "g_a", "number": number, "revision": number + 1, "author": author}
            for number, author in ((1, "ann"), (2, "bob"), (3, "ann"))
        ]
    )
    await database["heads"].insert_one({"_id": "g_a", "tenant": "acme", "number": 2, "revision": 3})
    old = {"conversation": "g_a", "tenant": "acme", "epoch": 0, "version": 0, "read": 0}
    await database["pointers"].insert_many(
        [
            {"_id": "g_a:ann", "person": "ann", **old, "own": 2, "own_revision": 4, "own_tail": [3]},
            {"_id": "g_a:bob", "person": "bob", **old, "own": 1, "own_revision": 3, "own_tail": [2]},
            {"_id": "g_a:cem", "person": "cem", **old, "own": 0, "own_revision": 0, "own_tail": []},
        ]
    )
    store = UnreadStore(database)
    await store.prepare()
    actions = Actions(store, World(database), 0)

    async def unread() -> list[int]:
        found = [await actions.badges(Identity("acme", person), []) for person in ("ann", "bob", "cem")]
        return [each.total.unread for each in found]

    assert await unread() == [1, 1, 2]
    await store.count([MessageSent("g_a", 4, 3, "acme", "ann"), MessageDeleted("g_a", 5, 3, "acme", "ann", 3)])
    assert await unread() == [1, 1, 2]


async def test_all_but_the_pointers_can_be_made_again_from_the_log(prepared: mongo.Database) -> None:
    world = World(prepared)
    draw = random.Random(7).randrange
    for _ in range(60):
        world.chronicle.happen(draw)
    await world.count(world.log, Gate())
    for person in PEOPLE:
        await world.move(person, 1 + draw(world.chronicle.number), draw)
    for lost in ("rows", "heads"):
        await prepared[lost].delete_many({})
    await world.end()
