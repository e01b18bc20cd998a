"""Real Chromium, real Envoy, real services: what a person sees, in the smallest page that embeds the library."""

import subprocess
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import redis.asyncio
from aiohttp import web
from playwright.async_api import async_playwright

from local.keys import Issuer
from local.push import fake_fcm, fake_webpush
from local.serving import serving
from local.web.project import browser_addresses
from services.chassis import mongo
from tests.suite.conftest import running_suite
from tests.web.application import Application, application_of
from tests.web.world import CHROMIUM, FLAGS, TENANT, Envoy, World

ROOT = Path(__file__).resolve().parents[2]


def _page(issuer: Issuer, gateway_port: int) -> web.Application:
    async def config(_: web.Request) -> web.Response:
        return web.json_response({"gateway": browser_addresses(gateway_port)})

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


@pytest.fixture(scope="package")
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
        fcm = await stack.enter_async_context(fake_fcm(folder / "push"))
        web_push = await stack.enter_async_context(fake_webpush(folder / "push"))
        push = {name.lower(): value for name, value in {**fcm.settings, **web_push.settings}.items()}
        every = {"retry_window_ms": 500}
        suite = await stack.enter_async_context(
            running_suite(
                issuer,
                folder,
                mongo_uri,
                mongo_client,
                valkey_url,
                f"test_{uuid.uuid4().hex[:8]}",
                **dict.fromkeys(("messaging", "presence", "unread"), every),
                notifier={**every, **push, "escalation_ms": 15_000},
            )
        )
        envoy = Envoy(folder, issuer, {name: process.port for name, process in suite.processes.items()})
        stack.callback(envoy.kill)
        envoy.start()
        port = await stack.enter_async_context(serving(_page(issuer, envoy.port), 0))
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        stack.push_async_callback(browser.close)
        yield World(suite, playwright, browser, f"http://127.0.0.1:{port}", envoy, fcm, web_push, folder)


@pytest.fixture
async def people(world: World) -> AsyncIterator[World]:
    """The world, with every tab closed after the test."""
    yield world
    await world.end()


@pytest.fixture
async def gridline(people: World) -> AsyncIterator[Application]:
    """The demo application, for a tenant of its own."""
    async with application_of(people) as application:
        yield application
