"""The client library's stores and verbs, in real Chromium against the real services."""

import asyncio
import base64
import json
import re
import subprocess
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from conversations.messaging.v1 import messaging_pb2
from conversations.notifier.v1 import notifier_pb2
from conversations.presence.v1 import presence_pb2
from conversations.unread.v1 import unread_pb2
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.async_api import BrowserContext

from services.chassis import mongo
from tests.conftest import eventually
from tests.harness import as_person, as_service
from tests.web.conftest import ROOT
from tests.web.world import TENANT, Screen, World

pytestmark = pytest.mark.timeout(300)

CLIENT = ROOT / "web" / "client"

SOONER_MS = 10_000
"""Less than the 15 s between two heartbeats of a stream: what is there by then did not wait for one."""


async def _is(screen: Screen, script: str, expected: object, argument: object = None, timeout_s: float = 10) -> None:
    """Waits until a script in the page answers this."""
    last: list[object] = [None]

    async def there() -> bool:
        last[0] = await screen.do(script, argument)
        return last[0] == expected

    try:
        await eventually(there, timeout_s=timeout_s)
    except AssertionError:
        raise AssertionError(f"{script} is {last[0]!r}, not {expected!r}; {screen.errors}") from None


async def _direct(world: World, person: str, other: str) -> str:
    answer = await world.suite.messaging.CreateDirectConversation(
        messaging_pb2.CreateDirectConversationRequest(person=other), metadata=as_person(world.suite.issuer, person)
    )
    return str(answer.conversation.conversation)


async def _new(world: World, person: str, query: str = "", *permissions: str) -> Screen:
    """A tab of a person in a browser of their own, with the focus."""
    screen = await world.screen(await world.browser_of(*permissions), person, query)
    await screen.page.mouse.click(400, 10)
    return screen


async def test_the_list_knows_titles_numbers_and_the_latest_and_stays_live(people: World) -> None:
    group = await people.suite.group("dana", "marco")
    direct = await _direct(people, "marco", "dana")
    await people.suite.send(direct, "marco", "Are you there?")
    await people.suite.send(group, "marco", "Slab at noon")
    screen = await _new(people, "dana")
    await screen.do("() => { app.list = app.conversations.list() }")
    rows = """() => app.list.view.value.conversations.map((one) =>
        [one.title, one.other, one.kind, one.unread, one.lastMessage?.text ?? ''])"""
    of_group, of_direct = ["Level 3 slab", "", "group", 1, "Slab at noon"], ["marco", "marco", "direct", 1]
    await _is(screen, rows, [of_group, [*of_direct, "Are you there?"]])
    # News move a conversation up; so does what the person writes on another device; an edit changes the words.
    number = await people.suite.send(direct, "marco", "Hello?")
    await _is(screen, rows, [["marco", "marco", "direct", 2, "Hello?"], of_group])
    await people.suite.send(group, "dana", "From my phone")
    await _is(screen, "() => app.list.view.value.conversations[0].lastMessage.text", "From my phone")
    await people.suite.messaging.EditMessage(
        messaging_pb2.EditMessageRequest(
            conversation=direct, client_key=uuid.uuid4().hex, number=number, text="Hello!"
        ),
        metadata=as_person(people.suite.issuer, "marco"),
    )
    await _is(screen, "() => app.list.view.value.conversations[1].lastMessage.text", "Hello!")
    # A group that somebody makes with the person, before anybody writes into it.
    new = await people.suite.group("marco", "dana")
    await people.suite.send(new, "marco", "A new one")
    await _is(screen, "() => app.list.view.value.conversations[0].conversation", new)
    # Read, it is bold no longer; left, it is gone.
    await people.suite.read("dana", new, 1)
    await _is(screen, "() => app.list.view.value.conversations[0].unread", 0)
    await screen.do("conversation => app.conversations.leave(conversation)", new)
    await _is(screen, "() => app.list.view.value.conversations.length", 2)
    await screen.do("conversation => app.conversations.star(conversation)", direct)
    await _is(
        screen,
        "() => app.list.view.value.conversations.filter((one) => one.starred).map((one) => one.title)",
        ["marco"],
    )


