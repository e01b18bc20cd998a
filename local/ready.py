"""The ready file: where every part of a running stack is, for commands, tests and people."""

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from local.errors import LocalError
from local.folder import DEFAULT, READY


class NotRunningError(LocalError):
    """No stack runs where one was looked for."""


@dataclass(frozen=True)
class Ready:
    """Where everything is. Paths are absolute, services are `host:port`.

    Attributes:
        messaging: gRPC address.
        presence: gRPC address.
        unread: gRPC address.
        notifier: gRPC address.
        gateway: the gateway's address for gRPC-Web and gRPC, `http://host:port`.
        mongodb: connection string.
        valkey: connection string.
        key_file: the private key that signs the local run's tokens.
        jwks_file: the key set that checks them.
        issuer: the tokens' `iss`.
        audience: the tokens' `aud`.
        web: the web application, `http://host:port`; empty where it was not built.
        fcm: the push service of phones.
        web_push: the push service of browsers that are tests' own; real ones have theirs.
        stub_file: what the stub sender would have pushed, one JSON object a line.
        metrics: Prometheus address of each service.
        pid: the process of `conversations up`.
        pids: the process of each part.
        folder: the run's folder.
    """

    messaging: str
    presence: str
    unread: str
    notifier: str
    gateway: str
    mongodb: str
    valkey: str
    key_file: str
    jwks_file: str
    issuer: str
    audience: str
    web: str
    fcm: str
    web_push: str
    stub_file: str
    metrics: dict[str, str]
    pid: int
    pids: dict[str, int]
    folder: str

    def write(self, path: Path) -> None:
        """Writes the file in one step, so that a reader never sees half of it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        fresh.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        fresh.replace(path)

    @classmethod
    def read(cls, path: Path) -> "Ready":
        """Reads the file of a stack that runs now.

        Raises:
            NotRunningError: there is none, it is no ready file, or its process has ended.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            ready = cls(**{field.name: content[field.name] for field in fields(cls)})
        except FileNotFoundError:
            raise NotRunningError(
                f"Nothing runs here: there is no {path}.\n"
                "Start everything with `make up`, or name a running one with --against READY_FILE."
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NotRunningError(f"{path} is not a ready file ({type(error).__name__}: {error}).") from None
        if not _alive(ready.pid):
            raise NotRunningError(
                f"{path} is of a run that has ended (process {ready.pid}).\nStart everything with `make up`."
            )
        return ready


def default_file() -> Path:
    """The ready file of the run whose data survives, below the current directory."""
    return DEFAULT / READY


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
