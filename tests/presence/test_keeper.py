"""Leases while streams come and go, replicas part, and the store is lost."""

from collections.abc import AsyncIterator, Callable, Sequence

import pytest
import redis.asyncio
from redis.exceptions import ConnectionError as NotReachedError

from services.chassis.errors import Fault
from services.presence import valkey as client
from services.presence.keeper import Attachment, Ending
from services.presence.rules import Lease, Report, Tab
from services.presence.statuses import Chosen
from services.presence.stores.leases import LeaseStore
from tests.conftest import ManualClock
from tests.presence.conftest import GRACE_MS, IDLE_MS, LEASE_MS, STEP_MS, WINDOW_MS, Replica

Replicas = Callable[..., Replica]
REPORT = Report(4, 2, (Tab("t", visible=True, focused=True, input_at=7, conversation=""),))


async def attach(replica: Replica, person: str = "ann", name: str = "laptop") -> tuple[Attachment, list[Ending]]:
    return await replica.attach(person, name)


async def settle(replica: Replica, clock: ManualClock) -> None:
    """Lets one lease pass, looked after, so that presence is known."""
    for _ in range(7):
        await replica.keeper.renew()
        clock.pass_ms(STEP_MS)
    await replica.keeper.renew()
    assert await replica.known()


async def test_a_client_is_here_while_its_lease_is_renewed(replica: Replicas, clock: ManualClock) -> None:
    one = replica()
    await attach(one)
    for _ in range(20):
        clock.pass_ms(STEP_MS)
        await one.keeper.renew()
    assert await one.here("ann", "bob") == ["ann/laptop"]


async def test_a_lease_ends_by_itself_when_its_replica_dies(replica: Replicas, clock: ManualClock) -> None:
    one, two = replica("a"), replica("b")
    await attach(one)
    await attach(two, "bob")
    for _ in range(5):
        clock.pass_ms(STEP_MS)
        await two.keeper.renew()
    assert await two.here("ann", "bob") == ["ann/laptop", "bob/laptop"]
    clock.pass_ms(STEP_MS)
    await two.keeper.renew()
    assert await two.here("ann", "bob") == ["bob/laptop"]


async def test_a_stream_that_was_taken_over_elsewhere_ends_at_its_next_renewal(
    replica: Replicas, clock: ManualClock
) -> None:
    one, two = replica("a"), replica("b")
    first, endings = await attach(one)
    second, others = await attach(two)
    await one.keeper.renew()
    await two.keeper.renew()
    assert (endings, others) == ([Ending.TAKEN_OVER], [])
    one.presence.release(first)
    clock.pass_ms(GRACE_MS)
    assert await one.here("ann") == ["ann/laptop"]
    two.presence.release(second)


async def test_a_stream_that_was_taken_over_here_ends_at_once(replica: Replicas, clock: ManualClock) -> None:
    one = replica()
    first, endings = await attach(one)
    _, others = await attach(one)
    assert (endings, others) == ([Ending.TAKEN_OVER], [])
    one.presence.release(first)
    await one.keeper.renew()
    clock.pass_ms(GRACE_MS)
    assert await one.here("ann") == ["ann/laptop"]
    assert (endings, others, len(one.keeper)) == ([Ending.TAKEN_OVER], [], 1)


async def test_a_client_is_gone_a_grace_period_after_its_stream(replica: Replicas, clock: ManualClock) -> None:
    one = replica()
    attachment, _ = await attach(one)
    one.presence.release(attachment)
    await one.keeper.close()
    clock.pass_ms(GRACE_MS - 1)
    assert await one.here("ann") == ["ann/laptop"]
    clock.pass_ms(1)
    assert await one.here("ann") == []


async def test_a_client_that_is_asked_to_move_has_time_to_do_so(replica: Replicas, clock: ManualClock) -> None:
    one = replica()
    attachment, _ = await attach(one)
    one.presence.release(attachment, moved=True)
    await one.keeper.close()
    clock.pass_ms(GRACE_MS + WINDOW_MS - 1)
    assert await one.here("ann") == ["ann/laptop"]
    clock.pass_ms(1)
    assert await one.here("ann") == []


async def test_a_reload_does_not_flicker(replica: Replicas, clock: ManualClock) -> None:
    one = replica()
    attachment, _ = await attach(one)
    await one.presence.report("acme", "ann", "laptop", REPORT)
    one.presence.release(attachment)
    await attach(one)
    clock.pass_ms(GRACE_MS)
    [found] = (await one.presence.locate("acme", ["ann"])).clients
    assert found.report == REPORT


async def test_one_client_too_many_is_refused_and_leaves_nothing(replica: Replicas, clock: ManualClock) -> None:
    one = replica()
    for each in range(3):
        await attach(one, name=f"c{each}")
    with pytest.raises(Fault, match="3 other live clients"):
        await attach(one, name="c3")
    assert await one.here("ann") == ["ann/c0", "ann/c1", "ann/c2"]
    await one.presence.attach("acme", "ann", "c4", 1, lambda _: None, lambda: None, limited=False)


