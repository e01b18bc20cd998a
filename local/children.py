"""A part of the local run as a child process: started, listened to, ended."""

import asyncio
import contextlib
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launch.py")

REMEMBERED = 12
"""How many of its last lines are shown when a part dies unexpectedly."""

LINE_BYTES = 1 << 20
"""A longer log line is cut, bytes."""


class Child:
    """One child process in a session of its own, so that a Ctrl-C at the terminal does not reach it.

    Args:
        name: the part's name.
        process: the process, with its output piped.
        log: the file that gets every line.
        show: is told every line.
    """

    def __init__(
        self, name: str, process: asyncio.subprocess.Process, log: Path, show: Callable[[str, str], None]
    ) -> None:
        self.name = name
        self.log = log
        self.last: deque[str] = deque(maxlen=REMEMBERED)
        self._process = process
        self._show = show
        self._pump = asyncio.create_task(self._listen(), name=f"log of {name}")

    @classmethod
    async def start(
        cls,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        show: Callable[[str, str], None],
    ) -> "Child":
        """Starts the program; it dies with this process (see `launch.py`).

        Must run in the main thread: Linux ties a child to the thread that started it.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-I", "-S", str(LAUNCHER), str(os.getpid())),
            *command,
            env=dict(environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            limit=LINE_BYTES,
        )
        return cls(name, process, log, show)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The status with which it ended, negative for a signal; None while it runs."""
        return self._process.returncode

    def poll(self) -> int | None:
        """The same as `returncode`."""
        return self._process.returncode

    async def wait(self) -> int:
        """Waits for its end and for the last of its output; returns the status."""
        status = await self._process.wait()
        # A grandchild that inherited the pipe must not hold up the end.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await asyncio.shield(self._pump)
        return status

    async def end(self, within_s: float) -> bool:
        """Asks it to end and waits; kills it when the time is over. Returns whether it ended by itself."""
        if self.returncode is None:
            self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(within_s):
                await self.wait()
        except TimeoutError:
            self.kill()
            await self.wait()
            return False
        finally:
            if self.returncode is not None:
                self._pump.cancel()
        return True

    def kill(self) -> None:
        """Ends it at once."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def _listen(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - it was started with a pipe
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("w", encoding="utf-8") as file:
            while line := await _line(self._process.stdout):
                text = line.decode(errors="replace").rstrip()
                file.write(text + "\n")
                file.flush()
                if text:
                    self.last.append(text)
                    self._show(self.name, text)


async def _line(stream: asyncio.StreamReader) -> bytes:
    """The next line; the beginning of one that is too long; empty at the end."""
    try:
        return await stream.readuntil(b"\n")
    except asyncio.IncompleteReadError as error:
        return error.partial
    except asyncio.LimitOverrunError as error:
        return await stream.read(error.consumed)


def describe_end(status: int) -> str:
    """How a process ended, in words."""
    if status < 0:
        try:
            return f"was ended by {signal.Signals(-status).name}"
        except ValueError:
            return f"was ended by signal {-status}"
    return f"ended with status {status}"
