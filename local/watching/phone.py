"""What a person's phone shows: the tray and the number on the app's icon. Pure: no clock, no network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Notification:
    """A notification in the tray.

    Attributes:
        tag: names it; one with the same tag is replaced.
        title: its first line.
        text: its second.
        count: how many messages it stands for.
    """

    tag: str
    title: str
    text: str
    count: int


@dataclass(frozen=True)
class PhoneShown:
    """A notification appeared in the tray, or has another text now."""

    notification: Notification


@dataclass(frozen=True)
class PhoneCleared:
    """A notification disappeared from the tray."""

    tag: str


@dataclass(frozen=True)
class PhoneBadge:
    """The number on the app's icon is another one now."""

    unread: int


PhoneChange = PhoneShown | PhoneCleared | PhoneBadge


@dataclass
class Phone:
    """A phone, folded from what this machine's FCM says of it.

    Attributes:
        known: whether anything was ever pushed to it.
        badge: the number on the app's icon.
        tray: by tag, oldest first.
    """

    known: bool = False
    badge: int = 0
    tray: dict[str, Notification] = field(default_factory=dict)

    def take(self, said: Mapping[str, Any]) -> list[PhoneChange]:
        """Takes what the phone shows now; returns what is different."""
        shown = [Notification(one["tag"], one["title"], one["text"], one["count"]) for one in said["tray"]]
        tray = {one.tag: one for one in shown}
        changes: list[PhoneChange] = [PhoneCleared(tag) for tag in self.tray if tag not in tray]
        changes += [PhoneShown(one) for one in shown if self.tray.get(one.tag) != one]
        if (badge := said["badge"] or 0) != self.badge:
            changes.append(PhoneBadge(badge))
        self.known, self.badge, self.tray = said["known"], badge, tray
        return changes
