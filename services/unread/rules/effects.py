"""Rows, the truth about each message, and what each event does to counts.

A row remembers *since* and *until* which revision somebody is mentioned, and at which revision the message was deleted.
So what a row says can be asked as of any revision, and what an event did can be found again after later ones.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from services.unread.rules.changes import (
    EVERYONE,
    Change,
    ConversationCreated,
    MembersChanged,
    MessageDeleted,
    MessageEdited,
    MessageSent,
)

CLOSED_KEPT = 64
"""How many mentions that were taken back a row keeps, beside those that the head does not cover yet."""


@dataclass(frozen=True, slots=True)
class Row:
    """One message.

    Attributes:
        revision: of its sending.
        author: the person; empty if a service wrote it.
        changed: the revision of the last event that was folded in.
        deleted: the revision of its deletion; 0 for none.
        mentions: (person or EVERYONE, since, until) by revisions; `until` is 0 while it lasts.
    """

    conversation: str
    number: int
    revision: int
    author: str
    changed: int
    deleted: int = 0
    mentions: tuple[tuple[str, int, int], ...] = ()

    def fold(self, change: Change, covered: int) -> "Row":
        """The row after an edit or a deletion; the same if that is folded in already.

        Args:
            change: the event, after all earlier ones of this message.
            covered: a revision up to which every event has been counted to its end.
        """
        if change.revision <= self.changed or self.deleted:
            return self
        if isinstance(change, MessageDeleted):
            return replace(self, changed=change.revision, deleted=change.revision)
        if not isinstance(change, MessageEdited):
            return self
        now = set(change.mentions)
        kept = []
        for person, since, until in self.mentions:
            if until:
                kept.append((person, since, until))
            elif person in now:
                now.remove(person)
                kept.append((person, since, 0))
            else:
                kept.append((person, since, change.revision))
        kept += [(person, change.revision, 0) for person in sorted(now)]
        return replace(self, changed=change.revision, mentions=_pruned(kept, covered))

    def mentioned(self, person: str, revision: int) -> bool:
        """Whether the version of a revision mentions a person (or EVERYONE)."""
        return any(
            who == person and since <= revision and not 0 < until <= revision for who, since, until in self.mentions
        )

    def alive(self, revision: int) -> bool:
        """Whether the message exists at a revision, and is not deleted."""
        return self.revision <= revision and not 0 < self.deleted <= revision


def row_of(change: MessageSent) -> Row:
    """The row of a message that was sent just now."""
    mentions = tuple((person, change.revision, 0) for person in change.mentions)
    return Row(change.conversation, change.number, change.revision, change.author, change.revision, 0, mentions)


def _pruned(mentions: list[tuple[str, int, int]], covered: int) -> tuple[tuple[str, int, int], ...]:
    old = [mention for mention in mentions if 0 < mention[2] <= covered]
    if len(old) <= CLOSED_KEPT:
        return tuple(mentions)
    gone = set(sorted(old, key=lambda mention: mention[2])[: len(old) - CLOSED_KEPT])
    return tuple(mention for mention in mentions if mention not in gone)


# Not frozen: one is made for each event on each replica, and a frozen one takes three times as long to make.
@dataclass(slots=True)
class Effect:
    """What one event does to counts.

    Attributes:
        number: how many messages the conversation has had, this event included.
        message: the number of the message that it is about; 0 for none.
        author: the person who wrote that message; empty if a service did, or there is none.
        own: by how much the author's own live messages change.
        persons: by how much which persons' direct mentions change.
        everyone: by how much the live messages that mention everyone change.
        deleted: whether the message is deleted by it.
        added: who joins, at `number`.
        removed: who leaves.
    """

    conversation: str
    revision: int
    number: int
    tenant: str
    message: int = 0
    author: str = ""
    own: int = 0
    persons: tuple[tuple[str, int], ...] = ()
    everyone: int = 0
    deleted: bool = False
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def concerned(self) -> Iterator[str]:
        """Whose own pointers it changes, nobody twice."""
        if self.author and self.own:
            yield self.author
        for person, _ in self.persons:
            yield person
        yield from self.added
        yield from self.removed


def needs_row(change: Change) -> bool:
    """Whether the effect of an event depends on what its message was before."""
    return isinstance(change, MessageEdited | MessageDeleted)


def effect_of(change: Change, row: Row | None = None) -> Effect:
    """What an event does, given the row of its message, with this event folded in; later ones do no harm."""
    head = change.conversation, change.revision, change.number, change.tenant
    if isinstance(change, MessageSent):
        # Nearly all events are such: the quick way.
        author = change.author
        if not change.mentions:
            return Effect(*head, change.number, author, 1 if author else 0)
        persons, everyone = _split((person, 1) for person in change.mentions)
        return Effect(*head, change.number, author, 1 if author else 0, persons, everyone)
    match change:
        case MembersChanged(added=added, removed=removed):
            return Effect(*head, added=added, removed=removed)
        case ConversationCreated(members=members):
            return Effect(*head, added=members)
        case MessageEdited() if row is not None and not 0 < row.deleted < change.revision:
            now = change.revision
            steps = [
                (person, (since == now) - (until == now))
                for person, since, until in row.mentions
                if now in (since, until)
            ]
            persons, everyone = _split(steps)
            return Effect(*head, row.number, row.author, 0, persons, everyone)
        case MessageDeleted() if row is not None and row.deleted == change.revision:
            persons, everyone = _split((person, -1) for person, _, until in row.mentions if not until)
            return Effect(*head, row.number, row.author, -1 if row.author else 0, persons, everyone, deleted=True)
        case _:
            return Effect(*head)


def _split(steps: Iterable[tuple[str, int]]) -> tuple[tuple[tuple[str, int], ...], int]:
    persons, everyone = [], 0
    for person, step in steps:
        if person == EVERYONE:
            everyone += step
        else:
            persons.append((person, step))
    return tuple(persons), everyone
