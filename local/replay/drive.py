"""Sends every message as its sender: in order within a room, rooms side by side, one call of a room at a time."""

import asyncio
import heapq
import random
import time
from collections.abc import Sequence

import grpc
from conversations.messaging.v1 import messaging_pb2

from local.replay.churn import Churn
from local.replay.input import Line, Plan, Room
from local.replay.latency import BadgeDelay, Histogram
from local.replay.ledger import Ledger
from local.replay.perform import Hands, pieces
from local.replay.said import mentioned, text_of
from local.replay.steps import Step
from local.replay.truth import Told
from local.replay.wire import CALL_TIMEOUT_S, Wire, each, repeat

IN_FLIGHT = 64
"""So many sends are under way at most."""

MOST_FAILURES = 50
"""After so many failed sends the rest is not tried."""


async def create_rooms(wire: Wire, rooms: Sequence[Room], key: str = "room") -> list[str]:
    """Makes a group of each room, by its first member; answers the conversations.

    Args:
        wire: the calls.
        rooms: with the members that they have at first.
        key: names these rooms among all of the same people.

    Raises:
        grpc.aio.AioRpcError: a room cannot be made.
    """
    rng = random.Random()  # noqa: S311 - jitter, not a secret

    async def create(order: int) -> str:
        room = rooms[order]
        request = messaging_pb2.CreateGroupConversationRequest(
            client_key=f"{key}-{order}", title=room.title, members=room.members[1:]
        )
        metadata = wire.person(room.members[0])
        answer = await repeat(
            lambda: wire.messaging.CreateGroupConversation(request, metadata=metadata, timeout=CALL_TIMEOUT_S), rng
        )
        return answer.conversation.conversation

    return await each(range(len(rooms)), 8, create)


class Driver:
    """The sending of one plan.

    Args:
        wire: the calls.
        plan: what to send.
        conversations: the rooms' conversations, in their order.
        delay: is told when each send starts.
        rate: at most so many sends a second; 0 for no limit.
        churn: what happens beside the messages; None for nothing.

    Attributes:
        ledgers: for each room, what was acknowledged.
        hands: do what happens beside the messages.
        failures: sends that failed, in words.
        failed: how many failed.
        retries: how many calls were made again.
        latency: from the start of a send to its acknowledgement.
    """

    def __init__(
        self,
        wire: Wire,
        plan: Plan,
        conversations: Sequence[str],
        delay: BadgeDelay,
        rate: float = 0,
        churn: Churn | None = None,
    ) -> None:
        self._wire = wire
        self._plan = plan
        self._conversations = conversations
        self._delay = delay
        self._rng = random.Random()  # noqa: S311 - jitter, not a secret
        self._interval_s = 1 / rate if rate else 0.0
        self._slot_s = 0.0
        self._scripts: Sequence[Sequence[Step]] = churn.scripts if churn else [room.lines for room in plan.rooms]
        self._waiting = [(room.lines[0].position, order) for order, room in enumerate(plan.rooms) if room.lines]
        heapq.heapify(self._waiting)
        self._next = [0] * len(plan.rooms)
        first = churn.first if churn else [room.members for room in plan.rooms]
        self.ledgers = [Ledger(room.title, members) for room, members in zip(plan.rooms, first, strict=True)]
        self.hands = Hands(wire, conversations, self.ledgers, self._retried)
        self.failures: list[str] = []
        self.failed = 0
        self.retries = 0
        self.latency = Histogram()

    @property
    def sent(self) -> int:
        """How many messages have been acknowledged."""
        return self.latency.count

    async def run(self) -> None:
        """Sends everything; the room whose next line comes first in the file is served first."""
        self._slot_s = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(min(IN_FLIGHT, len(self._waiting))):
                group.create_task(self._work())

    async def _work(self) -> None:
        while self._waiting and self.failed < MOST_FAILURES:
            position, order = heapq.heappop(self._waiting)
            await self._step(order)
            self._next[order] += 1
            if self._next[order] < len(self._scripts[order]):
                following = self._scripts[order][self._next[order]]
                heapq.heappush(self._waiting, (following.position if isinstance(following, Line) else position, order))

    async def _step(self, order: int) -> None:
        step = self._scripts[order][self._next[order]]
        if isinstance(step, Line):
            if self._interval_s:
                await self._take_slot()
            await self._send(order, step)
        else:
            await self.hands.carry_out(order, step, f"step-{self._next[order]}")

    async def _take_slot(self) -> None:
        now = time.perf_counter()
        slot = self._slot_s = max(self._slot_s + self._interval_s, now)
        await asyncio.sleep(slot - now)

    async def _send(self, order: int, line: Line) -> None:
        room, ledger = self._plan.rooms[order], self.ledgers[order]
        request = messaging_pb2.SendMessageRequest(
            conversation=self._conversations[order],
            client_key=line.client_key,
            text="" if line.parts else line.text,
            parts=pieces(line.parts),
        )
        metadata = self._wire.person(line.sender)
        send = self._wire.messaging.SendMessage
        started = time.perf_counter()
        self._delay.started(order, line.sender, started)
        try:
            answer = await repeat(
                lambda: send(request, metadata=metadata, timeout=CALL_TIMEOUT_S), self._rng, on_retry=self._retried
            )
        except grpc.aio.AioRpcError as error:
            self.failed += 1
            self.failures.append(f"{room.title}, line {line.position}: {error.code().name}: {error.details()}")
            self._delay.failed(order)
            ledger.refused()
            return
        self.latency.add(time.perf_counter() - started)
        text = text_of(line.parts) if line.parts else line.text
        told = Told(answer.number, line.sender, text, line.client_key, mentioned(line.parts))
        ledger.sent(told, answer.revision)

    def _retried(self) -> None:
        self.retries += 1
