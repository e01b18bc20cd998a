"""How things are written into the store.

A report is compact JSON, `[switches, [tab, state, input time, conversation]...]`. The switches are the permission,
plus 256 where in-app banners are off.
"""

import json
from typing import Any

from services.presence.rules import Report, Tab
from services.presence.statuses import Chosen, Status

_VISIBLE = 1
_FOCUSED = 2
_IN_APP_OFF = 256


def dump(report: Report) -> str:
    """The content of a report; its sequence stands in the lease."""
    content: list[Any] = [report.permission | (_IN_APP_OFF if report.in_app_off else 0)]
    for tab in report.tabs:
        state = (_VISIBLE if tab.visible else 0) | (_FOCUSED if tab.focused else 0)
        content.append([tab.tab, state, tab.input_at, tab.conversation])
    return json.dumps(content, separators=(",", ":"))


def load(sequence: int, content: bytes) -> Report:
    """The report of its sequence and its content."""
    switches, *tabs = json.loads(content)
    return Report(
        sequence,
        switches & ~_IN_APP_OFF,
        tuple(
            Tab(tab, bool(state & _VISIBLE), bool(state & _FOCUSED), input_at, conversation)
            for tab, state, input_at, conversation in tabs
        ),
        in_app_off=bool(switches & _IN_APP_OFF),
    )


def dump_chosen(chosen: Chosen) -> str:
    """A chosen status."""
    return f"{chosen.status:d} {chosen.until} {chosen.seen}"


def load_chosen(content: bytes | None) -> Chosen | None:
    """A chosen status; None for nothing."""
    if content is None:
        return None
    status, until, seen = content.split(b" ")
    return Chosen(Status(int(status)), int(until), int(seen))


def chosen_garbage_ms(chosen: Chosen, now: int, after_ms: int) -> int:
    """After how long a chosen status is garbage, ms: so long after its end, or after it was taken back; 0 for never."""
    if not chosen.holds(now):
        return after_ms
    return chosen.until - now + after_ms if chosen.until else 0
