"""The badges of everybody who is attached to this replica, in memory.

A *room* is a conversation that somebody attached is a member of. Rooms and places are built from what is stored, then
what every event of the feed does is folded in by its revision: a repeat changes nothing, and a gap shows. This is pure
state without I/O; `live.py` loads it and streams what changes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from services.unread.recent import PersonKey, Recent
from services.unread.rules import (
    Badge,
    Below,
    Delta,
    Effect,
    Head,
    Pointer,
    badge,
    buried_for,
    delta_of,
    folded,
)

LATER = 128
"""How many changes a place keeps one by one, to join a pointer that moves to what has happened since."""


class Place:
    """One attached person in one room.

    Args:
        pointer: the person's place as stored, and with it the oldest changes that were folded in since.
        below: what the lists of the room's head do not tell about it.
        later: the changes beyond that, ascending.
    """

    __slots__ = ("_mentioned", "_own", "below", "later", "pointer")

    def __init__(self, pointer: Pointer, below: Below, later: Iterable[Delta] = ()) -> None:
        self.pointer = pointer
        self.below = below
        # A tuple, because most places have none, and the empty one costs nothing.
        self.later = tuple(later)
        self._sum()

    def counts(self, head: Head) -> tuple[int, int]:
        """How many messages are unread at the room's head, and how many of them mention the person."""
        pointer = self.pointer
        read = pointer.read
        unread, mentions = head.number - read - self._own, self._mentioned
        if head.deleted:
            unread -= head.deleted_above(read)
        if head.everyone:
            mentions += head.everyone_above(read, pointer.person)
        tail = pointer.tail
        if tail and tail[-1][0] > head.revision:
            for revision, number, own, mention in tail:
                if revision > head.revision and number > read:
                    unread += own
                    mentions -= mention
        # Below 0 where somebody has joined beyond the head; and what is not unread mentions nobody.
        return (unread, mentions) if unread > 0 else (0, 0)

    def badge(self, head: Head) -> Badge:
        """The same as a badge."""
        unread, mentions = self.counts(head)
        return replace(badge(self.pointer, head), unread=unread, mentions=mentions)

    def fold(self, delta: Delta) -> None:
        """Takes a change, unless it is counted already."""
        if delta[0] <= self.pointer.revision:
            return
        self.later = (*self.later, delta)
        if delta[1] > self.pointer.read:
            self._own += delta[2]
            self._mentioned += delta[3]
        if len(self.later) > LATER:
            taken, self.later = self.later[: LATER // 2], self.later[LATER // 2 :]
            own, mentioned = _above(taken, self.pointer.read)
            self.pointer = replace(
                self.pointer,
                own=self.pointer.own + own,
                mentioned=self.pointer.mentioned + mentioned,
                revision=taken[-1][0],
            )

    def step(self, head: Head, effect: Effect) -> Head:
        """Takes the next event by itself; answers the head after it."""
        head, buried = folded(head, effect)
        if delta := delta_of(effect, self.pointer.person):
            self.fold(delta)
        if buried:
            self.bury(buried_for(self.below, buried, self.pointer.read, self.pointer.person, effect.revision))
        return head

    def bury(self, below: Below) -> None:
        """Takes what an event has put below the floors of the room's head."""
        self.below = below
        self._sum()

    def _sum(self) -> None:
        own, mentioned = _above(self.later, self.pointer.read)
        self._own = self.pointer.own + own + self.below.deleted
        self._mentioned = self.pointer.mentioned + mentioned + self.below.everyone


def _above(deltas: Iterable[Delta], read: int) -> tuple[int, int]:
    own = mentioned = 0
    for _, number, own_step, mention_step in deltas:
        if number > read:
            own += own_step
            mentioned += mention_step
    return own, mentioned


@dataclass(slots=True, eq=False)
class Room:
    """One conversation of somebody who is attached.

    Attributes:
        expected: the highest revision heard of.
        stale: memory does not reach to what is stored: the room must begin again from there.
    """

    conversation: str
    head: Head
    expected: int = 0
    places: dict[PersonKey, Place] = field(default_factory=dict)
    stale: bool = False

    @property
    def behind(self) -> bool:
        """Whether events are missing."""
        return self.expected > self.head.revision or self.stale

    def fold(self, effect: Effect) -> bool:
        """Takes the next event; False if it is none of the next."""
        self.expected = max(self.expected, effect.revision)
        if effect.revision != self.head.revision + 1:
            return False
        self.head, buried = folded(self.head, effect)
        places = self.places
        if effect.own and (place := places.get((effect.tenant, effect.author))) is not None:
            self._fold(place, effect)
        for person, _ in effect.persons:
            if person != effect.author and (place := places.get((effect.tenant, person))) is not None:
                self._fold(place, effect)
        if buried:
            for (_, person), place in places.items():
                place.bury(buried_for(place.below, buried, place.pointer.read, person, effect.revision))
        return True

    @staticmethod
    def _fold(place: Place, effect: Effect) -> None:
        if delta := delta_of(effect, place.pointer.person):
            place.fold(delta)


class Rooms:
    """All rooms of this replica."""

    def __init__(self) -> None:
        self.recent = Recent()
        self._rooms: dict[str, Room] = {}
        self._persons: dict[PersonKey, dict[str, Room]] = {}
        self._gone: dict[PersonKey, dict[str, int]] = {}

    def __iter__(self) -> Iterator[Room]:
        return iter(tuple(self._rooms.values()))

    def get(self, conversation: str) -> Room | None:
        """The room of a conversation, if somebody attached is in it."""
        return self._rooms.get(conversation)

    def rooms_of(self, key: PersonKey) -> dict[str, Room]:
        """The rooms of an attached person."""
        return self._persons.get(key, {})

    def place_of(self, key: PersonKey, conversation: str) -> Place | None:
        """The place of an attached person in a conversation."""
        room = self.rooms_of(key).get(conversation)
        return room.places[key] if room else None

    def arrive(self, key: PersonKey) -> None:
        """Attaches a person, still without rooms."""
        self._persons.setdefault(key, {})

    def leave(self, key: PersonKey) -> None:
        """Detaches a person; rooms that nobody else is in are forgotten."""
        for room in self._persons.pop(key, {}).values():
            self._vacate(room, key)
        self._gone.pop(key, None)

    def dismiss(self, key: PersonKey, conversation: str, membership: int) -> tuple[Room, Place] | None:
        """Takes somebody who left at a revision out of a room; None if they are not in it, or have come back since."""
        if key in self._persons:
            gone = self._gone.setdefault(key, {})
            gone[conversation] = max(gone.get(conversation, 0), membership)
        room = self.rooms_of(key).get(conversation)
        if room is None or room.places[key].pointer.membership >= membership:
            return None
        place = room.places[key]
        del self._persons[key][conversation]
        self._vacate(room, key)
        return room, place

    def place(self, key: PersonKey, pointer: Pointer, stored: Head, below: Below) -> Room | None:
        """Puts an attached person into a room, or replaces their pointer there.

        Args:
            key: the person.
            pointer: as stored, read *after* `stored`, so that it covers everything up to that head.
            stored: the conversation's head as stored.
            below: what its lists do not tell about the pointer.

        Returns:
            The room; it may be behind. None if the person is not attached any more, or is no member.
        """
        rooms = self._persons.get(key)
        conversation = pointer.conversation
        if rooms is None or pointer.left or pointer.membership < self._gone_at(key, conversation):
            return None
        room = self._rooms.get(conversation)
        if room is None:
            room = self._rooms[conversation] = Room(conversation, stored, stored.revision)
        # A pointer counts up to where the store is; so must whoever is shown it.
        room.expected = max(room.expected, stored.revision, pointer.tail_from)
        place = Place(pointer, below)
        head = stored
        known = room.places.get(key)
        if known is None or pointer.newer_than(known.pointer):
            for effect in self.recent.after(conversation, stored.revision):
                if effect.revision > head.revision + 1:
                    room.expected = max(room.expected, effect.revision)  # a gap
                    break
                if effect.revision > room.head.revision and room.places:
                    break
                head = place.step(head, effect)
            if not room.places:
                # Nobody else is here: the room is where this place is.
                room.head = head
                room.expected = max(room.expected, head.revision)
            elif head.revision < room.head.revision:
                # Events between the stored head and memory are unknown.
                room.stale = True
            room.places[key] = place
        rooms[conversation] = room
        return room

    def begin_again(
        self, room: Room, stored: Head, places: Iterable[tuple[PersonKey, Pointer, Below]]
    ) -> list[tuple[PersonKey, Place]]:
        """Puts a room back to what is stored, with the pointers that were read after that head.

        Returns:
            Who is no member any more, and is not in it any more.
        """
        room.stale = False
        room.head = stored
        found = {key: (pointer, below) for key, pointer, below in places}
        removed = []
        for key, place in tuple(room.places.items()):
            pointer, below = found.get(key, (place.pointer, place.below))
            if key not in found or pointer.left or pointer.membership < self._gone_at(key, room.conversation):
                del self._persons[key][room.conversation]
                self._vacate(room, key)
                removed.append((key, place))
            else:
                room.places[key] = Place(pointer, below)
                room.expected = max(room.expected, stored.revision, pointer.tail_from)
        return removed

    def joins(self, key: PersonKey, pointer: Pointer) -> bool:
        """Whether a pointer can be moved by itself; else it must be placed, with its head read before it.

        It cannot where the person has no place yet or has come back, where more is folded in than it counts, and where
        the room's head does not list all that is above it.
        """
        place = self.place_of(key, pointer.conversation)
        if place is None:
            return False
        known = place.pointer
        if not pointer.newer_than(known):
            return True
        return (
            pointer.membership == known.membership
            and pointer.revision >= known.revision
            and (pointer.read == known.read or self._rooms[pointer.conversation].head.lists(pointer.read))
        )

    def move(self, key: PersonKey, pointer: Pointer) -> Room | None:
        """Takes a pointer that has moved; None if it is not newer, or the person is not here."""
        room = self._persons.get(key, {}).get(pointer.conversation)
        if room is None:
            return None
        place = room.places[key]
        if not pointer.newer_than(place.pointer):
            return None
        below = place.below if pointer.read == place.pointer.read else Below(revision=room.head.revision)
        later = [delta for delta in place.later if delta[0] > pointer.revision]
        room.places[key] = Place(pointer, below, later)
        # What the tail has left out is in a head that this room has to reach first.
        room.expected = max(room.expected, pointer.tail_from)
        return room

    def _gone_at(self, key: PersonKey, conversation: str) -> int:
        return max(self._gone.get(key, {}).get(conversation, 0), self.recent.left(conversation, key))

    def _vacate(self, room: Room, key: PersonKey) -> None:
        room.places.pop(key, None)
        if not room.places:
            self._rooms.pop(room.conversation, None)
