"""`conversations demo`: a construction project that keeps talking."""

import random
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from local.client import Connection
from local.commands.options import Against, find, run
from local.demo import content
from local.demo.content import Project
from local.demo.play import Play
from local.greeting import program
from local.ready import Ready, default_file


def demo(
    for_s: Annotated[float | None, typer.Option("--for", metavar="SECONDS", help="End by itself after this.")] = None,
    pace: Annotated[
        float | None,
        typer.Option(
            min=0.05,
            max=60,
            show_default="1.2, and 5 while somebody is there in a browser",
            help="About how long between two messages, s.",
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Repeat an order of messages; else it is another each time.")] = None,
    against: Against = None,
) -> None:
    """Let a construction project talk: a dozen people, RFIs, submittals, change orders, punch items.

    Everything goes through the running stack as real calls of these people. Some of them sit at a desk and read, some
    carry a phone. Be one of them in the web application: for whom you are, nobody else speaks or reads, and what you
    write is answered. Or watch one of them in another terminal.

    **Examples**

    * `conversations demo` and, beside it, the link that `conversations up` printed
    * `conversations demo` and, beside it, `conversations watch --tenant northgate --user dana`
    * `conversations demo --pace 0.3 --for 60` a busy minute
    """
    ready = find(against)
    run(_demo(ready, default_file() if against is None else against, for_s, pace, random.Random(seed)))  # noqa: S311


async def _demo(ready: Ready, ready_file: Path, for_s: float | None, pace: float | None, chance: random.Random) -> None:
    project = content.read()
    console = Console(highlight=False)
    introduce(console, project, ready.web, "" if ready_file == default_file() else f" --against {ready_file}")
    async with Connection(ready) as connection:
        await Play(connection, project, console, ready_file, pace, chance).run(for_s)


def introduce(console: Console, project: Project, web: str, against: str) -> None:
    """Says who is who, and whom to watch."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("user", "name", "role", ""):
        table.add_column(heading)
    for user, person in project.people.items():
        where = "at a desk" if user in project.attached else "with a phone" if user in project.devices else ""
        table.add_row(user, person.name, person.role, where)
    console.print(table)
    watch = f"{program()} watch --tenant {project.tenant} --user {project.watch}{against}"
    name = project.people[project.watch].name
    if web:
        console.print(f"\nBe {name} in a browser:\n  [bold bright_cyan]{web}/?as={project.watch}[/]", soft_wrap=True)
    console.print(f"\nWatch {name} in another terminal:\n  [cyan]{watch}[/cyan]\n", soft_wrap=True)
