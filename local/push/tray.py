"""What a device shows: the notifications in its tray and the number on its icon, and a file that tells of each push."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Device:
    """One phone or browser.

    Attributes:
        tray: tag to the notification that is shown under it.
        badge: the number on its icon; None until one was sent.
    """

    tray: dict[str, dict[str, Any]] = field(default_factory=dict)
    badge: int | None = None


class Devices:
    """All devices of one push service; writes a line of JSON for each push.

    A line has what was pushed, `effect` (shown, replaced, cleared or nothing) and `tray`: what the device shows after
    it, oldest first.

    Args:
        path: the file; it is made if there is none.
        transport: the push service's name.
    """

    def __init__(self, path: Path, transport: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.lines: list[dict[str, Any]] = []
        self._file = path.open("a", encoding="utf-8")
        self._transport = transport
        self._devices: defaultdict[str, Device] = defaultdict(Device)

    def of(self, target: str) -> Device:
        """The device of a target."""
        return self._devices[target]

    def push(self, target: str, push: Mapping[str, Any], more: Mapping[str, Any] | None = None) -> None:
        """A push arrives on a device.

        Args:
            target: the device's.
            push: act, tag, conversation, number, title, text, author, badge, count, at_ms, clear_up_to.
            more: beside it, for the file.
        """
        device = self._devices[target]
        effect = _apply(device, push)
        line = {
            "transport": self._transport,
            "target": target,
            **push,
            **(more or {}),
            "effect": effect,
            "tray": [dict(shown) for shown in device.tray.values()],
        }
        self.lines.append(line)
        self._file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def _apply(device: Device, push: Mapping[str, Any]) -> str:
    """What a well-made app does on a push."""
    if push["badge"] is not None:
        device.badge = push["badge"]
    tag, act = push["tag"], push["act"]
    known = tag in device.tray
    if act == "CLEAR":
        gone = [
            shown
            for shown, entry in device.tray.items()
            if shown == tag
            or (entry["conversation"] == push["conversation"] and entry["number"] <= push["clear_up_to"])
        ]
        for shown in gone:
            del device.tray[shown]
        return "cleared" if gone else "nothing"
    if act == "REPLACE" and not known:
        return "nothing"
    entry = {name: push[name] for name in ("tag", "conversation", "number", "title", "text", "count")}
    device.tray[tag] = entry
    return "replaced" if known else "shown"
