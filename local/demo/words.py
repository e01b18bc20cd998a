"""What a line's text says, in pieces: plain words and mentions. Pure."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

EVERYONE = "everyone"
"""The word that mentions everyone."""

_MENTION = re.compile(r"@([a-z]+)")


@dataclass(frozen=True)
class Plain:
    """Words as they are."""

    text: str


@dataclass(frozen=True)
class At:
    """A mention of a person."""

    person: str


@dataclass(frozen=True)
class AtEveryone:
    """A mention of everyone."""


Piece = Plain | At | AtEveryone


def pieces(text: str, people: Collection[str]) -> list[Piece]:
    """Takes a text apart; an `@` before anything else than one of the people stays as it is."""
    return list(_pieces(text, people))


def _pieces(text: str, people: Collection[str]) -> Iterator[Piece]:
    begin = 0
    for found in _MENTION.finditer(text):
        name = found[1]
        if name != EVERYONE and name not in people:
            continue
        if found.start() > begin:
            yield Plain(text[begin : found.start()])
        yield AtEveryone() if name == EVERYONE else At(name)
        begin = found.end()
    if begin < len(text):
        yield Plain(text[begin:])
