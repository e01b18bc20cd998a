"""The streams that are open here, and what is told to them."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from services.chassis.clock import Clock, system_clock
from services.chassis.feed import ChangeFeed
from services.chassis.streams import Mailbox
from services.notifier.facts import Decision, Reason, Surface
from services.notifier.feed.stream import Stream
from services.notifier.reads import Reads
from services.notifier.records import Content, News, Pointer

FLUSH_S = 0.1
"""How often it is looked for bursts that are over, s."""

MAX_NUMBER = 2**53 - 1
"""No message has a higher number."""


class Hub:
    """The streams of this replica by (tenant, person).

    Args:
        burst_ms: what comes of a conversation within this time after something was shown of it is shown at its end, as
            one; 0 shows each message by itself.
    """

    def __init__(self, reads: Reads, burst_ms: int = 0, clock: Clock = system_clock) -> None:
        self._reads = reads
        self._burst_ms = burst_ms
        self._clock = clock
        self._persons: defaultdict[tuple[str, str], set[Stream]] = defaultdict(set)
        self._holding: set[Stream] = set()
        self._more = asyncio.Event()

    @contextmanager
    def joined(self, person: tuple[str, str], client: str, mailbox: Mailbox) -> Iterator[Stream]:
        """Has what one client of a (tenant, person) is to show put into a mailbox, for a while."""
        stream = Stream(client, mailbox, self._burst_ms)
        self._persons[person].add(stream)
        try:
            yield stream
        finally:
            self._holding.discard(stream)
            self._persons[person].discard(stream)
            if not self._persons[person]:
                del self._persons[person]

    async def run(self) -> None:
        """Shows what waits for the end of a burst, for ever."""
        while True:
            self._more.clear()
            if not self._holding:
                await self._more.wait()
            self.flush()
            await asyncio.sleep(FLUSH_S)

    def flush(self) -> None:
        """Shows what has waited long enough."""
        now = self._clock()
        for stream in tuple(self._holding):
            stream.flush(now)
            if not stream.holds:
                self._holding.discard(stream)

    def tell(self, news: News) -> None:
        """Takes back and shows what has been decided, where a stream of it is open here."""
        content = news.content
        if news.edited or news.deleted:
            self._change(news)
        for person in news.taken_back:
            for stream in self._persons.get((content.tenant, person), ()):
                stream.dismiss(content.conversation, content.number)
        pointers, now = self._reads.of(content.conversation), self._clock()
        for person, decision in news.shown:
            streams = self._persons.get((content.tenant, person))
            if streams is None:
                continue
            pointer = pointers.get(person)
            if pointer and (pointer.read >= content.number or pointer.gone(news.membership_revision)):
                continue
            for stream in streams:
                if stream.client == decision.client:
                    stream.show(content, decision, now, mentioned=news.everyone or person in news.mentioned)
                    if stream.holds:
                        self._holding.add(stream)
                        self._more.set()

    def _change(self, news: News) -> None:
        """Takes back or replaces what streams here show of a message, whoever's they are."""
        content = news.content
        for (tenant, person), streams in self._persons.items():
            if tenant != content.tenant:
                continue
            for stream in streams:
                if news.deleted:
                    stream.dismiss(content.conversation, content.number)
                else:
                    stream.replace(content, mentioned=news.everyone or person in news.mentioned)

    def read(self, pointers: Iterable[Pointer]) -> None:
        """Takes back what has been read."""
        for pointer in pointers:
            for stream in self._persons.get((pointer.tenant, pointer.person), ()):
                # Who has left has nothing to see of it any more.
                stream.read(pointer.conversation, MAX_NUMBER if pointer.left else pointer.read)

    def following(self, person: tuple[str, str]) -> set[str]:
        """The clients of a (tenant, person) whose streams are open here."""
        return {stream.client for stream in self._persons.get(person, ())}

    def tell_test(self, content: Content, person: str, client: str, tab: str, surface: Surface) -> None:
        """Shows a test in one tab, where a stream of its client is open here."""
        decision = Decision(surface, Reason.TAB_IN_USE, client, tab)
        for stream in self._persons.get((content.tenant, person), ()):
            if stream.client == client:
                stream.test(content, decision)

    def outstanding(self) -> dict[tuple[str, str], str]:
        """What may have been read during a gap: (conversation, person) of everything shown, to the tenant."""
        return {
            (conversation, person): tenant
            for (tenant, person), streams in self._persons.items()
            for stream in streams
            for conversation in stream.conversations
        }

    def reset(self) -> None:
        """Has all streams begin again, because something may be missing."""
        for streams in self._persons.values():
            for stream in streams:
                stream.end()


async def tell_all(feed: ChangeFeed[News], hub: Hub) -> None:
    """Tells the hub of everything that is decided from now on, for ever."""
    begun = False
    async for batch in feed.follow(""):
        if batch.reset and begun:
            hub.reset()
        begun = True
        for news in batch.items:
            hub.tell(news)
