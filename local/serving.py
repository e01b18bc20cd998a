"""An HTTP application on loopback, while somebody needs it."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def serving(app: web.Application, port: int, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serves on 127.0.0.1; answers the port.

    Args:
        app: what is served.
        port: 0 takes a free one.
        context: the certificate, for https; None for http.

    Raises:
        OSError: the port is taken.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port, ssl_context=context)
        await site.start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
