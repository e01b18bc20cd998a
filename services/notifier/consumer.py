"""The event doors: messages that are to be decided, pointers that move, and people who cease to be active."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from zlib import crc32

import grpc
import structlog
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from services.chassis.clock import Clock
from services.chassis.errors import unavailable
from services.chassis.feed import Batch
from services.chassis.mongo import Collection
from services.chassis.partitions import Partitions
from services.chassis.tasks import describe
from services.notifier.arbiter import Arbiter
from services.notifier.checks import Checks
from services.notifier.clears import Clears
from services.notifier.clients import Messaging, Presence, Unread
from services.notifier.feed import Hub
from services.notifier.metrics import Metrics
from services.notifier.outages import OUTAGES, TRIES
from services.notifier.reads import Reads
from services.notifier.records import Event, Message, Transition
from services.notifier.stores.alerts import Alerts
from services.notifier.stores.cursors import Cursor

AGAIN = 500
"""So many revisions before the last decided one are gone through again after a gap: some of the last batch may be
undecided, or without all its effects. It is the size of a batch."""

AGAIN_S = 5.0
"""After a gap the log is gone through a second time this much later, s: the list of heads lags behind what was being
written when it was read."""

KEEP_S = 1.0
"""How often the place in the feed of reads is kept, s; so much is worked off a second time after a crash."""

ABSENT_S = 60.0
"""How long a presence that does not tell of transitions is left alone, s."""

_log = structlog.get_logger(__name__)


class Events:
    """messaging's feed, one stream for each partition that this replica holds.

    Args:
        leases: where the moment of the first start is kept, beside the partitions.
        push_ttl_ms: messages older than this are not gone back to after a gap.
    """

    def __init__(
        self,
        messaging: Messaging,
        arbiter: Arbiter,
        alerts: Alerts,
        leases: Collection,
        metrics: Metrics,
        push_ttl_ms: int,
        clock: Clock,
    ) -> None:
        self._messaging = messaging
        self._arbiter = arbiter
        self._alerts = alerts
        self._leases = leases
        self._metrics = metrics
        self._failures = 0
        self._push_ttl_ms = push_ttl_ms
        self._clock = clock
        self._started_ms = 0
        self._again: set[int] = set()
        self._gap = asyncio.Event()
        self.partitions: Partitions | None = None

    async def begin(self) -> None:
        """Learns when the notifier first ran on this database: what was written before is not alerted."""
        for _ in range(2):
            try:
                row = await self._leases.find_one_and_update(
                    {"_id": "started"},
                    {"$setOnInsert": {"at_ms": self._clock()}},
                    upsert=True,
                    return_document=ReturnDocument.AFTER,
                )
            except DuplicateKeyError:
                continue
            self._started_ms = int(row["at_ms"]) if row else self._clock()
            return

    async def open(self, partition: int, cursor: str) -> AsyncIterator[Batch[Event]]:
        """The feed of a partition; of one that is held by another replica, nothing: only owners decide."""
        partitions = self._held()
        if partition not in partitions.owned:
            yield Batch((), cursor)
            await asyncio.Event().wait()
        # The cursor handed in may be of what this replica saw last; what has been decided since is of no interest.
        saved = await partitions.cursor(partition)
        async with aclosing(self._messaging.events(partition, partitions.count, saved)) as batches:  # type: ignore[type-var]
            async for batch in batches:
                yield batch

    def see(self, events: Sequence[Event]) -> None:
        """Nothing is to be done for whoever is attached here: they are told by the feed of alerts."""

    async def apply(self, events: Sequence[Event]) -> None:
        """Decides events, in order. What fails again and again, whatever else works, is skipped and counted.

        Raises:
            Exception: something could not be done now; repeat all of it.
        """
        try:
            await self._arbiter.apply(events)
        except OUTAGES:
            raise
        except Exception:
            self._failures += 1
            if self._failures < TRIES:
                raise
            await self._one_by_one(events)
        self._failures = 0

    async def _one_by_one(self, events: Sequence[Event]) -> None:
        for event in events:
            try:
                await self._arbiter.apply([event])
            except OUTAGES:
                raise
            except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the others must be told
                self._metrics.skipped()
                _log.error(
                    "an event is skipped, nobody is told of it",
                    conversation=event.conversation,
                    revision=event.revision,
                    error=describe(error),
                )

    async def recover(self, partition: int, owned: bool) -> None:
        """Decides what a gap in the feed has left undecided, from messaging's log."""
        if owned:
            await self._go_through(partition)
            self._again.add(partition)
            self._gap.set()

    async def sweep(self) -> None:
        """Goes through the log a second time after each gap, for ever.

        Raises:
            Exception: something could not be done now; call it again, and it goes on with what is left.
        """
        while True:
            await self._gap.wait()
            await asyncio.sleep(AGAIN_S)
            self._gap.clear()
            again, self._again = self._again, set()
            try:
                while again:
                    # Another replica may hold it by now, but saw no gap, and so does not look.
                    partition = min(again)
                    await self._go_through(partition)
                    again.remove(partition)
            finally:
                if again:
                    self._again |= again
                    self._gap.set()

    async def _go_through(self, partition: int) -> None:
        floor = max(self._started_ms, self._clock() - self._push_ttl_ms)
        count = self._held().count
        recovered = 0
        async for heads in self._messaging.heads():
            for head in heads:
                if head.at_ms >= floor and crc32(head.conversation.encode()) % count == partition:
                    recovered += await self._catch_up(head.conversation, floor)
        if recovered:
            _log.info("read on from the log after a gap", partition=partition, events=recovered)

    async def _catch_up(self, conversation: str, floor: int) -> int:
        after = max(0, await self._alerts.last_revision(conversation) - AGAIN)
        recovered = 0
        while True:
            events, last = await self._messaging.log(conversation, after)
            if last == after:
                return recovered
            recent = [event for event in events if not isinstance(event, Message) or event.at_ms >= floor]
            await self.apply(recent)
            recovered += len(recent)
            after = last

    def _held(self) -> Partitions:
        if self.partitions is None:
            raise RuntimeError("the partitions are not known yet")
        return self.partitions


