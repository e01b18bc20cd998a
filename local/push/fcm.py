"""Firebase Cloud Messaging (HTTP v1) on this machine: the token endpoint, and `messages:send`.

It has a door for tests and other processes:

    GET /_fake/devices?target=...   what a phone shows: {"known": ..., "badge": ..., "tray": [...]}
    POST /_fake/answers {"target": "...", "answers": ["404 UNREGISTERED"]}   see answers.py
"""

import json
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from local.push.answers import Answer, Script, give
from local.push.fcm_rules import RefusedError, check
from local.push.tray import Devices
from local.serving import serving

PROJECT = "conversations-local"
"""Its only project."""

ACCOUNT = f"notifier@{PROJECT}.iam.gserviceaccount.com"
"""The service account that may send."""

TOKEN_S = 3_600
"""An access token is valid for so long, s."""

AUDIENCE = "https://oauth2.googleapis.com/token"
"""For whom a service account signs, wherever it is told to ask."""

ERRORS = {
    400: ("INVALID_ARGUMENT", "INVALID_ARGUMENT", "Request contains an invalid argument."),
    401: ("UNAUTHENTICATED", "", "Request had invalid authentication credentials."),
    403: ("PERMISSION_DENIED", "SENDER_ID_MISMATCH", "SenderId mismatch"),
    404: ("NOT_FOUND", "UNREGISTERED", "Requested entity was not found."),
    429: ("RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", "Resource has been exhausted (e.g. check quota)."),
    500: ("INTERNAL", "INTERNAL", "Internal error encountered."),
    503: ("UNAVAILABLE", "UNAVAILABLE", "The service is currently unavailable."),
}
"""HTTP status to the status of google.rpc, FCM's usual error code and its words (Firebase, "FCM error codes")."""

NO_CODE = "NONE"
"""As an answer's code: the error has none of FCM, as of a project that does not exist."""

_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"


