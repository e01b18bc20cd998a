"""What a person sees (the eight lines of the product), at the screen: one test for each line, named after it."""

import re

import grpc
import pytest
from playwright.async_api import expect

from tests.conftest import eventually
from tests.web import mail
from tests.web.application import RFI, Application, Person
from tests.web.world import quiet

pytestmark = pytest.mark.timeout(180, func_only=True)

SLAB = "Level 3 slab"


async def test_1_direct_group_and_item_conversations(gridline: Application) -> None:
    dana = await gridline.person("dana")
    marco = await gridline.person("marco")
    await dana.begins("Marco Ruiz")
    await dana.says("Only for you")
    await dana.begins("Marco Ruiz", "Priya Raman", title=SLAB)
    await dana.says("For the three of us")
    await dana.goes(RFI)
    await dana.page.get_by_role("textbox", name="Message", exact=True).fill("About RFI 114")
    await dana.page.get_by_role("button", name="Send", exact=True).click()
    await dana.sees_message("About RFI 114")

    # Each kind stands in the other's list, by the name that fits it.
    await marco.icon.click()
    for title, text in ((dana.name, "Only for you"), (SLAB, "For the three of us"), ("RFI 114", "About RFI 114")):
        await marco.sees_row(title, 1)
        await marco.opens(title)
        await marco.sees_message(text)
    # The item's conversation has a title and a link to its item; there it is the same one.
    await marco.page.get_by_role("link", name="Open the item").click()
    await expect(marco.page).to_have_url(re.compile(rf"/projects/{gridline.host.project}/{RFI}$"))
    await marco.sees_message("About RFI 114")
    await marco.says("Seen at the item")
    await dana.sees_message("Seen at the item")
    # It belongs to one item and to no other.
    await marco.goes("rfis/117")
    await expect(marco.page.get_by_text("About RFI 114")).to_have_count(0)

    # Up to 2,000 people.
    many = [f"person-{number}" for number in range(1_999)]
    await gridline.group("Everybody", "dana", *many)
    await dana.opens("Everybody")
    await expect(dana.page.get_by_role("button", name="2000 members")).to_be_visible()
    with pytest.raises(grpc.aio.AioRpcError):
        await gridline.group("One too many", "dana", *many, "person-1999")


async def test_2_banner(gridline: Application) -> None:
    slab = await gridline.group(SLAB, "marco", "dana")
    marco = await gridline.person("marco")
    await marco.opens(SLAB)
    behind = await gridline.person("dana")
    front = await gridline.person("dana", place="submittals")
    await front.looks()
    await gridline.looks_at("dana")
    await marco.says("Are you on site?")
    banner = front.banners
    await expect(banner).to_have_count(1)
    await expect(banner).to_contain_text("Are you on site?")
    await expect(banner).to_contain_text(marco.name)
    await expect(banner).to_contain_text(SLAB)
    await front.still()
    box, size = await banner.bounding_box(), front.page.viewport_size
    window = size or await front.screen.do("({ width: innerWidth, height: innerHeight })")
    assert box is not None
    assert box["x"] > window["width"] / 2, "top right"
    assert box["x"] + box["width"] <= window["width"]
    assert box["y"] < window["height"] / 4
    assert await behind.banners.count() == 0, "in the tab that she looks at, and in no other"
    # Briefly: it goes by itself, and the message stays unread.
    await expect(banner).to_have_count(0)
    await front.sees_total(1)
    # It follows her to the other tab.
    await behind.looks()
    await gridline.looks_at("dana")
    await marco.says("And now?")
    await expect(behind.banners).to_contain_text("And now?")
    assert await front.banners.count() == 0
    await behind.banners.get_by_role("button", name="Dismiss").click()
    await expect(behind.banners).to_have_count(0)
    # With in-app notifications off there is none; the badge counts.
    await behind.goes("/settings/notifications")
    banners = behind.page.get_by_role("switch", name="Banners", exact=True)
    await banners.click()
    await expect(banners).not_to_be_checked()
    setting = behind.page.locator("[data-setting=inApp]")
    await expect(setting.get_by_text("Your choice")).to_be_visible()
    await expect(setting.locator(".set-saving")).to_have_attribute("data-state", "saved")
    await gridline.looks_at("dana")
    await marco.says("Nobody is told")
    await behind.sees_total(3)
    await quiet()
    assert await behind.banners.count() == 0
    assert slab


