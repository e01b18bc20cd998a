"""Pure decisions about what others see of a person; all times are ms since 1970 UTC by the server's clock."""

from dataclasses import dataclass, replace
from enum import IntEnum

from services.presence.rules import live

READ_AGAIN_MS = 10_000
"""A watched person is read again after so long, ms, whether anything was heard of them or not."""

READ_UNKNOWN_MS = 1_000
"""The same while presence cannot know."""


class Status(IntEnum):
    """What others see of a person, as the contract numbers it."""

    UNSPECIFIED = 0
    ACTIVE = 1
    AWAY = 2
    DO_NOT_DISTURB = 3
    OFFLINE = 4


@dataclass(frozen=True, slots=True)
class Chosen:
    """The status that a person has chosen.

    Attributes:
        status: the status; UNSPECIFIED has it derived again.
        until: when it ends by itself; 0 for not.
        seen: when the person had last touched a tab when it was chosen; 0 if that was not known.
    """

    status: Status
    until: int
    seen: int = 0

    def holds(self, now: int) -> bool:
        """Whether it is what the person wants at this time."""
        return self.status is not Status.UNSPECIFIED and (not self.until or now < self.until)


@dataclass(frozen=True, slots=True)
class Person:
    """What is stored of a person.

    Attributes:
        deadline: the latest deadline of the person's clients; 0 for none.
        active_until: until when a tab of theirs is in use, unless something happens; 0 for none.
        seen: when they last touched a tab; 0 if that is not known.
        chosen: what they have chosen, also if that does not hold any more.
    """

    deadline: int = 0
    active_until: int = 0
    seen: int = 0
    chosen: Chosen | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a person, to the person; others are shown `to_others`.

    Attributes:
        status: the status.
        last_seen: when they last touched a tab; 0 if that is not known.
        until: when a chosen status ends by itself; 0 for not.
        chosen: whether the status was chosen.
    """

    status: Status
    last_seen: int = 0
    until: int = 0
    chosen: bool = False

    def to_others(self) -> "Shown":
        """The same without what would tell a chosen offline status from a real one."""
        return replace(self, until=0 if self.status is Status.OFFLINE else self.until, chosen=False)


def shown(last: Shown | None, person: Person, now: int, *, known: bool) -> Shown:
    """What is shown of a person.

    Args:
        last: what was shown before; None for nothing.
        person: what is stored.
        now: the present time.
        known: whether everybody who is here can be found; if not, nobody goes offline and nobody's choice is forgotten.
    """
    derived = _derived(person, now)
    same = last is not None and last.status is derived.status and derived.status is not Status.OFFLINE
    if last is not None and same and live(person.active_until, now):
        # Who is active is being seen all the time; nobody needs an update for each touch.
        derived = replace(derived, last_seen=last.last_seen)
    held = person.chosen is not None and person.chosen.holds(now)
    if known or (held and (derived.chosen or derived.status is not Status.OFFLINE)):
        return derived
    if last is None or last.status is Status.UNSPECIFIED:
        return Shown(Status.UNSPECIFIED) if derived.status is Status.OFFLINE else derived
    forgotten = last.chosen and person.chosen is None and (not last.until or now < last.until)
    lower = derived.status is Status.OFFLINE or last.status is Status.ACTIVE
    return last if forgotten or lower else derived


def read_again_at(person: Person, now: int, *, known: bool) -> int:
    """When what is shown of a person may change without anything being heard of it."""
    times = [person.deadline, person.active_until, person.chosen.until if person.chosen else 0]
    regular = now + (READ_AGAIN_MS if known else READ_UNKNOWN_MS)
    return min((at for at in times if now < at < regular), default=regular)


def _derived(person: Person, now: int) -> Shown:
    chosen = person.chosen if person.chosen and person.chosen.holds(now) else None
    hidden = chosen is not None and chosen.status is Status.OFFLINE
    seen = chosen.seen if chosen and hidden else person.seen
    if not live(person.deadline, now) and not hidden:
        return Shown(Status.OFFLINE, seen)
    if chosen:
        return Shown(chosen.status, seen, chosen.until, chosen=True)
    return Shown(Status.ACTIVE if live(person.active_until, now) else Status.AWAY, seen)
