"""The walk of a search: from the newest message back, over all conversations of a person.

The index is sorted by conversation, word and time, so each conversation has a sorted run of its own. Runs are read a
group of conversations at a time, those with the latest activity first, and merged. Nothing in a conversation is newer
than its last activity: once the page is full of what is newer than that of the next group, no further one is read.
Each round looks at a bounded number of rows; where that is not enough, the page is short and the walk goes on from
there. What it costs depends on how many conversations there are, not on how many messages.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

FIRST_GROUP = 50
GROUP = 190
"""How many conversations are read at once: of the first group, which often suffices, and of the others. MongoDB merges
at most 200 runs without sorting (`internalQueryMaxScansToExplode`)."""

ROWS = 4_000
"""About how many rows a round looks at."""

LAST = 2**53
"""A revision that no event reaches."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a message stands among all messages."""

    at_ms: int
    revision: int
    conversation: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the index; `hit` says whether it is what is looked for."""

    place: Place
    hit: bool


BEGINNING = Place(-1, 0, "")
"""Before all messages."""

END = Place(LAST, LAST, "~")
"""After all messages; a conversation's id is less than "~"."""

Look = Callable[[Sequence[str], Place, int], Awaitable[list[Row]]]
"""Reads rows of conversations that are not after a place, the newest first, at most so many."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a round has found, the newest first, and down to where it is complete (BEGINNING: to the end)."""

    found: list[Place]
    down_to: Place


async def reach(look: Look, runs: Sequence[tuple[str, int]], before: Place, wanted: int) -> Reach:
    """One round of the walk.

    Args:
        look: reads the index.
        runs: conversations with the time of their last activity, the latest first.
        before: only what stands before this.
        wanted: how many are enough.
    """
    groups = _groups(runs) if runs else []
    found: list[Place] = []
    down_to = BEGINNING
    for index, group in enumerate(groups):
        bound = Place(group[0][1], LAST, "~")
        floor = max(bound, down_to)
        if sum(place > floor for place in found) >= wanted:
            down_to = floor
            break
        limit = max(len(group) + 1, ROWS // len(groups)) if index else max(len(group) + 1, wanted + 1, ROWS // 16)
        rows = await look([conversation for conversation, _ in group], before, limit)
        if len(rows) >= limit:
            # Of the last place in time, rows of other conversations may be missing: it comes again next time.
            last = rows[-1].place
            down_to = max(down_to, Place(last.at_ms, last.revision, "~"))
        found += [row.place for row in rows if row.hit and row.place < before]
    return Reach(sorted((place for place in found if place > down_to), reverse=True), down_to)


def _groups(runs: Sequence[tuple[str, int]]) -> list[Sequence[tuple[str, int]]]:
    starts = [0, *range(FIRST_GROUP, len(runs), GROUP)]
    return [
        runs[start : (starts[index + 1] if index + 1 < len(starts) else None)] for index, start in enumerate(starts)
    ]
