"""Badges in memory: what is folded in, what is remembered, and how a pointer joins it."""

import random

import pytest

from services.unread import rooms as rooms_module
from services.unread.recent import Recent
from services.unread.rooms import Rooms
from services.unread.rules import Change, ConversationCreated, Head, MessageSent, Pointer, moved, recount

C = "g_a"
PEOPLE = ("ann", "bob", "cem")


def created(conversation: str = C, members: tuple[str, ...] = PEOPLE) -> ConversationCreated:
    return ConversationCreated(conversation, 1, 0, "t", "ann", members)


def sent(number: int, author: str = "ann", conversation: str = C) -> MessageSent:
    return MessageSent(conversation, number + 1, number, "t", author)


class Replica:
    """The rooms of a replica beside a store that counts on and pointers that move, each at its own pace."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.rooms = Rooms()
        self.rooms.recent = Recent(most=12)
        self.log: list[Change] = [created()]
        self.stored = {person: Pointer(C, person, "t") for person in PEOPLE}
        self.head = Head(0, 1)
        self.seen = 0
        self.moves: list[Pointer] = []

    @property
    def authors(self) -> list[str]:
        return [event.author for event in self.log[1:]]

    def count(self) -> None:
        """The owner counts some events."""
        until = min(len(self.log), self.head.revision + self.draw.randrange(6))
        for change in self.log[self.head.revision : until]:
            pointer = self.stored[change.author]
            self.stored[change.author] = Pointer(
                C,
                change.author,
                "t",
                pointer.read,
                0,
                pointer.version,
                pointer.own + (change.number > pointer.read),
                change.revision,
            )
            self.head = Head(change.number, change.revision)

    def read(self, person: str) -> None:
        """A person reads; the pointer's move comes later."""
        pointer = self.stored[person]
        number = self.draw.randint(pointer.read, max(pointer.read, self.head.number))
        counted = max(pointer.own_revision, self.head.revision)
        own = sum(1 for n, author in enumerate(self.authors[: counted - 1], 1) if author == person and n > number)
        self.stored[person] = moved(pointer, number, own, counted)
        self.moves.append(self.stored[person])

    def see(self) -> None:
        """The feed shows some events, sometimes with a gap, sometimes again."""
        self.seen = max(0, self.seen + self.draw.choice((-2, 0, 0, 0, 0, 0, 2)))
        for change in self.log[self.seen : self.seen + self.draw.randrange(8)]:
            self.rooms.recent.add(change)
            if room := self.rooms.get(C):
                room.fold(change)
            self.seen = change.revision

    def move(self) -> None:
        """The feed of pointers shows one."""
        pointer = self.moves.pop(0)
        key = ("t", pointer.person)
        if self.rooms.joins(key, pointer):
            self.rooms.move(key, pointer)
        else:
            self.rooms.place(key, self.stored[pointer.person], self.head)

    def fill(self) -> None:
        room = self.rooms.get(C)
        if room and room.behind:
            for change in self.log[room.head.revision :]:
                room.fold(change)

    def step(self) -> None:
        kind = self.draw.randrange(12)
        key = ("t", self.draw.choice(PEOPLE))
        if kind < 4:
            number = len(self.log)
            self.log += [sent(number + step, self.draw.choice(PEOPLE)) for step in range(self.draw.randrange(6))]
        elif kind < 6:
            self.see()
        elif kind < 8:
            self.count()
        elif kind < 9:
            self.read(key[1])
        elif kind < 10 and self.moves:
            self.move()
        elif kind < 11:
            if self.rooms.rooms_of(key):
                self.rooms.leave(key)
            else:
                self.rooms.arrive(key)
                self.rooms.place(key, self.stored[key[1]], self.head)
        else:
            self.fill()

    def check(self) -> int:
        """How many places were looked at: those of a room that shows, with nothing counted that it has not seen."""
        room = self.rooms.get(C)
        if room is None or room.behind:
            return 0
        head = room.head
        known = [place for place in room.places.values() if place.pointer.own_revision <= head.revision]
        for place in known:
            wanted = recount(self.authors[: head.number], place.pointer.person, place.pointer.read)
            assert place.unread(head) == place.badge(head).unread == wanted
        return len(known)


@pytest.mark.parametrize("own_later", [4, 128])
def test_badges_in_memory_are_the_definitions_however_feeds_store_and_pointers_run_ahead_of_each_other(
    monkeypatch: pytest.MonkeyPatch, own_later: int
) -> None:
    monkeypatch.setattr(rooms_module, "OWN_LATER", own_later)
    looked = 0
    for seed in range(150):
        replica = Replica(random.Random(seed))
        for _ in range(120):
            replica.step()
            looked += replica.check()
        while replica.moves:
            replica.move()
        replica.count()
        replica.fill()
        replica.check()
    assert looked > 1_000


def test_who_sends_much_and_never_reads_costs_no_more_than_who_sends_little() -> None:
    rooms = Rooms()
    rooms.arrive(("t", "ann"))
    room = rooms.place(("t", "ann"), Pointer(C, "ann", "t"), Head(0, 1))
    assert room is not None
    for number in range(1, 5_001):
        room.fold(sent(number))
    place = room.places["t", "ann"]
    assert place.unread(room.head) == place.badge(room.head).unread == 0
    assert len(place.own_later) <= rooms_module.OWN_LATER


def test_after_a_gap_what_came_later_is_remembered_as_long_as_anything_else() -> None:
    recent = Recent(most=10)
    for number in (1, 2, 3, 4, 5):
        recent.add(sent(number))
    for number in (20, 21, 22):
        recent.add(sent(number))
    for number in (1, 2, 3, 4, 5):
        recent.add(sent(number, conversation="g_b"))
    assert [change.number for change in recent.after(C, 0)] == [20, 21, 22]
    assert [change.number for change in recent.after(C, 21)] == [21, 22]
    assert recent.after(C, 23) == recent.after(C, 99) == recent.after("g_c", 0) == []
    assert len(recent.after("g_b", 0)) == 5


def test_conversations_that_began_are_remembered_by_the_number_of_their_members() -> None:
    recent = Recent(members=5_000)
    for index in range(100):
        recent.add(created(f"g_{index}", tuple(f"p{person}" for person in range(index * 500, index * 500 + 500))))
        recent.add(sent(5, conversation=f"g_{index}"))  # a gap
    found = [
        change.conversation for index in range(0, 50_000, 500) for change in recent.created_with(("t", f"p{index}"))
    ]
    assert found == [f"g_{index}" for index in range(90, 100)]
