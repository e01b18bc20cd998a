"""What `firebase_admin.messaging.send_each_async` sends with, in place of the library's own client.

The library checks messages and reads answers. Its own client repeats what failed by itself for half a minute, fetches
tokens on the event loop, follows an answer of any size to its end, and lets one answer that is no JSON spoil a whole
batch. This one does one bounded POST for each message and hands back only what is known to be read without harm.
"""

import itertools
import json
import os
from collections.abc import Mapping
from typing import Any

import firebase_admin
import google.auth.credentials
import httpx
from firebase_admin import messaging
from yarl import URL

from services.chassis.clock import Clock
from services.notifier.senders.fcm.token import AccessToken, NoTokenError
from services.notifier.senders.gates import LEFT_ALONE, Gate
from services.notifier.senders.metrics import PushMetrics
from services.notifier.senders.post import Answer, Post, UnansweredError
from services.notifier.senders.retry_after import retry_after_ms

READ_BYTES = 16_384
"""So much of an answer is read, bytes; an error has about 600."""

_ERROR_TYPE = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_serial = itertools.count()


class NotSentError(httpx.HTTPError):
    """A push that got no answer; the library hands it back as the cause of its own error.

    Attributes:
        words: why, safe to show.
        after_ms: not to be tried again sooner, ms.
    """

    def __init__(self, words: str, after_ms: int = 0) -> None:
        super().__init__(words)
        self.words = words
        self.after_ms = after_ms


class Wire:
    """Has the one method that the library calls, and counts as its HTTP client.

    Args:
        post: sends.
        token: proves who sends.
        gate: of FCM's host.
        metrics: counts.
        clock: tells until when a pause lasts.
    """

    def __init__(self, post: Post, token: AccessToken, gate: Gate, metrics: PushMetrics, clock: Clock) -> None:
        self._post = post
        self._token = token
        self._gate = gate
        self._metrics = metrics
        self._clock = clock

    async def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        json: Any,  # the library's word
    ) -> httpx.Response:
        """Sends one message.

        Raises:
            httpx.HTTPError: it was not taken.
        """
        self._check()
        async with self._gate.slots:
            self._check()
            try:
                token = await self._token.get()
            except NoTokenError:
                raise NotSentError("no access token") from None
            all_headers = {**headers, "Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            # While it waited for the token, others may have found out.
            self._check()
            with self._gate.turn() as turn:
                try:
                    answer = await self._post(URL(url), all_headers, _dumps(json))
                    response = _response(answer, httpx.Request(method.upper(), url))
                except (UnansweredError, NotSentError) as error:
                    turn.failure()
                    raise NotSentError(str(error)) from None
                turn.answered_by(answer.status, retry_after_ms(answer.retry_after, self._clock()))
        if answer.status == 401 and b"errorCode" not in response.content:
            # It is our own token, and not the key that the project has with APNs.
            self._token.refuse()
        return response.raise_for_status()

    async def aclose(self) -> None:
        """What the library calls when its app is deleted; the sender closes by `close`, in its own loop."""

    async def close(self) -> None:
        """Closes all connections."""
        await self._token.close()
        await self._post.close()

    def _check(self) -> None:
        if wait := self._gate.wait_ms():
            self._metrics.held("fcm")
            raise NotSentError(LEFT_ALONE, wait)


async def open_app(
    project: str, address: str, credential: google.auth.credentials.Credentials, wire: Wire
) -> firebase_admin.App:
    """The library's app for a project, which sends by the wire.

    Args:
        project: the Firebase project's id.
        address: where FCM is, without a path.
        credential: the wire uses it too; the library wants to have it.
        wire: what it sends with.
    """
    name = f"notifier-{os.getpid()}-{next(_serial)}"
    app = firebase_admin.initialize_app(credential, {"projectId": project}, name)
    service = messaging._get_messaging_service(app)  # noqa: SLF001 - the library has no door for this
    unused, service._async_client = service._async_client, wire  # noqa: SLF001
    service._fcm_url = f"{address}/v1/projects/{project}/messages:send"  # noqa: SLF001
    await unused.aclose()
    return app


def _dumps(message: Any) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def _response(answer: Answer, request: httpx.Request) -> httpx.Response:
    """An answer in which the library finds what it looks for, and nothing else."""
    headers = {"Retry-After": answer.retry_after} if answer.retry_after else {}
    content: dict[str, Any]
    if 200 <= answer.status < 300:
        name = _object(answer.body).get("name")
        if not isinstance(name, str) or not name:
            raise NotSentError("no proper answer")
        content = {"name": name}
    else:
        content = {"error": _error(_object(answer.body).get("error"))}
    return httpx.Response(answer.status, headers=headers, content=_dumps(content), request=request)


def _error(found: Any) -> dict[str, Any]:
    """Of an error only what decides: its status and FCM's own code. The message may quote what was sent."""
    error: dict[str, Any] = {"message": "refused"}
    if isinstance(found, dict):
        if isinstance(found.get("status"), str):
            error["status"] = found["status"]
        details = found.get("details")
        for detail in details if isinstance(details, list) else ():
            if isinstance(detail, dict) and detail.get("@type") == _ERROR_TYPE:
                code = detail.get("errorCode")
                error["details"] = [{"@type": _ERROR_TYPE, "errorCode": code if isinstance(code, str) else ""}]
    return error


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
