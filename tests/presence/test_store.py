"""The store, against a real Valkey, in a time that only the test moves."""

import asyncio
import random
from dataclasses import replace

import pytest
import redis.asyncio

from services.presence import scripts
from services.presence.rules import Client, Lease, Report, Tab
from services.presence.stores.leases import LeaseStore
from tests.conftest import ManualClock
from tests.presence.conftest import GRACE_MS, LEASE_MS

ANN = Lease("acme", "ann", "laptop", 1, "stream-1")
ODD = ["{1}", "a:b", "*", "a b", "ä", "{", "}{", "whole", "kept", "x\x00y", "\N{FAMILY}" * 128]


def report(sequence: int, tab: str = "t") -> Report:
    return Report(sequence, 2, (Tab(tab, visible=True, focused=True, input_at=1_000, conversation=""),))


async def found(store: LeaseStore, now: int, lease: Lease = ANN) -> list[Client]:
    return (await store.locate(lease.tenant, [lease.person], now))[0]


async def keep(store: LeaseStore, now: int, *leases: Lease) -> dict[Lease, int]:
    return {lease: state async for lease, state, _ in store.renew(leases, now, whole_since=now)}


async def test_a_lease_lives_until_its_deadline_and_then_ends_by_itself(store: LeaseStore, clock: ManualClock) -> None:
    assert await store.attach(ANN, clock())
    clock.pass_ms(LEASE_MS - 1)
    assert await found(store, clock()) == [Client("ann", "laptop", 1, None)]
    clock.pass_ms(1)
    assert await found(store, clock()) == []


async def test_a_renewal_makes_the_lease_last_from_then_on(store: LeaseStore, clock: ManualClock) -> None:
    await store.attach(ANN, clock())
    clock.pass_ms(LEASE_MS - 1)
    assert await keep(store, clock(), ANN) == {ANN: scripts.NO_REPORT}
    clock.pass_ms(LEASE_MS - 1)
    assert await found(store, clock())


async def test_the_stream_that_attached_last_holds_the_lease(store: LeaseStore, clock: ManualClock) -> None:
    second = replace(ANN, holder="stream-2")
    await store.attach(ANN, clock())
    await store.attach(second, clock())
    assert await keep(store, clock(), ANN, second) == {ANN: scripts.TAKEN, second: scripts.NO_REPORT}


async def test_a_lost_lease_is_not_written_over_that_of_another_stream(store: LeaseStore, clock: ManualClock) -> None:
    second = replace(ANN, holder="stream-2")
    await store.attach(second, clock())
    await store.report("acme", "ann", "laptop", report(2), clock())
    assert await store.restore([(ANN, report(1), None), (second, None, None)], clock()) == [False, True]
    assert await keep(store, clock(), ANN, second) == {ANN: scripts.TAKEN, second: 2}
    [client] = await found(store, clock())
    assert client.report == report(2)


async def test_the_end_of_an_old_stream_does_not_end_the_new_lease(store: LeaseStore, clock: ManualClock) -> None:
    await store.attach(ANN, clock())
    await store.attach(replace(ANN, holder="stream-2"), clock())
    assert not await store.part(ANN, clock(), clock())
    assert await found(store, clock())


async def test_a_lease_that_was_let_go_of_lasts_for_the_grace_period(store: LeaseStore, clock: ManualClock) -> None:
    await store.attach(ANN, clock())
    assert await store.part(ANN, clock(), clock() + GRACE_MS)
    clock.pass_ms(GRACE_MS - 1)
    assert await found(store, clock())
    clock.pass_ms(1)
    assert not await found(store, clock())


async def test_a_renewal_that_is_late_does_not_bring_a_lease_back(store: LeaseStore, clock: ManualClock) -> None:
    await store.attach(ANN, clock())
    await store.part(ANN, clock(), clock() + GRACE_MS)
    assert await keep(store, clock(), ANN) == {ANN: scripts.TAKEN}
    clock.pass_ms(GRACE_MS)
    assert not await found(store, clock())


async def test_letting_go_never_makes_a_lease_longer(store: LeaseStore, clock: ManualClock) -> None:
    await store.attach(ANN, clock())
    await store.part(ANN, clock(), clock() + 10 * LEASE_MS)
    clock.pass_ms(LEASE_MS)
    assert not await found(store, clock())


