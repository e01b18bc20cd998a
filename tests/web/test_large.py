"""A conversation of ten thousand messages and a list of a thousand conversations: nothing is lost, nothing jumps.

Asserted is what is not a time. The times are printed: `make bench-browser`.
"""

import asyncio
import os
import sys
import uuid
from collections.abc import AsyncIterator, Coroutine
from statistics import median
from typing import Any

import pytest
from conversations.messaging.v1 import messaging_pb2
from playwright.async_api import expect

from tests.conftest import eventually
from tests.web.application import Application, Person, application_of
from tests.web.world import World

MESSAGES = int(os.environ.get("BENCH_MESSAGES", "10000"))
CONVERSATIONS = int(os.environ.get("BENCH_CONVERSATIONS", "1000"))
ROWS = 150
"""More rows than this are never in the page, however long the list is."""

TITLE = "Long one"

pytestmark = pytest.mark.timeout(400, func_only=True)

Figures = dict[str, str]

FRAMES = """
window.frames = [];
let last = performance.now();
const next = (now) => { window.frames.push(now - last); last = now; requestAnimationFrame(next); };
requestAnimationFrame(next);
"""
"""In a page: the time between frames, ms."""

STEP = 300
"""The wheel turns over the list by so much at a time, px: less than half a screen, so that no row is passed."""

LOOK = """
async list => {
    const scroller = list.parentElement;
    const box = scroller.getBoundingClientRect();
    const end = performance.now() + 10_000;
    for (let at = -1, still = 0; ; ) {
        await new Promise(requestAnimationFrame);
        still = scroller.scrollTop === at ? still + 1 : 0;
        at = scroller.scrollTop;
        const rows = [...list.querySelectorAll("[data-conversation]")];
        const places = new Map(rows.map((row) => [row, row.getBoundingClientRect()]));
        const shown = rows.filter((row) => places.get(row).bottom > box.top && places.get(row).top < box.bottom);
        const covered = shown.reduce((sum, row) =>
            sum + Math.min(places.get(row).bottom, box.bottom) - Math.max(places.get(row).top, box.top), 0);
        const filled = covered >= Math.min(box.height, list.getBoundingClientRect().bottom - box.top) - 2;
        if ((still >= 2 && filled) || performance.now() > end) {
            return { shown: shown.map((row) => row.dataset.conversation), filled, at,
                     rows: rows.length, held: Number(rows[0]?.ariaSetSize) };
        }
    }
}
"""
"""Once the list stands still: which rows are on the screen and whether they fill it, how many are in the page, and how
many the list holds."""


@pytest.fixture(scope="module")
async def figures() -> AsyncIterator[Figures]:
    """What was measured; printed at the end."""
    found: Figures = {}
    yield found
    lines = [f"| {what} | {value} |" for what, value in found.items()]
    sys.stdout.write("\n".join(["", "| what | measured |", "| --- | --- |", *lines, ""]))


@pytest.fixture(scope="module")
async def large(world: World) -> AsyncIterator[tuple[Application, str]]:
    """A tenant with a long conversation and many; and the long one's id."""
    async with application_of(world) as application:
        long = await application.group(TITLE, "marco", "dana")
        await _all(
            [
                _send(application, long, f"Message {number + 1}: forms are up on line {number % 17}")
                for number in range(MESSAGES)
            ]
        )
        await _all([_conversation(application, number) for number in range(CONVERSATIONS - 1)])
        yield application, long


async def _all(what: list[Coroutine[Any, Any, None]]) -> None:
    few = asyncio.Semaphore(64)

    async def one(coroutine: Coroutine[Any, Any, None]) -> None:
        async with few:
            await coroutine

    await asyncio.gather(*map(one, what))


async def _send(application: Application, conversation: str, text: str) -> None:
    await application.world.suite.messaging.SendMessage(
        messaging_pb2.SendMessageRequest(conversation=conversation, client_key=uuid.uuid4().hex, text=text),
        metadata=application.as_person("marco"),
        timeout=60,
    )


