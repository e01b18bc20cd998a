"""The arithmetic of badges against the definition, by properties."""

from hypothesis import given
from hypothesis import strategies as st

from services.unread.rooms import Rooms
from services.unread.rules import (
    Change,
    ConversationCreated,
    Head,
    MessageSent,
    Pointer,
    badge,
    moved,
    recount,
)

PEOPLE = ("ann", "bob", "cem")
KEYS = [("acme", person) for person in PEOPLE]
C = "g_" + "a" * 26

authors_lists = st.lists(st.sampled_from(PEOPLE), max_size=40)


def log_of(authors: list[str]) -> list[Change]:
    created: list[Change] = [ConversationCreated(C, 1, 0, "acme", "ann", PEOPLE)]
    return created + [
        MessageSent(C, number + 1, number, "acme", author) for number, author in enumerate(authors, start=1)
    ]


def stored(authors: list[str], person: str, read: int, counted: int, head: int) -> Pointer:
    """A pointer as the owner has stored it after counting `counted` messages, the last `counted - head` of them in
    a batch whose head is not written yet."""
    own = [number for number in range(1, counted + 1) if authors[number - 1] == person]
    return Pointer(
        C,
        person,
        "acme",
        read=read,
        own=sum(1 for number in own if number > read),
        own_revision=own[-1] + 1 if own else 0,
        own_tail=tuple(number for number in own if number > head),
    )


@given(authors_lists, st.sampled_from(PEOPLE), st.data())
def test_a_badge_of_stored_documents_equals_the_definition_even_in_the_middle_of_a_batch(
    authors: list[str], person: str, data: st.DataObject
) -> None:
    counted = data.draw(st.integers(0, len(authors)))
    head = data.draw(st.integers(0, counted))
    read = data.draw(st.integers(0, head))
    pointer = stored(authors, person, read, counted, head)
    assert badge(pointer, Head(head, head + 1)).unread == recount(authors[:head], person, read)


@given(authors_lists, st.sampled_from(PEOPLE), st.data())
def test_moving_a_pointer_gives_the_definition_at_the_new_place(
    authors: list[str], person: str, data: st.DataObject
) -> None:
    counted = data.draw(st.integers(0, len(authors)))
    head = data.draw(st.integers(0, counted))
    read = data.draw(st.integers(0, head))
    number = data.draw(st.integers(read, head))
    before = stored(authors, person, read, counted, head)
    reach = max(before.own_revision, head + 1)
    own = sum(1 for at in range(number + 1, reach) if authors[at - 1] == person)
    after = moved(before, number, own, reach)
    assert badge(after, Head(head, head + 1)).unread == recount(authors[:head], person, number)
    assert after.version == before.version + 1


@given(authors_lists, st.data())
def test_a_room_shows_the_definition_whatever_was_stored_seen_repeated_and_read_on_the_way(
    authors: list[str], data: st.DataObject
) -> None:
    """People attach while the owner lags behind the feed; the feed repeats itself; pointers move meanwhile."""
    changes = log_of(authors)
    rooms = Rooms()
    seen = 0
    reads = dict.fromkeys(PEOPLE, 0)
    attached: set[str] = set()

    def see(upto: int, again_from: int) -> None:
        for change in changes[again_from:upto]:
            rooms.recent.add(change)
            room = rooms.get(C)
            if room is not None:
                room.fold(change)

    for person in data.draw(st.permutations(PEOPLE)):
        upto = data.draw(st.integers(seen, len(changes)))
        see(upto, data.draw(st.integers(0, seen)))
        seen = upto
        head = data.draw(st.integers(0, max(0, seen - 1)))
        if seen:
            counted = data.draw(st.integers(head, max(head, seen - 1)))
            reads[person] = data.draw(st.integers(0, head))
            key = ("acme", person)
            rooms.arrive(key)
            pointer = stored(authors, person, reads[person], counted, head)
            assert rooms.place(key, pointer, Head(head, head + 1)) is not None
            attached.add(person)
    see(len(changes), seen)
    room = rooms.get(C)
    for person in attached:
        assert room is not None
        assert room.head.number == len(authors)
        assert room.places["acme", person].badge(room.head).unread == recount(authors, person, reads[person])
        assert room.places["acme", person].unread(room.head) == recount(authors, person, reads[person])
        if authors:
            number = data.draw(st.integers(reads[person], len(authors)))
            place = room.places["acme", person]
            reach = data.draw(st.integers(place.pointer.own_revision, max(place.pointer.own_revision, len(changes))))
            own = sum(1 for at in range(number + 1, min(reach, len(changes))) if authors[at - 1] == person)
            rooms.move(("acme", person), moved(place.pointer, number, own, reach))
            expected = recount(authors, person, number)
            assert room.places["acme", person].badge(room.head).unread == expected


def test_a_gap_in_the_feed_shows_and_is_not_folded_over() -> None:
    changes = log_of(["ann", "ann", "ann"])
    rooms = Rooms()
    rooms.arrive(KEYS[1])
    room = rooms.place(KEYS[1], Pointer(C, "bob", "acme"), Head(0, 1))
    assert room is not None
    assert not room.fold(changes[2])
    assert room.behind
    assert room.fold(changes[1])
    assert room.fold(changes[2])
    assert not room.behind


def test_leaving_forgets_the_room_when_nobody_else_is_in_it() -> None:
    rooms = Rooms()
    for key in KEYS[:2]:
        rooms.arrive(key)
        rooms.place(key, Pointer(C, key[1], "acme"), Head(0, 1))
    rooms.leave(KEYS[0])
    assert rooms.get(C) is not None
    rooms.leave(KEYS[1])
    assert rooms.get(C) is None
    assert rooms.place(KEYS[1], Pointer(C, "bob", "acme"), Head(0, 1)) is None
