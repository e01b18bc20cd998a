"""P5, P6, P7 and P12: everybody is told once, in the right place, whatever people do and whichever replica dies."""

import os
import sys

import pytest

from tests.seeding import Patch, seeded
from tests.simulation.bugs import BUGS
from tests.simulation.conftest import Episode
from tests.simulation.episode import Account, Size, WrongError
from tests.simulation.rates import CALM, Rates

PAIRS = int(os.environ.get("SIMULATION_PAIRS", "100000"))
"""How many decisions about a person and a message are made; `make simulation` makes more."""

SEED = int(os.environ.get("SIMULATION_SEED", "1"))
"""Of the first episode; each further one has the next."""

MANY = 100_000
"""In so many everything that may happen does; where chance has it otherwise, a few more lives are lived."""

LIVES_AT_MOST = 6

HAPPENS = {
    *("died half-way", "valkey emptied", "unread away", "feed reset"),
    *("BANNER TAB_IN_USE", "BROWSER TAB_OPEN", "PUSH AWAY", "NONE VIEWING", "NONE MUTED"),
    *("SHOW SENT", "SHOW SUPPRESSED", "SHOW EXPIRED", "SHOW DEAD", "CLEAR SENT"),
}

SMALL = Size(people=40, sleepers=0, moments=80, messages=1.0, actions=4)

ROUGH = Rates(die=0.02, flush=0.015, unread_away=0.005)

LIVES = ((104, CALM), (101, ROUGH), (102, ROUGH), (103, ROUGH))
"""Small lives in which each bug shows: one in which nothing goes wrong, and others."""


def _tell(account: Account, pairs: int) -> None:
    if "SIMULATION_PAIRS" in os.environ and sys.__stderr__ is not None:
        sys.__stderr__.write(
            f"seed {account.seed}: {account.messages} messages, {account.pairs} pairs, {account.received} pushes, "
            f"{account.took_s:.0f} s; {pairs} of {PAIRS} pairs\n"
        )


@pytest.mark.timeout(1_200 + PAIRS // 50)
async def test_everybody_is_told_once_in_the_right_place(episode: Episode) -> None:
    pairs, seed = 0, SEED
    counts: dict[str, int] = {}
    while pairs < PAIRS or (PAIRS >= MANY and not counts.keys() >= HAPPENS and seed < SEED + LIVES_AT_MOST):
        account = await episode(seed, Size())
        pairs += account.pairs
        seed += 1
        for name, count in account.counts.items():
            counts[name] = counts.get(name, 0) + count
        _tell(account, pairs)
    if PAIRS >= MANY:
        assert counts.keys() >= HAPPENS


@pytest.mark.timeout(600)
async def test_the_same_seed_lives_the_same_life(episode: Episode) -> None:
    seed, rates = LIVES[1]
    first = await episode(seed, SMALL, rates=rates)
    second = await episode(seed, SMALL, rates=rates)
    assert (first.pairs, first.counts, first.digest) == (second.pairs, second.counts, second.digest)


@pytest.mark.timeout(900)
async def test_without_a_bug_the_small_lives_are_right(episode: Episode) -> None:
    # The first of the rough ones is lived in the test above.
    for seed, rates in (LIVES[0], *LIVES[2:]):
        await episode(seed, SMALL, rates=rates)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
async def test_the_simulation_catches(bug: Patch, episode: Episode) -> None:
    async def lives() -> None:
        for seed, rates in LIVES:
            await episode(seed, SMALL, rates=rates)

    with seeded(bug), pytest.raises(WrongError):
        await lives()
