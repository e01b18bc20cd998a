"""Runs of the command line as processes, for tests."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from local.ports import Ports, PortTakenError
from local.ready import Ready

START_S = 90.0
END_S = 40.0


def conversations(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "local", *arguments]


def wait_until(condition: Callable[[], object], timeout_s: float, what: str) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


class Up:
    """A running `conversations up`."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.ready_file = folder / "ready.json"
        self.output = folder / "output.txt"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                conversations("up", "--ready-file", str(self.ready_file), *(arguments or ("--ephemeral",))),
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait(self) -> Ready:
        def ready_or_ended() -> bool:
            return self.ready_file.exists() or self.process.poll() is not None

        wait_until(ready_or_ended, START_S, "the ready file did not come in time")
        assert self.process.poll() is None, self.output.read_text()
        return Ready.read(self.ready_file)

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=END_S)

    def make_sure_it_ends(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=END_S)


@contextlib.contextmanager
def started(folder: Path, *arguments: str) -> Iterator[Up]:
    up = Up(folder, *arguments)
    try:
        yield up
    finally:
        up.make_sure_it_ends()


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(conversations(*arguments), capture_output=True, text=True, timeout=60, check=False)


def free_base(above: int = 20_000) -> int:
    """A port base where everything is free now."""
    for base in range(above + 100, 30_000, 100):
        with contextlib.suppress(PortTakenError):
            Ports.from_base(base, base + 80).check(within_s=0)
            return base
    raise AssertionError("no free ports")
