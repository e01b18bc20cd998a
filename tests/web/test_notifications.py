"""Banners, notification settings and "why was I not notified?", at the screen."""

import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from conversations.messaging.v1 import messaging_pb2
from conversations.notifier.v1 import notifier_pb2 as pb
from conversations.unread.v1 import unread_pb2
from playwright.async_api import Locator, Page, Route, expect

from tests.conftest import eventually
from tests.web.application import Application, Person
from tests.web.conftest import ROOT
from tests.web.world import quiet

pytestmark = pytest.mark.timeout(240, func_only=True)

SLAB = "Level 3 slab"
SETTINGS = "/settings/notifications"
BANNER_MS = 6_000
"""How long a banner stays (web/client, README)."""


@pytest.fixture
async def dana(gridline: Application) -> Person:
    """Dana at her desk: she looks at the project's first page and has just moved the mouse."""
    person = await gridline.person("dana")
    await ready(person)
    return person


async def ready(person: Person) -> None:
    """The services know that somebody looks at this tab."""
    await person.looks()
    await person.app.looks_at(person.person)


def banner(person: Person, text: str) -> Locator:
    """The banner with a text."""
    return person.banners.filter(has_text=text)


@asynccontextmanager
async def _failing(page: Page, method: str, status: int = 13) -> AsyncIterator[None]:
    """Every call of a method ends with a status meanwhile, before it has left the browser."""

    async def end(route: Route) -> None:
        if route.request.method == "OPTIONS":
            await route.continue_()
            return
        origin = route.request.headers.get("origin", "*")
        headers = {
            "access-control-allow-origin": origin,
            "access-control-expose-headers": "grpc-status,grpc-message",
            "content-type": "application/grpc-web+proto",
            "grpc-status": str(status),
            "grpc-message": "no",
        }
        await route.fulfill(status=200, headers=headers)

    pattern = re.compile(rf"/{method}$")
    await page.route(pattern, end)
    try:
        yield
    finally:
        await page.unroute(pattern, end)


# Banners


async def test_a_banner_says_who_where_and_what_and_leads_to_the_message(gridline: Application, dana: Person) -> None:
    slab = await gridline.group(SLAB, "marco", "dana")
    await gridline.send(slab, "marco", "Are you on site?")
    shown = banner(dana, "Are you on site?")
    await expect(shown).to_be_visible()
    await expect(shown).to_contain_text("Marco Ruiz")
    await expect(shown).to_contain_text(SLAB)
    assert await shown.get_attribute("data-tag") == f"{slab}:1"
    # Said once to screen readers; an edit replaces the text where it stands, and says nothing again.
    spoken = dana.page.get_by_test_id("banner-spoken")
    await expect(spoken).to_have_text(f"Marco Ruiz in {SLAB}: Are you on site?")
    await shown.hover()
    await gridline.world.suite.messaging.EditMessage(
        messaging_pb2.EditMessageRequest(
            conversation=slab, number=1, client_key=uuid.uuid4().hex, text="Are you at the gate?"
        ),
        metadata=gridline.as_person("marco"),
    )
    await expect(dana.banners).to_contain_text("Are you at the gate?")
    await expect(spoken).to_have_text(f"Marco Ruiz in {SLAB}: Are you on site?")
    await expect(dana.banners).to_have_count(1)
    await dana.banners.get_by_role("link").click()
    await expect(dana.page).to_have_url(f"{gridline.address}/conversations/{slab}?message=1")
    await expect(dana.banners).to_have_count(0)


