"""What must be true at the end, computed only from what was sent and which reads were confirmed (see product.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

SHOWN = 20
"""So many differences of one check are kept in words; all are counted."""


@dataclass(slots=True)
class Check:
    """One promise, compared piece by piece.

    Attributes:
        name: the promise, as a sentence.
        compared: how many pieces were compared.
        wrong: how many differed.
        differences: the first of them, in words.
    """

    name: str
    compared: int = 0
    wrong: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing differed."""
        return not self.wrong

    def differs(self, what: str) -> None:
        """One piece is not as it must be."""
        self.wrong += 1
        if len(self.differences) < SHOWN:
            self.differences.append(what)

    def add(self, other: "Check") -> None:
        """Takes the result of another check of the same promise in."""
        self.compared += other.compared
        self.wrong += other.wrong
        self.differences = (self.differences + other.differences)[:SHOWN]


@dataclass(frozen=True, slots=True)
class Told:
    """A message: as it was sent, or as a log shows it."""

    number: int
    author: str
    text: str
    client_key: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Where one person is told; surface and reason without their enum's prefix."""

    person: str
    surface: str
    reason: str
    client: str = ""
    tab: str = ""


@dataclass(frozen=True)
class Alert:
    """The decisions for one message."""

    number: int
    revision: int
    persons: int
    common: Decision
    decisions: tuple[Decision, ...] = ()
    escalations: tuple[Decision, ...] = ()

    @cached_property
    def by_person(self) -> dict[str, list[Decision]]:
        """Everything that was decided, the first decision first, for each person who is named anywhere."""
        found = {decision.person: [decision] for decision in self.decisions}
        for decision in self.escalations:
            found.setdefault(decision.person, [self.common]).append(decision)
        return found


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery document; the state without its enum's prefix."""

    number: int
    person: str
    device: str
    state: str


@dataclass(frozen=True, slots=True)
class RoomTruth:
    """One conversation as it must be.

    Attributes:
        title: for words.
        members: everybody in it.
        authors: who wrote message 1, 2, 3 ...
    """

    title: str
    members: frozenset[str]
    authors: Sequence[str]


def recount(authors: Sequence[str], person: str, read: int) -> int:
    """Unread messages by the definition: above the pointer, and not one's own. Everybody joined at number 0."""
    return sum(1 for number, author in enumerate(authors, 1) if number > read and author != person)


def expected_badges(
    rooms: Mapping[str, RoomTruth], reads: Mapping[tuple[str, str], int], person: str
) -> dict[str, int]:
    """A person's badges.

    Args:
        rooms: by conversation; those in which the person is not a member are left out of the answer.
        reads: confirmed read pointers by (person, conversation); none is 0.
        person: whose.
    """
    return {
        conversation: recount(room.authors, person, reads.get((person, conversation), 0))
        for conversation, room in rooms.items()
        if person in room.members
    }
