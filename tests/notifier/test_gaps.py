"""The second look at messaging's log that follows each gap in its feed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from zlib import crc32

import prometheus_client
import pytest

from services.chassis import mongo
from services.chassis.tasks import Tasks
from services.notifier.consumer import Events
from services.notifier.metrics import Metrics
from services.notifier.records import Event, Head
from tests.conftest import ManualClock, eventually
from tests.notifier.fakes import conversation_id
from tests.notifier.parts import Parts, membership, message

PARTITIONS = 3

CONVERSATIONS = [
    next(name for name in map(conversation_id, range(100)) if crc32(name.encode()) % PARTITIONS == partition)
    for partition in range(PARTITIONS)
]
"""One of each partition."""


@dataclass
class Log:
    """messaging's log of one message in each conversation, and a list of heads that lags behind it."""

    clock: ManualClock
    lags: bool = True
    answers: list[bool] = field(default_factory=list)
    """Whether it answers, the next times that it is asked for the heads; later always."""

    async def heads(self) -> AsyncIterator[Sequence[Head]]:
        if self.answers and not self.answers.pop(0):
            raise ConnectionError("messaging is away")
        yield [] if self.lags else [Head(conversation, 2, self.clock()) for conversation in CONVERSATIONS]

    async def log(self, conversation: str, after_revision: int) -> tuple[list[Event], int]:
        events: list[Event] = [
            replace(membership("ann", "bob"), conversation=conversation),
            replace(message(self.clock), conversation=conversation),
        ]
        return events[after_revision:], max(after_revision, len(events))


@dataclass
class Gap:
    """A replica that has seen a gap in each partition, and has looked once."""

    log: Log
    parts: Parts
    events: Events
    owned: set[int]
    tasks: Tasks = field(default_factory=Tasks)

    async def looks_again(self) -> None:
        """Begins with the second look, and waits until the message in each conversation is decided."""
        self.log.lags = False
        self.tasks.forever("gaps", self.events.sweep, 0.01)
        await eventually(self._all_decided)

    async def _all_decided(self) -> bool:
        return all([await self.parts.alerts.list(name, 0, 10) for name in CONVERSATIONS])


@pytest.fixture
async def gap(database: mongo.Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gap]:
    monkeypatch.setattr("services.notifier.consumer.AGAIN_S", 0.01)
    parts, log, owned = await Parts(database, clock).prepare(), Log(clock), set(range(PARTITIONS))
    metrics = Metrics(prometheus_client.CollectorRegistry())
    events = Events(log, parts.arbiter, parts.alerts, None, metrics, 60_000, clock)  # type: ignore[arg-type]
    events.partitions = SimpleNamespace(count=PARTITIONS, owned=owned)  # type: ignore[assignment]
    for partition in range(PARTITIONS):
        await events.recover(partition, owned=True)
    made = Gap(log, parts, events, owned)
    yield made
    await made.tasks.close()


async def test_what_the_first_look_did_not_find_is_found_by_a_second_and_there_is_no_third(gap: Gap) -> None:
    await gap.looks_again()
    gap.log.answers = [False]
    await asyncio.sleep(0.2)
    assert gap.log.answers == [False]


@pytest.mark.parametrize("answers", [[False], [True, False], [True, True, False, False]])
async def test_the_second_look_goes_on_with_what_is_left_once_messaging_is_there_again(
    gap: Gap, answers: list[bool]
) -> None:
    gap.log.answers = answers
    await gap.looks_again()
    assert answers == []


async def test_a_partition_that_has_moved_to_a_replica_which_saw_no_gap_gets_its_second_look_too(gap: Gap) -> None:
    gap.owned.clear()
    await gap.looks_again()