async def test_a_banner_stays_while_the_pointer_rests_on_it_and_moves_nothing(
    gridline: Application, dana: Person
) -> None:
    slab = await gridline.group(SLAB, "marco", "dana")
    page = await dana.page.locator("main").bounding_box()
    await gridline.send(slab, "marco", "Stay a while")
    shown = banner(dana, "Stay a while")
    await shown.hover()
    assert await dana.page.locator("main").bounding_box() == page
    await dana.still()
    place = await shown.bounding_box()
    await quiet(BANNER_MS / 1000 + 1)
    assert await shown.count() == 1
    # One that comes meanwhile does not push it away from under the pointer.
    await gridline.send(await gridline.group("Gate", "marco", "dana"), "marco", "Another one")
    await expect(banner(dana, "Another one")).to_be_visible()
    await quiet(0.5)
    assert await shown.bounding_box() == place
    # The newest stands below it, and that is where the keyboard goes.
    await dana.page.keyboard.press("F6")
    await expect(banner(dana, "Another one").get_by_role("link")).to_be_focused()
    await dana.page.evaluate("document.activeElement.blur()")
    await dana.page.mouse.move(400, 500)
    # It has stood for longer than its time by now.
    await quiet(BANNER_MS / 1000 - 4)
    assert await shown.count() == 1, "its whole time begins again"
    await expect(dana.banners).to_have_count(0)
    await dana.sees_total(2)


async def test_a_reply_is_written_from_the_banner_and_one_that_fails_is_kept(
    gridline: Application, dana: Person
) -> None:
    slab = await gridline.group(SLAB, "marco", "dana")
    await gridline.send(slab, "marco", "Are you on site?")
    shown = banner(dana, "Are you on site?")
    await shown.get_by_role("button", name="Reply", exact=True).click()
    field = shown.get_by_role("textbox", name="Reply to Marco Ruiz")
    await expect(field).to_be_focused()
    await field.fill("Ten minutes")
    async with _failing(dana.page, "SendMessage", status=7):
        await field.press("Enter")
        await expect(shown.get_by_role("alert")).to_contain_text("Not sent")
    await expect(field).to_have_value("Ten minutes")
    # What was begun does not vanish with the time of the banner.
    await dana.page.mouse.move(400, 500)
    await quiet(BANNER_MS / 1000 + 1)
    await expect(field).to_have_value("Ten minutes")
    await field.press("Enter")
    await expect(dana.banners).to_have_count(0)
    page = await gridline.world.suite.messaging.ListMessages(
        messaging_pb2.ListMessagesRequest(conversation=slab), metadata=gridline.as_person("marco")
    )
    assert [(one.author, one.text) for one in page.messages][1:] == [("dana", "Ten minutes")]
    await dana.sees_total(0)


async def test_the_keyboard_goes_to_the_newest_banner_and_dismisses_it(gridline: Application, dana: Person) -> None:
    slab, gate = [await gridline.group(title, "marco", "dana") for title in (SLAB, "Gate")]
    await gridline.send(slab, "marco", "First")
    await expect(banner(dana, "First")).to_be_visible()
    await gridline.send(gate, "marco", "Second")
    await expect(banner(dana, "Second")).to_be_visible()
    before = dana.icon
    await before.focus()
    await dana.page.keyboard.press("F6")
    await expect(banner(dana, "Second").get_by_role("link")).to_be_focused()
    await dana.page.keyboard.press("Escape")
    await expect(banner(dana, "Second")).to_have_count(0)
    await expect(banner(dana, "First").get_by_role("link")).to_be_focused()
    await quiet(BANNER_MS / 1000)
    assert await banner(dana, "First").count() == 1, "the focus holds it as the pointer does"
    await dana.page.keyboard.press("Escape")
    await expect(dana.banners).to_have_count(0)
    await expect(before).to_be_focused()


async def test_three_banners_stand_and_the_rest_is_one_line(gridline: Application, dana: Person) -> None:
    for number in range(1, 6):
        long = " with a title that is far longer than the place that there is for it in a banner" * (number % 2)
        conversation = await gridline.group(f"Group {number}{long}", "marco", "dana")
        await gridline.send(conversation, "marco", f"Message {number}")
        await expect(dana.page.get_by_test_id("banner-spoken")).to_contain_text(f"Message {number}")
        if number == 1:
            await dana.banners.first.hover()
    more = dana.page.get_by_role("button", name="+2 more")
    await expect(more).to_be_visible()
    await expect(dana.banners).to_have_count(3)
    await more.click()
    await expect(dana.banners).to_have_count(5)
    await expect(more).to_have_count(0)
    await dana.still()
    boxes = [await one.bounding_box() for one in await dana.banners.all()]
    assert len({(round(box["x"]), round(box["width"])) for box in boxes if box is not None}) == 1, "all of one width"


