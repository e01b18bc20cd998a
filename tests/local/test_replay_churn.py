from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.replay.churn import LATE, LONGEST, Churn, Rates, churn
from local.replay.input import Line, Plan, Room
from local.replay.said import EVERYONE, Mention, mentioned, text_of
from local.replay.steps import Add, Change, Delete, Edit, Leave, MarkRead, MarkUnread, Mute, Remove, Step

ALL = Rates(mentions=0.3, edits=0.5, deletes=0.2, moves=0.5, reads=0.5, unreads=0.5, mutes=0.5)
PERSONAL = (MarkRead, MarkUnread, Mute)


def chat(messages: int, people: int = 12, rooms: int = 2) -> Plan:
    names = [f"person {number}" for number in range(people)]
    made = []
    for order in range(rooms):
        lines = [
            Line(order * messages + turn + 1, names[(turn * 5 + order) % people], f"text {turn}")
            for turn in range(messages)
        ]
        made.append(Room(f"room {order}", names, lines))
    return Plan(tuple(made), tuple(sorted(names)), 0)


@st.composite
def mixed(draw: st.DrawFn) -> tuple[Plan, frozenset[str], Churn]:
    plan = chat(draw(st.integers(1, 60)), draw(st.integers(1, 12)))
    attached = frozenset(plan.persons[: draw(st.integers(0, 3))])
    rates = draw(st.sampled_from([ALL, Rates(), replace(ALL, moves=1.0)]))
    return plan, attached, churn(plan, attached, draw(st.integers(0, 1_000)), rates)


def test_the_same_seed_mixes_the_same_and_another_one_does_not() -> None:
    plan = chat(200)
    assert churn(plan, (), 1) == churn(plan, (), 1)
    assert churn(plan, (), 1) != churn(plan, (), 2)


def test_a_room_is_mixed_alike_whatever_other_rooms_there_are() -> None:
    both = chat(100)
    alone = Plan(both.rooms[:1], both.persons, 0)
    assert churn(both, ()).scripts[0] == churn(alone, ()).scripts[0]


def test_about_as_much_happens_as_is_wanted() -> None:
    plan = chat(4_000, people=40, rooms=3)
    steps = [step for script in churn(plan, ()).scripts for step in script]
    count: Callable[..., int] = lambda *kinds: sum(isinstance(step, kinds) for step in steps)  # noqa: E731 - short
    assert count(Edit) == pytest.approx(0.03 * plan.messages, rel=0.25)
    assert count(Delete) == pytest.approx(0.02 * plan.messages, rel=0.25)
    assert count(Leave, Remove) + count(Add) >= 0.01 * plan.messages
    for kind in (Leave, Remove, Add, MarkRead, MarkUnread, Mute):
        assert count(kind) > 10
    named = [step for step in steps if isinstance(step, Line) and step.parts]
    assert len(named) == pytest.approx(0.03 * plan.messages, rel=0.25)
    assert any(EVERYONE in mentioned(line.parts) for line in named)


def test_edits_put_mentions_in_and_take_them_out() -> None:
    plan = chat(2_000)
    put_in = taken_out = 0
    for script in churn(plan, ()).scripts:
        said: list[frozenset[str]] = []
        for step in script:
            if isinstance(step, Line):
                said.append(mentioned(step.parts))
            elif isinstance(step, Edit):
                put_in += bool(mentioned(step.parts) - said[step.turn - 1])
                taken_out += bool(said[step.turn - 1] - mentioned(step.parts))
                said[step.turn - 1] = mentioned(step.parts)
    assert put_in > 5
    assert taken_out > 1


@settings(deadline=None)
@given(mixed())
def test_every_message_is_still_sent_once_in_order_by_its_sender(case: tuple[Plan, frozenset[str], Churn]) -> None:
    plan, _, result = case
    for room, script in zip(plan.rooms, result.scripts, strict=True):
        lines = [step for step in script if isinstance(step, Line)]
        assert [(line.position, line.sender, line.text) for line in lines] == [
            (line.position, line.sender, line.text) for line in room.lines
        ]


