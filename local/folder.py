"""The folder in which a local run keeps its data, and the lock that keeps a second run out of it."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalError

DEFAULT = Path(".local")
"""Where a run keeps its data unless told otherwise, below the current directory."""

READY = "ready.json"
"""The ready file's name."""


class AlreadyRunningError(LocalError):
    """Another run uses the folder."""


@dataclass(frozen=True)
class Folder:
    """Where things are in a run's folder.

    Attributes:
        root: the folder, absolute.
        kept: whether it is still there after the run.
    """

    root: Path
    kept: bool

    @property
    def keys(self) -> Path:
        """The token issuer's keys and the services' tokens."""
        return self.root / "keys"

    @property
    def logs(self) -> Path:
        """One log file for each part."""
        return self.root / "logs"

    @property
    def stub_file(self) -> Path:
        """What the stub sender would have pushed, one JSON object a line."""
        return self.root / "stub.ndjson"

    @property
    def push(self) -> Path:
        """The push services' keys, and what the devices show."""
        return self.root / "push"

    @property
    def ready_file(self) -> Path:
        """Where everything is, while everything is healthy."""
        return self.root / READY

    @property
    def envoy_file(self) -> Path:
        """The gateway's configuration."""
        return self.root / "envoy.yaml"


@contextmanager
def lasting(root: Path) -> Iterator[Folder]:
    """The folder of a run whose data survives; made where it is missing, and locked.

    Raises:
        AlreadyRunningError: another run has it.
        LocalError: it cannot be made or written to.
    """
    root = root.absolute()
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = (root / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise LocalError(f"{root} cannot be used: {error.strerror}. Choose another with --folder.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise AlreadyRunningError(
                f"Already running in {root} (process {lock.read().strip() or 'unknown'}).\n"
                "End that one with Ctrl-C, or start a second one beside it: `conversations up --ephemeral`."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield Folder(root, kept=True)


@contextmanager
def passing() -> Iterator[Folder]:
    """A temporary folder that is removed at the end."""
    root = Path(tempfile.mkdtemp(prefix="conversations-"))
    try:
        yield Folder(root, kept=False)
    finally:
        shutil.rmtree(root, ignore_errors=True)
