"""Looks for a sequence after which a badge is wrong."""

import asyncio

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.numbers.machine import QUIET_S, Numbers
from tests.numbers.world import World


async def search(world: World, sequences: int, steps: int, shown_s: float = QUIET_S) -> None:
    """Tries so many sequences of so many steps, the same in each run; raises what the first that fails raises.

    The machine is synchronous and runs in a thread of its own; the services run on this loop.
    """
    Numbers.world, Numbers.loop, Numbers.shown_s = world, asyncio.get_running_loop(), shown_s
    Numbers.sequences = Numbers.steps = Numbers.compared = 0
    Numbers.wrong = []
    chosen = settings(
        max_examples=sequences,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    # Without a least number of steps every fourth sequence would end half-way.
    await asyncio.to_thread(run_state_machine_as_test, Numbers, settings=chosen, _min_steps=steps)
