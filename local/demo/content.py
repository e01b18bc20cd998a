"""The demo's project as values, read from `project.yaml`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("project.yaml")


@dataclass(frozen=True)
class Line:
    """What somebody says.

    Attributes:
        author: who.
        text: the words; `@dana` mentions dana, `@everyone` everyone.
        under: the line of the same exchange, from 1, under which it is a reply; 0 for none.
        was: what was said first, by mistake, and is edited a little later; empty for nothing.
    """

    author: str
    text: str
    under: int = 0
    was: str = ""


@dataclass(frozen=True)
class Someone:
    """A person of the project."""

    name: str
    role: str


@dataclass(frozen=True)
class Talk:
    """A conversation and what is said in it.

    Attributes:
        key: names it within the demo.
        kind: `group`, `item` or `direct`.
        members: user names; the first creates it.
        threads: exchanges, each said in order.
        title: empty for a direct one.
        tool: for an item: its tool.
        item: for an item: its id within the tool.
        link: for an item: where it is found.
    """

    key: str
    kind: str
    members: tuple[str, ...]
    threads: tuple[tuple[Line, ...], ...]
    title: str = ""
    tool: str = ""
    item: str = ""
    link: str = ""

    @property
    def lines(self) -> list[Line]:
        """Everything that is said, in order."""
        return [line for thread in self.threads for line in thread]


@dataclass(frozen=True)
class Project:
    """The whole demo.

    Attributes:
        project: the project's id.
        name: the project's name.
        tenant: the tenant.
        people: by user name.
        watch: the user name of whom a newcomer should watch.
        attached: who sits at a desk, with a tab, and reads.
        devices: who carries a phone with the app.
        talks: the conversations.
    """

    project: str
    name: str
    tenant: str
    people: Mapping[str, Someone]
    watch: str
    attached: Sequence[str]
    devices: Sequence[str]
    talks: Sequence[Talk]


def read(file: Path = FILE) -> Project:
    """Reads the project.

    Raises:
        OSError: the file cannot be read.
        KeyError: something is missing in it.
    """
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    return Project(
        project=content["project"],
        name=content["name"],
        tenant=content["tenant"],
        people={user: Someone(**entry) for user, entry in content["people"].items()},
        watch=content["watch"],
        attached=content["attached"],
        devices=content["devices"],
        talks=[_talk(entry) for entry in content["conversations"]],
    )


def _talk(entry: dict[str, Any]) -> Talk:
    threads = tuple(tuple(_line(*line) for line in thread) for thread in entry["threads"])
    return Talk(**{**entry, "members": tuple(entry["members"]), "threads": threads})


def _line(author: str, text: str, more: Mapping[str, Any] | None = None) -> Line:
    return Line(author, text, **(more or {}))
