"""Rooms that are behind: filled from the owner's log, or begun again from what is stored."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from services.chassis.tasks import Tasks
from services.unread.live.log import Log
from services.unread.recent import PersonKey
from services.unread.rooms import Place, Room, Rooms
from services.unread.rules import (
    NOTHING,
    Change,
    Effect,
    MessageDeleted,
    MessageEdited,
    Row,
    effect_of,
)
from services.unread.store import UnreadStore

PAGE = 500
"""How many events are read at once to fill a gap."""

FILLS = 32
"""How many gaps are filled at once: after a gap in the feed every room may have one."""

MISSES = 20
"""How often a gap that cannot be filled yet is looked at again; then the sweep does."""


class Gaps:
    """Fills rooms.

    Args:
        store: what is stored.
        log: the owner of the events.
        tasks: where gap-filling runs.
        rooms: all rooms.
        show: called with each room that is filled.
        left: called with (person, their place, the room) of who turns out to have left.
        folded: called with each effect that is folded in.
    """

    def __init__(
        self,
        store: UnreadStore,
        log: Log,
        tasks: Tasks,
        rooms: Rooms,
        show: Callable[[Room], None],
        left: Callable[[PersonKey, Place, Room], None],
        folded: Callable[[Effect], None],
    ) -> None:
        self._store = store
        self._log = log
        self._tasks = tasks
        self._rooms = rooms
        self._show = show
        self._left = left
        self._folded = folded
        self._filling: dict[Room, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(FILLS)

    def fill(self, room: Room) -> "asyncio.Task[None]":
        """Fills a room, unless that is under way; answers the task."""
        task = self._filling.get(room)
        if task is None or task.done():
            task = self._filling[room] = self._tasks.start("fill", self._fill(room))
            task.add_done_callback(partial(self._filled, room))
        return task

    def _filled(self, room: Room, task: "asyncio.Task[None]") -> None:
        if self._filling.get(room) is task:
            del self._filling[room]

    async def _fill(self, room: Room) -> None:
        """Reads missing events from their owner until the room is no longer behind."""
        misses = empty = 0
        while room.places and misses < MISSES:
            if not room.behind:
                return self._show(room)
            if room.stale:
                await self._begin_again(room)
                continue
            async with self._slots:
                changes = await self._log.events(room.conversation, room.head.revision, PAGE)
            if changes and await self._fold(room, changes):
                continue
            misses += 1
            empty += not changes
            if empty > 3:
                room.expected = room.head.revision
            await asyncio.sleep(min(0.02 * misses, 0.2))
        return None

    async def _fold(self, room: Room, changes: Sequence[Change]) -> bool:
        """Folds events in as far as it is known what they do; whether that was any."""
        numbers = [
            change.message
            for change in changes
            if isinstance(change, MessageEdited | MessageDeleted) and self._rooms.recent.effect(change) is None
        ]
        covered, rows = 0, dict[int, Row]()
        if numbers:
            # What an event did can be found in the rows once it is counted.
            covered = (await self._store.head(room.conversation)).revision
            rows = await self._store.rows(room.conversation, numbers)
        before = room.head.revision
        for change in changes:
            effect = self._rooms.recent.effect(change)
            if effect is None and isinstance(change, MessageEdited | MessageDeleted) and change.revision <= covered:
                effect = effect_of(change, rows.get(change.message))
            if effect is None:
                room.expected = max(room.expected, change.revision)
                break
            if room.fold(effect):
                self._folded(effect)
        return room.head.revision > before

    async def _begin_again(self, room: Room) -> None:
        head = await self._store.head(room.conversation)
        found = []
        pointers = await self._store.pointers([(room.conversation, person) for _, person in room.places])
        for pointer in pointers:
            below = NOTHING if pointer.left else await self._store.below(pointer, head)
            found.append(((pointer.tenant, pointer.person), pointer, below))
        known = {key for key, _, _ in found}
        # Who has come meanwhile is not among them: once more.
        if all(key in known for key in room.places):
            for key, place in self._rooms.begin_again(room, head, found):
                self._left(key, place, room)
        else:
            await asyncio.sleep(0.02)
