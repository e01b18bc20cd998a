"""What carries pushes to devices: a sender for each push service, all with the same face."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from services.notifier.records import Content, Device


class Result(Enum):
    """What a push service made of one push."""

    SENT = "SENT"
    RETRY = "RETRY"
    DEAD = "DEAD"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one push.

    Attributes:
        result: taken, to be tried again, or refused for good.
        reason: why, for the record; names no target.
        after_ms: not to be tried again sooner, ms.
        gone: the push service says that the target is no more: forget the device.
    """

    result: Result
    reason: str = ""
    after_ms: int = 0
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One push: what to show, where."""

    content: Content
    device: Device


class Sender(Protocol):
    """Sends pushes of one transport."""

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[Outcome]:
        """Sends each; the outcomes are in the batch's order. What raises is tried again, all of it."""

    async def close(self) -> None:
        """Gives back what the sender holds."""
