"""What can be decided about people whose whereabouts are known, because the replay itself put them there."""

from collections.abc import Mapping, Sequence

from local.replay.alerts import Decision
from local.replay.roles import Habit, Role
from local.replay.truth import RoomTruth

WAITS = "PRESENCE_UNKNOWN"
"""The decision was put off because presence could not tell, as in the first lease after its store was emptied."""


class Facts:
    """Where the people of one conversation were, all the time.

    Args:
        room: the room's index.
        attached: the roles of those who were attached.
        steady: of these, whose lease never broke; nothing is known for certain of the others.
        reads: the highest read pointers in this conversation, by person.
        truth: the conversation as it must be, with all that happened in it.
    """

    def __init__(
        self,
        room: int,
        attached: Mapping[str, Role],
        steady: frozenset[str],
        reads: Mapping[str, int],
        truth: RoomTruth,
    ) -> None:
        self._truth = truth
        self._room = room
        self._attached = attached
        self._steady = steady
        self._reads = reads

    def fits(self, person: str, number: int, decisions: Sequence[Decision]) -> bool:
        """Whether these decisions, in order of time, can be right for a message.

        The person is empty for anybody who was never attached.
        """
        role = self._attached.get(person)
        if role is not None and person not in self._steady:
            return True
        told = [decision for decision in decisions if decision.reason != WAITS]
        otherwise = self._settled(person, number)
        if not told:
            # Who has a tab in use is looked for again and again; everybody else is told in the end.
            return bool(otherwise) or (role is not None and role.in_use)
        first = self._possible(role) | otherwise
        later = first | ({("PUSH", "AWAY")} if role is not None and role.habit is Habit.BACKGROUND else set())
        if role is None and len(told) > 1 and person not in self._truth.muters:
            return False
        wanted = [first if len(told) == len(decisions) else later, *[later] * (len(told) - 1)]
        return all(
            (decision.surface, decision.reason) in possible for decision, possible in zip(told, wanted, strict=True)
        )

    def seen(self, person: str, number: int) -> bool:
        """Whether a push to the person may be held back: the message was on their screen, or nobody is told of it."""
        if self._settled(person, number):
            return True
        role = self._attached.get(person)
        return role is not None and (person not in self._steady or role.shows == self._room)

    def _settled(self, person: str, number: int) -> set[tuple[str, str]]:
        """The decisions of rows 1 and 2 of the table that can be right.

        Decisions are made after the message and nobody promises when, so what was read, deleted, left or muted at any
        time may have been seen; that it must have been cannot be said.
        """
        found: set[tuple[str, str]] = set()
        if number <= self._reads.get(person, 0):
            found.add(("NONE", "READ"))
        if number in self._truth.deleted:
            found.add(("NONE", "DELETED"))
        if person in self._truth.moved:
            found.add(("NONE", "NOT_A_MEMBER"))
        if person in self._truth.muters:
            found.add(("NONE", "MUTED"))
        return found

    def _possible(self, role: Role | None) -> set[tuple[str, str]]:
        """(surface, reason) of the decisions of the other rows that can be right."""
        if role is None:
            return {("PUSH", "AWAY")}
        if role.habit is Habit.BACKGROUND:
            return {("BROWSER", "TAB_OPEN")}
        return {("NONE", "VIEWING") if role.shows == self._room else ("BANNER", "TAB_IN_USE")}
