"""What a message says, in the pieces of the contract: plain text and mentions."""

from collections.abc import Iterable
from dataclasses import dataclass

EVERYONE = ""
"""Stands for everyone where a mention names a person."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention of a person, or of everyone."""

    person: str = EVERYONE


Part = str | Mention
"""A piece of a message; a string is plain text."""


def text_of(parts: Iterable[Part]) -> str:
    """The text that the server makes of pieces without labels (MessagePart)."""
    return "".join(part if isinstance(part, str) else f"@{part.person or 'everyone'}" for part in parts)


def mentioned(parts: Iterable[Part]) -> frozenset[str]:
    """Whom pieces mention."""
    return frozenset(part.person for part in parts if isinstance(part, Mention))
