"""What others see of people, for the streams that are open here.

Everybody who is on somebody's screen is kept once, however many watch. A person is read again when there is news of
them, when time may have changed something, and every few seconds anyway: what is stored is the truth.
"""

import asyncio
import heapq
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

from conversations.common.v1 import stream_pb2
from conversations.presence.v1 import presence_pb2

from services.chassis.clock import Clock
from services.chassis.frames import field as frame_field
from services.chassis.streams import ControlFrames, Mailbox
from services.presence import statuses
from services.presence.keys import name_of
from services.presence.statuses import Shown, Status
from services.presence.stores.people import PeopleStore

PERSONS = 500
"""How many people one stream may watch; the contract has it too."""

CAPACITY = PERSONS + 10
"""Frames that may wait on a stream: one for each person, and those of the protocol."""

CONTROL = ControlFrames.of(presence_pb2.WatchPresenceResponse)
"""The frames that all streams share."""

CAUGHT_UP = presence_pb2.WatchPresenceResponse(caught_up=stream_pb2.CaughtUp()).SerializeToString()
"""The end of the snapshot."""

_PRESENCES = presence_pb2.WatchPresenceResponse.DESCRIPTOR.fields_by_name["presences"].number


class _Frames:
    """What is said of a person: to others, and to the person."""

    def __init__(self, person: str, shown: Shown) -> None:
        self._person = person
        self._shown = shown

    @cached_property
    def to_others(self) -> bytes:
        """The frame for others."""
        return self._frame(self._shown.to_others())

    @cached_property
    def to_self(self) -> bytes:
        """The frame for the person."""
        return self._frame(self._shown)

    def _frame(self, shown: Shown) -> bytes:
        presence = presence_pb2.Presence(
            person=self._person,
            # The contract's enumerations travel as numbers.
            status=cast("presence_pb2.Status", shown.status.value),
            last_seen_ms=shown.last_seen,
            until_ms=shown.until,
            chosen=shown.chosen,
        )
        return frame_field(_PRESENCES, presence.SerializeToString())


@dataclass(eq=False, slots=True)
class Viewing:
    """One open stream.

    Attributes:
        viewer: the name of the person whose it is.
        names: the names of the people whom it watches.
        mailbox: what is to be written.
    """

    viewer: str
    names: list[str]
    mailbox: Mailbox

    def tell(self, name: str, frames: _Frames) -> None:
        """Puts what is said of a person into the mailbox."""
        self.mailbox.put(name, frames.to_self if name == self.viewer else frames.to_others)


@dataclass(slots=True)
class _Watched:
    """A person who is on a screen."""

    person: str
    viewings: set[Viewing] = field(default_factory=set)
    shown: Shown | None = None
    due: int = 0


class Statuses:
    """The people who are watched by streams of this replica.

    Args:
        store: what is stored of them.
        clock: the present time.
    """

    def __init__(self, store: PeopleStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._watched: dict[str, _Watched] = {}
        self._due: list[tuple[int, str]] = []
        self._reading = asyncio.Lock()

    def __len__(self) -> int:
        """How many people are watched."""
        return len(self._watched)

    @contextmanager
    def watching(self, tenant: str, viewer: str, persons: Sequence[str], mailbox: Mailbox) -> Iterator[Viewing]:
        """Has every change of these people put into a mailbox, for a while."""
        viewing = Viewing(name_of(tenant, viewer), [name_of(tenant, person) for person in persons], mailbox)
        for name, person in zip(viewing.names, persons, strict=True):
            self._watched.setdefault(name, _Watched(person)).viewings.add(viewing)
        try:
            yield viewing
        finally:
            for name in viewing.names:
                watched = self._watched[name]
                watched.viewings.discard(viewing)
                if not watched.viewings:
                    del self._watched[name]

    async def tell(self, viewing: Viewing) -> None:
        """Puts what is shown of everybody whom a stream watches into its mailbox.

        Raises:
            RedisError: the store cannot be reached.
        """
        await self._read([name for name in viewing.names if self._watched[name].shown is None], unread=True)
        for name in viewing.names:
            watched = self._watched[name]
            viewing.tell(name, _Frames(watched.person, watched.shown or Shown(Status.UNSPECIFIED)))

    async def refresh(self, names: Collection[str], *, everybody: bool = False) -> None:
        """Reads those of these people who are watched, and those of whom something may have changed with time.

        Args:
            names: the people.
            everybody: whether something may have changed of anybody.

        Raises:
            RedisError: the store cannot be reached.
        """
        now = self._clock()
        due = set(self._watched if everybody else names)
        while self._due and self._due[0][0] <= now:
            at, name = heapq.heappop(self._due)
            watched = self._watched.get(name)
            if watched is not None and watched.due == at:
                due.add(name)
        try:
            await self._read([name for name in due if name in self._watched])
        except BaseException:
            # They stay due.
            for name in due:
                if name in self._watched:
                    self._schedule(name, now)
            raise

    async def _read(self, names: Sequence[str], *, unread: bool = False) -> None:
        # One after the other, so that an older answer never follows a newer one.
        async with self._reading:
            if unread:
                names = [name for name in names if name in self._watched and self._watched[name].shown is None]
            if not names:
                return
            now = self._clock()
            for name, (person, known) in (await self._store.read(names, now)).items():
                watched = self._watched.get(name)
                if watched is None:
                    continue
                shown = statuses.shown(watched.shown, person, now, known=known)
                self._schedule(name, statuses.read_again_at(person, now, known=known))
                if shown != watched.shown:
                    self._tell(name, watched, shown)

    def _tell(self, name: str, watched: _Watched, shown: Shown) -> None:
        before, watched.shown = watched.shown, shown
        frames = _Frames(watched.person, shown)
        same_to_others = before is not None and before.to_others() == shown.to_others()
        for viewing in watched.viewings:
            if viewing.viewer == name or not same_to_others:
                viewing.tell(name, frames)

    def _schedule(self, name: str, at: int) -> None:
        watched = self._watched[name]
        if watched.due != at:
            watched.due = at
            heapq.heappush(self._due, (at, name))