class ReadsDoor:
    """unread's feed: every replica follows all pointers, for what is shown here and for what is about to be.

    It begins where any replica has worked everything off, so that what is read while none runs is taken back later.

    Args:
        kept: that place.
    """

    def __init__(self, unread: Unread, reads: Reads, hub: Hub, clears: Clears, kept: Cursor) -> None:
        self._unread = unread
        self._clears = clears
        self._reads = reads
        self._hub = hub
        self._kept = kept
        self._cursor = ""
        self._known = ""
        self._gap = False
        self.started = False

    async def run(self) -> None:
        """Follows the feed until it ends or fails; call it again to resume."""
        if not self._cursor:
            self._cursor = self._known = await self._kept.get()
        async with aclosing(self._unread.reads(self._cursor)) as batches:  # type: ignore[type-var]
            async for batch in batches:
                if batch.reset:
                    # Pointers may have moved, forward or back.
                    self._reads.forget()
                    self._gap = True
                self._reads.learn(batch.items)
                self._hub.read(batch.items)
                self._clears.read(batch.items)
                self._cursor = batch.cursor
                self.started = True

    async def keep(self) -> None:
        """Mends gaps, and keeps the place up to which everything is worked off, for ever."""
        while True:
            if self._gap:
                await self._mend()
            await self._keep()
            await asyncio.sleep(KEEP_S)

    async def _keep(self) -> None:
        cursor = self._cursor
        if self._clears.done and not self._gap and cursor != self._known:
            await self._kept.keep(cursor)
            self._known = cursor

    async def _mend(self) -> None:
        """After a gap: whatever is shown, here or in a tray, may have been read.

        Raises:
            Fault: UNAVAILABLE, unread cannot tell now; repeat it.
        """
        # A gap that comes while this one is mended is mended next.
        self._gap = False
        try:
            await self._look_up(list(self._hub.outstanding()))
            async for shown in self._clears.shown():
                await self._look_up(shown)
        except BaseException:
            self._gap = True
            raise

    async def _look_up(self, shown: Sequence[tuple[str, str]]) -> None:
        if not shown:
            return
        read = await self._unread.pointers(shown)
        if read is None:
            raise unavailable("unread cannot tell what was read during a gap")
        self._hub.read(read.values())
        self._clears.read(read.values())


class TransitionsDoor:
    """presence's feed of people who begin or cease to be active: whoever ceases is looked at without delay.

    Without it, as with a presence that does not tell, the periodic checks find them later.

    Args:
        partitions: a person is looked after by the replica that holds their partition.
    """

    def __init__(self, presence: Presence, checks: Checks, partitions: Partitions) -> None:
        self._presence = presence
        self._checks = checks
        self._partitions = partitions
        self._cursor = ""

    async def run(self) -> None:
        """Follows the feed until it ends or fails; call it again to resume."""
        try:
            async with aclosing(self._presence.transitions(self._cursor)) as batches:  # type: ignore[type-var]
                async for batch in batches:
                    await self._apply(batch.items)
                    self._cursor = batch.cursor or self._cursor
        except grpc.aio.AioRpcError as error:
            _log.info("presence tells of no transitions now", error=describe(error))
            if error.code() is grpc.StatusCode.UNIMPLEMENTED:
                await asyncio.sleep(ABSENT_S)

    async def _apply(self, transitions: Sequence[Transition]) -> None:
        gone: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for each in transitions:
            if not each.active and self._mine(each):
                gone[each.tenant][each.person] = each.at_ms
        for tenant, persons in gone.items():
            await self._checks.became_inactive(tenant, persons)

    def _mine(self, transition: Transition) -> bool:
        name = f"{transition.tenant}\0{transition.person}".encode()
        return crc32(name) % self._partitions.count in self._partitions.owned