async def test_presence_says_who_is_here_and_what_they_have_chosen(people: World) -> None:
    ana, ben = await _new(people, "ana"), await _new(people, "ben")
    await ana.do(
        """() => { app.seen = {}; app.end = app.conversations.presence(['ben', 'nobody'], (persons) => {
            for (const one of persons) app.seen[one.person] = one.status; }) }"""
    )
    await _is(ana, "() => app.seen", {"ben": "active", "nobody": "offline"})
    await ben.do("() => app.conversations.setStatus('do not disturb', Date.now() + 3600e3)")
    await _is(ana, "() => app.seen.ben", "do not disturb")
    await ben.do("() => app.conversations.setStatus(null)")
    await _is(ana, "() => app.seen.ben", "active")
    other = await ben.page.context.new_page()
    await other.bring_to_front()
    await ben.focus(focused=False)
    await _is(ana, "() => app.seen.ben", "away")
    await ben.page.context.close()
    people.contexts.remove(ben.page.context)
    await _is(ana, "() => app.seen.ben", "offline", timeout_s=30)


async def test_typing_is_seen_by_the_others_and_ends_with_the_message_or_by_itself(people: World) -> None:
    conversation = await people.suite.group("cleo", "otto")
    cleo, otto = await _new(people, "cleo"), await _new(people, "otto")
    await cleo.do("(one) => { app.conversations.typing(one, (persons) => { app.types = persons }) }", conversation)
    await otto.do("(one) => app.open(one)", conversation)
    await _is(otto, "() => app.opened().view.value.state", "open")
    await _is(cleo, "() => app.types", [])
    await otto.do("(one) => app.conversations.reportTyping(one)", conversation)
    await _is(cleo, "() => app.types", ["otto"])
    await otto.do("() => app.opened().send(['Done'])")
    await _is(cleo, "() => app.types", [], timeout_s=3)
    await otto.do("(one) => app.conversations.reportTyping(one)", conversation)
    await _is(cleo, "() => app.types", ["otto"])
    await _is(cleo, "() => app.types", [])


async def test_readers_tell_who_has_seen_a_message(people: World) -> None:
    conversation = await people.suite.group("rae", "sam", "tia")
    number = await people.suite.send(conversation, "rae", "Who has seen this?")
    rae = await _new(people, "rae")
    await rae.do(
        """async (one) => { const { seenBy } = await import('/client/index.js');
            const message = { number: 1, author: 'rae' };
            app.conversations.readers(one, (readers) => { app.seen = seenBy(readers, message) }) }""",
        conversation,
    )
    await _is(rae, "() => app.seen", [])
    await people.suite.read("sam", conversation, number)
    await _is(rae, "() => app.seen", ["sam"])
    await people.suite.read("tia", conversation, number)
    await _is(rae, "() => app.seen", ["sam", "tia"])
    await people.suite.unread.MarkUnread(
        unread_pb2.MarkUnreadRequest(conversation=conversation, number=1),
        metadata=as_person(people.suite.issuer, "tia"),
    )
    await _is(rae, "() => app.seen", ["sam"])


async def test_preferences_tell_what_holds_and_what_is_the_persons_own(people: World) -> None:
    await people.suite.notifier.PutTenantDefaults(
        notifier_pb2.PutTenantDefaultsRequest(tenant=TENANT, defaults=notifier_pb2.Preferences(group=False)),
        metadata=as_service(people.suite.issuer),
    )
    conversation = await people.suite.group("pia", "marco")
    pia = await _new(people, "pia")
    state = """async () => { await app.conversations.preferences.read();
        const { effective, own, levels, snoozedUntilMs } = app.conversations.preferences.view.value;
        return { group: effective.group, inApp: effective.inApp, own, levels, snoozedUntilMs }; }"""
    assert await pia.do(state) == {"group": False, "inApp": True, "own": [], "levels": {}, "snoozedUntilMs": 0}
    await pia.do("() => app.conversations.preferences.change({ group: true })")
    await pia.do("(one) => app.conversations.preferences.setLevel(one, 'mentions')", conversation)
    await pia.do("() => app.conversations.preferences.snooze(9e12)")
    own = [notifier_pb2.PREFERENCE_FIELD_GROUP, notifier_pb2.PREFERENCE_FIELD_SNOOZED_UNTIL_MS]
    expected = {"group": True, "inApp": True, "own": own, "levels": {conversation: "mentions"}, "snoozedUntilMs": 9e12}
    assert await pia.do(state) == expected
    await pia.do("() => app.conversations.preferences.snooze(0)")
    await pia.do("() => app.conversations.preferences.change({}, [5])")
    await pia.do("(one) => app.conversations.preferences.setLevel(one, 'default')", conversation)
    assert await pia.do(state) == {"group": False, "inApp": True, "own": [], "levels": {}, "snoozedUntilMs": 0}
    await people.suite.notifier.PutTenantDefaults(
        notifier_pb2.PutTenantDefaultsRequest(tenant=TENANT, defaults=notifier_pb2.Preferences()),
        metadata=as_service(people.suite.issuer),
    )


