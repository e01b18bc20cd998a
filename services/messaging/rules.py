"""What the log is, as values and pure functions."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

MEMBERS_MAX = 2_000
"""How many members a conversation may have (product.md)."""


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


@dataclass(frozen=True, slots=True)
class Created:
    """The conversation began; always revision 1. `members` are in ascending order."""

    kind: Kind
    title: str
    item: Item | None
    link: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message was sent; `digest` tells a repeat of it from another message with the same client key."""

    kind: Kind
    text: str
    client_key: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a conversation's log; (conversation, revision) names it.

    Attributes:
        number: how many messages the conversation has had, this event included.
        membership_revision: revision of the last event that changed the members, this one included.
        at_ms: when it was written, ms since 1970 UTC.
    """

    conversation: str
    revision: int
    number: int
    membership_revision: int
    tenant: str
    at_ms: int
    author: str
    change: Created | Sent


@dataclass(frozen=True, slots=True)
class Page:
    """Events in ascending order, and whether there are more beyond."""

    events: Sequence[Event]
    more: bool


@dataclass(frozen=True, slots=True)
class Head:
    """Where a conversation's log ends, and who may append to it."""

    tenant: str
    kind: Kind
    members: frozenset[str]
    membership_revision: int
    revision: int
    number: int
    at_ms: int

    def admits(self, tenant: str, person: str) -> bool:
        """Whether the person may read and write here."""
        return tenant == self.tenant and person in self.members


@dataclass(frozen=True, slots=True)
class Tail:
    """The position of a log's last event."""

    conversation: str
    revision: int
    number: int
    membership_revision: int
    at_ms: int


def advance(head: Head, tail: Tail) -> Head | None:
    """The head at a later end of the log; None if the members have changed on the way."""
    if tail.membership_revision != head.membership_revision:
        return None
    if tail.revision <= head.revision:
        return head
    return replace(head, revision=tail.revision, number=tail.number, at_ms=tail.at_ms)


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that wants to be appended."""

    conversation: str
    tenant: str
    author: str
    client_key: str
    text: str
    digest: bytes


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


def members_with(creator: str, others: Iterable[str]) -> tuple[str, ...]:
    """The first members of a conversation, ascending, each once."""
    return tuple(sorted({creator, *others}))


def head_of(created: Event, last: Event) -> Head:
    """The head of a log, given its first and its last event."""
    change = created.change
    if not isinstance(change, Created):
        raise TypeError("a log begins with its creation")  # the store broke revision 1
    return Head(
        tenant=created.tenant,
        kind=change.kind,
        members=frozenset(change.members),
        membership_revision=last.membership_revision,
        revision=last.revision,
        number=last.number,
        at_ms=last.at_ms,
    )


def append(head: Head, draft: Draft, now_ms: int) -> tuple[Event, Head]:
    """The event that a draft becomes right after `head`, and the head that follows.

    The event's time never lies before its predecessor's, whatever the clocks of replicas say.
    """
    at_ms = max(now_ms, head.at_ms)
    event = Event(
        conversation=draft.conversation,
        revision=head.revision + 1,
        number=head.number + 1,
        membership_revision=head.membership_revision,
        tenant=head.tenant,
        at_ms=at_ms,
        author=draft.author,
        change=Sent(head.kind, draft.text, draft.client_key, draft.digest),
    )
    following = Head(
        head.tenant, head.kind, head.members, head.membership_revision, event.revision, event.number, at_ms
    )
    return event, following
