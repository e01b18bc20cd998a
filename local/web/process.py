"""The demo application's host as a process."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from local.demo import content
from local.keys import Issuer
from local.serving import serving
from local.web.host import application
from local.web.project import Host, browser_addresses

DIST = Path(__file__).resolve().parents[2] / "web" / "demo" / "dist"
"""Where the demo application is built to, in a checkout of this repository."""


async def run(dist: Path, key_file: Path, gateway_port: int, port: int) -> None:
    """Serves until SIGTERM or SIGINT; prints the address once it works."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    host = Host.of(content.read(), browser_addresses(gateway_port), Issuer.read(key_file))
    async with serving(application(dist, host), port) as taken:
        print(f"the application is at http://127.0.0.1:{taken}", flush=True)
        await stop.wait()


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="local.web", description="The demo application's host, on 127.0.0.1.")
    parser.add_argument("--dist", type=Path, default=DIST, help="the built application")
    parser.add_argument("--key-file", type=Path, required=True, help="the private key that signs tokens")
    parser.add_argument("--gateway-port", type=int, required=True, help="the gateway's, on this machine")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    options = parser.parse_args()
    try:
        asyncio.run(run(options.dist, options.key_file, options.gateway_port, options.port))
    except OSError as error:
        sys.stderr.write(f"local.web: {error.strerror or error}\n")
        sys.exit(1)
