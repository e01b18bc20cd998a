"""What happens in a room, step by step: the messages of the file, and what is mixed into them.

A message is named by its turn: 1 for the first of its room that is sent, 2 for the next. Its number is only known once
it has been taken.
"""

from dataclasses import dataclass

from local.replay.input import Line
from local.replay.said import Part


@dataclass(frozen=True, slots=True)
class Edit:
    """The author says something else."""

    turn: int
    by: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Delete:
    """The author, or an owner, deletes a message."""

    turn: int
    by: str


@dataclass(frozen=True, slots=True)
class Add:
    """A member brings somebody in, for the first time or again."""

    person: str
    by: str


@dataclass(frozen=True, slots=True)
class Leave:
    """A member leaves."""

    person: str


@dataclass(frozen=True, slots=True)
class Remove:
    """An owner takes a member out."""

    person: str
    by: str


@dataclass(frozen=True, slots=True)
class MarkRead:
    """A member has viewed everything up to a message."""

    person: str
    turn: int


@dataclass(frozen=True, slots=True)
class MarkUnread:
    """A member wants a message and all later ones to count again; a read that was sent before comes late."""

    person: str
    turn: int


@dataclass(frozen=True, slots=True)
class Mute:
    """A member mutes the room.

    Attributes:
        for_s: for how long, s; None for ever, 0 takes the mute away.
    """

    person: str
    for_s: float | None


Change = Edit | Delete | Add | Leave | Remove | MarkRead | MarkUnread | Mute
Step = Line | Change

NAMES: dict[type[Change], str] = {
    Edit: "edits",
    Delete: "deletes",
    Add: "joins",
    Leave: "leaves",
    Remove: "removals",
    MarkRead: "reads",
    MarkUnread: "marked unread",
    Mute: "mutes",
}
"""What the steps are called where they are counted."""
