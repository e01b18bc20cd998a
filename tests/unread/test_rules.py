"""The arithmetic of badges against the definition, by properties."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.unread.rules import (
    EVERYONE,
    NOTHING,
    Below,
    Change,
    Effect,
    Head,
    MembersChanged,
    MessageDeleted,
    MessageEdited,
    MessageSent,
    Pointer,
    Row,
    Truth,
    badge,
    effect_of,
    effective,
    folded,
    followed,
    joined,
    left,
    moved,
    row_of,
    total_of,
)
from services.unread.rules import effects as effects_module
from services.unread.rules import heads as heads_module
from tests.unread.counting import PEOPLE, Chronicle, naive

C = "g_" + "a" * 26


def log_of(seed: int, events: int) -> list[Change]:
    chronicle, draw = Chronicle(C, "acme"), random.Random(seed).randrange
    for _ in range(events):
        chronicle.happen(draw)
    return chronicle.log


def logs() -> st.SearchStrategy[list[Change]]:
    """Logs by a seed: drawing each event by itself takes many times as long."""
    return st.builds(log_of, st.integers(0, 2**32), st.integers(0, 40))


@pytest.fixture(autouse=True, scope="module")
def short_lists() -> Iterator[None]:
    """Heads that list little, and rows that remember little: both have to be got right."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(heads_module, "DELETED_KEPT", 3)
        patch.setattr(heads_module, "EVERYONE_KEPT", 2)
        patch.setattr(effects_module, "CLOSED_KEPT", 2)
        yield


def effects(log: list[Change]) -> tuple[list[Effect], dict[int, Row]]:
    """What each event does, found from rows that know all later ones too, as after a crash."""
    rows: dict[int, Row] = {}
    for change in log:
        if isinstance(change, MessageSent):
            rows[change.number] = row_of(change)
        elif isinstance(change, MessageEdited | MessageDeleted):
            rows[change.message] = rows[change.message].fold(change, 0)
    found = [
        effect_of(change, rows[change.message])
        if isinstance(change, MessageEdited | MessageDeleted)
        else effect_of(change)
        for change in log
    ]
    return found, rows


def head_at(found: list[Effect]) -> Head:
    head = Head()
    for effect in found:
        head, _ = folded(head, effect)
    return head


def below(rows: dict[int, Row], pointer: Pointer, head: Head) -> Below:
    """What the store counts from the rows."""
    alive = [row for row in rows.values() if row.number > pointer.read]
    return Below(
        sum(1 for row in alive if row.number <= head.deleted_floor and 0 < row.deleted <= head.revision),
        sum(
            1
            for row in alive
            if row.number <= head.everyone_floor
            and row.alive(head.revision)
            and row.mentioned(EVERYONE, head.revision)
            and row.author != pointer.person
        ),
        head.revision,
    )


@given(logs(), st.sampled_from(PEOPLE), st.data())
def test_a_badge_of_stored_documents_equals_the_definition_even_in_the_middle_of_a_batch(
    log: list[Change], person: str, data: st.DataObject
) -> None:
    found, rows = effects(log)
    counted = data.draw(st.integers(1, len(log)))
    covered = data.draw(st.integers(0, counted))
    pointer: Pointer | None = None
    for effect in found[:counted]:
        pointer = followed(pointer, effect, person, min(covered, effect.revision - 1))
    if pointer is None or pointer.left:
        return
    head = head_at(found[: data.draw(st.integers(max(covered, pointer.tail_from), counted))])
    shown = badge(pointer, head, below(rows, pointer, head))
    assert (shown.unread, shown.mentions) == naive(log[: head.revision], person, pointer.read)


@given(logs(), st.sampled_from(PEOPLE), st.data())
def test_moving_a_pointer_either_way_gives_the_definition_at_the_new_place(
    log: list[Change], person: str, data: st.DataObject
) -> None:
    found, rows = effects(log)
    counted = data.draw(st.integers(1, len(log)))
    head = head_at(found[: data.draw(st.integers(1, counted))])
    before: Pointer | None = None
    for effect in found[:counted]:
        before = followed(before, effect, person, 0)
    if before is None or before.left or before.joined > head.number:
        return
    number = data.draw(st.integers(before.joined, head.number))
    reach = max(before.revision, head.revision)
    above = [row for row in rows.values() if row.number > number and row.alive(reach)]
    own = sum(1 for row in above if row.author == person)
    mentioned = sum(1 for row in above if row.mentioned(person, reach))
    after = moved(before, number, own, mentioned, reach, covered=head.revision, back=number < before.read)
    shown = badge(after, head, below(rows, after, head))
    assert (shown.unread, shown.mentions) == naive(log[: head.revision], person, number)
    assert after.newer_than(before)
    assert (after.epoch > before.epoch) == (number < before.read)


