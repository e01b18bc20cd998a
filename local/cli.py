"""The command line `conversations`: one module for each verb, imported when the verb is used."""

from importlib import import_module

import typer
import typer.core
import typer.main

COMMANDS = {
    "up": "local.commands.up",
    "demo": "local.commands.demo",
    "watch": "local.commands.watch",
    "send": "local.commands.send",
    "token": "local.commands.token",
    "explain": "local.commands.explain",
    "vapid-keys": "local.commands.vapid_keys",
    "replay": "local.replay.command",
}
"""Where each verb's function is; it has the verb's name, with "_" for "-". All imports together take a second, most
verbs need few."""


class Verbs(typer.core.TyperGroup):
    """The verbs, each made when it is asked for."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """Their names, in the order of a first walk."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: typer.Context, cmd_name: str):  # type: ignore[no-untyped-def, override] # noqa: ANN201
        """One of them; none if there is no such verb."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        verb = typer.Typer(add_completion=False, rich_markup_mode="markdown", pretty_exceptions_show_locals=False)
        verb.command(cmd_name)(getattr(import_module(COMMANDS[cmd_name]), cmd_name.replace("-", "_")))
        return typer.main.get_command(verb)


app = typer.Typer(
    cls=Verbs,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
    pretty_exceptions_show_locals=False,  # locals hold tokens
)


@app.callback()
def conversations() -> None:
    """Conversations on this machine: start everything, send, and see badges and banners move.

    A first walk, each line in a terminal of its own:

    * `conversations up` starts the databases, the four services and the gateway
    * `conversations demo` makes a construction project that keeps talking
    * `conversations watch --tenant northgate --user dana` shows one person's badges and banners, live
    * `conversations send --tenant northgate --user marco --to dana "Are you on site?"`

    `conversations VERB --help` explains each, with examples.
    """


def main() -> None:
    """Runs the command line."""
    app()
