"""What the notifier reads from others and keeps: plain values, and the names under which they are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from urllib.parse import quote

from services.notifier.facts import Client, Decision, Kind


@dataclass(frozen=True, slots=True)
class Message:
    """A message as messaging tells of it; (conversation, revision) names it.

    Attributes:
        conversation, revision, number, tenant, author, kind, text: as sent; the text is not safe to show.
        membership_revision: the revision that last changed the members by then.
        at_ms: when it was written, ms since 1970 UTC.
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


@dataclass(frozen=True, slots=True)
class Membership:
    """The members of one conversation as of a revision."""

    conversation: str
    tenant: str
    kind: Kind
    title: str
    revision: int
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class Head:
    """The position of a conversation's log."""

    conversation: str
    revision: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Pointer:
    """A read pointer; of two, the one with the higher version is newer."""

    conversation: str
    person: str
    tenant: str
    read: int
    version: int


Event = Message | Membership
"""What concerns the notifier in messaging's feed: a message, or a new set of members."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where people are.

    Attributes:
        known: False while presence cannot tell.
        clients: person to their live clients; who is missing has none.
    """

    known: bool
    clients: Mapping[str, tuple[Client, ...]] = field(default_factory=dict)

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
    """

    content: Content
    shown: Sequence[tuple[str, Decision]]
    taken_back: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Push:
    """A message that is to be pushed to every device of some people.

    Attributes:
        content, revision: of the message.
        persons: who they are.
        expires_ms: when it is given up, ms since 1970 UTC.
        patient_until_ms: until then it waits for unread and presence, if they do not answer.
    """

    content: Content
    revision: int
    persons: frozenset[str]
    expires_ms: int
    patient_until_ms: int


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