async def test_a_client_that_leaves_does_not_take_the_others_along(store: LeaseStore, clock: ManualClock) -> None:
    phone = replace(ANN, client="phone", platform=2, holder="stream-2")
    await store.attach(ANN, clock())
    clock.pass_ms(10)
    await store.attach(phone, clock())
    await store.part(phone, clock(), clock())
    assert [client.client for client in await found(store, clock())] == ["laptop"]
    clock.pass_ms(LEASE_MS - 11)
    assert [client.client for client in await found(store, clock())] == ["laptop"]


@pytest.mark.parametrize("seed", range(5))
async def test_the_newest_report_stays_in_whatever_order_reports_arrive(
    store: LeaseStore, clock: ManualClock, seed: int
) -> None:
    await store.attach(ANN, clock())
    order = random.Random(seed)
    sequences = [0, 1, 2, 10, 2**53 - 2, 2**53 - 1]
    order.shuffle(sequences)
    outcomes = await asyncio.gather(
        *(store.report("acme", "ann", "laptop", report(each, f"t{each}"), clock()) for each in sequences)
    )
    highest = -1
    for sequence, outcome in zip(sequences, outcomes, strict=True):
        assert outcome == (scripts.STORED if sequence > highest else scripts.STALE)
        highest = max(highest, sequence)
    [client] = await found(store, clock())
    assert client.report == report(2**53 - 1, f"t{2**53 - 1}")
    assert await keep(store, clock(), ANN) == {ANN: 2**53 - 1}


async def test_a_repeated_report_changes_nothing(store: LeaseStore, clock: ManualClock) -> None:
    await store.attach(ANN, clock())
    await store.report("acme", "ann", "laptop", report(5, "first"), clock())
    assert await store.report("acme", "ann", "laptop", report(5, "second"), clock()) == scripts.STALE
    [client] = await found(store, clock())
    assert client.report == report(5, "first")


async def test_a_report_needs_a_live_lease(store: LeaseStore, clock: ManualClock) -> None:
    assert await store.report("acme", "ann", "laptop", report(1), clock()) == scripts.LOST
    await store.attach(ANN, clock())
    assert await store.report("acme", "ann", "phone", report(1), clock()) == scripts.LOST
    clock.pass_ms(LEASE_MS)
    assert await store.report("acme", "ann", "laptop", report(1), clock()) == scripts.LOST
    await store.attach(ANN, clock())
    assert await found(store, clock()) == [Client("ann", "laptop", 1, None)]


async def test_tabs_outlive_a_reload_but_not_a_lease(store: LeaseStore, clock: ManualClock) -> None:
    await store.attach(ANN, clock())
    await store.report("acme", "ann", "laptop", report(7), clock())
    await store.part(ANN, clock(), clock() + GRACE_MS)
    clock.pass_ms(GRACE_MS - 1)
    await store.attach(replace(ANN, holder="stream-2"), clock())
    [client] = await found(store, clock())
    assert client.report == report(7)
    clock.pass_ms(LEASE_MS)
    await store.attach(replace(ANN, holder="stream-3"), clock())
    assert await found(store, clock()) == [Client("ann", "laptop", 1, None)]
    assert await store.report("acme", "ann", "laptop", report(1), clock()) == scripts.STORED


async def test_people_with_look_alike_names_are_different_people(store: LeaseStore, clock: ManualClock) -> None:
    await keep(store, clock())
    people = [(tenant, person) for tenant in ODD for person in ODD]
    for tenant, person in people[::2]:
        await store.attach(Lease(tenant, person, "c", 1, "h"), clock())
    alive = set(people[::2])
    for tenant in ODD:
        clients, _ = await store.locate(tenant, ODD, clock())
        assert sorted(client.person for client in clients) == sorted(p for t, p in alive if t == tenant)


async def test_clients_may_have_any_printable_name(store: LeaseStore, clock: ManualClock) -> None:
    names = ["{0}", "lease:x", "tabs:x", "x", "%d+", "*", "a:b", "!" * 64]
    for each in names:
        await store.attach(replace(ANN, client=each, holder=each), clock())
        await store.report("acme", "ann", each, report(1, each), clock())
    clients = await found(store, clock())
    assert {client.client: client.report for client in clients} == {each: report(1, each) for each in names}
    await store.part(replace(ANN, client="x", holder="x"), clock(), clock())
    assert {client.client for client in await found(store, clock())} == set(names) - {"x"}