async def _in_app_off(world: World, person: str, *, off: bool) -> None:
    """Waits until the services know whether somebody's browser shows banners."""

    async def there() -> bool:
        answer = await world.suite.presence.LocateClients(
            presence_pb2.LocateClientsRequest(tenant=TENANT, persons=[person]), metadata=as_service(world.suite.issuer)
        )
        return [client.in_app_off for client in answer.clients] == [off]

    await eventually(there)


async def test_banners_switched_off_in_this_browser_are_off_in_all_its_tabs(people: World) -> None:
    conversation = await people.suite.group("ilse", "marco")
    context = await people.browser_of()
    first, second = await people.screen(context, "ilse"), await people.screen(context, "ilse")
    await first.do("() => app.conversations.switchInApp(false)")
    await _is(second, "() => app.conversations.inApp.value", expected=False)
    await second.page.mouse.click(400, 10)
    await _in_app_off(people, "ilse", off=True)
    await people.suite.send(conversation, "marco")
    await second.sees("total", "1")
    await asyncio.sleep(1)
    assert [await one.do("() => app.bannersSeen.length") for one in (first, second)] == [0, 0]
    await second.page.reload()
    await second.sees("state", "connected")
    await _is(second, "() => app.conversations.inApp.value", expected=False)
    await second.page.mouse.click(400, 10)
    await second.do("() => app.conversations.switchInApp(true)")
    await _in_app_off(people, "ilse", off=False)
    await people.known("ilse", focused=True)
    await people.suite.send(conversation, "marco")
    await eventually(lambda: second.do("() => app.bannersSeen.length === 1"))


async def test_a_banner_stays_under_the_pointer_takes_an_edit_in_place_and_can_be_answered(people: World) -> None:
    conversation = await people.suite.group("gil", "marco")
    gil = await _new(people, "gil")
    await people.known("gil", focused=True)
    number = await people.suite.send(conversation, "marco", "Frist draft")
    tag = f"{conversation}:{number}"
    await gil.sees("banners", "marco: Frist draft")
    await gil.do("(tag) => app.conversations.hold(tag)", tag)
    await people.suite.messaging.EditMessage(
        messaging_pb2.EditMessageRequest(
            conversation=conversation, client_key=uuid.uuid4().hex, number=number, text="First draft"
        ),
        metadata=as_person(people.suite.issuer, "marco"),
    )
    await gil.sees("banners", "marco: First draft")
    assert await gil.do("() => app.bannersSeen.length") == 1
    await asyncio.sleep(7)
    assert await gil.text("banners") == "marco: First draft", "the pointer rests on it"
    await gil.do("() => app.conversations.reply(app.conversations.banners.value[0], ['On my way'])")
    await gil.sees("banners", "")
    await gil.sees("total", "0")
    page = await people.suite.messaging.ListMessages(
        messaging_pb2.ListMessagesRequest(conversation=conversation), metadata=as_person(people.suite.issuer, "marco")
    )
    assert [(one.author, one.text) for one in page.messages] == [("marco", "First draft"), ("gil", "On my way")]


async def test_an_answer_to_a_banner_does_not_read_what_was_not_shown(people: World) -> None:
    conversation = await people.suite.group("noa", "marco")
    await people.suite.send(conversation, "marco", "Missed this morning")
    noa = await _new(people, "noa")
    await noa.sees("total", "1")
    await people.known("noa", focused=True)
    await people.suite.send(conversation, "marco", "And now?")
    await noa.sees("banners", "marco: And now?")
    await noa.do("() => app.conversations.reply(app.conversations.banners.value[0], ['Soon'])")
    await asyncio.sleep(1)
    assert await noa.text("total") == "2"


