"""A push service for browsers (RFC 8030) on this machine, which knows the browsers' keys too.

It does what a real one does, and what a real one cannot: it reads the messages. Beside the push resources it has a
door for tests and other processes, all under `/_fake/`, with JSON:

    POST /_fake/subscriptions {"application_server_key": "..."}     a new browser subscribes; the key may be left out
    POST /_fake/answers       {"endpoint": "...", "answers": ["410"]}  what is answered from now on; see answers.py
    POST /_fake/offline       {"endpoint": "..."}                   the browser goes offline: pushes wait
    POST /_fake/online        {"endpoint": "..."}                   it comes back and gets them
    POST /_fake/unsubscribe   {"endpoint": "..."}                   its endpoint answers 410 from now on
"""

import base64
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import http_ece
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local.push.answers import Answer, Script, give
from local.push.certificates import authority
from local.push.headers import HeaderError, check_push, check_vapid
from local.push.tray import Devices
from local.serving import serving

BODY_BYTES = 4_096
"""The longest body that a push service must take (RFC 8291, section 4)."""


@dataclass
class Pending:
    """A push that waits for its browser."""

    topic: str
    expires_s: float
    plain: bytes
    more: dict[str, Any]


@dataclass
class Subscription:
    """One browser's subscription.

    Attributes:
        endpoint: where to push.
        p256dh: its public key, base64url.
        auth: its secret, base64url.
        server_key: the public key that alone may push; empty for any.
    """

    endpoint: str
    p256dh: str
    auth: str
    private_key: ec.EllipticCurvePrivateKey = field(repr=False)
    server_key: str = ""
    offline: bool = False
    ended: bool = False
    pending: list[Pending] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """As PushSubscription.toJSON() gives it."""
        return {"endpoint": self.endpoint, "keys": {"p256dh": self.p256dh, "auth": self.auth}}


