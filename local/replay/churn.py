"""What is mixed into the messages of a chat: a pure, seeded plan, so that two runs of one file do the same.

Each room's first member stays all the time: they own it, and do what only an owner may.
"""

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from local.replay.input import Line, Plan, Room
from local.replay.said import Mention, Part, mentioned
from local.replay.steps import Add, Change, Delete, Edit, Leave, MarkRead, MarkUnread, Mute, Remove, Step

SEED = 2_026
"""Any number; another one is another plan."""

LATE = 0.1
"""The share of a room's people who are not in it from the beginning."""

LONGEST = 16_000
"""Longer texts are not edited and get no mention, characters: with one they must stay within 65,536 bytes."""

LATELY = 20
"""Half of what happens to messages happens to the last so many."""

SHORT_S = 1.5
"""Every fourth mute runs out by itself after so long, s: before anything is compared."""

TRIES = 8
"""So often something is drawn that can be done; if it never can, it is left out."""


@dataclass(frozen=True, slots=True)
class Rates:
    """How many of each there are for one message."""

    mentions: float = 0.03
    edits: float = 0.03
    deletes: float = 0.02
    moves: float = 0.015
    reads: float = 0.015
    unreads: float = 0.01
    mutes: float = 0.01


@dataclass(frozen=True, slots=True)
class Churn:
    """What happens in each room.

    Attributes:
        first: who is in each room from the beginning; the first of them makes it.
        scripts: the steps of each room, in order.
    """

    first: tuple[tuple[str, ...], ...]
    scripts: tuple[tuple[Step, ...], ...]

    def first_rooms(self, plan: Plan) -> list[Room]:
        """The rooms as they are made: without those who come later."""
        return [Room(room.title, list(members)) for room, members in zip(plan.rooms, self.first, strict=True)]

    def moved(self, order: int) -> frozenset[str]:
        """Who comes into a room or goes while messages are sent."""
        return frozenset(step.person for step in self.scripts[order] if isinstance(step, Add | Leave | Remove))


def churn(plan: Plan, attached: Collection[str], seed: int = SEED, rates: Rates | None = None) -> Churn:
    """Mixes edits, deletes, joins, leaves, reads and mutes into a plan.

    Args:
        plan: the messages, all of which are sent, in their order.
        attached: who reads by themselves, and never marks anything here.
        seed: the same seed makes the same of the same plan.
        rates: how much of each; the usual if None.
    """
    planners = [
        _Planner(room, attached, random.Random(f"{seed} {order}"), rates or Rates())  # noqa: S311 - repeatable
        for order, room in enumerate(plan.rooms)
    ]
    first = tuple(tuple(planner.inside) for planner in planners)
    return Churn(first, tuple(tuple(planner.script()) for planner in planners))


