"""The demo application's host: its files, its configuration, and who gets a token."""

import asyncio
import base64
import hashlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import jwt
import pytest

from local.demo import content
from local.keys import Issuer
from local.serving import serving
from local.web.host import Host, application
from local.web.project import browser_addresses

THEME = "document.documentElement.dataset.theme = 'dark'"
PAGE = f"<!doctype html><title>Site</title><script>{THEME}</script><script type=module src=/assets/a-1.js></script>"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    for name, text in {
        "index.html": PAGE,
        "worker.js": "self.onconnect = () => {}",
        "service-worker.js": "self.addEventListener('push', () => {})",
        "assets/a-1.js": "export {}",
        "assets/a-1.css": "body { margin: 0 }",
        "assets/sans-1.woff2": "a font",
        "manifest.webmanifest": "{}",
    }.items():
        (folder / name).write_text(text)
    (tmp_path / "secret.txt").write_text("not for the web")
    return folder


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer.open(tmp_path / "keys")


@pytest.fixture
async def session(dist: Path, issuer: Issuer) -> AsyncIterator[aiohttp.ClientSession]:
    app = application(dist, Host.of(content.read(), browser_addresses(8080), issuer))
    async with serving(app, 0) as port, aiohttp.ClientSession(f"http://127.0.0.1:{port}") as asking:
        yield asking


async def test_the_configuration_names_project_people_items_and_a_host_for_each_service(
    session: aiohttp.ClientSession,
) -> None:
    async with session.get("/host/config.json") as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        config = await answer.json()
    assert config["tenant"] == "northgate"
    assert config["project"] == {"id": "northgate-medical-center", "name": "Northgate Medical Center"}
    assert {"person": "dana", "name": "Dana Whitfield", "role": "project manager"} in config["people"]
    assert {
        "tool": "rfi",
        "item": "114",
        "title": "RFI 114: Beam pocket at grid C-7 clashes with rebar",
        "link": "/projects/northgate-medical-center/rfis/114",
    } in config["items"]
    assert all(item["link"].startswith("/projects/northgate-medical-center/") for item in config["items"])
    assert config["gateway"] == {
        "messaging": "http://127.0.0.1:8080",
        "presence": "http://presence.localhost:8080",
        "unread": "http://unread.localhost:8080",
        "notifier": "http://notifier.localhost:8080",
    }


async def test_each_of_the_people_gets_a_token_of_their_own_and_nobody_else(
    session: aiohttp.ClientSession, issuer: Issuer
) -> None:
    async with session.get("/host/token", params={"person": "dana"}) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/plain"
        assert answer.headers["Cache-Control"] == "no-store"
        claims = jwt.decode(
            await answer.text(), issuer.key.public_key(), algorithms=["EdDSA"], audience="conversations"
        )
    assert (claims["tenant"], claims["sub"]) == ("northgate", "dana")
    assert "act" not in claims
    for stranger in ("mallory", "", "Dana"):
        async with session.get("/host/token", params={"person": stranger}) as answer:
            assert answer.status == 404
            assert await answer.text() == f"person: {stranger!r} is not one of the people\n"
    async with session.get("/host/token") as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    ("path", "kind", "cache"),
    [
        ("/", "text/html; charset=utf-8", "no-cache"),
        ("/index.html", "text/html; charset=utf-8", "no-cache"),
        ("/worker.js", "text/javascript; charset=utf-8", "no-cache"),
        ("/service-worker.js", "text/javascript; charset=utf-8", "no-cache"),
        ("/manifest.webmanifest", "application/manifest+json", "no-cache"),
        ("/assets/a-1.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/assets/a-1.css", "text/css; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/assets/sans-1.woff2", "font/woff2", "public, max-age=31536000, immutable"),
    ],
)
async def test_files_have_their_types_and_only_those_with_hashed_names_are_kept_for_ever(
    session: aiohttp.ClientSession, path: str, kind: str, cache: str
) -> None:
    async with session.get(path) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == kind
        assert answer.headers["Cache-Control"] == cache
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers.get("Service-Worker-Allowed") == ("/" if path == "/service-worker.js" else None)
        tag = answer.headers["ETag"]
    async with session.get(path, headers={"If-None-Match": tag}) as answer:
        assert answer.status == 304


