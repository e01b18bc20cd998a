"""What wants to be appended: given the head, a proposal becomes an event and the following head, or a refusal.

Proposals are pure, so that they can be tried again on another head whenever somebody else was quicker.
"""

from collections.abc import Collection
from dataclasses import dataclass

from services.messaging.rules.events import (
    Attachment,
    Change,
    Content,
    Created,
    Deleted,
    Edited,
    Event,
    History,
    MembersChanged,
    Mention,
    Sent,
    Updated,
)
from services.messaging.rules.head import Head, append
from services.messaging.rules.ids import Kind
from services.messaging.rules.members import MEMBERS_MAX, Moves, addition, removal
from services.messaging.rules.policy import (
    ARCHIVED,
    DIRECT,
    NO_CONVERSATION,
    NO_OWNER,
    NOTHING,
    Against,
    Refusal,
    against_mentions,
)
from services.messaging.rules.state import State

TOO_MANY = Refusal(Against.INVALID, "members", f"must be at most {MEMBERS_MAX} in all")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody wants to append.

    Attributes:
        author: the person who wants it; empty if a service does.
        client_key: names it among all of the author's in this conversation; empty for none.
        service: the service that wants it; empty if a person does.
    """

    conversation: str
    tenant: str
    author: str
    client_key: str

    @property
    def service(self) -> str:
        """The service that wants it; empty if a person does."""
        return ""

    @property
    def content(self) -> bytes:
        """The keyed digest of what is wanted; tells a repeat from something else with the same key."""
        raise NotImplementedError

    @property
    def deletes(self) -> int:
        """The number of the message that this deletes; 0 for none."""
        return 0

    def decide(self, head: Head, now_ms: int) -> tuple[Event, Head] | Refusal:
        """The event that this becomes right after `head` and the head that follows, or why not."""
        state = head.state
        if state.tenant != self.tenant or (self.author and self.author not in state.members):
            return NO_CONVERSATION
        change = self.change(state)
        if isinstance(change, Refusal):
            return change
        return append(head, self.conversation, self.author, self.service, change, now_ms)

    def change(self, state: State) -> Change | Refusal:
        """What happens, as things are."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Draft(Proposal):
    """A message that wants to be appended; `thread` is the root of its thread, or 0."""

    text: str
    digest: bytes
    mentions: tuple[Mention, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    thread: int = 0
    by: str = ""

    @property
    def service(self) -> str:
        """The service that posts it; empty if a person does."""
        return self.by

    @property
    def content(self) -> bytes:
        """See Proposal."""
        return self.digest

    def change(self, state: State) -> Change | Refusal:
        """See Proposal."""
        if state.archived:
            return ARCHIVED
        if self.by and state.kind is Kind.DIRECT:
            return Refusal(Against.STATE, why="a service cannot post to a direct conversation")
        if self.mentions:
            against = against_mentions(state, self.mentions)
            if against is not None:
                return against
        return Sent(state.kind, self.text, self.client_key, self.digest, self.mentions, self.thread, self.attachments)


@dataclass(frozen=True, slots=True)
class EditDraft(Proposal):
    """An edit of a message; whether the author may edit it has been decided."""

    number: int
    said: Content
    digest: bytes

    @property
    def content(self) -> bytes:
        """See Proposal."""
        return self.digest

    def change(self, state: State) -> Change | Refusal:
        """See Proposal."""
        said = self.said
        against = ARCHIVED if state.archived else against_mentions(state, said.mentions)
        if against is not None:
            return against
        return Edited(state.kind, self.number, said.text, said.mentions, said.attachments, self.client_key, self.digest)


@dataclass(frozen=True, slots=True)
class DeleteDraft(Proposal):
    """A deletion of a message; `as_owner` says that only an owner may."""

    number: int
    as_owner: bool
    digest: bytes

    @property
    def content(self) -> bytes:
        """See Proposal."""
        return self.digest

    @property
    def deletes(self) -> int:
        """See Proposal."""
        return self.number

    def change(self, state: State) -> Change | Refusal:
        """See Proposal."""
        if self.as_owner and not state.owns(self.author):
            return NO_OWNER
        return Deleted(self.number, self.client_key, self.digest)


@dataclass(frozen=True, slots=True)
class AddDraft(Proposal):
    """People who want in, as owners or not."""

    persons: Collection[str]
    owners: bool
    digest: bytes

    @property
    def content(self) -> bytes:
        """See Proposal."""
        return self.digest

    def change(self, state: State) -> Change | Refusal:
        """See Proposal."""
        if state.kind is Kind.DIRECT:
            return DIRECT
        if state.archived:
            return ARCHIVED
        if self.owners and not state.owns(self.author):
            return NO_OWNER
        moves = addition(state.members, self.persons, owners=self.owners)
        if len(state.members) + len(moves.added) > MEMBERS_MAX:
            return TOO_MANY
        return MembersChanged(moves, self.client_key, self.digest)


@dataclass(frozen=True, slots=True)
class RemoveDraft(Proposal):
    """People who are taken out; a leave is a removal by oneself."""

    persons: Collection[str]
    digest: bytes

    @property
    def content(self) -> bytes:
        """See Proposal."""
        return self.digest

    def change(self, state: State) -> Change | Refusal:
        """See Proposal."""
        if state.kind is Kind.DIRECT:
            return DIRECT
        if set(self.persons) != {self.author} and not state.owns(self.author):
            return NO_OWNER
        return MembersChanged(removal(state.members, self.persons), self.client_key, self.digest)


@dataclass(frozen=True, slots=True)
class RoleDraft(Proposal):
    """Another role for a member."""

    person: str
    owner: bool
    digest: bytes

    @property
    def content(self) -> bytes:
        """See Proposal."""
        return self.digest

    def change(self, state: State) -> Change | Refusal:
        """See Proposal."""
        members = state.members
        if state.kind is Kind.DIRECT:
            return DIRECT
        if not state.owns(self.author):
            return NO_OWNER
        if state.archived:
            return ARCHIVED
        if self.person not in members:
            return Refusal(Against.INVALID, "person", "is no member")
        moves = Moves()
        if self.owner and self.person not in members.owners:
            moves = Moves(made_owners=(self.person,))
        elif not self.owner and self.person in members.owners:
            if len(members.owners) == 1:
                return Refusal(Against.STATE, why="the conversation would have no owner left")
            moves = Moves(made_members=(self.person,))
        return MembersChanged(moves, self.client_key, self.digest)


@dataclass(frozen=True, slots=True)
class UpdateDraft(Proposal):
    """Other properties; None leaves one as it is."""

    title: str | None
    archived: bool | None
    history: History | None
    digest: bytes

    @property
    def content(self) -> bytes:
        """See Proposal."""
        return self.digest

    def change(self, state: State) -> Change | Refusal:
        """See Proposal."""
        if state.kind is Kind.DIRECT:
            return DIRECT
        if not state.owns(self.author):
            return NO_OWNER
        if self.title is not None and state.kind is Kind.ITEM:
            return Refusal(Against.STATE, why="the title belongs to the service that owns the item")
        title = state.title if self.title is None else self.title
        archived = state.archived if self.archived is None else self.archived
        history = self.history or state.history
        if state.archived and archived and (title != state.title or history is not state.history):
            return ARCHIVED
        return Updated(title, state.link, archived, history, state.service, self.client_key, self.digest)


@dataclass(frozen=True, slots=True)
class ItemDraft(Proposal):
    """What an item's service says of its conversation; nothing where it is so already."""

    by: str
    title: str
    link: str
    archived: bool

    @property
    def service(self) -> str:
        """The service that owns the item."""
        return self.by

    @property
    def content(self) -> bytes:
        """See Proposal."""
        return b""

    def change(self, state: State) -> Change | Refusal:
        """See Proposal."""
        against = against_service(state, self.by)
        if against is not None:
            return against
        wanted = (self.title, self.link, self.archived, self.by)
        if wanted == (state.title, state.link, state.archived, state.service):
            return NOTHING
        return Updated(self.title, self.link, self.archived, state.history, self.by, "", b"")


@dataclass(frozen=True, slots=True)
class ItemMembersDraft(Proposal):
    """Who an item's service wants in and out of its conversation; nothing where it is so already."""

    by: str
    add: Collection[str]
    remove: Collection[str]

    @property
    def service(self) -> str:
        """The service that owns the item."""
        return self.by

    @property
    def content(self) -> bytes:
        """See Proposal."""
        return b""

    def change(self, state: State) -> Change | Refusal:
        """See Proposal."""
        against = against_service(state, self.by)
        if against is not None:
            return against
        out, into = removal(state.members, self.remove), addition(state.members, self.add)
        # Whoever comes in is newer than whoever stays: an heir is one of those who stay, or else the first to come.
        heirs = out.made_owners
        if state.members.owners and not state.members.owners - set(out.removed) and not heirs:
            heirs = into.added[:1]
        moves = Moves(added=into.added, removed=out.removed, made_owners=heirs)
        if not moves:
            return NOTHING
        if len(state.members) + len(moves.added) - len(moves.removed) > MEMBERS_MAX:
            return Refusal(Against.INVALID, "add_members", f"must be at most {MEMBERS_MAX} members in all")
        return MembersChanged(moves, "", b"")


def against_service(state: State, service: str) -> Refusal | None:
    """What speaks against a service that keeps an item's conversation."""
    if state.service and state.service != service:
        return Refusal(Against.DENIED, why="another service owns the item")
    return None


def weight(event: Event) -> int:
    """About how many characters an event has."""
    change = event.change
    if isinstance(change, (Sent, Edited)):
        return len(change.text) + 400 * len(change.attachments)
    if isinstance(change, MembersChanged):
        names = change.moves.names + (len(change.snapshot.members) if change.snapshot else 0)
        return 200 + 130 * names
    if isinstance(change, Updated) and change.snapshot:
        return 3_000 + 130 * len(change.snapshot.members)
    if isinstance(change, Created):
        return 500 + 32 * len(change.members)
    return 500