# Settings


async def test_every_switch_is_saved_and_can_follow_the_company_again(gridline: Application) -> None:
    dana = await gridline.person("dana", place=SETTINGS)
    for name, title in (
        ("in_app", "Banners"),
        ("browser", "Browser notifications"),
        ("push", "Pushes"),
        ("direct", "Direct messages"),
        ("group", "Groups"),
        ("item", "Items"),
        ("mentions", "Mentions"),
        ("mention_breaks_mute", "Mentions in muted conversations"),
    ):
        switch = dana.page.get_by_role("switch", name=title, exact=True)
        row = dana.page.locator(f"[data-setting={_camel(name)}]")
        held = name != "mention_breaks_mute"
        await expect(row.get_by_text("Company default", exact=True)).to_be_visible()
        assert await switch.is_checked() == held
        await switch.click()
        await _holds(gridline, "dana", name, not held, own=True)
        await row.get_by_role("button", name=f"Use company default for {title}").click()
        await _holds(gridline, "dana", name, held, own=False)
        await expect(switch).to_be_checked(checked=held)
    await dana.page.get_by_role("radio", name="Always", exact=True).check()
    await _holds(gridline, "dana", "push_timing", pb.PUSH_TIMING_ALWAYS, own=True)
    await dana.page.get_by_role("combobox", name="If you walk away").select_option("2 min")
    await _holds(gridline, "dana", "escalation_delay_ms", 120_000, own=True)
    # What the company decides is shown as that, and changed on another device it is seen on coming back.
    await gridline.world.suite.notifier.UpdatePreferences(
        pb.UpdatePreferencesRequest(preferences=pb.Preferences(group=False)), metadata=gridline.as_person("dana")
    )
    await dana.page.evaluate("window.dispatchEvent(new Event('focus'))")
    await expect(dana.page.get_by_role("switch", name="Groups", exact=True)).not_to_be_checked()
    assert dana.screen.errors == []


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


async def _preferences(gridline: Application, person: str) -> pb.GetPreferencesResponse:
    answer = await gridline.world.suite.notifier.GetPreferences(
        pb.GetPreferencesRequest(), metadata=gridline.as_person(person)
    )
    assert isinstance(answer, pb.GetPreferencesResponse)
    return answer


async def _holds(gridline: Application, person: str, name: str, value: Any, *, own: bool) -> None:
    """Waits until a preference has a value, chosen or not."""
    field = pb.PreferenceField.Value(f"PREFERENCE_FIELD_{name.upper()}")

    async def there() -> bool:
        held = await _preferences(gridline, person)
        return getattr(held.effective, name) == value and (field in held.own) == own

    await eventually(there)


async def test_a_change_that_is_not_saved_is_said_and_can_be_tried_again_or_undone(gridline: Application) -> None:
    dana = await gridline.person("dana", place=SETTINGS)
    switch = dana.page.get_by_role("switch", name="Groups", exact=True)
    row = dana.page.locator("[data-setting=group]")
    async with _failing(dana.page, "UpdatePreferences"):
        await switch.click()
        await expect(row.get_by_role("status")).to_contain_text("Not saved: the server had a problem")
        await expect(switch).not_to_be_checked()
        await row.get_by_role("button", name="Undo").click()
        await expect(switch).to_be_checked()
        await switch.click()
        await expect(row.get_by_role("status")).to_contain_text("Not saved")
    await row.get_by_role("button", name="Try again").click()
    await expect(row.get_by_role("status")).to_be_empty()
    await _holds(gridline, "dana", "group", value=False, own=True)


