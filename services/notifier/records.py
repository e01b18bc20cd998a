"""What the notifier reads from others and keeps: plain values, and the names under which they are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from urllib.parse import quote

from services.notifier.facts import DEFAULT_PREFERENCES, Client, Decision, Kind, Level, Preferences, Surface


@dataclass(frozen=True, slots=True)
class Message:
    """A message as messaging tells of it; (conversation, revision) names it.

    Attributes:
        conversation, revision, number, tenant, author, kind, text: as sent; the text is not safe to show.
        membership_revision: the revision that last changed the members by then.
        at_ms: when it was written, ms since 1970 UTC.
        service: the service that wrote it, and then `author` is empty; empty if a person did.
        mentioned: whom it mentions by name.
        everyone: whether it mentions everyone.
    """

    conversation: str
    revision: int
    number: int
    tenant: str
    author: str
    kind: Kind
    text: str
    membership_revision: int
    at_ms: int
    service: str = ""
    mentioned: frozenset[str] = frozenset()
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """A message has another text, and may mention others."""

    conversation: str
    revision: int
    number: int
    tenant: str
    text: str
    mentioned: frozenset[str]
    everyone: bool
    membership_revision: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Deletion:
    """A message was deleted."""

    conversation: str
    revision: int
    number: int
    tenant: str
    at_ms: int


Change = Edit | Deletion
"""What happens to a message after it was sent."""


@dataclass(frozen=True, slots=True)
class Membership:
    """The members of one conversation as of a revision; the link of an item conversation, where it is known."""

    conversation: str
    tenant: str
    kind: Kind
    title: str
    revision: int
    members: frozenset[str]
    link: str = ""


@dataclass(frozen=True, slots=True)
class MembersChange:
    """People came or went."""

    conversation: str
    revision: int
    at_ms: int
    added: frozenset[str]
    removed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Renaming:
    """A conversation has another title or link."""

    conversation: str
    revision: int
    at_ms: int
    title: str
    link: str


@dataclass(frozen=True, slots=True)
class Head:
    """The position of a conversation's log."""

    conversation: str
    revision: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Pointer:
    """What unread keeps of a person in a conversation; of two, the one with the higher version is newer.

    Attributes:
        read: the highest number up to which everything is viewed.
        muted_until_ms: ms since 1970 UTC; 0 for not muted.
        left: the person is no longer a member.
        membership: the revision at which they last joined or left; 0 if an older replica of unread tells.
    """

    conversation: str
    person: str
    tenant: str
    read: int
    version: int
    muted_until_ms: int = 0
    left: bool = False
    membership: int = 0

    def gone(self, since: int) -> bool:
        """Whether the person has left after a revision at which they were a member.

        An older leave says nothing: they came back, and unread has not heard of it yet.
        """
        return self.left and (not self.membership or self.membership > since)


Event = Message | Edit | Deletion | Membership | MembersChange | Renaming
"""What concerns the notifier in messaging's feed."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A person began (`active`) or ceased to have a tab in use."""

    tenant: str
    person: str
    active: bool


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
class Whereabouts:
    """Where people are.

    Attributes:
        known: False while presence cannot tell.
        clients: person to their live clients; who is missing has none.
        undisturbed: whose status is "do not disturb".
    """

    known: bool
    clients: Mapping[str, tuple[Client, ...]] = field(default_factory=dict)
    undisturbed: frozenset[str] = frozenset()

    def of(self, person: str) -> tuple[Client, ...] | None:
        """A person's live clients; None if presence cannot tell."""
        return self.clients.get(person, ()) if self.known else None


UNKNOWN = Whereabouts(known=False)
"""Presence cannot tell."""


