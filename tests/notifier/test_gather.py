"""One question to presence for many who ask."""

import asyncio
from collections.abc import Collection

import pytest

from services.notifier.gather import Locator
from services.notifier.records import Whereabouts


class SlowPresence:
    def __init__(self) -> None:
        self.asked: list[tuple[str, set[str]]] = []
        self.answer = asyncio.Event()

    async def locate(self, tenant: str, persons: Collection[str]) -> Whereabouts:
        self.asked.append((tenant, set(persons)))
        await self.answer.wait()
        return Whereabouts(known=True, clients=dict.fromkeys(persons, ()))


async def test_who_asks_during_a_call_shares_the_next_one_and_never_gets_an_older_answer() -> None:
    presence = SlowPresence()
    locator = Locator(presence.locate)
    first = asyncio.create_task(locator.locate("acme", ["ann"]))
    while not presence.asked:
        await asyncio.sleep(0)
    others = [asyncio.create_task(locator.locate("acme", [name])) for name in ("bob", "cem")]
    rival = asyncio.create_task(locator.locate("rival", ["ann"]))
    while len(presence.asked) < 2:
        await asyncio.sleep(0)
    assert presence.asked == [("acme", {"ann"}), ("rival", {"ann"})]
    presence.answer.set()
    await asyncio.gather(first, *others, rival)
    assert presence.asked[2:] == [("acme", {"bob", "cem"})]
    assert set(first.result().clients) == {"ann"}


async def test_one_who_gives_up_takes_the_answer_from_nobody() -> None:
    presence = SlowPresence()
    locator = Locator(presence.locate)
    tasks = [asyncio.create_task(locator.locate("acme", [name])) for name in ("ann", "bob")]
    await asyncio.sleep(0)
    tasks[0].cancel()
    presence.answer.set()
    assert (await tasks[1]).known


async def test_a_failure_reaches_everybody_who_waits_and_the_next_question_is_asked_again() -> None:
    answers = [ValueError("broken")]
    asked, go = asyncio.Event(), asyncio.Event()

    async def locate(_tenant: str, _persons: Collection[str]) -> Whereabouts:
        if answers:
            asked.set()
            await go.wait()
            raise answers.pop()
        return Whereabouts(known=True)

    locator = Locator(locate)
    first = asyncio.create_task(locator.locate("acme", ["ann"]))
    await asked.wait()
    second = asyncio.create_task(locator.locate("acme", ["bob"]))
    await asyncio.sleep(0)
    go.set()
    for task in (first, second):
        with pytest.raises(ValueError, match="broken"):
            await task
    assert (await locator.locate("acme", ["ann"])).known


async def test_nobody_to_find_is_no_question() -> None:
    presence = SlowPresence()
    assert (await Locator(presence.locate).locate("acme", [])).known
    assert presence.asked == []