class _Planner:
    """The plan of one room, made from its first message to its last.

    Attributes:
        inside: who is in the room now; a dict for its order.
    """

    def __init__(self, room: Room, attached: Collection[str], rng: random.Random, rates: Rates) -> None:
        self._room = room
        self._attached = attached
        self._rng = rng
        self._rates = rates
        self._owner = room.members[0]
        self.inside = {person: None for person in room.members if person == self._owner or rng.random() >= LATE}
        self._outside = {person: None for person in room.members if person not in self.inside}
        self._said: list[frozenset[str]] = []
        self._deleted: set[int] = set()
        self._muted: dict[str, None] = {}
        self._readers: dict[str, None] = {}
        self._back: dict[str, int] = {}
        self._edits = 0

    def script(self) -> list[Step]:
        """All steps."""
        rates = self._rates
        kinds: tuple[tuple[float, Callable[[], list[Change]]], ...] = (
            (rates.edits, self._edit),
            (rates.deletes, self._delete),
            (rates.moves, self._move),
            (rates.reads, self._read),
            (rates.unreads, self._unread),
            (rates.mutes, self._mute),
        )
        steps: list[Step] = []
        for turn, line in enumerate(self._room.lines, 1):
            due = [person for person, at in self._back.items() if at <= turn]
            for person in dict.fromkeys([*due, line.sender]):
                if person not in self.inside:
                    steps += self._add(person)
            said = self._with_mention(line)
            steps.append(said)
            self._said.append(mentioned(said.parts))
            for rate, make in kinds:
                if self._rng.random() < rate:
                    steps += make()
        return steps

    def _with_mention(self, line: Line) -> Line:
        if self._rng.random() >= self._rates.mentions or len(line.text) > LONGEST:
            return line
        return replace(line, parts=(line.text, " ", self._mention()))

    def _edit(self) -> list[Change]:
        turn = self._message(lambda turn: len(self._line(turn).text) <= LONGEST)
        if turn is None:
            return []
        line = self._line(turn)
        self._edits += 1
        parts: tuple[Part, ...] = (f"{line.text} [{self._edits}]",)
        takes_out = bool(self._said[turn - 1]) and self._rng.random() < 0.5  # every other
        if not takes_out and self._rng.random() < 0.6:  # a few more than without one
            parts = (self._mention(), " ", *parts)
        self._said[turn - 1] = mentioned(parts)
        return [Edit(turn, line.sender, parts)]

    def _delete(self) -> list[Change]:
        turn = self._message(lambda _: True)
        if turn is None:
            return []
        self._deleted.add(turn)
        return [Delete(turn, self._rng.choice((self._line(turn).sender, self._owner)))]

    def _move(self) -> list[Change]:
        if self._outside and self._rng.random() < 0.3:  # most come back by themselves
            return self._add(self._rng.choice(list(self._outside)))
        going = [person for person in self.inside if person != self._owner]
        watching = [person for person in going if person in self._attached]
        if watching and self._rng.random() < 0.3:  # so that screens see it too
            going = watching
        if not going:
            return []
        person = self._rng.choice(going)
        del self.inside[person]
        self._outside[person] = None
        if self._rng.random() < 0.6:  # some only come back to write, or never
            self._back[person] = len(self._said) + self._rng.randint(1, LATELY)
        return [self._rng.choice((Leave(person), Remove(person, self._owner)))]

    def _add(self, person: str) -> list[Change]:
        adder = self._rng.choice(list(self.inside))
        self.inside[person] = None
        self._outside.pop(person, None)
        self._back.pop(person, None)
        self._readers.pop(person, None)
        came: list[Change] = [Add(person, adder)]
        # Whether a mute outlives a leave is not in the contract: who had one says so again.
        return [*came, Mute(person, None)] if person in self._muted else came

    def _read(self) -> list[Change]:
        person = self._unattached(self.inside)
        if person is None:
            return []
        self._readers[person] = None
        return [MarkRead(person, self._recent())]

    def _unread(self) -> list[Change]:
        person = self._unattached(self._readers) or self._unattached(self.inside)
        return [] if person is None else [MarkUnread(person, self._recent())]

    def _mute(self) -> list[Change]:
        muted = [person for person in self._muted if person in self.inside]
        if muted and self._rng.random() < 0.4:  # more mute than unmute
            person = self._rng.choice(muted)
            del self._muted[person]
            return [Mute(person, 0)]
        person = self._rng.choice(list(self.inside))
        if self._rng.random() < 0.25:  # every fourth
            self._muted.pop(person, None)
            return [Mute(person, SHORT_S)]
        self._muted[person] = None
        return [Mute(person, None)]

    def _mention(self) -> Mention:
        if self._rng.random() < 0.25:  # every fourth is for everyone
            return Mention()
        return Mention(self._rng.choice(list(self.inside)))

    def _message(self, fits: Callable[[int], bool]) -> int | None:
        """The turn of a message that is still there, with its author."""
        for _ in range(TRIES):
            turn = self._recent() if self._rng.random() < 0.5 else self._rng.randint(1, len(self._said))
            if turn not in self._deleted and self._line(turn).sender in self.inside and fits(turn):
                return turn
        return None

    def _recent(self) -> int:
        return self._rng.randint(max(1, len(self._said) - LATELY), len(self._said))

    def _unattached(self, some: Collection[str]) -> str | None:
        found = [person for person in some if person not in self._attached and person in self.inside]
        return self._rng.choice(found) if found else None

    def _line(self, turn: int) -> Line:
        return self._room.lines[turn - 1]
