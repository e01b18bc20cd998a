"""What messaging tells of."""

from dataclasses import dataclass

from services.notifier.facts import Kind


@dataclass(frozen=True, slots=True)
class Message:
    """A message as messaging tells of it; (conversation, revision) names it.

    Attributes:
        conversation, revision, number, tenant, author, kind, text: as sent; the text is not safe to show.
        membership_revision: the revision that last changed the members by then.
        at_ms: when it was written, ms since 1970 UTC.
        service: the service that wrote it, and then `author` is empty; empty if a person did.
        mentioned: whom it mentions by name.
        everyone: whether it mentions everyone.
    """

    conversation: str
    revision: int
    number: int
    tenant: str
    author: str
    kind: Kind
    text: str
    membership_revision: int
    at_ms: int
    service: str = ""
    mentioned: frozenset[str] = frozenset()
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """A message has another text, and may mention others."""

    conversation: str
    revision: int
    number: int
    tenant: str
    text: str
    mentioned: frozenset[str]
    everyone: bool
    membership_revision: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Deletion:
    """A message was deleted."""

    conversation: str
    revision: int
    number: int
    tenant: str
    at_ms: int


Change = Edit | Deletion
"""What happens to a message after it was sent."""


@dataclass(frozen=True, slots=True)
class Membership:
    """The members of one conversation as of a revision; the link of an item conversation, where it is known."""

    conversation: str
    tenant: str
    kind: Kind
    title: str
    revision: int
    members: frozenset[str]
    link: str = ""


@dataclass(frozen=True, slots=True)
class MembersChange:
    """People came or went."""

    conversation: str
    revision: int
    at_ms: int
    added: frozenset[str]
    removed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Renaming:
    """A conversation has another title or link."""

    conversation: str
    revision: int
    at_ms: int
    title: str
    link: str


@dataclass(frozen=True, slots=True)
class Head:
    """The position of a conversation's log."""

    conversation: str
    revision: int
    at_ms: int


Event = Message | Edit | Deletion | Membership | MembersChange | Renaming
"""What concerns the notifier in messaging's feed."""