@pytest.mark.parametrize(
    "path",
    [
        "/projects/northgate-medical-center/rfis/114",
        "/projects/northgate-medical-center/submittals/05-1200-03",
        "/conversations/g_abc?message=7",
        "/settings/notifications/why",
        "/assets",
    ],
)
async def test_a_route_of_the_application_is_answered_with_its_page(session: aiohttp.ClientSession, path: str) -> None:
    async with session.get(path) as answer:
        assert answer.status == 200
        assert await answer.text() == PAGE
        assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["/assets/a-2.js", "/assets/x", "/other.js", "/host/nothing", "/host/", "/logo.svg"])
async def test_a_missing_file_is_missing_and_not_the_page(session: aiohttp.ClientSession, path: str) -> None:
    async with session.get(path) as answer:
        assert answer.status == 404
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/assets/link.js", "/%00"]
)
async def test_nothing_outside_the_applications_folder_is_served(
    session: aiohttp.ClientSession, dist: Path, path: str
) -> None:
    (dist / "assets" / "link.js").symlink_to(dist.parent / "secret.txt")
    assert session._base_url is not None
    # By hand: a client of HTTP would tidy the path up.
    reader, writer = await asyncio.open_connection("127.0.0.1", session._base_url.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    assert answer.startswith("HTTP/1.1 ")
    assert "not for the web" not in answer


async def test_the_policy_lets_the_page_reach_the_gateway_and_nothing_foreign(session: aiohttp.ClientSession) -> None:
    async with session.get("/") as answer:
        rules = dict(rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; "))
    assert set(rules["connect-src"].split()) == {"'self'", *browser_addresses(8080).values()}
    hashed = base64.b64encode(hashlib.sha256(THEME.encode()).digest()).decode()
    assert rules["script-src"] == f"'self' 'sha256-{hashed}'"
    assert rules["default-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"
    assert "unsafe" not in " ".join(rules.values())
    assert "*" not in " ".join(rules.values())


@pytest.mark.parametrize(
    ("name", "answered"),
    [
        ("localhost:1", True),
        ("127.0.0.1", True),
        ("[::1]:80", True),
        ("app.localhost", True),
        ("evil.example:80", False),
        ("127.0.0.1.evil.example", False),
        ("notlocalhost", False),
    ],
)
async def test_a_foreign_name_that_leads_to_this_machine_gets_no_token(
    session: aiohttp.ClientSession, name: str, answered: bool
) -> None:
    async with session.get("/host/token", params={"person": "dana"}, headers={"Host": name}) as answer:
        assert answer.status == (200 if answered else 421)
        assert ((await answer.text()).count(".") == 2) is answered
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_an_application_that_is_not_built_says_how_and_is_served_once_it_is(
    tmp_path: Path, issuer: Issuer
) -> None:
    dist = tmp_path / "later"
    app = application(dist, Host.of(content.read(), browser_addresses(8080), issuer))
    async with serving(app, 0) as port, aiohttp.ClientSession(f"http://127.0.0.1:{port}") as asking:
        async with asking.get("/conversations") as answer:
            assert answer.status == 503
            assert "make web-build" in await answer.text()
        dist.mkdir()
        (dist / "index.html").write_text(PAGE)
        async with asking.get("/conversations") as answer:
            assert (answer.status, await answer.text()) == (200, PAGE)


async def test_as_a_process_it_serves_until_it_is_told_to_end(dist: Path, issuer: Issuer) -> None:
    command = ["-m", "local.web", "--dist", dist, "--key-file", issuer.pem_file, "--gateway-port", "8080"]
    process = await asyncio.create_subprocess_exec(sys.executable, *map(str, command), stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        said = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
        address = said.split()[-1]
        assert address.startswith("http://127.0.0.1:")
        async with aiohttp.ClientSession() as asking, asking.get(f"{address}/home") as answer:
            assert await answer.text() == PAGE
    finally:
        process.terminate()
    assert await asyncio.wait_for(process.wait(), 20) == 0
