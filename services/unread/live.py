"""The badges of everybody who is attached to this replica, loaded from what is stored and kept true by two feeds."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol

import structlog

from services.chassis.streams import Mailbox
from services.chassis.tasks import Tasks
from services.unread.feed import BADGES_CAUGHT_UP, PointerFeed, badge_frame, total_frame
from services.unread.rooms import PersonKey, Room, Rooms
from services.unread.rules import Change, ConversationCreated, Head, Pointer
from services.unread.store import UnreadStore

PAGE = 500
"""How many events are read at once to fill a gap."""

FILL_TIMEOUT_S = 5.0
"""How long an attaching client waits for gaps to be filled before it is told to come again, s."""

_log = structlog.get_logger(__name__)


class Log(Protocol):
    """Reads conversations' logs from their owner."""

    async def events(self, conversation: str, after_revision: int, limit: int) -> list[Change]:
        """Events with a higher revision, ascending."""


class _Session:
    """One attached person: their open streams, and what these show."""

    def __init__(self) -> None:
        self.mailboxes: set[Mailbox] = set()
        self.shown: dict[str, int] = {}
        self.total = 0
        self.ready = asyncio.Event()


class Live:
    """Streams badges.

    Args:
        store: what is stored.
        log: the owner of the events, for gaps.
        tasks: where gap-filling runs.
    """

    def __init__(self, store: UnreadStore, log: Log, tasks: Tasks) -> None:
        self._store = store
        self._log = log
        self._tasks = tasks
        self._rooms = Rooms()
        self._sessions: dict[PersonKey, _Session] = {}
        self._filling: dict[str, asyncio.Task[None]] = {}

    async def attach(self, key: PersonKey, mailbox: Mailbox) -> None:
        """Sends a person's snapshot, and from then on each change, to a mailbox.

        Raises:
            PyMongoError: the stored state cannot be read.
            TimeoutError: the state is still incomplete.
        """
        session = self._sessions.get(key)
        if session is None:
            session = self._sessions[key] = _Session()
            session.mailboxes.add(mailbox)
            self._rooms.arrive(key)
            await self._load(key)
            for conversation, room in self._rooms.rooms_of(key).items():
                session.shown[conversation] = room.places[key].badge(room.head).unread
            session.total = sum(session.shown.values())
            session.ready.set()
        else:
            session.mailboxes.add(mailbox)
            async with asyncio.timeout(FILL_TIMEOUT_S):
                await session.ready.wait()
        for room in self._rooms.rooms_of(key).values():
            badge = room.places[key].badge(room.head)
            if badge.unread:
                mailbox.put(room.conversation, badge_frame(badge))
        mailbox.put("total", total_frame(session.total))
        mailbox.append(BADGES_CAUGHT_UP)

    def detach(self, key: PersonKey, mailbox: Mailbox) -> None:
        """Ends what `attach` began."""
        session = self._sessions.get(key)
        if session is None or mailbox not in session.mailboxes:
            return
        session.mailboxes.discard(mailbox)
        if not session.mailboxes or not session.ready.is_set():
            # Whoever still waits for a load that has failed attaches again.
            for other in session.mailboxes:
                other.close(drop=True)
            del self._sessions[key]
            self._rooms.leave(key)

    def see(self, changes: Sequence[Change]) -> None:
        """Folds a batch of events in, and sends the badges that they change."""
        touched: dict[str, Room] = {}
        for change in changes:
            self._rooms.recent.add(change)
            if isinstance(change, ConversationCreated) and self._sessions:
                self._admit(change)
            room = self._rooms.get(change.conversation)
            if room is not None and (room.fold(change) or change.revision == 1):
                touched[room.conversation] = room
            elif room is not None and room.behind:
                self._fill(room)
        for room in touched.values():
            if not room.behind:
                self._show(room, room.places)

    async def follow_pointers(self, feed: PointerFeed) -> None:
        """Takes every pointer that is made or moves, for ever."""
        async for batch in feed.follow_all():
            if batch.reset:
                await asyncio.gather(*(self._reload(key) for key in tuple(self._sessions)))
            for item in batch.items:
                key = (item.pointer.tenant, item.pointer.person)
                if key not in self._sessions:
                    continue
                if item.pointer.conversation not in self._rooms.rooms_of(key):
                    self._tasks.start("join", self._reload(key, item.pointer.conversation))
                elif (room := self._rooms.move(key, item.pointer)) and not room.behind:
                    self._show(room, (key,))

    async def sweep(self, interval_s: float) -> None:
        """Compares what is shown with what is stored, for ever, so that no missed event stays unnoticed."""
        while True:
            await asyncio.sleep(interval_s)
            await self.sweep_once()

    async def sweep_once(self) -> None:
        """Fills every room whose stored head is ahead of it."""
        rooms = list(self._rooms)
        for start in range(0, len(rooms), PAGE):
            part = rooms[start : start + PAGE]
            heads = await self._store.heads([room.conversation for room in part])
            for room in part:
                stored = heads.get(room.conversation, Head())
                if stored.revision > room.head.revision:
                    room.expected = max(room.expected, stored.revision)
                    self._fill(room)

    def refill(self) -> None:
        """After a gap in the feed: every room may be behind."""
        for room in self._rooms:
            room.expected = max(room.expected, room.head.revision + 1)
            self._fill(room)

    def _admit(self, change: ConversationCreated) -> None:
        """Puts attached members into a conversation that has just begun."""
        for member in change.members:
            key = (change.tenant, member)
            if key in self._sessions and change.conversation not in self._rooms.rooms_of(key):
                self._rooms.place(key, Pointer(change.conversation, member, change.tenant), Head())

    async def _load(self, key: PersonKey) -> None:
        """Builds a person's rooms.

        Heads are read before pointers, because whoever counts writes pointers before heads: so each pointer covers
        everything up to the head that was read.
        """
        tenant, person = key
        conversations = await self._store.conversations_of(tenant, person)
        heads = await self._store.heads(conversations)
        pointers = await self._store.pointers_of(tenant, person)
        self._place_all(key, pointers, heads)
        for change in list(self._rooms.recent.created_with(key)):
            if change.conversation not in self._rooms.rooms_of(key):
                self._rooms.place(key, Pointer(change.conversation, person, tenant), Head())
        filling = [self._fill(room) for room in self._rooms.rooms_of(key).values() if room.behind]
        if filling:
            async with asyncio.timeout(FILL_TIMEOUT_S):
                await asyncio.gather(*(asyncio.shield(task) for task in filling))

    async def _reload(self, key: PersonKey, conversation: str = "") -> None:
        """Reads a person's pointers again: all of them, or that of one conversation they have come into."""
        tenant, person = key
        conversations = [conversation] if conversation else await self._store.conversations_of(tenant, person)
        heads = await self._store.heads(conversations)
        pointers = await self._store.pointers_of(tenant, person, conversations)
        for room in self._place_all(key, pointers, heads):
            if room.behind:
                self._fill(room)
            else:
                self._show(room, (key,))

    def _place_all(self, key: PersonKey, pointers: Iterable[Pointer], heads: dict[str, Head]) -> list[Room]:
        rooms = []
        for pointer in pointers:
            room = self._rooms.place(key, pointer, heads.get(pointer.conversation, Head()))
            if room is not None:
                rooms.append(room)
        return rooms

    def _show(self, room: Room, keys: Iterable[PersonKey]) -> None:
        """Sends badges of a room to the open streams of these people.

        Most people of a room have read equally far, so their badges are the same bytes, made once.
        """
        conversation, head = room.conversation, room.head
        made: dict[tuple[int, int, int, int], bytes] = {}
        for key in keys:
            session = self._sessions.get(key)
            if session is None or not session.ready.is_set():
                continue
            place = room.places[key]
            unread = place.unread(head)
            session.total += unread - session.shown.get(conversation, 0)
            session.shown[conversation] = unread
            pointer = place.pointer
            same = (unread, pointer.read, pointer.epoch, pointer.version)
            frame = made.get(same)
            if frame is None:
                frame = made[same] = badge_frame(place.badge(head))
            total = total_frame(session.total)
            for mailbox in session.mailboxes:
                mailbox.put(conversation, frame)
                mailbox.put("total", total)

    def _fill(self, room: Room) -> "asyncio.Task[None]":
        task = self._filling.get(room.conversation)
        if task is None:
            task = self._tasks.start("fill", self._fill_room(room))
            self._filling[room.conversation] = task
            task.add_done_callback(lambda _: self._filling.pop(room.conversation, None))
        return task

    async def _fill_room(self, room: Room) -> None:
        """Reads missing events from their owner until the room is no longer behind."""
        misses = 0
        while room.places and misses < 20:
            changes = await self._log.events(room.conversation, room.head.revision, PAGE)
            for change in changes:
                room.fold(change)
            if len(changes) < PAGE and room.behind:
                misses += 1
                if not changes and misses > 3:
                    room.expected = room.head.revision
                await asyncio.sleep(0.02)
            if not room.behind:
                break
        self._show(room, tuple(room.places))
