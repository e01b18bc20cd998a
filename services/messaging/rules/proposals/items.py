"""What the service that owns an item wants of its conversation. A repeat changes nothing, so it needs no digest."""

from collections.abc import Collection
from dataclasses import dataclass

from services.messaging.rules.events import Change, MembersChanged, Updated
from services.messaging.rules.members import MEMBERS_MAX, Moves, addition, removal
from services.messaging.rules.policy import NOTHING, Against, Refusal
from services.messaging.rules.proposals.base import Proposal
from services.messaging.rules.state import State


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
