"""What messaging streams: the feed of all events for services, and the events of one conversation for its members."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from zlib import crc32

from conversations.common.v1 import stream_pb2
from conversations.messaging.v1 import messaging_pb2 as pb

from services.chassis import frames, mongo
from services.chassis.feed import Batch, ChangeFeed
from services.chassis.streams import ControlFrames, Mailbox
from services.messaging.convert import event_message
from services.messaging.documents import from_document
from services.messaging.rules import Edited, Event, MembersChanged, Page, weight

WATCH_CONTROL = ControlFrames.of(pb.WatchConversationResponse)

WATCH_CAUGHT_UP = pb.WatchConversationResponse(caught_up=stream_pb2.CaughtUp()).SerializeToString()

WATCH_TOO_FAR = pb.WatchConversationResponse(
    reset=stream_pb2.Reset(reason="too many events behind; read the newest page")
).SerializeToString()

FEED_GO_AWAY = pb.StreamEventsResponse(go_away=stream_pb2.GoAway()).SerializeToString()

PAGE = 200
"""How many events are read from the log at once for a watch that is behind."""

_FEED_EVENTS = pb.StreamEventsResponse.EVENTS_FIELD_NUMBER
_WATCH_EVENTS = pb.WatchConversationResponse.EVENTS_FIELD_NUMBER

INSERTIONS: list[mongo.Document] = [
    {"$match": {"operationType": "insert"}},
    {"$project": {"fullDocument": 1}},
    {"$unset": "fullDocument.state"},
]


class FeedItem:
    """An event on its way to many readers; each of its forms is serialised once, when it is first wanted."""

    __slots__ = ("_full", "_slim", "_watch", "event", "partition_hash")

    def __init__(self, event: Event) -> None:
        self.event = event
        self.partition_hash = crc32(event.conversation.encode())
        self._full = b""
        self._slim = b""
        self._watch = b""

    def for_services(self, *, text: bool) -> bytes:
        """The frame of a StreamEventsResponse."""
        if text:
            if not self._full:
                self._full = feed_frame(self.event, text=True)
            return self._full
        if not self._slim:
            self._slim = feed_frame(self.event, text=False)
        return self._slim

    def for_members(self, above: int = 0) -> bytes:
        """The frame of a WatchConversationResponse, for those who see only messages with a higher number."""
        if above and isinstance(self.event.change, Edited) and self.event.change.number <= above:
            return watch_frame(self.event, above)
        if not self._watch:
            self._watch = watch_frame(self.event)
        return self._watch


def feed_frame(event: Event, *, text: bool) -> bytes:
    """One event as a part of a StreamEventsResponse."""
    return frames.field(_FEED_EVENTS, event_message(event, service=True, text=text).SerializeToString())


def watch_frame(event: Event, above: int = 0) -> bytes:
    """One event as a part of a WatchConversationResponse, for those who see only messages with a higher number."""
    message = event_message(event, service=False, text=True, above=above)
    return frames.field(_WATCH_EVENTS, message.SerializeToString())


class Watch:
    """One open WatchConversation.

    Events reach it in two ways: read from the log while it is behind, and handed over as they happen while it is live.
    Revisions decide, so that nothing is missing and nothing comes twice. The removal of its person is the last event
    that it hands on, whichever way it comes: no feed that is late can let more through.

    Args:
        mailbox: the stream's.
        read: reads events after a revision, at most so many.
        revision: the last revision that the client has.
        person: whose stream it is.
        joined: the revision at which the person came in; an earlier removal is history.
        above: the person sees only messages with a higher number.
    """

    def __init__(
        self,
        mailbox: Mailbox,
        read: Callable[[int, int], Awaitable[Page]],
        revision: int,
        person: str = "",
        joined: int = 0,
        above: int = 0,
    ) -> None:
        self._mailbox = mailbox
        self._read = read
        self._revision = revision
        self._person = person
        self._joined = joined
        self._above = above
        self._known = revision
        self._live = False
        self._behind = asyncio.Event()
        self._removed = False

    @property
    def over(self) -> bool:
        """Whether the person was removed: nothing more is handed on."""
        return self._removed

    def offer(self, item: FeedItem) -> None:
        """Takes an event as it happens."""
        revision = item.event.revision
        self._known = max(self._known, revision)
        if self._live and revision == self._revision + 1:
            self._hand_on(item.event, item.for_members(self._above))
        elif revision > self._revision:
            self.fall_behind()

    def _hand_on(self, event: Event, frame: bytes) -> None:
        if self._removed:
            return
        self._revision = event.revision
        self._mailbox.append(frame)
        change = event.change
        if (
            isinstance(change, MembersChanged)
            and self._person in change.moves.removed
            and event.revision > self._joined
        ):
            self._removed = True
            self._mailbox.close()

    def fall_behind(self) -> None:
        """What happens from here on may be missing: read the log."""
        self._live = False
        self._behind.set()

    async def run(self) -> None:
        """Reads the log whenever the watch is behind, until the person is removed."""
        self.fall_behind()
        told = False
        while True:
            await self._behind.wait()
            self._behind.clear()
            while True:
                page = await self._read(self._revision, PAGE)
                for event in page.events:
                    # What happened during the reading may have been handed over already.
                    if event.revision > self._revision:
                        self._hand_on(event, watch_frame(event, self._above))
                if self.over:
                    return
                if not page.more and self._revision >= self._known:
                    break
                # The reader is slower than the log, or what was heard of cannot be read yet.
                await asyncio.sleep(0.005)
                while self._mailbox.waiting > PAGE:
                    await asyncio.sleep(0.005)
            self._live = True
            if not told:
                self._mailbox.append(WATCH_CAUGHT_UP)
                told = True


class MessagingFeed:
    """Tails the log for everybody who follows it here.

    Args:
        database: where the log is.
        observe: is shown every event.
    """

    def __init__(self, database: mongo.Database, observe: Callable[[Event], None]) -> None:
        self._observe = observe
        self._changes: ChangeFeed[FeedItem] = ChangeFeed(database, "log", INSERTIONS, _convert, weigh=_weigh)
        self._watches: dict[str, set[Watch]] = {}

    @property
    def live(self) -> bool:
        """Whether the change stream is open."""
        return self._changes.live

    async def run(self) -> None:
        """Tails the log; call it again when it fails."""
        await self._changes.run()

    async def dispatch(self) -> None:
        """Hands events to the open watches of their conversations, for ever."""
        async for batch in self._changes.follow(""):
            if batch.reset:
                for watches in self._watches.values():
                    for watch in watches:
                        watch.fall_behind()
            for item in batch.items:
                self._observe(item.event)
                self._offer(item)

    def _offer(self, item: FeedItem) -> None:
        for watch in self._watches.get(item.event.conversation, ()):
            watch.offer(item)

    @contextmanager
    def watching(self, conversation: str, watch: Watch) -> Iterator[None]:
        """Hands the conversation's events to the watch, while this is open."""
        watches = self._watches.setdefault(conversation, set())
        watches.add(watch)
        try:
            yield
        finally:
            watches.discard(watch)
            if not watches:
                self._watches.pop(conversation, None)

    async def follow(self, cursor: str, partition: int, count: int, *, text: bool) -> AsyncGenerator[bytes, None]:
        """The serialised StreamEventsResponses of one partition, for ever."""

        def wanted(item: FeedItem) -> bool:
            return item.partition_hash % count == partition

        async for batch in self._changes.follow(cursor, wanted if count > 1 else None):
            yield _response(batch, text=text)


def _convert(change: mongo.Document) -> FeedItem:
    return FeedItem(from_document(change["fullDocument"]))


def _weigh(item: FeedItem) -> int:
    # An event keeps up to three serialised forms beside itself; a text of n characters has up to 4 n bytes.
    return 500 + 2 * weight(item.event)


def _response(batch: Batch[FeedItem], *, text: bool) -> bytes:
    head = pb.StreamEventsResponse(cursor=batch.cursor)
    if batch.reset:
        head.reset.reason = "no cursor, or one that is no longer known"
    return head.SerializeToString() + b"".join([item.for_services(text=text) for item in batch.items])
