"""Sends by Firebase Cloud Messaging."""

import asyncio
from collections.abc import Sequence

import firebase_admin
from firebase_admin import messaging

from services.chassis.clock import Clock
from services.notifier.senders import Outcome, Outgoing, Result
from services.notifier.senders.fcm.message import message
from services.notifier.senders.fcm.outcomes import outcome_of
from services.notifier.senders.fcm.wire import Wire
from services.notifier.senders.fitting import TooLongError
from services.notifier.senders.gates import PAUSED, Pauses
from services.notifier.senders.metrics import PushMetrics

TRANSPORT = "fcm"
"""Its name."""

CHUNK = 100
"""So many messages are handed to the library at once, which begins to send all of them."""


class FcmSender:
    """Sends to phones.

    Args:
        app: of `open_app`.
        wire: what the app sends with.
        channel: the notification channel of the Android app.
        metrics: counts.
        clock: tells what is too late.
    """

    def __init__(self, app: firebase_admin.App, wire: Wire, channel: str, metrics: PushMetrics, clock: Clock) -> None:
        self._app = app
        self._wire = wire
        self._channel = channel
        self._metrics = metrics
        self._clock = clock
        self._pauses = Pauses(clock)

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[Outcome]:
        """Sends each; the outcomes are in the batch's order."""
        chunks = await asyncio.gather(
            *(self._chunk(batch[start : start + CHUNK]) for start in range(0, len(batch), CHUNK))
        )
        return [outcome for chunk in chunks for outcome in chunk]

    async def close(self) -> None:
        """Closes all connections, and forgets the app."""
        await self._wire.close()
        # In a thread: the library runs an event loop of its own to close itself.
        await asyncio.to_thread(firebase_admin.delete_app, self._app)

    async def _chunk(self, chunk: Sequence[Outgoing]) -> list[Outcome]:
        prepared = [self._prepared(push) for push in chunk]
        messages = [each for each in prepared if isinstance(each, messaging.Message)]
        if not messages:
            return [each for each in prepared if isinstance(each, Outcome)]
        answers = iter((await messaging.send_each_async(messages, app=self._app)).responses)
        outcomes = []
        for push, each in zip(chunk, prepared, strict=True):
            if isinstance(each, Outcome):
                outcomes.append(each)
                continue
            outcome = outcome_of(next(answers), self._clock())
            self._metrics.pushed(TRANSPORT, outcome)
            if outcome.status == 429:
                self._pauses.pause(push.device.target, outcome.after_ms)
            outcomes.append(outcome)
        return outcomes

    def _prepared(self, push: Outgoing) -> messaging.Message | Outcome:
        """What to send, or why nothing is sent."""
        if wait := self._pauses.wait_ms(push.device.target):
            self._metrics.held(TRANSPORT)
            return Outcome(Result.RETRY, PAUSED, after_ms=wait)
        try:
            return message(push, self._channel, self._clock())
        except TooLongError:
            return Outcome(Result.DEAD, "too long")
