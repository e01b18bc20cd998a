"""How things are measured: paired runs, medians, ratios."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Run = Callable[[], Awaitable[float]]
"""One run; answers a figure."""


@dataclass
class Result:
    """One benchmark's outcome.

    Attributes:
        name: its name in docs/performance.md.
        what: what is compared, in words.
        unit: of the two figures.
        ours: median of our figure.
        baseline: median of the raw figure.
        ratio: median of the ratios, pair by pair; so that a drift of the machine's speed cancels out.
        target: what the ratio must reach; None where it is only reported.
        at_most: the target is an upper bound.
        notes: more figures, for the report.
    """

    name: str
    what: str
    unit: str
    ours: float
    baseline: float
    ratio: float
    ratios: list[float]
    target: float | None
    at_most: bool = False
    notes: dict[str, object] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if self.target is None:
            return None
        return self.ratio <= self.target if self.at_most else self.ratio >= self.target


async def paired(ours: Run, baseline: Run, runs: int) -> tuple[list[float], list[float]]:
    """Runs the two in turn, after one warm-up of each that does not count."""
    await baseline()
    await ours()
    raw, own = [], []
    for _ in range(runs):
        raw.append(await baseline())
        own.append(await ours())
    return own, raw


async def ratio(
    name: str,
    what: str,
    unit: str,
    target: float | None,
    ours: Run,
    baseline: Run,
    runs: int,
    *,
    at_most: bool = False,
) -> Result:
    """Measures a benchmark."""
    own, raw = await paired(ours, baseline, runs)
    ratios = [one / other for one, other in zip(own, raw, strict=True)]
    return Result(
        name,
        what,
        unit,
        statistics.median(own),
        statistics.median(raw),
        statistics.median(ratios),
        ratios,
        target,
        at_most,
    )


async def rate(workers: int, seconds: float, work: Callable[[int, int], Awaitable[object]]) -> float:
    """How often `work(worker, turn)` completes a second, with so many workers at once."""
    done = 0
    end = time.perf_counter() + seconds

    async def worker(number: int) -> None:
        nonlocal done
        turn = 0
        while time.perf_counter() < end:
            await work(number, turn)
            turn += 1
            done += 1

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(workers):
            group.create_task(worker(number))
    return done / (time.perf_counter() - started)
