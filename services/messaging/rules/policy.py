"""Who may change what, as pure functions; each answers with what speaks against it, or None."""

from dataclasses import dataclass
from enum import Enum, IntEnum

from services.messaging.rules.events import Event, Mention, Sent
from services.messaging.rules.ids import Kind
from services.messaging.rules.state import State

FOR_EVER = -1
"""A limit of time that never runs out."""


class Against(Enum):
    """What kind of refusal it is."""

    MISSING = "missing"  # there is no such thing that the caller may know of
    INVALID = "invalid"  # the request's field is wrong
    STATE = "state"  # it cannot be done as things are
    DENIED = "denied"  # it is another service's
    NOTHING = "nothing"  # it is as asked already


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is not done.

    Attributes:
        against: the kind of reason.
        what: for MISSING what is missing, for INVALID the field.
        why: words for the caller.
    """

    against: Against
    what: str = ""
    why: str = ""


NO_CONVERSATION = Refusal(Against.MISSING, "conversation")
NO_MESSAGE = Refusal(Against.MISSING, "message")
ARCHIVED = Refusal(Against.STATE, why="the conversation is archived")
DIRECT = Refusal(Against.STATE, why="a direct conversation has two people, for ever")
NO_OWNER = Refusal(Against.STATE, why="only owners of the conversation may do this")
NO_THREAD = Refusal(Against.INVALID, "thread", "is no message that can be replied to")
NOTHING = Refusal(Against.NOTHING)


class Versions(IntEnum):
    """Who may read the earlier versions of an edited message; the numbers are those of the contract."""

    NOBODY = 1
    AUTHOR = 2
    MEMBERS = 3


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all people of a tenant.

    Attributes:
        edit_within_ms: for how long after sending authors may edit; 0 for never, -1 for ever.
        delete_within_ms: the same for deleting.
        versions: who may read earlier versions.
    """

    edit_within_ms: int = FOR_EVER
    delete_within_ms: int = FOR_EVER
    versions: Versions = Versions.AUTHOR


def within(at_ms: int, limit_ms: int, now_ms: int) -> bool:
    """Whether a limit of time after a message has not passed yet."""
    return limit_ms == FOR_EVER or now_ms - at_ms < limit_ms


def visible(state: State, person: str, message: Event | None) -> Sent | None:
    """What was sent, if there is such a message and the member may see it."""
    if message is None or message.number <= state.sees_above(person) or not isinstance(message.change, Sent):
        return None
    return message.change


def against_edit(state: State, person: str, message: Event | None, terms: Terms, now_ms: int) -> Refusal | None:
    """What speaks against an edit: only its author may, in time, while it exists and the conversation is open."""
    sent = visible(state, person, message)
    if sent is None or message is None:
        return NO_MESSAGE
    if message.author != person:
        return Refusal(Against.STATE, why="the message is somebody else's")
    if sent.deleted_revision:
        return Refusal(Against.STATE, why="the message was deleted")
    if not within(message.at_ms, terms.edit_within_ms, now_ms):
        return Refusal(Against.STATE, why="the message is too old to be edited")
    return ARCHIVED if state.archived else None


def against_delete(state: State, person: str, message: Event | None, terms: Terms, now_ms: int) -> Refusal | None:
    """What speaks against a deletion: its author may in time, an owner at any time."""
    sent = visible(state, person, message)
    if sent is None or message is None:
        return NO_MESSAGE
    if state.owns(person) or sent.deleted_revision:
        return None
    if message.author != person:
        return Refusal(Against.STATE, why="the message is somebody else's")
    if not within(message.at_ms, terms.delete_within_ms, now_ms):
        return Refusal(Against.STATE, why="the message is too old to be deleted")
    return None


def may_read_versions(state: State, person: str, message: Event, versions: Versions) -> bool:
    """Whether a member may read what a message has said before."""
    if versions is Versions.AUTHOR:
        return message.author == person or state.owns(person)
    return versions is Versions.MEMBERS


def against_mentions(state: State, mentions: tuple[Mention, ...]) -> Refusal | None:
    """What speaks against mentions: only members can be mentioned, and everyone only where there are many."""
    for mention in mentions:
        if mention.everyone:
            if state.kind is Kind.DIRECT:
                return Refusal(Against.INVALID, "parts", "everyone cannot be mentioned in a direct conversation")
        elif mention.person not in state.members:
            return Refusal(Against.INVALID, "parts", "only members can be mentioned")
    return None
