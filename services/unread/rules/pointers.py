"""One person's place in one conversation, and what moves it."""

from dataclasses import dataclass, replace

from services.unread.rules.effects import Effect

Delta = tuple[int, int, int, int]
"""(revision, number of the message, change of own messages, change of direct mentions) of one pointer."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """One person's place in one conversation.

    Attributes:
        read: highest number up to which everything has been viewed; begins at `joined`.
        epoch: grows each time the pointer is moved back, and each time the person leaves or comes back.
        version: grows each time the pointer changes, but not when messages are counted.
        own: how many live messages above `read`, as of `revision`, are the person's own.
        mentioned: how many live messages above `read`, as of `revision`, mention the person directly.
        revision: up to which nothing is missing in these two.
        tail: the last changes that are counted in these two, ascending: at least all after `tail_from`.
        tail_from: the revision of a head that covers whatever is not in the tail.
        joined: the number at which the person joined.
        membership: the revision at which the person joined or left.
        left: whether the person is no member any more.
        muted_until_ms: until when the conversation is muted, ms since 1970 UTC; 0 for not.
    """

    conversation: str
    person: str
    tenant: str
    read: int = 0
    epoch: int = 0
    version: int = 0
    own: int = 0
    mentioned: int = 0
    revision: int = 1
    tail: tuple[Delta, ...] = ()
    tail_from: int = 0
    joined: int = 0
    membership: int = 1
    left: bool = False
    muted_until_ms: int = 0

    def newer_than(self, other: "Pointer") -> bool:
        """Whether it is a later state of the same pointer than another."""
        return (self.epoch, self.version) > (other.epoch, other.version)


def delta_of(effect: Effect, person: str) -> Delta | None:
    """What an event changes for a person whose pointer it concerns; None if it concerns only all members alike."""
    own = effect.own if effect.author == person else 0
    mention = 0
    for who, step in effect.persons:
        if who == person:
            mention += step
    if not own and not mention:
        return None
    return effect.revision, effect.message, own, mention


def joined(before: Pointer | None, effect: Effect, person: str) -> Pointer:
    """The pointer of a person who joins; the same if that has happened already, or something later has."""
    if before is None:
        return Pointer(
            effect.conversation,
            person,
            effect.tenant,
            read=effect.number,
            revision=effect.revision,
            joined=effect.number,
            membership=effect.revision,
        )
    if effect.revision <= before.membership:
        return before
    return replace(
        before,
        read=effect.number,
        epoch=before.epoch + 1,
        version=before.version + 1,
        own=0,
        mentioned=0,
        revision=max(before.revision, effect.revision),
        tail=(),
        joined=effect.number,
        membership=effect.revision,
        left=False,
    )


def left(before: Pointer, effect: Effect) -> Pointer:
    """The pointer of a person who leaves; the same if that has happened already, or something later has."""
    if effect.revision <= before.membership:
        return before
    return replace(
        before,
        epoch=before.epoch + 1,
        version=before.version + 1,
        own=0,
        mentioned=0,
        revision=max(before.revision, effect.revision),
        tail=(),
        membership=effect.revision,
        left=True,
    )


def counted(before: Pointer, delta: Delta, covered: int) -> Pointer:
    """The pointer after a change of a message, unless that is counted already.

    Args:
        before: the pointer.
        delta: the change.
        covered: the revision of the head, which covers all up to it: the tail need not keep it.
    """
    revision, number, own, mention = delta
    if revision <= before.revision or before.left:
        return before
    above = number > before.read
    kept, since = before.tail, before.tail_from
    if covered > since:
        kept, since = tuple(known for known in kept if known[0] > covered), covered
    return replace(
        before,
        own=before.own + (own if above else 0),
        mentioned=before.mentioned + (mention if above else 0),
        revision=revision,
        # Also what lies below `read`: the pointer may be moved back before the head covers it.
        tail=(*kept, delta),
        tail_from=since,
    )


def followed(before: Pointer | None, effect: Effect, person: str, covered: int) -> Pointer | None:
    """The pointer after an event that concerns its person; None where there is none."""
    if person in effect.added:
        return joined(before, effect, person)
    if before is None:
        return None
    if person in effect.removed:
        return left(before, effect)
    delta = delta_of(effect, person)
    return counted(before, delta, covered) if delta else before


def moved(
    before: Pointer, read: int, own: int, mentioned: int, revision: int, *, covered: int = 0, back: bool = False
) -> Pointer:
    """The pointer at another place.

    Args:
        before: the pointer before.
        read: the new place.
        own: the person's own live messages above it, counted again.
        mentioned: the live messages above it that mention the person directly, counted again.
        revision: as of which; not lower than `before.revision`.
        covered: the revision of the head that was read before the pointer.
        back: whether a read that was sent before must not undo it.
    """
    since = max(before.tail_from, covered)
    return replace(
        before,
        read=read,
        epoch=before.epoch + back,
        version=before.version + 1,
        own=own,
        mentioned=mentioned,
        revision=revision,
        tail=tuple(known for known in before.tail if known[0] > since),
        tail_from=since,
    )
