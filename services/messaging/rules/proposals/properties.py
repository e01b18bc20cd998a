"""A title, an archive, and what those who join may read."""

from dataclasses import dataclass

from services.messaging.rules.events import Change, History, Updated
from services.messaging.rules.ids import Kind
from services.messaging.rules.policy import ARCHIVED, DIRECT, NO_OWNER, Against, Refusal
from services.messaging.rules.proposals.base import Proposal
from services.messaging.rules.state import State


@dataclass(frozen=True, slots=True)
class UpdateDraft(Proposal):
    """Other properties; None leaves one as it is."""

    title: str | None
    archived: bool | None
    history: History | None

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
