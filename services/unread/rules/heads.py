"""How far a conversation is counted, with what counts for all its members alike.

Deleted messages and messages that mention everyone are kept as two short lists of the greatest numbers; what lies at or
below a list's floor is counted from the rows instead. So a head stays small, whatever happens to its conversation.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass

from services.unread.rules.effects import Effect

DELETED_KEPT = 256
"""How many deleted numbers a head keeps at most; half of them go when there is one more."""

EVERYONE_KEPT = 64
"""How many messages that mention everyone a head keeps at most; half of them go when there is one more."""


@dataclass(frozen=True, slots=True)
class Head:
    """How far a conversation has been counted: its last message's number, and its last event's revision.

    Attributes:
        deleted: the deleted numbers above `deleted_floor`, ascending.
        everyone: (number, author) of the live messages above `everyone_floor` that mention everyone, ascending.
    """

    number: int = 0
    revision: int = 0
    deleted: tuple[int, ...] = ()
    deleted_floor: int = 0
    everyone: tuple[tuple[int, str], ...] = ()
    everyone_floor: int = 0

    def deleted_above(self, number: int) -> int:
        """How many listed messages above a number are deleted."""
        deleted = self.deleted
        if not deleted or deleted[-1] <= number:
            return 0
        return len(deleted) - bisect_right(deleted, number)

    def everyone_above(self, number: int, person: str) -> int:
        """How many listed messages above a number mention everyone and are not a person's own."""
        count = 0
        for at, author in reversed(self.everyone):
            if at <= number:
                break
            count += author != person
        return count

    def lists(self, number: int) -> bool:
        """Whether the lists tell all about the messages above a number."""
        return number >= self.deleted_floor and number >= self.everyone_floor


@dataclass(frozen=True, slots=True)
class Below:
    """What the lists of a head do not tell about one pointer: counts of messages above `read`, up to the floors.

    Attributes:
        deleted: deleted messages up to `deleted_floor`.
        everyone: live messages up to `everyone_floor` that mention everyone and are not the person's own.
        revision: of the head.
    """

    deleted: int = 0
    everyone: int = 0
    revision: int = 0


NOTHING = Below()


@dataclass(frozen=True, slots=True)
class Buried:
    """What an event has put below the floors of a head.

    Attributes:
        deleted: deleted numbers.
        everyone: (number, author, step) of messages that mention everyone.
    """

    deleted: tuple[int, ...] = ()
    everyone: tuple[tuple[int, str, int], ...] = ()


def folded(head: Head, effect: Effect) -> tuple[Head, Buried | None]:
    """The head after the next event, and what that has buried.

    The lists depend on nothing but the events, so that everybody who folds the same events has the same.
    """
    if not effect.deleted and not effect.everyone:
        after = Head(
            effect.number,
            effect.revision,
            head.deleted,
            head.deleted_floor,
            head.everyone,
            head.everyone_floor,
        )
        return after, None
    gone: tuple[int, ...] = ()
    sunk: tuple[tuple[int, str, int], ...] = ()
    deleted, deleted_floor = list(head.deleted), head.deleted_floor
    if effect.deleted:
        if effect.message <= deleted_floor:
            gone = (effect.message,)
        else:
            insort(deleted, effect.message)
            if len(deleted) > DELETED_KEPT:
                half = len(deleted) // 2
                gone, deleted = tuple(deleted[:half]), deleted[half:]
                deleted_floor = gone[-1]
    everyone, everyone_floor = list(head.everyone), head.everyone_floor
    if effect.everyone:
        entry = (effect.message, effect.author)
        if effect.message <= everyone_floor:
            sunk = ((*entry, effect.everyone),)
        elif effect.everyone < 0:
            everyone = [known for known in everyone if known != entry]
        else:
            everyone.insert(bisect_left(everyone, entry), entry)
            if len(everyone) > EVERYONE_KEPT:
                half = len(everyone) // 2
                sunk, everyone = tuple((*known, 1) for known in everyone[:half]), everyone[half:]
                everyone_floor = sunk[-1][0]
    after = Head(effect.number, effect.revision, tuple(deleted), deleted_floor, tuple(everyone), everyone_floor)
    return after, Buried(gone, sunk) if gone or sunk else None


def buried_for(below: Below, buried: Buried, read: int, person: str, revision: int) -> Below:
    """What lies below the floors for one pointer after an event has buried more; the same if it is counted already."""
    if revision <= below.revision:
        return below
    return Below(
        below.deleted + _above(buried.deleted, read),
        below.everyone + sum(step for number, author, step in buried.everyone if number > read and author != person),
        revision,
    )


def _above(numbers: Iterable[int], read: int) -> int:
    return sum(1 for number in numbers if number > read)
