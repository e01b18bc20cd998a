"""P4: badge = truth, whatever happens, in whatever order, while replicas stop and start."""

import os
from contextlib import suppress

import pytest

from tests.numbers.bugs import BUGS
from tests.numbers.machine import Numbers
from tests.numbers.search import search
from tests.numbers.world import World
from tests.seeding import Patch, seeded

SEQUENCES = int(os.environ.get("NUMBERS_SEQUENCES", "200"))
"""How many sequences are tried; `make numbers` tries more."""

STEPS = int(os.environ.get("NUMBERS_STEPS", "60"))


@pytest.mark.timeout(1_800 + 10 * SEQUENCES)
async def test_every_badge_is_the_true_number_after_any_sequence_of_operations(world: World) -> None:
    await search(world, SEQUENCES, STEPS)
    assert Numbers.sequences >= SEQUENCES
    assert Numbers.steps >= SEQUENCES * STEPS
    assert Numbers.compared > SEQUENCES


@pytest.mark.timeout(300)
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
async def test_the_sequences_catch(bug: Patch, world: World) -> None:
    # What a failing sequence does is tried again by hypothesis; since these replicas go on living, it may come out
    # otherwise then, and that is what hypothesis complains about. What counts is that a wrong badge was seen.
    with seeded(bug), suppress(Exception, BaseExceptionGroup):
        await search(world, 60, 60, shown_s=2)
    assert Numbers.wrong
