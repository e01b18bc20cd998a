"""Who does what beside sending: a seeded choice, so that two runs of one file are alike."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from local.replay.input import Plan, Room

SEED = 1_728
"""Any number; the same choice in every run makes runs comparable."""

SHARE = 10
"""One person in so many is attached, and another one has a device."""


class Habit(Enum):
    """What an attached person does with the one tab that they have open."""

    READER = "reads a conversation as it goes, in a focused tab"
    VIEWER = "keeps a conversation open in a focused tab, and confirms nothing"
    ELSEWHERE = "works in a focused tab that shows no conversation"
    BACKGROUND = "has the tab open behind another window; notifications are granted"


@dataclass(frozen=True, slots=True)
class Role:
    """An attached person.

    Attributes:
        shows: index of the room that the tab shows; None for none.
        rooms: indexes of the rooms in which the person is a member.
    """

    person: str
    habit: Habit
    shows: int | None
    rooms: tuple[int, ...]

    @property
    def in_use(self) -> bool:
        """Whether the tab is focused and has input."""
        return self.habit is not Habit.BACKGROUND


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody's part.

    Attributes:
        attached: who is connected, by person.
        devices: the one device of each who has one, by person; device names are unique in the run.
    """

    attached: dict[str, Role]
    devices: dict[str, str]


def assign(plan: Plan, seed: int = SEED) -> Cast:
    """Chooses a tenth of the people to be attached, each habit in turn, and another tenth to have a device."""
    rng = random.Random(seed)  # noqa: S311 - a repeatable choice, not a secret
    persons = list(plan.persons)
    rng.shuffle(persons)
    tenth = math.ceil(len(persons) / SHARE)
    rooms_of = memberships(plan.rooms)
    attached: dict[str, Role] = {}
    for order, person in enumerate(persons[:tenth]):
        habit = tuple(Habit)[order % len(Habit)]
        rooms = rooms_of[person]
        shows = rng.choice(rooms) if habit in {Habit.READER, Habit.VIEWER} else None
        attached[person] = Role(person, habit, shows, rooms)
    devices = {person: f"phone-{order}" for order, person in enumerate(persons[tenth : 2 * tenth])}
    return Cast(attached, devices)


def memberships(rooms: Sequence[Room]) -> dict[str, tuple[int, ...]]:
    """The indexes of each person's rooms."""
    found: dict[str, list[int]] = {}
    for index, room in enumerate(rooms):
        for member in room.members:
            found.setdefault(member, []).append(index)
    return {person: tuple(indexes) for person, indexes in found.items()}
