"""What unread streams: frames of badges and readers, and the feed of pointers."""

from collections.abc import AsyncGenerator
from functools import lru_cache

from conversations.common.v1 import stream_pb2
from conversations.unread.v1 import unread_pb2 as pb

from services.chassis import frames, mongo
from services.chassis.feed import Batch, ChangeFeed
from services.chassis.streams import ControlFrames
from services.unread.rules import Badge, Pointer, Total
from services.unread.store.documents import pointer_of

BADGES_CONTROL = ControlFrames.of(pb.WatchBadgesResponse)

BADGES_CAUGHT_UP = pb.WatchBadgesResponse(caught_up=stream_pb2.CaughtUp()).SerializeToString()

READERS_CONTROL = ControlFrames.of(pb.WatchReadersResponse)

READERS_CAUGHT_UP = pb.WatchReadersResponse(caught_up=stream_pb2.CaughtUp()).SerializeToString()

READS_GO_AWAY = pb.StreamReadsResponse(go_away=stream_pb2.GoAway()).SerializeToString()

_BADGES = pb.WatchBadgesResponse.BADGES_FIELD_NUMBER
_TOTAL = pb.WatchBadgesResponse.TOTAL_FIELD_NUMBER
_READERS = pb.WatchReadersResponse.READERS_FIELD_NUMBER
_POINTERS = pb.StreamReadsResponse.POINTERS_FIELD_NUMBER

POINTER_CHANGES: list[mongo.Document] = [
    {"$match": {"operationType": {"$in": ["insert", "replace"]}}},
    {"$project": {"fullDocument": 1, "operationType": 1}},
]


def badge_message(badge: Badge) -> pb.Badge:
    """A badge, for the contract."""
    return pb.Badge(
        conversation=badge.conversation,
        unread=badge.unread,
        read=badge.read,
        number=badge.number,
        revision=badge.revision,
        epoch=badge.epoch,
        version=badge.version,
        mentions=badge.mentions,
        muted_until_ms=badge.muted_until_ms,
        left=badge.left,
    )


def badge_frame(badge: Badge) -> bytes:
    """A badge as a part of a WatchBadgesResponse."""
    return frames.field(_BADGES, badge_message(badge).SerializeToString())


def total_message(total: Total) -> pb.Total:
    """A total, for the contract."""
    return pb.Total(unread=total.unread, mentions=total.mentions)


@lru_cache(maxsize=10_000)
def total_frame(unread: int, mentions: int) -> bytes:
    """A total as a part of a WatchBadgesResponse."""
    return frames.field(_TOTAL, pb.Total(unread=unread, mentions=mentions).SerializeToString())


def pointer_message(pointer: Pointer) -> pb.Pointer:
    """A pointer, for the contract."""
    return pb.Pointer(
        conversation=pointer.conversation,
        person=pointer.person,
        tenant=pointer.tenant,
        read=pointer.read,
        epoch=pointer.epoch,
        version=pointer.version,
        muted_until_ms=pointer.muted_until_ms,
        joined=pointer.joined,
        left=pointer.left,
        membership_revision=pointer.membership,
    )


def reader_frame(pointer: Pointer) -> bytes:
    """A reader as a part of a WatchReadersResponse."""
    reader = pb.Reader(
        person=pointer.person,
        read=pointer.read,
        joined=pointer.joined,
        epoch=pointer.epoch,
        version=pointer.version,
        left=pointer.left,
    )
    return frames.field(_READERS, reader.SerializeToString())


class PointerItem:
    """A pointer that was made or has changed.

    Args:
        pointer: as it is after the change.
        moved: whether it tells something new; that a conversation has begun with a person does not.
    """

    __slots__ = ("_frame", "moved", "pointer")

    def __init__(self, pointer: Pointer, *, moved: bool) -> None:
        self.pointer = pointer
        self.moved = moved
        self._frame = b""

    def frame(self) -> bytes:
        """A part of a StreamReadsResponse."""
        if not self._frame:
            self._frame = frames.field(_POINTERS, pointer_message(self.pointer).SerializeToString())
        return self._frame


class PointerFeed:
    """Tails the pointers for everybody who follows them here."""

    def __init__(self, database: mongo.Database) -> None:
        self._changes: ChangeFeed[PointerItem] = ChangeFeed(database, "pointers", POINTER_CHANGES, _convert)

    @property
    def live(self) -> bool:
        """Whether the change stream is open."""
        return self._changes.live

    async def run(self) -> None:
        """Tails the pointers; call it again when it fails."""
        await self._changes.run()

    def follow_all(self) -> AsyncGenerator[Batch[PointerItem], None]:
        """Pointers that are made or move, from now on; begins with a reset."""
        return self._changes.follow("")

    async def follow_reads(self, cursor: str) -> AsyncGenerator[bytes, None]:
        """The serialised StreamReadsResponses after a cursor, for ever."""
        async for batch in self._changes.follow(cursor, lambda item: item.moved):
            head = pb.StreamReadsResponse(cursor=batch.cursor)
            if batch.reset:
                head.reset.reason = "no cursor, or one that is no longer known"
            yield head.SerializeToString() + b"".join([item.frame() for item in batch.items])


def _convert(change: mongo.Document) -> PointerItem:
    pointer = pointer_of(change["fullDocument"])
    return PointerItem(pointer, moved=change["operationType"] == "replace" or pointer.membership > 1)
