"""One POST to a push service: bounded in time, in size and in where it may lead."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

_NO_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None, ceil_threshold=0)


class UnansweredError(Exception):
    """There was no answer that makes sense; the words say why, and name no target."""


class RefusedAddressError(OSError):
    """The host has no address to which pushes may go."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a push service answered.

    Attributes:
        status: of HTTP.
        retry_after: the header of that name; None without one.
        body: its beginning.
    """

    status: int
    retry_after: str | None = None
    body: bytes = field(default=b"", repr=False)


class Post:
    """Keeps connections to push services, and sends over them.

    It follows no redirect, keeps no cookie, knows no proxy of the environment, and reads no more than it was told.

    Args:
        connector: makes the connections.
        timeout_s: from the look-up of the host to the last byte that is read, s.
        read_bytes: so much of an answer is read, bytes; the rest is cut off with its connection.
    """

    def __init__(self, connector: aiohttp.BaseConnector, timeout_s: float, read_bytes: int) -> None:
        self._timeout_s = timeout_s
        self._read_bytes = read_bytes
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=_NO_TIMEOUT,
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
        )

    async def __call__(self, url: URL, headers: Mapping[str, str], body: bytes) -> Answer:
        """Sends.

        Raises:
            UnansweredError: there was no answer, or none in time.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._session.post(url, headers=headers, data=body, allow_redirects=False)
                try:
                    beginning = await self._beginning(response.content)
                    return Answer(response.status, response.headers.get("Retry-After"), beginning)
                finally:
                    # Closes the connection if there is more to come.
                    response.release()
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise UnansweredError(_words(error)) from None

    async def close(self) -> None:
        """Closes all connections."""
        await self._session.close()

    async def _beginning(self, content: aiohttp.StreamReader) -> bytes:
        parts, left = [], self._read_bytes
        while left and (part := await content.read(left)):
            parts.append(part)
            left -= len(part)
        return b"".join(parts)


def _words(error: BaseException) -> str:
    """Why there was no answer; of the error's own words none is used, because they may hold anything."""
    if isinstance(error, TimeoutError):
        return "timed out"
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, RefusedAddressError):
        return "address not allowed"
    if isinstance(error, (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError)) or isinstance(
        cause, ssl.SSLError
    ):
        return "TLS error"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "host not found"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "cannot be reached"
    if isinstance(error, (aiohttp.ServerConnectionError, OSError)):
        return "connection lost"
    return "no proper answer"
