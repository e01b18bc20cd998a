"""Read pointers of conversations that are on somebody's screen, live."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice

from services.chassis.streams import Mailbox
from services.unread.feed import READERS_CAUGHT_UP, PointerFeed, PointerItem, reader_frame
from services.unread.store import UnreadStore

PAGE = 500
"""How many readers stand in one frame of the snapshot."""


class Watch:
    """One open stream of one person on one conversation.

    Attributes:
        left: whether the stream has ended because the person is no member any more.
    """

    def __init__(self, tenant: str, person: str, conversation: str, mailbox: Mailbox) -> None:
        self.tenant = tenant
        self.person = person
        self.conversation = conversation
        self.mailbox = mailbox
        self.left = False

    def end(self) -> None:
        """Ends the stream: nothing more of the conversation is shown."""
        self.left = True
        self.mailbox.close(drop=True)


class Readers:
    """Streams read pointers.

    Args:
        store: what is stored.
    """

    def __init__(self, store: UnreadStore) -> None:
        self._store = store
        self._watches: dict[str, set[Watch]] = defaultdict(set)

    async def attach(self, watch: Watch) -> None:
        """Sends the pointers of all members, and from then on each change.

        What changes while these are read goes out first; the versions tell which is newer.
        """
        self._watches[watch.conversation].add(watch)
        await self._send([watch])

    def detach(self, watch: Watch) -> None:
        """Ends what `attach` began."""
        watches = self._watches.get(watch.conversation)
        if watches is not None:
            watches.discard(watch)
            if not watches:
                del self._watches[watch.conversation]

    async def follow(self, feed: PointerFeed) -> None:
        """Takes every pointer that is made or changes, for ever."""
        async for batch in feed.follow_all():
            if batch.reset:
                await asyncio.gather(*(self._send(list(watches)) for watches in list(self._watches.values())))
            if self._watches:
                for item in batch.items:
                    self._take(item)

    def _take(self, item: PointerItem) -> None:
        pointer = item.pointer
        watches = self._watches.get(pointer.conversation)
        if not watches:
            return
        frame = reader_frame(pointer)
        for watch in tuple(watches):
            if pointer.left and (watch.tenant, watch.person) == (pointer.tenant, pointer.person):
                watch.end()
            else:
                watch.mailbox.put(pointer.person, frame)

    async def _send(self, watches: Sequence[Watch]) -> None:
        """Sends the present pointers of one conversation."""
        if not watches:
            return
        pointers = [pointer async for pointer in self._store.pointers_in(watches[0].conversation)]
        members = {(pointer.tenant, pointer.person) for pointer in pointers}
        here = [watch for watch in watches if (watch.tenant, watch.person) in members]
        for watch in watches:
            if watch not in here:
                watch.end()
        frames = (reader_frame(pointer) for pointer in pointers)
        while piece := b"".join(islice(frames, PAGE)):
            for watch in here:
                watch.mailbox.append(piece)
        for watch in here:
            watch.mailbox.append(READERS_CAUGHT_UP)
