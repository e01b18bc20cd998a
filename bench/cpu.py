"""Where the processor's time goes: CPU of each process for one unit of work."""

from collections.abc import Mapping
from dataclasses import dataclass

import psutil


@dataclass
class Meter:
    """CPU seconds of processes between two moments.

    Args:
        pids: names and process ids.
    """

    pids: Mapping[str, int]

    def __post_init__(self) -> None:
        self._before = self._read()

    def per_unit(self, units: float) -> dict[str, str]:
        """Microseconds of CPU for each unit of work since the meter was made, by process."""
        after = self._read()
        return {name: f"{(after[name] - self._before[name]) / units * 1e6:.0f} µs" for name in self.pids}

    def _read(self) -> dict[str, float]:
        seconds = {}
        for name, pid in self.pids.items():
            times = psutil.Process(pid).cpu_times()
            seconds[name] = times.user + times.system
        return seconds