@settings(deadline=None)
@given(mixed())
def test_nobody_does_what_the_contract_refuses(case: tuple[Plan, frozenset[str], Churn]) -> None:
    plan, _, result = case
    for room, first, script in zip(plan.rooms, result.first, result.scripts, strict=True):
        assert first[0] == room.members[0]
        inside, lines, deleted = set(first), list[Line](), set[int]()
        for step in script:
            check(step, inside, lines, deleted, owner=room.members[0])


def check(step: Step, inside: set[str], lines: list[Line], deleted: set[int], owner: str) -> None:
    """One step as the contract sees it: everybody is a member, authors and owners do what only they may."""
    match step:
        case Line():
            assert step.sender in inside
            assert mentioned(step.parts) <= inside | {EVERYONE}
            lines.append(step)
        case Edit():
            assert step.by == lines[step.turn - 1].sender in inside
            assert step.turn not in deleted
            assert mentioned(step.parts) <= inside | {EVERYONE}
            assert text_of(step.parts).strip()
        case Delete():
            assert step.by in inside & {lines[step.turn - 1].sender, owner}
            assert step.turn not in deleted
            deleted.add(step.turn)
        case Add():
            assert step.by in inside
            assert step.person not in inside
            inside.add(step.person)
        case Leave() | Remove():
            assert step.person in inside - {owner}
            assert isinstance(step, Leave) or step.by == owner
            inside.remove(step.person)
        case MarkRead() | MarkUnread():
            assert step.person in inside
            assert 1 <= step.turn <= len(lines)
        case Mute():
            assert step.person in inside


@settings(deadline=None)
@given(mixed())
def test_who_reads_by_themselves_marks_nothing(case: tuple[Plan, frozenset[str], Churn]) -> None:
    _, attached, result = case
    marked = {step.person for script in result.scripts for step in script if isinstance(step, MarkRead | MarkUnread)}
    assert not marked & attached


@settings(deadline=None)
@given(mixed())
def test_who_comes_back_says_again_whether_they_mute(case: tuple[Plan, frozenset[str], Churn]) -> None:
    for script in case[2].scripts:
        muted: dict[str, float | None] = {}
        for step, following in zip(script, [*script[1:], None], strict=True):
            if isinstance(step, Mute):
                muted[step.person] = step.for_s
            if isinstance(step, Add) and muted.get(step.person, 0) is None:
                assert following == Mute(step.person, None)


@settings(deadline=None)
@given(mixed())
def test_who_moves_is_told_beforehand(case: tuple[Plan, frozenset[str], Churn]) -> None:
    plan, _, result = case
    for order, room in enumerate(plan.rooms):
        always = set(result.first[order]) - result.moved(order)
        assert room.members[0] in always
        assert set(room.members) - set(result.first[order]) >= result.moved(order) - set(result.first[order])


def test_some_come_late() -> None:
    plan = chat(10, people=500, rooms=1)
    assert len(churn(plan, ()).first[0]) == pytest.approx(500 * (1 - LATE), rel=0.1)


def test_texts_that_would_become_too_long_are_left_alone() -> None:
    plan = chat(40, rooms=1)
    long = [replace(line, text="x" * (LONGEST + 1)) for line in plan.rooms[0].lines]
    result = churn(Plan((replace(plan.rooms[0], lines=long),), plan.persons, 0), (), rates=replace(ALL, mentions=1.0))
    changes: list[Change] = [step for step in result.scripts[0] if not isinstance(step, Line)]
    assert not any(isinstance(change, Edit) for change in changes)
    assert all(not step.parts for step in result.scripts[0] if isinstance(step, Line))


def test_a_text_reads_as_the_server_composes_it() -> None:
    assert text_of(("see ", Mention("ann"), ", ", Mention())) == "see @ann, @everyone"
    assert mentioned(("see ", Mention("ann"), Mention())) == {"ann", EVERYONE}
