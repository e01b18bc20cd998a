"""What must be true at the end, computed only from what was acknowledged (see product.md)."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter

from local.replay.said import EVERYONE

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
    """A message: as it must be after all that was acknowledged, or as a log shows it.

    Attributes:
        mentions: whom it mentions; EVERYONE stands for everyone.
        deleted: only its tombstone is left: no text, no mentions.
    """

    number: int
    author: str
    text: str
    client_key: str
    mentions: frozenset[str] = frozenset()
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """A badge, or a total: how many messages are unread, and how many of them mention the person or everyone.

    Attributes:
        muted: whether it is out of the total.
    """

    unread: int = 0
    mentions: int = 0
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Era:
    """The members at a message.

    Attributes:
        since: they, and those after each change since.
        stayed: who has been a member ever since.
        anybody: who was one then or at any time since.
    """

    members: frozenset[str]
    since: tuple[frozenset[str], ...]
    stayed: frozenset[str]
    anybody: frozenset[str]


@dataclass(frozen=True)
class RoomTruth:
    """One conversation as it must be.

    Attributes:
        title: for words.
        members: everybody in it now.
        authors: who wrote message 1, 2, 3 ...
        deleted: numbers of the messages of which only a tombstone is left.
        mentions: whom messages mention now, by number; EVERYONE stands for everyone.
        pointers: read pointers of members that are not 0: where they joined, or marked something.
        highest: the highest that a pointer ever was, by person.
        muted: members who have muted it now.
        revisions: of message 1, 2, 3 ...; empty if nothing but messages came after the beginning.
        timeline: the members from a revision on, in ascending revision; empty if they never changed.
        moved: who came or went.
        muters: who has muted it at any time.
        touched: who came, went, marked or muted something.
    """

    title: str
    members: frozenset[str]
    authors: Sequence[str]
    deleted: frozenset[int] = frozenset()
    mentions: Mapping[int, frozenset[str]] = field(default_factory=dict)
    pointers: Mapping[str, int] = field(default_factory=dict)
    highest: Mapping[str, int] = field(default_factory=dict)
    muted: frozenset[str] = frozenset()
    revisions: Sequence[int] = ()
    timeline: Sequence[tuple[int, frozenset[str]]] = ()
    moved: frozenset[str] = frozenset()
    muters: frozenset[str] = frozenset()
    touched: frozenset[str] = frozenset()

    def revision(self, number: int) -> int:
        """The revision of a message; the log's first event is the conversation's beginning."""
        return self.revisions[number - 1] if self.revisions else number + 1

    def era(self, number: int) -> Era:
        """The members at a message."""
        revision = self.revision(number) if self.timeline else 0
        return self._eras[max(0, bisect_right(self.timeline, revision, key=itemgetter(0)) - 1)]

    @property
    def everybody(self) -> frozenset[str]:
        """Who was ever in it."""
        return self._eras[0].anybody

    @cached_property
    def _eras(self) -> list[Era]:
        """One for each entry of the timeline; the only one if the members never changed."""
        last = Era(self.members, (self.members,), self.members, self.members)
        eras = [last]
        for _, members in reversed(self.timeline[:-1]):
            last = Era(members, (members, *last.since), members & last.stayed, members | last.anybody)
            eras.append(last)
        return eras[::-1]


def recount(authors: Sequence[str], person: str, read: int, deleted: Collection[int] = ()) -> int:
    """Unread messages by the definition: above the pointer, not one's own, not deleted.

    The pointer is never below the number at which the person joined.
    """
    return sum(
        1
        for number, author in enumerate(authors, 1)
        if number > read and author != person and (not deleted or number not in deleted)
    )


def recount_mentions(room: RoomTruth, person: str, read: int) -> int:
    """How many of these mention the person or everyone."""
    return sum(
        1
        for number, named in room.mentions.items()
        if number > read
        and number not in room.deleted
        and room.authors[number - 1] != person
        and (person in named or EVERYONE in named)
    )


def expected_badges(
    rooms: Mapping[str, RoomTruth], reads: Mapping[tuple[str, str], int], person: str
) -> dict[str, Count]:
    """A person's badges.

    Args:
        rooms: by conversation; those in which the person is not a member are left out of the answer.
        reads: confirmed read pointers by (person, conversation); none is 0.
        person: whose.
    """
    found: dict[str, Count] = {}
    for conversation, room in rooms.items():
        if person in room.members:
            read = pointer(room, reads, person, conversation)
            found[conversation] = Count(
                recount(room.authors, person, read, room.deleted),
                recount_mentions(room, person, read),
                muted=person in room.muted,
            )
    return found


def pointer(room: RoomTruth, reads: Mapping[tuple[str, str], int], person: str, conversation: str) -> int:
    """A read pointer: the later of what a reader has confirmed, and where they joined or marked something.

    Nobody does both, and what was confirmed before a leave is never beyond the number of the rejoin.
    """
    return max(reads.get((person, conversation), 0), room.pointers.get(person, 0))


def total(badges: Iterable[Count]) -> Count:
    """The sum of what is not muted."""
    counted = [badge for badge in badges if not badge.muted]
    return Count(sum(badge.unread for badge in counted), sum(badge.mentions for badge in counted))
