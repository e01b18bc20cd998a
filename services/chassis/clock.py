"""Time, as something that is handed in."""

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Answers the present time in ms since 1970 UTC."""


def system_clock() -> int:
    """The machine's wall clock, ms since 1970 UTC."""
    return time.time_ns() // 1_000_000
