"""Push services, and the phones and browsers behind them: they take, refuse, are busy, fail, or lose their answer."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from services.notifier.senders import Act, Outcome, Outgoing, Result
from tests.conftest import ManualClock
from tests.simulation.people import Device, Person


@dataclass(eq=False)
class Received:
    """What a push service was sent.

    Attributes:
        taken: it took it, whatever it answered.
        answered: what it answered: "sent", "lost" (the answer never arrived), "busy", "failed", "refused", "gone".
    """

    at_ms: int
    person: str
    device: str
    act: str
    conversation: str
    number: int
    nonce: str
    count: int
    taken: bool
    answered: str


def chance(*parts: object) -> float:
    """A number from 0 to 1 that depends on nothing but its parts."""
    digest = hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


class PushServices:
    """All push services; what they do to a push depends on the seed and its name only."""

    def __init__(self, seed: int, clock: ManualClock, people: dict[str, Person]) -> None:
        self.received: list[Received] = []
        self.before: Callable[[Outgoing], None] = lambda _: None
        self.after: Callable[[Received], None] = lambda _: None
        self._seed = seed
        self._clock = clock
        self._people = people
        self._tries: dict[str, int] = {}
        self._targets: dict[str, Device] = {}
        self.trouble = True

    def known(self, device: Device) -> None:
        """A device got an address."""
        self._targets[device.target] = device

    def send(self, push: Outgoing) -> Outcome:
        """Takes one push."""
        self.before(push)
        now, device = self._clock(), self._targets[push.device.target]
        tries = self._tries[push.nonce] = self._tries.get(push.nonce, 0) + 1
        answer = self._answer(device, push.nonce, tries, now)
        taken = answer in {"sent", "lost"}
        if taken:
            _arrive(device, push)
        self.received.append(
            Received(
                now,
                push.device.person,
                device.name,
                push.act.value,
                push.content.conversation,
                push.content.number,
                push.nonce,
                push.count,
                taken,
                answer,
            )
        )
        self.after(self.received[-1])
        return {
            "sent": Outcome(Result.SENT, "200", status=200),
            "lost": Outcome(Result.RETRY, "no answer"),
            "busy": Outcome(Result.RETRY, "429", after_ms=5_000, status=429),
            "failed": Outcome(Result.RETRY, "503", status=503),
            "refused": Outcome(Result.DEAD, "400", status=400),
            "gone": Outcome(Result.DEAD, "410 gone", gone=True, status=410),
        }[answer]

    def unheard(self, heard: Collection[str]) -> None:
        """A replica died: what was answered in this moment and is not among what was written down is lost."""
        for received in reversed(self.received):
            if received.at_ms < self._clock():
                return
            if received.nonce not in heard:
                received.answered = "lost"

    def _answer(self, device: Device, nonce: str, tries: int, now: int) -> str:
        if not device.installed:
            return "gone"
        if now < device.bad_until:
            return "failed"
        if not self.trouble:
            return "sent"
        draw = chance(self._seed, nonce, tries)
        for answer, share in (("lost", 0.02), ("busy", 0.04), ("failed", 0.04), ("refused", 0.003)):
            if draw < share:
                return answer
            draw -= share
        return "sent"


def _arrive(device: Device, push: Outgoing) -> None:
    content = push.content
    if push.act is Act.SHOW:
        device.tray[content.tag] = (content.conversation, content.number)
        device.texts[content.tag] = content.text
    elif push.act is Act.REPLACE:
        if content.tag in device.tray:
            device.texts[content.tag] = content.text
    elif push.clear_up_to:
        for tag, (conversation, number) in tuple(device.tray.items()):
            if conversation == content.conversation and number <= push.clear_up_to:
                del device.tray[tag]
    else:
        device.tray.pop(content.tag, None)


class Sender:
    """The sender of one transport on one replica."""

    def __init__(self, services: PushServices, died: Callable[[], None]) -> None:
        self._services = services
        self._died = died

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[Outcome]:
        outcomes = [self._services.send(push) for push in sorted(batch, key=lambda push: push.nonce)]
        answers = dict(zip(sorted(push.nonce for push in batch), outcomes, strict=True))
        self._died()
        return [answers[push.nonce] for push in batch]

    async def close(self) -> None:
        pass
