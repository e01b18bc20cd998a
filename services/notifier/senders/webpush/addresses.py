"""Which network addresses pushes may go to: the public internet only.

A browser tells the notifier where to send. What it tells could lead inside the operator's own network, so a host is
looked up once, its addresses are checked, and the connection goes to what was checked.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp.abc import AbstractResolver, ResolveResult

from services.notifier.senders.post import RefusedAddressError

LookUp = Callable[[str, int], Awaitable[list[str]]]
"""Finds the addresses of a host and port, as text.

Raises:
    OSError: there are none.
"""

_PUBLIC_IPV6 = IPv6Network("2000::/3")
"""All that is given out as global unicast (IANA). NAT64, mapped, compatible, private and link-local addresses are not
in it."""

_SPECIAL_IPV6 = tuple(
    IPv6Network(each)
    for each in (
        "2001::/23",  # IETF protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "2620:4f:8000::/48",  # AS112
        "3ffe::/16",  # the former test network
        "3fff::/20",  # documentation
    )
)
_SPECIAL_IPV4 = tuple(
    ip_network(each)
    for each in (
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.175.48.0/24",  # AS112
    )
)


def is_public(address: str) -> bool:
    """Whether an address, as text, is one of the public internet."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return found.is_global and not found.is_multicast and not any(found in each for each in _SPECIAL_IPV4)
    return _is_public_ipv6(found)


def _is_public_ipv6(address: IPv6Address) -> bool:
    return (
        address in _PUBLIC_IPV6
        and address.scope_id is None
        and address.is_global
        and not any(address in each for each in _SPECIAL_IPV6)
    )


async def look_up(host: str, port: int) -> list[str]:
    """Asks the system's resolver, outside the event loop."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [str(address[0]) for _, _, _, _, address in found]


class PublicResolver(AbstractResolver):
    """Gives a connector only addresses of the public internet; others are as good as none."""

    def __init__(self, find: LookUp = look_up) -> None:
        self._find = find

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a host, in the order in which they are to be tried.

        Raises:
            RefusedAddressError: it has none that is allowed.
            OSError: it has none.
        """
        del family
        found = [address for address in await self._find(host, port) if is_public(address)]
        if not found:
            raise RefusedAddressError(f"{host} has no public address")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in dict.fromkeys(found)
        ]

    async def close(self) -> None:
        """Holds nothing."""
