"""The walk over an index in memory: whatever is there is found, once, the newest first."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.messaging.catalog import walk
from services.messaging.catalog.walk import BEGINNING, END, Place, Row, reach


class Index:
    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = sorted(rows, key=lambda row: (row.place.at_ms, row.place.revision), reverse=True)
        self.looked = 0
        self.most = 0

    async def look(self, conversations: Sequence[str], at_most: Place, limit: int) -> list[Row]:
        self.looked += 1
        wanted = set(conversations)
        bound = (at_most.at_ms, at_most.revision)
        found = [
            row
            for row in self.rows
            if row.place.conversation in wanted and (row.place.at_ms, row.place.revision) <= bound
        ][:limit]
        self.most = max(self.most, len(found))
        return found


@st.composite
def logs(draw: st.DrawFn) -> list[Row]:
    """Messages of several conversations; many of the same instant, as group commit makes them."""
    rows = []
    for number in range(draw(st.integers(1, 12))):
        at_ms = 0
        for revision in range(1, draw(st.integers(1, 25))):
            at_ms += draw(st.sampled_from([0, 0, 0, 1, 5]))
            rows.append(Row(Place(at_ms, revision, f"g_{number:02}"), draw(st.booleans())))
    return rows


async def everything(index: Index, runs: Sequence[tuple[str, int]], page: int) -> list[Place]:
    found: list[Place] = []
    before = END
    for _ in range(1_000):
        reached = await reach(index.look, runs, before, page)
        shown = reached.found[:page]
        found += shown
        now = reached.down_to if len(shown) == len(reached.found) else shown[-1]
        assert now < before
        before = now
        if before == BEGINNING:
            return found
    raise AssertionError("the walk has no end")


@settings(max_examples=200)
@given(logs(), st.integers(1, 7), st.integers(1, 4), st.integers(1, 20))
def test_everything_is_found_once_and_the_newest_first(rows: list[Row], page: int, group: int, at_once: int) -> None:
    last: dict[str, int] = defaultdict(int)
    for row in rows:
        last[row.place.conversation] = max(last[row.place.conversation], row.place.at_ms)
    runs = sorted(last.items(), key=lambda run: run[1], reverse=True)
    index = Index(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(walk, "FIRST_GROUP", group)
        patch.setattr(walk, "GROUP", group)
        patch.setattr(walk, "ROWS", at_once)
        found = asyncio.run(everything(index, runs, page))
    assert found == sorted((row.place for row in rows if row.hit), reverse=True)


async def test_a_common_word_needs_one_look_and_a_rare_one_a_look_for_each_group() -> None:
    rows = [Row(Place(1_000 * number + turn, turn, f"g_{number}"), True) for number in range(500) for turn in range(20)]
    runs = [(f"g_{number}", 1_000 * number + 19) for number in reversed(range(500))]
    index = Index(rows)
    reached = await reach(index.look, runs, END, 20)
    assert len(reached.found) >= 20
    assert index.looked == 1
    index = Index(rows[:1])
    assert (await reach(index.look, runs, END, 20)).found == [rows[0].place]
    assert index.looked == 4


async def test_a_round_looks_at_a_bounded_number_of_rows() -> None:
    rows = [Row(Place(turn, turn, f"g_{number}"), False) for number in range(300) for turn in range(100)]
    index = Index(rows)
    reached = await reach(index.look, [(f"g_{number}", 100) for number in range(300)], END, 20)
    assert not reached.found
    assert reached.down_to != BEGINNING
    assert index.looked * index.most <= 2 * walk.ROWS
