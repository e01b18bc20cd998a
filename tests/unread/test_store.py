"""Counting on a real database, whatever crashes, repeats itself or comes too late."""

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import UpdateOne

from services.chassis import mongo
from services.chassis.auth import Identity
from services.unread import store as store_module
from services.unread.actions import Actions
from services.unread.rules import Change, ConversationCreated, Head, MessageSent, Pointer, recount
from services.unread.store import UnreadStore, pointer_document, pointer_id
from tests.unread.counting import Gate, Gated, World


@pytest.fixture
async def prepared(database: mongo.Database) -> mongo.Database:
    await UnreadStore(database).prepare()
    return database


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_no_crash_repeat_or_stale_owner_makes_a_badge_wrong_at_any_moment(
    prepared: mongo.Database, data: st.DataObject
) -> None:
    steps = data.draw(st.integers(1, 25))
    await World(prepared).live(lambda below: data.draw(st.integers(0, below - 1)), steps)


@pytest.mark.parametrize("seed", range(8))
async def test_a_long_history_stays_true(prepared: mongo.Database, seed: int) -> None:
    await World(prepared).live(random.Random(seed).randrange, 60)


async def caught(database: mongo.Database) -> bool:
    """Whether the histories above notice what is wrong now."""
    for seed in range(30):
        try:
            await World(database).live(random.Random(seed).randrange, 40)
        except AssertionError:
            return True
    return False


def own_messages_counted(sent: Sequence[MessageSent]) -> list[UpdateOne]:
    return [UpdateOne({"_id": pointer_id(one.conversation, one.author)}, {"$max": {"own": 0}}) for one in sent]


def repeats_counted_twice(sent: Sequence[MessageSent]) -> list[UpdateOne]:
    return [
        UpdateOne(
            {"_id": pointer_id(one.conversation, one.author), "read": {"$lt": one.number}},
            {"$inc": {"own": 1}, "$max": {"own_revision": one.revision}},
        )
        for one in sent
    ]


def only_the_last_batch_in_the_tail(sent: Sequence[MessageSent]) -> list[UpdateOne]:
    """What is counted already is forgotten in the tail, though the head may not cover it yet."""
    updates = ORIGINAL_UPDATES(sent)
    for update in updates:
        stage: Any = update._doc[0]["$set"]  # type: ignore[index]
        condition = stage["own_tail"]["$cond"]
        condition[1] = {"$map": {"input": stage["own"]["$add"][1]["$size"]["$filter"]["input"], "in": "$$this.number"}}
    return updates


ORIGINAL_UPDATES = store_module._own_updates


@pytest.mark.parametrize("bug", [own_messages_counted, repeats_counted_twice, only_the_last_batch_in_the_tail])
async def test_a_wrong_way_to_count_own_messages_would_be_noticed(
    prepared: mongo.Database, monkeypatch: pytest.MonkeyPatch, bug: Callable[[Sequence[MessageSent]], list[UpdateOne]]
) -> None:
    monkeypatch.setattr(store_module, "_own_updates", bug)
    assert await caught(prepared)


async def test_a_head_that_is_written_before_the_rows_would_be_noticed(
    prepared: mongo.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = UnreadStore.count

    async def count(self: UnreadStore, changes: Sequence[Change]) -> None:
        await self._heads.bulk_write(store_module._head_updates(changes), ordered=False)
        await right(self, changes)

    monkeypatch.setattr(UnreadStore, "count", count)
    assert await caught(prepared)


async def test_a_pointer_replaced_over_another_change_would_be_noticed(
    prepared: mongo.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def replace(self: UnreadStore, before: Pointer, after: Pointer) -> bool:
        of = {"_id": pointer_id(before.conversation, before.person)}
        return (await self._pointers.replace_one(of, pointer_document(after))).matched_count == 1

    monkeypatch.setattr(UnreadStore, "replace", replace)
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
                world.send("ann")
                world.send("bob")
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
    assert badge.unread == recount(world.authors[: badge.number], "ann", 0) == badge.number / 2


async def test_many_large_groups_at_once_are_counted_in_insertions_of_bounded_size(
    prepared: mongo.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "INSERTED_AT_ONCE", 100)
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
