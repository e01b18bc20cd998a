"""Messages, their edits and their deletions."""

from dataclasses import dataclass

from services.messaging.rules.events import Attachment, Change, Content, Deleted, Edited, Mention, Sent
from services.messaging.rules.ids import Kind
from services.messaging.rules.policy import ARCHIVED, NO_OWNER, Against, Refusal, against_mentions
from services.messaging.rules.proposals.base import Proposal
from services.messaging.rules.state import State


@dataclass(frozen=True, slots=True)
class Draft(Proposal):
    """A message that wants to be appended; `thread` is the root of its thread, or 0."""

    text: str
    mentions: tuple[Mention, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    thread: int = 0
    by: str = ""

    @property
    def service(self) -> str:
        """The service that posts it; empty if a person does."""
        return self.by

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

    @property
    def deletes(self) -> int:
        """See Proposal."""
        return self.number

    def change(self, state: State) -> Change | Refusal:
        """See Proposal."""
        if self.as_owner and not state.owns(self.author):
            return NO_OWNER
        return Deleted(self.number, self.client_key, self.digest)