async def test_an_emptied_store_is_filled_again_and_presence_unknown_for_one_lease(
    replica: Replicas, clock: ManualClock, valkey: redis.asyncio.Redis
) -> None:
    one, two = replica("a"), replica("b")
    await attach(one)
    await attach(two, "bob")
    # A report that came through the other replica: a replica knows it from its next renewal on.
    await two.presence.report("acme", "ann", "laptop", REPORT)
    await settle(one, clock)
    await two.keeper.renew()

    await valkey.flushall()
    assert not await one.known()
    with pytest.raises(Fault, match="not attached"):
        await two.presence.report("acme", "ann", "laptop", Report(5, 2, ()))
    await one.keeper.renew()
    await two.keeper.renew()
    found = await one.presence.locate("acme", ["ann", "bob"])
    assert {each.person: each.report for each in found.clients} == {"ann": REPORT, "bob": None}
    assert not found.known

    for _ in range(5):
        clock.pass_ms(STEP_MS)
        await one.keeper.renew()
        assert not await one.known()
    clock.pass_ms(STEP_MS)
    await one.keeper.renew()
    assert await one.known()


async def test_whoever_holds_a_lease_that_was_lost_is_asked_to_report_again(
    replica: Replicas, clock: ManualClock, valkey: redis.asyncio.Redis
) -> None:
    one, two = replica("a"), replica("b")
    await attach(one)
    gone, _ = await attach(one, "bob")
    await one.keeper.renew()
    # Too late for the next renewal: the replica that holds the lease never hears of it.
    await two.presence.report("acme", "ann", "laptop", REPORT)
    assert one.asked == []
    await valkey.flushall()
    one.presence.release(gone)
    await one.keeper.renew()
    await one.keeper.renew()
    assert (one.asked, two.asked) == (["ann/laptop"], [])
    [found] = (await one.presence.locate("acme", ["ann"])).clients
    assert found.report is None


async def test_a_report_brings_a_lost_lease_back_before_the_next_renewal(
    replica: Replicas, valkey: redis.asyncio.Redis
) -> None:
    one = replica()
    await attach(one)
    await valkey.flushall()
    await one.presence.report("acme", "ann", "laptop", REPORT)
    [found] = (await one.presence.locate("acme", ["ann"])).clients
    assert found.report == REPORT


async def test_a_lease_that_was_lost_and_taken_is_not_written_over(
    replica: Replicas, valkey: redis.asyncio.Redis
) -> None:
    one, two = replica("a"), replica("b")
    _, endings = await attach(one)
    await valkey.flushall()
    _, others = await attach(two)
    await one.keeper.renew()
    await two.keeper.renew()
    assert (endings, others) == ([Ending.TAKEN_OVER], [])


async def test_a_new_store_is_unknown_for_one_lease_unless_it_is_trusted(
    replica: Replicas, clock: ManualClock, valkey: redis.asyncio.Redis
) -> None:
    careful = replica("a")
    await careful.keeper.renew()
    assert not await careful.known()
    await valkey.flushall()
    trusting = replica("b", trust_new_store=True)
    await trusting.keeper.renew()
    assert await trusting.known()
    await valkey.flushall()
    await trusting.keeper.renew()
    assert not await trusting.known()


async def test_presence_is_unknown_after_all_replicas_were_away_for_a_lease(
    replica: Replicas, clock: ManualClock
) -> None:
    one = replica("a")
    await settle(one, clock)
    clock.pass_ms(LEASE_MS + 1)
    two = replica("b", trust_new_store=True)
    assert not await two.known()
    await two.keeper.renew()
    assert not await two.known()
    await settle(two, clock)


async def test_a_restart_of_a_replica_changes_nothing_of_what_is_known(replica: Replicas, clock: ManualClock) -> None:
    await settle(replica("a"), clock)
    clock.pass_ms(STEP_MS)
    two = replica("b")
    await two.keeper.renew()
    assert await two.known()


class Unreachable(LeaseStore):
    """A store that cannot be reached for renewals while `away`."""

    away = False

    async def renew(
        self, leases: Sequence[Lease], now: int, *, whole_since: int
    ) -> AsyncIterator[tuple[Lease, int, Chosen | None]]:
        if self.away:
            raise NotReachedError("away")
        async for each in super().renew(leases, now, whole_since=whole_since):
            yield each


async def test_a_stream_outlives_failed_renewals_and_ends_before_its_lease_lapses(
    valkey: redis.asyncio.Redis, valkey_url: str, clock: ManualClock
) -> None:
    store = Unreachable(client.connect(valkey_url), LEASE_MS, IDLE_MS)
    one = Replica("a", client.connect(valkey_url), store, clock)
    _, endings = await attach(one)
    for _ in range(3):
        store.away = True
        for _ in range(4):
            clock.pass_ms(STEP_MS)
            await one.keeper.renew()
        assert (endings, len(one.keeper)) == ([], 1)
        store.away = False
        await one.keeper.renew()
    store.away = True
    for _ in range(5):
        assert endings == []
        assert await one.here("ann") == ["ann/laptop"]
        clock.pass_ms(STEP_MS)
        await one.keeper.renew()
    assert (endings, len(one.keeper)) == ([Ending.LAPSED], 0)
    await one.close()
    await store.close()


async def test_a_replica_that_has_ended_renews_nothing(replica: Replicas, clock: ManualClock) -> None:
    one = replica()
    await attach(one)
    await one.keeper.close()
    clock.pass_ms(LEASE_MS - 1)
    await one.keeper.renew()
    clock.pass_ms(1)
    assert await one.here("ann") == []
