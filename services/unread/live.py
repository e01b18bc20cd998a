"""The badges of everybody who is attached to this replica, loaded from what is stored and kept true by two feeds."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from typing import Protocol

import structlog
from pymongo.errors import PyMongoError

from services.chassis.errors import unavailable
from services.chassis.streams import Mailbox
from services.chassis.tasks import Tasks, describe
from services.unread.feed import BADGES_CAUGHT_UP, PointerFeed, badge_frame, total_frame
from services.unread.recent import PersonKey
from services.unread.rooms import Room, Rooms
from services.unread.rules import Change, ConversationCreated, Head, Pointer
from services.unread.store import UnreadStore

PAGE = 500
"""How many events are read at once to fill a gap."""

FILLS = 32
"""How many gaps are filled at once: after a gap in the feed every room may have one."""

FILL_TIMEOUT_S = 5.0
"""How long an attaching client waits for gaps to be filled before it is told to come again, s."""

RETRY_S = 0.5
"""Pause before a pointer that could not be read is read again, s."""

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
        self._filling: dict[Room, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(FILLS)

    async def attach(self, key: PersonKey, mailbox: Mailbox) -> None:
        """Sends a person's snapshot, and from then on each change, to a mailbox.

        Raises:
            PyMongoError: the stored state cannot be read.
            Fault: UNAVAILABLE, the state is still incomplete.
        """
        try:
            session = await self._join(key, mailbox)
        except TimeoutError:
            raise unavailable("the badges are not complete yet; connect again") from None
        badges = (room.places[key].badge(room.head) for room in self._rooms.rooms_of(key).values())
        frames = (badge_frame(badge) for badge in badges if badge.unread)
        # In pieces, so that a person of very many conversations does not overflow the mailbox.
        while piece := b"".join(islice(frames, PAGE)):
            mailbox.append(piece)
        mailbox.put("total", total_frame(session.total))
        mailbox.append(BADGES_CAUGHT_UP)

    async def _join(self, key: PersonKey, mailbox: Mailbox) -> _Session:
        """The person's session; whoever comes first loads it, and if that fails, whoever waits for it tries again."""
        while (session := self._sessions.get(key)) is not None:
            session.mailboxes.add(mailbox)
            async with asyncio.timeout(FILL_TIMEOUT_S):
                await session.ready.wait()
            if self._sessions.get(key) is session:
                return session
        session = self._sessions[key] = _Session()
        session.mailboxes.add(mailbox)
        self._rooms.arrive(key)
        try:
            await self._load(key)
        except BaseException:
            self._end(key, session)
            raise
        for conversation, room in self._rooms.rooms_of(key).items():
            session.shown[conversation] = room.places[key].unread(room.head)
        session.total = sum(session.shown.values())
        session.ready.set()
        return session

    def detach(self, key: PersonKey, mailbox: Mailbox) -> None:
        """Ends what `attach` began."""
        session = self._sessions.get(key)
        if session is None or mailbox not in session.mailboxes:
            return
        session.mailboxes.discard(mailbox)
        if not session.mailboxes:
            self._end(key, session)

    def _end(self, key: PersonKey, session: _Session) -> None:
        del self._sessions[key]
        self._rooms.leave(key)
        session.ready.set()

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
                self._show(room)

    async def follow_pointers(self, feed: PointerFeed) -> None:
        """Takes every pointer that is made or moves, for ever."""
        async for batch in feed.follow_all():
            if batch.reset:
                await asyncio.gather(*(self._reload(key) for key in tuple(self._sessions)))
            for item in batch.items:
                key = (item.pointer.tenant, item.pointer.person)
                if key not in self._sessions:
                    continue
                if not self._rooms.joins(key, item.pointer):
                    self._tasks.start("join", self._enter(key, item.pointer.conversation))
                elif (room := self._rooms.move(key, item.pointer)) and not room.behind:
                    self._show(room, (key,))

    async def sweep(self, interval_s: float) -> None:
        """Compares what is shown with what is stored, for ever, so that no missed event stays unnoticed."""
        while True:
            await asyncio.sleep(interval_s)
            await self.sweep_once()

    async def sweep_once(self) -> None:
        """Fills every room whose stored head is ahead of it, or that is still behind what it has heard of."""
        rooms = list(self._rooms)
        for start in range(0, len(rooms), PAGE):
            part = rooms[start : start + PAGE]
            heads = await self._store.heads([room.conversation for room in part])
            for room in part:
                stored = heads.get(room.conversation, Head())
                room.expected = max(room.expected, stored.revision)
                if room.behind:
                    self._fill(room)

    def refill(self, concerned: Callable[[str], bool]) -> None:
        """After a gap in the feed: every room of these conversations may be behind."""
        for room in self._rooms:
            if concerned(room.conversation):
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

    async def _enter(self, key: PersonKey, conversation: str) -> None:
        """Puts a person into a conversation that they have come into, however often the store fails meanwhile."""
        while key in self._sessions:
            try:
                return await self._reload(key, conversation)
            except PyMongoError as error:
                _log.warning("pointer not read, tries again", error=describe(error))
                await asyncio.sleep(RETRY_S)
        return None

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

    def _show(self, room: Room, keys: Iterable[PersonKey] | None = None) -> None:
        """Sends badges of a room to the open streams of these people, or of everybody in it.

        Most people of a room have read equally far, so their badges are the same bytes, made once.
        """
        conversation, head, places, sessions = room.conversation, room.head, room.places, self._sessions
        made: dict[tuple[int, int, int, int], bytes] = {}
        for key, place in places.items() if keys is None else [(key, places[key]) for key in keys]:
            session = sessions.get(key)
            if session is None or not session.ready.is_set():
                continue
            unread = place.unread(head)
            shown = session.shown
            session.total += unread - shown.get(conversation, 0)
            shown[conversation] = unread
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
        task = self._filling.get(room)
        if task is None or task.done():
            task = self._filling[room] = self._tasks.start("fill", self._fill_room(room))
            task.add_done_callback(partial(self._filled, room))
        return task

    def _filled(self, room: Room, task: "asyncio.Task[None]") -> None:
        if self._filling.get(room) is task:
            del self._filling[room]

    async def _fill_room(self, room: Room) -> None:
        """Reads missing events from their owner until the room is no longer behind."""
        misses = 0
        while room.places and misses < 20:
            async with self._slots:
                changes = await self._log.events(room.conversation, room.head.revision, PAGE)
            for change in changes:
                room.fold(change)
            if not room.behind:
                break
            if not changes:
                misses += 1
                if misses > 3:
                    room.expected = room.head.revision
                await asyncio.sleep(0.02)
        self._show(room)
