"""What the tests of a real browser stand on: services, gateway, push services, browsers, and what is on a screen."""

import asyncio
import json
import subprocess
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from aiohttp import ClientSession
from conversations.presence.v1 import presence_pb2
from playwright.async_api import Browser, BrowserContext, CDPSession, Page, Playwright

from gateway.render import local_config
from local import binaries
from local.databases import free_port, wait_for_port
from local.keys import AUDIENCE, ISSUER, Issuer
from local.push import FakeFcm, FakeWebPush, Subscription
from tests.conftest import eventually
from tests.harness import as_service
from tests.suite.conftest import Suite

TENANT = "acme"
CHROMIUM = Path("/usr/bin/chromium")

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


def used(tab: Any) -> bool:
    """Whether the services know that somebody looks at this tab and has done something in it, a moment ago."""
    return bool(tab.focused and tab.visible and tab.input_age_ms < 60_000)


@dataclass
class Screen:
    """One tab of a person, and what stands on it."""

    page: Page
    errors: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, page: Page) -> "Screen":
        """The screen of a page; what goes wrong in the page is kept."""
        screen = cls(page)
        page.on("pageerror", lambda error: screen.errors.append(str(error)))
        page.on("console", lambda line: screen.errors.append(line.text) if line.type == "error" else None)
        return screen

    async def do(self, script: str, argument: Any = None) -> Any:
        """Runs a script in the page."""
        return await self.page.evaluate(script, argument)

    async def text(self, element: str) -> str:
        """The text of an element, by its id."""
        return await self.page.locator(f"#{element}").inner_text()

    async def sees(self, element: str, text: str, timeout_s: float = 10) -> None:
        """Waits until the element's text is this."""

        async def there() -> bool:
            return (await self.text(element)).strip() == text

        try:
            await eventually(there, timeout_s=timeout_s)
        except AssertionError:
            raise AssertionError(f"#{element} is {await self.text(element)!r}, not {text!r}; {self.errors}") from None

    async def focus(self, focused: bool) -> None:
        """Real focus and blur: Playwright pretends that every page is focused unless it is told not to."""
        session = await self.page.context.new_cdp_session(self.page)
        await session.send("Emulation.setFocusEmulationEnabled", {"enabled": focused})
        await session.detach()

    async def front(self) -> None:
        """The person goes to this tab: of a `Profile`, where what is in front is visible and the rest is hidden."""
        await self.page.bring_to_front()
        await eventually(lambda: self.do("document.visibilityState === 'visible' && document.hasFocus()"))

    async def visibility(self) -> str:
        """What the page knows of it: visible or hidden."""
        return str(await self.do("document.visibilityState"))

    async def notifications(self) -> list[dict[str, Any]]:
        """The notifications that this browser shows: title, text and tag; asked for as web/client/src/tray.ts does."""
        return list(
            await self.do(
                """async () => {
                    const worker = await navigator.serviceWorker.getRegistration();
                    const shown = await navigator.locks.request("conversations/tray", () => worker.getNotifications());
                    return shown.map((one) => ({ title: one.title, text: one.body, tag: one.tag }));
                }"""
            )
        )

    async def shows(self, *tags: str, timeout_s: float = 10) -> None:
        """Waits until the browser shows notifications of exactly these tags."""

        async def there() -> bool:
            return sorted(one["tag"] for one in await self.notifications()) == sorted(tags)

        try:
            await eventually(there, timeout_s=timeout_s)
        except AssertionError:
            raise AssertionError(f"{await self.notifications()} is not {tags}; {self.errors}") from None

    async def cdp(self) -> CDPSession:
        """Chromium's own door to this page."""
        return await self.page.context.new_cdp_session(self.page)


class Envoy:
    """The gateway as a process; starts again at the same address after a kill."""

    def __init__(self, folder: Path, issuer: Issuer, upstreams: dict[str, int]) -> None:
        self.port, self.admin = free_port(), free_port()
        self._log = folder / "envoy.log"
        self._file = folder / "envoy.yaml"
        self._file.write_text(
            local_config(
                listen=self.port,
                admin=self.admin,
                upstreams=upstreams,
                jwks_file=issuer.jwks_file,
                issuer=ISSUER,
                audience=AUDIENCE,
            )
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [
                    *(binaries.envoy(), "-c", self._file, "--use-dynamic-base-id", "--log-level", "warning"),
                    *("--concurrency", "1"),
                ],
                stdout=output,
                stderr=output,
            )
        wait_for_port(self._process, "envoy", self.port)

    def kill(self) -> None:
        """Ends it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=10)


@dataclass
class Profile:
    """A browser of one person: a process of its own, whose tabs are really visible or hidden.

    In the contexts of a browser that Playwright has launched, every page counts as visible; only the first context of
    one to which it connects without its defaults is left alone.
    """

    context: BrowserContext
    elsewhere: Page
    """A tab that has nothing to do with us."""
    process: int
    """The browser's first process."""

    def sleep(self) -> None:
        """The machine goes to sleep: all of the browser's processes stop, and nobody is told."""
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                process.suspend()

    def wake(self) -> None:
        """They go on, as if nothing had been."""
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                process.resume()

    def _processes(self) -> list[psutil.Process]:
        first = psutil.Process(self.process)
        return [first, *first.children(recursive=True)]


