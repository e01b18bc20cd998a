"""What is written down while an episode is lived."""

from collections import defaultdict
from dataclasses import dataclass, field

from services.notifier.facts import Decision, Reason
from services.notifier.records import Delivery
from tests.conftest import ManualClock
from tests.simulation.others import Message, Messaging, Unread
from tests.simulation.people import Person
from tests.simulation.pushes import Received

WAITS = {Reason.PRESENCE_UNKNOWN, Reason.UNREAD_UNKNOWN}


@dataclass
class Owed:
    """A message that was shown on a screen, or was being viewed, and becomes a push once nobody is there.

    Attributes:
        before: the last decision.
        row: of the table.
        at_ms: when the first one was made.
        last_ms: when the last one was made.
        delay_ms: the person's escalation delay.
        since: since when the push is due, without a break; 0 for not.
    """

    message: Message
    before: Decision
    row: int
    at_ms: int
    last_ms: int
    delay_ms: int
    since: int = 0


@dataclass
class Times:
    """The times of the decision table, and when something was out of order last."""

    idle_ms: int
    escalation_ms: int
    disturbed_at: int = 0
    presence_unknown: bool = False
    unread_away_at: int = 0


@dataclass
class Books:
    """What is known of everything that has happened, and what was wrong with it."""

    clock: ManualClock
    people: dict[str, Person]
    messaging: Messaging
    unread: Unread
    times: Times
    pairs: int = 0
    wrong: list[tuple[str, str]] = field(default_factory=list)
    counts: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    alerts: dict[str, Message] = field(default_factory=dict)
    """Messages as the notifier has been told of them: an edit or a deletion counts from when it is recorded."""
    decisions: dict[tuple[str, str], list[tuple[int, Decision]]] = field(default_factory=dict)
    beside: set[tuple[str, str]] = field(default_factory=set)
    owed: defaultdict[str, dict[str, Owed]] = field(default_factory=lambda: defaultdict(dict))
    perhaps: defaultdict[str, dict[str, Owed]] = field(default_factory=lambda: defaultdict(dict))
    """What was owed until nothing was wanted; owed again, as by marking unread, unless a look has settled it."""
    to_show: list[tuple[str, Message, Decision]] = field(default_factory=list)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    expected: dict[str, int] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    dirty: set[tuple[str, str]] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    received: list[Received] = field(default_factory=list)

    def say(self, person: str, what: str) -> None:
        self.people[person].log.append((self.clock(), what))

    def fault(self, person: str, what: str) -> None:
        self.say(person, f"WRONG: {what}")
        self.wrong.append((person, what))

    def known(self, conversation: str, number: int) -> Message:
        """A message as the notifier knows it."""
        return self.alerts[alert_of(self.messaging.message(conversation, number))]


def alert_of(message: Message) -> str:
    """The name of a message's alert."""
    return f"{message.conversation}:{message.revision:016d}"
