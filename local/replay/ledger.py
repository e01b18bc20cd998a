"""One conversation as everything that was acknowledged makes it: a pure model, kept in the order of the log."""

from array import array
from collections.abc import Iterable
from dataclasses import replace

from local.replay.said import mentioned, text_of
from local.replay.steps import Add, Change, Delete, Edit, Leave, MarkRead, MarkUnread, Mute, Remove
from local.replay.truth import RoomTruth, Told

NOT_TAKEN = -1
"""Stands for a message that was refused."""


class Ledger:
    """What was acknowledged in one conversation.

    Args:
        title: for words.
        members: who is in it from the beginning.

    Attributes:
        told: the messages as the log must list them now.
        revision: of the last event.
        touched: who came, went, marked or muted something at any time.
        moved: who came or went.
        muters: who had a mute at any time.
    """

    def __init__(self, title: str, members: Iterable[str]) -> None:
        self._title = title
        self._members = set(members)
        self._timeline = [(1, frozenset(self._members))]
        self._turns = array("q")
        self._revisions = array("q")
        self._joined: dict[str, int] = {}
        self._reads: dict[str, int] = {}
        self._highest: dict[str, int] = {}
        self._muted: set[str] = set()
        self.told: list[Told] = []
        self.revision = 1
        self.touched: set[str] = set()
        self.moved: set[str] = set()
        self.muters: set[str] = set()

    def sent(self, told: Told, revision: int) -> None:
        """A message was taken."""
        self._turns.append(len(self.told))
        self._revisions.append(revision)
        self.told.append(told)
        self.revision = revision

    def refused(self) -> None:
        """A message was not taken; it had its turn."""
        self._turns.append(NOT_TAKEN)

    def number(self, turn: int) -> int | None:
        """The number of the message that had this turn; None if it was refused."""
        index = self._turns[turn - 1]
        return None if index == NOT_TAKEN else self.told[index].number

    def changed(self, change: Change, revision: int = 0) -> None:
        """A change was taken; `revision` of its event, 0 for what is no event of the log."""
        self.revision = max(self.revision, revision)
        match change:
            case Edit(turn=turn, parts=parts):
                self._rewrite(turn, text_of(parts), mentioned(parts))
            case Delete(turn=turn):
                self._rewrite(turn, "", frozenset(), deleted=True)
            case Add(person=person):
                self._came(person, revision)
            case Leave(person=person) | Remove(person=person):
                self._went(person, revision)
            case MarkRead(person=person, turn=turn):
                self._point(person, max(self.pointer(person), self._number(turn)))
            case MarkUnread(person=person, turn=turn):
                self._point(person, max(self._joined.get(person, 0), min(self.pointer(person), self._number(turn) - 1)))
            case Mute(person=person, for_s=for_s):
                self._mute(person, for_s)

    def pointer(self, person: str) -> int:
        """The read pointer of a person, as far as it was moved here; it begins at the number of joining."""
        return max(self._reads.get(person, 0), self._joined.get(person, 0))

    def truth(self) -> RoomTruth:
        """Everything that follows from it."""
        members = frozenset(self._members)
        return RoomTruth(
            title=self._title,
            members=members,
            authors=[told.author for told in self.told],
            deleted=frozenset(told.number for told in self.told if told.deleted),
            mentions={told.number: told.mentions for told in self.told if told.mentions},
            pointers={person: pointer for person in members if (pointer := self.pointer(person))},
            highest=dict(self._highest),
            muted=frozenset(self._muted & members),
            revisions=self._revisions,
            timeline=tuple(self._timeline),
            moved=frozenset(self.moved),
            muters=frozenset(self.muters),
            touched=frozenset(self.touched),
        )

    def _rewrite(self, turn: int, text: str, mentions: frozenset[str], *, deleted: bool = False) -> None:
        index = self._turns[turn - 1]
        if not self.told[index].deleted:
            self.told[index] = replace(self.told[index], text=text, mentions=mentions, deleted=deleted)

    def _came(self, person: str, revision: int) -> None:
        self.moved.add(person)
        self.touched.add(person)
        if person not in self._members:
            self._members.add(person)
            self._joined[person] = len(self.told)
            self._point(person, len(self.told))
            self._timeline.append((revision, frozenset(self._members)))

    def _went(self, person: str, revision: int) -> None:
        self.moved.add(person)
        self.touched.add(person)
        if person in self._members:
            self._members.remove(person)
            self._timeline.append((revision, frozenset(self._members)))

    def _point(self, person: str, number: int) -> None:
        self.touched.add(person)
        self._reads[person] = number
        self._highest[person] = max(number, self._highest.get(person, 0))

    def _mute(self, person: str, for_s: float | None) -> None:
        self.touched.add(person)
        if for_s is None:
            self._muted.add(person)
        else:
            self._muted.discard(person)
        if for_s != 0:
            self.muters.add(person)

    def _number(self, turn: int) -> int:
        return self.told[self._turns[turn - 1]].number
