"""P5, P6, P7, P12."""

import os
import sys

import pytest

from tests.simulation.conftest import Episode
from tests.simulation.episode import Size

PAIRS = int(os.environ.get("SIMULATION_PAIRS", "100000"))
SEED = int(os.environ.get("SIMULATION_SEED", "1"))


@pytest.mark.timeout(int(os.environ.get("TMO", "0")) or 600 + PAIRS // 100)
async def test_everybody_is_told_once_in_the_right_place(episode: Episode) -> None:
    pairs, seed = 0, SEED
    while pairs < PAIRS:
        account = await episode(seed, Size())
        pairs += account.pairs
        seed += 1
        sys.__stdout__.write(f"{account}\n")
    assert pairs >= PAIRS
