"""The definition itself, read off a log: no cleverness, so that everything else can be held against it."""

from collections.abc import Iterable

from services.unread.rules.changes import (
    EVERYONE,
    Change,
    ConversationCreated,
    MembersChanged,
    MessageDeleted,
    MessageEdited,
    MessageSent,
)
from services.unread.rules.effects import Effect, Row, effect_of, row_of
from services.unread.rules.heads import Head, folded


class Truth:
    """What a log says, up to where it has been read.

    Attributes:
        tenant: whose log it is.
        revision: of the last event.
        number: how many messages there have been.
        messages: by number: the author and whom the present version mentions; deleted ones are not in it.
        members: present members, with the number at which and the revision by which they joined.
        gone: who has left, with the revision of the leave.
        rows: the rows that this log makes.
        head: the head that this log makes.
    """

    def __init__(self) -> None:
        self.tenant = ""
        self.revision = 0
        self.number = 0
        self.messages: dict[int, tuple[str, tuple[str, ...]]] = {}
        self.members: dict[str, tuple[int, int]] = {}
        self.gone: dict[str, int] = {}
        self.rows: dict[int, Row] = {}
        self.head = Head()

    def read(self, changes: Iterable[Change]) -> "Truth":
        """Reads on; events must follow each other."""
        for change in changes:
            if change.revision <= self.revision:
                continue
            self.tenant, self.revision, self.number = change.tenant, change.revision, change.number
            self._take(change)
            self.head, _ = folded(self.head, self._effect(change))
        return self

    def unread(self, person: str, read: int) -> int:
        """The definition: how many messages above a number are unread for a person."""
        return sum(1 for number, (author, _) in self.messages.items() if number > read and author != person)

    def mentions(self, person: str, read: int) -> int:
        """How many of them mention the person or everyone."""
        return sum(
            1
            for number, (author, mentioned) in self.messages.items()
            if number > read and author != person and (person in mentioned or EVERYONE in mentioned)
        )

    def _take(self, change: Change) -> None:
        match change:
            case MessageSent(number=number, author=author, mentions=mentions):
                self.messages[number] = (author, mentions)
            case MessageEdited(message=message, mentions=mentions) if message in self.messages:
                self.messages[message] = (self.messages[message][0], mentions)
            case MessageDeleted(message=message):
                self.messages.pop(message, None)
            case ConversationCreated(members=members):
                self._come(members, change)
            case MembersChanged(added=added, removed=removed):
                self._come(added, change)
                for person in removed:
                    if self.members.pop(person, None) is not None:
                        self.gone[person] = change.revision
            case _:
                pass

    def _come(self, persons: Iterable[str], change: Change) -> None:
        for person in persons:
            self.members[person] = (change.number, change.revision)
            self.gone.pop(person, None)

    def _effect(self, change: Change) -> Effect:
        if isinstance(change, MessageSent):
            self.rows[change.number] = row_of(change)
            return effect_of(change)
        if isinstance(change, MessageEdited | MessageDeleted) and change.message in self.rows:
            row = self.rows[change.message] = self.rows[change.message].fold(change, 0)
            return effect_of(change, row)
        return effect_of(change)
