"""Badges in memory: what is folded in, what is remembered, and how a pointer joins it."""

import random
from dataclasses import replace

import pytest

from services.unread import rooms as rooms_module
from services.unread.recent import Recent
from services.unread.rooms import Rooms
from services.unread.rules import (
    NOTHING,
    Change,
    ConversationCreated,
    Head,
    MembersChanged,
    MessageDeleted,
    MessageSent,
    Pointer,
    effect_of,
    folded,
    followed,
    moved,
)
from services.unread.rules import heads as heads_module
from tests.unread.counting import PEOPLE, Chronicle, naive
from tests.unread.test_rules import below, effects

C = "g_a"
T = "t"


def created(conversation: str = C, members: tuple[str, ...] = PEOPLE) -> ConversationCreated:
    return ConversationCreated(conversation, 1, 0, T, "ann", members)


def sent(number: int, author: str = "ann", conversation: str = C) -> MessageSent:
    return MessageSent(conversation, number + 1, number, T, author)


class Replica:
    """The rooms of a replica beside a store that counts on and pointers that move, each at its own pace."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.rooms = Rooms()
        self.rooms.recent = Recent(most=12)
        self.chronicle = Chronicle(C, T)
        self.stored: dict[str, Pointer] = {}
        self.head = Head()
        self.seen = 0
        self.moves: list[Pointer] = []

    @property
    def log(self) -> list[Change]:
        return self.chronicle.log

    def count(self, at_least: int = 0) -> None:
        """The owner counts some events; sometimes the head comes later than the pointers."""
        found, _ = effects(self.log)
        until = max(at_least, min(len(found), self.head.revision + self.draw.randrange(6)))
        covered = self.head.revision
        for effect in found[self.head.revision : until]:
            for person in effect.concerned():
                before = self.stored.get(person)
                after = followed(before, effect, person, covered)
                if after is not None and after is not before:
                    self.stored[person] = after
                    if before is None or after.version != before.version:
                        self.moves.append(after)
        late = 0 if at_least else self.draw.choice((0, 0, 2))
        for effect in found[covered : max(covered, until - late)]:
            self.head, _ = folded(self.head, effect)

    def read(self, person: str) -> None:
        """A person reads, marks as unread or mutes; the feed tells later."""
        pointer = self.stored.get(person)
        if pointer is None or pointer.left or pointer.joined > self.head.number:
            return
        if self.draw.randrange(5) == 0:
            after = replace(pointer, muted_until_ms=self.draw.randrange(3), version=pointer.version + 1)
        else:
            number = self.draw.randint(pointer.joined, self.head.number)
            reach = max(pointer.revision, self.head.revision)
            rows = [row for row in effects(self.log)[1].values() if row.number > number and row.alive(reach)]
            own = sum(1 for row in rows if row.author == person)
            mentioned = sum(1 for row in rows if row.mentioned(person, reach))
            after = moved(
                pointer, number, own, mentioned, reach, covered=self.head.revision, back=number < pointer.read
            )
        self.stored[person] = after
        self.moves.append(after)

    def see(self) -> None:
        """The feed shows some events, sometimes with a gap, sometimes again."""
        self.seen = max(0, self.seen + self.draw.choice((-2, 0, 0, 0, 0, 0, 2)))
        for change in self.log[self.seen : self.seen + self.draw.randrange(8)]:
            effect = self.rooms.recent.add(change)
            room = self.rooms.get(C)
            if room and effect is None:
                room.expected = max(room.expected, change.revision)
            elif room and effect and room.fold(effect):
                for person in effect.removed:
                    self.rooms.dismiss((T, person), C, effect.revision)
            self.seen = change.revision

    def move(self) -> None:
        """The feed of pointers shows one."""
        pointer = self.moves.pop(0)
        key = (T, pointer.person)
        if pointer.left:
            self.rooms.dismiss(key, C, pointer.membership)
        elif self.rooms.joins(key, pointer):
            self.rooms.move(key, pointer)
        else:
            self.place(pointer.person)

    def place(self, person: str) -> None:
        if pointer := self.stored.get(person):
            self.rooms.place((T, person), pointer, self.head, below(effects(self.log)[1], pointer, self.head))

    def fill(self) -> None:
        room = self.rooms.get(C)
        if room and room.stale:
            rows = effects(self.log)[1]
            pointers = [self.stored[person] for _, person in room.places]
            found = [((T, pointer.person), pointer, below(rows, pointer, self.head)) for pointer in pointers]
            self.rooms.begin_again(room, self.head, found)
        if room and room.behind:
            for effect in effects(self.log)[0][room.head.revision :]:
                room.fold(effect)
                for person in effect.removed:
                    self.rooms.dismiss((T, person), C, effect.revision)

    def step(self) -> None:
        kind = self.draw.randrange(13)
        person = self.draw.choice(PEOPLE)
        key = (T, person)
        if kind < 4:
            for _ in range(self.draw.randrange(6)):
                self.chronicle.happen(self.draw.randrange)
        elif kind < 6:
            self.see()
        elif kind < 8:
            self.count()
        elif kind < 10:
            self.read(person)
        elif kind < 11 and self.moves:
            self.move()
        elif kind < 12:
            if self.rooms.rooms_of(key):
                self.rooms.leave(key)
            else:
                self.rooms.leave(key)
                self.rooms.arrive(key)
                self.place(person)
        else:
            self.fill()

    def check(self) -> int:
        """How many places were looked at: those of a room that shows."""
        room = self.rooms.get(C)
        if room is None or room.behind:
            return 0
        for key, place in room.places.items():
            wanted = naive(self.log[: room.head.revision], key[1], place.pointer.read)
            badge = place.badge(room.head)
            assert place.counts(room.head) == (badge.unread, badge.mentions) == wanted
        return len(room.places)

    def end(self) -> None:
        """All have come to the end: who is here is a member, at their present pointer."""
        self.count(len(self.log))
        while self.moves:
            self.move()
        if room := self.rooms.get(C):
            room.expected = len(self.log)
        self.fill()
        self.check()
        for person in PEOPLE:
            place = self.rooms.place_of((T, person), C)
            if place:
                assert person in self.chronicle.members
                assert (place.pointer.read, place.pointer.epoch) == (
                    self.stored[person].read,
                    self.stored[person].epoch,
                )


@pytest.mark.parametrize(("later", "kept"), [(4, 2), (128, 256)])
def test_badges_in_memory_are_the_definitions_however_feeds_store_and_pointers_run_ahead_of_each_other(
    monkeypatch: pytest.MonkeyPatch, later: int, kept: int
) -> None:
    monkeypatch.setattr(rooms_module, "LATER", later)
    monkeypatch.setattr(heads_module, "DELETED_KEPT", kept)
    monkeypatch.setattr(heads_module, "EVERYONE_KEPT", kept)
    looked = 0
    for seed in range(50):
        replica = Replica(random.Random(seed))
        for _ in range(120):
            replica.step()
            looked += replica.check()
        replica.end()
    assert looked > 1_000


def test_who_sends_much_and_never_reads_costs_no_more_than_who_sends_little() -> None:
    rooms = Rooms()
    rooms.arrive((T, "ann"))
    room = rooms.place((T, "ann"), Pointer(C, "ann", T), Head(0, 1), NOTHING)
    assert room is not None
    for number in range(1, 5_001):
        room.fold(effect_of(sent(number)))
    place = room.places[T, "ann"]
    assert place.counts(room.head) == (0, 0)
    assert len(place.later) <= rooms_module.LATER


def test_a_gap_in_the_feed_shows_and_is_not_folded_over() -> None:
    rooms = Rooms()
    rooms.arrive((T, "bob"))
    room = rooms.place((T, "bob"), Pointer(C, "bob", T), Head(0, 1), NOTHING)
    assert room is not None
    assert not room.fold(effect_of(sent(2)))
    assert room.behind
    assert room.fold(effect_of(sent(1)))
    assert room.fold(effect_of(sent(2)))
    assert not room.behind


def test_detaching_forgets_the_room_when_nobody_else_is_in_it() -> None:
    rooms = Rooms()
    for person in ("ann", "bob"):
        rooms.arrive((T, person))
        rooms.place((T, person), Pointer(C, person, T), Head(0, 1), NOTHING)
    rooms.leave((T, "ann"))
    assert rooms.get(C) is not None
    rooms.leave((T, "bob"))
    assert rooms.get(C) is None
    assert rooms.place((T, "bob"), Pointer(C, "bob", T), Head(0, 1), NOTHING) is None


def test_who_has_left_is_not_let_in_by_a_pointer_of_before() -> None:
    rooms = Rooms()
    rooms.arrive((T, "bob"))
    rooms.place((T, "bob"), Pointer(C, "bob", T), Head(0, 1), NOTHING)
    assert rooms.dismiss((T, "bob"), C, 4) is not None
    assert rooms.place((T, "bob"), Pointer(C, "bob", T), Head(0, 1), NOTHING) is None
    assert rooms.place((T, "bob"), Pointer(C, "bob", T, membership=6), Head(0, 6), NOTHING) is not None
    # Nor who attaches only now, while the store still lags behind the feed.
    for change in (created(), MembersChanged(C, 2, 0, T, "ann", (), ("ann",))):
        rooms.recent.add(change)
    rooms.arrive((T, "ann"))
    assert rooms.place((T, "ann"), Pointer(C, "ann", T), Head(0, 1), NOTHING) is None


def test_after_a_gap_what_came_later_is_remembered_as_long_as_anything_else() -> None:
    recent = Recent(most=10)
    for number in (1, 2, 3, 4, 5):
        recent.add(sent(number))
    for number in (20, 21, 22):
        recent.add(sent(number))
    for number in (1, 2, 3, 4, 5):
        recent.add(sent(number, conversation="g_b"))
    assert [effect.number for effect in recent.after(C, 20)] == [20, 21, 22]
    assert [effect.number for effect in recent.after(C, 21)] == [21, 22]
    assert recent.after(C, 23) == recent.after(C, 99) == recent.after("g_c", 0) == []
    assert len(recent.after("g_b", 0)) == 5


def test_what_a_deletion_does_is_known_as_long_as_the_message_is_remembered() -> None:
    recent = Recent(most=4)
    for number in (1, 2, 3):
        recent.add(sent(number, "bob"))
    known = recent.add(MessageDeleted(C, 5, 3, T, "ann", 3))
    assert known is not None
    assert (known.own, known.author, known.deleted) == (-1, "bob", True)
    recent.add(MessageSent(C, 6, 4, T, "bob"))
    assert recent.add(MessageDeleted(C, 7, 4, T, "ann", 1)) is None
    assert recent.effect(MessageDeleted(C, 5, 3, T, "ann", 3)) == known


def test_conversations_that_began_are_remembered_by_the_number_of_their_members() -> None:
    recent = Recent(members=5_000)
    for index in range(100):
        recent.add(created(f"g_{index}", tuple(f"p{person}" for person in range(index * 500, index * 500 + 500))))
        recent.add(sent(5, conversation=f"g_{index}"))  # a gap
    found = [change.conversation for index in range(0, 50_000, 500) for change in recent.created_with((T, f"p{index}"))]
    assert found == [f"g_{index}" for index in range(90, 100)]