class FakeWebPush:
    """The push service.

    Attributes:
        settings: of the notifier, without their prefix, that lead it here.
        script: what endpoints are answered.
        devices: what the browsers show.
        requests: of each push that came: endpoint, headers and whether it was taken.
        arrived: endpoint and text of each message that reached its browser, as the browser decrypts it.
        unreadable: how many messages could not be decrypted; a real push service would not notice.
    """

    def __init__(self, folder: Path, clock_s: Callable[[], float] = time.time) -> None:
        self.ca_file, self.context = authority(folder)
        self.devices = Devices(folder / "web-push.ndjson", "web_push")
        self.script = Script()
        self.requests: list[dict[str, Any]] = []
        self.arrived: list[tuple[str, str]] = []
        self.unreadable = 0
        self.port = 0
        self._clock_s = clock_s
        self._subscriptions: dict[str, Subscription] = {}

    @property
    def origin(self) -> str:
        """Of its endpoints."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """The settings of the notifier, without their prefix, that let it push here."""
        return {
            "WEB_PUSH_LOCAL": json.dumps([f"127.0.0.1:{self.port}"]),
            "WEB_PUSH_LOCAL_CA_FILE": str(self.ca_file),
        }

    def subscribe(self, server_key: str = "") -> Subscription:
        """A browser subscribes.

        Args:
            server_key: the only public key that may push to it, as with PushManager.subscribe; empty for any.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        path = f"/push/{secrets.token_urlsafe(24)}"
        made = Subscription(self.origin + path, _text(point), _text(secrets.token_bytes(16)), key, server_key)
        self._subscriptions[path] = made
        return made

    def go_online(self, subscription: Subscription) -> None:
        """The browser comes back, and gets what waits and has not run out."""
        subscription.offline = False
        waiting, subscription.pending = subscription.pending, []
        for push in waiting:
            if push.expires_s > self._clock_s():
                self._arrive(subscription, push)

    def app(self) -> web.Application:
        """Its HTTP side."""
        app = web.Application(client_max_size=1 << 20)
        app.router.add_post("/push/{name}", self._push)
        app.router.add_post("/_fake/{verb}", self._control)
        return app

    async def _push(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        subscription = self._subscriptions.get(request.path)
        endpoint = subscription.endpoint if subscription else self.origin + request.path
        answer = self.script.next(endpoint)
        status, words = 201, ""
        if answer.status:
            status = answer.status
        elif not answer.manner:
            try:
                status = self._check(subscription, request, body)
            except HeaderError as error:
                status, words = error.status, str(error)
        seen = {"endpoint": endpoint, "headers": dict(request.headers), "status": status, "words": words}
        self.requests.append({**seen, "bytes": len(body)})
        headers = {}
        if subscription is not None and status in {201, 202}:
            self._take(subscription, request, body)
            headers["Location"] = f"{self.origin}/message/{secrets.token_urlsafe(12)}"
        return await give(request, answer, status, headers, words.encode())

    def _check(self, subscription: Subscription | None, request: web.Request, body: bytes) -> int:
        if subscription is None:
            raise HeaderError(404, "no such subscription")
        if subscription.ended:
            raise HeaderError(410, "the browser has unsubscribed")
        check_vapid(request.headers, self.origin, self._clock_s(), subscription.server_key)
        check_push(request.headers)
        if len(body) > BODY_BYTES:
            raise HeaderError(413, "too large")
        return 201

    def _take(self, subscription: Subscription, request: web.Request, body: bytes) -> None:
        secret = base64.urlsafe_b64decode(subscription.auth + "==")
        try:
            plain = http_ece.decrypt(
                body, private_key=subscription.private_key, auth_secret=secret, version="aes128gcm"
            )
        except (http_ece.ECEException, ValueError):
            # A browser drops it in silence.
            self.unreadable += 1
            return
        headers = request.headers
        push = Pending(
            headers.get("Topic", ""),
            self._clock_s() + int(headers.get("TTL", "0")),
            plain,
            {"urgency": headers.get("Urgency", "normal"), "topic": headers.get("Topic", ""), "ttl_s": headers["TTL"]},
        )
        if not subscription.offline:
            self._arrive(subscription, push)
            return
        # RFC 8030, section 5.4: of what waits under one topic, the last alone is delivered.
        waiting = [each for each in subscription.pending if not push.topic or each.topic != push.topic]
        subscription.pending = [*waiting, push]

    def _arrive(self, subscription: Subscription, push: Pending) -> None:
        self.arrived.append((subscription.endpoint, push.plain.decode()))
        self.devices.push(subscription.endpoint, json.loads(push.plain), push.more)

    async def _control(self, request: web.Request) -> web.Response:
        asked = await request.json()
        verb = request.match_info["verb"]
        if verb == "subscriptions":
            return web.json_response(self.subscribe(asked.get("application_server_key", "")).as_json(), status=201)
        if verb == "answers":
            self.script.tell(asked["endpoint"], *map(Answer.parse, asked["answers"]))
            return web.json_response({})
        subscription = self._subscriptions[asked["endpoint"].removeprefix(self.origin)]
        if verb == "offline":
            subscription.offline = True
        elif verb == "online":
            self.go_online(subscription)
        elif verb == "unsubscribe":
            subscription.ended = True
        else:
            raise web.HTTPNotFound
        return web.json_response({})


@asynccontextmanager
async def fake_webpush(
    folder: Path, port: int = 0, clock_s: Callable[[], float] = time.time
) -> AsyncIterator[FakeWebPush]:
    """Runs a push service for browsers.

    Args:
        folder: where its certificate authority is, and `web-push.ndjson`: what the browsers show.
        port: on 127.0.0.1; 0 takes a free one.
        clock_s: tells what has run out, s since 1970 UTC.
    """
    fake = FakeWebPush(folder, clock_s)
    with closing(fake.devices):
        async with serving(fake.app(), port, fake.context) as fake.port:
            yield fake


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
