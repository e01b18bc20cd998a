"""The badges of everybody who is attached to this replica, loaded from what is stored and kept true by two feeds."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import islice

import structlog
from pymongo.errors import PyMongoError

from services.chassis.clock import Clock, system_clock
from services.chassis.errors import unavailable
from services.chassis.streams import Mailbox
from services.chassis.tasks import Tasks, describe
from services.unread.feed import BADGES_CAUGHT_UP, PointerFeed, badge_frame, total_frame
from services.unread.live.gaps import Gaps
from services.unread.live.log import Log
from services.unread.live.mutes import Mutes
from services.unread.live.screens import Screens, Session
from services.unread.recent import PersonKey
from services.unread.rooms import Place, Room, Rooms
from services.unread.rules import (
    NOTHING,
    Badge,
    Change,
    ConversationCreated,
    Effect,
    Head,
    Pointer,
    Total,
    left,
)
from services.unread.store import UnreadStore

__all__ = ["Live", "Log"]

PAGE = 500
"""How many badges stand in one frame, and how many rooms are compared at once."""

FILL_TIMEOUT_S = 5.0
"""How long an attaching client waits for gaps to be filled before it is told to come again, s."""

RETRY_S = 0.5
"""Pause before a pointer that could not be read is read again, s."""

_log = structlog.get_logger(__name__)


class Live:
    """Streams badges.

    Args:
        store: what is stored.
        log: the owner of the events, for gaps.
        tasks: where gap-filling runs.
        clock: the present time, for mutes that run out.
    """

    def __init__(self, store: UnreadStore, log: Log, tasks: Tasks, clock: Clock = system_clock) -> None:
        self._store = store
        self._tasks = tasks
        self._rooms = Rooms()
        self._screens = Screens(clock)
        self._sessions = self._screens.sessions
        self._mutes = Mutes(clock)
        self._gaps = Gaps(store, log, tasks, self._rooms, self._screens.show, self._missing, self._dismiss)

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
        badges = (self._screens.badge(room.places[key], room.head) for room in self._rooms.rooms_of(key).values())
        frames = (badge_frame(badge) for badge in badges if badge.unread or badge.muted_until_ms)
        # In pieces, so that a person of very many conversations does not overflow the mailbox.
        while piece := b"".join(islice(frames, PAGE)):
            mailbox.append(piece)
        mailbox.put("total", total_frame(session.unread, session.mentions))
        mailbox.append(BADGES_CAUGHT_UP)

    async def _join(self, key: PersonKey, mailbox: Mailbox) -> Session:
        """The person's session; whoever comes first loads it, and if that fails, whoever waits for it tries again."""
        while (session := self._sessions.get(key)) is not None:
            session.mailboxes.add(mailbox)
            async with asyncio.timeout(FILL_TIMEOUT_S):
                await session.ready.wait()
            if self._sessions.get(key) is session:
                return session
        session = self._sessions[key] = Session()
        session.mailboxes.add(mailbox)
        self._rooms.arrive(key)
        try:
            await self._load(key)
        except BaseException:
            self._end(key, session)
            raise
        self._screens.begin(session, key, self._rooms.rooms_of(key).values())
        return session

    def detach(self, key: PersonKey, mailbox: Mailbox) -> None:
        """Ends what `attach` began."""
        session = self._sessions.get(key)
        if session is None or mailbox not in session.mailboxes:
            return
        session.mailboxes.discard(mailbox)
        if not session.mailboxes:
            self._end(key, session)

    def _end(self, key: PersonKey, session: Session) -> None:
        del self._sessions[key]
        self._rooms.leave(key)
        session.ready.set()

    def attached(self) -> list[PersonKey]:
        """Who is attached here."""
        return list(self._sessions)

    def shown(self, key: PersonKey, conversation: str) -> tuple[Badge, Pointer] | None:
        """What an attached person is shown of a conversation; None if nothing, or if it is not complete."""
        session, place = self._sessions.get(key), self._rooms.place_of(key, conversation)
        room = self._rooms.get(conversation)
        if session is None or not session.ready.is_set() or place is None or room is None or room.behind:
            return None
        return place.badge(room.head), place.pointer

    def total(self, key: PersonKey) -> Total | None:
        """The total that an attached person is shown."""
        session = self._sessions.get(key)
        return Total(session.unread, session.mentions) if session and session.ready.is_set() else None

    def see(self, changes: Sequence[Change]) -> None:
        """Folds a batch of events in, and sends the badges that they change."""
        touched: dict[str, Room] = {}
        rooms, recent = self._rooms, self._rooms.recent
        for change in changes:
            effect = recent.add(change)
            if isinstance(change, ConversationCreated) and self._sessions:
                self._admit(change)
            room = rooms.get(change.conversation)
            if room is None:
                continue
            if effect is None:
                room.expected = max(room.expected, change.revision)
                if room.behind:
                    self._gaps.fill(room)
            elif room.fold(effect) or change.revision == 1:
                touched[room.conversation] = room
                if effect.removed:
                    self._dismiss(effect)
            elif room.behind:
                self._gaps.fill(room)
        for room in touched.values():
            if not room.behind:
                self._screens.show(room)

    async def follow_pointers(self, feed: PointerFeed) -> None:
        """Takes every pointer that is made or changes, for ever."""
        async for batch in feed.follow_all():
            if batch.reset:
                await asyncio.gather(*(self._reload(key) for key in tuple(self._sessions)))
            for item in batch.items:
                key = (item.pointer.tenant, item.pointer.person)
                if key in self._sessions:
                    self._take(key, item.pointer)

    def _take(self, key: PersonKey, pointer: Pointer) -> None:
        if pointer.left:
            self._depart(key, pointer)
        elif not self._rooms.joins(key, pointer):
            self._tasks.start("join", self._enter(key, pointer.conversation))
        elif room := self._rooms.move(key, pointer):
            self._mutes.add(key, pointer)
            # If it is behind, the feed of events is on its way, and the sweep looks after it.
            if not room.behind:
                self._screens.show(room, (key,))

    async def sweep(self, interval_s: float) -> None:
        """Compares what is shown with what is stored, for ever, so that no missed event stays unnoticed."""
        while True:
            await asyncio.sleep(interval_s)
            await self.sweep_once()

    async def sweep_once(self) -> None:
        """Fills every room whose stored head is ahead of it, that is still behind, or that differs from it."""
        rooms = list(self._rooms)
        for start in range(0, len(rooms), PAGE):
            part = rooms[start : start + PAGE]
            heads = await self._store.heads([room.conversation for room in part])
            for room in part:
                stored = heads.get(room.conversation, Head())
                room.expected = max(room.expected, stored.revision)
                if stored.revision == room.head.revision and stored != room.head:
                    _log.error("a room differs from what is stored, begins again", conversation=room.conversation)
                    room.stale = True
                if room.behind:
                    self._gaps.fill(room)

    def refill(self, concerned: Callable[[str], bool]) -> None:
        """After a gap in the feed: every room of these conversations may be behind."""
        for room in self._rooms:
            if concerned(room.conversation):
                room.expected = max(room.expected, room.head.revision + 1)
                self._gaps.fill(room)

    def begin_again(self, conversation: str) -> None:
        """Loads a conversation's room again from what is stored."""
        if room := self._rooms.get(conversation):
            room.stale = True
            self._gaps.fill(room)

    async def follow_mutes(self) -> None:
        """Puts conversations whose mute runs out back into totals, for ever."""
        while True:
            await self._mutes.wait()
            self.unmute()

    def unmute(self) -> None:
        """Shows the badges of conversations whose mute has run out."""
        for until, key, conversation in self._mutes.due():
            place, room = self._rooms.place_of(key, conversation), self._rooms.get(conversation)
            if place and room and place.pointer.muted_until_ms == until and not room.behind:
                self._screens.show(room, (key,))

    def _admit(self, change: ConversationCreated) -> None:
        """Puts attached members into a conversation that has just begun."""
        for member in change.members:
            key = (change.tenant, member)
            if key in self._sessions and change.conversation not in self._rooms.rooms_of(key):
                self._rooms.place(key, Pointer(change.conversation, member, change.tenant), Head(), NOTHING)

    def _dismiss(self, effect: Effect) -> None:
        """Takes attached people who leave out of a conversation, at once."""
        for person in effect.removed:
            key = (effect.tenant, person)
            found = self._rooms.dismiss(key, effect.conversation, effect.revision) if key in self._sessions else None
            if found:
                room, place = found
                self._screens.show_left(key, left(place.pointer, effect), room.head)

    def _depart(self, key: PersonKey, pointer: Pointer) -> None:
        """The same, told by the pointer."""
        if found := self._rooms.dismiss(key, pointer.conversation, pointer.membership):
            self._screens.show_left(key, pointer, found[0].head)

    def _missing(self, key: PersonKey, place: Place, room: Room) -> None:
        """Takes from a screen what the store says is not the person's any more."""
        pointer = place.pointer
        gone = Effect(room.conversation, max(room.head.revision, pointer.membership + 1), room.head.number, key[0])
        self._screens.show_left(key, left(pointer, gone), room.head)

    async def _load(self, key: PersonKey) -> None:
        """Builds a person's rooms.

        Heads are read before pointers, because whoever counts writes pointers before heads: so each pointer covers
        everything up to the head that was read.
        """
        tenant, person = key
        await self._read(key, await self._store.conversations_of(tenant, person))
        for change in list(self._rooms.recent.created_with(key)):
            if change.conversation not in self._rooms.rooms_of(key):
                self._rooms.place(key, Pointer(change.conversation, person, tenant), Head(), NOTHING)
        filling = [self._gaps.fill(room) for room in self._rooms.rooms_of(key).values() if room.behind]
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
        known = list(self._rooms.rooms_of(key))
        conversations = [conversation] if conversation else await self._store.conversations_of(*key)
        for room in await self._read(key, conversations):
            if room.behind:
                self._gaps.fill(room)
            else:
                self._screens.show(room, (key,))
        if not conversation:
            gone = [pointer for pointer in await self._store.pointers([(c, key[1]) for c in known]) if pointer.left]
            for pointer in gone:
                if key in self._sessions:
                    self._depart(key, pointer)

    async def _read(self, key: PersonKey, conversations: Sequence[str]) -> list[Room]:
        """Places a person as it is stored."""
        tenant, person = key
        heads = await self._store.heads(conversations)
        rooms = []
        for pointer in await self._store.pointers_of(tenant, person, conversations):
            head = heads.get(pointer.conversation, Head())
            below = NOTHING if head.lists(pointer.read) else await self._store.below(pointer, head)
            self._mutes.add(key, pointer)
            room = self._rooms.place(key, pointer, head, below)
            if room is not None:
                rooms.append(room)
        return rooms
