"""The times of the decision table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The times of the decision table.

    Attributes:
        idle_ms: a tab without input for longer is not in use.
        escalation_ms: the delay of the first check.
        push_ttl_ms: what is older is not alerted any more.
        patience_ms: how long a push waits for unread or presence to answer.
    """

    idle_ms: int
    escalation_ms: int
    push_ttl_ms: int
    patience_ms: int

    def delay_ms(self, chosen_ms: int) -> int:
        """The delay of a person's check, ms: what they have chosen, if it is not 0."""
        return chosen_ms or self.escalation_ms
