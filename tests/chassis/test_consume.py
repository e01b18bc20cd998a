import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from services.chassis import consume, mongo
from services.chassis.feed import Batch
from services.chassis.tasks import Tasks
from tests.chassis.world import World
from tests.conftest import ManualClock, eventually


@pytest.fixture
async def world(
    database: mongo.Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callable[[int], World]]:
    monkeypatch.setattr(consume, "SAVE_S", 0.02)
    monkeypatch.setattr(consume, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(consume, "LAST_PAUSE_S", 0.05)
    worlds: list[World] = []

    def make(count: int) -> World:
        worlds.append(World(database, clock, count))
        return worlds[-1]

    yield make
    for one in worlds:
        await one.close()
        assert one.source.readers == 0, "every stream must be closed"


def in_order(numbers: list[int], count: int) -> bool:
    return all(
        (part := [n for n in numbers if n % count == partition]) == sorted(set(part)) for partition in range(count)
    )


async def test_everything_is_applied_once_in_order(world: Callable[[int], World]) -> None:
    here = world(3)
    await here.replica("a")
    for _ in range(20):
        here.source.grow(50)
        await asyncio.sleep(0)
    await eventually(here.all_applied)
    assert len(here.applied["a"]) == 1_000
    assert in_order(here.applied["a"], 3)
    assert in_order(here.seen["a"], 3)
    assert len(here.seen["a"]) == 1_000


async def test_a_new_consumer_recovers_before_it_goes_on(world: Callable[[int], World]) -> None:
    here = world(2)
    here.source.grow(10)
    await here.replica("a")
    await eventually(lambda: len(here.recovered) == 2)
    assert sorted(here.recovered) == [("a", 0, True), ("a", 1, True)]
    here.source.grow(10)
    await eventually(lambda: here.all_applied(since=10))
    assert min(here.applied["a"]) == 11


async def test_a_restart_goes_on_at_the_saved_cursor(world: Callable[[int], World]) -> None:
    here = world(1)
    first = await here.replica("a")
    here.source.grow(100)
    await eventually(here.all_applied)

    async def saved() -> bool:
        return await first.partitions.cursor(0) == f"{100:08}"

    await eventually(saved)
    await first.partitions.release()
    await first.tasks.close()
    here.source.grow(100)
    await here.replica("b")
    await eventually(here.all_applied)
    assert here.applied["b"] == list(range(101, 201))
    assert here.source.opened[-1] == (0, f"{100:08}")


async def test_a_partition_that_is_gained_is_read_again_from_its_cursor(world: Callable[[int], World]) -> None:
    here = world(2)
    dying = await here.replica("a")
    other = await here.replica("b")
    assert other.partitions.owned == set()
    here.source.grow(50)
    await eventually(here.all_applied)
    await eventually(lambda: len(here.seen["b"]) == 50)
    assert here.applied["b"] == [], "who does not own a partition sees but does not apply"
    await dying.tasks.close()
    here.source.grow(50)
    await eventually(lambda: len(set(here.seen["b"])) == 100)
    here.clock.pass_ms(10_001)
    await other.partitions.step()
    await eventually(here.all_applied)
    assert in_order(here.applied["b"], 2)


async def test_a_partition_that_is_lost_is_only_seen_from_then_on(world: Callable[[int], World]) -> None:
    here = world(2)
    first = await here.replica("a")
    second = await here.replica("b")
    await first.partitions.step()
    await second.partitions.step()
    assert (len(first.partitions.owned), len(second.partitions.owned)) == (1, 1)
    await asyncio.sleep(0.05)
    here.source.grow(100)
    await eventually(here.all_applied)
    assert len(here.applied["a"]) == len(here.applied["b"]) == 50
    assert not set(here.applied["a"]) & set(here.applied["b"])


async def test_a_batch_that_cannot_be_applied_is_tried_again_and_nothing_is_skipped(
    world: Callable[[int], World],
) -> None:
    here = world(1)
    failures = 0

    def fails(items: Sequence[int]) -> bool:
        nonlocal failures
        if 30 in items and failures < 4:
            failures += 1
            return True
        return False

    here.fails = fails
    await here.replica("a")
    here.source.grow(60)
    await eventually(here.all_applied)
    assert failures == 4
    first_times = list(dict.fromkeys(here.applied["a"]))
    assert first_times == list(range(1, 61))


async def test_a_failure_is_noticed_at_once_even_when_nothing_more_comes(world: Callable[[int], World]) -> None:
    here = world(1)
    here.fails = lambda items: here.source.opened.count((0, f"{0:08}")) == 0
    await here.replica("a")
    here.source.grow(1)
    await eventually(here.all_applied)


async def test_a_failure_just_before_a_reset_does_not_hang(world: Callable[[int], World]) -> None:
    here = world(1)
    failures = iter([True, False])
    here.fails = lambda _: next(failures)
    replica = await here.replica("a")
    here.recovered.clear()

    async def items_then_reset(partition: int, cursor: str) -> AsyncIterator[Batch[int]]:
        yield Batch([1], "00000001")
        yield Batch((), "00000005", reset=True)
        await asyncio.Event().wait()

    replica.consumer._open = items_then_reset
    here.source.break_off()
    await eventually(lambda: here.recovered == [("a", 0, True)])
    assert here.applied["a"] == [1], "what came before the gap is applied before the recovery"


async def test_a_lost_feed_is_opened_again_where_this_replica_was(world: Callable[[int], World]) -> None:
    here = world(1)
    await here.replica("a")
    here.source.grow(10)
    await eventually(here.all_applied)
    here.source.break_off()
    here.source.grow(10)
    await eventually(here.all_applied)
    assert here.recovered == [("a", 0, True)]
    assert in_order(list(dict.fromkeys(here.seen["a"])), 1)


async def test_what_came_while_a_watching_replica_was_cut_off_is_still_shown_to_it(
    world: Callable[[int], World],
) -> None:
    """The owner goes on and saves its cursor meanwhile; to begin there would leave a hole."""
    here = world(1)
    owner = await here.replica("a")
    await here.replica("b")
    here.source.grow(10)
    await eventually(lambda: len(here.seen["b"]) == 10)
    await here.replicas["b"].tasks.close()  # the replica's stream is lost ...
    here.source.grow(10)

    async def saved() -> bool:
        return await owner.partitions.cursor(0) == f"{20:08}"

    await eventually(saved)
    watching = here.replicas["b"]
    watching.tasks = Tasks()
    watching.consumer.start(watching.tasks, watching.partitions)  # ... and opened again
    await eventually(lambda: here.seen["b"] == list(range(1, 21)))


async def test_a_feed_that_ends_politely_is_not_opened_again_in_a_hot_loop(world: Callable[[int], World]) -> None:
    here = world(1)
    await here.replica("a")
    for _ in range(3):
        here.source.break_off(politely=True)
        await eventually(lambda: here.source.readers == 0)
        await eventually(lambda: here.source.readers == 1)

    async def ends_at_once(partition: int, cursor: str) -> AsyncIterator[Batch[int]]:
        here.source.opened.append((partition, cursor))
        yield Batch((), cursor or "0")

    here.replicas["a"].consumer._open = ends_at_once
    before = len(here.source.opened)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    here.source.break_off(politely=True)
    await asyncio.sleep(0.5)
    await eventually(lambda: len(here.source.opened) - before >= 3)
    assert len(here.source.opened) - before <= 50 * (loop.time() - begun)


async def test_a_partition_that_is_gained_while_the_feed_is_away_does_not_wait_for_the_pause(
    world: Callable[[int], World], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = world(1)
    holder = await here.replica("a")
    # Whoever begins from here on pauses for so long.
    monkeypatch.setattr(consume, "FIRST_PAUSE_S", 600)
    monkeypatch.setattr(consume, "LAST_PAUSE_S", 600)
    waiting = await here.replica("b")
    await holder.tasks.close()
    here.source.break_off()
    await eventually(lambda: here.source.readers == 0)
    await holder.partitions.release()
    await waiting.partitions.step()
    here.source.grow(5)
    await eventually(here.all_applied)


async def test_reading_stops_while_too_much_waits_for_its_effect(
    world: Callable[[int], World], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consume, "PENDING", 20)
    here = world(1)
    gate = asyncio.Event()
    replica = await here.replica("a")
    apply = replica.consumer._apply

    async def slowly(items: Sequence[int]) -> None:
        await gate.wait()
        await apply(items)

    replica.consumer._apply = slowly
    here.source.break_off()
    await eventually(lambda: len(here.source.opened) == 2)
    here.source.grow(1_000)
    await eventually(lambda: here.seen["a"])
    await asyncio.sleep(0.2)
    assert len(here.seen["a"]) < 60
    gate.set()
    await eventually(here.all_applied)
    assert in_order(here.applied["a"], 1)
