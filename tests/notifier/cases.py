"""Writes the reviewed cases of the decision table: `python -m tests.notifier.cases > tests/notifier/cases.tsv`.

Every case is a line: the facts in words, then the surface and the reason. Read the differences before you commit them.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from services.notifier.facts import Client, Facts, Kind, Level, Preferences, PushTiming, QuietHours, Tab
from services.notifier.rules import decide

NOW = 1_760_000_000_000
IDLE = 180_000
HERE = "g_here"

BASE = Facts(
    conversation=HERE, number=7, author="ann", kind=Kind.GROUP, now_ms=NOW, idle_ms=IDLE, clients=(), person="bob"
)
"""Facts that every case begins with: a new message of a group, and a person who is nowhere."""


def _seat(focused: bool, age: int, shows: str = "", *, may_notify: bool = False, off: bool = False) -> Client:
    return Client("laptop", may_notify, (Tab("t1", True, focused, age, shows),), off)


WHERE: dict[str, tuple[Client, ...] | None] = {
    "away": (),
    "views it": (_seat(True, 0, HERE),),
    "uses a tab": (_seat(True, 0, may_notify=True),),
    "uses a tab, banners off on it": (_seat(True, 0, off=True),),
    "sits idle before it": (_seat(True, IDLE + 1, HERE),),
    "tab open, may notify": (_seat(False, 9_000, may_notify=True),),
    "tab open, may not notify": (_seat(False, 9_000),),
    "presence cannot tell": None,
}
"""Where the person is."""

WHO = {
    "a member": {},
    "the author": {"author": "bob"},
    "has left": {"is_member": False},
    "deleted": {"deleted": True},
    "has read it": {"read": 7},
    "unread cannot tell": {"reads_known": False},
    "muted": {"muted_until_ms": NOW + 1},
    "told of mentions": {"level": Level.MENTIONS},
    "told of nothing": {"level": Level.NOTHING},
    "status do not disturb": {"do_not_disturb": True},
}
"""What holds for the message and the person."""

CHOSEN = {
    "nothing chosen": Preferences(),
    "mentions break mute": Preferences(mention_breaks_mute=True),
    "groups off": Preferences(kinds_off=frozenset({Kind.GROUP})),
    "snoozed": Preferences(snoozed_until_ms=NOW + 1),
    "quiet hours": Preferences(quiet=tuple(QuietHours(day, 0, 0) for day in range(7))),
    "push off": Preferences(push=False),
    "banners off": Preferences(in_app=False),
    "browser off": Preferences(browser=False),
    "push always": Preferences(push_timing=PushTiming.ALWAYS),
}
"""What the person has chosen."""


def cases() -> Iterator[tuple[tuple[str, str, str, str], Facts]]:
    """Every case: its four columns of words, and the facts."""
    for (who, changes), (where, clients), (chosen, preferences), mentioned in product(
        WHO.items(), WHERE.items(), CHOSEN.items(), (False, True)
    ):
        # Choices are crossed with what a member meets; the rest with the choice that could change it.
        if who != "a member" and chosen not in {"nothing chosen", "mentions break mute"}:
            continue
        facts = replace(BASE, clients=clients, preferences=preferences, mentioned=mentioned, **changes)  # type: ignore[arg-type]
        yield (who, where, chosen, "mentioned" if mentioned else "-"), facts


def rows() -> Iterator[str]:
    """The lines of the file."""
    yield "who\twhere\tchosen\tmentioned\tsurface\treason"
    for words, facts in cases():
        decision = decide(facts)
        beside = "+PUSH" if decision.push_beside else ""
        yield "\t".join((*words, decision.surface.value + beside, decision.reason.value))


if __name__ == "__main__":
    sys.stdout.writelines(f"{row}\n" for row in rows())
