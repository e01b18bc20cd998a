"""Where a log ends, and what may be written there."""

from dataclasses import dataclass

from services.messaging.rules.events import Change, Event, MembersChanged, Sent, Updated
from services.messaging.rules.state import State, first_state, with_snapshot


@dataclass(frozen=True, slots=True)
class Head:
    """Where a conversation's log ends, and what the conversation is there."""

    state: State
    revision: int
    number: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Tail:
    """The position of a log's last event."""

    conversation: str
    revision: int
    number: int
    state_revision: int
    at_ms: int


def advance(head: Head, tail: Tail) -> Head | None:
    """The head at a later end of the log; None if members or properties have changed on the way."""
    if tail.state_revision != head.state.revision:
        return None
    if tail.revision <= head.revision:
        return head
    return Head(head.state, tail.revision, tail.number, tail.at_ms)


def follow(head: Head, event: Event) -> Head | None:
    """The head after an event that some replica has written; None if more is missing than can be told from it."""
    if event.revision <= head.revision:
        return head
    if event.revision == head.revision + 1:
        return Head(head.state.after(event), event.revision, event.number, event.at_ms)
    tail = Tail(event.conversation, event.revision, event.number, event.state_revision, event.at_ms)
    return advance(head, tail)


def head_of(created: Event, last: Event | None = None) -> Head:
    """The head of a log whose members and properties have never changed, given its first and its last event."""
    last = last or created
    return Head(first_state(created), last.revision, last.number, last.at_ms)


def append(head: Head, conversation: str, author: str, service: str, change: Change, now_ms: int) -> tuple[Event, Head]:
    """The event that a change becomes right after `head`, and the head that follows.

    The event's time never lies before its predecessor's, whatever the clocks of replicas say.
    """
    state = head.state
    at_ms = max(now_ms, head.at_ms)
    revision = head.revision + 1
    if isinstance(change, Sent):
        number = head.number + 1
        event = Event(
            conversation,
            revision,
            number,
            state.membership_revision,
            state.tenant,
            at_ms,
            author,
            change,
            service,
            state.revision if state.revision != state.membership_revision else 0,
        )
        return event, Head(state, revision, number, at_ms)
    shapes = isinstance(change, (MembersChanged, Updated))
    moved = isinstance(change, MembersChanged) and bool(change.moves)
    membership_revision = revision if moved else state.membership_revision
    shape = revision if shapes else state.revision
    event = Event(
        conversation,
        revision,
        head.number,
        membership_revision,
        state.tenant,
        at_ms,
        author,
        change,
        service,
        shape if shape != membership_revision else 0,
    )
    if shapes:
        event = with_snapshot(state, event)
        state = state.after(event)
    return event, Head(state, revision, head.number, at_ms)
