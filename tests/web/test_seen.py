"""What a person sees in a real browser (product.md, "What a person sees")."""

import asyncio

import pytest

from tests.conftest import eventually
from tests.web.world import Screen, World, used

pytestmark = pytest.mark.timeout(180, func_only=True)


async def _conversation(world: World, *members: str) -> str:
    return await world.suite.group(*members)


async def _two_tabs(world: World, person: str) -> tuple[Screen, Screen]:
    """Two tabs of one browser; the second is in front and has the focus."""
    context = await world.browser_of("notifications")
    first, second = await world.screen(context, person), await world.screen(context, person)
    await first.focus(focused=False)
    await second.focus(focused=True)
    await second.page.bring_to_front()
    await second.page.mouse.click(400, 10)
    await eventually(lambda: second.do("document.hasFocus()"))
    await eventually(lambda: first.do("!document.hasFocus()"))

    async def one_is_used() -> bool:
        tabs = await world.tabs(person)
        return len(tabs) == 2 and [used(tab) for tab in tabs if tab.focused] == [True]

    await eventually(one_is_used)
    return first, second


async def test_a_banner_shows_in_the_tab_that_the_person_looks_at_and_in_no_other(people: World) -> None:
    conversation = await _conversation(people, "dana", "marco")
    behind, front = await _two_tabs(people, "dana")
    await people.suite.send(conversation, "marco", "Are you on site?")
    await front.sees("banners", "marco: Are you on site?")
    assert await behind.text("banners") == ""
    await behind.page.bring_to_front()


async def test_the_number_on_the_icon_is_the_total_from_everywhere_in_every_tab(people: World) -> None:
    one, other = await _conversation(people, "ruth", "marco"), await _conversation(people, "ruth", "marco")
    first, second = await _two_tabs(people, "ruth")
    for conversation in (one, one, other):
        await people.suite.send(conversation, "marco")
    for screen in (first, second):
        await screen.sees("total", "3")
        badges = (await screen.text("badges")).splitlines()
        assert sorted(badges) == sorted([f"{one} 2", f"{other} 1"])
        assert await screen.page.title() == "(3) Project"


async def test_a_badge_stays_until_all_is_viewed_and_then_goes_at_once_in_every_tab(people: World) -> None:
    conversation = await _conversation(people, "sofia", "marco")
    for number in range(30):
        await people.suite.send(conversation, "marco", f"Line {number + 1}")
    first, second = await _two_tabs(people, "sofia")
    await second.sees("total", "30")
    await second.do("conversation => app.open(conversation)", conversation)
    await second.page.locator("#messages div").nth(29).wait_for()

    async def began() -> bool:
        return 0 < int(await first.text("total")) < 30

    await eventually(began)
    left = int(await first.text("total"))
    assert left > 10, "only what was on screen counts as viewed"
    await second.do("document.getElementById('messages').scrollTo(0, 1e6)")
    for screen in (first, second):
        await screen.sees("total", "0")
        assert await screen.page.title() == "Project"


async def test_nobody_is_alerted_of_the_conversation_that_they_look_at(people: World) -> None:
    conversation = await _conversation(people, "ines", "marco")
    behind, front = await _two_tabs(people, "ines")
    await front.do("conversation => app.open(conversation)", conversation)
    await asyncio.sleep(0.5)
    await people.suite.send(conversation, "marco", "You see this")
    await front.page.get_by_text("marco: You see this").wait_for()
    await front.sees("total", "0")
    await asyncio.sleep(1)
    for screen in (behind, front):
        assert await screen.do("app.bannersSeen.length") == 0


async def test_a_tab_in_the_background_reads_nothing(people: World) -> None:
    conversation = await _conversation(people, "omar", "marco")
    behind, _ = await _two_tabs(people, "omar")
    await behind.do("conversation => app.open(conversation)", conversation)
    await people.suite.send(conversation, "marco", "Not seen")
    await behind.sees("total", "1")
    await asyncio.sleep(2)
    assert await behind.text("total") == "1"


async def test_two_people_in_two_browsers_talk(people: World) -> None:
    conversation = await _conversation(people, "lena", "tom")
    lena = await people.screen(await people.browser_of(), "lena")
    tom = await people.screen(await people.browser_of(), "tom")
    for screen in (lena, tom):
        await screen.do("conversation => app.open(conversation)", conversation)
        await eventually(lambda screen=screen: screen.do("app.opened().view.value.state === 'open'"))
    await lena.do("app.opened().send(['Slab is poured'])")
    await tom.page.get_by_text("lena: Slab is poured").wait_for()
    await eventually(lambda: lena.do("app.opened().view.value.outgoing.length === 0"))
    number = await lena.do("app.opened().view.value.messages.at(-1).number")
    await lena.do("number => app.opened().edit(number, ['Slab is poured, level 3'])", number)
    await tom.page.get_by_text("lena: Slab is poured, level 3").wait_for()
    await lena.do("number => app.opened().delete(number)", number)
    await tom.page.get_by_text("(deleted)").wait_for()


