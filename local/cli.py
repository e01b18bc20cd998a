"""The command line `conversations`: one function of `local.commands` for each verb."""

import typer

from local.commands.demo import demo
from local.commands.send import send
from local.commands.token import token
from local.commands.up import up
from local.commands.watch import watch
from local.replay.command import replay

app = typer.Typer(
    name="conversations",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
    pretty_exceptions_show_locals=False,  # locals hold tokens
    help="""Conversations on this machine: start everything, send, and see badges and banners move.

A first walk, each line in a terminal of its own:

* `conversations up` starts the databases, the four services and the gateway
* `conversations demo` makes a construction project that keeps talking
* `conversations watch --tenant northgate --user dana` shows one person's badges and banners, live
* `conversations send --tenant northgate --user marco --to dana "Are you on site?"`
""",
)

app.command()(up)
app.command()(demo)
app.command()(watch)
app.command()(send)
app.command()(token)
app.command()(replay)


def main() -> None:
    """Runs the command line."""
    app()
