"""The badges of everybody who is attached to this replica, in memory.

A *room* is a conversation that somebody attached is a member of. Rooms and places are built from what is stored, then
every event of the feed is folded in by its revision: a repeat changes nothing, and a gap shows. This is pure state
without I/O; `live.py` loads it and streams what changes.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from services.unread.rules import Badge, Change, ConversationCreated, Head, MessageSent, Pointer, badge

RECENT = 50_000
"""How many events are remembered for people who attach later, or whose stored state lags behind the feed."""

PersonKey = tuple[str, str]
"""(tenant, person)."""


@dataclass(slots=True, eq=False)
class Place:
    """One attached person in one room."""

    pointer: Pointer
    own_later: list[tuple[int, int]] = field(default_factory=list)  # (revision, number), beyond own_revision

    def badge(self, head: Head) -> Badge:
        """The person's badge at the room's head."""
        return badge(self.pointer, head, [number for revision, number in self.own_later])

    def unread(self, head: Head) -> int:
        """The same badge's number, without making the badge."""
        pointer = self.pointer
        if pointer.own_tail or self.own_later:
            return self.badge(head).unread
        return max(0, head.number - pointer.read - pointer.own)


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
            if place is not None and change.revision > place.pointer.own_revision:
                place.own_later.append((change.revision, change.number))
        return True


class Recent:
    """The last events of the feed, by conversation, without gaps within each."""

    def __init__(self, most: int = RECENT) -> None:
        self._most = most
        self._order: deque[str] = deque()
        self._events: dict[str, deque[Change]] = defaultdict(deque)
        self._created: dict[str, ConversationCreated] = {}

    def add(self, change: Change) -> None:
        """Remembers an event, unless it is known; a gap forgets what came before it."""
        known = self._events[change.conversation]
        if known and change.revision <= known[-1].revision:
            return
        if known and change.revision != known[-1].revision + 1:
            known.clear()
        known.append(change)
        self._order.append(change.conversation)
        if isinstance(change, ConversationCreated):
            self._created[change.conversation] = change
        while len(self._order) > self._most:
            oldest = self._order.popleft()
            events = self._events.get(oldest)
            if events:
                gone = events.popleft()
                if isinstance(gone, ConversationCreated):
                    self._created.pop(oldest, None)
                if not events:
                    del self._events[oldest]

    def after(self, conversation: str, revision: int) -> list[Change]:
        """The remembered events with a higher revision."""
        return [change for change in self._events.get(conversation, ()) if change.revision > revision]

    def last_revision(self, conversation: str) -> int:
        """The highest remembered revision; 0 if there is none."""
        events = self._events.get(conversation)
        return events[-1].revision if events else 0

    def created_with(self, key: PersonKey) -> Iterator[ConversationCreated]:
        """The remembered conversations that began with this person."""
        for change in self._created.values():
            if change.tenant == key[0] and key[1] in change.members:
                yield change


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
                other.own_later = [own for own in other.own_later if own[0] <= room.head.revision]
            later = []
        known = room.places.get(key)
        if known is None or _newer(pointer, known.pointer):
            room.places[key] = Place(pointer, later)
        rooms[conversation] = room
        return room

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
        """The person's own messages after `covered` up to the room's head; None if memory does not reach back."""
        if covered >= room.head.revision:
            return []
        events = self.recent.after(room.conversation, covered)
        if not events or events[0].revision != covered + 1:
            return None
        return [
            (change.revision, change.number)
            for change in events
            if change.revision <= room.head.revision and isinstance(change, MessageSent) and change.author == key[1]
        ]


def _newer(pointer: Pointer, known: Pointer) -> bool:
    return (pointer.epoch, pointer.version) > (known.epoch, known.version)


def unread_total(badges: Iterable[Badge]) -> int:
    """The number on the Conversations icon."""
    return sum(badge.unread for badge in badges)