async def test_locating_two_thousand_people_gives_exactly_those_who_are_here(
    store: LeaseStore, clock: ManualClock
) -> None:
    await keep(store, clock())
    here = random.Random(1).sample(range(2_000), 300)
    leases = [Lease("acme", f"person-{each}", f"c{each % 3}", 1, f"h{each}") for each in here]
    await asyncio.gather(*(store.attach(lease, clock()) for lease in leases))
    await asyncio.gather(*(store.attach(replace(lease, tenant="umbrella"), clock()) for lease in leases[:50]))
    clock.pass_ms(LEASE_MS - 1)
    gone = leases[:100]
    await keep(store, clock(), *leases[100:])
    clock.pass_ms(1)
    clients, known = await store.locate("acme", [f"person-{each}" for each in range(2_000)], clock())
    assert known
    assert {(client.person, client.client) for client in clients} == {
        (lease.person, lease.client) for lease in leases if lease not in gone
    }
    assert len(clients) == 200


async def test_looking_for_people_who_are_away_costs_one_round_trip_of_few_commands(
    store: LeaseStore, clock: ManualClock, valkey: redis.asyncio.Redis
) -> None:
    await store.ping()
    before = (await valkey.info("commandstats")).get("cmdstat_zmscore", {"calls": 0})["calls"]
    await store.locate("acme", [f"person-{each}" for each in range(1_000)], clock())
    stats = await valkey.info("commandstats")
    assert stats["cmdstat_zmscore"]["calls"] - before == 64


async def test_a_person_has_no_more_live_clients_than_allowed(store: LeaseStore, clock: ManualClock) -> None:
    leases = [replace(ANN, client=f"c{each}", holder=f"h{each}") for each in range(4)]
    assert [await store.attach(lease, clock(), 3) for lease in leases] == [True, True, True, False]
    assert await store.attach(replace(leases[0], holder="again"), clock(), 3)
    assert await store.attach(replace(leases[3], person="bob"), clock(), 3)
    assert await store.attach(leases[3], clock())
    await store.part(leases[1], clock(), clock())
    await store.part(leases[3], clock(), clock())
    assert await store.attach(replace(leases[3], client="c9"), clock(), 3)
    assert len(await found(store, clock())) == 3


async def test_what_has_lapsed_is_swept_out(store: LeaseStore, clock: ManualClock, valkey: redis.asyncio.Redis) -> None:
    await store.attach(ANN, clock())
    await store.report("acme", "ann", "laptop", report(1), clock())
    clock.pass_ms(LEASE_MS)
    await store.attach(replace(ANN, client="phone", holder="h2"), clock())
    [key] = [key async for key in valkey.scan_iter(match="presence:*:person:*")]
    assert await valkey.hkeys(key) == [b"lease:phone"]
    clock.pass_ms(12 * LEASE_MS)
    await keep(store, clock())
    for key in [key async for key in valkey.scan_iter(match="presence:*:people")]:
        assert set(await valkey.zrange(key, 0, -1)) == {b"whole", b"kept"}


async def test_valkey_itself_forgets_people_much_later_than_their_leases(
    store: LeaseStore, clock: ManualClock, valkey: redis.asyncio.Redis
) -> None:
    await store.attach(ANN, clock())
    [key] = [key async for key in valkey.scan_iter(match="presence:*:person:*")]
    assert 5 * LEASE_MS < await valkey.pttl(key) <= 10 * LEASE_MS


async def test_calls_of_many_callers_each_get_their_own_answer(store: LeaseStore, clock: ManualClock) -> None:
    leases = [Lease("acme", f"p{each}", "c", 1, f"h{each}") for each in range(1_000)]
    await asyncio.gather(*(store.attach(lease, clock()) for lease in leases[::2]))
    parted = await asyncio.gather(*(store.part(lease, clock(), clock()) for lease in leases))
    assert parted == [each % 2 == 0 for each in range(1_000)]


async def test_a_call_that_is_cancelled_disturbs_no_other(store: LeaseStore, clock: ManualClock) -> None:
    calls = [asyncio.create_task(store.attach(Lease("acme", f"p{each}", "c", 1, "h"), clock())) for each in range(300)]
    await asyncio.sleep(0)
    for call in calls[::3]:
        call.cancel()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert all(result is True for each, result in enumerate(results) if each % 3)
