"""The truth of a churned room: properties of the definition in product.md."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from local.replay.churn import Rates, churn
from local.replay.input import Line, Plan, Room
from local.replay.ledger import Ledger
from local.replay.said import EVERYONE, Mention, mentioned, text_of
from local.replay.steps import Add, Delete, Edit, Leave, MarkRead, MarkUnread, Mute, Remove, Step
from local.replay.truth import Count, Told, expected_badges, recount, total

NAMES = [f"person {number}" for number in range(6)]
BUSY = Rates(mentions=0.4, edits=0.4, deletes=0.2, moves=0.6, reads=0.5, unreads=0.4, mutes=0.4)
AT = "g_room"


class Bookkeeper:
    """Feeds a ledger as the driver does: every event of the log has the next revision."""

    def __init__(self, members: list[str]) -> None:
        self.ledger = Ledger("room", members)
        self.revision = 1

    def do(self, *steps: Step) -> "Bookkeeper":
        for step in steps:
            if isinstance(step, Line):
                self.revision += 1
                number = len(self.ledger.told) + 1
                text = text_of(step.parts) if step.parts else step.text
                told = Told(number, step.sender, text, step.client_key, mentioned(step.parts))
                self.ledger.sent(told, self.revision)
            elif isinstance(step, MarkRead | MarkUnread | Mute):
                self.ledger.changed(step)
            else:
                self.revision += 1
                self.ledger.changed(step, self.revision)
        return self

    def say(self, *senders: str) -> "Bookkeeper":
        first = len(self.ledger.told) + 1
        return self.do(*(Line(turn, sender, f"text {turn}") for turn, sender in enumerate(senders, first)))

    def badge(self, person: str) -> Count | None:
        return expected_badges({AT: self.ledger.truth()}, {}, person).get(AT)


def room_of(*members: str) -> Bookkeeper:
    return Bookkeeper(list(members))


@st.composite
def scripts(draw: st.DrawFn) -> tuple[list[str], list[Step]]:
    senders = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=40))
    lines = [Line(turn, sender, f"text {turn}") for turn, sender in enumerate(senders, 1)]
    plan = Plan((Room("room", NAMES, lines),), tuple(NAMES), 0)
    result = churn(plan, (), draw(st.integers(0, 10_000)), BUSY)
    return list(result.first[0]), list(result.scripts[0])


def by_definition(first: list[str], script: list[Step], person: str) -> Count | None:
    """product.md once more, written in another way: a set of unread numbers that each step changes."""
    inside, unread, pointer, joined = person in first, set[int](), 0, 0
    authors: list[str] = []
    named: dict[int, frozenset[str]] = {}
    deleted: set[int] = set()
    muted = False
    for step in script:
        match step:
            case Line():
                authors.append(step.sender)
                named[len(authors)] = mentioned(step.parts)
                if step.sender != person:
                    unread.add(len(authors))
            case Edit():
                named[step.turn] = mentioned(step.parts)
            case Delete():
                deleted.add(step.turn)
            case Add() if step.person == person:
                inside, pointer, joined = True, len(authors), len(authors)
            case Leave() | Remove() if step.person == person:
                inside = False
            case MarkRead() if step.person == person:
                pointer = max(pointer, step.turn)
            case MarkUnread() if step.person == person:
                pointer = min(pointer, max(joined, step.turn - 1))
            case Mute() if step.person == person:
                muted = step.for_s is None
            case _:
                pass
    left = {number for number in unread - deleted if number > pointer}
    return Count(len(left), sum(bool({person, EVERYONE} & named[n]) for n in left), muted) if inside else None


@settings(deadline=None)
@given(scripts())
def test_badges_are_those_of_the_definition(case: tuple[list[str], list[Step]]) -> None:
    first, script = case
    keeper = Bookkeeper(first).do(*script)
    for person in NAMES:
        assert keeper.badge(person) == by_definition(first, script, person)


@settings(deadline=None)
@given(scripts())
def test_there_are_never_more_mentions_than_unread_messages(case: tuple[list[str], list[Step]]) -> None:
    keeper = Bookkeeper(case[0]).do(*case[1])
    for person in NAMES:
        badge = keeper.badge(person)
        assert badge is None or 0 <= badge.mentions <= badge.unread


@settings(deadline=None)
@given(scripts(), st.data())
def test_a_delete_lowers_the_badge_of_exactly_those_who_had_not_read_it(
    case: tuple[list[str], list[Step]], data: st.DataObject
) -> None:
    keeper = Bookkeeper(case[0]).do(*case[1])
    turn = data.draw(st.integers(1, len(keeper.ledger.told)))
    gone = keeper.ledger.told[turn - 1]
    before = {person: keeper.badge(person) for person in NAMES}
    keeper.do(Delete(turn, gone.author))
    for person in NAMES:
        was, now = before[person], keeper.badge(person)
        if was is not None and now is not None:
            unread = person != gone.author and not gone.deleted and turn > keeper.ledger.pointer(person)
            assert was.unread - now.unread == unread
    keeper.do(Delete(turn, gone.author))
    assert keeper.ledger.told[turn - 1] == Told(turn, gone.author, "", gone.client_key, deleted=True)


@settings(deadline=None)
@given(scripts(), st.sampled_from(NAMES))
def test_who_leaves_has_no_badge_and_who_comes_back_begins_at_nothing(
    case: tuple[list[str], list[Step]], person: str
) -> None:
    keeper = Bookkeeper(case[0]).do(*case[1]).do(Leave(person))
    assert keeper.badge(person) is None
    keeper.say("somebody")
    keeper.do(Add(person, "somebody"))
    badge = keeper.badge(person)
    assert badge is not None
    assert (badge.unread, badge.mentions) == (0, 0)
    keeper.say("somebody", person, "somebody")
    badge = keeper.badge(person)
    assert badge is not None
    assert badge.unread == 2


@settings(deadline=None)
@given(scripts(), st.sampled_from(NAMES), st.data())
def test_after_marking_unread_all_of_others_from_there_on_is_unread(
    case: tuple[list[str], list[Step]], person: str, data: st.DataObject
) -> None:
    keeper = Bookkeeper(case[0]).do(*case[1])
    if person not in keeper.ledger.truth().members:
        return
    joined = keeper.ledger._joined.get(person, 0)
    last = len(keeper.ledger.told)
    turn = data.draw(st.integers(1, last))
    keeper.do(MarkRead(person, last))
    assert keeper.badge(person) == Count(muted=person in keeper.ledger.truth().muted)
    keeper.do(MarkUnread(person, turn))
    wanted = sum(
        told.author != person and not told.deleted and told.number > joined for told in keeper.ledger.told[turn - 1 :]
    )
    badge = keeper.badge(person)
    assert badge is not None
    assert badge.unread == wanted


def test_marking_unread_what_is_unread_moves_nothing_forward() -> None:
    keeper = room_of("ann", "bob").say("ann", "ann", "ann").do(MarkUnread("bob", 3))
    assert keeper.badge("bob") == Count(3)


def test_an_edit_moves_mentions_of_exactly_those_concerned() -> None:
    keeper = room_of("ann", "bob", "cem").say("ann").do(Edit(1, "ann", ("see ", Mention("bob"))))
    assert [keeper.badge(person) for person in ("ann", "bob", "cem")] == [Count(), Count(1, 1), Count(1)]
    keeper.do(Edit(1, "ann", (Mention(),)))
    assert [keeper.badge(person) for person in ("ann", "bob", "cem")] == [Count(), Count(1, 1), Count(1, 1)]
    keeper.do(Edit(1, "ann", ("never mind",)))
    assert keeper.badge("bob") == Count(1)
    assert keeper.ledger.told[0].text == "never mind"


def test_the_total_leaves_out_what_is_muted_now() -> None:
    keeper = room_of("ann", "bob").say("ann").do(Mute("bob", None))
    assert keeper.badge("bob") == Count(1, 0, muted=True)
    assert total([Count(2, 1), Count(1, 0, muted=True), Count(3, 2)]) == Count(5, 3)
    assert keeper.do(Mute("bob", 1.5)).badge("bob") == Count(1)


def test_a_refused_message_has_its_turn_and_no_number() -> None:
    keeper = room_of("ann", "bob").say("ann")
    keeper.ledger.refused()
    keeper.say("ann")
    assert [keeper.ledger.number(turn) for turn in (1, 2, 3)] == [1, None, 2]


def test_members_are_known_at_every_message() -> None:
    keeper = room_of("ann", "bob").say("ann").do(Add("cem", "ann")).say("ann").do(Leave("bob")).say("ann")
    truth = keeper.ledger.truth()
    assert [truth.revision(number) for number in (1, 2, 3)] == [2, 4, 6]
    assert [sorted(truth.era(number).members) for number in (1, 2, 3)] == [
        ["ann", "bob"],
        ["ann", "bob", "cem"],
        ["ann", "cem"],
    ]
    assert [sorted(truth.era(number).stayed) for number in (1, 2, 3)] == [["ann"], ["ann", "cem"], ["ann", "cem"]]
    assert truth.everybody == {"ann", "bob", "cem"}


@settings(deadline=None)
@given(scripts())
def test_an_era_says_what_the_memberships_say(case: tuple[list[str], list[Step]]) -> None:
    keeper = Bookkeeper(case[0])
    seen: list[frozenset[str]] = []
    starts: list[int] = []
    for step in case[1]:
        keeper.do(step)
        seen.append(keeper.ledger.truth().members)
        if isinstance(step, Line):
            starts.append(len(seen) - 1)
    truth = keeper.ledger.truth()
    for number, start in enumerate(starts, 1):
        since: list[Any] = seen[start:]
        assert truth.era(number).members == since[0]
        assert truth.era(number).stayed == frozenset.intersection(*since)
        assert truth.era(number).anybody == frozenset.union(*since)


def test_the_pointer_bounds_a_recount() -> None:
    assert recount(["ann", "bob", "ann"], "bob", 1, {3}) == 0
