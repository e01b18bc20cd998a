"""In which order the demo's lines are said."""

import random
from collections.abc import Iterator, Sequence

from local.demo.content import Line, Talk

STAY = 0.6
"""How likely the next line belongs to the conversation of the last one."""


def endless(talks: Sequence[Talk], chance: random.Random) -> Iterator[tuple[Talk, Line]]:
    """Every line of every conversation, each conversation in its own order, several at a time; then from the start."""
    while True:
        rest = {talk.key: iter(talk.lines) for talk in talks}
        left = {talk.key: len(talk.lines) for talk in talks}
        by_key = {talk.key: talk for talk in talks}
        key = ""
        while left:
            if key not in left or chance.random() > STAY:
                # Long conversations are taken up more often, so that all end at about the same time.
                key = chance.choices(list(left), weights=list(left.values()))[0]
            yield by_key[key], next(rest[key])
            left[key] -= 1
            if not left[key]:
                del left[key]
