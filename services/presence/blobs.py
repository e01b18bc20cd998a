"""How a report is written into the store: compact JSON, `[permission, [tab, state, input time, conversation]...]`."""

import json
from typing import Any

from services.presence.rules import Report, Tab

_VISIBLE = 1
_FOCUSED = 2


def dump(report: Report) -> str:
    """The content of a report; its sequence stands in the lease."""
    content: list[Any] = [report.permission]
    for tab in report.tabs:
        state = (_VISIBLE if tab.visible else 0) | (_FOCUSED if tab.focused else 0)
        content.append([tab.tab, state, tab.input_at, tab.conversation])
    return json.dumps(content, separators=(",", ":"))


def load(sequence: int, content: bytes) -> Report:
    """The report of its sequence and its content."""
    permission, *tabs = json.loads(content)
    return Report(
        sequence,
        permission,
        tuple(
            Tab(tab, bool(state & _VISIBLE), bool(state & _FOCUSED), input_at, conversation)
            for tab, state, input_at, conversation in tabs
        ),
    )
