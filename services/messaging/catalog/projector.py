"""The event door of the catalog: messaging follows its own log, and keeps what is derived from it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from zlib import crc32

import structlog
from pymongo.errors import PyMongoError

from services.chassis.consume import Consumer
from services.chassis.feed import Batch
from services.chassis.tasks import describe
from services.messaging.catalog.effects import effects_of
from services.messaging.catalog.store import CatalogStore
from services.messaging.rules import Event
from services.messaging.store import LogStore

BATCH = 500
"""Most events that are applied in one go."""

PAGE = 500
"""How many heads or events are read at once to recover."""

MENDING = 16
"""How many messages are made right at once."""

Follow = Callable[[str, int, int], AsyncIterator[Batch[Event]]]
"""The log's events after a cursor, of one partition of so many."""

Mend = Callable[[Event], Awaitable[object]]
"""Does to a message's own document what an edit, a deletion or a reply means for it; may be repeated."""

_log = structlog.get_logger(__name__)


class Projector:
    """Applies events to the catalog.

    Args:
        log: the log.
        store: the catalog.
        mend: makes messages right, in case their writer has died.
        follow: the log's feed.
        partitions: how many partitions there are.
    """

    def __init__(self, log: LogStore, store: CatalogStore, mend: Mend, follow: Follow, partitions: int) -> None:
        self._log = log
        self._store = store
        self._mend = mend
        self._follow = follow
        self._partitions = partitions

    def consumer(self) -> Consumer[Event]:
        """The engine that runs this."""
        return Consumer("catalog", self._stream, _see_nothing, self.apply, self.recover)

    async def note(self, event: Event) -> None:
        """Applies an event at once, so that who has written it sees it in lists and finds it.

        The projector applies it too, and what fails here is left to it.
        """
        try:
            await self._store.apply(effects_of([event]), projected=False)
        except PyMongoError as error:
            _log.warning("not applied at once, is applied soon", error=describe(error))

    async def apply(self, events: Sequence[Event]) -> None:
        """Applies events, in ascending order for each conversation; any of them may have been applied before."""
        for start in range(0, len(events), BATCH):
            effects = effects_of(events[start : start + BATCH])
            await self._mend_all(effects.mending.values())
            await self._store.apply(effects, projected=True)

    async def recover(self, partition: int, owned: bool) -> None:
        """After a gap in the feed: applies what the log has and the catalog has not."""
        if not owned:
            return
        applied = 0
        after = ""
        while page := await self._log.positions(after, PAGE):
            after = page[-1].conversation
            tails = [tail for tail in page if crc32(tail.conversation.encode()) % self._partitions == partition]
            known = await self._store.applied([tail.conversation for tail in tails])
            for tail in tails:
                revision = known.get(tail.conversation, 0)
                if tail.revision > revision:
                    applied += await self._apply_from(tail.conversation, revision)
        if applied:
            _log.info("the catalog has read on from the log", partition=partition, events=applied)

    async def _apply_from(self, conversation: str, revision: int) -> int:
        applied = 0
        while events := (await self._log.events(conversation, revision, PAGE)).events:
            await self.apply(events)
            revision = events[-1].revision
            applied += len(events)
        return applied

    def _stream(self, partition: int, cursor: str) -> AsyncIterator[Batch[Event]]:
        return self._follow(cursor, partition, self._partitions)

    async def _mend_all(self, events: Iterable[Event]) -> None:
        gate = asyncio.Semaphore(MENDING)

        async def mend(event: Event) -> None:
            async with gate:
                await self._mend(event)

        async with asyncio.TaskGroup() as group:
            for event in events:
                group.create_task(mend(event))


def _see_nothing(_events: Sequence[Event]) -> None:
    """Nobody is attached to the catalog."""
