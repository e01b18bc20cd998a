"""How a text with mentions is made of pieces: the server counts the offsets, never a client."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.messaging.rules.events import Mention


@dataclass(frozen=True, slots=True)
class PersonPart:
    """A mention of one person, and how the text calls them."""

    person: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class EveryonePart:
    """A mention of everyone, and what the text says for it."""

    label: str = ""


Part = str | PersonPart | EveryonePart
"""A piece of a message; a string is plain text."""


def compose(parts: Iterable[Part]) -> tuple[str, tuple[Mention, ...]]:
    """The text of these pieces, and the mentions in it.

    A mention reads "@" and its label; without a label the person's own id, or "everyone". Offsets count UTF-16 code
    units, as JavaScript, Swift and Java do.
    """
    texts: list[str] = []
    mentions: list[Mention] = []
    at = 0
    for part in parts:
        if isinstance(part, str):
            text = part
        elif isinstance(part, PersonPart):
            text = f"@{part.label or part.person}"
            mentions.append(Mention(part.person, everyone=False, start=at, length=utf16_length(text)))
        else:
            text = f"@{part.label or 'everyone'}"
            mentions.append(Mention("", everyone=True, start=at, length=utf16_length(text)))
        texts.append(text)
        at += utf16_length(text)
    return "".join(texts), tuple(mentions)


def utf16_length(text: str) -> int:
    """How many UTF-16 code units a text has."""
    return len(text) + sum(char > "\uffff" for char in text)
