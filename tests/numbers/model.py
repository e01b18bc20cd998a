"""The truth, as naively as it can be said: what every badge must be (product.md, "The truth of a badge")."""

from collections.abc import Iterable
from dataclasses import dataclass, field

FOR_EVER = 9_007_199_254_740_991
"""A mute without an end (contract of SetMute)."""


@dataclass
class Message:
    """One message as it is now."""

    author: str
    mentions: frozenset[str] = frozenset()
    everyone: bool = False
    deleted: bool = False

    def counts_for(self, person: str) -> bool:
        return self.author != person and not self.deleted

    def mentions_person(self, person: str) -> bool:
        return self.counts_for(person) and (self.everyone or person in self.mentions)


@dataclass
class Room:
    """One conversation."""

    conversation: str
    direct: bool
    joined: dict[str, int]
    messages: list[Message] = field(default_factory=list)
    read: dict[str, int] = field(default_factory=dict)
    muted: set[str] = field(default_factory=set)
    revision: int = 1

    @property
    def number(self) -> int:
        return len(self.messages)

    def join(self, persons: Iterable[str]) -> None:
        for person in persons:
            if person not in self.joined:
                self.joined[person] = self.read[person] = self.number

    def leave(self, person: str) -> None:
        self.joined.pop(person, None)
        self.read.pop(person, None)

    def mark_read(self, person: str, number: int) -> None:
        self.read[person] = max(self.read[person], number)

    def mark_unread(self, person: str, number: int) -> None:
        self.read[person] = min(self.read[person], max(number - 1, self.joined[person]))

    def unread_of(self, person: str) -> list[Message]:
        above = max(self.read[person], self.joined[person])
        return [message for message in self.messages[above:] if message.counts_for(person)]

    def badge(self, person: str) -> tuple[int, int]:
        """Unread messages, and how many of them mention the person."""
        unread = self.unread_of(person)
        return len(unread), sum(message.mentions_person(person) for message in unread)


def badges(rooms: Iterable[Room], person: str) -> dict[str, tuple[int, int]]:
    """The badges of a person, by conversation; those that are not 0."""
    found = {room.conversation: room.badge(person) for room in rooms if person in room.joined}
    return {conversation: badge for conversation, badge in found.items() if badge != (0, 0)}


def total(rooms: Iterable[Room], person: str) -> tuple[int, int]:
    """The total of a person, and of its mentions: muted conversations are out of both."""
    counted = [room.badge(person) for room in rooms if person in room.joined and person not in room.muted]
    return sum(unread for unread, _ in counted), sum(mentions for _, mentions in counted)
