"""Message encryption for web push (RFC 8291), by the library `http_ece`."""

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec

PLAIN_BYTES = 3_993
"""The longest message: push services take 4,096 bytes, of which 86 are the header, 16 the tag and one the delimiter
(RFC 8291, section 4)."""


def encrypted(plain: bytes, p256dh: bytes, auth: bytes) -> bytes:
    """A message that only the browser with these keys can read, in the encoding `aes128gcm`, with a new key each time.

    Raises:
        ValueError: the keys are none.
    """
    # The library finds the salt by itself.
    return bytes(
        http_ece.encrypt(
            plain,
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=p256dh,
            auth_secret=auth,
            version="aes128gcm",
        )
    )
