"""Where web pushes may go: the push services that the operator allows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from yarl import URL

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PART = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
_ENDPOINT = re.compile(
    rf"https://(?P<host>{_LABEL}(?:\.{_LABEL})*\.[a-z][a-z0-9-]*)(?P<port>:443)?"
    rf"(?P<path>(?:/{_PART}*)+(?:\?(?:{_PART}|[/?])*)?)",
    re.ASCII | re.IGNORECASE,
)
"""What is accepted, letter by letter (RFC 3986, without user, fragment, address literals and other ports): a form that
no two parsers can read in different ways."""

_LOCAL = re.compile(rf"https://(?P<host>127\.0\.0\.1:[0-9]{{1,5}})(?P<path>(?:/{_PART}*)+)", re.ASCII)
_HOST = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})+", re.ASCII)
_LOCAL_HOST = re.compile(r"127\.0\.0\.1:[0-9]{1,5}", re.ASCII)


KNOWN = 4_096
"""So many endpoints are remembered."""


class EndpointError(ValueError):
    """An endpoint to which nothing may be sent; the words do not quote it."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A push resource.

    Attributes:
        host: of the push service, with its port where that is not 443.
        origin: of the push service, as VAPID's audience names it (RFC 8292, section 2).
        url: where to POST.
        local: it is a push service on this machine, which the operator has allowed.
    """

    host: str
    origin: str
    url: URL
    local: bool = False


class Endpoints:
    """The push services that the operator allows.

    Args:
        hosts: names; "*.name" means every host below name.
        local: "127.0.0.1:port" of push services on this machine.

    Raises:
        ValueError: a name is none.
    """

    def __init__(self, hosts: Sequence[str], local: Sequence[str] = ()) -> None:
        for host in hosts:
            if not _HOST.fullmatch(host):
                raise ValueError(f"{host!r} is not the name of a host in small letters")
        for host in local:
            if not _LOCAL_HOST.fullmatch(host):
                raise ValueError(f"{host!r} is not 127.0.0.1:port")
        self._exact = frozenset(host for host in hosts if not host.startswith("*."))
        # With the dot: "evil-notify.windows.com" does not lie below "notify.windows.com".
        self._below = tuple(host[1:] for host in hosts if host.startswith("*."))
        self._local = frozenset(local)
        # Those that were used last: a browser often gets several pushes, and reading takes longer than all else here.
        self._known = lru_cache(maxsize=KNOWN)(self._parse)

    def parse(self, target: str) -> Endpoint:
        """Reads an endpoint.

        Raises:
            EndpointError: it is not one to which anything may be sent.
        """
        return self._known(target)

    def _parse(self, target: str) -> Endpoint:
        if self._local and (found := _LOCAL.fullmatch(target)) and found["host"] in self._local:
            origin = f"https://{found['host']}"
            return Endpoint(found["host"], origin, URL(origin + found["path"], encoded=True), local=True)
        found = _ENDPOINT.fullmatch(target)
        if not found:
            raise EndpointError("is not an https address of a push service")
        host = found["host"].lower()
        if host not in self._exact and not host.endswith(self._below):
            raise EndpointError("is not at a push service that is allowed here")
        origin = f"https://{host}"
        return Endpoint(host, origin, URL(origin + found["path"], encoded=True))