SUBSCRIBE = """
const keep = "test/subscription";
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const text = (key) => btoa(String.fromCharCode(...new Uint8Array(key)))
    .replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=+$/, "");
const made = ({ endpoint, keys, server }) => ({
    endpoint,
    expirationTime: null,
    options: { userVisibleOnly: true, applicationServerKey: bytes(server).buffer },
    getKey: (name) => bytes(keys[name]).buffer,
    toJSON: () => ({ endpoint, expirationTime: null, keys }),
    unsubscribe: async () => {
        localStorage.removeItem(keep);
        await askTheService("unsubscribe", endpoint);
        return true;
    },
});
if ("PushManager" in globalThis) {
    PushManager.prototype.getSubscription = async () => {
        const held = localStorage.getItem(keep);
        return held === null ? null : made(JSON.parse(held));
    };
    PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
        if (!userVisibleOnly) throw new DOMException("silent pushes are not allowed", "NotAllowedError");
        const server = text(applicationServerKey);
        const held = { ...(await askTheService("subscribe", server)), server };
        localStorage.setItem(keep, JSON.stringify(held));
        return made(held);
    };
}
"""
"""In a page: subscriptions come from the push service of the tests. A browser's own would need the internet."""


class PushedBrowser:
    """The side of Web Push that a browser's maker runs: subscriptions, and delivery to the service worker."""

    def __init__(self, service: FakeWebPush, profile: Profile) -> None:
        self._service = service
        self._profile = profile
        self._session: CDPSession | None = None
        self._registrations: dict[str, str] = {}
        self._given = 0
        self.subscriptions: list[Subscription] = []

    async def open(self) -> None:
        """Must be called before the first page of ours is opened."""
        await self._profile.context.expose_function("askTheService", self._asked)
        await self._profile.context.add_init_script(SUBSCRIBE)
        self._session = await self._profile.context.new_cdp_session(self._profile.elsewhere)
        self._session.on("ServiceWorker.workerRegistrationUpdated", self._registered)
        await self._session.send("ServiceWorker.enable")

    def _asked(self, verb: str, argument: str) -> dict[str, Any]:
        if verb == "subscribe":
            self.subscriptions.append(self._service.subscribe(argument))
            return self.subscriptions[-1].as_json()
        for subscription in self.subscriptions:
            if subscription.endpoint == argument:
                subscription.ended = True
        return {}

    def _registered(self, event: dict[str, Any]) -> None:
        for one in event["registrations"]:
            if not one["isDeleted"]:
                self._registrations[one["scopeURL"]] = one["registrationId"]

    def waiting(self) -> list[str]:
        """The payloads that have reached this browser and were not given to its service worker yet."""
        ours = {subscription.endpoint for subscription in self.subscriptions}
        return [text for endpoint, text in self._service.arrived if endpoint in ours][self._given :]

    async def deliver(self, payload: str, *, again: bool = False) -> None:
        """The browser wakes its service worker with a message."""
        assert self._session is not None
        (scope, registration), *_ = self._registrations.items()
        await self._session.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": scope.rstrip("/"), "registrationId": registration, "data": payload},
        )
        self._given += not again

    async def receive(self, count: int = 1) -> list[dict[str, Any]]:
        """Waits for so many messages and gives them to the service worker, in order; answers them."""
        await eventually(lambda: len(self.waiting()) >= count, timeout_s=30)
        given = self.waiting()[:count]
        for payload in given:
            await self.deliver(payload)
        return [json.loads(payload) for payload in given]

    async def worker(self, script: str, argument: Any = None) -> Any:
        """Runs a script in the service worker; `tray` lists what is shown."""
        await eventually(lambda: bool(self._profile.context.service_workers))
        return await self._profile.context.service_workers[-1].evaluate(script, argument)

    async def tray(self) -> list[dict[str, Any]]:
        """The notifications that this browser shows, as its service worker knows them: also when no page is open."""
        return list(
            await self.worker(
                """async () => (await navigator.locks.request("conversations/tray",
                    () => self.registration.getNotifications()))
                    .map((one) => ({ title: one.title, text: one.body, tag: one.tag }))"""
            )
        )

    async def shows(self, *tags: str) -> None:
        """Waits until the tray holds exactly these tags."""

        async def there() -> bool:
            return sorted(one["tag"] for one in await self.tray()) == sorted(tags)

        try:
            await eventually(there, timeout_s=20)
        except AssertionError:
            raise AssertionError(f"{await self.tray()} is not {tags}") from None

    async def click(self, tag: str) -> None:
        """The person clicks a notification. No page may be opened by a script, so where it would be is kept."""
        await self.worker(
            """async (tag) => {
                self.clients.openWindow = async (address) => { self.openedAt = address; return null; };
                const [notification] = await self.registration.getNotifications({ tag });
                self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
            }""",
            tag,
        )


