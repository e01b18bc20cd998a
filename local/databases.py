"""mongod and Valkey of the local run: how they are started, and how to know that they are ready."""

import socket
import time
from pathlib import Path
from typing import Protocol

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from local import binaries
from local.errors import LocalError

REPLICA_SET = "rs0"
"""The replica set's name; change streams need one, even of a single member."""


class NotReadyError(LocalError):
    """A part did not become ready.

    Args:
        part: its name.
        why: what it did instead; the sentence goes on after the name.
    """

    def __init__(self, part: str, why: str) -> None:
        super().__init__(f"{part} {why}")
        self.part = part


class Running(Protocol):
    """A child process, as far as waiting for it needs it."""

    @property
    def returncode(self) -> int | None:
        """The status with which it ended; None while it runs."""

    def poll(self) -> int | None:
        """Looks whether it has ended; the same as `returncode`, after the look."""


def free_port() -> int:
    """A TCP port on loopback that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def mongod_command(folder: Path, port: int, oplog_mb: int = 256) -> list[str]:
    """How mongod is started; makes the data folder."""
    data = folder / "mongodb"
    data.mkdir(parents=True, exist_ok=True)
    arguments = {
        "--dbpath": str(data),
        "--port": str(port),
        "--bind_ip": "127.0.0.1",
        "--replSet": REPLICA_SET,
        "--wiredTigerCacheSizeGB": "0.5",
        "--oplogSize": str(oplog_mb),
    }
    return [str(binaries.mongod()), *(part for pair in arguments.items() for part in pair), "--nounixsocket", "--quiet"]


def mongod_uri(port: int) -> str:
    """The address of the local replica set."""
    return f"mongodb://127.0.0.1:{port}/?replicaSet={REPLICA_SET}"


def wait_for_mongod(process: Running, port: int, timeout_s: float = 60) -> None:
    """Makes mongod a replica set of one, if it is none yet, and waits until it takes writes.

    Raises:
        NotReadyError: it ended, or did not get ready in time.
    """
    end = time.monotonic() + timeout_s
    address = f"127.0.0.1:{port}"
    with MongoClient[dict[str, object]](
        f"mongodb://{address}/?directConnection=true", serverSelectionTimeoutMS=500
    ) as client:
        while True:
            if process.poll() is not None:
                raise NotReadyError("mongodb", f"ended with status {process.returncode}")
            try:
                if client.admin.command("hello").get("isWritablePrimary"):
                    return
                _initiate(client, address)
            except PyMongoError:
                pass
            if time.monotonic() > end:
                raise NotReadyError("mongodb", f"did not become ready within {timeout_s:.0f} s")
            time.sleep(0.05)


def _initiate(client: "MongoClient[dict[str, object]]", address: str) -> None:
    members = [{"_id": 0, "host": address}]
    try:
        status = client.admin.command("replSetGetConfig")
    except OperationFailure as error:
        if error.code == 94:  # NotYetInitialized
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
        return
    config = status["config"]
    if config["members"][0]["host"] != address:
        # The data folder was used with another port before.
        config["members"][0]["host"] = address
        config["version"] += 1
        client.admin.command("replSetReconfig", config, force=True)


def valkey_command(folder: Path, port: int) -> list[str]:
    """How Valkey is started; it keeps nothing on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    options = f"--port {port} --bind 127.0.0.1 --appendonly no --daemonize no --loglevel warning"
    return [str(binaries.valkey()), *options.split(), "--dir", str(folder), "--save", ""]


def valkey_url(port: int) -> str:
    """The address of the local Valkey."""
    return f"redis://127.0.0.1:{port}/0"


def wait_for_port(process: Running, name: str, port: int, timeout_s: float = 20) -> None:
    """Waits until something listens on the port.

    Raises:
        NotReadyError: the process ended, or did not listen in time.
    """
    end = time.monotonic() + timeout_s
    while True:
        if process.poll() is not None:
            raise NotReadyError(name, f"ended with status {process.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=0.5):
                return
        except OSError:
            if time.monotonic() > end:
                raise NotReadyError(name, f"did not listen within {timeout_s:.0f} s") from None
            time.sleep(0.02)
