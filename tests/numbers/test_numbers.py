"""P4: badge = truth, whatever happens, in whatever order, while replicas stop and start."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from services.chassis import mongo
from tests.numbers.machine import Numbers
from tests.numbers.world import World

SEQUENCES = int(os.environ.get("NUMBERS_SEQUENCES", "200"))
"""How many sequences are tried; `make numbers` tries more."""

STEPS = int(os.environ.get("NUMBERS_STEPS", "60"))


@pytest.fixture
async def world(tmp_path: Path, mongo_uri: str, mongo_client: mongo.Client) -> AsyncIterator[World]:
    name = f"numbers_{uuid.uuid4().hex[:8]}"
    opened = await World.open(tmp_path, mongo_uri, name)
    yield opened
    await opened.close()
    for suffix in ("m", "u"):
        await mongo_client.drop_database(f"{name}_{suffix}")


def search(world: World, loop: asyncio.AbstractEventLoop, sequences: int, steps: int, *, repeatable: bool) -> None:
    """Tries so many sequences; raises what the first that fails raises."""
    Numbers.world, Numbers.loop = world, loop
    run_state_machine_as_test(
        Numbers,
        settings=settings(
            max_examples=sequences,
            stateful_step_count=steps,
            deadline=None,
            derandomize=repeatable,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.timeout(1_800)
async def test_every_badge_is_the_true_number_after_any_sequence_of_operations(world: World) -> None:
    Numbers.sequences = Numbers.steps = Numbers.compared = 0
    await asyncio.to_thread(search, world, asyncio.get_running_loop(), SEQUENCES, STEPS, repeatable=True)
    assert Numbers.sequences >= SEQUENCES
    assert Numbers.steps >= SEQUENCES * STEPS * 0.9
    assert Numbers.compared > SEQUENCES
