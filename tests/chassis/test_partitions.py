import asyncio
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from services.chassis import mongo
from services.chassis.partitions import Partitions
from tests.conftest import ManualClock

LEASE_MS = 10_000
Make = Callable[..., Partitions]


def replica(
    database: mongo.Database,
    clock: ManualClock,
    holder: str,
    count: int = 4,
    changes: list[tuple[int, bool]] | None = None,
) -> Partitions:
    told = changes if changes is not None else []
    return Partitions(
        database["leases"], holder, count, LEASE_MS, clock, lambda partition, gained: told.append((partition, gained))
    )


async def settle(*replicas: Partitions) -> None:
    """As many steps as it takes: one gives back, another takes."""
    for _ in range(3):
        for one in replicas:
            await one.step()


async def test_one_replica_holds_everything(database: mongo.Database, clock: ManualClock) -> None:
    changes: list[tuple[int, bool]] = []
    alone = replica(database, clock, "a", changes=changes)
    await alone.step()
    assert alone.owned == {0, 1, 2, 3}
    assert changes == [(partition, True) for partition in range(4)]
    await alone.step()
    assert len(changes) == 4, "renewing is no news"


async def test_two_replicas_share_fairly_and_hold_nothing_twice(database: mongo.Database, clock: ManualClock) -> None:
    changes: list[tuple[int, bool]] = []
    first, second = replica(database, clock, "a", changes=changes), replica(database, clock, "b")
    await first.step()
    await settle(second, first)
    assert len(first.owned) == len(second.owned) == 2
    assert first.owned | second.owned == {0, 1, 2, 3}
    assert [gained for _, gained in changes[4:]] == [False, False]


async def test_a_third_replica_is_not_left_without_work(database: mongo.Database, clock: ManualClock) -> None:
    replicas = [replica(database, clock, name) for name in "abc"]
    await settle(*replicas)
    assert sorted(len(one.owned) for one in replicas) == [1, 1, 2]
    assert set.union(*(one.owned for one in replicas)) == {0, 1, 2, 3}


@given(count=st.integers(1, 64), names=st.sets(st.text(min_size=1, max_size=5), min_size=1, max_size=20))
def test_shares_differ_by_one_at_most_and_cover_everything(count: int, names: set[str]) -> None:
    listed = sorted(f"replica:{name}" for name in names)
    shares = [
        Partitions(None, name, count, LEASE_MS, ManualClock(), lambda *_: None)._share(listed)  # type: ignore[arg-type]
        for name in names
    ]
    assert sum(shares) == count
    assert max(shares) - min(shares) <= 1


async def test_the_partitions_of_a_dead_replica_move_when_its_lease_ends(
    database: mongo.Database, clock: ManualClock
) -> None:
    dead, alive = replica(database, clock, "a"), replica(database, clock, "b")
    await settle(dead, alive)
    for _ in range(3):
        clock.pass_ms(LEASE_MS // 4)
        await alive.step()
        assert len(alive.owned) == 2
    clock.pass_ms(LEASE_MS // 4)
    await alive.step()
    assert alive.owned == {0, 1, 2, 3}


async def test_a_replica_that_was_away_learns_what_it_lost(database: mongo.Database, clock: ManualClock) -> None:
    changes: list[tuple[int, bool]] = []
    away, other = replica(database, clock, "a", changes=changes), replica(database, clock, "b")
    await away.step()
    clock.pass_ms(LEASE_MS)
    await other.step()
    assert other.owned == {0, 1, 2, 3}
    await away.step()
    assert away.owned == set()
    assert changes[4:] == [(partition, False) for partition in range(4)]


async def test_a_release_hands_over_at_once_and_for_good(database: mongo.Database, clock: ManualClock) -> None:
    changes: list[tuple[int, bool]] = []
    leaving, staying = replica(database, clock, "a", changes=changes), replica(database, clock, "b")
    await settle(leaving, staying)
    await leaving.release()
    assert leaving.owned == set()
    assert [gained for _, gained in changes[-2:]] == [False, False]
    await leaving.step()
    await staying.step()
    assert staying.owned == {0, 1, 2, 3}
    assert leaving.owned == set()


async def test_a_step_that_is_under_way_takes_nothing_after_the_release(
    database: mongo.Database, clock: ManualClock
) -> None:
    leaving, staying = replica(database, clock, "a"), replica(database, clock, "b")
    await leaving.step()
    for _ in range(10):
        step = asyncio.create_task(leaving.step())
        await asyncio.sleep(0.001)
        await leaving.release()
        await step
        assert leaving.owned == set()
        leaving._released = False
        await leaving.step()
    await leaving.release()
    await staying.step()
    assert staying.owned == {0, 1, 2, 3}


async def test_only_the_holder_saves_the_cursor(database: mongo.Database, clock: ManualClock) -> None:
    holder, other = replica(database, clock, "a"), replica(database, clock, "b")
    await holder.step()
    assert await other.cursor(0) == ""
    await holder.save(0, "0001")
    await other.save(0, "0002")
    assert await other.cursor(0) == await holder.cursor(0) == "0001"


async def test_the_cursor_outlives_its_holder(database: mongo.Database, clock: ManualClock) -> None:
    first, second = replica(database, clock, "a"), replica(database, clock, "b")
    await first.step()
    await first.save(0, "0001")
    await first.release()
    await second.step()
    assert await second.cursor(0) == "0001"
    await second.save(0, "0002")
    await first.save(0, "0001")
    assert await second.cursor(0) == "0002"


async def test_another_count_of_partitions_begins_without_cursors(database: mongo.Database, clock: ManualClock) -> None:
    """A cursor of one cut says nothing about another: some of its conversations were elsewhere, and further back."""
    four = replica(database, clock, "a", count=4)
    await four.step()
    await four.save(0, "0001")
    await four.release()
    six = replica(database, clock, "b", count=6)
    await six.step()
    assert six.owned == set(range(6))
    assert await six.cursor(0) == ""


async def test_replicas_that_died_long_ago_are_forgotten(database: mongo.Database, clock: ManualClock) -> None:
    for name in "abc":
        await replica(database, clock, name).step()
    clock.pass_ms(101 * LEASE_MS + 1)
    alive = replica(database, clock, "d")
    await alive.step()
    assert [one["_id"] async for one in database["leases"].find({"_id": {"$regex": "^replica:"}})] == ["replica:d"]


async def test_a_replica_steps_by_itself(database: mongo.Database, clock: ManualClock) -> None:
    alone = Partitions(database["leases"], "a", 2, 100, clock, lambda *_: None)
    running = asyncio.create_task(alone.run())
    try:
        async with asyncio.timeout(5):
            while alone.owned != {0, 1}:
                await asyncio.sleep(0.01)
            clock.pass_ms(60)
            while (lease := await database["leases"].find_one({"_id": "partition:2:0"})) is None or lease[
                "until_ms"
            ] != clock.now + 100:
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
