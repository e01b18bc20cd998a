"""What several commands share: their options, and how their failures are told."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, NoReturn

import grpc
import typer
from rich.console import Console

from local.errors import LocalError
from local.ready import Ready, default_file

Tenant = Annotated[str, typer.Option(help="The tenant (company account); nothing crosses it.")]
User = Annotated[str, typer.Option(help="The person.")]
Against = Annotated[
    Path | None,
    typer.Option(
        metavar="READY_FILE", show_default=".local/ready.json", help="The ready file of the stack to talk to."
    ),
]


def find(against: Path | None) -> Ready:
    """The stack that runs; ends the command with a clear message where none does."""
    try:
        return Ready.read(default_file() if against is None else against)
    except LocalError as error:
        fail(str(error))


def run(work: Coroutine[None, None, None]) -> None:
    """Runs a command's work; a failure becomes a clear message and status 1, a Ctrl-C a quiet end."""
    try:
        asyncio.run(work)
    except LocalError as error:
        fail(str(error))
    except grpc.aio.AioRpcError as error:
        fail(f"{error.code().name}: {error.details()}")
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def fail(words: str) -> NoReturn:
    """Ends the command with a message and status 1."""
    Console(stderr=True, highlight=False).print(words, style="red", markup=False, soft_wrap=True)
    raise typer.Exit(1)
