"""What names a conversation, and what a client key stands for."""

import base64
import hashlib
from dataclasses import dataclass
from enum import IntEnum


class Kind(IntEnum):
    """What a conversation is for; the numbers are those of the contract."""

    DIRECT = 1
    GROUP = 2
    ITEM = 3


@dataclass(frozen=True, slots=True)
class Item:
    """What an item conversation is about, in the host application's ids."""

    project: str
    tool: str
    item: str


def conversation_id(kind: Kind, *names: str) -> str:
    """The id of the conversation that these names make unique.

    The kind's letter, "_", and 128 bits of SHA-256 over the length-prefixed names, in base 32: the same names always
    give the same id, so that creating a conversation twice is the same insertion twice.
    """
    digest = hashlib.sha256()
    for name in names:
        raw = name.encode()
        digest.update(len(raw).to_bytes(4, "big") + raw)
    text = base64.b32encode(digest.digest()[:16]).decode().rstrip("=").lower()
    return f"{kind.name[0].lower()}_{text}"


def direct_id(tenant: str, one: str, other: str) -> str:
    """The id of the direct conversation of a pair, in either order."""
    return conversation_id(Kind.DIRECT, tenant, *sorted((one, other)))


def group_id(tenant: str, creator: str, client_key: str) -> str:
    """The id of the group that this creation makes."""
    return conversation_id(Kind.GROUP, tenant, creator, client_key)


def item_id(tenant: str, item: Item) -> str:
    """The id of the conversation about an item."""
    return conversation_id(Kind.ITEM, tenant, item.project, item.tool, item.item)


def content_digest(key: bytes, *parts: str) -> bytes:
    """A keyed digest (BLAKE2b, 128 bits) of what a client key stands for.

    Keyed, so that nobody who reads the database can confirm a guess of a text that has been deleted.
    """
    digest = hashlib.blake2b(digest_size=16, key=key)
    for part in parts:
        raw = part.encode()
        digest.update(len(raw).to_bytes(4, "big") + raw)
    return digest.digest()
