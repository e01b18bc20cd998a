"""What unread and presence tell of people."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.notifier.facts import Client


@dataclass(frozen=True, slots=True)
class Pointer:
    """What unread keeps of a person in a conversation; of two, the one with the higher version is newer.

    Attributes:
        read: the highest number up to which everything is viewed.
        muted_until_ms: ms since 1970 UTC; 0 for not muted.
        left: the person is no longer a member.
        membership: the revision at which they last joined or left; 0 if an older replica of unread tells.
    """

    conversation: str
    person: str
    tenant: str
    read: int
    version: int
    muted_until_ms: int = 0
    left: bool = False
    membership: int = 0

    def gone(self, since: int) -> bool:
        """Whether the person has left after a revision at which they were a member.

        An older leave says nothing: they came back, and unread has not heard of it yet.
        """
        return self.left and (not self.membership or self.membership > since)


@dataclass(frozen=True, slots=True)
class Transition:
    """A person began (`active`) or ceased to have a tab in use, at a time in ms since 1970 UTC."""

    tenant: str
    person: str
    active: bool
    at_ms: int


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where people are.

    Attributes:
        known: False while presence cannot tell.
        clients: person to their live clients; who is missing has none.
        undisturbed: whose status is "do not disturb".
    """

    known: bool
    clients: Mapping[str, tuple[Client, ...]] = field(default_factory=dict)
    undisturbed: frozenset[str] = frozenset()

    def of(self, person: str) -> tuple[Client, ...] | None:
        """A person's live clients; None if presence cannot tell."""
        return self.clients.get(person, ()) if self.known else None


UNKNOWN = Whereabouts(known=False)
"""Presence cannot tell."""