async def test_3_browser_notification(gridline: Application) -> None:
    slab = await gridline.group(SLAB, "marco", "dana")
    marco = await gridline.person("marco")
    await marco.opens(SLAB)
    dana = await gridline.person("dana", place="/settings/notifications")
    context = gridline.profiles["dana"].context
    permission = dana.page.get_by_test_id("permission")

    # Nobody is asked before they want to be.
    await gridline.permit("dana", "prompt")
    await dana.goes("/settings/notifications")
    await expect(permission).to_have_attribute("data-state", "default")
    await expect(dana.page.get_by_role("button", name="Permit notifications")).to_be_visible()

    # Granted, a message shows while another tab is in front, and goes when it is read elsewhere.
    await gridline.permit("dana", "granted")
    await dana.goes("home")
    await dana.looks()
    await gridline.leaves("dana")
    assert await dana.screen.visibility() == "hidden"
    await marco.says("Behind another tab")
    await dana.screen.shows(f"{slab}:1", timeout_s=20)
    (shown,) = await dana.screen.notifications()
    assert marco.name in shown["title"]
    assert SLAB in shown["title"]
    assert shown["text"] == "Behind another tab"
    assert await dana.banners.count() == 0
    await gridline.reads("dana", slab, 1)
    await dana.screen.shows()

    # Denied, nothing is shown, nobody is nagged, and the settings say how to change it in the browser.
    await gridline.permit("dana", "denied")
    asked = "window.asked = 0; Notification.requestPermission = async () => { window.asked++; return 'denied'; };"
    await context.add_init_script(asked)
    await dana.looks()
    await dana.goes("/settings/notifications")
    await expect(permission).to_have_attribute("data-state", "denied")
    help_ = dana.page.get_by_test_id("denied-help")
    await expect(help_).to_contain_text("blocked in this browser")
    await expect(help_.get_by_role("listitem").first).to_be_visible()
    await expect(dana.page.get_by_role("button", name="Permit notifications")).to_have_count(0)
    await dana.icon.click()
    await expect(dana.row(SLAB)).to_be_visible()
    await expect(dana.page.get_by_role("button", name="Permit notifications")).to_have_count(0)
    await gridline.leaves("dana")
    await marco.says("Told by the number only")
    await dana.sees_total(1)
    await quiet()
    assert await dana.screen.notifications() == []
    assert await dana.screen.do("asked") == 0


async def test_4_mobile_push(gridline: Application) -> None:
    slab = await gridline.group(SLAB, "marco", "dana")
    phone = await gridline.phone("dana")
    marco = await gridline.person("marco")
    await marco.opens(SLAB)
    await marco.says("Sent from the web")
    await eventually(lambda: f"{slab}:1" in phone.tray, timeout_s=20)
    assert phone.tray[f"{slab}:1"]["text"] == "Sent from the web"
    assert phone.badge == 1
    token = f"phone-of-dana-{gridline.host.tenant}"
    message = next(one for one in reversed(gridline.world.fcm.messages) if one.get("token") == token)
    assert message["apns"]["payload"]["aps"]["badge"] == 1, "FCM carries it to APNs"

    # A browser that is closed gets Web Push, switched on in the settings.
    browser = await gridline.pushed("dana")
    dana = await gridline.person("dana", place="/settings/notifications")
    push = dana.page.get_by_role("switch", name="Push on this browser")
    await push.click()
    await expect(push).to_be_checked()
    await expect(dana.page.locator("[data-setting=webPush]")).to_contain_text("While it is open, no push is needed")
    assert len(browser.subscriptions) == 1
    await dana.page.close()
    await gridline.gone("dana")
    await marco.says("To a closed browser")
    await browser.receive()
    await browser.shows(f"{slab}:2")
    await eventually(lambda: f"{slab}:2" in phone.tray, timeout_s=20)

    # Whoever reads it in the web has it off the phone, also the number on its icon.
    dana = await gridline.person("dana", place=f"/conversations/{slab}")
    await dana.looks()
    await dana.sees_message("To a closed browser")
    await dana.sees_total(0)
    await eventually(lambda: phone.tray == {} and phone.badge == 0, timeout_s=20)
    await browser.shows()


