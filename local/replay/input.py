"""The recorded chat: JSON lines with room, sender and text, plain or gzip, made into a plan of what to send."""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from local.replay.said import Part

GZIP_MAGIC = b"\x1f\x8b"
"""How a gzip file begins (RFC 1952, section 2.3.1)."""

WHITE_SPACE = " \t\n\r\f"
"""What `SendMessageRequest.text` does not count as text (`\\s` of RE2)."""

LONGEST_NAME = 128
"""Characters of a person's name, as the contract limits them."""

LONGEST_TITLE = 200
"""Characters of a group's title, as the contract limits them."""

NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
"""Control characters, and halves of characters that are no Unicode text."""

MOST_MEMBERS = 2_000
"""Members of a group, as the contract limits them."""


class InputError(Exception):
    """The file cannot be replayed; the words say where and why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One message to send.

    Attributes:
        position: the line of the file, from 1.
        parts: what is sent instead of the text, where there are mentions in it.
    """

    position: int
    sender: str
    text: str
    parts: tuple[Part, ...] = ()

    @property
    def client_key(self) -> str:
        """Names the message for ever, so that sending it again is harmless."""
        return f"line-{self.position}"


@dataclass(slots=True)
class Room:
    """One room of the file, in the order of its lines.

    Attributes:
        members: everybody who wrote in the room, in the order of their first line.
    """

    title: str
    members: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a replay sends.

    Attributes:
        persons: every member of any room, once, ascending.
        skipped_empty: messages without text, which no conversation takes.
    """

    rooms: tuple[Room, ...]
    persons: tuple[str, ...]
    skipped_empty: int

    @property
    def messages(self) -> int:
        """How many messages there are to send."""
        return sum(len(room.lines) for room in self.rooms)


def read_plan(path: Path, rooms: int | None = None, limit: int | None = None) -> Plan:
    """Reads the file.

    Args:
        path: JSON lines, each with at least `room`, `sender` and `text`; plain or gzip.
        rooms: only the first so many rooms; None for all.
        limit: at most so many messages, the first of each room, shared out evenly; None for all. The members of a
            room stay those of the whole room.

    Raises:
        InputError: the file cannot be read, or holds something that no conversation can take.
    """
    found: dict[str, Room] = {}
    names: dict[str, dict[str, str]] = {}
    skipped = 0
    for position, (title, sender, text) in _lines(path):
        room = found.get(title)
        if room is None:
            if rooms is not None and len(found) >= rooms:
                continue
            room = found[title] = Room(title)
            names[title] = {}
        author = names[title].setdefault(sender, sender)  # one object for one name
        if text.strip(WHITE_SPACE):
            room.lines.append(Line(position, author, text))
        else:
            skipped += 1
    for room in found.values():
        room.members = list(names[room.title])
        if len(room.members) > MOST_MEMBERS:
            raise InputError(f"room {room.title} has {len(room.members)} people; a group has at most {MOST_MEMBERS}")
    if not any(room.lines for room in found.values()):
        raise InputError(f"{path} holds no message")
    if limit is not None:
        share_out(list(found.values()), limit)
    persons = sorted({member for room in found.values() for member in room.members})
    return Plan(tuple(found.values()), tuple(persons), skipped)


def share_out(rooms: list[Room], limit: int) -> None:
    """Cuts the rooms' lines so that `limit` remain: a first line of each room, a second of each, and so on."""
    turns = sorted((turn, order) for order, room in enumerate(rooms) for turn in range(len(room.lines)))
    keep = [0] * len(rooms)
    for _, order in turns[:limit]:
        keep[order] += 1
    for room, count in zip(rooms, keep, strict=True):
        del room.lines[count:]


def _lines(path: Path) -> Iterator[tuple[int, tuple[str, str, str]]]:
    position = 0
    try:
        with _open(path) as file:
            for position, raw in enumerate(file, 1):
                if raw.strip():
                    yield position, _entry(raw, position)
    except (OSError, EOFError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}, after line {position}: this is not UTF-8 text") from None


def _open(path: Path) -> IO[str]:
    with path.open("rb") as file:
        packed = file.read(2) == GZIP_MAGIC
    return gzip.open(path, "rt", encoding="utf-8") if packed else path.open(encoding="utf-8")


def _entry(raw: str, position: int) -> tuple[str, str, str]:
    try:
        entry: Any = json.loads(raw)
    except ValueError:
        entry = None
    if not isinstance(entry, dict):
        raise InputError(f"line {position}: not a JSON object")
    room = _value(entry, "room", position, LONGEST_TITLE)
    sender = _value(entry, "sender", position, LONGEST_NAME)
    text = entry.get("text")
    if not isinstance(text, str):
        raise InputError(f"line {position}: `text` is not a text")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InputError(f"line {position}: `text` is not valid Unicode") from None
    return room, sender, text


def _value(entry: dict[str, Any], name: str, position: int, longest: int) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= longest:
        raise InputError(f"line {position}: `{name}` is not a text of 1 to {longest} characters")
    if NOT_IN_NAMES.search(value):
        raise InputError(f"line {position}: `{name}` holds a control character")
    return value
