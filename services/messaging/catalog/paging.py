"""Page tokens: where a listing goes on, sealed so that a token of another listing, or of nobody, is told."""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence

SEAL_BYTES = 12


class Seal:
    """Makes and reads page tokens.

    Args:
        key: a secret that all replicas share.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def token(self, listing: Sequence[object], place: Sequence[object]) -> str:
        """A token.

        Args:
            listing: what makes the listing: whose it is, its filters; numbers and strings.
            place: where it goes on; numbers, strings and lists of them.
        """
        text = json.dumps(place, separators=(",", ":"), ensure_ascii=False).encode()
        return base64.urlsafe_b64encode(self._digest(listing, text) + text).decode().rstrip("=")

    def place(self, listing: Sequence[object], token: str) -> list[object]:
        """Where the listing goes on.

        Raises:
            ValueError: the token is not of this listing.
        """
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("not a token") from None
        digest, text = raw[:SEAL_BYTES], raw[SEAL_BYTES:]
        if digest != self._digest(listing, text):
            raise ValueError("not a token of this listing")
        place: list[object] = json.loads(text)
        return place

    def _digest(self, listing: Sequence[object], text: bytes) -> bytes:
        whose = json.dumps(listing, separators=(",", ":")).encode()
        digest = hashlib.blake2b(digest_size=SEAL_BYTES, key=self._key, person=b"page token")
        digest.update(len(whose).to_bytes(4, "big") + whose + text)
        return digest.digest()
