"""The event door's engine: shows a feed's events to this replica, and lets the owner of a partition apply them once.

There is one stream for each partition. Its events are shown (`see`) as they come, whoever owns the partition; if this
replica does, they are applied too, in order, in batches that grow while an earlier batch is under way, and the cursor
is saved after the effect. A partition that is gained is read again from its saved cursor; repeats are harmless. A
stream that was lost goes on where this replica was, so that nothing goes unseen. Cursors sort in the order of the feed.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import aclosing, suppress
from typing import Any, Generic, TypeVar

import grpc
import structlog

from services.chassis.feed import Batch
from services.chassis.partitions import Partitions
from services.chassis.tasks import Tasks, describe, end

T = TypeVar("T")

PENDING = 5_000
"""How many events may wait for their effect before reading stops."""

SAVE_S = 0.25
"""The cursor is saved at most this often, s; a repeat of what came since is harmless."""

FIRST_PAUSE_S = 0.1
LAST_PAUSE_S = 2.0
STEADY_S = 10.0
"""A lost stream is opened again after a pause that doubles from the first to the last, s; one that lasted this long
begins with the first again."""

_log = structlog.get_logger(__name__)


class Consumer(Generic[T]):
    """A partitioned consumer of one feed.

    Args:
        name: for logs.
        open_stream: opens the feed of a partition at a cursor.
        see: is shown each batch at once, on every replica; must not wait.
        apply: carries out the effects of a batch, idempotently; runs on the owner only.
        recover: called with (partition, owned) after a gap; reads the missing from the feed's owner.
    """

    def __init__(
        self,
        name: str,
        open_stream: Callable[[int, str], AsyncIterator[Batch[T]]],
        see: Callable[[Sequence[T]], None],
        apply: Callable[[Sequence[T]], Awaitable[None]],
        recover: Callable[[int, bool], Awaitable[None]],
    ) -> None:
        self._name = name
        self._open = open_stream
        self._see = see
        self._apply = apply
        self._recover = recover
        self._restart: dict[int, asyncio.Event] = {}
        self._partitions: Partitions | None = None
        self._started: set[int] = set()
        self._seen: dict[int, str] = {}

    @property
    def started(self) -> bool:
        """Whether every partition's stream has been open; for readiness, which a later outage must not end."""
        return self._partitions is not None and len(self._started) == self._partitions.count

    def changed(self, partition: int, _owned: bool) -> None:
        """Told by the leases that a partition was gained or lost: its stream begins again."""
        if event := self._restart.get(partition):
            event.set()

    def start(self, tasks: Tasks, partitions: Partitions) -> None:
        """Starts one task for each partition."""
        self._partitions = partitions
        for partition in range(partitions.count):
            self._restart[partition] = asyncio.Event()
            tasks.start(f"{self._name}-{partition}", self._forever(partitions, partition))

    async def _forever(self, partitions: Partitions, partition: int) -> None:
        loop = asyncio.get_running_loop()
        pause = FIRST_PAUSE_S
        while True:
            restart = self._restart[partition]
            restart.clear()
            begun = loop.time()
            try:
                await _until_one_ends(self._run(partitions, partition), restart.wait())
            except Exception as error:  # noqa: BLE001 - whatever it was, the work must go on
                level = _log.info if isinstance(error, grpc.aio.AioRpcError) else _log.warning
                level("feed lost, connects again", feed=self._name, partition=partition, error=describe(error))
            if not restart.is_set():
                pause = FIRST_PAUSE_S if loop.time() - begun > STEADY_S else min(pause * 2, LAST_PAUSE_S)
                # A partition that is gained meanwhile does not wait.
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await restart.wait()

    async def _run(self, partitions: Partitions, partition: int) -> None:
        owned = partition in partitions.owned
        cursor = await partitions.cursor(partition)
        seen = self._seen.get(partition)
        if seen:
            # The owner's cursor may be beyond what this replica has shown; what is seen or applied twice does no harm.
            cursor = min(cursor, seen) if owned else seen
        if owned:
            effects = _Effects(partitions, partition, cursor, self._apply)
            await _until_one_ends(effects.run(), self._read(partition, cursor, effects))
        else:
            await self._read(partition, cursor, None)

    async def _read(self, partition: int, cursor: str, effects: "_Effects[T] | None") -> None:
        async with aclosing(self._open(partition, cursor)) as batches:  # type: ignore[type-var]
            async for batch in batches:
                self._started.add(partition)
                if batch.reset:
                    if effects:
                        await effects.idle()
                    await self._recover(partition, effects is not None)
                if batch.items:
                    self._see(batch.items)
                self._seen[partition] = batch.cursor
                if effects:
                    await effects.put(batch)
        if effects:
            await effects.idle()


async def _until_one_ends(*works: Coroutine[Any, Any, Any]) -> None:
    """Runs works beside each other until one ends, and ends the others.

    Raises:
        Exception: what the first failed with.
    """
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(*tasks)
    for task in tasks:
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            raise error


class _Effects(Generic[T]):
    """What waits for its effect in one partition."""

    def __init__(
        self, partitions: Partitions, partition: int, cursor: str, apply: Callable[[Sequence[T]], Awaitable[None]]
    ) -> None:
        self._partitions = partitions
        self._partition = partition
        self._apply = apply
        self._items: list[T] = []
        self._cursor = self._saved = cursor
        self._more = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    async def put(self, batch: Batch[T]) -> None:
        """Adds a batch; waits while too much is waiting."""
        self._items.extend(batch.items)
        self._cursor = batch.cursor
        self._empty.clear()
        self._more.set()
        while len(self._items) > PENDING:
            await asyncio.sleep(0.005)

    async def idle(self) -> None:
        """Waits until nothing waits."""
        await self._empty.wait()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        saved_at = 0.0
        while True:
            try:
                async with asyncio.timeout(SAVE_S if self._cursor != self._saved else None):
                    await self._more.wait()
            except TimeoutError:
                pass
            self._more.clear()
            items, self._items, cursor = self._items, [], self._cursor
            if items:
                await self._apply(items)
            if cursor != self._saved and loop.time() - saved_at >= SAVE_S:
                await self._partitions.save(self._partition, cursor)
                saved_at, self._saved = loop.time(), cursor
            if not self._items:
                self._empty.set()
