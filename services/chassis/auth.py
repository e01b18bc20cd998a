"""Who calls: bearer tokens (JWT, RFC 7519) checked against a key set (JWKS, RFC 7517)."""

import asyncio
import json
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import jwt
import structlog

from services.chassis.clock import Clock
from services.chassis.errors import Fault

ALGORITHMS = ("EdDSA", "RS256")
"""The signature algorithms that are accepted; never `none`, never a shared secret."""

LEEWAY_S = 10
"""How far the clocks of issuer and service may differ, s."""

CACHE_SIZE = 20_000
"""How many checked tokens are remembered until they expire."""

KEY_REFRESH_MS = 60_000
"""A key set is read again this often, and at most this often for an unknown key id, ms."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Identity:
    """The caller of an RPC, as its token says.

    A person has `tenant` and `person`; a service has `service`. A service that acts for a person has
    `tenant`, `person` and its own name in `actor`.
    """

    tenant: str = ""
    person: str = ""
    service: str = ""
    actor: str = ""
    expires_ms: int = 0


def _unauthenticated(why: str) -> Fault:
    return Fault(grpc.StatusCode.UNAUTHENTICATED, why)


def _name(value: object) -> str:
    """A claim that names somebody: 1 to 128 characters, none of them a control character; else empty."""
    if not isinstance(value, str) or not 1 <= len(value) <= 128:
        return ""
    return "" if any(ord(char) < 0x20 or ord(char) == 0x7F for char in value) else value


def identity_of(claims: dict[str, Any]) -> Identity:
    """The identity that checked claims describe.

    Raises:
        Fault: UNAUTHENTICATED, if they describe neither a person nor a service.
    """
    expires_ms = int(claims["exp"]) * 1000
    if service := _name(claims.get("service")):
        return Identity(service=service, expires_ms=expires_ms)
    tenant, person = _name(claims.get("tenant")), _name(claims.get("sub"))
    if not tenant or not person:
        raise _unauthenticated("the token names neither a person (sub, tenant) nor a service")
    act = claims.get("act")
    actor = _name(act.get("sub")) if isinstance(act, dict) else ""
    return Identity(tenant=tenant, person=person, actor=actor, expires_ms=expires_ms)


class Keys:
    """A JWKS from a file or an https address, read again in the background.

    A source that cannot be read leaves the keys that are known in force.
    """

    def __init__(self, source: str, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at = 0
        self._refreshing: asyncio.Task[None] | None = None

    def find(self, key_id: str) -> jwt.PyJWK | None:
        """The key with this id, if it is known now; starts a refresh where one is due."""
        key = self._keys.get(key_id)
        if self._clock() - self._read_at > KEY_REFRESH_MS and (self._refreshing is None or self._refreshing.done()):
            self._read_at = self._clock()
            self._refreshing = asyncio.create_task(self._refresh())
        return key

    async def load(self) -> None:
        """Reads the key set.

        Raises:
            OSError: it cannot be read.
            ValueError: it is not a key set.
        """
        text = await asyncio.to_thread(self._fetch)
        keys: dict[str, jwt.PyJWK] = {}
        for entry in json.loads(text)["keys"]:
            if entry.get("kid") and entry.get("kty") in {"OKP", "RSA"} and entry.get("use", "sig") == "sig":
                keys[entry["kid"]] = jwt.PyJWK(entry)
        self._keys = keys
        self._read_at = self._clock()

    async def _refresh(self) -> None:
        try:
            await self.load()
        except (OSError, ValueError, KeyError, jwt.PyJWTError) as error:
            _log.warning("key set not refreshed; the known keys stay in force", error=type(error).__name__)

    def _fetch(self) -> str:
        if self._source.startswith("https://") or self._source.startswith("http://127.0.0.1"):
            with urllib.request.urlopen(self._source, timeout=5) as answer:  # noqa: S310 - the operator's setting
                return str(answer.read(1 << 20).decode())
        return Path(self._source).read_text()


class Verifier:
    """Checks bearer tokens: signature, issuer, audience and times.

    Args:
        keys: the key set of the issuer.
        issuer: the `iss` that must stand in a token.
        audience: the `aud` that must stand in a token.
        clock: the present time.
    """

    def __init__(self, keys: Keys, issuer: str, audience: str, clock: Clock) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._checked: dict[str, Identity] = {}

    def verify(self, token: str) -> Identity:
        """The identity of the token's holder.

        Raises:
            Fault: UNAUTHENTICATED; the words say which check failed, never what stood in the token.
        """
        now = self._clock()
        known = self._checked.get(token)
        if known is not None:
            if now < known.expires_ms + LEEWAY_S * 1000:
                return known
            del self._checked[token]
        identity = identity_of(self._claims(token, now))
        if len(self._checked) >= CACHE_SIZE:
            self._checked.clear()
        self._checked[token] = identity
        return identity

    def _claims(self, token: str, now: int) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            algorithm = header.get("alg")
            if algorithm not in ALGORITHMS:
                raise _unauthenticated("the token's algorithm is not accepted")
            key = self._keys.find(str(header.get("kid", "")))
            if key is None or key.algorithm_name != algorithm:
                raise _unauthenticated("the token's key is not known")
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self._audience,
                issuer=self._issuer,
                # The times are checked below, against the clock that was handed in.
                options={
                    "require": ["exp", "iss", "aud"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
            expires, begins = float(claims["exp"]), float(claims.get("nbf", 0))
        except jwt.PyJWTError as error:
            raise _unauthenticated(f"the token is not valid ({type(error).__name__})") from None
        except (ValueError, TypeError, OverflowError, RecursionError):
            raise _unauthenticated("the token is malformed") from None
        if now >= (expires + LEEWAY_S) * 1000:
            raise _unauthenticated("the token has expired")
        if now < (begins - LEEWAY_S) * 1000:
            raise _unauthenticated("the token is not valid yet")
        return claims


class TokenFile:
    """A service's own token, kept in a file that somebody else renews."""

    def __init__(self, path: str, clock: Clock) -> None:
        self._path = Path(path)
        self._clock = clock
        self._token = ""
        self._read_at = 0

    def metadata(self) -> tuple[tuple[str, str], ...]:
        """The metadata of a call that this service makes; the file is read again every 30 s."""
        now = self._clock()
        if not self._token or now - self._read_at > 30_000:
            self._token = self._path.read_text().strip()
            self._read_at = now
        return (("authorization", f"Bearer {self._token}"),)
