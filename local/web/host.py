"""The host's HTTP side: the application's files, its configuration, and tokens.

    GET /host/config.json           tenant, project, gateway, people and items
    GET /host/token?person=dana     a bearer token, as text; 404 for somebody who is not one of the people
    every other path                a file of the application; its page, where there is none

Loopback only: it gives a token to everybody who asks. So that no foreign page can ask by a name of its own that leads
to 127.0.0.1, only requests for this machine's own names are answered.
"""

import dataclasses
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from local.web.files import WORKER, content_type, is_asset, looks_like_a_file
from local.web.policy import content_security_policy
from local.web.project import Host

__all__ = ["Host", "application"]

PAGE = "index.html"
"""The application's page; it routes itself."""

FOREVER = "public, max-age=31536000, immutable"
"""For files whose names change with their content."""

ASK_AGAIN = "no-cache"
"""For files whose names stay: kept, but asked for again each time, by their ETag."""

NEVER = "no-store"
"""For what depends on the moment."""


def application(dist: Path, host: Host) -> web.Application:
    """The host as an aiohttp application.

    Args:
        dist: the built demo application.
        host: who is served what.
    """
    served = _Served(dist.resolve(), host)
    app = web.Application(middlewares=[_this_machine_only])
    app.on_response_prepare.append(served.add_headers)
    app.router.add_get("/host/config.json", served.config)
    app.router.add_get("/host/token", served.token)
    app.router.add_get("/host/{rest:.*}", _missing)
    app.router.add_get("/{path:.*}", served.file)
    return app


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def _this_machine_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    name = urlsplit(f"//{request.host}").hostname or ""
    if name not in {"127.0.0.1", "::1", "localhost"} and not name.endswith(".localhost"):
        return web.Response(status=421, text="This is the application of a local run: ask for it by 127.0.0.1.\n")
    return await handler(request)


async def _missing(_: web.Request) -> web.Response:
    return web.Response(status=404, text="There is nothing here.\n", headers={"Cache-Control": NEVER})


class _Served:
    """What the routes answer."""

    def __init__(self, dist: Path, host: Host) -> None:
        self._dist = dist
        self._host = host

    async def add_headers(self, _: web.Request, response: web.StreamResponse) -> None:
        headers = {
            "Content-Security-Policy": content_security_policy(self._page(), self._host.gateway.values()),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        response.headers.update(headers)

    async def config(self, _: web.Request) -> web.Response:
        host = self._host
        content = {
            "tenant": host.tenant,
            "project": {"id": host.project, "name": host.project_name},
            "gateway": dict(host.gateway),
            "people": [dataclasses.asdict(somebody) for somebody in host.people],
            "items": [dataclasses.asdict(item) for item in host.items],
        }
        return web.json_response(content, headers={"Cache-Control": NEVER})

    async def token(self, request: web.Request) -> web.Response:
        person = request.query.get("person", "")
        if not self._host.knows(person):
            return web.Response(
                status=404, text=f"person: {person!r} is not one of the people\n", headers={"Cache-Control": NEVER}
            )
        return web.Response(text=self._host.token(self._host.tenant, person), headers={"Cache-Control": NEVER})

    async def file(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        found = self._find(path)
        if found is None and (is_asset(path) or looks_like_a_file(path)):
            # The page instead of a script would only fail later, and in a darker way.
            return await _missing(request)
        file = found or self._dist / PAGE
        headers = {
            "Content-Type": content_type(file.name),
            "Cache-Control": FOREVER if found and is_asset(path) else ASK_AGAIN,
        }
        if path == WORKER:
            headers["Service-Worker-Allowed"] = "/"
        if not file.is_file():
            return web.Response(
                status=503,
                text="The application is not built yet: run `make web-build`, then load this page again.\n",
                headers={"Cache-Control": NEVER},
            )
        return web.FileResponse(file, headers=headers)

    def _find(self, path: str) -> Path | None:
        """The file of a path, if there is one inside the application's folder."""
        if not path or "\0" in path:
            return None
        file = (self._dist / path).resolve()
        return file if file.is_relative_to(self._dist) and file.is_file() else None

    def _page(self) -> str:
        try:
            return (self._dist / PAGE).read_text(encoding="utf-8")
        except OSError:
            return ""
