"""Where somebody looks, in tabs that are really in front or behind: one fitting place for each message."""

import pytest

from tests.conftest import eventually
from tests.web.world import Profile, Screen, World, quiet

pytestmark = pytest.mark.timeout(120, func_only=True)


async def _tabs(world: World, person: str, count: int = 2) -> tuple[Profile, list[Screen]]:
    """Tabs of one browser, each used once, the last one in front."""
    profile = await world.profile("notifications")
    screens = [await world.screen(profile.context, person) for _ in range(count)]
    for screen in screens:
        await screen.front()
        await screen.page.mouse.click(400, 10)
    return profile, screens


async def _are(screens: tuple[Screen, ...], *states: str) -> None:
    async def there() -> bool:
        return [await screen.visibility() for screen in screens] == list(states)

    await eventually(there)


async def test_a_tab_behind_another_is_hidden_and_the_services_know_it(people: World) -> None:
    profile, (first, second) = await _tabs(people, "ada")
    await _are((first, second), "hidden", "visible")
    await people.known("ada", focused=True)

    async def one_is_visible() -> bool:
        return sorted(tab.visible for tab in await people.tabs("ada")) == [False, True]

    await eventually(one_is_visible)
    await profile.elsewhere.bring_to_front()
    await _are((first, second), "hidden", "hidden")
    await people.known("ada", focused=False)


async def test_a_banner_shows_in_the_visible_tab_and_follows_where_somebody_goes(people: World) -> None:
    conversation = await people.suite.group("bea", "marco")
    _, (first, second) = await _tabs(people, "bea")
    await people.known("bea", focused=True)
    await people.suite.send(conversation, "marco", "One")
    await second.sees("banners", "marco: One")
    await first.front()
    await first.page.mouse.click(400, 10)
    await people.known("bea", focused=True)
    await people.suite.send(conversation, "marco", "Two")
    await first.sees("banners", "marco: Two")
    assert await second.do("app.bannersSeen") == [f"{conversation}:1"]
    assert await first.do("app.bannersSeen") == [f"{conversation}:2"]


async def test_behind_another_tab_the_browser_shows_it_from_the_tab_used_last(people: World) -> None:
    conversation = await people.suite.group("cleo", "marco")
    profile, screens = await _tabs(people, "cleo", 3)
    used_last = screens[1]
    await used_last.front()
    await used_last.page.mouse.click(400, 10)
    await people.known("cleo", focused=True)
    for screen in screens:
        await screen.do("""() => {
            window.shown = [];
            const show = ServiceWorkerRegistration.prototype.showNotification;
            ServiceWorkerRegistration.prototype.showNotification = function (title, options) {
                window.shown.push(options.tag);
                return show.call(this, title, options);
            };
        }""")
    await profile.elsewhere.bring_to_front()
    await people.known("cleo", focused=False)
    await people.suite.send(conversation, "marco", "Behind another tab")
    await screens[0].shows(f"{conversation}:1")
    assert (await screens[0].notifications())[0]["title"] == "marco · Level 3 slab"
    await quiet()
    shown = [await screen.do("window.shown") for screen in screens]
    assert shown == [[], [f"{conversation}:1"], []]
    for screen in screens:
        assert await screen.do("app.bannersSeen") == []
    await people.suite.read("cleo", conversation, 1)
    await screens[0].shows()


async def test_nothing_alerts_in_the_tab_that_shows_the_conversation_and_does_when_it_is_left(people: World) -> None:
    conversation = await people.suite.group("dora", "marco")
    profile, (behind, front) = await _tabs(people, "dora")
    await front.do("conversation => app.open(conversation)", conversation)
    await people.known("dora", focused=True, conversation=conversation)
    await people.suite.send(conversation, "marco", "You see this")
    await front.page.get_by_text("marco: You see this").wait_for()
    await front.sees("total", "0")
    await quiet()
    assert [await screen.do("app.bannersSeen") for screen in (behind, front)] == [[], []]
    assert await front.notifications() == []
    # It stays open there, but nobody looks at it any more.
    await profile.elsewhere.bring_to_front()
    await people.known("dora", focused=False)
    await people.suite.send(conversation, "marco", "You do not see this")
    await front.shows(f"{conversation}:2")
    await behind.sees("total", "1")
    # Back at it, it is viewed, and what the browser shows goes.
    await front.front()
    await behind.sees("total", "0")
    await front.shows()


async def test_a_hidden_tab_reads_nothing_until_it_is_in_front(people: World) -> None:
    conversation = await people.suite.group("elsa", "marco")
    _, (behind, front) = await _tabs(people, "elsa")
    await behind.do("conversation => app.open(conversation)", conversation)
    await people.suite.send(conversation, "marco", "Not seen yet")
    await front.sees("total", "1")
    await quiet(2)
    assert await front.text("total") == "1"
    await behind.front()
    await front.sees("total", "0")


async def test_with_permission_denied_a_hidden_tab_shows_nothing_and_keeps_its_badge(people: World) -> None:
    conversation = await people.suite.group("fay", "marco")
    profile = await people.profile("geolocation")  # what is granted explicitly leaves everything else denied
    screen = await people.screen(profile.context, "fay")
    assert await screen.do("app.conversations.askPermission()") == "denied"
    await profile.elsewhere.bring_to_front()
    await people.known("fay", focused=False)
    await people.suite.send(conversation, "marco")
    await screen.sees("total", "1")
    await quiet()
    assert await screen.notifications() == []
    assert await screen.do("app.bannersSeen") == []
