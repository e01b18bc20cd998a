"""The event door of unread: the feed of messaging is shown to whoever is attached, and counted by its owner."""

from collections.abc import Sequence
from zlib import crc32

import structlog

from services.chassis.consume import Consumer
from services.unread.clients import Messaging
from services.unread.live import Live
from services.unread.rules import Change
from services.unread.store import Gap, UnreadStore

BATCH = 500
"""Most events that are counted in one go."""

PAGE = 500
"""How many heads or events are read at once to recover."""

_log = structlog.get_logger(__name__)


class Counting:
    """Counts events, and finds what was missed."""

    def __init__(self, messaging: Messaging, store: UnreadStore, live: Live, partitions: int) -> None:
        self._messaging = messaging
        self._store = store
        self._live = live
        self._partitions = partitions

    def consumer(self) -> Consumer[Change]:
        """The engine that runs this."""
        return Consumer("events", self._messaging.stream, self._live.see, self.apply, self.recover)

    async def apply(self, changes: Sequence[Change]) -> None:
        """Counts a batch; what is missing before it is read from the log."""
        for start in range(0, len(changes), BATCH):
            try:
                await self._store.count(changes[start : start + BATCH])
            except Gap as gap:
                _log.warning("events are missing, reads the log", conversations=len(gap.conversations))
                for conversation, revision in gap.conversations.items():
                    await self._count_from(conversation, revision)

    async def recover(self, partition: int, owned: bool) -> None:
        """After a gap in the feed: counts what the owner's log has and the heads here have not."""

        def mine(conversation: str) -> bool:
            return crc32(conversation.encode()) % self._partitions == partition

        if owned:
            counted = 0
            after = ""
            while page := await self._messaging.heads(after, PAGE):
                after = page[-1][0]
                heads = {name: head for name, head in page if mine(name)}
                stored = await self._store.heads(heads)
                for conversation, head in heads.items():
                    revision = stored[conversation].revision if conversation in stored else 0
                    if head.revision > revision:
                        counted += await self._count_from(conversation, revision)
            if counted:
                _log.info("recovered from the log", partition=partition, events=counted)
        self._live.refill(mine)

    async def _count_from(self, conversation: str, revision: int) -> int:
        counted = 0
        while changes := await self._messaging.events(conversation, revision, PAGE):
            await self.apply(changes)
            revision = changes[-1].revision
            counted += len(changes)
        return counted