class DeliveryState(Enum):
    """What became of a delivery; all but PENDING are final."""

    PENDING = "PENDING"
    SENT = "SENT"
    SUPPRESSED = "SUPPRESSED"
    EXPIRED = "EXPIRED"
    DEAD = "DEAD"


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


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is tried: a tab of a client; empty for a client without tabs.

    Attributes:
        shows: it is shown there; else it is only asked whether the client follows.
    """

    client: str
    tab: str
    shows: bool = True


@dataclass(frozen=True, slots=True)
class Showing:
    """What a person tries on screens.

    Attributes:
        trial: names it.
        content: what is shown.
        person: who tries it.
        surface: BANNER or BROWSER.
        places: where.
    """

    trial: str
    content: Content
    person: str
    surface: Surface
    places: Sequence[Place]


@dataclass(frozen=True, slots=True)
class Push:
    """A message that is to be pushed to every device of some people.

    Attributes:
        content, revision: of the message.
        persons: who they are.
        expires_ms: when it is given up, ms since 1970 UTC.
        patient_until_ms: until then it waits for unread and presence, if they do not answer.
        mentioned: whom the message mentions, by name.
        everyone: whether it mentions everyone.
    """

    content: Content
    revision: int
    persons: frozenset[str]
    expires_ms: int
    patient_until_ms: int
    mentioned: frozenset[str] = frozenset()
    everyone: bool = False

    def mentions(self, person: str) -> bool:
        """Whether the message mentions a person."""
        return self.everyone or person in self.mentioned


@dataclass(frozen=True, slots=True)
class Device:
    """A registered device of a person; `target`, its address at the push service, is a secret.

    Attributes:
        client: web push: the presence client of the same browser; empty if it is not known.
        installation: FCM: the target is a Firebase installation id, and no registration token.
        p256dh: web push: the browser's public key, an uncompressed point of P-256, 65 bytes; a secret.
        auth: web push: the authentication secret, 16 bytes.
    """

    tenant: str
    person: str
    device: str
    transport: str
    target: str = field(repr=False)
    client: str = ""
    installation: bool = False
    p256dh: bytes = field(default=b"", repr=False)
    auth: bytes = field(default=b"", repr=False)

    @property
    def id(self) -> str:
        """Names the device."""
        return device_id(self.tenant, self.person, self.device)


class Act(Enum):
    """What a push does on the device.

    Attributes:
        SHOW: shows a notification.
        REPLACE: changes the text of one that is shown already, as after an edit; silent.
        CLEAR: takes back what is shown, because it was read or deleted, and sets the icon's number; silent.
    """

    SHOW = "SHOW"
    REPLACE = "REPLACE"
    CLEAR = "CLEAR"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a push service answered to one attempt: when (ms since 1970 UTC), the HTTP status (0 for none), in words."""

    at_ms: int
    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt-chain to one device.

    Attributes:
        id: "conversation:number:person:device", each part percent-encoded.
        revision: of the message's event, by which the alert is found.
        attempts: how many were begun, the present one included.
        expires_ms: when it is given up, ms since 1970 UTC.
        patient_until_ms: until then it waits for unread and presence, if they do not answer.
        claim: by whom it is being worked on; empty for nobody.
        due_ms: when to try (again).
        reason: why, in final states other than SENT.
        act: what it does on the device.
        collapsed_into: the delivery that was sent for this one too; empty for none.
        answers: the last attempts' answers.
        ended_ms: when its final state was written, ms since 1970 UTC; 0 before.
        change: the revision of the edit or deletion that it follows from; 0 for none.
        up_to: of CLEAR after reading: everything up to this number is taken back; 0 for this message only.
        text_revision: of SHOW: of the edit whose text was sent; 0 for the first text.
        shown: of SHOW: the device shows it, as far as is known, and it can be taken back.
    """

    id: str
    conversation: str
    number: int
    revision: int
    tenant: str
    person: str
    device: str
    expires_ms: int
    patient_until_ms: int
    due_ms: int
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    claim: str = ""
    reason: str = ""
    act: Act = Act.SHOW
    collapsed_into: str = ""
    answers: Sequence[Answer] = ()
    ended_ms: int = 0
    change: int = 0
    up_to: int = 0
    shown: bool = False
    text_revision: int = 0

    @property
    def show_id(self) -> str:
        """The name of the delivery that shows the message on the device."""
        return delivery_id(self.conversation, self.number, self.person, self.device)


def alert_id(conversation: str, revision: int) -> str:
    """The name of an alert. Revisions are below 2^53, which has 16 digits."""
    return f"{conversation}:{revision:016d}"


def device_id(tenant: str, person: str, device: str) -> str:
    """The name of a device."""
    return f"{encoded(tenant)}:{encoded(person)}:{encoded(device)}"


def delivery_id(conversation: str, number: int, person: str, device: str) -> str:
    """The name of a delivery."""
    return f"{encoded(conversation)}:{number}:{encoded(person)}:{encoded(device)}"


@lru_cache(maxsize=65_536)
def encoded(part: str) -> str:
    """A part of a name, percent-encoded (RFC 3986), so that it holds no ":"."""
    return quote(part, safe="")
