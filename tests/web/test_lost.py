"""What is lost comes back: services and the gateway are killed, the machine sleeps; the page is right again."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from tests.conftest import eventually
from tests.web.application import RFI, Application, Person
from tests.web.world import quiet

pytestmark = pytest.mark.timeout(180, func_only=True)

SLAB = "Level 3 slab"


async def _offline(person: Person) -> None:
    line = person.page.get_by_test_id("connection")
    await expect(line).to_have_attribute("data-state", "offline")
    await expect(line).to_contain_text("Reconnecting")


@pytest.mark.parametrize("killed", ["presence", "unread", "notifier", "gateway"])
async def test_whatever_is_killed_and_comes_back_the_page_says_so_and_is_right_by_itself(
    gridline: Application, killed: str
) -> None:
    slab = await gridline.group(SLAB, "marco", "dana")
    dana = await gridline.person("dana")
    await dana.looks()
    await gridline.send(slab, "marco", "Before")
    await dana.sees_total(1)
    part = gridline.world.envoy if killed == "gateway" else gridline.world.suite.processes[killed]
    part.kill()
    try:
        await _offline(dana)
        await gridline.send(slab, "marco", "While it was away")
        assert await dana.icon.get_by_test_id("total").count() == 1, "what is known stays"
    finally:
        await asyncio.to_thread(part.start)
    await dana.connected()
    await expect(dana.page.get_by_test_id("connection")).to_have_text("")
    await dana.sees_total(2)
    # And live again, with a banner where she looks.
    await dana.looks()
    await gridline.looks_at("dana")
    sent = 0

    async def told() -> bool:
        # The notifier may not have found presence again yet: then it shows nothing rather than in the wrong place.
        nonlocal sent
        sent += 1
        await gridline.send(slab, "marco", "Live again")
        await dana.sees_total(2 + sent)
        await quiet()
        return await dana.banners.filter(has_text="Live again").count() > 0

    await eventually(told)


async def test_what_is_written_while_messaging_is_away_is_sent_once_when_it_is_back(gridline: Application) -> None:
    await gridline.group(SLAB, "marco", "dana")
    dana, marco = await gridline.person("dana"), await gridline.person("marco")
    for person in (dana, marco):
        await person.opens(SLAB)
    messaging = gridline.world.suite.processes["messaging"]
    messaging.kill()
    try:
        await dana.writes("Written while it was away")
        await expect(dana.log.get_by_role("article", name=re.compile("sending$"))).to_have_count(1)
        await quiet(2)
    finally:
        await asyncio.to_thread(messaging.start)
    await dana.sees_message("Written while it was away")
    await marco.sees_message("Written while it was away")
    await expect(dana.log.get_by_role("article", name=re.compile("sending$"))).to_have_count(0)
    await quiet(2)
    for person in (dana, marco):
        await expect(person.log.get_by_text("Written while it was away", exact=True)).to_have_count(1)
    await marco.says("Got it")
    await dana.sees_message("Got it")


async def test_what_is_written_is_sent_once_also_if_the_page_is_loaded_anew_meanwhile(gridline: Application) -> None:
    await gridline.group(SLAB, "marco", "dana")
    dana, marco = await gridline.person("dana"), await gridline.person("marco")
    for person in (dana, marco):
        await person.opens(SLAB)
    messaging = gridline.world.suite.processes["messaging"]
    messaging.kill()
    try:
        for text in ("First words", "Second words"):
            await dana.writes(text)
        await expect(dana.log.get_by_role("article", name=re.compile("sending$"))).to_have_count(2)
        # Elsewhere in the application: the conversation is not even opened again.
        await dana.page.goto(f"{gridline.address}/settings/notifications")
    finally:
        await asyncio.to_thread(messaging.start)
    await marco.sees_message("Second words")
    await quiet(2)
    written = marco.log.get_by_role("article").filter(has_text=re.compile("(First|Second) words"))
    await expect(written).to_have_count(2)
    await expect(written.first).to_contain_text("First words")
    await dana.opens(SLAB)
    await dana.sees_message("Second words")
    await expect(dana.log.get_by_role("article", name=re.compile("sending$|not sent"))).to_have_count(0)


async def test_a_machine_that_slept_is_right_when_it_wakes(gridline: Application) -> None:
    slab = await gridline.group(SLAB, "marco", "dana")
    crane = await gridline.group("Crane", "marco", "dana")
    dana = await gridline.person("dana", place=f"/conversations/{slab}")
    await dana.looks()
    await gridline.looks_at("dana", slab)
    phone = await gridline.phone("dana")
    profile = gridline.profiles["dana"]
    envoy = gridline.world.envoy
    profile.sleep()
    # A machine that sleeps answers nothing, so that its connections die meanwhile.
    envoy.kill()
    try:
        for number in range(5):
            await gridline.send(slab, "marco", f"While you slept {number}")
        await gridline.send(crane, "marco", "And there")
        # Her lease runs out, and the phone tells.
        await gridline.gone("dana")
        await eventually(lambda: f"{crane}:1" in phone.tray, timeout_s=30)
    finally:
        try:
            envoy.start()
        finally:
            profile.wake()
    await dana.connected()
    await dana.looks()
    for number in range(5):
        await dana.sees_message(f"While you slept {number}")
    await dana.sees_total(1)
    await gridline.looks_at("dana", slab)
    await eventually(lambda: set(phone.tray) == {f"{crane}:1"} and phone.badge == 1, timeout_s=20)


async def test_ten_tabs_of_the_application_have_one_set_of_streams(gridline: Application) -> None:
    world = gridline.world
    slab = await gridline.group(SLAB, "marco", "dana")

    async def none() -> bool:
        return await world.streams() == 0

    await eventually(none, timeout_s=20)
    first = await gridline.person("dana", place=f"/conversations/{slab}")
    await expect(first.page.get_by_role("textbox", name="Message", exact=True)).to_be_visible()
    alone = 0

    async def settled() -> bool:
        nonlocal alone
        before, alone = alone, await world.streams()
        await quiet(1)
        return 3 <= alone == before

    await eventually(settled)
    assert alone <= 8
    places = ("home", RFI, "/conversations", "/settings/notifications", "submittals", "punch")
    tabs = [await gridline.person("dana", place=places[number % len(places)]) for number in range(9)]

    async def no_more() -> bool:
        # An item's page may follow one more conversation.
        return await world.streams() <= alone + 1

    await eventually(no_more, timeout_s=20)
    await gridline.send(slab, "marco", "For all tabs")
    for tab in tabs:
        await tab.sees_total(1)
    # The streams outlive the first tab.
    await first.page.close()
    await gridline.send(slab, "marco", "Still for all")
    for tab in tabs:
        await tab.sees_total(2)


async def test_marked_as_unread_it_stays_so_until_it_is_opened_again(gridline: Application) -> None:
    slab = await gridline.group(SLAB, "marco", "dana")
    await gridline.send(slab, "marco", "Read me")
    dana = await gridline.person("dana", place="/conversations")
    other = await gridline.person("dana")
    await dana.sees_total(1)
    await dana.looks()
    await dana.opens(SLAB)
    for tab in (dana, other):
        await tab.sees_total(0)
    await dana.page.get_by_role("button", name="More", exact=True).last.click()
    await dana.page.get_by_role("menuitem", name="Mark as unread").click()
    for tab in (dana, other):
        await tab.sees_total(1)
    await dana.sees_row(SLAB, 1)
    await quiet(2)
    await dana.sees_total(1)
    await dana.goes("home")
    await dana.looks()
    await dana.sees_total(1)
    await dana.opens(SLAB)
    for tab in (dana, other):
        await tab.sees_total(0)
