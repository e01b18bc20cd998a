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
    it, oldest first. What the devices of an earlier run showed, they still show: of it, the file keeps the last line of
    each device.

    Args:
        path: the file; it is made if there is none.
        transport: the push service's name.
    """

    def __init__(self, path: Path, transport: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.lines: list[dict[str, Any]] = []
        self._transport = transport
        self._devices: defaultdict[str, Device] = defaultdict(Device)
        kept = self._restore()
        self._file = path.open("w", encoding="utf-8")
        self._file.writelines(kept)
        self._file.flush()

    def of(self, target: str) -> Device:
        """The device of a target."""
        return self._devices[target]

    def state(self, target: str) -> dict[str, Any]:
        """What the device of a target shows, as values; it is not known before anything was pushed to it."""
        device = self._devices.get(target)
        shown = device or Device()
        return {"known": device is not None, "badge": shown.badge, "tray": [dict(one) for one in shown.tray.values()]}

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
        self._file.write(_text(line) + "\n")
        self._file.flush()

    def _restore(self) -> list[str]:
        """Sets the devices to what the file says last of each; answers those lines."""
        last: dict[str, str] = {}
        if self.path.exists():
            for text in self.path.read_text(encoding="utf-8").splitlines(keepends=True):
                try:
                    line = json.loads(text)
                    device = self._devices[line["target"]]
                    device.tray = {shown["tag"]: shown for shown in line["tray"]}
                    device.badge = device.badge if line["badge"] is None else line["badge"]
                except (ValueError, KeyError, TypeError):
                    continue  # half a line, of a run that was killed
                last[line["target"]] = _text({**line, "badge": device.badge}) + "\n"
        return list(last.values())

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def _text(line: Mapping[str, Any]) -> str:
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


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