async def _conversation(application: Application, number: int) -> None:
    conversation = await application.group(f"Talk {number + 1}", "marco", "dana")
    await _send(application, conversation, "One line")


@pytest.fixture
async def dana(large: tuple[Application, str]) -> AsyncIterator[Person]:
    application, _ = large
    person = await application.person("dana")
    await application.reads("dana", large[1], MESSAGES)
    await person.screen.do(FRAMES)
    yield person
    assert person.screen.errors == []
    await application.world.end()
    application.profiles.clear()


def _frames(name: str, frames: list[float], figures: Figures) -> None:
    ordered = sorted(frames)
    late = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    figures[name] = f"median {median(frames):.1f} ms, p95 {late:.1f} ms, worst {ordered[-1]:.1f} ms"


async def _shown(person: Person) -> tuple[list[int], int]:
    """The numbers of the messages in the page, and how many rows there are."""
    found = await person.log.evaluate(
        "log => [[...log.querySelectorAll('article[data-number]')].map((one) => Number(one.dataset.number)), "
        "log.querySelectorAll('.messages-row').length]"
    )
    return found[0], found[1]


async def _filled(person: Person) -> bool:
    """Whether there is a row wherever one looks, from the top of the log to its end."""
    return bool(
        await person.log.evaluate(
            """log => {
                const { top, height, left, width } = log.getBoundingClientRect();
                return [0.1, 0.3, 0.5, 0.7, 0.9].every((share) => document
                    .elementsFromPoint(left + width / 2, top + height * share)
                    .some((one) => one.closest(".messages-row") !== null));
            }"""
        )
    )


async def _wheel(person: Person, by: int, steps: int) -> None:
    await person.log.hover()
    for _ in range(steps):
        await person.page.mouse.wheel(0, by)
        await asyncio.sleep(0.03)


