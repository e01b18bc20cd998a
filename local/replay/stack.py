"""The suite that a replay runs against: a running one, or an ephemeral one of its own."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from local.children import LAUNCHER
from local.errors import LocalError
from local.ready import Ready

START_S = 120.0
"""How long a suite may take to start, s."""

END_S = 30.0
"""How long it may take to end before it is killed, s."""

LAST_WORDS = 2_000
"""So many bytes of its output are shown when it does not start."""


@contextlib.contextmanager
def stack(against: Path | None) -> Iterator[Ready]:
    """A running suite; without a ready file one is started, and ended afterwards with all it kept.

    Raises:
        LocalError: there is none, or it cannot be started.
    """
    if against is not None:
        yield Ready.read(against)
        return
    with tempfile.TemporaryDirectory(prefix="conversations-replay-") as folder:
        ready_file, log = Path(folder) / "ready.json", Path(folder) / "up.log"
        # By way of the launcher the suite ends even if the replay is killed.
        command = [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid())]
        command += [sys.executable, "-m", "local", "up", "--ephemeral"]
        with log.open("wb") as output:
            # A session of its own: Ctrl-C is for the replay, which then ends the suite itself.
            process = subprocess.Popen(
                [*command, "--ready-file", str(ready_file)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            _wait(process, ready_file, log)
            yield Ready.read(ready_file)
        finally:
            process.terminate()
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: "subprocess.Popen[bytes]", ready_file: Path, log: Path) -> None:
    end = time.monotonic() + START_S
    while not ready_file.exists():
        if process.poll() is not None or time.monotonic() > end:
            words = log.read_bytes()[-LAST_WORDS:].decode(errors="replace").strip()
            what = "did not start in time" if process.returncode is None else "could not be started"
            raise LocalError(f"The services {what}. The end of what `conversations up` said:\n{words}")
        time.sleep(0.1)
