"""What can be decided about people whose whereabouts are known, because the replay itself put them there."""

from collections.abc import Mapping, Sequence

from local.replay.roles import Habit, Role
from local.replay.truth import Decision

WAITS = "PRESENCE_UNKNOWN"
"""The decision was put off because presence could not tell, as in the first lease after its store was emptied."""


class Facts:
    """Where the people of one conversation were, all the time.

    Args:
        room: the room's index.
        attached: the roles of those who were attached.
        steady: of these, whose lease never broke; nothing is known for certain of the others.
        reads: acknowledged read pointers in this conversation, by person.
    """

    def __init__(
        self, room: int, attached: Mapping[str, Role], steady: frozenset[str], reads: Mapping[str, int]
    ) -> None:
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
        if not told:
            # Who has a tab in use is looked for again and again; everybody else is told in the end.
            return role is not None and role.in_use
        first = self._possible(role, number)
        later = first | ({("PUSH", "AWAY")} if role is not None and role.habit is Habit.BACKGROUND else set())
        if role is None and len(told) > 1:
            return False
        wanted = [first if len(told) == len(decisions) else later, *[later] * (len(told) - 1)]
        return all(
            (decision.surface, decision.reason) in possible for decision, possible in zip(told, wanted, strict=True)
        )

    def seen(self, person: str, number: int) -> bool:
        """Whether a push to the person may be held back: the message was read, or was on their screen."""
        if number <= self._reads.get(person, 0):
            return True
        role = self._attached.get(person)
        return role is not None and (person not in self._steady or role.shows == self._room)

    def _possible(self, role: Role | None, number: int) -> set[tuple[str, str]]:
        """(surface, reason) of the decisions that can be right."""
        if role is None:
            return {("PUSH", "AWAY")}
        if role.habit is Habit.BACKGROUND:
            return {("BROWSER", "TAB_OPEN")}
        found = {("NONE", "VIEWING") if role.shows == self._room else ("BANNER", "TAB_IN_USE")}
        if number <= self._reads.get(role.person, 0):
            found.add(("NONE", "READ"))
        return found