async def test_the_long_conversation_opens_at_once_and_scrolls_without_a_gap(
    large: tuple[Application, str], dana: Person, figures: Figures
) -> None:
    application, long = large
    row = dana.page.get_by_role("list", name="Conversations", exact=True)
    begun = await dana.screen.do("performance.now()")
    await dana.goes(f"/conversations/{long}")
    last = dana.log.locator(f"article[data-number='{MESSAGES}']")
    await expect(last).to_be_visible(timeout=30_000)
    figures[f"a page with a conversation of {MESSAGES:,} messages, from its load to its last message"] = (
        f"{await dana.screen.do('performance.now()'):.0f} ms"
    )
    assert begun
    await expect(row).to_be_visible(timeout=30_000)
    await dana.screen.do(FRAMES)

    # Back through two thousand messages: each is shown, none twice, and never more than a screen and a bit.
    seen: set[int] = set()
    goal = max(1, MESSAGES - 2_000)
    most = 0
    for turn in range(400):
        await _wheel(dana, -900, 3)
        numbers, rows = await _shown(dana)
        assert len(numbers) == len(set(numbers))
        most = max(most, rows)
        seen |= set(numbers)
        if numbers and min(numbers) <= goal:
            break
        if len(seen) < 200 and turn > 100:
            break  # nothing more comes
    assert min(seen) <= goal
    _frames("frames while scrolling back through 2,000 messages", await dana.screen.do("frames"), figures)
    figures["rows of messages in the page at most"] = str(most)
    assert most <= ROWS
    await eventually(lambda: _filled(dana), timeout_s=15)
    missing = set(range(min(seen), MESSAGES + 1)) - seen
    # Between two looks a fast wheel may have passed some: they must be there when one goes to them.
    for number in sorted(missing)[:: max(1, len(missing) // 5)]:
        await dana.goes(f"/conversations/{long}?message={number}")
        await expect(dana.log.locator(f"article[data-number='{number}']")).to_be_visible(timeout=30_000)
    assert application.host.tenant


async def test_what_is_read_stays_where_it_is_while_earlier_pages_come(
    large: tuple[Application, str], dana: Person
) -> None:
    _, long = large
    await dana.goes(f"/conversations/{long}")
    await expect(dana.log.locator(f"article[data-number='{MESSAGES}']")).to_be_visible(timeout=30_000)
    for _ in range(6):
        await _wheel(dana, -2_500, 3)
        # Once the wheel is over, what is in the middle of the screen is followed for a second while pages come.
        moved = await dana.log.evaluate(
            """async log => {
                const box = log.getBoundingClientRect();
                const find = () => [...log.querySelectorAll("article[data-number]")]
                    .find((one) => one.getBoundingClientRect().bottom > box.top + box.height / 2);
                const place = () => {
                    const one = find();
                    return one === undefined ? "" : `${one.dataset.number} ${one.getBoundingClientRect().top}`;
                };
                const late = performance.now() + 10_000;
                for (let at = "", still = 0; still < 10 && performance.now() < late; ) {
                    await new Promise(requestAnimationFrame);
                    const now = place();
                    still = now !== "" && now === at ? still + 1 : 0;
                    at = now;
                }
                const middle = find();
                const number = middle.dataset.number;
                const from = middle.getBoundingClientRect().top;
                let most = 0;
                const end = performance.now() + 1000;
                while (performance.now() < end) {
                    await new Promise(requestAnimationFrame);
                    const now = log.querySelector(`article[data-number="${number}"]`);
                    most = Math.max(most, now === null ? Infinity : Math.abs(now.getBoundingClientRect().top - from));
                }
                return most;
            }"""
        )
        assert moved <= 2, f"it moved by {moved} px"
        await eventually(lambda: _filled(dana), timeout_s=15)


async def test_every_message_is_reached_by_its_address(large: tuple[Application, str], dana: Person) -> None:
    _, long = large
    for number in (1, MESSAGES // 4, MESSAGES // 2, MESSAGES - 1, MESSAGES):
        await dana.goes(f"/conversations/{long}?message={number}")
        shown = dana.log.locator(f"article[data-number='{number}']")
        await expect(shown).to_be_visible(timeout=30_000)
        await expect(shown).to_contain_text(f"Message {number}:")
        await expect(shown).to_be_in_viewport()
        assert (await _shown(dana))[1] <= ROWS
    await dana.goes(f"/conversations/{long}?message=1")
    await expect(dana.log.get_by_text("This is where the conversation begins")).to_be_visible(timeout=30_000)


async def test_a_thousand_conversations_are_scrolled_to_the_last_one(
    large: tuple[Application, str], dana: Person, figures: Figures
) -> None:
    assert large
    entries = dana.page.get_by_role("list", name="Conversations", exact=True)
    await dana.goes("/conversations")
    await expect(entries.get_by_role("listitem").first).to_be_visible(timeout=30_000)
    figures[f"a page with {CONVERSATIONS:,} conversations, from its load to the first row"] = (
        f"{await dana.screen.do('performance.now()'):.0f} ms"
    )
    await dana.screen.do(FRAMES)
    # Of the list, and not of a row: going to a row beside the screen would scroll by itself.
    await dana.page.get_by_role("region", name="Your conversations").hover()
    seen: set[str] = set()
    most, at = 0, 0
    for _ in range(2 * CONVERSATIONS):
        look = await entries.evaluate(LOOK)
        assert look["filled"], f"blank at {look['at']} px of the list"
        assert len(look["shown"]) == len(set(look["shown"]))
        most = max(most, look["rows"])
        seen |= set(look["shown"])
        if len(seen) == CONVERSATIONS:
            break
        if look["at"] == at:
            await asyncio.sleep(0.05)  # the next page is on its way
        at = look["at"]
        await dana.page.mouse.wheel(0, STEP)
    _frames(f"frames while scrolling through {CONVERSATIONS:,} conversations", await dana.screen.do("frames"), figures)
    figures["rows of conversations in the page at most"] = str(most)
    assert len(seen) == CONVERSATIONS, f"the list holds {look['held']}, and ends at {at} px"
    assert most <= ROWS
