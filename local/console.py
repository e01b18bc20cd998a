"""What `conversations up` writes to the terminal: the parts' log lines, each behind its part's name in a colour."""

import json
import re

from rich.console import Console
from rich.text import Text

COLOURS = {
    "messaging": "cyan",
    "unread": "green",
    "presence": "magenta",
    "notifier": "yellow",
    "gateway": "blue",
    "web": "bright_blue",
    "push": "bright_yellow",
    "mongodb": "bright_black",
    "valkey": "bright_black",
    "up": "white",
}

WIDTH = max(len(name) for name in COLOURS)

ENVOY = re.compile(r"^\[[^\]]+\]\[\d+\]\[(warning|error|critical)\]")
VALKEY = re.compile(r"^\d+:[MSC] .{20,30} # ")
"""Valkey marks warnings with `#`."""


class Terminal:
    """Prints lines of parts; lines of databases and of the gateway only when they warn.

    Args:
        console: where to.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self.calm = False
        """True once everything is healthy: from then on warnings of databases and gateway are shown. What they say
        while they start (no access control, kernel settings) is in their log files."""

    def show(self, part: str, line: str) -> None:
        """Prints a line of a part, if it is one to be shown."""
        if part in WARNS and not (self.calm and WARNS[part](line)):
            return
        self.say(line.removesuffix(f" service={part}"), part, style=_style(line))

    def say(self, text: str, part: str = "up", style: str = "") -> None:
        """Prints lines behind the name of a part."""
        for line in text.splitlines():
            self._console.print(
                Text.assemble((f"{part:>{WIDTH}}", COLOURS.get(part, "white")), (" │ ", "bright_black"), (line, style)),
                soft_wrap=True,
            )


def mongodb_warns(line: str) -> bool:
    """Whether a line of mongod's log (JSON) is a warning, an error or the word of a crash."""
    try:
        entry = json.loads(line)
    except ValueError:
        return True
    return isinstance(entry, dict) and entry.get("s") in {"W", "E", "F"}


def valkey_warns(line: str) -> bool:
    """Whether a line of Valkey's log is a warning."""
    return VALKEY.match(line) is not None


def envoy_warns(line: str) -> bool:
    """Whether a line of Envoy is a warning or worse; access log lines are not."""
    return ENVOY.match(line) is not None


def push_warns(line: str) -> bool:
    """Whether a line of the push services is a complaint; they say in JSON that they work."""
    return not line.startswith("{")


WARNS = {"mongodb": mongodb_warns, "valkey": valkey_warns, "gateway": envoy_warns, "push": push_warns}


def _style(line: str) -> str:
    level = re.search(r"\[(warning|error|critical)\s*\]", line)
    if level is None:
        return ""
    return "yellow" if level[1] == "warning" else "red"
