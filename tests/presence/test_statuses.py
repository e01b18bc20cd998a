"""What others see of a person: the decisions, for all times."""

from conversations.presence.v1 import presence_pb2 as pb
from hypothesis import given
from hypothesis import strategies as st

from services.presence import blobs, statuses
from services.presence.statuses import Chosen, Person, Shown, Status, shown

NOW = 1_760_000_000_000
TIMES = st.just(0) | st.integers(NOW - 100_000, NOW + 100_000)
CHOICES = st.none() | st.builds(Chosen, st.sampled_from([Status(0), Status(2), Status(3), Status(4)]), TIMES, TIMES)
PERSONS = st.builds(Person, TIMES, TIMES, TIMES, CHOICES)
SHOWN = st.none() | st.builds(Shown, st.sampled_from(Status), TIMES, TIMES, st.booleans())

HERE = Person(deadline=NOW + 1, seen=NOW - 9)
ACTIVE = Person(deadline=NOW + 2, active_until=NOW + 1, seen=NOW - 9)


def test_the_numbers_are_those_of_the_contract() -> None:
    assert {f"STATUS_{each.name}": each.value for each in Status} == dict(pb.Status.items())


@given(PERSONS, SHOWN)
def test_what_is_derived_is_one_of_three_and_what_was_shown_before_does_not_matter(
    person: Person, last: Shown | None
) -> None:
    now = shown(last, person, NOW, known=True)
    assert now.status is shown(None, person, NOW, known=True).status
    if person.chosen is None or not person.chosen.holds(NOW):
        here, active = person.deadline > NOW, person.active_until > NOW
        assert now.status is (Status.OFFLINE if not here else Status.ACTIVE if active else Status.AWAY)
        assert not now.chosen


@given(PERSONS, SHOWN)
def test_nobody_goes_offline_while_presence_cannot_know(person: Person, last: Shown | None) -> None:
    now = shown(last, person, NOW, known=False)
    if now.status is Status.OFFLINE:
        assert now.chosen or (last is not None and last.status is Status.OFFLINE)


@given(PERSONS, TIMES)
def test_a_choice_is_not_forgotten_while_presence_cannot_know(person: Person, until: int) -> None:
    last = Shown(Status.DO_NOT_DISTURB, 0, until, chosen=True)
    lost = Person(person.deadline, person.active_until, person.seen, None)
    now = shown(last, lost, NOW, known=False)
    if not until or until > NOW:
        assert now == last


@given(PERSONS, SHOWN)
def test_to_others_a_chosen_offline_status_looks_like_a_real_one(person: Person, last: Shown | None) -> None:
    chosen = Chosen(Status.OFFLINE, NOW + 1_000, NOW - 50)
    hiding = Person(person.deadline, person.active_until, person.seen, chosen)
    gone = Person(0, 0, chosen.seen, None)
    assert shown(last, hiding, NOW, known=True).to_others() == shown(last, gone, NOW, known=True).to_others()
    assert shown(last, hiding, NOW, known=True).until == NOW + 1_000


def test_what_was_chosen_is_shown_only_of_who_is_here_and_until_its_time() -> None:
    for status in (Status.AWAY, Status.DO_NOT_DISTURB):
        chosen = Chosen(status, NOW + 1, NOW - 5)
        here = Person(ACTIVE.deadline, ACTIVE.active_until, ACTIVE.seen, chosen)
        assert shown(None, here, NOW, known=True) == Shown(status, ACTIVE.seen, NOW + 1, chosen=True)
        assert shown(None, here, NOW + 1, known=True).status is Status.AWAY
        assert shown(None, Person(0, 0, 7, chosen), NOW, known=True) == Shown(Status.OFFLINE, 7)


def test_an_active_person_is_no_news_for_each_touch() -> None:
    last = shown(None, ACTIVE, NOW, known=True)
    again = Person(ACTIVE.deadline, ACTIVE.active_until + 9, ACTIVE.seen + 9)
    assert shown(last, again, NOW, known=True) == last
    assert shown(last, Person(again.deadline, 0, again.seen), NOW, known=True) == Shown(Status.AWAY, again.seen)


def test_who_was_not_shown_before_is_unspecified_while_presence_cannot_know() -> None:
    assert shown(None, Person(), NOW, known=False) == Shown(Status.UNSPECIFIED)
    assert shown(Shown(Status.UNSPECIFIED), Person(), NOW, known=False) == Shown(Status.UNSPECIFIED)
    assert shown(Shown(Status.UNSPECIFIED), HERE, NOW, known=False) == Shown(Status.AWAY, HERE.seen)
    assert shown(Shown(Status.UNSPECIFIED), Person(), NOW, known=True) == Shown(Status.OFFLINE)


@given(PERSONS, st.booleans(), st.integers(0, 20_000))
def test_between_two_readings_time_alone_changes_nothing(person: Person, known: bool, later: int) -> None:
    at = statuses.read_again_at(person, NOW, known=known)
    assert NOW < at <= NOW + statuses.READ_AGAIN_MS
    before = min(NOW + later, at - 1)
    first, second = shown(None, person, NOW, known=known), shown(None, person, before, known=known)
    assert first == second


@given(CHOICES)
def test_a_choice_comes_out_of_the_store_as_it_went_in_and_lives_there_as_long_as_it_holds(
    chosen: Chosen | None,
) -> None:
    if chosen is None:
        assert blobs.load_chosen(None) is None
        return
    assert blobs.load_chosen(blobs.dump_chosen(chosen).encode()) == chosen
    garbage = blobs.chosen_garbage_ms(chosen, NOW, 1_000)
    if chosen.holds(NOW) and not chosen.until:
        assert garbage == 0
    else:
        assert garbage >= 1_000
        assert not chosen.holds(NOW + garbage)