async def test_people_make_conversations_and_change_them(people: World) -> None:
    uma = await _new(people, "uma")
    group = await uma.do("() => app.conversations.createGroup('Concrete', ['vito', 'wes'])")
    for verb in (
        "addMembers(one, ['xena'])",
        "removeMembers(one, ['wes'])",
        "setRole(one, 'vito', 'owner')",
        "rename(one, 'Concrete crew')",
        "setHistory(one, 'since joining')",
    ):
        await uma.do(f"(one) => app.conversations.{verb}", group)
    details = await uma.do("(one) => app.conversations.details(one)", group)
    del details["createdAtMs"]
    assert details == {
        "conversation": group,
        "kind": "group",
        "title": "Concrete crew",
        "other": "",
        "link": "",
        "item": None,
        "members": ["uma", "vito", "xena"],
        "owners": ["uma", "vito"],
        "archived": False,
        "history": "since joining",
        "joinedNumber": 0,
    }
    await uma.do("(one) => app.conversations.archive(one)", group)
    assert (await uma.do("(one) => app.conversations.details(one)", group))["archived"]
    direct = await uma.do("() => app.conversations.createDirect('vito')")
    assert (await uma.do("(one) => app.conversations.details(one)", direct))["other"] == "vito"
    item = {"project": "p1", "tool": "rfi", "item": "114"}
    about = {"title": "RFI 114", "link": "/rfis/114", "members": ["vito"]}
    opened = await uma.do("([item, about]) => app.conversations.openItem(item, about)", [item, about])
    assert opened == await uma.do("([item, about]) => app.conversations.openItem(item, about)", [item, about])
    details = await uma.do("(one) => app.conversations.details(one)", opened)
    assert (details["item"], details["link"], details["kind"]) == (item, "/rfis/114", "item")


async def test_a_thread_shows_the_replies_and_a_search_finds_words(people: World) -> None:
    conversation = await people.suite.group("zoe", "marco")
    for text in ("Rebar arrives Monday", "Forms are up", "Rebar is short by two bundles"):
        await people.suite.send(conversation, "marco", text)
    zoe = await _new(people, "zoe")
    await zoe.do("(one) => { app.open(one); app.thread = app.conversations.thread(one, 1) }", conversation)
    await _is(zoe, "() => app.thread.view.value.root?.text", "Rebar arrives Monday")
    await zoe.do("() => app.thread.send(['Which gate?', { person: 'marco', label: 'Marco' }])")
    texts = "() => app.thread.view.value.messages.map((one) => one.text)"
    await _is(zoe, texts, ["Which gate?@Marco"])
    await _is(zoe, "() => app.thread.view.value.outgoing.length", 0)
    await _is(zoe, "() => app.opened().view.value.messages[0].replies", 1)
    await zoe.do("() => app.opened().edit(4, ['Which gate, please?'])")
    await _is(zoe, texts, ["Which gate, please?"])
    versions = await zoe.do("(one) => app.conversations.versions(one, 4)", conversation)
    assert [one["text"] for one in versions] == ["Which gate?@Marco", "Which gate, please?"]
    await zoe.do("() => { app.search = app.conversations.search(); return app.search.find('reba') }")
    found = await zoe.do("() => app.search.view.value.found.map((one) => one.message.number)")
    assert found == [3, 1]


async def test_why_somebody_was_told_and_whether_a_surface_works(people: World) -> None:
    conversation = await people.suite.group("lou", "marco")
    lou = await _new(people, "lou", "", "notifications")
    await people.known("lou", focused=True)
    number = await people.suite.send(conversation, "marco", "Why this banner?")
    await lou.sees("banners", "marco: Why this banner?")
    why = await lou.do(
        """async ([one, number]) => { const it = await app.conversations.explain(one, number);
            return [it.decision.surface, it.decision.reason, it.path.length > 0]; }""",
        [conversation, number],
    )
    assert why == [notifier_pb2.SURFACE_BANNER, notifier_pb2.REASON_TAB_IN_USE, True]
    assert await lou.do("(one) => app.conversations.explain(one, 999)", conversation) is None
    trials = await lou.do("() => app.conversations.testNotification('banner')")
    assert [(one["here"], one["result"]) for one in trials] == [(True, "sent")]
    await _is(lou, "() => app.conversations.banners.value.filter((one) => one.test).length", 1)
    await asyncio.sleep(2.1)
    assert await lou.do("() => app.conversations.testNotification('push')") == []


async def test_mutes_end_and_last_for_ever(people: World) -> None:
    conversation = await people.suite.group("mia", "marco")
    await people.suite.send(conversation, "marco")
    mia = await _new(people, "mia")
    await mia.sees("total", "1")
    await mia.do("(one) => app.conversations.mute(one, Number.MAX_SAFE_INTEGER)", conversation)
    await mia.sees("total", "0")
    until = "(one) => app.conversations.mutedUntilMs(one)"
    await _is(mia, until, 2**53 - 1, conversation)
    await mia.do("(one) => app.conversations.mute(one, Date.now() + 1500)", conversation)
    await mia.sees("total", "1")
    assert await mia.do(until, conversation) == 0


