"""Who begins and ceases to be active: told once, in order, for whatever reason, on several replicas."""

import asyncio
import random
from collections.abc import Callable

import pytest
import redis.asyncio
from redis.exceptions import ConnectionError as NotReachedError

from services.presence.keeper import Attachment
from services.presence.keys import BUCKETS, bucket_of, name_of, news_key
from services.presence.rules import Report, Tab, Transition
from services.presence.scripts import NEWS_KEPT
from services.presence.stores.news import Round
from tests.conftest import ManualClock, eventually
from tests.presence.conftest import GRACE_MS, IDLE_MS, LEASE_MS, SEQUENCES, STEP_MS, Replica

Replicas = Callable[..., Replica]


async def test_the_last_focused_tab_decides_whether_a_person_is_active(replica: Replicas) -> None:
    one = replica()
    await one.settle()
    follower = await one.follow()
    await one.attach()
    assert await follower.news() == []
    await one.report(focused=False)
    assert await follower.news() == []
    await one.report()
    assert await follower.news() == ["+ann"]
    await one.report()
    assert await follower.news() == []
    await one.report(focused=False)
    assert await follower.news() == ["-ann focus"]


async def test_focus_that_moves_between_clients_is_no_transition(replica: Replicas, clock: ManualClock) -> None:
    one = replica()
    await one.settle()
    follower = await one.follow()
    await one.attach()
    await one.attach(name="phone")
    await one.report()
    for _ in range(5):
        await one.report(name="phone")
        await one.report(focused=False)
        clock.pass_ms(10)
        await one.report()
        await one.report(name="phone", focused=False)
    assert await follower.news() == ["+ann"]
    await one.report(focused=False)
    assert await follower.news() == ["-ann focus"]


async def test_a_tab_that_nobody_touches_is_in_use_for_as_long_as_the_idle_limit(
    replica: Replicas, clock: ManualClock
) -> None:
    one = replica()
    await one.settle()
    follower = await one.follow()
    await one.attach()
    await one.report()
    touched = clock()
    await one.pass_ms(IDLE_MS)
    assert await follower.news() == ["+ann"]
    clock.pass_ms(1)
    await one.beat()
    await asyncio.sleep(0)
    assert await follower.news() == ["-ann idle"]
    # Touched again: active again. A report of an old touch is none.
    await one.report(age_ms=IDLE_MS + 1)
    assert await follower.news() == []
    await one.report(age_ms=IDLE_MS)
    assert await follower.news() == ["+ann"]
    assert clock() - touched < IDLE_MS + STEP_MS


async def test_the_time_of_a_transition_is_that_of_the_fact(replica: Replicas, clock: ManualClock) -> None:
    one = replica()
    await one.settle()
    follower = await one.follow()
    await one.attach()
    await one.report(age_ms=100_000)
    began = clock()
    await one.pass_ms(90_000)
    await one.beat()
    await eventually(lambda: len(follower.seen) == 2)
    assert [(each.active, each.at) for each in follower.seen] == [(True, began), (False, began + 80_001)]


async def test_a_lease_that_ends_takes_the_activity_with_it(replica: Replicas, clock: ManualClock) -> None:
    one, two = replica("a"), replica("b")
    await one.settle()
    follower = await two.follow()
    attachment, _ = await one.attach()
    await one.report()
    await one.part(attachment)
    clock.pass_ms(GRACE_MS - 1)
    assert await follower.news() == ["+ann"]
    clock.pass_ms(1)
    assert await follower.news() == ["-ann lease"]
    # The same where the replica dies, and nobody parts.
    await one.attach()
    await one.report()
    for _ in range(6):
        clock.pass_ms(STEP_MS)
        await two.keeper.renew()
    assert await follower.news() == ["+ann", "-ann lease"]


async def test_a_reload_within_the_grace_is_no_transition(replica: Replicas, clock: ManualClock) -> None:
    one = replica()
    await one.settle()
    follower = await one.follow()
    attachment, _ = await one.attach()
    await one.report()
    for _ in range(5):
        await one.part(attachment)
        clock.pass_ms(GRACE_MS - 1)
        attachment, _ = await one.attach()
        clock.pass_ms(100)
        await one.report()
    assert await follower.news() == ["+ann"]


