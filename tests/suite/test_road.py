"""The whole road: a message sent becomes a badge, a banner and a push, each in its right place."""

import asyncio
from typing import Any

import pytest
from conversations.notifier.v1 import notifier_pb2 as pb

from tests.conftest import eventually
from tests.suite.conftest import Suite


async def test_one_message_is_told_to_each_person_once_in_the_right_place(suite: Suite) -> None:
    conversation = await suite.group("ann", "bob", "cem", "dan", "eve")
    await suite.register("dan")
    bob = await suite.attach("bob", focused=True)
    cem = await suite.attach("cem", focused=True, conversation=conversation)
    eve = await suite.attach("eve", focused=False)
    number = await suite.send(conversation, "ann", "Cylinders\u202e at noon\x07")
    tag = f"{conversation}:{number}"

    for client in (bob, cem, eve):
        await eventually(lambda client=client: client.badges == {conversation: 1} and client.total == 1)
    await eventually(lambda: bob.tags() == [tag] and eve.tags() == [tag])
    await eventually(lambda: suite.pushes() == {"dan": [tag]})
    assert cem.banners == []
    assert (bob.banners[0].surface, bob.banners[0].tab) == (pb.SURFACE_BANNER, "tab-1")
    assert eve.banners[0].surface == pb.SURFACE_BROWSER
    assert bob.banners[0].text == "Cylinders at noon"
    assert (bob.banners[0].author, bob.banners[0].title) == ("ann", "Level 3 slab")

    (alert,) = await suite.alerts(conversation)
    reasons = {decision.person: pb.Reason.Name(decision.reason) for decision in alert.decisions}
    assert reasons == {"bob": "REASON_TAB_IN_USE", "cem": "REASON_VIEWING", "eve": "REASON_TAB_OPEN"}
    assert (alert.persons, alert.common.surface) == (4, pb.SURFACE_PUSH)
    assert await suite.total("ann") == 0
    assert await suite.total("dan") == 1


async def test_reading_clears_the_badge_at_once_and_takes_the_banner_back(suite: Suite) -> None:
    conversation = await suite.group("ann", "bob")
    first = await suite.attach("bob", focused=True)
    for _ in range(3):
        await suite.send(conversation, "ann")
    # What follows at once becomes one banner with a count; a slow machine may need more of them.
    await eventually(lambda: first.total == 3 and sum(banner.count for banner in first.banners) == 3)
    shown = {banner.tag for banner in first.banners}
    await suite.read("bob", conversation, 2)
    await eventually(lambda: first.badges == {conversation: 1} and first.total == 1)
    await eventually(lambda: set(first.dismissed) == shown - {f"{conversation}:3"})
    await suite.read("bob", conversation, 3)
    await eventually(lambda: first.badges == {conversation: 0} and first.total == 0)
    await eventually(lambda: set(first.dismissed) == shown)


@pytest.mark.parametrize("victim", ["unread", "notifier", "presence", "messaging"])
async def test_a_killed_service_comes_back_and_nothing_is_lost_or_told_twice(suite: Suite, victim: str) -> None:
    conversation = await suite.group("ann", "bob", "dan")
    await suite.register("dan")
    bob = await suite.attach("bob", focused=True)
    numbers: list[int] = []

    async def talk() -> None:
        for turn in range(40):
            numbers.append(await suite.send(conversation, "ann", f"message {turn}"))
            await asyncio.sleep(0.02)

    talking = asyncio.create_task(talk())
    await eventually(lambda: len(numbers) >= 10)
    await asyncio.to_thread(suite.processes[victim].kill)
    await asyncio.sleep(0.3)
    await asyncio.to_thread(suite.processes[victim].start)
    await talking

    assert numbers == list(range(1, 41))
    await eventually(lambda: bob.badges == {conversation: 40} and bob.total == 40, timeout_s=30)

    async def totals() -> bool:
        return [await suite.total(person) for person in ("ann", "bob", "dan")] == [0, 40, 40]

    await eventually(totals, timeout_s=30)
    tags = [f"{conversation}:{number}" for number in numbers]

    async def decided() -> bool:
        return [alert.number for alert in await suite.alerts(conversation)] == numbers

    await eventually(decided, timeout_s=30)

    async def sent() -> bool:
        deliveries = await suite.deliveries(conversation)
        states = {delivery.number: delivery.state for delivery in deliveries if delivery.person == "dan"}
        return states == dict.fromkeys(numbers, pb.DELIVERY_STATE_SENT)

    await eventually(sent, timeout_s=30)
    # The same push may be handed over again after a crash between the sending and the note of it: the phone replaces
    # it by its tag. Nothing is missing, and nobody else was told.
    # What left together is one push with a count: its other messages say into which they went.
    pushes: dict[str, Any] = suite.pushes()
    told = set(pushes["dan"])
    collapsed = {
        f"{conversation}:{delivery.number}"
        for delivery in await suite.deliveries(conversation)
        if delivery.person == "dan" and delivery.collapsed_into
    }
    assert told | collapsed == set(tags)
    if victim != "notifier":
        assert len(pushes["dan"]) == len(told)
        assert not told & collapsed
    assert len(set(bob.tags())) == len(bob.tags()), "a banner was shown twice"