async def test_two_people_who_share_a_browser_share_nothing(people: World) -> None:
    conversation = await _conversation(people, "alma", "marco")
    context = await people.browser_of()
    alma, nico = await people.screen(context, "alma"), await people.screen(context, "nico")
    await people.suite.send(conversation, "marco")
    await alma.sees("total", "1")
    await asyncio.sleep(0.5)
    assert await nico.text("total") == "0"


async def test_marked_as_unread_it_stays_so_on_screen(people: World) -> None:
    conversation = await _conversation(people, "kim", "marco")
    await people.suite.send(conversation, "marco")
    screen = await people.screen(await people.browser_of(), "kim")
    await screen.sees("total", "1")
    await screen.do("conversation => app.open(conversation)", conversation)
    await screen.sees("total", "0")
    await screen.do("conversation => app.conversations.markUnread(conversation, 1)", conversation)
    await screen.sees("total", "1")
    await asyncio.sleep(2)
    assert await screen.text("total") == "1"


async def test_ten_tabs_have_one_set_of_streams(people: World) -> None:
    await eventually(lambda: _streams_are(people, 0))
    context = await people.browser_of()
    screens = [await people.screen(context, "rosa") for _ in range(10)]
    await eventually(lambda: _streams_are(people, 3))  # the lease, badges, banners
    conversation = await _conversation(people, "rosa", "marco")
    await people.suite.send(conversation, "marco")
    for screen in screens:
        await screen.sees("total", "1")
    # The first tab is closed: the streams live on in the worker.
    await screens[0].page.close()
    await people.suite.send(conversation, "marco")
    for screen in screens[1:]:
        await screen.sees("total", "2")
    # A call may be open beside them.
    await eventually(lambda: _streams_are(people, 3))
    await context.close()
    people.contexts.remove(context)
    await eventually(lambda: _streams_are(people, 0))


async def _streams_are(world: World, count: int) -> bool:
    return await world.streams() == count


async def test_without_a_shared_worker_each_tab_is_its_own_client(people: World) -> None:
    context = await people.browser_of()
    screens = [await people.screen(context, "hugo", "&alone") for _ in range(2)]
    await eventually(lambda: _streams_are(people, 6))
    conversation = await _conversation(people, "hugo", "marco")
    await people.suite.send(conversation, "marco")
    for screen in screens:
        await screen.sees("total", "1")


async def test_a_browser_notification_shows_when_no_tab_is_looked_at(people: World) -> None:
    conversation = await _conversation(people, "paul", "marco")
    context = await people.browser_of("notifications")
    screen = await people.screen(context, "paul")
    await screen.focus(focused=False)
    other = await context.new_page()
    await other.bring_to_front()
    await eventually(lambda: screen.do("!document.hasFocus()"))
    await asyncio.sleep(0.5)
    await people.suite.send(conversation, "marco", "Behind another tab")
    await screen.shows(f"{conversation}:1")
    shown = (await screen.notifications())[0]
    assert (shown["title"], shown["text"]) == ("marco · Level 3 slab", "Behind another tab")
    assert await screen.text("banners") == ""
    # Read elsewhere: it is taken back.
    await people.suite.read("paul", conversation, 1)
    await screen.shows()


async def test_with_permission_denied_nothing_is_shown_and_the_page_can_say_so(people: World) -> None:
    conversation = await _conversation(people, "yara", "marco")
    context = await people.browser_of("geolocation")  # what is granted explicitly leaves everything else denied
    screen = await people.screen(context, "yara")
    assert await screen.do("app.conversations.permission.value") == "denied"
    assert await screen.do("app.conversations.askPermission()") == "denied", "and it is not asked again"
    await screen.focus(focused=False)
    other = await screen.page.context.new_page()
    await other.bring_to_front()
    await people.suite.send(conversation, "marco")
    await screen.sees("total", "1")
    assert await screen.notifications() == []


async def test_a_service_that_is_killed_and_comes_back_is_caught_up_by_itself(people: World) -> None:
    conversation = await _conversation(people, "vera", "marco")
    screen = await people.screen(await people.browser_of(), "vera")
    await people.suite.send(conversation, "marco")
    await screen.sees("total", "1")
    unread = people.suite.processes["unread"]
    unread.kill()
    await screen.sees("state", "offline", 20)
    await people.suite.send(conversation, "marco")
    await people.suite.send(conversation, "marco")
    assert await screen.text("total") == "1", "what is shown stays"
    await asyncio.to_thread(unread.start)
    await screen.sees("state", "connected", 30)
    await screen.sees("total", "3")
