"""CPU seconds of the processes of a run."""

import os
from collections.abc import Mapping

import psutil

REPLAY = "replay"
"""What this process is called."""


class CpuTime:
    """Counts from its making.

    Args:
        pids: the processes by name; this process is added.
    """

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._processes: dict[str, psutil.Process] = {}
        for name, pid in {**pids, REPLAY: os.getpid()}.items():
            try:
                self._processes[name] = psutil.Process(pid)
            except psutil.NoSuchProcess:
                continue
        self._begun = {name: _seconds(process) for name, process in self._processes.items()}

    def seconds(self) -> dict[str, float]:
        """CPU seconds since then, user and system, by name; a process that has ended is left out."""
        now = {name: _seconds(process) for name, process in self._processes.items()}
        return {
            name: round(seconds - begun, 2)
            for name, seconds in now.items()
            if seconds is not None and (begun := self._begun[name]) is not None
        }


def _seconds(process: psutil.Process) -> float | None:
    try:
        times = process.cpu_times()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None
    return float(times.user + times.system)
