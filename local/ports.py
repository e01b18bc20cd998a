"""Which TCP ports the parts of the local run listen on, all of them on loopback."""

import errno
import random
import socket
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

import psutil

from local.errors import LocalError

BASE = 7100
"""The default base; see `Ports.from_base`."""

GATEWAY = 8080
"""The default port of the gateway."""

FREE_FROM = (15_000, 32_000)
"""Where free ports are looked for: below those that systems give to outgoing connections, one of which might otherwise
take a port between the look and the use."""

RELEASE_S = 2.0
"""How long ports may take to become free after a run that was killed, s."""


class PortTakenError(LocalError):
    """Something else listens where a part of the local run should."""


@dataclass(frozen=True)
class Ports:
    """One port for each part, one for each service's metrics, and two for the push services: phones and browsers."""

    gateway: int
    messaging: int
    unread: int
    presence: int
    notifier: int
    messaging_metrics: int
    unread_metrics: int
    presence_metrics: int
    notifier_metrics: int
    mongodb: int
    valkey: int
    envoy_admin: int
    web: int
    fcm: int
    web_push: int

    @classmethod
    def from_base(cls, base: int = BASE, gateway: int = GATEWAY) -> "Ports":
        """Ports that are easy to remember: services from base + 1, metrics from base + 11, databases above."""
        return cls(
            gateway=gateway,
            messaging=base + 1,
            unread=base + 2,
            presence=base + 3,
            notifier=base + 4,
            messaging_metrics=base + 11,
            unread_metrics=base + 12,
            presence_metrics=base + 13,
            notifier_metrics=base + 14,
            mongodb=base + 17,
            valkey=base + 79,
            envoy_admin=base + 90,
            web=base + 81,
            fcm=base + 60,
            web_push=base + 61,
        )

    @classmethod
    def free(cls, gateway: int | None = None) -> "Ports":
        """Ports that nobody listens on now, all different; the gateway's may be given."""
        found: list[int] = []
        while len(found) < len(cls.__dataclass_fields__):
            port = random.randrange(*FREE_FROM)  # noqa: S311 - any will do
            if port not in found and _is_free(port):
                found.append(port)
        ports = cls(*found)
        return ports if gateway is None else replace(ports, gateway=gateway)

    def of(self, service: str) -> int:
        """The gRPC port of a service."""
        return int(asdict(self)[service])

    def metrics_of(self, service: str) -> int:
        """The metrics port of a service."""
        return int(asdict(self)[f"{service}_metrics"])

    def check(self, within_s: float = RELEASE_S) -> None:
        """Makes sure that every port can be listened on.

        Raises:
            PortTakenError: some cannot; the words name each, and who holds it where that can be known.
        """
        end = time.monotonic() + within_s
        while taken := {name: port for name, port in asdict(self).items() if not _is_free(port)}:
            if time.monotonic() > end:
                raise PortTakenError(_words(taken))
            time.sleep(0.1)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
        return True


def _words(taken: dict[str, int]) -> str:
    lines = []
    for name, port in taken.items():
        holders = " and ".join(_holders(port)) or "another program"
        lines.append(f"port {port} ({name.replace('_', ' ')}) is taken by {holders}")
    lines.append("End what holds it, or choose other ports: `conversations up --port-base 7300`.")
    return "\n".join(lines)


def _holders(port: int) -> Iterator[str]:
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:  # as on macOS without being root
        return
    pids = {
        entry.pid
        for entry in connections
        if entry.status == psutil.CONN_LISTEN and entry.laddr and entry.laddr.port == port and entry.pid
    }
    for pid in sorted(pids):
        try:
            yield f"{psutil.Process(pid).name()} (process {pid})"
        except psutil.NoSuchProcess:
            continue
