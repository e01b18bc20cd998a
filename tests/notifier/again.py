"""Writes the reviewed cases of the second look: `python -m tests.notifier.again > tests/notifier/again.tsv`.

A message was shown or held back, it is still there after the escalation delay or when the person has just stopped being
active, and is looked at again. Read the differences before you commit them.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

from services.notifier.facts import Facts, Preferences, QuietHours
from services.notifier.rules import decide, decide_again
from tests.notifier.cases import BASE, NOW, WHERE

BEFORE: dict[str, dict[str, Any]] = {
    "a banner": {"clients": WHERE["uses a tab"]},
    "viewing": {"clients": WHERE["views it"]},
    "a browser notification": {"clients": WHERE["tab open, may notify"]},
    "banners off": {"clients": WHERE["uses a tab"], "preferences": Preferences(in_app=False)},
    "presence could not tell": {"clients": None},
    "unread could not tell": {"clients": WHERE["uses a tab"], "reads_known": False},
}
"""What was decided first."""

NOWADAYS: dict[str, dict[str, Any]] = {
    "away": {},
    "has read it": {"read": 7},
    "deleted": {"deleted": True},
    "has left": {"is_member": False},
    "muted": {"muted_until_ms": NOW + 1},
    "snoozed": {"preferences": Preferences(snoozed_until_ms=NOW + 1)},
    "quiet hours": {"preferences": Preferences(quiet=tuple(QuietHours(day, 0, 0) for day in range(7)))},
    "status do not disturb": {"do_not_disturb": True},
    "uses a tab": {"clients": WHERE["uses a tab"]},
    "views it": {"clients": WHERE["views it"]},
    "sits idle before it": {"clients": WHERE["sits idle before it"]},
    "tab open, may notify": {"clients": WHERE["tab open, may notify"]},
    "tab open, may notify, no device": {"clients": WHERE["tab open, may notify"], "reachable": False},
    "tab open, may notify, push off": {
        "clients": WHERE["tab open, may notify"],
        "preferences": Preferences(push=False),
    },
    "away, push off": {"preferences": Preferences(push=False)},
    "away, no device": {"reachable": False},
    "presence cannot tell": {"clients": None},
}
"""What holds now."""


def cases() -> Iterator[tuple[str, str, Facts, Facts]]:
    """Every case: its two columns of words, the facts of before, and those of now."""
    for (before, was), (now, holds) in product(BEFORE.items(), NOWADAYS.items()):
        yield before, now, replace(BASE, **was), replace(BASE, **holds)


def rows() -> Iterator[str]:
    """The lines of the file."""
    yield "before\tnow\tsurface\treason"
    for before, now, was, holds in cases():
        decision = decide_again(decide(was), holds)
        beside = "+PUSH" if decision.push_beside else ""
        yield "\t".join((before, now, decision.surface.value + beside, decision.reason.value))


if __name__ == "__main__":
    sys.stdout.writelines(f"{row}\n" for row in rows())
