"""Web Push: from the notifier through a push service into the service worker, and from there to the conversation."""

import pytest

from tests.conftest import eventually
from tests.web.world import Profile, PushedBrowser, Screen, World, quiet

pytestmark = pytest.mark.timeout(120, func_only=True)


async def _browser(world: World, person: str) -> tuple[Profile, PushedBrowser, Screen]:
    """A browser with Web Push switched on, and its tab."""
    profile = await world.profile("notifications")
    browser = await world.pushed(profile)
    screen = await world.screen(profile.context, person)
    assert await screen.do("async () => (await app.conversations.push.enable()).state") == "on"
    assert len(browser.subscriptions) == 1
    return profile, browser, screen


async def _away(world: World, screen: Screen, person: str) -> None:
    """The person closes the tab; their lease ends."""
    await screen.page.close()

    async def gone() -> bool:
        return await world.tabs(person) == []

    await eventually(gone, timeout_s=20)


async def test_a_closed_browser_gets_a_push_that_opens_the_conversation_and_goes_when_it_is_read(
    people: World,
) -> None:
    conversation = await people.suite.group("gina", "marco")
    profile, browser, screen = await _browser(people, "gina")
    await _away(people, screen, "gina")
    await people.suite.send(conversation, "marco", "The crane is up")
    (push,) = await browser.receive()
    tag = f"{conversation}:1"
    assert (push["act"], push["tag"], push["badge"]) == ("SHOW", tag, 1)
    await browser.shows(tag)
    assert await browser.tray() == [{"title": "marco · Level 3 slab", "text": "The crane is up", "tag": tag}]
    request = people.web_push.requests[-1]
    assert request["status"] == 201, request["words"]
    assert people.web_push.unreadable == 0

    # A push service may deliver twice; what is shown twice under one tag is shown once.
    payload = people.web_push.arrived[-1][1]
    await browser.deliver(payload, again=True)
    await quiet(0.5)
    await browser.shows(tag)

    # No page is open: one is opened, at the conversation.
    await browser.click(tag)
    await eventually(lambda: browser.worker("() => self.openedAt !== undefined"))
    opened = await browser.worker("() => self.openedAt")
    assert f"conversation={conversation}" in opened
    assert "message=1" in opened
    await browser.shows()

    # Read elsewhere, it counts no more, and what still lies in the tray goes as soon as a page is there.
    await people.suite.send(conversation, "marco", "And it lifts")
    await browser.receive()
    await browser.shows(f"{conversation}:2")
    await people.suite.read("gina", conversation, 2)
    again = await people.screen(profile.context, "gina")
    await again.sees("total", "0")
    await browser.shows()


async def test_the_number_on_the_icon_comes_with_the_push(people: World) -> None:
    conversation = await people.suite.group("hedy", "marco")
    other = await people.suite.group("hedy", "marco")
    _, browser, screen = await _browser(people, "hedy")
    await browser.worker("() => { self.navigator.setAppBadge = async (number) => { self.badge = number; }; }")
    await _away(people, screen, "hedy")
    for one, badge in ((conversation, 1), (other, 2)):
        await people.suite.send(one, "marco")
        (push,) = await browser.receive()
        assert push["badge"] == badge
        await eventually(lambda badge=badge: browser.worker("badge => self.badge === badge", badge))
    await browser.shows(f"{conversation}:1", f"{other}:1")


async def test_a_click_goes_to_the_tab_that_shows_the_conversation(people: World) -> None:
    conversation = await people.suite.group("ida", "marco")
    profile, browser, first = await _browser(people, "ida")
    second = await people.screen(profile.context, "ida")
    await first.do("conversation => app.open(conversation)", conversation)
    await profile.elsewhere.bring_to_front()
    await people.known("ida", focused=False, tabs=2)
    await people.suite.send(conversation, "marco", "Behind")
    tag = f"{conversation}:1"
    await browser.shows(tag)
    await browser.click(tag)
    await eventually(lambda: first.do("app.clicked.length === 1"))
    assert await first.do("app.clicked") == [{"conversation": conversation, "number": 1}]
    assert await second.do("app.clicked") == []
    await browser.shows()


async def test_what_the_page_has_shown_is_not_shown_again_by_the_push_that_follows(people: World) -> None:
    conversation = await people.suite.group("june", "marco")
    profile, browser, screen = await _browser(people, "june")
    await profile.elsewhere.bring_to_front()
    await people.known("june", focused=False)
    await people.suite.send(conversation, "marco", "First in the page")
    tag = f"{conversation}:1"
    await browser.shows(tag)
    await quiet()
    assert browser.waiting() == [], "a browser that is here tells by itself"
    # The browser is closed before she has read it: what follows after the delay has the same tag.
    await _away(people, screen, "june")
    await browser.receive()
    await quiet(0.5)
    await browser.shows(tag)


async def test_who_signs_out_gets_no_push_in_this_browser(people: World) -> None:
    conversation = await people.suite.group("kira", "marco")
    _, browser, screen = await _browser(people, "kira")
    await screen.do("app.conversations.signOut()")
    await eventually(lambda: browser.subscriptions[0].ended)
    await _away(people, screen, "kira")
    await people.suite.send(conversation, "marco", "For nobody here")

    async def decided() -> bool:
        return len(await people.suite.alerts(conversation)) == 1

    await eventually(decided)
    await quiet()
    assert browser.waiting() == []
    assert await people.suite.deliveries(conversation) == []


async def test_who_has_denied_it_is_told_so_and_is_not_registered(people: World) -> None:
    profile = await people.profile("geolocation")
    browser = await people.pushed(profile)
    screen = await people.screen(profile.context, "lara")
    assert await screen.do("async () => (await app.conversations.push.enable()).state") == "denied"
    assert browser.subscriptions == []
