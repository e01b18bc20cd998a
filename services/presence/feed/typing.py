"""Who is typing, for the streams that are open here."""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog
from conversations.common.v1 import stream_pb2
from conversations.presence.v1 import presence_pb2

from services.chassis.clock import Clock
from services.chassis.streams import ControlFrames, Mailbox
from services.presence.members import Members
from services.presence.stores.typing import TypingStore

CAPACITY = 8
"""Frames that may wait on a stream: one list, and those of the protocol."""

CHECK_S = 1.0
"""How often it is asked whether those who watch are still members, s: a removed one's stream ends within 2 s."""

CONTROL = ControlFrames.of(presence_pb2.WatchTypingResponse)
"""The frames that all streams share."""

CAUGHT_UP = presence_pb2.WatchTypingResponse(caught_up=stream_pb2.CaughtUp()).SerializeToString()
"""The end of the snapshot."""

_log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class Viewer:
    """One open stream.

    Attributes:
        tenant: the caller's tenant.
        person: the caller, who is never told of their own typing.
        mailbox: what is to be written.
        told: the list that was told last; None for none.
        removed: whether the caller is no longer a member.
    """

    tenant: str
    person: str
    mailbox: Mailbox = field(repr=False)
    told: list[str] | None = None
    removed: bool = False

    def tell(self, typing: Collection[str]) -> None:
        """Puts who is typing into the mailbox, if that is not what was told last."""
        persons = sorted(person for person in typing if person != self.person)
        if persons != self.told:
            self.told = persons
            frame = presence_pb2.WatchTypingResponse(typing=presence_pb2.Typing(persons=persons))
            self.mailbox.put("typing", frame.SerializeToString())


@dataclass(slots=True)
class _Room:
    """A conversation that somebody watches."""

    viewers: set[Viewer] = field(default_factory=set)
    until: dict[str, int] = field(default_factory=dict)


class Typing:
    """The conversations that are watched by streams of this replica.

    Args:
        store: who is typing.
        members: who may know.
        clock: the present time.
    """

    def __init__(self, store: TypingStore, members: Members, clock: Clock) -> None:
        self._store = store
        self._members = members
        self._clock = clock
        self._rooms: dict[str, _Room] = {}
        self._reading = asyncio.Lock()

    def __len__(self) -> int:
        """How many conversations are watched."""
        return len(self._rooms)

    @contextmanager
    def watching(self, conversation: str, viewer: Viewer) -> Iterator[None]:
        """Has who is typing in a conversation put into a stream's mailbox, for a while."""
        self._rooms.setdefault(conversation, _Room()).viewers.add(viewer)
        try:
            yield
        finally:
            room = self._rooms[conversation]
            room.viewers.discard(viewer)
            if not room.viewers:
                del self._rooms[conversation]

    async def refresh(self, conversations: Collection[str], *, everywhere: bool = False) -> None:
        """Reads those of these conversations that are watched, and those in which somebody's time has passed.

        Args:
            conversations: the conversations.
            everywhere: whether something may have changed in any.

        Raises:
            RedisError: the store cannot be reached.
        """
        async with self._reading:
            now = self._clock()
            due = [
                conversation
                for conversation, room in self._rooms.items()
                if everywhere or conversation in conversations or any(until <= now for until in room.until.values())
            ]
            if not due:
                return
            for conversation, typing in zip(due, await self._store.read(due, now), strict=True):
                room = self._rooms.get(conversation)
                if room is not None:
                    room.until = typing
                    self._tell(conversation, room)

    async def check(self) -> None:
        """Ends the streams of those who are no longer members.

        Raises:
            AioRpcError: messaging cannot answer; nobody can be known to be removed then.
        """
        found = await self._members.refresh(list(self._rooms))
        for conversation, membership in found.items():
            room = self._rooms.get(conversation)
            if room is None:
                continue
            for viewer in tuple(room.viewers):
                if membership is None or not membership.has(viewer.tenant, viewer.person):
                    viewer.removed = True
                    viewer.mailbox.close(drop=True)
            self._tell(conversation, room)

    async def keep_checking(self) -> None:
        """Checks again and again."""
        while True:
            await self.check()
            await asyncio.sleep(CHECK_S)

    def _tell(self, conversation: str, room: _Room) -> None:
        membership = self._members.cached(conversation)
        typing = [person for person in room.until if membership is None or person in membership.persons]
        for viewer in room.viewers:
            viewer.tell(typing)
