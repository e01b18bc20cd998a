"""Sends web pushes."""

from collections.abc import Callable, Sequence

from services.chassis.clock import Clock
from services.notifier.senders import Outcome, Outgoing, Result
from services.notifier.senders.gates import LEFT_ALONE, PAUSED, Gate, Gates, Pauses, Turn
from services.notifier.senders.limits import Limits
from services.notifier.senders.metrics import PushMetrics
from services.notifier.senders.post import Post, UnansweredError
from services.notifier.senders.webpush.bodies import Bodies, body
from services.notifier.senders.webpush.endpoints import Endpoint, EndpointError, Endpoints
from services.notifier.senders.webpush.outcomes import outcome_of
from services.notifier.senders.webpush.payload import topic, ttl_s, urgency
from services.notifier.senders.webpush.spread import Sending, spread
from services.notifier.senders.webpush.vapid import Vapid

TRANSPORT = "web_push"
"""Its name."""

READ_BYTES = 4_096
"""So much of an answer is read, bytes; nothing in it is used."""

SHORT_BYTES = 1_024
"""A push that a push service finds too large is sent again in so many bytes before its encryption."""

BodyOf = Callable[[], bytes | Outcome]
"""Gives the encrypted body of a push, or what becomes of a push for which there is none."""


class WebPushSender:
    """Sends to browsers.

    Args:
        endpoints: where pushes may go.
        vapid: signs.
        post: sends to the internet.
        local_post: sends to push services on this machine; None where none is allowed.
        metrics: counts.
        clock: tells what is too late.
        limits: how much the push services are asked.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        vapid: Vapid,
        post: Post,
        local_post: Post | None,
        metrics: PushMetrics,
        clock: Clock,
        limits: Limits,
    ) -> None:
        self._endpoints = endpoints
        self._vapid = vapid
        self._post = post
        self._local_post = local_post
        self._metrics = metrics
        self._clock = clock
        self._limits = limits
        self._gates = Gates(limits, clock, lambda: metrics.opened(TRANSPORT))
        self._pauses = Pauses(clock)

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[Outcome]:
        """Sends each; the outcomes are in the batch's order."""
        return await spread(batch, self._host_of, self._begin, self._limits.at_once)

    async def close(self) -> None:
        """Closes all connections."""
        await self._post.close()
        if self._local_post:
            await self._local_post.close()

    def _host_of(self, push: Outgoing) -> str:
        try:
            return self._endpoints.parse(push.device.target).host
        except EndpointError:
            return ""

    def _begin(self, pushes: Sequence[Outgoing]) -> Sending:
        bodies = Bodies(pushes)

        async def sending(position: int) -> Outcome:
            return await self._push(pushes[position], lambda: bodies.take(position))

        return sending

    async def _push(self, push: Outgoing, body_of: BodyOf) -> Outcome:
        try:
            endpoint = self._endpoints.parse(push.device.target)
        except EndpointError:
            # It was registered under other settings.
            return Outcome(Result.DEAD, "push service not allowed")
        gate = self._gates.of(endpoint.host)
        if held := self._held(gate, push):
            return held
        async with gate.slots:
            # While it waited for its turn, others may have found out.
            if held := self._held(gate, push):
                return held
            with gate.turn() as turn:
                outcome = await self._once(endpoint, push, body_of(), turn)
                if outcome.status == 413:
                    outcome = await self._once(endpoint, push, body(push, SHORT_BYTES), turn)
        self._metrics.pushed(TRANSPORT, outcome)
        if outcome.status == 429:
            self._pauses.pause(push.device.target, outcome.after_ms)
        elif outcome.status in {401, 403}:
            self._vapid.forget(endpoint.origin)
        return outcome

    def _held(self, gate: Gate, push: Outgoing) -> Outcome | None:
        if wait := gate.wait_ms():
            self._metrics.held(TRANSPORT)
            return Outcome(Result.RETRY, LEFT_ALONE, after_ms=wait)
        if wait := self._pauses.wait_ms(push.device.target):
            self._metrics.held(TRANSPORT)
            return Outcome(Result.RETRY, PAUSED, after_ms=wait)
        return None

    async def _once(self, endpoint: Endpoint, push: Outgoing, made: bytes | Outcome, turn: Turn) -> Outcome:
        if isinstance(made, Outcome):
            return made
        post = self._local_post if endpoint.local else self._post
        assert post is not None  # noqa: S101 - local endpoints are parsed only where there is one
        headers = {
            "Authorization": self._vapid.header(endpoint.origin),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(ttl_s(push, self._clock())),
            "Topic": topic(push),
            "Urgency": urgency(push),
        }
        try:
            answer = await post(endpoint.url, headers, made)
        except UnansweredError as error:
            turn.failure()
            return Outcome(Result.RETRY, str(error))
        outcome = outcome_of(answer, self._clock())
        turn.answered_by(outcome.status, outcome.after_ms)
        return outcome
