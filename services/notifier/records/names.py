"""The names under which things are kept."""

from functools import lru_cache
from urllib.parse import quote


def alert_id(conversation: str, revision: int) -> str:
    """The name of an alert. Revisions are below 2^53, which has 16 digits."""
    return f"{conversation}:{revision:016d}"


def device_id(tenant: str, person: str, device: str) -> str:
    """The name of a device."""
    return f"{encoded(tenant)}:{encoded(person)}:{encoded(device)}"


def delivery_id(conversation: str, number: int, person: str, device: str) -> str:
    """The name of a delivery."""
    return f"{encoded(conversation)}:{number}:{encoded(person)}:{encoded(device)}"


@lru_cache(maxsize=65_536)
def encoded(part: str) -> str:
    """A part of a name, percent-encoded (RFC 3986), so that it holds no ":"."""
    return quote(part, safe="")
