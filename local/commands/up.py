"""`conversations up`: everything on this machine."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from local.console import Terminal
from local.errors import LocalError
from local.folder import DEFAULT, Folder, lasting, passing
from local.greeting import print_greeting
from local.keys import Issuer
from local.parts import Plan
from local.ports import BASE, GATEWAY, Ports
from local.stack import Stack


def up(
    ephemeral: Annotated[
        bool,
        typer.Option(
            "--ephemeral", help="Keep nothing: a temporary folder, and free ports unless --port-base is given."
        ),
    ] = False,
    ready_file: Annotated[
        Path | None,
        typer.Option(help="Also write the addresses of every part here, as JSON, once all are healthy."),
    ] = None,
    folder: Annotated[Path, typer.Option(help="Where data, keys and logs are kept.")] = DEFAULT,
    port_base: Annotated[
        int | None,
        typer.Option(
            min=1024,
            max=65_000,
            show_default=f"{BASE}",
            help="Services listen on base+1 to base+4, metrics on base+11 to base+14, MongoDB on base+17, Valkey on "
            "base+79, Envoy's admin on base+90; the gateway then on base+80.",
        ),
    ] = None,
    gateway_port: Annotated[
        int | None, typer.Option(min=1, max=65_535, show_default=f"{GATEWAY}", help="The gateway's port.")
    ] = None,
) -> None:
    """Start the databases, the four services and the gateway; Ctrl-C ends all of them.

    What was written survives in `.local/`: messages, badges, keys, logs.

    **Examples**

    * `conversations up`
    * `conversations up --ephemeral` beside another one, on free ports, keeping nothing
    * `conversations up --ephemeral --ready-file /tmp/ready.json` for tests: wait for the file, then read it
    * `conversations up --port-base 7300` where the usual ports are taken
    """
    console = Console(highlight=False)
    try:
        with passing() if ephemeral else lasting(folder) as place:
            asyncio.run(_run(console, place, _ports(ephemeral, port_base, gateway_port), ready_file))
    except LocalError as error:
        Console(stderr=True, highlight=False).print(f"{error}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None


def _ports(ephemeral: bool, base: int | None, gateway: int | None) -> Ports:
    if ephemeral and base is None:
        return Ports.free(gateway)
    default = GATEWAY if base is None else base + 80
    return Ports.from_base(BASE if base is None else base, default if gateway is None else gateway)


async def _run(console: Console, place: Folder, ports: Ports, ready_file: Path | None) -> None:
    ports.check()
    terminal = Terminal(console)
    terminal.say(f"starting MongoDB, Valkey, four services and Envoy; data in {place.root}")
    stack = Stack(Plan(place, ports, Issuer.open(place.keys)), terminal)
    files = [place.ready_file, *([ready_file.absolute()] if ready_file else [])]
    await stack.run(files, lambda ready: print_greeting(console, ready, place.ready_file))
    terminal.say("ended")
