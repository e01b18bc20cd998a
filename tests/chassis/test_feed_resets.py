from contextlib import suppress

import pytest
from pymongo.errors import OperationFailure

from services.chassis import changes as changes_module
from services.chassis import mongo
from services.chassis.changes import HistoryLostError
from tests.chassis.sea import Follower, Sea
from tests.conftest import eventually


@pytest.mark.parametrize(
    "garbage",
    [
        "garbage",
        "zzzzzzzzzzzzzzzzzzzzzzzz",
        "82",
        "00" * 30,
        "FF" * 30,
        "82FFFFFFFF0000000129295A1004",
        "82" + "00" * 20,
        '{"$gt": ""}',
        "\x00",
    ],
)
async def test_a_cursor_that_is_none_begins_with_a_reset_of_now(sea: Sea, garbage: str) -> None:
    feed = await sea.feed()
    await sea.write(3)
    await eventually(lambda: feed._memory.end == 3)
    follower = Follower(feed.follow(garbage))
    while not follower.resets:
        assert not (await follower.read()).items
    await sea.write(2)
    await follower.read_until(5)
    assert follower.items == [4, 5]
    await follower.close()


async def test_a_cursor_whose_middle_is_damaged_begins_with_a_reset(sea: Sea) -> None:
    feed = await sea.feed()
    begin = Follower(feed.follow(""))
    await begin.read()
    await begin.close()
    await sea.write(3)
    fresh = await sea.feed()
    follower = Follower(fresh.follow(begin.cursor[:18] + "FF" + begin.cursor[20:]))
    while not follower.resets:
        assert not (await follower.read()).items
    await follower.close()


async def test_a_feed_that_was_interrupted_resumes_where_it_stopped(sea: Sea) -> None:
    feed = await sea.feed()
    follower = Follower(feed.follow(""))
    await follower.read()
    for until in (50, 100, 150):
        await sea.write(25)
        with suppress(OperationFailure):
            await sea.database.client.admin.command("killAllSessions", [])
        await sea.write(25)
        await follower.read_until(until)
    assert follower.items == list(range(1, 151))
    assert follower.resets == 1
    await follower.close()


async def test_a_feed_that_is_broken_off_says_so(sea: Sea, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = await sea.feed()

    async def fail(*_: object) -> None:
        raise ConnectionError("away")

    with monkeypatch.context() as patch:
        patch.setattr(changes_module.Changes, "next", fail)
        patch.setattr(changes_module.Changes, "open", fail)
        await eventually(lambda: not feed.live)
    await eventually(lambda: feed.live)


async def test_a_feed_that_lost_its_place_tells_every_follower_by_a_reset(
    sea: Sea, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = await sea.feed()
    waiting, late = Follower(feed.follow("")), Follower(feed.follow(""))
    for one in (waiting, late):
        await one.read()
    await sea.write(5)
    await waiting.read_until(5)
    lost = False
    real = changes_module.Changes.next

    async def lose_once(changes: changes_module.Changes) -> list[mongo.Document]:
        nonlocal lost
        if not lost:
            lost = True
            raise HistoryLostError("the oplog has moved on")
        return await real(changes)

    monkeypatch.setattr(changes_module.Changes, "next", lose_once)
    await eventually(lambda: lost and feed.live)
    for one in (waiting, late):
        while one.resets < 2:
            await one.read()
    await sea.write(5)
    for one in (waiting, late):
        await one.read_until(10)
        assert one.items[-5:] == [6, 7, 8, 9, 10]
        await one.close()
