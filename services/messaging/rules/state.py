"""What a conversation is at a revision: its members and its properties, folded from its log."""

from dataclasses import dataclass, replace

from services.messaging.rules.events import Created, Event, History, MembersChanged, Updated
from services.messaging.rules.ids import Item, Kind
from services.messaging.rules.members import Join, Members

FOLDED = 64
"""After so many changes of members or properties, one carries a snapshot: no more need ever be folded."""


@dataclass(frozen=True, slots=True)
class State:
    """What a conversation is as of its event `revision`; never changed, only followed by others.

    Attributes:
        membership_revision: of the last event that changed the members.
        base: the revision of the last event with a snapshot (the first event is one).
        folded: how many changes there were since.
        moved: how many names they held.
    """

    tenant: str
    kind: Kind
    title: str
    item: Item | None
    link: str
    archived: bool
    history: History
    service: str
    created_at_ms: int
    members: Members
    membership_revision: int
    revision: int
    base: int
    folded: int = 0
    moved: int = 0

    def admits(self, tenant: str, person: str) -> bool:
        """Whether the person may read and write here."""
        return tenant == self.tenant and person in self.members

    def owns(self, person: str) -> bool:
        """Whether the person is an owner."""
        return person in self.members.owners

    def sees_above(self, person: str) -> int:
        """A member sees only messages with a higher number than this."""
        return self.members.joins[person].above

    def after(self, event: Event) -> "State":
        """The state that follows; the same where the event changes neither members nor properties."""
        change = event.change
        if isinstance(change, MembersChanged):
            join = Join(event.revision, event.number, event.number if self.history is History.SINCE_JOINING else 0)
            return replace(
                self._at(event.revision, change.base, change.moves.names),
                members=self.members.after(change.moves, join),
                membership_revision=event.membership_revision,
            )
        if isinstance(change, Updated):
            return replace(
                self._at(event.revision, change.base, 0),
                title=change.title,
                link=change.link,
                archived=change.archived,
                history=change.history,
                service=change.service,
            )
        return self

    def _at(self, revision: int, base: int, names: int) -> "State":
        if base == 0:
            return replace(self, revision=revision, base=revision, folded=0, moved=0)
        return replace(self, revision=revision, folded=self.folded + 1, moved=self.moved + names)


def first_state(event: Event) -> State:
    """What a conversation is at its beginning.

    Raises:
        TypeError: the event is not a creation.
    """
    change = event.change
    if not isinstance(change, Created):
        raise TypeError("a log begins with its creation")  # the store broke revision 1
    return State(
        tenant=event.tenant,
        kind=change.kind,
        title=change.title,
        item=change.item,
        link=change.link,
        archived=False,
        history=change.history,
        service=event.service,
        created_at_ms=event.at_ms,
        members=Members.first(change.members, change.owners),
        membership_revision=1,
        revision=1,
        base=1,
    )


def with_snapshot(state: State, event: Event) -> Event:
    """The event that follows `state`, with a snapshot where one is due, else with the base to fold it onto.

    A snapshot is due after FOLDED changes, and when the names that moved since the last one would fill half of one.
    """
    change = event.change
    if not isinstance(change, (MembersChanged, Updated)):
        return event
    names = change.moves.names if isinstance(change, MembersChanged) else 0
    if state.folded < FOLDED and 2 * (state.moved + names) <= len(state.members):
        return replace(event, change=replace(change, base=state.base, snapshot=None))
    return replace(event, change=replace(change, base=0, snapshot=state.after(event)))
