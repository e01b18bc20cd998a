"""A push service that takes everything: HTTPS, and one answer for each request. `python -m bench.sink FOLDER`.

It writes its certificate authority into the folder, prints its port, and serves until SIGTERM.
"""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

import uvloop

from bench.cores import keep_to
from local.push.certificates import authority

ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"


class Connection(asyncio.Protocol):
    """Reads requests with a Content-Length, and answers each."""

    def __init__(self) -> None:
        self._transport: Any = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the transport."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answers what has arrived whole."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end].lower()
            length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
            if len(self._received) < end + 4 + length:
                return
            self._received = self._received[end + 4 + length :]
            self._transport.write(ANSWER)


async def main() -> None:
    """Serves."""
    keep_to(0)
    _, context = authority(Path(sys.argv[1]))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    server.close()


if __name__ == "__main__":
    uvloop.run(main())