async def _explained(gridline: Application, person: str, conversation: str, number: int) -> pb.Explanation:
    """The explanation, once there is a decision."""
    found: list[pb.Explanation] = []

    async def there() -> bool:
        try:
            answer = await gridline.world.suite.notifier.ExplainAlert(
                pb.ExplainAlertRequest(conversation=conversation, number=number), metadata=gridline.as_person(person)
            )
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise
            return False
        found.append(answer.explanation)
        return True

    await eventually(there)
    return found[-1]


async def test_what_is_chosen_on_the_page_decides_what_she_is_told_of(gridline: Application) -> None:
    dana = await gridline.person("dana", place=SETTINGS)
    slab = await gridline.group(SLAB, "marco", "dana")
    await ready(dana)

    def switched(title: str) -> Callable[[], Awaitable[None]]:
        return lambda: dana.page.get_by_role("switch", name=title, exact=True).click()

    async def tells(reason: str) -> None:
        async def decided() -> bool:
            # What was chosen reaches the notifier's replicas by its feed: a message later than that is decided by it.
            number = await gridline.send(slab, "marco", f"Is it {reason}?")
            explanation = await _explained(gridline, "dana", slab, number)
            return pb.Reason.Name(explanation.decision.reason) == f"REASON_{reason}"

        await eventually(decided)
        # What was told lies over the page, at the place of some of its switches.
        await dana.page.evaluate("conversations.banners.value.forEach(({ tag }) => conversations.dismiss(tag))")

    await tells("TAB_IN_USE")
    for change, reason, back in (
        (switched("Banners"), "IN_APP_OFF", switched("Banners")),
        (switched("On this browser"), "IN_APP_OFF", switched("On this browser")),
        (switched("Groups"), "KIND_OFF", switched("Groups")),
        (
            lambda: dana.page.get_by_role("button", name="1 hour").click(),
            "SNOOZED",
            lambda: dana.page.get_by_role("button", name="End now").click(),
        ),
        (
            lambda: _always_quiet(dana),
            "DO_NOT_DISTURB",
            lambda: dana.page.get_by_role("button", name="Clear all").click(),
        ),
    ):
        await change()
        await tells(reason)
        await back()
        await tells("TAB_IN_USE")

    # Of one conversation: chosen at its head, listed on the page, and changed there.
    await dana.opens(SLAB)
    await dana.page.get_by_role("button", name=re.compile("^Notifications of this conversation")).click()
    await dana.page.get_by_role("menuitemradio", name="Nothing").click()
    chosen = dana.page.get_by_role("button", name="Notifications of this conversation: Nothing", exact=True)
    await expect(chosen).to_be_visible()
    await dana.goes(SETTINGS)
    own = dana.page.get_by_role("combobox", name=f"Notifications of {SLAB}")
    await expect(own).to_have_value("nothing")
    await ready(dana)
    await tells("LEVEL")
    await own.select_option("As in my settings")
    await tells("TAB_IN_USE")
    await gridline.world.suite.unread.SetMute(
        unread_pb2.SetMuteRequest(conversation=slab, muted_until_ms=2**53 - 1), metadata=gridline.as_person("dana")
    )
    await tells("MUTED")
    await dana.page.get_by_role("button", name=f"Unmute {SLAB}").click()
    await tells("TAB_IN_USE")


async def _always_quiet(dana: Person) -> None:
    """Every day from midnight to midnight, typed in as somebody might."""
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"):
        await dana.page.get_by_role("button", name=f"Add quiet hours on {day}").click()
        for end in ("from", "to"):
            field = dana.page.get_by_role("textbox", name=f"{day} {end}")
            await field.fill("0:00")
            await field.press("Enter")
    await expect(dana.page.get_by_test_id("quiet-next")).to_contain_text("you would never be told of anything")


