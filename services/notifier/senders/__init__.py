"""What carries pushes to devices: a sender for each push service, all with the same face."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from services.notifier.records import Content, Device


class Act(Enum):
    """What a push does on the device.

    Attributes:
        SHOW: shows a notification.
        REPLACE: changes the text of one that is shown already, as after an edit; silent.
        CLEAR: takes back what is shown, because it was read or deleted, and sets the icon's number; silent.
    """

    SHOW = "SHOW"
    REPLACE = "REPLACE"
    CLEAR = "CLEAR"


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
        reason: what the push service answered, in words that are safe to show ("201", "410 gone"); names no target.
        after_ms: not to be tried again sooner, ms.
        gone: the push service says that the target is no more: forget the device.
        status: the HTTP status of the answer; 0 if there was none.
    """

    result: Result
    reason: str = ""
    after_ms: int = 0
    gone: bool = False
    status: int = 0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One push: what to do, where.

    Attributes:
        act: what it does on the device.
        content: of the message, made safe.
        device: where to.
        badge: the person's true total of unread messages; None if it is not known.
        mentioned: the message mentions the person, so it is urgent.
        count: how many messages this one alert stands for.
        clear_up_to: of CLEAR: every notification of the conversation up to this number is taken back.
        expires_ms: what arrives later is of no use, ms since 1970 UTC; 0 for no such moment.
        nonce: names the delivery; the same on a retry.
    """

    act: Act
    content: Content
    device: Device
    badge: int | None
    mentioned: bool = False
    count: int = 1
    clear_up_to: int = 0
    expires_ms: int = 0
    nonce: str = ""


class Sender(Protocol):
    """Sends pushes of one transport.

    One bad or slow target never holds up the others of a batch for longer than the sender's time-out, and each outcome
    stands for its own push only.
    """

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[Outcome]:
        """Sends each; the outcomes are in the batch's order. What raises is tried again, all of it."""

    async def close(self) -> None:
        """Gives back what the sender holds."""
