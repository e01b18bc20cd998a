"""Who comes, who goes, and who owns."""

from collections.abc import Collection
from dataclasses import dataclass

from services.messaging.rules.events import Change, MembersChanged
from services.messaging.rules.ids import Kind
from services.messaging.rules.members import MEMBERS_MAX, Moves, addition, removal
from services.messaging.rules.policy import ARCHIVED, DIRECT, NO_OWNER, Against, Refusal
from services.messaging.rules.proposals.base import Proposal
from services.messaging.rules.state import State

TOO_MANY = Refusal(Against.INVALID, "members", f"must be at most {MEMBERS_MAX} in all")


@dataclass(frozen=True, slots=True)
class AddDraft(Proposal):
    """People who want in, as owners or not."""

    persons: Collection[str]
    owners: bool

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