async def test_each_transition_is_told_once_however_many_replicas_look(replica: Replicas, clock: ManualClock) -> None:
    replicas = [replica(name) for name in "abc"]
    await replicas[0].settle()
    followers = [await each.follow() for each in replicas]
    people = [f"p{each}" for each in range(60)]
    for person in people:
        await replicas[0].attach(person)
        await replicas[1].report(person)
    for _ in range(IDLE_MS // STEP_MS):
        await replicas[0].pass_ms(STEP_MS)
    clock.pass_ms(1)
    await asyncio.gather(*(each.pulse.beat() for each in replicas))
    for each in followers:
        news = await each.news()
        assert sorted(news) == sorted([f"+{person}" for person in people] + [f"-{person} idle" for person in people])


async def test_a_follower_resumes_at_its_cursor_and_misses_nothing(replica: Replicas, clock: ManualClock) -> None:
    one = replica("a")
    await one.settle()
    follower = await one.follow()
    await one.attach()
    await one.report()
    assert await follower.news() == ["+ann"]
    cursor = follower.cursor
    await one.report(focused=False)
    await one.report()
    # On a replica that was not there, what is older than its memory comes from the store.
    two = replica("b")
    await one.report(focused=False)
    await two.beat()
    later = await two.follow(cursor)
    await eventually(lambda: len(later.seen) == 3)
    assert [each.active for each in later.seen] == [False, True, False]
    assert later.resets == 0
    # On the same replica, from memory.
    same = await one.follow(cursor)
    assert await same.news() == ["-ann focus", "+ann", "-ann focus"]
    assert (same.resets, later.cursor > cursor) == (0, True)


@pytest.mark.parametrize("cursor", ["", "x", "1", "9" * 15, "12345678901234x"])
async def test_without_a_cursor_of_this_store_a_follower_begins_with_a_reset(replica: Replicas, cursor: str) -> None:
    one = replica()
    await one.settle()
    follower = await one.follow(cursor)
    await follower.news()
    assert follower.resets == 1
    await one.attach()
    await one.report()
    assert await follower.news() == ["+ann"]
    assert follower.resets == 1


async def test_an_emptied_store_is_a_reset_and_no_transition_is_invented(
    replica: Replicas, clock: ManualClock, valkey: redis.asyncio.Redis
) -> None:
    one = replica()
    await one.settle()
    follower = await one.follow()
    await one.attach()
    await one.report()
    await one.attach("bob")
    await one.report("bob", focused=False)
    assert await follower.news() == ["+ann"]
    cursor = follower.cursor
    resets = follower.resets

    await valkey.flushall()
    await one.beat()
    for _ in range(12):
        await one.keeper.renew()
        # Whoever is active is told again, and nobody is told to be inactive.
        assert set(await follower.news()) <= {"+ann"}
        clock.pass_ms(STEP_MS)
    assert follower.resets > resets
    assert await one.known()
    await one.report(focused=False)
    assert await follower.news() == ["-ann focus"]
    # A cursor of before is one of a gap.
    late = await replica("b").follow(cursor)
    await late.news()
    await eventually(lambda: late.resets == 1)


async def test_of_a_store_that_nobody_looked_after_no_transition_is_invented(
    replica: Replicas, clock: ManualClock
) -> None:
    one, two = replica("a"), replica("b")
    await one.settle()
    follower = await two.follow()
    await one.attach()
    await one.report()
    assert await follower.news() == ["+ann"]
    # Nobody could renew for longer than a lease, but everybody is still here.
    resets = follower.resets
    clock.pass_ms(LEASE_MS + 1)
    assert await follower.news() == []
    await one.keeper.renew()
    assert await follower.news() == ["+ann"]
    assert follower.resets > resets
    await one.report(focused=False)
    assert await follower.news() == ["-ann focus"]


async def test_a_follower_that_was_away_for_too_long_is_told_of_the_gap(
    replica: Replicas, valkey: redis.asyncio.Redis
) -> None:
    one = replica("a")
    await one.settle()
    follower = await one.follow()
    await one.attach()
    await one.report()
    assert await follower.news() == ["+ann"]
    assert follower.resets == 1
    bucket = bucket_of(name_of("acme", "ann"))
    for _ in range(NEWS_KEPT // 1_000 + 1):
        async with valkey.pipeline(transaction=False) as pipe:
            for _ in range(1_000):
                pipe.xadd(news_key(bucket), {"kind": "changed", "name": "4:acmeann", "at": "1"})
            await pipe.execute()
    await valkey.xtrim(news_key(bucket), maxlen=NEWS_KEPT, approximate=False)
    # This one was not looking, and the first of what it missed is gone.
    assert await follower.news() == []
    assert follower.resets == 2
    late = replica("b")
    await late.beat()
    resumed = await late.follow(follower.cursor)
    await eventually(lambda: resumed.batches > 0)
    assert resumed.resets == 0


async def test_a_busy_bucket_is_read_to_its_end_in_one_look(replica: Replicas, valkey: redis.asyncio.Redis) -> None:
    one = replica()
    await one.settle()
    start = (await one.news.look(one.pulse._positions, one.clock())).positions
    async with valkey.pipeline(transaction=False) as pipe:
        for each in range(1_750):
            pipe.xadd(news_key(7), {"kind": "active", "name": f"4:acmep{each}", "at": "5"})
        await pipe.execute()
    news: Round = await one.news.look(start, one.clock())
    assert [each.person for each in news.transitions] == [f"p{each}" for each in range(1_750)]
    assert (await one.news.look(news.positions, one.clock())).transitions == []


async def test_the_news_are_bounded(replica: Replicas, valkey: redis.asyncio.Redis) -> None:
    one = replica()
    await one.attach()
    for each in range(2 * NEWS_KEPT + 1_000):
        await one.report(focused=each % 2 == 0)
    lengths = [await valkey.xlen(news_key(bucket)) for bucket in range(BUCKETS)]
    # Trimming is approximate: by whole nodes of the stream, 100 entries each.
    assert max(lengths) <= NEWS_KEPT + 200


async def test_a_cursor_in_the_middle_of_what_came_at_once_misses_nothing(replica: Replicas) -> None:
    one = replica()
    await one.settle()
    everybody = [f"p{each}" for each in range(2_500)]
    start = int((await one.follow()).replica.transitions._cursor)
    for at in (1, 2):
        came = [Transition("acme", person, active=at == 1, at=at, reason=0) for person in everybody]
        one.transitions.take(Round((), at=start + at, transitions=came))
    batches = one.transitions.follow(f"{start:015d}", lambda _: True)
    seen: list[Transition] = []
    cursors: list[tuple[str, int]] = []
    while len(seen) < 5_000:
        batch = await anext(batches)
        seen += batch.items
        cursors.append((batch.cursor, len(seen)))
    await batches.aclose()
    assert len(cursors) > 4
    for cursor, count in cursors:
        again = one.transitions.follow(cursor, lambda _: True)
        rest: list[Transition] = []
        while count < 5_000 and (not rest or rest[-1] != seen[-1]):
            rest += (await anext(again)).items
        await again.aclose()
        assert rest[len(rest) - (5_000 - count) :] == seen[count:]


async def truth(replica: Replica, people: list[str]) -> dict[str, bool]:
    """Who has a tab in use, as services would find out."""
    found = await replica.presence.locate("acme", people)
    used = {
        client.person
        for client in found.clients
        for tab in (client.report.tabs if client.report else ())
        if tab.focused and replica.clock() - tab.input_at <= IDLE_MS
    }
    return {person: person in used for person in people}


async def test_random_lives_are_told_as_they_are_and_alternate_for_each_person(
    replica: Replicas, clock: ManualClock
) -> None:
    """Two replicas, three people with two clients each: after every look the last transition is the truth."""
    rng = random.Random(4)
    replicas = [replica("a"), replica("b")]
    await replicas[0].settle()
    followers = [await each.follow() for each in replicas]
    attached: dict[tuple[str, str], tuple[Replica, Attachment]] = {}
    people, clients = ["ann", "bob", "max"], ["laptop", "phone"]
    told: list[dict[str, list[bool]]] = [{person: [] for person in people} for _ in replicas]

    async def listen(index: int) -> None:
        for news in await followers[index].news():
            told[index][news[1:].split(" ")[0]].append(news[0] == "+")

    for _ in range(400):
        person, client = rng.choice(people), rng.choice(clients)
        at = rng.choice(replicas)
        if (person, client) not in attached:
            attached[person, client] = (at, (await at.attach(person, client))[0])
        elif rng.random() < 0.15:
            holder, attachment = attached.pop((person, client))
            await holder.part(attachment)
        else:
            tabs = tuple(
                Tab(f"t{tab}", True, rng.random() < 0.5, clock() - rng.choice([0, 1_000, IDLE_MS - 1_000]), "")
                for tab in range(rng.randint(0, 2))
            )
            await at.presence.report("acme", person, client, Report(next(SEQUENCES), 2, tabs))
        for _ in range(rng.choice([0, 0, 1, 3, 9])):
            clock.pass_ms(STEP_MS)
            for each in replicas:
                await each.keeper.renew()
        index = rng.randrange(2)
        await listen(index)
        assert {person: bool(all_ and all_[-1]) for person, all_ in told[index].items()} == await truth(at, people)
    for index in range(2):
        await listen(index)
    assert [follower.resets for follower in followers] == [1, 1]
    assert told[0] == told[1]
    for transitions in told[0].values():
        assert transitions == [each % 2 == 0 for each in range(len(transitions))]
        assert len(transitions) > 15


async def test_a_look_that_fails_loses_nothing(
    replica: Replicas, monkeypatch: pytest.MonkeyPatch, clock: ManualClock
) -> None:
    one = replica()
    await one.settle()
    follower = await one.follow()
    await one.attach()
    await one.report()
    real = one.news.look

    async def away(*_: object, **__: object) -> Round:
        raise NotReachedError("away")

    monkeypatch.setattr(one.news, "look", away)
    with pytest.raises(NotReachedError):
        await one.beat()
    monkeypatch.setattr(one.news, "look", real)
    assert await follower.news() == ["+ann"]
