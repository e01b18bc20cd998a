"""What a push service demands of a request: RFC 8030, RFC 8291 and RFC 8292."""

import base64
import re
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

DAY_S = 86_400
"""A token that is valid for longer is refused (RFC 8292, section 2)."""


class HeaderError(Exception):
    """A request that is refused.

    Attributes:
        status: of HTTP.
    """

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def check_vapid(headers: Mapping[str, str], origin: str, now_s: float, server_key: str) -> dict[str, Any]:
    """Checks who sends (RFC 8292); answers the claims.

    Args:
        headers: of the request.
        origin: the push service's own.
        now_s: the present, s since 1970 UTC.
        server_key: the only key that may push, base64url; empty for any.

    Raises:
        HeaderError: 401 for a token that is missing or wrong, 403 for another key than the subscription's.
    """
    found = re.fullmatch(r"vapid t=([^,\s]+), ?k=([A-Za-z0-9_-]+)", headers.get("Authorization", ""))
    if not found:
        raise HeaderError(401, "no VAPID authorization")
    token, key = found.groups()
    try:
        point = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
        public = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
        claims: dict[str, Any] = jwt.decode(
            token,
            public,
            algorithms=["ES256"],
            audience=origin,
            # The time is the fake's own, below.
            options={"verify_exp": False, "require": ["aud", "exp"]},
        )
    except (ValueError, jwt.PyJWTError) as error:
        raise HeaderError(401, f"the token is not valid: {type(error).__name__}") from None
    if not now_s < claims["exp"] <= now_s + DAY_S:
        raise HeaderError(401, "exp is past, or more than 24 hours away")
    if not re.match(r"mailto:.+@|https://", str(claims.get("sub", ""))):
        raise HeaderError(401, "sub is no way to reach the sender")
    if server_key and key != server_key:
        raise HeaderError(403, "the key is not the one that was subscribed with")
    return claims


def check_push(headers: Mapping[str, str]) -> None:
    """Checks what is asked of the push service (RFC 8030).

    Raises:
        HeaderError: 400 for what is missing or wrong.
    """
    if not re.fullmatch(r"[0-9]{1,9}", headers.get("TTL", "")):
        raise HeaderError(400, "TTL is needed, a number of seconds")
    if headers.get("Content-Encoding") != "aes128gcm":
        raise HeaderError(400, "Content-Encoding is not aes128gcm")
    if "Topic" in headers and not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", headers["Topic"]):
        raise HeaderError(400, "Topic is not 1 to 32 characters of base64url")
    if headers.get("Urgency", "normal") not in {"very-low", "low", "normal", "high"}:
        raise HeaderError(400, "Urgency is none of RFC 8030")
