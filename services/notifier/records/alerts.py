"""Decisions, what they were made on, and what they change on screens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.notifier.facts import DEFAULT_PREFERENCES, Client, Decision, Kind, Level, Preferences
from services.notifier.records.names import alert_id


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was looked at for one person, kept to explain the decision.

    Attributes:
        clients: the live clients; empty too while presence could not tell.
        read, muted_until_ms, mentioned, level, do_not_disturb, preferences: see Facts.
    """

    clients: tuple[Client, ...] = ()
    read: int = 0
    muted_until_ms: int = 0
    mentioned: bool = False
    level: Level | None = None
    do_not_disturb: bool = False
    preferences: Preferences = DEFAULT_PREFERENCES


@dataclass(frozen=True, slots=True)
class Content:
    """What is shown of one message, made safe."""

    tenant: str
    conversation: str
    number: int
    author: str
    kind: Kind
    title: str
    text: str
    at_ms: int
    service: str = ""
    link: str = ""

    @property
    def tag(self) -> str:
        """Names the message on a screen; what has the same tag replaces it."""
        return f"{self.conversation}:{self.number}"


@dataclass(frozen=True, slots=True)
class Alert:
    """The decisions for one message.

    Attributes:
        content: what is shown of the message.
        revision: of the message's event.
        persons: how many people were decided on, the author not counted.
        common: the decision of everyone who is not in `decisions`.
        decisions: person to decision, where it differs.
        decided_at_ms: when, ms since 1970 UTC.
        check_at_ms: when to look again; 0 for never.
        waiting: who is to be looked at then.
        escalations: what was decided later, in order.
        unknown_since_ms: since when presence could not tell; 0 if it can.
        unheard_since_ms: since when unread could not tell; 0 if it can.
        checks: how often it was looked at.
        unfinished: the effects of the escalations may be incomplete.
        mentioned: whom the message mentions now, by name.
        everyone: whether it mentions everyone now.
        evidence: person to what was looked at, where that is more than for everyone.
        common_preferences: the preferences of `common`.
        edited_revision: of the last edit that was taken into account; 0 for none.
        deleted: the message was deleted.
        members: who was decided on, and the author if a member.
        membership_revision: of these members; 0 in older alerts.
        unfinished_change: the revision of the edit or deletion whose effects may be incomplete; 0 for none.
        due_ms: when those in `waiting` are looked at, ms since 1970 UTC.
        due: person to when, where somebody chose another delay.
        urgent: of them, who ceased to be active since, and is looked at at once.
        escalated_ms: when each of the escalations was decided, ms since 1970 UTC.
        given_up: why nobody looks at it again, although people waited for it; empty normally.
    """

    content: Content
    revision: int
    persons: int
    common: Decision
    decisions: Mapping[str, Decision]
    decided_at_ms: int
    check_at_ms: int = 0
    waiting: Sequence[str] = ()
    escalations: Sequence[tuple[str, Decision]] = ()
    unknown_since_ms: int = 0
    unheard_since_ms: int = 0
    checks: int = 0
    unfinished: bool = False
    mentioned: frozenset[str] = frozenset()
    everyone: bool = False
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    common_preferences: Preferences = DEFAULT_PREFERENCES
    edited_revision: int = 0
    deleted: bool = False
    unfinished_change: int = 0
    members: frozenset[str] = frozenset()
    due_ms: int = 0
    due: Mapping[str, int] = field(default_factory=dict)
    urgent: frozenset[str] = frozenset()
    escalated_ms: Sequence[int] = ()
    given_up: str = ""
    membership_revision: int = 0

    def looked_at(self, person: str, now_ms: int) -> bool:
        """Whether it is time to look at somebody who is waited for."""
        return person in self.urgent or now_ms >= self.due.get(person, self.due_ms)

    def mentions(self, person: str) -> bool:
        """Whether the message mentions a person now."""
        return self.everyone or person in self.mentioned

    def latest(self, person: str) -> Decision:
        """The last decision for a person of the conversation."""
        return dict(self.escalations).get(person) or self.of(person)

    @property
    def id(self) -> str:
        """Names the alert; sorts by conversation, then by revision."""
        return alert_id(self.content.conversation, self.revision)

    def of(self, person: str) -> Decision:
        """The first decision for a person of the conversation."""
        return self.decisions.get(person, self.common)


@dataclass(frozen=True, slots=True)
class News:
    """What changes on screens because of one message.

    Attributes:
        content: of the message.
        shown: (person, decision) of each banner and browser notification.
        taken_back: whose banner is to go.
        mentioned: whom the message mentions, by name.
        everyone: whether it mentions everyone.
        edited: the text of what is still shown is to be replaced.
        deleted: all that is shown of it is to go.
        membership_revision: of the members that were decided on.
    """

    content: Content
    shown: Sequence[tuple[str, Decision]]
    taken_back: Sequence[str] = ()
    mentioned: frozenset[str] = frozenset()
    everyone: bool = False
    edited: bool = False
    deleted: bool = False
    membership_revision: int = 0