async def test_a_snooze_says_its_end_and_is_ended(gridline: Application) -> None:
    dana = await gridline.person("dana", place=SETTINGS)
    await dana.page.get_by_role("button", name="Until tomorrow 8:00").click()
    await expect(dana.page.get_by_text("Snoozed until tomorrow at 08:00")).to_be_visible()
    until = await dana.page.evaluate("new Date(new Date().setHours(32, 0, 0, 0)).getTime()")
    await _holds(gridline, "dana", "snoozed_until_ms", until, own=True)
    await dana.page.get_by_role("button", name="End now").click()
    await _holds(gridline, "dana", "snoozed_until_ms", 0, own=False)
    await dana.page.get_by_role("button", name="Until…").click()
    await dana.page.get_by_label("Snooze until day").fill("2020-01-01")
    await dana.page.get_by_role("button", name="Snooze", exact=True).click()
    await expect(dana.page.get_by_role("alert")).to_contain_text("over already")
    await dana.page.get_by_label("Snooze until day").fill("2099-01-05")
    time = dana.page.get_by_role("textbox", name="Snooze until time")
    await time.fill("7")
    await time.blur()
    await expect(time).to_have_value("07:00")
    await dana.page.get_by_role("button", name="Snooze", exact=True).click()
    await expect(dana.page.get_by_text("Snoozed until Monday, 5 January 2099 at 07:00")).to_be_visible()


async def test_quiet_hours_are_kept_in_her_time_zone_and_say_when_they_hold(gridline: Application) -> None:
    dana = await gridline.person("dana", place=SETTINGS)
    page = dana.page
    await page.get_by_role("combobox", name="Time zone").select_option("Europe/Vienna")
    await page.get_by_role("button", name="Every night, 18:00 to 07:00").click()
    await _holds(
        gridline, "dana", "quiet_hours", _week("Europe/Vienna", *((day, 1080, 420) for day in range(1, 8))), own=True
    )
    told = page.get_by_test_id("quiet-next")
    await expect(told).to_contain_text("Every day 18:00–07:00 the next day")
    await expect(told).to_contain_text(re.compile("It is quiet now|Next: "))
    # Changed by hand, with two ranges on one day, and one taken away.
    start = page.get_by_role("textbox", name="Wednesday from")
    await start.fill("8 pm")
    await start.press("Enter")
    await expect(start).to_have_value("20:00")
    await page.get_by_role("button", name="Add quiet hours on Wednesday").click()
    await page.get_by_role("button", name="Remove Sunday").click()
    week = _week(
        "Europe/Vienna",
        *((day, 1080, 420) for day in (1, 2)),
        (3, 720, 780),
        (3, 1200, 420),
        *((day, 1080, 420) for day in (4, 5, 6)),
    )
    await _holds(gridline, "dana", "quiet_hours", week, own=True)
    # Nonsense is not taken.
    await page.get_by_role("textbox", name="Monday to").fill("25:99")
    await page.get_by_role("textbox", name="Monday to").blur()
    await expect(page.get_by_role("textbox", name="Monday to")).to_have_value("07:00")
    await page.get_by_role("button", name="Use company default for Quiet hours").click()
    await _holds(gridline, "dana", "quiet_hours", _week("UTC"), own=False)


def _week(time_zone: str, *hours: tuple[int, int, int]) -> pb.Week:
    return pb.Week(
        time_zone=time_zone,
        hours=[pb.QuietHours(weekday=day, start_minute=start, end_minute=end) for day, start, end in hours],
    )


