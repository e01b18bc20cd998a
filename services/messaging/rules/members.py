"""Who is in a conversation, since when, and who owns it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MEMBERS_MAX = 2_000
"""How many members a conversation may have (product.md)."""


@dataclass(frozen=True, slots=True)
class Join:
    """How a person came in.

    Attributes:
        revision: of the event that brought them in.
        number: how many messages the conversation had by then; their unread messages are above it.
        above: they see only messages with a higher number; 0 for those who see everything.
    """

    revision: int
    number: int
    above: int = 0


@dataclass(frozen=True, slots=True)
class Moves:
    """Who comes, goes or gets another role; each in ascending order."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    made_owners: tuple[str, ...] = ()
    made_members: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.made_owners or self.made_members)

    @property
    def names(self) -> int:
        """How many names stand in it."""
        return len(self.added) + len(self.removed) + len(self.made_owners) + len(self.made_members)


@dataclass(frozen=True, slots=True)
class Members:
    """The members at one revision; never changed, only followed by others.

    Attributes:
        joins: how each came in.
        owners: those of them who are owners.
    """

    joins: Mapping[str, Join] = field(default_factory=dict)
    owners: frozenset[str] = frozenset()

    @classmethod
    def first(cls, names: Iterable[str], owners: Iterable[str] = ()) -> "Members":
        """Those with whom a conversation begins."""
        join = Join(1, 0)
        return cls(dict.fromkeys(sorted(names), join), frozenset(owners))

    def __contains__(self, person: object) -> bool:
        return person in self.joins

    def __len__(self) -> int:
        return len(self.joins)

    @property
    def names(self) -> list[str]:
        """Everybody, ascending."""
        return sorted(self.joins)

    def after(self, moves: Moves, join: Join) -> "Members":
        """The members that follow; who is a member already keeps their join."""
        joins = self.joins
        if moves.added or moves.removed:
            joins = {**dict.fromkeys(moves.added, join), **joins}
            for person in moves.removed:
                joins.pop(person, None)
        owners = (self.owners | set(moves.made_owners)) - set(moves.made_members) - set(moves.removed)
        return Members(joins, owners & joins.keys())

    def longest_standing(self, without: Iterable[str] = ()) -> str | None:
        """Who came in first of those who are not in `without`; by name among those who came together."""
        left = self.joins.keys() - set(without)
        return min(left, key=lambda person: (self.joins[person].revision, person)) if left else None


def members_with(creator: str, others: Iterable[str]) -> tuple[str, ...]:
    """The first members of a conversation, ascending, each once."""
    return tuple(sorted({creator, *others} if creator else set(others)))


def removal(members: Members, persons: Iterable[str]) -> Moves:
    """The moves that take people out; where the last owner goes, the longest-standing member becomes one."""
    removed = tuple(sorted(person for person in set(persons) if person in members))
    made_owners: tuple[str, ...] = ()
    if members.owners and not members.owners - set(removed):
        heir = members.longest_standing(without=removed)
        made_owners = (heir,) if heir is not None else ()
    return Moves(removed=removed, made_owners=made_owners)


def addition(members: Members, persons: Iterable[str], *, owners: bool = False) -> Moves:
    """The moves that bring people in who are not in yet, as owners or not."""
    added = tuple(sorted(person for person in set(persons) if person not in members))
    return Moves(added=added, made_owners=added if owners else ())
