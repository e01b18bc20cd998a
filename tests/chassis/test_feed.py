import asyncio
from contextlib import aclosing

import pytest

from services.chassis import feed as feed_module
from services.chassis import memory as memory_module
from tests.chassis.sea import Follower, Sea
from tests.conftest import eventually


async def test_without_a_cursor_the_feed_begins_with_a_reset_and_the_cursor_of_now(sea: Sea) -> None:
    await sea.write(5)
    feed = await sea.feed()
    follower = Follower(feed.follow(""))
    first = await follower.read()
    assert (first.reset, list(first.items)) == (True, [])
    assert first.cursor
    await sea.write(5)
    await follower.read_until(10)
    assert follower.items == [6, 7, 8, 9, 10]
    assert follower.resets == 1
    await follower.close()


async def test_every_follower_gets_everything_in_order(sea: Sea) -> None:
    feed = await sea.feed()
    followers = [Follower(feed.follow("")) for _ in range(5)]
    for one in followers:
        await one.read()
    writer = sea.keep_writing(until=500)
    await asyncio.gather(*(one.read_until(500) for one in followers))
    await writer
    for one in followers:
        assert one.items[:500] == list(range(1, 501))
        await one.close()


async def test_a_cursor_in_memory_is_where_it_goes_on(sea: Sea) -> None:
    feed = await sea.feed()
    follower = Follower(feed.follow(""))
    await follower.read()
    await sea.write(100)
    await follower.read_until(100)
    await follower.close()
    await sea.write(100)
    again = Follower(feed.follow(follower.cursor))
    hello = await again.read()
    assert (hello.reset, list(hello.items), hello.cursor) == (False, [], follower.cursor)
    await again.read_until(200)
    assert again.items == list(range(101, 201))
    await again.close()


async def test_every_cursor_that_was_ever_given_is_one_to_go_on_from(sea: Sea, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_module, "BATCH", 3)
    feed = await sea.feed()
    follower = Follower(feed.follow("", wanted=lambda n: n % 2 == 0))
    await follower.read()
    cursors = [(0, follower.cursor)]
    writer = sea.keep_writing(until=40)
    while not follower.items or follower.items[-1] < 40:
        await follower.read()
        cursors.append((follower.items[-1] if follower.items else 0, follower.cursor))
    await writer
    await follower.close()
    for seen, cursor in cursors:
        again = Follower(feed.follow(cursor, wanted=lambda n: n % 2 == 0))
        if seen < 40:
            await again.read_until(40)
        assert again.items[: (40 - seen) // 2] == list(range(seen + 2, 41, 2))
        await again.close()


async def test_an_older_cursor_catches_up_and_joins_without_gap_or_repeat_while_writes_go_on(sea: Sea) -> None:
    first = await sea.feed()
    begin = Follower(first.follow(""))
    await begin.read()
    await begin.close()
    await sea.write(2_500)
    fresh = await sea.feed(memory=20)  # another process: its memory begins now
    writer = sea.keep_writing(until=4_000)
    followers = [Follower(fresh.follow(begin.cursor)) for _ in range(3)]
    await asyncio.gather(*(one.read_until(4_000) for one in followers))
    await writer
    for one in followers:
        assert one.items[:4_000] == list(range(1, 4_001))
        assert one.resets == 0
    await sea.write(10)
    for one in followers:
        await one.read_until(sea.last)
        assert one.items == list(range(1, sea.last + 1))
        await one.close()


async def test_a_slow_follower_falls_out_of_memory_and_still_misses_nothing(sea: Sea) -> None:
    feed = await sea.feed(memory=10)
    slow = Follower(feed.follow(""))
    await slow.read()
    for _ in range(6):
        await sea.write(100)
        await eventually(lambda: feed._memory.end == sea.last)
        assert feed._memory.end - feed._memory.base <= 20
        await slow.read()  # one batch, then it sleeps again
    await slow.read_until(600)
    assert slow.items == list(range(1, 601))
    assert slow.resets == 1
    await slow.close()


async def test_only_what_is_wanted_is_handed_on(sea: Sea) -> None:
    feed = await sea.feed()
    even = Follower(feed.follow("", wanted=lambda n: n % 2 == 0))
    await even.read()
    await sea.write(100)
    await even.read_until(100)
    assert even.items == list(range(2, 101, 2))
    await even.close()


async def test_an_idle_followers_cursor_moves_on(sea: Sea, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "IDLE_S", 0.1)
    feed = await sea.feed()
    follower = Follower(feed.follow(""))
    first = (await follower.read()).cursor
    for _ in range(100):
        await sea.database["others"].insert_one({})
        if (await follower.read()).cursor > first:
            break
    assert follower.cursor > first
    assert follower.items == []
    await follower.close()
    fresh = await sea.feed()
    again = Follower(fresh.follow(follower.cursor))
    await sea.write(1)
    await again.read_until(1)
    assert again.resets == 0
    await again.close()


async def test_a_follower_whom_nothing_concerns_gets_a_new_cursor_too(
    sea: Sea, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "IDLE_S", 0.2)
    feed = await sea.feed()
    follower = Follower(feed.follow("", wanted=lambda _: False))
    first = (await follower.read()).cursor
    writer = sea.keep_writing(until=10**9)
    assert (await follower.read()).cursor > first
    writer.cancel()
    await follower.close()


async def test_a_follower_that_leaves_while_it_catches_up_closes_its_change_stream(sea: Sea) -> None:
    first = await sea.feed()
    begin = Follower(first.follow(""))
    await begin.read()
    await begin.close()
    await sea.write(3_000)
    fresh = await sea.feed()

    async def open_cursors() -> int:
        status = await sea.database.client.admin.command("serverStatus")
        return int(status["metrics"]["cursor"]["open"]["total"])

    async def are_open(count: int) -> bool:
        return await open_cursors() == count

    # The server counts those of everybody, and some that others have left are perhaps still to go.
    before = -1
    while before != (now := await open_cursors()):
        before = now
        await asyncio.sleep(0.2)
    async with aclosing(fresh.follow(begin.cursor)) as batches:
        items = 0
        async for batch in batches:
            items += len(batch.items)
            if items:
                break
        await eventually(lambda: are_open(before + 1))
    await eventually(lambda: are_open(before))


async def test_large_items_leave_in_batches_of_bounded_size_from_memory_and_from_the_past(
    sea: Sea, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = await sea.feed(weigh=lambda _: 200_000)
    here = Follower(feed.follow(""))
    past = Follower(feed.follow(""))
    await here.read()
    await past.read()
    await past.close()
    await sea.write(60)
    await here.read_until(60)
    fresh = await sea.feed(weigh=lambda _: 200_000)
    again = await Follower(fresh.follow(past.cursor)).read_until(60)
    for one in (here, again):
        assert one.items == list(range(1, 61))
        assert one.largest <= 6
        await one.close()
