"""What `conversations up` says once everything is healthy."""

import os
import shutil
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.ready import Ready, default_file

WHAT = {
    "messaging": "conversations and messages",
    "unread": "read pointers and badges",
    "presence": "who is here, in which tab",
    "notifier": "banners and pushes",
}


def print_greeting(console: Console, ready: Ready, ready_file: Path) -> None:
    """Prints where everything is, and what to try next."""
    console.print()
    console.print(_services(ready))
    console.print()
    for what, where in (
        ("MongoDB", ready.mongodb),
        ("Valkey", ready.valkey),
        ("data, logs, keys", ready.folder),
        ("pushes", f"{ready.stub_file} (what the stub sender would have pushed)"),
    ):
        _line(console, f"{what:<18}", where)
    console.print()
    console.print(Text("Try next, in another terminal:", style="bold"))
    against = "" if ready_file == default_file().absolute() else f" --against {ready_file}"
    for what, command in (
        ("a construction project that keeps talking", "demo"),
        ("one person's badges and banners, live", "watch --tenant northgate --user dana"),
        ("a message to dana", 'send --tenant northgate --user marco --to dana "Are you on site?"'),
        ("a bearer token for your own client", "token --tenant northgate --user dana"),
    ):
        _line(console, f"{what:<44}", f"{program()} {command}{against}", style="cyan")
    console.print(Text("Ctrl-C ends everything.", style="bold"))
    console.print()


def program() -> str:
    """How this command line is called from the current directory."""
    if shutil.which("uv"):
        return "uv run conversations"
    script = Path(sys.prefix) / "bin" / "conversations"
    return os.path.relpath(script) if script.is_relative_to(Path.cwd()) else str(script)


def _line(console: Console, label: str, value: str, style: str = "") -> None:
    # Not wrapped, so that it can be copied.
    console.print(Text.assemble((label, "bright_black"), (value, style)), soft_wrap=True)


def _services(ready: Ready) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("part", "address", "metrics", "what"):
        table.add_column(heading)
    table.add_row("gateway", ready.gateway, "", "gRPC-Web for browsers, gRPC")
    for name, what in WHAT.items():
        table.add_row(name, getattr(ready, name), _port(ready.metrics[name]), what)
    return table


def _port(address: str) -> str:
    return f":{address.rsplit(':', 1)[1]}"
