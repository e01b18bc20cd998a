"""Pushes: what is to be sent, where to, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from services.notifier.records.alerts import Content
from services.notifier.records.names import delivery_id, device_id


@dataclass(frozen=True, slots=True)
class Push:
    """A message that is to be pushed to every device of some people.

    Attributes:
        content, revision: of the message.
        persons: who they are.
        expires_ms: when it is given up, ms since 1970 UTC.
        patient_until_ms: until then at least it waits for unread and presence, if they do not answer; 0 for a presence
            that has had its time.
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


class DeliveryState(Enum):
    """What became of a delivery; all but PENDING are final."""

    PENDING = "PENDING"
    SENT = "SENT"
    SUPPRESSED = "SUPPRESSED"
    EXPIRED = "EXPIRED"
    DEAD = "DEAD"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt-chain to one device.

    Attributes:
        id: "conversation:number:person:device", each part percent-encoded.
        revision: of the message's event, by which the alert is found.
        attempts: how many were begun, the present one included.
        expires_ms: when it is given up, ms since 1970 UTC.
        patient_until_ms: until then at least it waits for unread and presence, if they do not answer; 0 for a presence
            that has had its time.
        silent_since_ms: since when it waits for an answer of theirs; 0 if it does not.
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
    silent_since_ms: int = 0

    @property
    def show_id(self) -> str:
        """The name of the delivery that shows the message on the device."""
        return delivery_id(self.conversation, self.number, self.person, self.device)