async def test_a_conversation_opens_at_the_first_unread_also_when_the_page_has_just_begun(people: World) -> None:
    conversation = await people.suite.group("eli", "marco")
    for number in range(120):
        await people.suite.send(conversation, "marco", f"Line {number + 1}")
    await people.suite.read("eli", conversation, 40)
    eli = await _new(people, "eli")
    view = "() => [app.opened().view.value.unreadFrom, app.opened().view.value.messages[0]?.number]"
    await eli.do("(one) => app.open(one)", conversation)
    await _is(eli, view, [41, 1])
    # Brought to the end by a link, nobody has read what lies between.
    await eli.do("(one) => app.open(one, 120)", conversation)
    await _is(eli, "() => app.opened().view.value.messages.at(-1)?.number", 120)
    await eli.page.locator("[data-number='120']").scroll_into_view_if_needed()
    await asyncio.sleep(1.5)
    assert await eli.text("total") == "80"
    await eli.do("() => app.opened().jumpToLatest()")
    await eli.sees("total", "0")


PUSH_SERVICE = """() => {
    // Chromium here has no push service: its own answer stands in for it, the rest is real.
    const made = (endpoint, options) => ({
        endpoint, options,
        toJSON: () => ({ endpoint, keys: { p256dh: localStorage.getItem('test/p256dh'), auth: 'A'.repeat(22) } }),
        unsubscribe: async () => { localStorage.removeItem('test/endpoint'); return true; },
    });
    PushManager.prototype.getSubscription = async () => {
        const endpoint = localStorage.getItem('test/endpoint');
        return endpoint && made(endpoint, {});
    };
    PushManager.prototype.subscribe = async (options) => {
        const endpoint = `https://fcm.googleapis.com/fcm/send/${crypto.randomUUID()}`;
        localStorage.setItem('test/endpoint', endpoint);
        localStorage.setItem('test/key', String(new Uint8Array(options.applicationServerKey).length));
        return made(endpoint, options);
    };
}"""


async def _pushing(world: World) -> BrowserContext:
    """A browser with Web Push and permission to show notifications."""
    context = await world.browser_of("notifications")
    await context.add_init_script(f"({PUSH_SERVICE})(); localStorage.setItem('test/p256dh', '{_point()}')")
    return context


