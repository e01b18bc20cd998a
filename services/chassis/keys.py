"""The keys of the token issuer: a key set (JWKS, RFC 7517) that is read again in the background."""

import asyncio
import json
import urllib.request
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import jwt
import structlog

from services.chassis.clock import Clock

ALGORITHMS = ("EdDSA", "RS256")
"""The signature algorithms that are accepted; never `none`, never a shared secret."""

KEY_REFRESH_MS = 60_000
"""A key set is read again this often, and at most this often for an unknown key id, ms."""

_log = structlog.get_logger(__name__)


class Keys:
    """A JWKS from a file or an https address, read again in the background.

    A source that cannot be read leaves the keys that are known in force.
    """

    def __init__(self, source: str, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._text = ""
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at = 0
        self._refreshing: asyncio.Task[None] | None = None
        self.version = 0
        """Grows when the key set changes; what an earlier version vouched for must be checked again."""

    def find(self, key_id: str) -> jwt.PyJWK | None:
        """The key with this id, if it is known now; starts a refresh where one is due."""
        self.refresh_if_due()
        return self._keys.get(key_id)

    def refresh_if_due(self) -> None:
        """Reads the key set again, in the background, if it was read too long ago."""
        now = self._clock()
        if now - self._read_at > KEY_REFRESH_MS and (self._refreshing is None or self._refreshing.done()):
            self._read_at = now
            self._refreshing = asyncio.create_task(self._refresh())

    async def load(self) -> None:
        """Reads the key set. Keys of a kind that is not used here are left out.

        Raises:
            OSError: it cannot be read.
            ValueError: it is not a key set, or holds no key that is used here.
        """
        text = await asyncio.to_thread(self._fetch)
        if text != self._text:
            self._keys = _keys_of(text)
            self._text = text
            self.version += 1
        self._read_at = self._clock()

    async def _refresh(self) -> None:
        try:
            await self.load()
        except (OSError, ValueError) as error:
            _log.warning("key set not refreshed; the known keys stay in force", error=type(error).__name__)

    def _fetch(self) -> str:
        address = urlsplit(self._source)
        if address.scheme == "https" or (address.scheme, address.hostname) == ("http", "127.0.0.1"):
            try:
                with urllib.request.urlopen(self._source, timeout=5) as answer:  # noqa: S310 - the operator's setting
                    return str(answer.read(1 << 20).decode())
            except HTTPException as error:
                raise OSError(f"no proper answer ({type(error).__name__})") from error
        return Path(self._source).read_text()


def _keys_of(text: str) -> dict[str, jwt.PyJWK]:
    document = json.loads(text)
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError("it is not a key set")  # noqa: TRY004 - the text's value is wrong
    keys: dict[str, jwt.PyJWK] = {}
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str):
            continue
        if entry.get("kty") not in {"OKP", "RSA"} or entry.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK(entry)
        except jwt.PyJWTError as error:
            _log.warning("a key is left out", key_id=entry["kid"], error=type(error).__name__)
            continue
        if key.algorithm_name in ALGORITHMS:
            keys[entry["kid"]] = key
    if not keys:
        raise ValueError(f"it holds no key for {' or '.join(ALGORITHMS)}")
    return keys
