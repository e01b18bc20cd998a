"""The event door's engine: shows a feed's events to this replica, and lets the owner of a partition apply them once.

There is one stream for each partition. Its events are shown (`see`) as they come, whoever owns the partition; if this
replica does, they are applied too, in order, in batches that grow while an earlier batch is under way, and the cursor
is saved after the effect. A partition that is gained is read again from its saved cursor; repeats are harmless.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from typing import Generic, TypeVar

import grpc
import structlog

from services.chassis.feed import Batch
from services.chassis.partitions import Partitions
from services.chassis.tasks import Tasks, describe

T = TypeVar("T")

PENDING = 5_000
"""How many events may wait for their effect before reading stops."""

SAVE_S = 0.25
"""The cursor is saved at most this often, s; a repeat of what came since is harmless."""

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
        pause = 0.1
        while True:
            self._restart[partition].clear()
            run = asyncio.create_task(self._run(partitions, partition))
            stop = asyncio.create_task(self._restart[partition].wait())
            try:
                await asyncio.wait({run, stop}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (run, stop):
                    task.cancel()
                results = await asyncio.gather(run, stop, return_exceptions=True)
            if isinstance(results[0], Exception):
                level = _log.info if isinstance(results[0], grpc.aio.AioRpcError) else _log.warning
                level("feed lost, connects again", feed=self._name, error=describe(results[0]))
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)
            else:
                pause = 0.1

    async def _run(self, partitions: Partitions, partition: int) -> None:
        owned = partition in partitions.owned
        cursor = await partitions.cursor(partition)
        effects = _Effects(partitions, partition, self._apply) if owned else None
        worker = asyncio.create_task(effects.run()) if effects else None
        try:
            async with aclosing(self._open(partition, cursor)) as batches:  # type: ignore[type-var]
                async for batch in batches:
                    self._started.add(partition)
                    if batch.reset:
                        if effects:
                            await effects.idle()
                        await self._recover(partition, owned)
                    if batch.items:
                        self._see(batch.items)
                    if effects and worker:
                        await effects.put(batch, worker)
        finally:
            if worker:
                worker.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await worker


class _Effects(Generic[T]):
    """What waits for its effect in one partition."""

    def __init__(self, partitions: Partitions, partition: int, apply: Callable[[Sequence[T]], Awaitable[None]]) -> None:
        self._partitions = partitions
        self._partition = partition
        self._apply = apply
        self._items: list[T] = []
        self._cursor = ""
        self._saved = ""
        self._more = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    async def put(self, batch: Batch[T], worker: asyncio.Task[None]) -> None:
        """Adds a batch; waits while too much is waiting.

        Raises:
            Exception: what ended the worker.
        """
        self._items.extend(batch.items)
        self._cursor = batch.cursor
        self._empty.clear()
        self._more.set()
        while len(self._items) > PENDING and not worker.done():
            await asyncio.sleep(0.005)
        if worker.done():
            worker.result()

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
