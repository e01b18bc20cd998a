"""Who sends: VAPID (RFC 8292), signed by the library `py_vapid`."""

import base64
from collections import OrderedDict
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02, VapidException

from services.chassis.clock import Clock

VALID_MS = 43_200_000
"""A signed header is valid for 12 h, ms; RFC 8292 allows 24 h, and clocks differ."""

RENEW_MS = 1_800_000
"""It is used until this long before its end, ms."""

RAW_BYTES = 32
"""The length of a private key of P-256."""

REMEMBERED = 256
"""Headers for so many push services are kept."""


class VapidKeyError(ValueError):
    """The key or the subject is none; the words do not quote the key."""


class Vapid:
    """Signs for one deployment.

    Args:
        private_key: 32 bytes in base64url, or PEM.
        subject: "mailto:" or "https:", by which push services reach the operator.
        clock: tells when a header runs out.

    Raises:
        VapidKeyError: one of them cannot be used.
    """

    def __init__(self, private_key: str, subject: str, clock: Clock) -> None:
        self._signer = Vapid02(_key(private_key.strip()))
        self._subject = subject
        self._clock = clock
        self._headers: OrderedDict[str, tuple[int, str]] = OrderedDict()
        point = self._signer.public_key.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        self.public_key = base64.urlsafe_b64encode(point).rstrip(b"=").decode()
        try:
            self.header("https://push.example")
        except VapidException:
            raise VapidKeyError("the subject is neither a mailto: nor an https: address") from None

    def header(self, origin: str) -> str:
        """The header `Authorization` for a push service, from the cache while it is valid for long enough."""
        now = self._clock()
        known = self._headers.get(origin)
        if known and known[0] - RENEW_MS > now:
            return known[1]
        expires = now + VALID_MS
        claims = {"aud": origin, "exp": expires // 1000, "sub": self._subject}
        header = str(self._signer.sign(claims)["Authorization"])
        self._headers[origin] = (expires, header)
        self._headers.move_to_end(origin)
        if len(self._headers) > REMEMBERED:
            self._headers.popitem(last=False)
        return header

    def forget(self, origin: str) -> None:
        """Signs anew for a push service that did not like the header."""
        self._headers.pop(origin, None)


def read_key(text: str, file: str) -> str:
    """The private key of a setting, or of the file that another setting names.

    Raises:
        VapidKeyError: the file cannot be read.
    """
    if text or not file:
        return text
    try:
        return Path(file).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise VapidKeyError(f"the file cannot be read: {type(error).__name__}") from None


def new_pair() -> tuple[str, str]:
    """A fresh private key and its public key, each in base64url without padding."""
    key = ec.generate_private_key(ec.SECP256R1())
    raw = key.private_numbers().private_value.to_bytes(32, "big")
    private = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return private, Vapid(private, "mailto:nobody@example.com", lambda: 0).public_key


def _key(text: str) -> ec.EllipticCurvePrivateKey:
    key: object = None
    try:
        if text.startswith("-----BEGIN"):
            key = serialization.load_pem_private_key(text.encode(), password=None)
        else:
            bare = text.rstrip("=")
            raw = base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
            if len(raw) == RAW_BYTES:
                key = ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())
    except (ValueError, TypeError):
        raise VapidKeyError("the private key cannot be read") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise VapidKeyError("the private key is neither 32 bytes in base64url nor PEM of the curve P-256")
    return key
