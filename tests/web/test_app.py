"""The demo application itself: pages, the Conversations tool, what keys and screen readers find, each look of it."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from conversations.messaging.v1 import messaging_pb2
from playwright.async_api import Page, Route, ViewportSize, expect

from tests.conftest import eventually
from tests.web.application import Application, Person
from tests.web.world import Screen

pytestmark = pytest.mark.timeout(240, func_only=True)

AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"

WIDE = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=844)
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": WIDE, "color_scheme": "light"},
    "dark": {"viewport": WIDE, "color_scheme": "dark"},
    "phone": {"viewport": PHONE, "color_scheme": "light", "has_touch": True, "is_mobile": True},
}


async def _someone(app: Application, person: str, place: str, **look: Any) -> Person:
    """Somebody at a tab, in the common browser: quick, and always in front."""
    context = await app.world.browser.new_context(**{"viewport": WIDE, **look})
    app.world.contexts.append(context)
    await context.grant_permissions(["clipboard-read", "clipboard-write"], origin=app.address)
    screen = Screen.of(await context.new_page())
    name = next(one.name for one in app.host.people if one.person == person)
    somebody = Person(app, person, name, screen)
    path = place if place.startswith("/") else f"/projects/{app.host.project}/{place}"
    await screen.page.goto(f"{app.address}{path}?as={person}")
    await somebody.connected()
    return somebody


async def _axe(page: Page) -> list[str]:
    """What axe finds: the rule, and where."""
    # Not as a <script>: the page's policy would not have it.
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


async def _talk(app: Application, title: str = "Level 3 deck pour") -> str:
    """A group in which Dana has read something and not all, and is mentioned."""
    conversation = await app.group(title, "dana", "marco", "wei", "tom")
    for text in ("Pour is 310 m³.", "Two pumps, start 06:00.", "Who calls it off? https://example.com/weather"):
        await app.send(conversation, "marco", text)
    await app.send(conversation, "dana", "I do, by 04:00, in here.")
    await app.reads("dana", conversation, 4)
    await app.reads("wei", conversation, 4)
    await app.world.suite.messaging.SendMessage(
        messaging_pb2.SendMessageRequest(
            conversation=conversation,
            client_key="mention",
            parts=[
                messaging_pb2.MessagePart(person=messaging_pb2.PersonMention(person="dana", label="Dana")),
                messaging_pb2.MessagePart(text=" cover reads 40 mm on both faces."),
            ],
        ),
        metadata=app.as_person("tom"),
    )
    await app.send(conversation, "wei", "Then it is released from my side.")
    return conversation


@pytest.mark.parametrize("look", LOOKS)
async def test_axe_finds_nothing_on_any_page(gridline: Application, look: str) -> None:
    conversation = await _talk(gridline)
    dana = await _someone(gridline, "dana", "home", **LOOKS[look])
    page = dana.page
    foreign: list[str] = []
    ours = (gridline.address, "data:", "blob:", *gridline.host.gateway.values())
    page.on("request", lambda request: foreign.append(request.url) if not request.url.startswith(ours) else None)
    places = ["home", "rfis", "submittals", "change-orders", "punch", "rfis/114", "rfis/126"]
    for place in [*places, "/conversations", f"/conversations/{conversation}", "/settings/notifications"]:
        await dana.goes(place)
        await expect(page.get_by_role("heading", level=1).first).to_be_visible()
        if conversation in place:
            await expect(page.get_by_test_id("new")).to_be_visible()
            await dana.sees_message("Then it is released from my side.")
        await asyncio.sleep(0.4)  # what is loaded has come
        assert await _axe(page) == [], place
        across = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert across <= 0, f"{place} scrolls sideways"
    assert foreign == [], "nothing is loaded from elsewhere"
    assert dana.screen.errors == []


async def test_axe_finds_nothing_in_menus_and_dialogs(gridline: Application) -> None:
    conversation = await _talk(gridline)
    dana = await _someone(gridline, "dana", f"/conversations/{conversation}")
    page = dana.page
    await dana.sees_message("Then it is released from my side.")
    people = page.get_by_role("button", name="Signed in as Dana Whitfield")
    await people.click()
    await expect(page.get_by_role("dialog", name="Sign in as somebody else")).to_be_visible()
    assert await _axe(page) == []
    await page.keyboard.press("Escape")
    await expect(people).to_be_focused()
    for opener, dialog in (("New conversation", "New conversation"), ("4 members", "Members (4)")):
        await page.get_by_role("button", name=opener).click()
        await expect(page.get_by_role("dialog", name=dialog)).to_be_visible()
        assert await _axe(page) == [], dialog
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog", name=dialog)).to_have_count(0)
        await expect(page.get_by_role("button", name=opener)).to_be_focused()
    await page.get_by_role("textbox", name="Message", exact=True).fill("Ask @")
    await expect(page.get_by_role("listbox", name="People to mention")).to_be_visible()
    assert await _axe(page) == []


async def test_every_item_of_the_project_has_a_page_of_its_title(gridline: Application) -> None:
    dana = await _someone(gridline, "dana", "home")
    for item in gridline.host.items:
        await dana.goes(item.link)
        title = item.title.split(": ", 1)[1]
        await expect(dana.page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()


async def test_two_people_talk(gridline: Application) -> None:
    await gridline.group("Safety walk", "dana", "marco", "ben")
    dana = await _someone(gridline, "dana", "/conversations")
    marco = await _someone(gridline, "marco", "/conversations")
    for somebody in (dana, marco):
        await somebody.opens("Safety walk")
    field = dana.page.get_by_role("textbox", name="Message", exact=True)
    await field.press_sequentially("Openings on level 3, @mar", delay=20)
    await expect(marco.page.get_by_text("Dana is typing…")).to_be_visible()
    await expect(dana.page.get_by_role("option", name="Marco Ruiz")).to_be_visible()
    await field.press("Enter")
    await expect(field).to_have_value("Openings on level 3, @Marco Ruiz ")
    await field.press("Enter")
    await expect(field).to_have_value("")
    await marco.sees_message("Openings on level 3, @Marco Ruiz")
    await expect(marco.log.locator(".mention.mine")).to_have_text("@Marco Ruiz")
    await expect(marco.page.get_by_text("Dana is typing…")).to_have_count(0)
    await expect(dana.page.get_by_role("button", name="Seen by Marco Ruiz")).to_be_visible()

    await field.press("ArrowUp")
    edit = dana.page.get_by_role("textbox", name="Edit the message")
    await expect(edit).to_be_focused()
    await edit.fill("Openings on levels 3 and 4")
    await edit.press("Enter")
    await marco.sees_message("Openings on levels 3 and 4 (edited)")

    row = marco.log.get_by_role("article").filter(has_text="Openings")
    await row.hover()
    await row.get_by_role("button", name="Reply in a thread").click()
    reply = marco.page.get_by_role("textbox", name="Reply")
    await reply.fill("All covers are screwed down.")
    await reply.press("Enter")
    await expect(dana.log.get_by_role("button", name="1 reply")).to_be_visible()
    await dana.log.get_by_role("button", name="1 reply").click()
    replies = dana.page.get_by_role("log", name="Replies")
    await expect(replies.get_by_text("All covers are screwed down.")).to_be_visible()
    await dana.page.get_by_role("textbox", name="Reply").press("Escape")
    await expect(replies).to_have_count(0)

    mine = marco.log.get_by_role("article").filter(has_text="All covers")
    await mine.hover()
    await mine.get_by_role("button", name=re.compile("^Actions for the message")).click()
    await marco.page.get_by_role("menuitem", name="Delete…").click()
    await marco.page.get_by_role("button", name="Delete", exact=True).click()
    await dana.sees_message("This message was deleted")
    assert dana.screen.errors == marco.screen.errors == []


async def test_a_message_that_is_refused_is_shown_as_not_sent_and_can_be_tried_again(gridline: Application) -> None:
    conversation = await gridline.group("Crane", "dana", "marco")
    dana = await _someone(gridline, "dana", f"/conversations/{conversation}")

    async def refuse(route: Route) -> None:
        if route.request.method == "OPTIONS":
            await route.continue_()
            return
        headers = {"content-type": "application/grpc-web+proto", "grpc-status": "9", "grpc-message": "not now"}
        exposed = {"access-control-allow-origin": gridline.address, "access-control-expose-headers": "*"}
        await route.fulfill(status=200, headers={**headers, **exposed}, body=b"")

    await dana.page.route("**/SendMessage", refuse)
    field = dana.page.get_by_role("textbox", name="Message", exact=True)
    await field.fill("Lift at two")
    await field.press("Enter")
    await expect(dana.log.get_by_text("Not sent: not now")).to_be_visible()
    await dana.page.unroute("**/SendMessage")
    await dana.log.get_by_role("button", name="Try again").click()
    row = dana.log.get_by_role("article").filter(has_text="Lift at two")
    await expect(row).to_have_attribute("data-number", "1")


async def test_what_is_being_written_is_kept_for_each_conversation(gridline: Application) -> None:
    await gridline.group("One", "dana", "marco")
    await gridline.group("Other", "dana", "marco")
    dana = await _someone(gridline, "dana", "/conversations")
    field = dana.page.get_by_role("textbox", name="Message", exact=True)
    await dana.opens("One")
    await field.fill("Half a thought")
    await dana.opens("Other")
    await expect(field).to_have_value("")
    await dana.opens("One")
    await expect(field).to_have_value("Half a thought")
    await dana.page.reload()
    await expect(field).to_have_value("Half a thought")


async def _top(dana: Person, number: int) -> float:
    """Where a message stands on the screen, px from the top."""
    box = await dana.log.locator(f"article[data-number='{number}']").bounding_box()
    assert box is not None
    return box["y"]


async def _rests(dana: Person, number: int, before: float) -> float:
    """Where a message comes to rest after a turn of the wheel, px from the top: moved, and still for five frames."""
    return float(
        await dana.log.evaluate(
            """async (log, [number, before]) => {
                const row = () => log.querySelector(`article[data-number="${number}"]`);
                const end = performance.now() + 3_000;
                for (let at = before, still = 0; ; ) {
                    await new Promise(requestAnimationFrame);
                    const now = row()?.getBoundingClientRect().top ?? before;
                    still = now === at ? still + 1 : 0;
                    at = now;
                    if ((Math.abs(now - before) > 1 && still >= 5) || performance.now() > end) return now;
                }
            }""",
            [number, before],
        )
    )


async def test_a_long_conversation_opens_at_the_first_unread_and_pages_come_without_a_jump(
    gridline: Application,
) -> None:
    conversation = await gridline.group("Long", "dana", "marco")
    for number in range(1, 181):
        text = f"Line {number}" + " and what else there is to say about it" * (number % 7)
        await gridline.send(conversation, "marco", text)
    await gridline.reads("dana", conversation, 120)
    dana = await _someone(gridline, "dana", f"/conversations/{conversation}")
    new = dana.page.get_by_test_id("new")
    await expect(new).to_be_in_viewport()
    await expect(dana.log.locator("article[data-number='121']")).to_be_in_viewport()
    await expect(dana.page.get_by_role("button", name=re.compile("new$"))).to_be_visible()

    # Up, by the wheel, through two pages: what is on screen moves with the wheel and no further.
    await dana.page.mouse.move(900, 400)
    seen: set[int] = set()
    for _ in range(120):
        shown = await dana.log.evaluate(
            """log => {
                const frame = log.getBoundingClientRect();
                const middle = [...log.querySelectorAll("article[data-number]")]
                    .filter((one) => one.getBoundingClientRect().top > frame.top + 100);
                return Number(middle[0]?.dataset.number ?? 0);
            }"""
        )
        if shown == 0:
            # The rows are on their way.
            await asyncio.sleep(0.05)
            continue
        seen.add(shown)
        if shown <= 3:
            break
        before = await _top(dana, shown)
        at = await dana.log.evaluate("log => [log.scrollTop, log.scrollHeight]")
        await dana.page.mouse.wheel(0, -150)
        moved = await _rests(dana, shown, before) - before
        wanted = min(150, at[0]) if shown > 60 else 150
        assert moved == pytest.approx(wanted, abs=4) or at[0] < 200, f"{shown} moved by {moved}"
    assert min(seen) <= 3, "all of it can be reached"

    await dana.page.get_by_role("button", name=re.compile("(new|Jump to latest)$")).click()
    await expect(dana.log.locator("article[data-number='180']")).to_be_in_viewport()
    await dana.sees_total(0)
    await gridline.send(conversation, "marco", "And one more")
    await expect(dana.log.locator("article[data-number='181']")).to_be_in_viewport()


async def test_a_found_message_is_jumped_to(gridline: Application) -> None:
    conversation = await gridline.group("Facts", "dana", "marco")
    await gridline.send(conversation, "marco", "The hoist stops at ten for the inspection.")
    for number in range(120):
        await gridline.send(conversation, "marco", f"Line {number}")
    dana = await _someone(gridline, "dana", "home")
    await dana.page.keyboard.press("/")
    search = dana.page.get_by_role("searchbox", name="Search messages")
    await expect(search).to_be_focused()
    await search.fill("HOIST insp")
    found = dana.page.get_by_role("list", name="Found messages").get_by_role("link")
    await expect(found).to_have_count(1)
    await expect(found.locator("mark")).to_have_text(["hoist", "insp"])
    await found.click()
    await expect(dana.log.locator("article[data-number='1']")).to_be_in_viewport()
    await search.press("Escape")
    await expect(dana.row("Facts")).to_have_count(1)


async def test_keys_lead_through_list_and_pages(gridline: Application) -> None:
    for title in ("Third", "Second", "First"):
        conversation = await gridline.group(title, "dana", "marco")
        await gridline.send(conversation, "marco", "News")
    dana = await _someone(gridline, "dana", "home")
    page = dana.page
    await page.keyboard.type("gr")
    await expect(page.get_by_role("heading", level=1, name="RFIs")).to_be_visible()
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_have_count(0)
    await page.keyboard.type("gc")
    await dana.row("First").get_by_role("link").focus()
    await page.keyboard.press("ArrowDown")
    await expect(dana.row("Second").get_by_role("link")).to_be_focused()
    await page.keyboard.press("End")
    await expect(dana.row("Third").get_by_role("link")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1, name="Third")).to_be_visible()
    await expect(page.get_by_role("textbox", name="Message", exact=True)).to_be_focused()


async def test_the_first_words_about_an_item_begin_its_conversation(gridline: Application) -> None:
    dana = await _someone(gridline, "dana", "change-orders/019")
    sofia = await _someone(gridline, "sofia", "/conversations")
    panel = dana.page.get_by_role("complementary", name="Conversation about this item")
    await expect(panel.get_by_text("Nobody has written about this yet")).to_be_visible()
    await panel.get_by_role("textbox", name="Message", exact=True).fill("Then order it today.")
    await panel.get_by_role("button", name="Send", exact=True).click()
    await dana.sees_message("Then order it today.")
    title = "Change order 019: Helipad lighting controller"
    await sofia.sees_row(title, 1)
    await sofia.opens(title)
    await sofia.sees_message("Then order it today.")
    await sofia.page.get_by_role("link", name="Open the item").click()
    await expect(sofia.page.get_by_role("heading", level=1, name="Helipad lighting controller")).to_be_visible()
    await sofia.sees_message("Then order it today.")


async def test_nothing_moves_by_itself_while_a_page_loads(gridline: Application) -> None:
    conversation = await _talk(gridline)
    dana = await _someone(gridline, "dana", "home")
    await dana.page.add_init_script(
        """window.shifts = [];
        new PerformanceObserver((list) => {
            for (const one of list.getEntries()) if (!one.hadRecentInput) {
                window.shifts.push([one.value, ...one.sources.map(({ node }) => node?.className ?? "?")]);
            }
        }).observe({ type: "layout-shift", buffered: true });"""
    )
    for place in ("home", "rfis", "rfis/114", "/conversations", f"/conversations/{conversation}", "change-orders/017"):
        await dana.goes(place)
        await asyncio.sleep(1)
        shifts = await dana.page.evaluate("window.shifts")
        assert sum(shift[0] for shift in shifts) < 0.01, f"{place}: {json.dumps(shifts)}"


async def test_the_theme_that_was_chosen_stays(gridline: Application) -> None:
    dana = await _someone(gridline, "dana", "home", color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = await dana.page.evaluate(ground)
    await dana.page.get_by_role("button", name="Theme").click()
    await dana.page.get_by_role("menuitemradio", name="Dark").click()
    dark = await dana.page.evaluate(ground)
    assert dark != light
    await dana.page.reload()
    assert await dana.page.evaluate(ground) == dark


async def test_on_a_phone_the_list_leads_to_the_thread_and_back(gridline: Application) -> None:
    await _talk(gridline)
    dana = await _someone(gridline, "dana", "home", **LOOKS["phone"])
    page = dana.page
    await dana.icon.tap()
    await dana.row("Level 3 deck pour").get_by_role("link").tap()
    await dana.sees_message("Then it is released from my side.")
    await expect(page.get_by_role("list", name="Conversations", exact=True)).to_have_count(0)
    await page.get_by_role("link", name="Back to the list").tap()
    await expect(dana.row("Level 3 deck pour")).to_be_visible()
    await page.get_by_role("button", name="More").tap()
    await page.get_by_role("menuitem", name="Punch list").tap()
    await expect(page.get_by_role("heading", level=1, name="Punch list")).to_be_visible()


async def test_the_page_says_that_it_is_not_connected_and_keeps_what_is_written(gridline: Application) -> None:
    conversation = await _talk(gridline)
    dana = await _someone(gridline, "dana", f"/conversations/{conversation}")
    line = dana.page.get_by_test_id("connection")
    await expect(line).to_be_hidden()
    await dana.sees_message("Then it is released from my side.")
    gridline.world.envoy.kill()
    try:
        await expect(line).to_contain_text("Reconnecting… since")
        await dana.page.get_by_role("textbox", name="Message", exact=True).fill("Written without a network")
        await dana.page.keyboard.press("Enter")
        await expect(dana.log.get_by_text("Written without a network")).to_be_visible()
    finally:
        gridline.world.envoy.start()
    await expect(line).to_have_attribute("data-state", "connected", timeout=60_000)
    await expect(line).to_be_hidden()
    row = dana.log.get_by_role("article").filter(has_text="Written without a network")
    await expect(row).to_have_attribute("data-number", "7")


async def test_star_mute_and_mark_unread_from_the_list(gridline: Application) -> None:
    conversation = await _talk(gridline)
    dana = await _someone(gridline, "dana", "/conversations")
    title = "Level 3 deck pour"
    await dana.sees_total(2)
    row = dana.row(title)

    async def act(name: str) -> None:
        await row.hover()
        await row.get_by_role("button", name=f"Actions for {title}").click()
        await dana.page.get_by_role("menuitem", name=name, exact=True).click()

    await act("Mark as read")
    await dana.sees_total(0)
    await act("Mark as unread")
    await dana.sees_total(1)
    await act("Mute until I unmute it")
    await dana.sees_total(0)
    await expect(row.get_by_role("link")).to_have_accessible_name(re.compile(f"^{title} muted .* 1 unread$"))
    await act("Unmute")
    await dana.sees_total(1)
    await act("Star")
    await dana.page.get_by_role("button", name="Starred", exact=True).click()
    await expect(dana.row(title)).to_have_count(1)

    async def kept() -> bool:
        listings = await gridline.world.suite.messaging.ListConversations(
            messaging_pb2.ListConversationsRequest(starred=True), metadata=gridline.as_person("dana")
        )
        return [one.conversation.conversation for one in listings.listings] == [conversation]

    await eventually(kept)