async def test_5_no_e_mail(gridline: Application) -> None:
    assert mail.in_contracts() == []
    assert mail.in_settings() == []
    assert mail.in_dependencies() == []
    assert mail.in_code() == []
    # A person who is told by nothing else is not told by e-mail either, and no page offers it.
    slab = await gridline.group(SLAB, "marco", "dana", "priya")
    phone = await gridline.phone("dana")
    marco = await gridline.person("marco", place="/settings/notifications")
    await expect(marco.page.get_by_role("heading", name="Notifications", exact=True)).to_be_visible()
    assert not re.search(r"e-?mail", await marco.page.locator("body").inner_text(), re.IGNORECASE)
    await marco.opens(SLAB)
    connections = mail.Connections(process.pid for process in gridline.world.suite.processes.values())
    async with connections.watched():
        await marco.says("To two who are not here, of whom one has no phone")
        await eventually(lambda: f"{slab}:1" in phone.tray, timeout_s=20)
        await quiet()
    assert gridline.world.fcm.port in connections.ports, "what the services connect to is seen"
    assert connections.of_mail == set()


async def test_6_the_number_on_the_conversations_icon(gridline: Application) -> None:
    slab = await gridline.group(SLAB, "marco", "dana")
    crane = await gridline.group("Crane", "marco", "dana")
    home = await gridline.person("dana")
    item = await gridline.person("dana", place=RFI)
    for conversation in (slab, slab, crane):
        await gridline.send(conversation, "marco", "Cylinders at noon")
    for tab in (home, item):
        await tab.sees_total(3)
    for place in ("submittals", "punch", "/settings/notifications", "/conversations"):
        await home.goes(place)
        await home.sees_total(3)
    marco = await gridline.person("marco")
    await marco.sees_total(0)


async def test_7_in_the_tool(gridline: Application) -> None:
    slab = await gridline.group(SLAB, "marco", "dana")
    crane = await gridline.group("Crane", "marco", "dana")
    await gridline.group("Quiet", "marco", "dana")
    for conversation in (slab, slab, crane):
        await gridline.send(conversation, "marco", "Cylinders at noon")
    dana = await gridline.person("dana", place="/conversations")
    await dana.sees_row(SLAB, 2)
    await dana.sees_row("Crane", 1)
    await dana.sees_row("Quiet", 0)
    await gridline.send(crane, "marco", "And the hook")
    await dana.sees_row("Crane", 2)


async def test_8_badges_stay_until_all_unread_messages_are_viewed(gridline: Application) -> None:
    slab = await gridline.group(SLAB, "marco", "dana")
    crane = await gridline.group("Crane", "marco", "dana")
    phone = await gridline.phone("dana")
    for number in range(40):
        await gridline.send(slab, "marco", f"Line {number + 1}")
    await gridline.send(crane, "marco", "And the crane")
    await eventually(lambda: phone.badge == 41, timeout_s=30)
    other = await gridline.person("dana", place="/conversations")
    second = await gridline.person("dana", place=RFI)
    front = await gridline.person("dana")
    for tab in (other, second, front):
        await tab.sees_total(41)

    # Opened at the first unread one: what was not on screen is not viewed, and stays.
    await front.looks()
    await front.opens(SLAB)
    await front.sees_message("Line 1")

    async def some_viewed() -> bool:
        return 1 < await _total(front) < 41

    await eventually(some_viewed, timeout_s=20)

    async def settled() -> bool:
        before = await _total(front)
        await quiet(1.5)
        return await _total(front) == before

    await eventually(settled, timeout_s=30)
    left = await _total(front)
    assert left > 10
    for tab in (other, second):
        await tab.sees_total(left)
    await other.sees_row(SLAB, left - 1)

    # Everything viewed: it goes at once, in every tab and on the phone; the other conversation keeps its number.
    for _ in range(60):
        await front.log.hover()
        await front.page.mouse.wheel(0, 250)
        await quiet(0.15)
        if await _total(front) == 1:
            break
    for tab in (front, other, second):
        await tab.sees_total(1)
    await other.sees_row(SLAB, 0)
    await other.sees_row("Crane", 1)

    def only_crane() -> bool:
        return phone.badge == 1 and {tag.rsplit(":", 1)[0] for tag in phone.tray} == {crane}

    await eventually(only_crane)
    await front.opens("Crane")
    for tab in (front, other, second):
        await tab.sees_total(0)
    await eventually(lambda: phone.badge == 0 and phone.tray == {}, timeout_s=20)


async def _total(person: Person) -> int:
    number = person.icon.get_by_test_id("total")
    return int(await number.inner_text()) if await number.count() else 0
