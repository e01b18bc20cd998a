"""The access token of FCM, renewed outside the event loop."""

import asyncio
import json
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Any

import google.auth
import requests
import structlog
from google.auth import identity_pool
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request
from google.oauth2 import service_account

from services.chassis.clock import Clock

SCOPES = ("https://www.googleapis.com/auth/firebase.messaging",)
"""The least that lets one send (Google, "OAuth 2.0 scopes")."""

RENEW_MS = 300_000
"""A token is renewed this long before its end, while the old one is still used, ms."""

USELESS_MS = 30_000
"""A token is not used any more this long before its end, ms."""

AGAIN_MS = 10_000
"""A renewal that failed, or that did not help, is not repeated sooner, ms."""

REQUEST_S = 10
"""One request for a token takes at most so long, s."""

_log = structlog.get_logger(__name__)


class NoTokenError(Exception):
    """There is no access token now."""


class AccessToken:
    """Holds a credential's token.

    Args:
        credential: of google-auth.
        clock: tells when a token runs out.
        trust_env: asks through the proxy that the environment names, if any.
    """

    def __init__(self, credential: Credentials, clock: Clock, *, trust_env: bool = True) -> None:
        self._credential = credential
        self._clock = clock
        self._session = requests.Session()
        self._session.trust_env = trust_env
        self._renewing: asyncio.Task[None] | None = None
        self._tried_ms = -AGAIN_MS
        self._refused = False

    async def get(self) -> str:
        """The token. Only who finds none that is valid waits for a new one.

        Raises:
            NoTokenError: there is none, and none could be fetched.
        """
        left = self._left_ms()
        if left < RENEW_MS or self._refused:
            self._renew_if_due()
        if (left < USELESS_MS or self._refused) and self._renewing is not None:
            # Others wait for the same; one who gives up must not end it for all.
            await asyncio.shield(self._renewing)
        if self._left_ms() < USELESS_MS or not self._credential.token:
            raise NoTokenError
        return str(self._credential.token)

    def refuse(self) -> None:
        """FCM did not take the token: the next one who asks has it renewed."""
        self._refused = True

    async def close(self) -> None:
        """Waits for a renewal that is under way."""
        if self._renewing is not None:
            await asyncio.wait({self._renewing})
        self._session.close()

    def _left_ms(self) -> int:
        if not self._credential.token:
            return 0
        expiry: Any = self._credential.expiry
        if expiry is None:
            return RENEW_MS
        return int(expiry.replace(tzinfo=UTC).timestamp() * 1000) - self._clock()

    def _renew_if_due(self) -> None:
        if (self._renewing is None or self._renewing.done()) and self._clock() - self._tried_ms >= AGAIN_MS:
            self._tried_ms = self._clock()
            self._renewing = asyncio.create_task(self._renew())

    async def _renew(self) -> None:
        try:
            await asyncio.to_thread(self._credential.refresh, partial(Request(self._session), timeout=REQUEST_S))
            self._refused = False
        except (GoogleAuthError, requests.RequestException, ValueError, OSError) as error:
            _log.warning("no access token for FCM", error=type(error).__name__)


def credential_of(file: str) -> Credentials:
    """The credential of a file, or the application default one; may ask the network, so call it in a thread.

    A file holds a service account, or a workload identity (an "external account" whose proof is in a file or at an
    address, as in Kubernetes). Other kinds, some of which run programs, are taken only as application default ones.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds no such credential.
        GoogleAuthError: there is none.
    """
    credential: Credentials
    if not file:
        credential, _ = google.auth.default(scopes=SCOPES)
        return credential
    with Path(file).open(encoding="utf-8") as opened:
        info = json.load(opened)
    kinds: dict[str, Any] = {
        "service_account": service_account.Credentials.from_service_account_info,
        "external_account": identity_pool.Credentials.from_info,
    }
    kind = info.get("type") if isinstance(info, dict) else None
    if kind not in kinds:
        raise ValueError("it is neither a service account nor a workload identity")
    credential = kinds[kind](info, scopes=SCOPES)
    return credential