def _point() -> str:
    """A public key as a browser makes it."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    raw = key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.fixture
async def devices(people: World, mongo_client: mongo.Client) -> Callable[[str], Awaitable[list[str]]]:
    """Reads the endpoints that the notifier holds of a person."""
    names = [name for name in await mongo_client.list_database_names() if name.endswith("_notifier")]

    async def read(person: str) -> list[str]:
        found = [
            row for name in names for row in await mongo_client[name]["devices"].find({"person": person}).to_list()
        ]
        return [str(row["target"] if isinstance(row["target"], str) else row["target"]["endpoint"]) for row in found]

    return read


SHOWN = """async () => {
    const worker = await navigator.serviceWorker.getRegistration();
    const shown = await navigator.locks.request("conversations/tray", () => worker.getNotifications());
    return shown.map((one) => [one.title, one.body, one.tag]);
}"""
"""What the browser shows; asked for as web/client/src/tray.ts does."""

SHOW = """async ([title, options]) => {
    const worker = await navigator.serviceWorker.ready;
    await navigator.locks.request("conversations/tray", () => worker.showNotification(title, options));
}"""


async def test_web_push_is_registered_moves_to_who_signs_in_and_ends_with_sign_out(
    people: World, devices: Callable[[str], Awaitable[list[str]]]
) -> None:
    context = await _pushing(people)
    ida = await people.screen(context, "ida")
    await _is(ida, "() => app.conversations.push.value", {"state": "off", "why": "", "busy": False})
    assert await ida.do("() => app.conversations.push.enable()") == {"state": "on", "why": "", "busy": False}
    assert await ida.do("localStorage.getItem('test/key')") == "65"
    first = await ida.do("localStorage.getItem('test/endpoint')")
    assert await devices("ida") == [first]
    second_tab = await people.screen(context, "ida")
    await _is(second_tab, "() => app.conversations.push.value.state", "on")
    # Somebody else signs in in this browser without a sign-out before: it is theirs at once.
    ugo = await people.screen(context, "ugo")
    await _is(ugo, "() => app.conversations.push.value.state", "on")
    moved = await ugo.do("localStorage.getItem('test/endpoint')")
    assert moved != first
    assert await devices("ugo") == [moved]
    await _is(ida, "() => app.conversations.push.value.state", "off")
    await ugo.do("() => app.conversations.signOut()")
    assert await devices("ugo") == []
    assert await ugo.do("localStorage.getItem('test/endpoint')") is None


async def test_the_service_worker_shows_replaces_and_clears_pushes_and_a_click_opens_the_message(people: World) -> None:
    conversation = await people.suite.group("kai", "marco")
    await people.suite.send(conversation, "marco", "One")
    context = await _pushing(people)
    screen = await people.screen(context, "kai")
    await screen.do("() => app.conversations.push.enable()")
    session = await context.new_cdp_session(screen.page)
    registrations: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(one["registrationId"] for one in event["registrations"]),
    )
    await session.send("ServiceWorker.enable")
    await eventually(lambda: bool(registrations))

    async def push(**fields: object) -> None:
        data = {"act": "SHOW", "tag": f"{conversation}:1", "conversation": conversation, "number": 1, "author": "marco"}
        await session.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": people.address,
                "registrationId": registrations[-1],
                "data": json.dumps({**data, "title": "Level 3 slab", "text": "One", "badge": 1, "count": 1, **fields}),
            },
        )

    title = "marco · Level 3 slab"
    await push()
    await _is(screen, SHOWN, [[title, "One", f"{conversation}:1"]])
    await push(act="REPLACE", text="One, edited")
    await _is(screen, SHOWN, [[title, "One, edited", f"{conversation}:1"]])
    await push(tag="g_other:7", conversation="g_other", number=7, count=3)
    await push(act="CLEAR", clear_up_to=1, tag="")
    await _is(screen, SHOWN, [[f"{title} (3)", "One", "g_other:7"]])
    await push(act="CLEAR", conversation="g_other", tag="g_other:7", number=7)
    await _is(screen, SHOWN, [])
    # A click: of two tabs the one that shows the conversation gets it.
    other = await people.screen(context, "kai")
    await screen.do("(one) => app.conversations.show(one)", conversation)
    await push(number=1, link="/rfis/7")
    await _is(screen, f"async () => (await ({SHOWN})()).length", 1)
    worker = next(one for one in context.service_workers if one.url.startswith(people.address))
    click = """async () => {
        const [notification] = await self.registration.getNotifications();
        self.dispatchEvent(new NotificationEvent('notificationclick', { notification }));
    }"""
    await worker.evaluate(click)
    await _is(screen, "() => app.clicked", [{"conversation": conversation, "number": 1}])
    assert await other.do("() => app.clicked") == []
    await _is(screen, SHOWN, [])
    # With no page open one is opened at the message.
    await push(number=1, link="/rfis/7")
    await _is(screen, f"async () => (await ({SHOWN})()).length", 1)
    await worker.evaluate(
        "() => { self.opened = []; self.clients.openWindow = async (url) => { self.opened.push(url) } }"
    )
    await worker.evaluate("() => { self.clients.matchAll = async () => [] }")
    await worker.evaluate(click)

    async def opened() -> bool:
        wanted = [f"{people.address}/rfis/7?conversation={conversation}&message=1"]
        return bool(await worker.evaluate("() => self.opened") == wanted)

    await eventually(opened)


async def test_a_page_that_opens_clears_the_notifications_of_what_is_read_and_keeps_the_others(people: World) -> None:
    read, unread = await people.suite.group("vic", "marco"), await people.suite.group("vic", "marco")
    for conversation in (read, unread):
        await people.suite.send(conversation, "marco")
    context = await _pushing(people)
    screen = await people.screen(context, "vic")
    await screen.do("() => app.conversations.push.enable()")
    for conversation in (read, unread):
        data = {"conversation": conversation, "number": 1, "link": "", "scope": ""}
        await screen.do(SHOW, ["Push", {"tag": f"{conversation}:1", "data": data}])
    await screen.do(SHOW, ["Host", {"tag": "host"}])
    await screen.page.close()
    await people.suite.read("vic", read, 1)
    again = await people.screen(context, "vic")
    tags = f"async () => (await ({SHOWN})()).map((one) => one[2]).sort()"
    await _is(again, tags, sorted(["host", f"{unread}:1"]))
    await people.suite.read("vic", unread, 1)
    await _is(again, tags, ["host"])


async def test_sign_out_ends_everything_of_the_person_in_all_tabs(people: World) -> None:
    await eventually(lambda: _streams_are(people, 0))
    conversation = await people.suite.group("abe", "marco")
    await people.suite.send(conversation, "marco", "For Abe only")
    context = await _pushing(people)
    first, second = await people.screen(context, "abe"), await people.screen(context, "abe")
    for screen in (first, second):
        await screen.sees("total", "1")
        await screen.do("(one) => { app.open(one); app.list = app.conversations.list() }", conversation)
        await screen.page.get_by_text("marco: For Abe only").wait_for()
        await _is(screen, "() => app.list.view.value.conversations.length", 1)
    await first.do("() => app.conversations.push.enable()")
    data = {"conversation": conversation, "number": 1, "link": "", "scope": "conversations/acme/abe"}
    await first.do(SHOW, ["marco", {"tag": "x", "data": data}])
    await first.do("() => app.conversations.signOut()")
    held = """() => [app.conversations.badges.value.conversations, app.conversations.badges.value.known,
        app.opened().view.value.messages.length, app.opened().view.value.state,
        app.list.view.value.conversations.length, app.conversations.connection.value.state]"""
    for screen in (first, second):
        await _is(screen, held, [{}, False, 0, "ended", 0, "ended"])
        assert await screen.page.get_by_text("For Abe only").count() == 0
    await eventually(lambda: _streams_are(people, 0))
    assert await first.do(SHOWN) == []
    assert await first.do("localStorage.getItem('test/endpoint')") is None
    # The next person in the same tab sees nothing of it; the same person finds everything again.
    await first.page.goto(f"{people.address}/?person=bea")
    await first.sees("state", "connected")
    await first.sees("total", "0")
    await people.suite.send(conversation, "marco", "Another one")
    await second.page.goto(f"{people.address}/?person=abe")
    await second.sees("state", "connected")
    await second.sees("total", "2")


async def _streams_are(world: World, count: int) -> bool:
    return await world.streams() == count


async def test_the_icon_and_the_installed_application_carry_the_total(people: World) -> None:
    conversation = await people.suite.group("flo", "marco")
    context = await people.browser_of()
    await context.add_init_script(
        """(() => { const set = []; window.badges = set;
            navigator.setAppBadge = async (total) => { set.push(total) };
            navigator.clearAppBadge = async () => { set.push(0) }; })()"""
    )
    screen = await people.screen(context, "flo")
    icon = "/icon.png"
    pixel = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
    await context.route("**/icon.png", lambda route: route.fulfill(body=pixel, content_type="image/png"))
    await screen.do(
        """async (icon) => { const { showTotal } = await import('/client/index.js');
            app.end = showTotal(app.conversations.badges, () => 'Project', icon) }""",
        icon,
    )
    href = "() => document.querySelector('link[rel~=icon]').getAttribute('href').slice(0, 14)"
    await _is(screen, href, icon)
    await people.suite.send(conversation, "marco")
    await _is(screen, href, "data:image/png")
    await _is(screen, "() => badges.at(-1)", 1)
    assert await screen.page.title() == "(1) Project"
    await people.suite.read("flo", conversation, 1)
    await _is(screen, href, icon)
    await _is(screen, "() => badges.at(-1)", 0)
    assert await screen.page.title() == "Project"


@pytest.mark.parametrize("query", ["", "&alone"], ids=["shared worker", "alone"])
async def test_a_page_that_was_frozen_is_right_as_soon_as_it_wakes(people: World, query: str) -> None:
    person = f"wim{len(query)}"
    conversation = await people.suite.group(person, "marco")
    screen = await people.screen(await people.browser_of(), person, query)
    await screen.do("(one) => app.open(one)", conversation)
    await people.suite.send(conversation, "marco", "Before")
    await screen.page.get_by_text("marco: Before").wait_for()
    session = await screen.page.context.new_cdp_session(screen.page)
    await session.send("Page.setWebLifecycleState", {"state": "frozen"})
    for index in range(5):
        await people.suite.send(conversation, "marco", f"While asleep {index}")
    await asyncio.sleep(4)
    await session.send("Page.setWebLifecycleState", {"state": "active"})
    await screen.page.get_by_text("marco: While asleep 4").wait_for(timeout=SOONER_MS)
    await screen.sees("state", "connected", SOONER_MS / 1000)


async def test_the_ten_lines_of_the_readme_embed_it(people: World) -> None:
    conversation = await people.suite.group("dana", "tom")
    text = (CLIENT / "README.md").read_text()
    found = re.search(r"## Embed it in ten lines\n\n```js\n(.*?)```", text, re.DOTALL)
    assert found is not None
    snippet = found.group(1)
    assert len([line for line in snippet.splitlines() if line.strip()]) <= 12
    context = await people.browser_of()
    page = await context.new_page()
    await page.goto(f"{people.address}/?person=dana")
    config = await page.evaluate("async () => (await fetch('/config')).json()")
    # Only what a host has of its own is put in: addresses, and the element that shows the number.
    for theirs, ours in {
        '"northgate"': f'"{TENANT}"',
        '"https://chat.example.com"': json.dumps(config["gateway"]),
        "/api/conversations-token": "/token?person=dana",
        "/conversations/worker.js": "/client/worker.js",
        "@conversations/client": "/client/index.js",
    }.items():
        assert theirs in snippet
        snippet = snippet.replace(theirs, ours)
    script = """
        const icon = document.body.appendChild(document.createElement('b')); icon.id = 'icon';
        const shown = document.body.appendChild(document.createElement('p')); shown.id = 'shown';
        const router = { go: () => undefined };
        const render = (banners) => { shown.textContent = banners.map((one) => one.text).join() };
        """
    lines = snippet.strip().splitlines()
    html = f"<title>Host</title><body><script type=module>{lines[0]}\n{script}\n{chr(10).join(lines[1:])}</script>"
    await context.route("**/host", lambda route: route.fulfill(body=html, content_type="text/html"))
    await page.goto(f"{people.address}/host")
    screen = Screen(page)
    await page.mouse.click(400, 300)
    await people.known("dana", focused=True)
    before = await people.suite.total("dana")
    await screen.sees("icon", str(before) if before else "")
    await people.suite.send(conversation, "tom", "Ten lines")
    await screen.sees("icon", str(before + 1))
    assert await page.title() == f"({before + 1}) Northgate"
    await screen.sees("shown", "Ten lines")


def test_the_package_is_what_a_host_installs_and_its_types_resolve(library: None, tmp_path: Path) -> None:
    node = ROOT / ".venv" / "node"
    environment = {"PATH": f"{node}:/usr/bin:/bin", "HOME": str(tmp_path)}

    def run(*command: str | Path, cwd: Path) -> str:
        made = subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert made.returncode == 0, made.stdout + made.stderr
        return made.stdout

    packed = json.loads(run(node / "npm", "pack", "--json", "--pack-destination", tmp_path, cwd=CLIENT))[0]
    files = {one["path"] for one in packed["files"]}
    assert {"package.json", "README.md", "dist/index.js", "dist/worker.js", "dist/service-worker.js"} <= files
    assert {"dist/types/index.d.ts", "dist/types/worker.d.ts", "dist/types/service-worker.d.ts"} <= files
    assert not [name for name in files if name.startswith(("src/", "tests/"))]
    modules = tmp_path / "node_modules"
    place = modules / "@conversations" / "client"
    place.mkdir(parents=True)
    run("/usr/bin/tar", "-xzf", tmp_path / packed["filename"], "--strip-components=1", "-C", place, cwd=tmp_path)
    for scope in ("@bufbuild", "@connectrpc"):
        (modules / scope).symlink_to(ROOT / "web" / "node_modules" / scope)
    (tmp_path / "host.ts").write_text(
        """
        import { connect, seenBy, showTotal, type Banner, type Conversations } from "@conversations/client";
        const token = async (): Promise<string> => "";
        const client: Conversations = connect({ tenant: "t", person: "p", gateway: "https://g", token });
        export const end: () => void = showTotal(client.badges, () => "Host");
        export const texts: string[] = client.banners.value.map((banner: Banner) => banner.text);
        export const seen: string[] = seenBy([], { number: 1, author: "p" });
        // @ts-expect-error: what is no surface is refused
        void client.testNotification("e-mail");
        """
    )
    (tmp_path / "worker.ts").write_text(
        """
        import { configure } from "@conversations/client/service-worker";
        configure({ address: ({ conversation, number }) => `/talk/${conversation}#${number}` });
        """
    )
    for resolution in ("bundler", "nodenext"):
        module = "esnext" if resolution == "bundler" else "nodenext"
        options = ("--strict", "--noEmit", "--target", "es2022", "--lib", "es2023,dom,dom.iterable")
        how = ("--module", module, "--moduleResolution", resolution, "--skipLibCheck", "false")
        tsc = ROOT / "web" / "node_modules" / "typescript" / "bin" / "tsc"
        run(node / "node", tsc, *options, *how, "host.ts", "worker.ts", cwd=tmp_path)
