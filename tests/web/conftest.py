"""Real Chromium, real Envoy, real services: what a person sees, in the smallest page that embeds the library."""

import subprocess
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio
from aiohttp import ClientSession, web
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from gateway.render import local_config
from local import binaries
from local.databases import free_port
from local.keys import AUDIENCE, ISSUER, Issuer
from services.chassis import mongo
from tests.conftest import eventually
from tests.suite.conftest import Suite, running_suite

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
TENANT = "acme"

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


@dataclass
class Screen:
    """One tab of a person, and what stands on it."""

    page: Page
    errors: list[str] = field(default_factory=list)

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


@dataclass
class World:
    """The services with the gateway before them, and a browser."""

    suite: Suite
    browser: Browser
    address: str
    admin: str
    contexts: list[BrowserContext] = field(default_factory=list)

    async def streams(self) -> int:
        """How many calls and streams are open at the gateway now."""
        async with (
            ClientSession() as session,
            session.get(f"{self.admin}/stats?filter=gateway.downstream_rq_active") as it,
        ):
            return int((await it.text()).split(": ")[1])

    async def browser_of(self, *permissions: str) -> BrowserContext:
        """A browser profile of its own."""
        context = await self.browser.new_context()
        if permissions:
            await context.grant_permissions(list(permissions), origin=self.address)
        self.contexts.append(context)
        return context

    async def screen(self, context: BrowserContext, person: str, query: str = "") -> Screen:
        """A tab of a person, connected."""
        page = await context.new_page()
        screen = Screen(page)
        page.on("pageerror", lambda error: screen.errors.append(str(error)))
        page.on("console", lambda line: screen.errors.append(line.text) if line.type == "error" else None)
        await page.goto(f"{self.address}/?person={person}{query}")
        await screen.sees("state", "connected", 20)
        return screen


def _page(issuer: Issuer, gateway_port: int) -> web.Application:
    # Over HTTP/1.1 a browser opens six connections to each host: a host for each service.
    hosts = {name: f"http://{name}.localhost:{gateway_port}" for name in ("presence", "unread", "notifier")}

    async def config(_: web.Request) -> web.Response:
        return web.json_response({"gateway": {**hosts, "messaging": f"http://127.0.0.1:{gateway_port}"}})

    async def token(request: web.Request) -> web.Response:
        return web.Response(text=issuer.person(TENANT, request.query["person"]))

    async def index(_: web.Request) -> web.FileResponse:
        return web.FileResponse(Path(__file__).parent / "page" / "index.html")

    app = web.Application()
    app.router.add_get("/", index)
    app.router.add_get("/config", config)
    app.router.add_get("/token", token)
    app.router.add_static("/client", ROOT / "web" / "client" / "dist")
    app.router.add_static("/", Path(__file__).parent / "page")
    return app


@pytest.fixture(scope="session")
def library() -> None:
    """The client library as it is now, built."""
    made = subprocess.run(
        ["make", "--no-print-directory", "web-build"],  # noqa: S607 - as a person does it
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr


@pytest.fixture(scope="module")
async def world(
    library: None,
    mongo_uri: str,
    mongo_client: mongo.Client,
    valkey_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[World]:
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing: on Debian, apt-get install chromium")
    folder = tmp_path_factory.mktemp("web")
    issuer = Issuer.open(folder / "keys")
    async with AsyncExitStack() as stack:
        valkey = redis.asyncio.Redis.from_url(valkey_url)
        await valkey.flushall()
        await valkey.aclose()
        prefix = f"test_{uuid.uuid4().hex[:8]}"
        every = {"retry_window_ms": 500}
        suite = await stack.enter_async_context(
            running_suite(
                issuer,
                folder,
                mongo_uri,
                mongo_client,
                valkey_url,
                prefix,
                **dict.fromkeys(("messaging", "presence", "unread", "notifier"), every),
            )
        )
        port, admin = free_port(), free_port()
        file = folder / "envoy.yaml"
        file.write_text(
            local_config(
                listen=port,
                admin=admin,
                upstreams={name: process.port for name, process in suite.processes.items()},
                jwks_file=issuer.jwks_file,
                issuer=ISSUER,
                audience=AUDIENCE,
            )
        )
        log = folder / "envoy.log"
        with log.open("wb") as output:
            envoy = subprocess.Popen(  # noqa: ASYNC220 - it is only started here
                [
                    *(binaries.envoy(), "-c", file, "--use-dynamic-base-id", "--log-level", "warning"),
                    *("--concurrency", "1"),
                ],
                stdout=output,
                stderr=output,
            )
        stack.callback(envoy.wait, timeout=10)
        stack.callback(envoy.kill)
        runner = web.AppRunner(_page(issuer, port))
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        stack.push_async_callback(browser.close)
        yield World(suite, browser, f"http://127.0.0.1:{runner.addresses[0][1]}", f"http://127.0.0.1:{admin}")


@pytest.fixture
async def people(world: World) -> AsyncIterator[World]:
    """The world, with every tab closed after the test."""
    yield world
    for context in world.contexts:
        await context.close()
    world.contexts.clear()
