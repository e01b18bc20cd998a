"""What a badge is: values and arithmetic.

The definition (product.md): unread(u, c) counts the messages of c whose number is above u's read pointer and above the
number at which u joined, and whose author is not u. With H the number of the last message counted, that is

    H - read - (u's own messages above `read`)

where `read` begins at the number at which u joined.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class MessageSent:
    """A message, as far as counting needs it."""

    conversation: str
    revision: int
    number: int
    tenant: str
    author: str


@dataclass(frozen=True, slots=True)
class ConversationCreated:
    """A conversation began with these members."""

    conversation: str
    revision: int
    number: int
    tenant: str
    author: str
    members: tuple[str, ...]


Change = MessageSent | ConversationCreated


@dataclass(frozen=True, slots=True)
class Head:
    """How far a conversation has been counted: its last message's number, and its last event's revision."""

    number: int = 0
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Pointer:
    """One person's place in one conversation.

    Attributes:
        read: highest number up to which everything has been viewed; begins at the number of joining.
        epoch: grows each time the pointer is moved back.
        version: grows each time the pointer changes.
        own: how many messages above `read`, up to `own_revision`, are the person's own.
        own_revision: the revision up to which own messages are counted in `own`.
        own_tail: numbers of own messages counted lately, at least all above the head; those do not count yet.
    """

    conversation: str
    person: str
    tenant: str
    read: int = 0
    epoch: int = 0
    version: int = 0
    own: int = 0
    own_revision: int = 0
    own_tail: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Badge:
    """Unread messages of one conversation for one person, with what makes it newer or older than another."""

    conversation: str
    unread: int
    read: int
    number: int
    revision: int
    epoch: int
    version: int


def badge(pointer: Pointer, head: Head, own_later: Iterable[int] = ()) -> Badge:
    """The badge of a pointer at a head.

    Args:
        pointer: the person's place.
        head: how far the conversation has been counted.
        own_later: numbers of the person's own messages after `own_revision`, up to the head.
    """
    own = pointer.own - sum(1 for number in pointer.own_tail if number > head.number)
    own += sum(1 for number in own_later if number > pointer.read)
    return Badge(
        conversation=pointer.conversation,
        unread=max(0, head.number - pointer.read - own),
        read=pointer.read,
        number=head.number,
        revision=head.revision,
        epoch=pointer.epoch,
        version=pointer.version,
    )


def moved(pointer: Pointer, number: int, own: int, counted_revision: int) -> Pointer:
    """The pointer after everything up to `number` has been viewed.

    Args:
        pointer: the pointer before.
        number: the new `read`.
        own: the person's own messages above it, up to `counted_revision`, counted again from the rows.
        counted_revision: how far that count reaches; not lower than `pointer.own_revision`.
    """
    return replace(
        pointer,
        read=number,
        version=pointer.version + 1,
        own=own,
        own_revision=counted_revision,
        own_tail=tuple(tail for tail in pointer.own_tail if tail > number),
    )


def recount(authors: Iterable[str], person: str, read: int) -> int:
    """The definition itself: unread messages of a conversation, given the authors of messages 1, 2, 3 and so on."""
    return sum(1 for number, author in enumerate(authors, start=1) if number > read and author != person)
