"""One plan for rooms of few and of many members: the same messages of the same people, cut into slices."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from local.replay.input import Plan, Room

FEW = 20
"""The rooms to compare with have so many members."""

PAIRS = 15
"""The messages are sent in so many slices, each to both sizes, one right after the other: what else the machine does
comes and goes, and slows down both."""


def writers_only(plan: Plan, few: int = FEW) -> Plan:
    """Of each room the few people who wrote most, and what they wrote."""
    rooms = []
    for room in plan.rooms:
        counted = Counter(line.sender for line in room.lines)
        writers = {person: None for person, _ in counted.most_common(few)}
        if writers:
            rooms.append(Room(room.title, list(writers), [line for line in room.lines if line.sender in writers]))
    return Plan(tuple(rooms), tuple(sorted({person for room in rooms for person in room.members})), plan.skipped_empty)


def padded(plan: Plan, members: int) -> Plan:
    """The same rooms with so many members: those beyond the writers never attach nor send."""
    rooms = [
        Room(room.title, [*room.members, *extras(members - len(room.members), room.members)], room.lines)
        for room in plan.rooms
    ]
    return Plan(tuple(rooms), tuple(sorted({person for room in rooms for person in room.members})), plan.skipped_empty)


def extras(count: int, taken: Sequence[str] = ()) -> list[str]:
    """The names of extra people: always the same, and none that is taken."""
    names = (f"extra {number:04}" for number in range(1, count + len(taken) + 1))
    return [name for name in names if name not in taken][:count]


def sliced(plan: Plan, pairs: int = PAIRS) -> list[Plan]:
    """The same messages in slices, each with its share of every room; slices without any are left out."""
    slices = []
    for turn in range(pairs):
        rooms = [
            replace(room, lines=room.lines[len(room.lines) * turn // pairs : len(room.lines) * (turn + 1) // pairs])
            for room in plan.rooms
        ]
        slices.append(Plan(tuple(rooms), plan.persons, plan.skipped_empty))
    return [part for part in slices if part.messages]
