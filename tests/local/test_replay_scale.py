import io
import json

from rich.console import Console

from local.replay.input import Line, Plan, Room
from local.replay.scale import ScaleReport
from local.replay.sizes import extras, padded, sliced, writers_only
from local.replay.truth import Check


def chat() -> Plan:
    lines = [Line(turn, f"person {turn % 5 if turn < 40 else 9}", "text") for turn in range(1, 61)]
    silent = Room("silent", ["nobody"], [])
    room = Room("room", ["extra 0002", *[f"person {number}" for number in range(10)]], lines)
    return Plan((room, silent), ("nobody",), 0)


def test_both_sizes_are_of_the_people_who_wrote_most_and_of_what_they_wrote() -> None:
    plan = writers_only(chat(), few=3)
    assert [room.title for room in plan.rooms] == ["room"]
    assert plan.rooms[0].members == ["person 9", "person 1", "person 2"]
    assert {line.sender for line in plan.rooms[0].lines} == {"person 9", "person 1", "person 2"}


def test_every_room_gets_as_many_members_as_are_wanted_and_sends_the_same() -> None:
    plan = writers_only(chat(), few=3)
    for size in (3, 20, 2_000):
        room = padded(plan, size).rooms[0]
        assert len(room.members) == len(set(room.members)) == size
        assert room.members[:3] == plan.rooms[0].members
        assert room.lines == plan.rooms[0].lines


def test_slices_are_the_same_messages_in_the_same_order() -> None:
    plan = writers_only(chat(), few=3)
    for pairs in (1, 7, 500):
        slices = sliced(plan, pairs)
        assert [line for part in slices for line in part.rooms[0].lines] == plan.rooms[0].lines
        assert all(part.messages for part in slices)
        assert max(part.messages for part in slices) - min(part.messages for part in slices) <= 1


def test_extra_people_are_always_the_same_and_nobody_else() -> None:
    assert extras(3) == ["extra 0001", "extra 0002", "extra 0003"]
    assert extras(3, ["extra 0002", "ann"]) == ["extra 0001", "extra 0003", "extra 0004"]
    assert extras(0) == []


def report(*, met: bool, right: bool) -> ScaleReport:
    check = Check("badges", 3)
    if not right:
        check.differs("ann: badge 1, recount 2")
    ratio = 0.95 if met else 0.4
    return ScaleReport(2, 2_000, 20, 100, [95.0], [100.0], [ratio], ratio, 0.9, met, [check])


def test_a_missed_target_is_told_and_is_no_failure() -> None:
    for met, words in ((True, "met"), (False, "not met")):
        said = io.StringIO()
        found = report(met=met, right=True)
        found.print(Console(file=said, width=100))
        assert found.ok
        assert words in said.getvalue()
        assert json.loads(json.dumps(found.as_json()))["met"] is met


def test_a_wrong_badge_is_a_failure_whatever_the_rate() -> None:
    found = report(met=True, right=False)
    assert not found.ok
    assert found.as_json()["checks"][0]["differences"] == ["ann: badge 1, recount 2"]
