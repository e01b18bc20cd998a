"""The events of a conversation's log, as far as counting needs them."""

from collections.abc import Iterable
from dataclasses import dataclass

EVERYONE = ""
"""Stands for everyone where a mention names a person."""


@dataclass(frozen=True, slots=True)
class MessageSent:
    """A message.

    Attributes:
        author: the person; empty if a service wrote it.
        mentions: whom it mentions, as `effective` says.
    """

    conversation: str
    revision: int
    number: int
    tenant: str
    author: str
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """A message mentions these from here on; of a message that was deleted before, nothing changes."""

    conversation: str
    revision: int
    number: int
    tenant: str
    author: str
    message: int
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    """A message was deleted, by `author`, who need not have written it."""

    conversation: str
    revision: int
    number: int
    tenant: str
    author: str
    message: int


@dataclass(frozen=True, slots=True)
class ConversationCreated:
    """A conversation began with these members."""

    conversation: str
    revision: int
    number: int
    tenant: str
    author: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MembersChanged:
    """People came, at `number`, and went."""

    conversation: str
    revision: int
    number: int
    tenant: str
    author: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConversationTouched:
    """Something happened that changes no count."""

    conversation: str
    revision: int
    number: int
    tenant: str
    author: str


Change = MessageSent | MessageEdited | MessageDeleted | ConversationCreated | MembersChanged | ConversationTouched


def effective(mentions: Iterable[str], author: str) -> tuple[str, ...]:
    """Whom a version of a message counts for, ascending: everyone alone, or else the persons without its author."""
    named = set(mentions)
    if EVERYONE in named:
        return (EVERYONE,)
    return tuple(sorted(named - {author}))