@dataclass
class World:
    """The services with the gateway before them, push services beside them, and browsers."""

    suite: Suite
    playwright: Playwright
    browser: Browser
    address: str
    envoy: Envoy
    fcm: FakeFcm
    web_push: FakeWebPush
    folder: Path
    contexts: list[BrowserContext] = field(default_factory=list)
    opened: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def streams(self) -> int:
        """How many calls and streams are open at the gateway now."""
        address = f"http://127.0.0.1:{self.envoy.admin}/stats?filter=gateway.downstream_rq_active"
        async with ClientSession() as session, session.get(address) as it:
            return int((await it.text()).split(": ")[1])

    async def browser_of(self, *permissions: str) -> BrowserContext:
        """A browser profile of its own, in the common process: quick, but all its pages count as visible."""
        context = await self.browser.new_context()
        if permissions:
            await context.grant_permissions(list(permissions), origin=self.address)
        self.contexts.append(context)
        return context

    async def profile(self, *permissions: str) -> Profile:
        """A browser with real tabs; ended with the test."""
        folder = self.folder / f"profile-{free_port()}"
        command: list[str | Path] = [
            CHROMIUM,
            "--headless",
            "--window-size=1280,900",
            "--remote-debugging-port=0",
            f"--user-data-dir={folder}",
            *FLAGS,
        ]
        process = subprocess.Popen(  # noqa: ASYNC220 - it is only started here
            [*command, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.opened.callback(process.wait, timeout=30)
        self.opened.callback(process.terminate)
        told = folder / "DevToolsActivePort"
        await eventually(lambda: told.exists() and len(told.read_text().splitlines()) == 2, timeout_s=30)
        port, path = told.read_text().splitlines()
        browser = await self.playwright.chromium.connect_over_cdp(f"ws://127.0.0.1:{port}{path}", no_defaults=True)
        self.opened.push_async_callback(browser.close)
        context = browser.contexts[0]
        await eventually(lambda: len(context.pages) == 1)
        if permissions:
            await context.grant_permissions(list(permissions), origin=self.address)
        return Profile(context, context.pages[0], process.pid)

    async def pushed(self, profile: Profile) -> PushedBrowser:
        """Connects a browser with the push service, before a page of ours is opened in it."""
        browser = PushedBrowser(self.web_push, profile)
        await browser.open()
        return browser

    async def screen(self, context: BrowserContext, person: str, query: str = "") -> Screen:
        """A tab of a person, connected."""
        screen = Screen.of(await context.new_page())
        await screen.page.goto(f"{self.address}/?person={person}{query}")
        await screen.sees("state", "connected", 20)
        return screen

    async def tabs(self, person: str) -> list[Any]:
        """A person's tabs as the services know them."""
        answer = await self.suite.presence.LocateClients(
            presence_pb2.LocateClientsRequest(tenant=TENANT, persons=[person]),
            metadata=as_service(self.suite.issuer),
            wait_for_ready=True,
            timeout=10,
        )
        return [tab for client in answer.clients for tab in client.tabs]

    async def known(self, person: str, *, focused: bool, conversation: str = "", tabs: int = 0) -> None:
        """Waits until the services know where somebody looks: the reports of tabs travel after the fact.

        Args:
            person: whose tabs.
            focused: whether they look at one of them.
            conversation: what is on screen in it; empty for whatever.
            tabs: how many there are; 0 for whatever.
        """

        async def there() -> bool:
            found = await self.tabs(person)
            looked_at = [tab for tab in found if tab.focused and tab.visible]
            right = not conversation or [tab.conversation for tab in looked_at] == [conversation]
            where = any(used(tab) for tab in looked_at) if focused else bool(found) and not looked_at
            return where and right and tabs in {0, len(found)}

        await eventually(there)

    async def end(self) -> None:
        """Closes what a test has opened."""
        for context in self.contexts:
            await context.close()
        self.contexts.clear()
        await self.opened.aclose()
        self.opened = AsyncExitStack()


async def quiet(seconds: float = 1) -> None:
    """Lets time pass in which something must not happen."""
    await asyncio.sleep(seconds)