async def test_a_permission_that_is_denied_is_explained_and_never_asked_for(gridline: Application) -> None:
    dana = await gridline.person("dana", place=SETTINGS)
    # Open: asked for by a click only, and suggested once in the tool.
    await gridline.permit("dana", "prompt")
    await dana.goes("/conversations")
    suggestion = dana.page.get_by_role("complementary", name="Suggestion")
    await expect(suggestion).to_be_visible()
    await suggestion.get_by_role("button", name="Do not suggest this again").click()
    await dana.goes("/conversations")
    await expect(
        dana.page.get_by_role("list", name="Conversations", exact=True)
        .or_(dana.page.get_by_text("Choose a conversation"))
        .first
    ).to_be_visible()
    await expect(suggestion).to_have_count(0)
    # Denied: help for this browser first, for the others behind it; no button, nothing that asks.
    await gridline.permit("dana", "denied")
    await dana.goes(SETTINGS)
    permission = dana.page.get_by_test_id("permission")
    await expect(permission).to_have_attribute("data-state", "denied")
    help_ = dana.page.get_by_test_id("denied-help")
    await expect(help_).to_contain_text("In Chrome:")
    await expect(dana.page.get_by_role("button", name="Permit notifications")).to_have_count(0)
    await help_.get_by_text("In another browser").click()
    for browser in ("Edge", "Firefox", "Safari"):
        await expect(help_.get_by_role("heading", name=browser)).to_be_visible()
    await expect(dana.page.get_by_role("switch", name="Push on this browser")).to_be_disabled()
    # Changed in the browser, the page knows.
    await gridline.permit("dana", "granted")
    await dana.goes(SETTINGS)
    await expect(permission).to_have_attribute("data-state", "granted")
    await expect(help_).to_have_count(0)


# Tests of each surface


async def test_each_surface_is_tried_and_what_happened_is_said_as_it_is(gridline: Application) -> None:
    browser = await gridline.pushed("dana")
    dana = await gridline.person("dana", place=SETTINGS)
    await ready(dana)

    async def tried(surface: str, name: str) -> Locator:
        part = dana.page.get_by_test_id(f"test-{surface}")
        await part.get_by_role("button", name=f"Test: {name}").click()
        return part.get_by_role("status")

    said = await tried("banner", "Banners")
    await expect(said).to_contain_text("This tab. Sent: it shows now.")
    await expect(banner(dana, "This is a test")).to_be_visible()
    await expect(dana.banners.get_by_role("button", name="Reply", exact=True)).to_have_count(0)
    await quiet(2)

    said = await tried("browser", "Browser notifications")
    await expect(said).to_contain_text("This tab. Sent: it shows now.")

    async def shown() -> bool:
        return any("This is a test" in one["text"] for one in await dana.screen.notifications())

    await eventually(shown)
    await quiet(2)

    # Nothing is claimed where there is nothing: no device yet; then a phone, and this browser.
    said = await tried("push", "Pushes")
    await expect(said).to_contain_text("There was nothing to push to")
    phone = await gridline.phone("dana")
    await dana.page.get_by_role("switch", name="Push on this browser").check()
    await expect(dana.page.locator("[data-setting=webPush]")).to_contain_text("While it is open, no push is needed")
    assert len(browser.subscriptions) == 1
    await quiet(2)
    said = await tried("push", "Pushes")
    await expect(said).to_contain_text("Device “phone”. The push service accepted it (200 ok).")
    await expect(said).to_contain_text("Push on this browser. The push service accepted it (201 created).")
    assert [one["text"] for one in phone.tray.values()] == ["This is a test: notifications arrive here."]
    token = f"phone-of-dana-{gridline.host.tenant}"
    gridline.world.fcm.script.tell(token, "503")
    gridline.world.web_push.script.tell(browser.subscriptions[0].endpoint, "410")
    await quiet(2)
    said = await tried("push", "Pushes")
    await expect(said).to_contain_text("Device “phone”. Not delivered: the push service had a problem of its own")
    await expect(said).to_contain_text(
        "Push on this browser. Not delivered: the push service says that the device is no longer registered (410 gone)."
    )
    await dana.page.get_by_role("switch", name="Push on this browser").uncheck()
    await eventually(lambda: browser.subscriptions[0].ended)


async def test_where_the_browser_does_not_permit_it_the_test_says_so(gridline: Application) -> None:
    dana = await gridline.person("dana", place=SETTINGS)
    await gridline.permit("dana", "denied")
    await dana.goes(SETTINGS)
    await ready(dana)
    part = dana.page.get_by_test_id("test-browser")
    await part.get_by_role("button", name="Test: Browser notifications").click()
    await expect(part.get_by_role("status")).to_contain_text("Not shown: the browser does not permit notifications.")