@cache
def _account_key() -> rsa.RSAPrivateKey:
    """The service account's key; the same for all fakes of a process, because it takes long to make."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


class FakeFcm:
    """The push service.

    Attributes:
        settings: of the notifier, without their prefix, that lead it here.
        script: what tokens and installation ids are answered; "token" is the token endpoint's own.
        devices: what the phones show.
        messages: those that were taken.
        refused: why others were not, in words.
        tokens_given: how many access tokens were asked for.
    """

    def __init__(self, folder: Path, clock_s: Callable[[], float] = time.time) -> None:
        self.devices = Devices(folder / "fcm.ndjson", "fcm")
        self.script = Script()
        self.messages: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self.requests = 0
        self.tokens_given = 0
        self.port = 0
        self._folder = folder
        self._clock_s = clock_s
        self._key = _account_key()
        self._tokens: dict[str, float] = {}

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """The settings of the notifier, without their prefix, that make it send here."""
        return {
            "FCM_PROJECT": PROJECT,
            "FCM_URL": self.address,
            "FCM_CREDENTIALS_FILE": str(self._folder / "fcm-credentials.json"),
        }

    def write_credentials(self) -> None:
        """Writes the service account's file, whose tokens come from here."""
        private = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path = self._folder / "fcm-credentials.json"
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(
                {
                    "type": "service_account",
                    "project_id": PROJECT,
                    "private_key_id": "local",
                    "private_key": private.decode(),
                    "client_email": ACCOUNT,
                    "token_uri": f"{self.address}/token",
                },
                file,
            )

    def revoke_tokens(self) -> None:
        """No access token that was given so far is valid any more."""
        self._tokens.clear()

    def app(self) -> web.Application:
        """Its HTTP side."""
        app = web.Application(client_max_size=1 << 20)
        app.router.add_post("/token", self._token)
        app.router.add_post(f"/v1/projects/{PROJECT}/messages:send", self._send)
        app.router.add_post("/v1/projects/{project}/messages:send", self._no_project)
        app.router.add_get("/_fake/devices", self._shown)
        app.router.add_post("/_fake/answers", self._control)
        return app

    async def _token(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        self.tokens_given += 1
        answer = self.script.next("token")
        if answer != Answer():
            return await give(request, answer, answer.status or 200, {}, b"")
        try:
            claims = jwt.decode(
                str(form.get("assertion", "")),
                self._key.public_key(),
                algorithms=["RS256"],
                audience=AUDIENCE,
                options={"require": ["iss", "exp"]},
            )
        except jwt.PyJWTError:
            claims = {}
        if claims.get("iss") != ACCOUNT or "firebase.messaging" not in str(claims.get("scope")):
            return web.json_response({"error": "invalid_grant", "error_description": "Invalid JWT"}, status=400)
        token = f"ya29.{secrets.token_urlsafe(24)}"
        self._tokens[token] = self._clock_s() + TOKEN_S
        return web.json_response({"access_token": token, "expires_in": TOKEN_S, "token_type": "Bearer"})

    async def _send(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self._tokens.get(token, 0) <= self._clock_s():
            return _error(401)
        try:
            target, message = check(json.loads(await request.read()))
        except (ValueError, RefusedError) as error:
            self.refused.append(str(error))
            return _error(400, words=str(error))
        answer = self.script.next(target)
        name = f"projects/{PROJECT}/messages/{secrets.token_hex(8)}"
        if answer.status >= 300 or answer.code:
            refusal = _error(answer.status or 500, answer.code)
            body = refusal.body
            assert isinstance(body, bytes)  # noqa: S101 - it was made of text
            return await give(request, answer, refusal.status, {"Content-Type": "application/json"}, body)
        self.messages.append(message)
        self.devices.push(target, _push(message), _more(message))
        headers = {"Content-Type": "application/json"}
        return await give(request, answer, answer.status or 200, headers, json.dumps({"name": name}).encode())

    async def _no_project(self, _: web.Request) -> web.Response:
        return _error(404, NO_CODE)

    async def _shown(self, request: web.Request) -> web.Response:
        return web.json_response(self.devices.state(request.query["target"]))

    async def _control(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.script.tell(asked["target"], *map(Answer.parse, asked["answers"]))
        return web.json_response({})


def _error(status: int, code: str = "", words: str = "") -> web.Response:
    rpc, usual, message = ERRORS.get(status, ("UNKNOWN", "", "Unknown."))
    code = "" if code == NO_CODE else code or usual
    error: dict[str, Any] = {"code": status, "message": words or message, "status": rpc}
    if code:
        error["details"] = [{"@type": _FCM_ERROR, "errorCode": code}]
    return web.json_response({"error": error}, status=status)


def _push(message: dict[str, Any]) -> dict[str, Any]:
    """What an app makes of a message: what the system shows by itself, else what the app finds in its data."""
    data = message.get("data", {})
    shown = message.get("android", {}).get("notification", {})
    return {
        "act": data["act"],
        "tag": shown.get("tag", data["tag"]),
        "conversation": data["conversation"],
        "number": int(data["number"]),
        "title": shown.get("title", data.get("title", "")),
        "text": shown.get("body", data.get("text", "")),
        "author": data["author"],
        "badge": int(data["badge"]) if data["badge"] else None,
        "count": int(data["count"]),
        "at_ms": int(data["at_ms"]),
        "clear_up_to": int(data["clear_up_to"]),
    }


def _more(message: dict[str, Any]) -> dict[str, Any]:
    aps = message["apns"]["payload"]["aps"]
    return {
        "priority": message["android"]["priority"],
        "apns": aps,
        "collapse_key": message["android"].get("collapse_key", ""),
    }


@asynccontextmanager
async def fake_fcm(folder: Path, port: int = 0, clock_s: Callable[[], float] = time.time) -> AsyncIterator[FakeFcm]:
    """Runs FCM.

    Args:
        folder: where the service account's file is, and `fcm.ndjson`: what the phones show.
        port: on 127.0.0.1; 0 takes a free one.
        clock_s: tells when access tokens run out, s since 1970 UTC.
    """
    fake = FakeFcm(folder, clock_s)
    with closing(fake.devices):
        async with serving(fake.app(), port) as fake.port:
            fake.write_credentials()
            yield fake