@given(logs(), st.sampled_from(PEOPLE), st.data())
def test_repeats_of_whatever_came_before_change_nothing(log: list[Change], person: str, data: st.DataObject) -> None:
    found, _ = effects(log)
    pointer: Pointer | None = None
    for position, effect in enumerate(found):
        pointer = followed(pointer, effect, person, 0)
        for again in found[data.draw(st.integers(0, position)) : position + 1]:
            assert (
                pointer is None or person not in (*again.added, *again.removed) or pointer.membership >= again.revision
            )
            assert followed(pointer, again, person, 0) == pointer or pointer is None


@given(logs(), st.data())
def test_a_row_tells_what_was_so_at_any_revision_that_is_not_pruned(log: list[Change], data: st.DataObject) -> None:
    _, rows = effects(log)
    revision = data.draw(st.integers(1, len(log)))
    truth = Truth().read(log[:revision])
    for row in rows.values():
        assert row.alive(revision) == (row.number in truth.messages)
        if row.alive(revision):
            named = {who for who in (*PEOPLE, EVERYONE) if row.mentioned(who, revision)}
            assert named == set(truth.messages[row.number][1])


@given(logs(), st.sampled_from(PEOPLE), st.integers(0, 30))
def test_what_the_auditor_counts_is_the_definition(log: list[Change], person: str, read: int) -> None:
    truth = Truth().read(log)
    assert (truth.unread(person, read), truth.mentions(person, read)) == naive(log, person, read)
    assert truth.head == head_at(effects(log)[0])


def test_a_row_prunes_only_what_the_head_covers() -> None:
    row = row_of(MessageSent(C, 2, 1, "acme", "ann", ("bob",)))
    for revision in range(3, 13):
        named = ("bob",) if revision % 2 == 0 else ()
        row = row.fold(MessageEdited(C, revision, 1, "acme", "ann", 1, named), covered=2)
    assert len(row.mentions) == 6
    row = row.fold(MessageEdited(C, 13, 1, "acme", "ann", 1, ()), covered=12)
    assert row.mentions == (("bob", 8, 9), ("bob", 10, 11), ("bob", 12, 13))


def test_an_old_leave_that_arrives_after_the_rejoin_changes_nothing() -> None:
    went = effect_of(MembersChanged(C, 5, 3, "acme", "ann", (), ("bob",)))
    came = effect_of(MembersChanged(C, 7, 4, "acme", "ann", ("bob",)))
    begun = Pointer(C, "bob", "acme", read=1)
    back = joined(left(begun, went), came, "bob")
    assert (back.read, back.joined, back.left, back.membership) == (4, 4, False, 7)
    assert left(back, went) == back
    assert joined(back, came, "bob") == back
    assert back.newer_than(left(begun, went))
    assert left(begun, went).newer_than(begun)


def test_everyone_stands_alone_and_nobody_mentions_themselves() -> None:
    assert effective(["bob", "ann", "bob"], "ann") == ("bob",)
    assert effective(["bob", EVERYONE], "ann") == (EVERYONE,)
    assert effective([], "ann") == ()


def test_what_a_service_writes_counts_for_everybody() -> None:
    head, _ = folded(Head(0, 1), effect_of(MessageSent(C, 2, 1, "acme", "", (EVERYONE,))))
    for person in PEOPLE:
        shown = badge(Pointer(C, person, "acme"), head)
        assert (shown.unread, shown.mentions) == (1, 1)


def test_a_total_leaves_out_what_is_muted_at_the_time() -> None:
    head = head_at([effect_of(MessageSent(C, 1, 1, "acme", "ann", ("bob",)))])
    shown = [badge(Pointer(C, "bob", "acme", mentioned=1, muted_until_ms=until), head, NOTHING) for until in (0, 500)]
    assert [(total.unread, total.mentions) for total in (total_of(shown, 499), total_of(shown, 500))] == [
        (1, 1),
        (2, 2),
    ]