# Why


async def test_why_tells_the_truth_of_a_banner_of_nothing_and_of_a_push(gridline: Application, dana: Person) -> None:
    slab = await gridline.group(SLAB, "marco", "dana")
    await gridline.phone("dana")
    token = f"phone-of-dana-{gridline.host.tenant}"

    async def why(number: int, surface: str, headline: str) -> Locator:
        await dana.goes(f"{SETTINGS}/why?conversation={slab}&message={number}")
        story = dana.page.get_by_test_id("story")
        await expect(story).to_have_attribute("data-surface", surface)
        await expect(story).to_contain_text(headline)
        # What the page shows is what was recorded: the same rows, and the one that held.
        recorded = await _explained(gridline, "dana", slab, number)
        rows = story.locator("[data-row]")
        assert await rows.evaluate_all("all => all.map(one => Number(one.dataset.row))") == sorted(
            {step.row for step in recorded.path}
        )
        await expect(story.locator("[data-held]")).to_have_count(1)
        return story

    # A banner, and the browser and the tab that it was shown in.
    first = await gridline.send(slab, "marco", "A banner")
    await expect(banner(dana, "A banner")).to_be_visible()
    story = await why(first, "banner", "A banner was shown in the tab you were using")
    await expect(story).to_contain_text("Decided to show a banner on this browser")
    await expect(story).to_contain_text("in use (in front, with the focus")
    await expect(story).to_contain_text("It is still unread")
    # Read meanwhile, it says so by itself.
    await gridline.reads("dana", slab, first)
    await expect(story).to_contain_text("You have read it since")

    # Nothing, because of her own choice, with the way to change it.
    await gridline.world.suite.notifier.UpdatePreferences(
        pb.UpdatePreferencesRequest(preferences=pb.Preferences(group=False)), metadata=gridline.as_person("dana")
    )

    second = 0

    async def held_back() -> bool:
        nonlocal second
        second = await gridline.send(slab, "marco", "Nothing")
        return (await _explained(gridline, "dana", slab, second)).decision.reason == pb.REASON_KIND_OFF

    await eventually(held_back)
    story = await why(second, "none", "You had switched off notifications for this kind of conversation")
    await story.get_by_role("link", name="Open the setting").click()
    await expect(dana.page.get_by_role("heading", name="What you are told of")).to_be_in_viewport()
    await dana.page.locator("[data-setting=group]").get_by_role("button", name="Use company default for Groups").click()
    await _holds(gridline, "dana", "group", value=True, own=False)

    # A push, tried twice, with what the push service answered each time.
    await gridline.leaves("dana")
    await dana.page.close()
    await gridline.gone("dana")
    gridline.world.fcm.script.tell(token, "503", "200")
    third = await gridline.send(slab, "marco", "A push")

    async def sent() -> bool:
        deliveries = (await _explained(gridline, "dana", slab, third)).deliveries
        return [one.state for one in deliveries] == [pb.DELIVERY_STATE_SENT]

    await eventually(sent, timeout_s=30)
    dana = await gridline.person("dana", place=f"{SETTINGS}/why?conversation={slab}&message={third}")
    story = await why(third, "push", "You were away, so it went to your devices as a push")
    await expect(story).to_contain_text("The application was not open in any browser of yours.")
    happened = story.locator(".why-happenings")
    await expect(happened).to_contain_text(
        "Show the message on “phone”: the push service had a problem of its own (503"
    )
    await expect(happened).to_contain_text("Show the message on “phone”: the push service accepted it (200 ok)")


