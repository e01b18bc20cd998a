"""Redis itself, beside Valkey: `python -m local.redis FOLDER` fetches it from Debian and prints how to start it.

No wheel carries a Redis of 7.2 or newer, and Debian 12 has an older one. Debian 13's packages are laid out in a folder,
with their own C library, so that they run on older systems as well; nothing is installed. Linux on x86-64 or AArch64.
"""

import hashlib
import lzma
import platform
import subprocess
import sys
import urllib.request
from pathlib import Path

from local.errors import LocalError

MIRROR = "http://deb.debian.org/debian"
SUITE = "trixie"

PACKAGES = (
    *("redis-tools", "libc6", "libgcc-s1", "libatomic1", "libstdc++6", "libjemalloc2", "liblzf1", "libssl3t64"),
    *("libsystemd0", "libcap2", "zlib1g", "libzstd1"),
)
"""The server is in redis-tools (it is one program under several names); the rest is what it is linked with."""

ARCHITECTURES = {"x86_64": ("amd64", "ld-linux-x86-64.so.2"), "aarch64": ("arm64", "ld-linux-aarch64.so.1")}
TIMEOUT_S = 60


class NoRedisError(LocalError):
    """It cannot be had here; the words say why."""


def fetch(folder: Path) -> Path:
    """Lays Redis out in a folder, unless it is there; returns a program that starts it.

    Raises:
        NoRedisError: another system, no network, or a package that is not what the index says.
    """
    program = folder / "redis-server"
    if program.exists():
        return program
    if sys.platform != "linux" or platform.machine() not in ARCHITECTURES:
        raise NoRedisError(f"Debian's Redis runs on Linux only (x86-64, AArch64), this is {platform.platform()}")
    architecture, loader = ARCHITECTURES[platform.machine()]
    index = _index(architecture)
    root = folder / "root"
    root.mkdir(parents=True, exist_ok=True)
    for name in PACKAGES:
        path, digest = index[name]
        content = _get(path)
        if hashlib.sha256(content).hexdigest() != digest:
            raise NoRedisError(f"{path} is not what the index of {SUITE} says")
        package = folder / Path(path).name
        package.write_bytes(content)
        try:
            subprocess.run(["dpkg-deb", "-x", package, root], check=True, timeout=TIMEOUT_S)  # noqa: S607
        except FileNotFoundError:
            raise NoRedisError("dpkg-deb is missing: this needs Debian or Ubuntu") from None
        package.unlink()
    found = next(root.glob(f"**/{loader}"), None)
    if found is None:
        raise NoRedisError(f"{loader} is in none of the packages")
    libraries = sorted({str(path.parent) for path in root.glob("**/*.so.*")})
    # The program looks at its own name, and is redis-server under every name but those of its tools.
    (root / "redis-server").symlink_to(root / "usr/bin/redis-check-rdb")
    program.write_text(
        f'#!/bin/sh\nexec "{found}" --library-path "{":".join(libraries)}" "{root}/redis-server" "$@"\n',
        encoding="utf-8",
    )
    program.chmod(0o755)
    return program


def _index(architecture: str) -> dict[str, tuple[str, str]]:
    """The path and SHA-256 of each package that is needed."""
    text = lzma.decompress(_get(f"dists/{SUITE}/main/binary-{architecture}/Packages.xz")).decode()
    found: dict[str, tuple[str, str]] = {}
    for stanza in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in stanza.splitlines() if ": " in line and line[0] != " ")
        if fields.get("Package") in PACKAGES:
            found[fields["Package"]] = (fields["Filename"], fields["SHA256"])
    if missing := [name for name in PACKAGES if name not in found]:
        raise NoRedisError(f"{SUITE} does not have {', '.join(missing)}")
    return found


def _get(path: str) -> bytes:
    try:
        with urllib.request.urlopen(f"{MIRROR}/{path}", timeout=TIMEOUT_S) as answer:  # noqa: S310 - a fixed address
            content: bytes = answer.read()
            return content
    except OSError as error:
        raise NoRedisError(f"{MIRROR}/{path} cannot be read: {error}") from None


def main() -> None:
    """Reads the command line."""
    try:
        print(fetch(Path(sys.argv[1]).absolute()))
    except (IndexError, NoRedisError) as error:
        sys.exit(f"python -m local.redis FOLDER: {error}")


if __name__ == "__main__":
    main()
