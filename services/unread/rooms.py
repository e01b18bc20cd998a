"""The badges of everybody who is attached to this replica, in memory.

A *room* is a conversation that somebody attached is a member of. Rooms and places are built from what is stored, then
every event of the feed is folded in by its revision: a repeat changes nothing, and a gap shows. This is pure state
without I/O; `live.py` loads it and streams what changes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from services.unread.recent import PersonKey, Recent
from services.unread.rules import Badge, Change, Head, MessageSent, Pointer, badge

OWN_LATER = 128
"""How many own messages a place keeps one by one, to join a pointer that moves to what has happened since."""


class Place:
    """One attached person in one room.

    Args:
        pointer: the person's place as stored, and with it the oldest own messages that were folded in since.
        own_later: (revision, number) of the person's own messages beyond that, ascending.
    """

    __slots__ = ("_above", "own_later", "pointer")

    def __init__(self, pointer: Pointer, own_later: Iterable[tuple[int, int]] = ()) -> None:
        self.pointer = pointer
        self.own_later = list(own_later)
        self._above = self._count()

    def badge(self, head: Head) -> Badge:
        """The person's badge at the room's head."""
        return badge(self.pointer, head, [number for _, number in self.own_later])

    def unread(self, head: Head) -> int:
        """The same badge's number, without making the badge."""
        pointer = self.pointer
        own = pointer.own + self._above
        tail = pointer.own_tail
        if tail and tail[-1] > head.number:
            own -= sum(1 for number in tail if number > head.number)
        return max(0, head.number - pointer.read - own)

    def fold(self, revision: int, number: int) -> None:
        """Takes an own message, unless it is counted already."""
        if revision <= self.pointer.own_revision:
            return
        self.own_later.append((revision, number))
        self._above += number > self.pointer.read
        if len(self.own_later) > OWN_LATER:
            taken, self.own_later = self.own_later[: OWN_LATER // 2], self.own_later[OWN_LATER // 2 :]
            above = sum(1 for _, own in taken if own > self.pointer.read)
            self._above -= above
            self.pointer = replace(self.pointer, own=self.pointer.own + above, own_revision=taken[-1][0])

    def forget_after(self, revision: int) -> None:
        """Forgets own messages beyond a revision; they will be folded in again."""
        while self.own_later and self.own_later[-1][0] > revision:
            self.own_later.pop()
        self._above = self._count()

    def _count(self) -> int:
        return sum(1 for _, number in self.own_later if number > self.pointer.read)


@dataclass(slots=True, eq=False)
class Room:
    """One conversation of somebody who is attached."""

    conversation: str
    head: Head
    expected: int = 0  # the highest revision heard of
    places: dict[PersonKey, Place] = field(default_factory=dict)

    @property
    def behind(self) -> bool:
        """Whether events are missing."""
        return self.expected > self.head.revision

    def fold(self, change: Change) -> bool:
        """Takes the next event; False if it is none of the next."""
        self.expected = max(self.expected, change.revision)
        if change.revision != self.head.revision + 1:
            return False
        self.head = Head(change.number, change.revision)
        if isinstance(change, MessageSent):
            place = self.places.get((change.tenant, change.author))
            if place is not None:
                place.fold(change.revision, change.number)
        return True


class Rooms:
    """All rooms of this replica."""

    def __init__(self) -> None:
        self.recent = Recent()
        self._rooms: dict[str, Room] = {}
        self._persons: dict[PersonKey, dict[str, Room]] = {}

    def __iter__(self) -> Iterator[Room]:
        return iter(tuple(self._rooms.values()))

    def get(self, conversation: str) -> Room | None:
        """The room of a conversation, if somebody attached is in it."""
        return self._rooms.get(conversation)

    def rooms_of(self, key: PersonKey) -> dict[str, Room]:
        """The rooms of an attached person."""
        return self._persons.get(key, {})

    def arrive(self, key: PersonKey) -> None:
        """Attaches a person, still without rooms."""
        self._persons.setdefault(key, {})

    def leave(self, key: PersonKey) -> None:
        """Detaches a person; rooms that nobody else is in are forgotten."""
        for room in self._persons.pop(key, {}).values():
            room.places.pop(key, None)
            if not room.places:
                self._rooms.pop(room.conversation, None)

    def place(self, key: PersonKey, pointer: Pointer, stored: Head) -> Room | None:
        """Puts an attached person into a room, or replaces their pointer there.

        Args:
            key: the person.
            pointer: as stored, read *after* `stored`, so that it covers everything up to that head.
            stored: the conversation's head as stored.

        Returns:
            The room; it may be behind. None if the person is not attached any more.
        """
        rooms = self._persons.get(key)
        if rooms is None:
            return None
        conversation = pointer.conversation
        room = self._rooms.get(conversation)
        if room is None:
            room = self._rooms[conversation] = Room(conversation, stored, stored.revision)
            for change in self.recent.after(conversation, stored.revision):
                room.fold(change)
        # A pointer counts up to where the store is; so must whoever is shown it.
        room.expected = max(room.expected, stored.revision)
        covered = max(pointer.own_revision, stored.revision)
        later = self._own_between(room, key, covered)
        if later is None:
            # Events between the stored head and memory are unknown: begin again where both are known.
            room.head = min(room.head, stored, key=lambda head: head.revision)
            for other in room.places.values():
                other.forget_after(room.head.revision)
            later = []
        known = room.places.get(key)
        if known is None or _newer(pointer, known.pointer):
            room.places[key] = Place(pointer, later)
        rooms[conversation] = room
        return room

    def joins(self, key: PersonKey, pointer: Pointer) -> bool:
        """Whether a pointer can be moved by itself; else it must be placed, with its head read before it.

        It cannot where the person has no place yet, and where more own messages are folded in than it counts.
        """
        room = self._persons.get(key, {}).get(pointer.conversation)
        if room is None:
            return False
        known = room.places[key].pointer
        return pointer.own_revision >= known.own_revision or not _newer(pointer, known)

    def move(self, key: PersonKey, pointer: Pointer) -> Room | None:
        """Takes a pointer that has moved; None if it is not newer, or the person is not here."""
        room = self._persons.get(key, {}).get(pointer.conversation)
        if room is None:
            return None
        place = room.places[key]
        if not _newer(pointer, place.pointer):
            return None
        later = [own for own in place.own_later if own[0] > pointer.own_revision]
        room.places[key] = Place(pointer, later)
        return room

    def _own_between(self, room: Room, key: PersonKey, covered: int) -> list[tuple[int, int]] | None:
        """The person's own messages after `covered` up to the room's head; None if memory does not reach so far."""
        if covered >= room.head.revision:
            return []
        events = self.recent.after(room.conversation, covered)
        if not events or events[0].revision != covered + 1 or events[-1].revision < room.head.revision:
            return None
        return [
            (change.revision, change.number)
            for change in events
            if change.revision <= room.head.revision and isinstance(change, MessageSent) and change.author == key[1]
        ]


def _newer(pointer: Pointer, known: Pointer) -> bool:
    return (pointer.epoch, pointer.version) > (known.epoch, known.version)
