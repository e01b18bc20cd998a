"""What the notifier holds of one conversation: decisions, alerts and deliveries, as plain values."""

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Decision:
    """Where one person is told; surface and reason without their enum's prefix."""

    person: str
    surface: str
    reason: str
    client: str = ""
    tab: str = ""


@dataclass(frozen=True)
class Alert:
    """The decisions for one message."""

    number: int
    revision: int
    persons: int
    common: Decision
    decisions: tuple[Decision, ...] = ()
    escalations: tuple[Decision, ...] = ()

    @cached_property
    def by_person(self) -> dict[str, list[Decision]]:
        """Everything that was decided, the first decision first, for each person who is named anywhere."""
        found = {decision.person: [decision] for decision in self.decisions}
        for decision in self.escalations:
            found.setdefault(decision.person, [self.common]).append(decision)
        return found


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery document of a push that shows something; the state without its enum's prefix.

    Attributes:
        collapsed: another push stood for this one.
    """

    number: int
    person: str
    device: str
    state: str
    collapsed: bool = False
