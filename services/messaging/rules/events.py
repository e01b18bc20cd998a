"""The events of a log."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from services.messaging.rules.ids import Item, Kind
from services.messaging.rules.members import Moves

if TYPE_CHECKING:
    from services.messaging.rules.state import State


class History(IntEnum):
    """What people who join see of what was written before; the numbers are those of the contract."""

    ALL = 1
    SINCE_JOINING = 2


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention in a text; `start` and `length` count UTF-16 code units. `person` is empty for everyone."""

    person: str
    everyone: bool
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that the host application keeps."""

    id: str
    name: str
    type: str
    size_bytes: int
    url: str


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says."""

    text: str
    mentions: tuple[Mention, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Created:
    """The conversation began; always revision 1. `members` and `owners` are in ascending order."""

    kind: Kind
    title: str
    item: Item | None
    link: str
    members: tuple[str, ...]
    owners: tuple[str, ...] = ()
    history: History = History.ALL


@dataclass(frozen=True, slots=True)
class Now:
    """What the last edit made of a message.

    Attributes:
        revision: of the edit.
        at_ms: when, ms since 1970 UTC.
        mentions: whom the present text mentions.
        attachments: what is attached now.
    """

    revision: int
    at_ms: int
    mentions: tuple[Mention, ...]
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message was sent; `digest` tells a repeat of it from another message with the same client key.

    Attributes:
        text: as it is now; empty once deleted.
        mentions: as it was sent, for ever.
        thread: the number of the message under which this is a reply; 0 for none.
        attachments: as it was sent; none once deleted.
        now: what the last edit made of it; None if it was never edited.
        first_text: as it was sent, if it was edited since.
        deleted_revision: of its deletion; 0 if it was not deleted.
        replies: how many replies stand under it.
        last_reply_at_ms: when the last of them was written, ms since 1970 UTC.
    """

    kind: Kind
    text: str
    client_key: str
    digest: bytes
    mentions: tuple[Mention, ...] = ()
    thread: int = 0
    attachments: tuple[Attachment, ...] = ()
    now: Now | None = None
    first_text: str | None = None
    deleted_revision: int = 0
    replies: int = 0
    last_reply_at_ms: int = 0

    @property
    def present(self) -> Content:
        """What it says now; nothing once deleted."""
        if self.deleted_revision:
            return Content("")
        if self.now is None:
            return Content(self.text, self.mentions, self.attachments)
        return Content(self.text, self.now.mentions, self.now.attachments)

    @property
    def first(self) -> Content:
        """What it said when it was sent; nothing once deleted."""
        if self.deleted_revision:
            return Content("")
        return Content(self.text if self.first_text is None else self.first_text, self.mentions, self.attachments)

    @property
    def changed_revision(self) -> int:
        """The revision of the last edit or of the deletion; 0 for none."""
        return self.deleted_revision or (self.now.revision if self.now else 0)


@dataclass(frozen=True, slots=True)
class Edited:
    """A message says something else from here on.

    Attributes:
        number: the message's.
        superseded: a later event has changed or deleted the message again.
    """

    kind: Kind
    number: int
    text: str
    mentions: tuple[Mention, ...]
    attachments: tuple[Attachment, ...]
    client_key: str
    digest: bytes
    superseded: bool = False


@dataclass(frozen=True, slots=True)
class Deleted:
    """A message was deleted; `number` is the message's."""

    number: int
    client_key: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class MembersChanged:
    """People came, went, or have another role.

    Attributes:
        base: the revision of the last event before this one with a snapshot; 0 if this one has one.
        snapshot: what the conversation is after this event; None where it follows from `base`.
    """

    moves: Moves
    client_key: str
    digest: bytes
    base: int = 0
    snapshot: "State | None" = None


@dataclass(frozen=True, slots=True)
class Updated:
    """The conversation's properties from here on; `base` and `snapshot` as of MembersChanged."""

    title: str
    link: str
    archived: bool
    history: History
    service: str
    client_key: str
    digest: bytes
    base: int = 0
    snapshot: "State | None" = None


Change = Created | Sent | Edited | Deleted | MembersChanged | Updated


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a conversation's log; (conversation, revision) names it.

    Attributes:
        number: how many messages the conversation has had, this event included.
        membership_revision: revision of the last event that changed the members, this one included.
        at_ms: when it was written, ms since 1970 UTC.
        author: the person who did it; empty if a service did.
        service: the service that did it; empty if a person did.
        shape: revision of the last event that changed members or properties, this one included; 0 means
            `membership_revision`.
    """

    conversation: str
    revision: int
    number: int
    membership_revision: int
    tenant: str
    at_ms: int
    author: str
    change: Change
    service: str = ""
    shape: int = 0

    @property
    def state_revision(self) -> int:
        """The revision of the last event that changed members or properties, this one included."""
        return self.shape or self.membership_revision


@dataclass(frozen=True, slots=True)
class Page:
    """Events in ascending order, and whether there are more beyond."""

    events: Sequence[Event]
    more: bool