async def test_why_is_reached_from_a_message_and_from_the_list_of_recent_ones(gridline: Application) -> None:
    slab = await gridline.group(SLAB, "marco", "dana")
    number = await gridline.send(slab, "marco", "Are you on site?")
    await gridline.send(slab, "marco", "Hello?")
    await _explained(gridline, "dana", slab, 2)
    dana = await gridline.person("dana", place=f"/conversations/{slab}")
    row = dana.log.get_by_role("article").filter(has_text="Are you on site?")
    await row.hover()
    await row.get_by_role("button", name=re.compile("More|Actions|Menu", re.IGNORECASE)).click()
    await dana.page.get_by_role("menuitem", name="Why was I notified?").click()
    await expect(dana.page).to_have_url(f"{gridline.address}{SETTINGS}/why?conversation={slab}&message={number}")
    await expect(dana.page.get_by_test_id("story")).to_be_visible()

    await dana.goes(f"{SETTINGS}/why")
    recent = dana.page.get_by_role("region", name="Recent messages")
    await expect(recent.get_by_role("link")).to_have_count(1)
    await expect(recent.get_by_role("link")).to_contain_text("Push")
    await recent.get_by_role("button", name=f"Earlier messages of {SLAB}").click()
    await expect(recent.get_by_role("link")).to_have_count(2)
    await recent.get_by_role("link", name=re.compile("Hello")).click()
    await expect(dana.page).to_have_url(re.compile("message=2$"))
    # A message that nothing is recorded of: said so, and nothing invented.
    await dana.goes(f"{SETTINGS}/why?conversation={slab}&message=99")
    await expect(dana.page.get_by_text("Nothing is recorded of this message for you")).to_be_visible()


# For everybody


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)])
async def test_the_pages_are_clean_for_screen_readers_in_every_look(
    gridline: Application, theme: str, width: int
) -> None:
    slab = await gridline.group(SLAB, "marco", "dana")
    dana = await gridline.person("dana", place=SETTINGS)
    await dana.page.set_viewport_size({"width": width, "height": 844})
    await dana.page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    axe = (ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text()

    async def clean(what: str) -> None:
        await dana.page.evaluate(axe)
        found = await dana.page.evaluate("async () => (await axe.run(document)).violations")
        words = [(one["id"], [node["target"] for node in one["nodes"]], one["help"]) for one in found]
        assert words == [], what
        assert await dana.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{what}: too wide"

    await gridline.permit("dana", "denied")
    await dana.goes(SETTINGS)
    await dana.page.get_by_role("button", name="Every night, 18:00 to 07:00").click()
    await dana.page.get_by_role("button", name="1 hour").click()
    await expect(dana.page.get_by_role("button", name="End now")).to_be_visible()
    await clean("settings")
    await dana.page.get_by_role("button", name="End now").click()
    await dana.page.get_by_role("button", name="Clear all").click()
    await expect(dana.page.locator(".set-saving[data-state=saving]")).to_have_count(0)
    await _holds(gridline, "dana", "snoozed_until_ms", 0, own=False)
    await dana.goes("home")
    await dana.page.mouse.move(200, 400)
    await dana.page.mouse.move(210, 400)
    await ready_narrow(dana)

    async def told() -> bool:
        await gridline.send(slab, "marco", "Can you see this?")
        return await dana.banners.count() > 0

    await eventually(told, timeout_s=30)
    await dana.banners.first.get_by_role("button", name="Reply", exact=True).click()
    await clean("banners")
    if width < 500:
        await dana.still()
        box = await dana.banners.first.bounding_box()
        assert box is not None
        assert box["width"] > width - 40, "full width on a phone"
    await dana.goes(f"{SETTINGS}/why?conversation={slab}&message=1")
    await expect(dana.page.get_by_test_id("story")).to_be_visible()
    await clean("why")
    await dana.goes(f"{SETTINGS}/why")
    await clean("recent messages")


async def ready_narrow(person: Person) -> None:
    """As `ready`, in a narrow window."""
    await person.screen.front()
    await person.page.mouse.move(200, 300)
    await person.page.mouse.move(210, 300)
    await person.app.looks_at(person.person)
