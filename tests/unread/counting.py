"""A world for tests of counting: one conversation, owners that crash or are stale, and people who read meanwhile.

What is right is said here once more, in the plainest way, and nothing of the service is used for it.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import grpc
from pymongo.errors import AutoReconnect, BulkWriteError

from services.chassis import mongo
from services.chassis.auth import Identity
from services.chassis.errors import Fault
from services.unread.actions import Actions, Recounting
from services.unread.rules import (
    EVERYONE,
    Badge,
    Change,
    ConversationCreated,
    ConversationTouched,
    MembersChanged,
    MessageDeleted,
    MessageEdited,
    MessageSent,
    Pointer,
    effective,
)
from services.unread.rules import badge as arithmetic
from services.unread.store import UnreadStore

PEOPLE = ("ann", "bob", "cem", "dan")
FIRST = PEOPLE[:3]

Draw = Callable[[int], int]
"""Draws a number from 0 up to, not including, its argument."""


def naive(log: Sequence[Change], person: str, read: int) -> tuple[int, int]:
    """Unread messages and those that mention the person, by the definition, after these events."""
    mentions: dict[int, tuple[str, tuple[str, ...]]] = {}
    for event in log:
        if isinstance(event, MessageSent):
            mentions[event.number] = (event.author, event.mentions)
        elif isinstance(event, MessageEdited) and event.message in mentions:
            mentions[event.message] = (mentions[event.message][0], event.mentions)
        elif isinstance(event, MessageDeleted):
            mentions.pop(event.message, None)
    unread = [named for number, (author, named) in mentions.items() if number > read and author != person]
    return len(unread), sum(1 for named in unread if person in named or EVERYONE in named)


@dataclass
class Chronicle:
    """A log that grows by what people may do."""

    conversation: str
    tenant: str
    log: list[Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.log.append(ConversationCreated(self.conversation, 1, 0, self.tenant, "ann", FIRST))

    @property
    def number(self) -> int:
        return self.log[-1].number

    @property
    def members(self) -> list[str]:
        found = set(FIRST)
        for event in self.log:
            if isinstance(event, MembersChanged):
                found = (found | set(event.added)) - set(event.removed)
        return sorted(found)

    def joined(self, person: str, membership: int) -> int:
        """The number at which somebody joined by an event."""
        event = self.log[membership - 1]
        assert isinstance(event, ConversationCreated | MembersChanged)
        assert person in (event.members if isinstance(event, ConversationCreated) else event.added)
        return event.number

    def happen(self, draw: Draw) -> None:
        """One event."""
        members = self.members
        kind = draw(12)
        of = self.conversation, len(self.log) + 1
        author = members[draw(len(members))] if members else ""
        if kind < 5 or not self.number:
            author = "" if draw(8) == 0 else author
            named = effective(self._named(draw), author)
            self.log.append(MessageSent(*of, self.number + 1, self.tenant, author, named))
        elif kind < 8:
            sent = self._message(draw)
            named = effective(self._named(draw), sent.author)
            self.log.append(MessageEdited(*of, self.number, self.tenant, sent.author, sent.number, named))
        elif kind < 10:
            sent = self._message(draw)
            # Deleted once only; a later edit of what is deleted changes nothing.
            if any(isinstance(event, MessageDeleted) and event.message == sent.number for event in self.log):
                self.log.append(MessageEdited(*of, self.number, self.tenant, sent.author, sent.number, ()))
                return
            self.log.append(MessageDeleted(*of, self.number, self.tenant, author, sent.number))
        elif kind < 11:
            person = PEOPLE[draw(len(PEOPLE))]
            here = person in members
            self.log.append(
                MembersChanged(
                    *of, self.number, self.tenant, author, () if here else (person,), (person,) if here else ()
                )
            )
        else:
            self.log.append(ConversationTouched(*of, self.number, self.tenant, author))

    def _message(self, draw: Draw) -> MessageSent:
        sent = [event for event in self.log if isinstance(event, MessageSent)]
        # Of the last ones more often: those are unread.
        return sent[-1 - draw(min(len(sent), 6))] if draw(4) else sent[draw(len(sent))]

    def _named(self, draw: Draw) -> list[str]:
        return [(*PEOPLE, EVERYONE)[draw(5)] for _ in range(draw(3))]


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
    """Lets something happen within a move: after messages were counted, before the pointer is replaced."""

    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def counts(self, conversation: str, person: str, above: int, revision: int) -> tuple[int, int]:
        found = await super().counts(conversation, person, above, revision)
        await self.interrupt()
        return found

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
        self.chronicle = Chronicle(self.conversation, self.tenant)
        # How far somebody has read, for each time they joined.
        self.reads: dict[tuple[str, int], int] = {}
        self.stale: list[tuple[asyncio.Event, asyncio.Task[None]]] = []
        self.actions = Actions(self.store, self, 0)
        self.recounting = Recounting(self.store, self, 0)

    @property
    def log(self) -> list[Change]:
        return self.chronicle.log

    async def events(self, _conversation: str, after_revision: int, limit: int) -> list[Change]:
        return self.log[after_revision : after_revision + limit]

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
        with suppress(AutoReconnect):
            await store.count(changes)

    def read_of(self, pointer: Pointer) -> int:
        """How far somebody has read by what they did."""
        joined = self.chronicle.joined(pointer.person, pointer.membership)
        return self.reads.get((pointer.person, pointer.membership), joined)

    async def pointer(self, person: str) -> Pointer | None:
        pointer = await self.store.pointer(self.conversation, person, self.tenant)
        return None if pointer is None or pointer.left else pointer

    async def move(self, person: str, number: int, draw: Draw) -> None:
        """Moves a pointer as a client can; what is answered must be true then."""
        caller, before = Identity(self.tenant, person), await self.pointer(person)
        kind = draw(8)
        try:
            if kind < 4:
                epoch = before.epoch if before and draw(8) else draw(3)
                badge = await self.actions.mark_read(caller, self.conversation, number, epoch, 0)
                assert badge.epoch == epoch
            elif kind < 6:
                badge = await self.actions.mark_unread(caller, self.conversation, number, 0)
            elif kind < 7:
                await self.actions.mark_all_read(caller)
                return await self._moved_to_the_end(person)
            else:
                badge = await self.actions.set_mute(caller, self.conversation, draw(2) * 2**53 - draw(2), 0)
                number = 0
        except Fault as fault:
            assert fault.code in {grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.NOT_FOUND, *UNKNOWN}  # noqa: PT017
            return None
        after = await self.store.pointer(self.conversation, person, self.tenant)
        assert after is not None
        # By the badge's epoch: whoever left or came back meanwhile has another one.
        membership = self._membership(after, badge)
        if membership is None:
            return None
        known = self.reads.get((person, membership), self.chronicle.joined(person, membership))
        if kind < 4:
            known = max(known, number)
        elif kind < 6:
            known = max(self.chronicle.joined(person, membership), min(known, number - 1))
        self.reads[person, membership] = known
        assert badge.read == known
        self.true(badge, person)
        return None

    def _membership(self, after: Pointer, badge: Badge) -> int | None:
        if after.epoch == badge.epoch:
            return after.membership
        before = [
            event.revision
            for event in self.log[: after.membership - 1]
            if isinstance(event, ConversationCreated | MembersChanged)
            and after.person in (event.members if isinstance(event, ConversationCreated) else event.added)
        ]
        return before[-1] if before else None

    async def _moved_to_the_end(self, person: str) -> None:
        pointer = await self.pointer(person)
        if pointer is not None:
            assert pointer.read >= self.read_of(pointer)
            self.reads[person, pointer.membership] = pointer.read

    def true(self, badge: Badge, person: str) -> None:
        """A badge is the definition's, at the position that it names."""
        wanted = naive(self.log[: badge.revision], person, badge.read)
        assert (badge.unread, badge.mentions) == wanted, f"{person} at {badge.revision}, read {badge.read}"
        assert badge.number == (self.log[badge.revision - 1].number if badge.revision else 0)

    async def check(self) -> None:
        """At any moment, whatever has crashed."""
        for person in PEOPLE:
            caller = Identity(self.tenant, person)
            shown = (await self.actions.badges(caller, [])).badges
            pointer = await self.pointer(person)
            assert len(shown) == (pointer is not None)
            for badge in shown:
                assert pointer is not None
                assert badge.read == self.read_of(pointer)
                self.true(badge, person)
                # The same by arithmetic alone, as it is shown to who is attached.
                head = await self.store.head(self.conversation)
                self.true(arithmetic(pointer, head, await self.store.below(pointer, head)), person)

    async def step(self, draw: Draw) -> None:
        """One thing that may happen."""
        kind = draw(12)
        if kind < 3:
            for _ in range(1 + draw(4)):
                self.chronicle.happen(draw)
        elif kind < 5:
            await self.count(await self.batch(draw), Gate())
        elif kind < 8:
            await self.count(await self.batch(draw), Gate(draw(5), half=bool(draw(2))))
        elif kind < 9:
            done = asyncio.Event()
            gate = Gate(draw(5), wait=done)
            task = asyncio.create_task(self.count(await self.batch(draw), gate))
            task.add_done_callback(lambda _: gate.reached.set())
            self.stale.append((done, task))
            await gate.reached.wait()
        elif kind < 10 and self.stale:
            done, task = self.stale.pop(draw(len(self.stale)))
            done.set()
            await task
        else:
            self.store.meanwhile = partial(self.count, await self.batch(draw), Gate(draw(6)))
            await self.move(PEOPLE[draw(4)], 1 + draw(self.chronicle.number + 1), draw)
            await self.store.interrupt()

    async def end(self) -> None:
        """Everybody finishes; then all badges count the whole log, and there is nothing to repair."""
        while self.stale:
            done, task = self.stale.pop()
            done.set()
            await task
        await self.count(self.log, Gate())
        await self.check()
        for person in PEOPLE:
            shown = (await self.actions.badges(Identity(self.tenant, person), [])).badges
            assert [badge.number for badge in shown] == [self.chronicle.number] * (person in self.chronicle.members)
            assert (await self.recounting.recount(self.tenant, person))[0] == []

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


UNKNOWN = {grpc.StatusCode.UNAVAILABLE}
