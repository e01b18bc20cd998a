"""What attached people are shown: their open streams, the badges and the totals on them."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from services.chassis.clock import Clock
from services.chassis.streams import Mailbox
from services.unread.feed import badge_frame, total_frame
from services.unread.recent import PersonKey
from services.unread.rooms import Place, Room
from services.unread.rules import Badge, Head, Pointer, is_muted

NOTHING = (0, 0)
"""What a conversation that is muted, or not shown yet, adds to the total."""


class Session:
    """One attached person: their open streams, and what these show."""

    def __init__(self) -> None:
        self.mailboxes: set[Mailbox] = set()
        # What each conversation adds to the total.
        self.shown: dict[str, tuple[int, int]] = {}
        self.unread = 0
        self.mentions = 0
        self.ready = asyncio.Event()

    def add(self, conversation: str, unread: int, mentions: int) -> None:
        """Replaces what a conversation adds to the total."""
        before = self.shown.get(conversation)
        if before is not None:
            self.unread -= before[0]
            self.mentions -= before[1]
        self.shown[conversation] = (unread, mentions)
        self.unread += unread
        self.mentions += mentions

    def drop(self, conversation: str) -> None:
        """Takes a conversation out of the total."""
        self.add(conversation, 0, 0)
        del self.shown[conversation]

    def send(self, conversation: str, frame: bytes) -> None:
        """Sends a badge and the total to all streams."""
        total = total_frame(self.unread, self.mentions)
        for mailbox in self.mailboxes:
            mailbox.put(conversation, frame)
            mailbox.put("total", total)


class Screens:
    """The sessions of this replica.

    Args:
        clock: the present time, for mutes.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.sessions: dict[PersonKey, Session] = {}

    def show(self, room: Room, keys: Iterable[PersonKey] | None = None) -> None:
        """Sends badges of a room to the open streams of these people, or of everybody in it.

        Most people of a room have read equally far, so their badges are the same bytes, made once.
        """
        conversation, head, places, sessions = room.conversation, room.head, room.places, self.sessions
        now = self._clock()
        made: dict[tuple[int, int, int, int, int, int], bytes] = {}
        for key, place in places.items() if keys is None else [(key, places[key]) for key in keys if key in places]:
            session = sessions.get(key)
            if session is None or not session.ready.is_set():
                continue
            unread, mentions = counts = place.counts(head)
            pointer = place.pointer
            muted = pointer.muted_until_ms
            if muted:
                muted = muted if is_muted(muted, now) else 0
            shown = session.shown
            before = shown.get(conversation, NOTHING)
            after = NOTHING if muted else counts
            if after != before:
                session.unread += after[0] - before[0]
                session.mentions += after[1] - before[1]
            shown[conversation] = after
            same = (unread, mentions, pointer.read, pointer.epoch, pointer.version, muted)
            frame = made.get(same)
            if frame is None:
                frame = made[same] = badge_frame(self.badge(place, head))
            total = total_frame(session.unread, session.mentions)
            for mailbox in session.mailboxes:
                mailbox.put(conversation, frame)
                mailbox.put("total", total)

    def show_left(self, key: PersonKey, pointer: Pointer, head: Head) -> None:
        """Takes a conversation that a person has left from their screens."""
        session = self.sessions.get(key)
        if session is None or not session.ready.is_set():
            return
        session.drop(pointer.conversation)
        gone = Badge(
            pointer.conversation,
            unread=0,
            read=pointer.read,
            number=head.number,
            revision=head.revision,
            epoch=pointer.epoch,
            version=pointer.version,
            left=True,
        )
        session.send(pointer.conversation, badge_frame(gone))

    def begin(self, session: Session, key: PersonKey, rooms: Iterable[Room]) -> None:
        """Makes a person's first total."""
        for room in rooms:
            place = room.places[key]
            muted = is_muted(place.pointer.muted_until_ms, self._clock())
            session.add(room.conversation, *((0, 0) if muted else place.counts(room.head)))
        session.ready.set()

    def badge(self, place: Place, head: Head) -> Badge:
        """The badge of a place at a head; a mute that has run out is none."""
        badge = place.badge(head)
        muted = badge.muted_until_ms
        return replace(badge, muted_until_ms=0) if muted and not is_muted(muted, self._clock()) else badge
