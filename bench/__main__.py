"""Measures the ratios of docs/performance.md: `python -m bench [--only B1,B2] [--runs 5] [--json] [--replay FILE]`."""

import argparse
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path

import uvloop
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bench import (
    alerts,
    catalog,
    decisions,
    fan,
    latency,
    log,
    memory,
    replay,
    send,
    stack,
    total,
    webpush,
)
from bench.measure import Result

Benchmark = Callable[[int], Awaitable[list[Result]]]


def appending(*names: str) -> Benchmark:
    """Benchmarks of the log, in one MongoDB."""

    async def run(runs: int) -> list[Result]:
        async with stack.running([]) as running:
            return [await log.measure(name, running.mongodb, runs) for name in names]

    return run


def one(benchmark: Callable[[int], Awaitable[Result]]) -> Benchmark:
    """A benchmark that gives one result."""

    async def run(runs: int) -> list[Result]:
        return [await benchmark(runs)]

    return run


def main() -> None:
    """Measures, prints one ratio a line, and says which targets are met; exits with 1 if one is missed."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--only", default="", help="comma-separated names, for example B1,B6")
    parser.add_argument("--runs", type=int, default=5, help="pairs of runs; the median counts (default 5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--replay", type=Path, default=None, help="a recorded chat for B10 (JSON lines, may be gzip)")
    options = parser.parse_args()
    benchmarks: dict[str, Benchmark] = {
        "B1": appending("B1"),
        "B2": appending("B2"),
        "B2r": appending("B2r", "B2r-one"),
        "B3": one(send.b3),
        "B4": one(send.b4),
        "B5": one(fan.b5),
        "B6": one(fan.b6),
        "B7": one(memory.b7),
        "B8": one(latency.b8),
        "B9": one(webpush.b9),
        "decisions": one(decisions.decisions),
        "alerts": one(alerts.alerts),
        "catalog": catalog.measure,
        "total": one(total.total),
        "B10": one(lambda runs: replay.b10(runs, options.replay)),
    }
    wanted = [name for name in options.only.split(",") if name] or list(benchmarks)
    unknown = sorted(set(wanted) - set(benchmarks))
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(benchmarks)}")
    results = uvloop.run(measure({name: benchmarks[name] for name in wanted}, options.runs))
    if options.json:
        print(json.dumps([{**asdict(result), "met": result.met} for result in results], indent=1))
    else:
        for result in results:
            show(result)
    sys.exit(any(result.met is False for result in results))


async def measure(benchmarks: dict[str, Benchmark], runs: int) -> list[Result]:
    """Runs the benchmarks one after the other."""
    results: list[Result] = []
    console = Console(stderr=True)
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console) as progress:
        for name, benchmark in benchmarks.items():
            task = progress.add_task(f"{name} is measured", total=1)
            results += await benchmark(runs)
            progress.update(task, completed=1, description=f"{name} measured")
    return results


def show(result: Result) -> None:
    """Prints one result; the first line begins with `<name> ratio`."""
    verdict = {True: "met", False: "NOT met", None: "reported"}[result.met]
    bound = (
        "" if result.target is None else f" (target {'<=' if result.at_most else '>='} {result.target:g}: {verdict})"
    )
    spread = ", ".join(f"{ratio:.2f}" for ratio in sorted(result.ratios))
    print(f"{result.name} ratio {result.ratio:.2f}{bound}")
    print(f"    {result.what}")
    print(f"    {result.ours:,.1f} : {result.baseline:,.1f} {result.unit}; ratios {spread}")
    for name, note in result.notes.items():
        if isinstance(note, dict):
            parts = (
                f"{key} {value:.1f}" if isinstance(value, float) else f"{key} {value}" for key, value in note.items()
            )
            note = ", ".join(parts) or "none"  # noqa: PLW2901
        print(f"    {name}: {note}")


if __name__ == "__main__":
    main()
