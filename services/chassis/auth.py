"""Who calls: bearer tokens (JWT, RFC 7519), checked and remembered."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import jwt
import structlog

from services.chassis.clock import Clock
from services.chassis.errors import Fault
from services.chassis.keys import ALGORITHMS, Keys

LEEWAY_S = 10
"""How far the clocks of issuer and service may differ, s."""

CACHE_SIZE = 20_000
"""How many checked tokens are remembered until they expire."""

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
    """A claim that names somebody: 1 to 128 characters of Unicode, none of them a control character; else empty."""
    if not isinstance(value, str) or not 1 <= len(value) <= 128:
        return ""
    # JSON can spell half of a surrogate pair, which no store can take.
    bad = any(char < " " or char == "\x7f" or "\ud800" <= char <= "\udfff" for char in value)
    return "" if bad else value


def _seconds(value: object) -> float:
    """A NumericDate (RFC 7519, section 2).

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError("no time")
    return float(value)


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


_WHY: tuple[tuple[type[jwt.PyJWTError], str], ...] = (
    (jwt.InvalidSignatureError, "the token's signature is wrong"),
    (jwt.InvalidIssuerError, "the token is of another issuer"),
    (jwt.InvalidAudienceError, "the token is for another audience"),
    (jwt.MissingRequiredClaimError, "the token lacks one of exp, iss and aud"),
    (jwt.DecodeError, "the token is malformed"),
)
"""What is told of the library's errors, the first that fits; their own words may quote the token."""


def _why(error: jwt.PyJWTError) -> str:
    return next((why for kind, why in _WHY if isinstance(error, kind)), "the token is not valid")


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
        self._checked_with = 0

    def verify(self, token: str) -> Identity:
        """The identity of the token's holder.

        Raises:
            Fault: UNAUTHENTICATED; the words say which check failed, never what stood in the token.
        """
        now = self._clock()
        self._keys.refresh_if_due()
        if self._checked_with != self._keys.version:
            # A key that was withdrawn must not live on in here.
            self._checked.clear()
            self._checked_with = self._keys.version
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
            expires, begins = _seconds(claims["exp"]), _seconds(claims.get("nbf", 0))
        except jwt.PyJWTError as error:
            raise _unauthenticated(_why(error)) from None
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
        """The metadata of a call that this service makes; the file is read again every 30 s.

        A file that cannot be read leaves the token that is known in use.

        Raises:
            OSError: the file cannot be read, and never could.
            ValueError: it is empty, and always was.
        """
        now = self._clock()
        if not self._token or now - self._read_at > 30_000:
            try:
                self._token = self._read()
            except (OSError, ValueError) as error:
                if not self._token:
                    raise
                _log.warning("service token not renewed", error=type(error).__name__)
            self._read_at = now
        return (("authorization", f"Bearer {self._token}"),)

    def _read(self) -> str:
        token = self._path.read_text().strip()
        if not token:
            raise ValueError("the service token's file is empty")
        return token
