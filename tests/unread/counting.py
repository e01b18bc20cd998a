"""A world for tests of counting: one conversation, owners that crash or are stale, and people who read meanwhile."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from pymongo.errors import AutoReconnect, BulkWriteError

from services.chassis import mongo
from services.chassis.auth import Identity
from services.chassis.errors import Fault
from services.unread.actions import Actions
from services.unread.rules import Change, ConversationCreated, MessageSent, recount
from services.unread.rules import badge as arithmetic
from services.unread.store import UnreadStore

PEOPLE = ("ann", "bob", "cem")

Draw = Callable[[int], int]
"""Draws a number from 0 up to, not including, its argument."""


class Gate:
    """Stands before every write of one counting: lets so many through, then fails or waits."""

    def __init__(self, passes: int = 99, *, half: bool = False, wait: asyncio.Event | None = None) -> None:
        self.passes, self.half, self.wait = passes, half, wait
        self.reached = asyncio.Event()

    async def write(self, work: Callable[..., Any], items: Sequence[Any], options: dict[str, Any]) -> Any:
        if self.passes > 0:
            self.passes -= 1
        elif self.wait:
            self.reached.set()
            await self.wait.wait()
        else:
            if self.half and len(items) > 1:
                with suppress(BulkWriteError):
                    await work(items[: len(items) // 2], **options)
            raise AutoReconnect("the owner died")
        return await work(items, **options)


class Gated:
    """A collection whose batches of writes pass a gate."""

    def __init__(self, collection: mongo.Collection, gate: Gate) -> None:
        self._collection, self._gate = collection, gate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._collection, name)

    async def insert_many(self, documents: Sequence[mongo.Document], **options: Any) -> Any:
        return await self._gate.write(self._collection.insert_many, documents, options)

    async def bulk_write(self, updates: Sequence[Any], **options: Any) -> Any:
        return await self._gate.write(self._collection.bulk_write, updates, options)


class Interrupted(UnreadStore):
    """Lets something happen within a read: after own messages were counted, before the pointer is replaced."""

    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def count_own(self, conversation: str, person: str, above: int, up_to_revision: int) -> int:
        own = await super().count_own(conversation, person, above, up_to_revision)
        await self.interrupt()
        return own

    async def interrupt(self) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            await meanwhile()


class World:
    """One conversation and everybody who counts and reads it.

    Whoever owns the partition begins a batch at or before the first event that the head does not cover, because the
    cursor is saved after the effect; that is all that owners promise.
    """

    def __init__(self, database: mongo.Database) -> None:
        self.database = database
        self.store = Interrupted(database)
        self.tenant = uuid.uuid4().hex
        self.conversation = f"g_{self.tenant}"
        self.log: list[Change] = [ConversationCreated(self.conversation, 1, 0, self.tenant, "ann", PEOPLE)]
        self.reads = dict.fromkeys(PEOPLE, 0)
        self.stale: list[tuple[asyncio.Event, asyncio.Task[None]]] = []
        self.actions = Actions(self.store, self, 0)

    @property
    def authors(self) -> list[str]:
        """Who wrote messages 1, 2, 3 and so on."""
        return [event.author for event in self.log[1:]]

    async def events(self, _conversation: str, after_revision: int, limit: int) -> list[Change]:
        return self.log[after_revision : after_revision + limit]

    def send(self, author: str) -> None:
        number = len(self.log)
        self.log.append(MessageSent(self.conversation, number + 1, number, self.tenant, author))

    async def batch(self, draw: Draw) -> list[Change]:
        """Events that an owner may apply now: from somewhere before the end of what is counted."""
        counted = (await self.store.head(self.conversation)).revision
        first = max(0, counted - draw(6))
        return self.log[first : first + 1 + draw(8)] or self.log[-1:]

    async def count(self, changes: Sequence[Change], gate: Gate) -> None:
        """Applies a batch, until it is done or the owner dies."""
        store = UnreadStore(self.database)
        for name in ("_rows", "_pointers", "_heads"):
            setattr(store, name, Gated(getattr(store, name), gate))
        try:
            await store.count(changes)
        except AutoReconnect:
            return

    async def read(self, person: str, number: int) -> None:
        """Reads as far as a client can have seen; what is answered must be true then."""
        try:
            badge = await self.actions.mark_read(Identity(self.tenant, person), self.conversation, number, 0, 0)
        except Fault:
            return
        self.reads[person] = max(self.reads[person], number)
        assert badge.unread == recount(self.authors[: badge.number], person, self.reads[person])

    async def check(self) -> None:
        """At any moment, whatever has crashed: each badge is the definition's, at the position that it names."""
        for person in PEOPLE:
            shown = (await self.actions.badges(Identity(self.tenant, person), [])).badges
            for badge in shown:
                wanted = recount(self.authors[: badge.number], person, self.reads[person])
                assert badge.read == self.reads[person]
                assert badge.unread == wanted, f"{person} at {badge.number}: {badge.unread}, not {wanted}"
            # The same by arithmetic alone, as it is shown to who is attached.
            head = await self.store.head(self.conversation)
            pointer = await self.store.pointer(self.conversation, person, self.tenant)
            if pointer is not None:
                assert arithmetic(pointer, head).unread == recount(self.authors[: head.number], person, pointer.read)

    async def step(self, draw: Draw) -> None:
        """One thing that may happen."""
        kind = draw(12)
        if kind < 3:
            for _ in range(1 + draw(4)):
                self.send(PEOPLE[draw(3)])
        elif kind < 5:
            await self.count(await self.batch(draw), Gate())
        elif kind < 8:
            await self.count(await self.batch(draw), Gate(draw(4), half=bool(draw(2))))
        elif kind < 9:
            done = asyncio.Event()
            gate = Gate(draw(4), wait=done)
            task = asyncio.create_task(self.count(await self.batch(draw), gate))
            task.add_done_callback(lambda _: gate.reached.set())
            self.stale.append((done, task))
            await gate.reached.wait()
        elif kind < 10 and self.stale:
            done, task = self.stale.pop(draw(len(self.stale)))
            done.set()
            await task
        else:
            self.store.meanwhile = partial(self.count, await self.batch(draw), Gate(draw(5)))
            await self.read(PEOPLE[draw(3)], 1 + draw(len(self.log)))
            await self.store.interrupt()

    async def end(self) -> None:
        """Everybody finishes; then all badges count the whole log."""
        while self.stale:
            done, task = self.stale.pop()
            done.set()
            await task
        await self.count(self.log, Gate())
        await self.check()
        for person in PEOPLE:
            (badge,) = (await self.actions.badges(Identity(self.tenant, person), [])).badges
            assert badge.number == len(self.log) - 1

    async def live(self, draw: Draw, steps: int) -> None:
        """So many things happen, and at no moment is a badge wrong."""
        try:
            for _ in range(steps):
                await self.step(draw)
                await self.check()
            await self.end()
        finally:
            for done, task in self.stale:
                done.set()
                await asyncio.wait({task})
