"""`conversations up`: everything on this machine."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from local.console import Terminal
from local.errors import LocalError
from local.folder import DEFAULT, lasting, passing
from local.greeting import print_greeting
from local.keys import Issuer
from local.parts import Plan
from local.ports import BASE, GATEWAY, Ports
from local.stack import Stack
from local.web.process import DIST


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
            help="The web application listens on base+81, services on base+1 to base+4, their metrics on base+11 to "
            "base+14, MongoDB on base+17, push services on base+60 and base+61, Valkey on base+79, Envoy's admin on "
            "base+90; the gateway then on base+80.",
        ),
    ] = None,
    gateway_port: Annotated[
        int | None, typer.Option(min=1, max=65_535, show_default=f"{GATEWAY}", help="The gateway's port.")
    ] = None,
    application: Annotated[
        Path, typer.Option(show_default="web/demo/dist", help="The built web application that is served.")
    ] = DIST,
) -> None:
    """Start everything: databases, services, gateway, push services, the web application; Ctrl-C ends all of it.

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
            ports = _ports(ephemeral, port_base, gateway_port)
            asyncio.run(_run(console, Plan(place, ports, Issuer.open(place.keys), application.absolute()), ready_file))
    except LocalError as error:
        Console(stderr=True, highlight=False).print(f"{error}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None


def _ports(ephemeral: bool, base: int | None, gateway: int | None) -> Ports:
    if ephemeral and base is None:
        return Ports.free(gateway)
    default = GATEWAY if base is None else base + 80
    return Ports.from_base(BASE if base is None else base, default if gateway is None else gateway)


async def _run(console: Console, plan: Plan, ready_file: Path | None) -> None:
    plan.ports.check()
    place, terminal = plan.folder, Terminal(console)
    terminal.say(f"starting MongoDB, Valkey, four services, Envoy and what is around them; data in {place.root}")
    files = [place.ready_file, *([ready_file.absolute()] if ready_file else [])]
    await Stack(plan, terminal).run(files, lambda ready: print_greeting(console, ready, place.ready_file))
    terminal.say("ended")
