"""Runs tests on a machine that stalls: one of their processes after another stands still for a moment.

    python -m tests.stalled tests/presence

What is asserted too early, waited for too shortly, or bounded in time without need fails here before it fails on a
machine that has others to serve.
"""

import random
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

import psutil

EVERY_S = (3.0, 8.0)
"""Between two stalls, s."""

STALL_S = (0.5, 1.3)
"""How long one lasts, s: what a bound of a second can bear if the best of several tries counts."""


def _stall(tests: psutil.Process) -> None:
    """Stops a process, and lets it go on. One that a test itself has stopped is left alone."""
    with suppress(psutil.NoSuchProcess):
        # The tests twice: among many processes it would seldom be their turn, and it is they who are tried.
        chosen = random.choice([tests, tests, *tests.children(recursive=True)])
        if chosen.status() == psutil.STATUS_STOPPED:
            return
        chosen.suspend()
        try:
            time.sleep(random.uniform(*STALL_S))
        finally:
            chosen.resume()


def main(arguments: Sequence[str]) -> int:
    """Runs pytest with these arguments; answers its status."""
    stalls = 0
    with subprocess.Popen([sys.executable, "-m", "pytest", *arguments]) as running:
        while True:
            try:
                status = running.wait(timeout=random.uniform(*EVERY_S))
            except subprocess.TimeoutExpired:
                _stall(psutil.Process(running.pid))
                stalls += 1
            else:
                sys.stderr.write(f"stalls of {STALL_S[0]} to {STALL_S[1]} s: {stalls}\n")
                return status


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
