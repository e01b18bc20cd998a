"""What `conversations up` says once everything is healthy."""

import os
import shutil
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.demo import content
from local.ready import Ready, default_file

OTHER = "marco"
"""Whom a second window might be."""

WHAT = {
    "messaging": "conversations and messages",
    "unread": "read pointers and badges",
    "presence": "who is here, in which tab",
    "notifier": "banners and pushes",
}


def print_greeting(console: Console, ready: Ready, ready_file: Path) -> None:
    """Prints where everything is, and what to try next."""
    project = content.read()
    console.print()
    _application(console, ready, project.watch)
    console.print()
    console.print(_services(ready))
    console.print()
    for what, where in (
        ("MongoDB", ready.mongodb),
        ("Valkey", ready.valkey),
        ("data, logs, keys", ready.folder),
        ("phones", f"{ready.fcm} (stands for FCM; `watch` shows what a phone shows)"),
    ):
        _line(console, f"{what:<18}", where)
    console.print()
    console.print(Text("Try next, in another terminal:", style="bold"))
    against = "" if ready_file == default_file().absolute() else f" --against {ready_file}"
    who = f"--tenant {project.tenant} --user"
    for what, command in (
        ("a construction project that keeps talking", "demo"),
        ("one person's badges, banners and phone, live", f"watch {who} {project.watch}"),
        ("a message to dana", f'send {who} marco --to {project.watch} "Are you on site?"'),
        ("a bearer token for your own client", f"token {who} {project.watch}"),
    ):
        _line(console, f"{what:<46}", f"{program()} {command}{against}", style="cyan")
    console.print(Text("Ctrl-C ends everything.", style="bold"))
    console.print()


def _application(console: Console, ready: Ready, person: str) -> None:
    """The link, before everything else; how to get one, where the application is not built."""
    if not ready.web:
        console.print(
            Text("The web application is not built: `make web-build`, then start again.", style="bold yellow")
        )
        return
    _line(console, "  Open  ", f"{ready.web}/?as={person}", style="bold bright_cyan")
    _line(console, "        ", f"{ready.web}/?as={OTHER} is somebody else: two windows can talk to each other")


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
