"""What is shown by the streams that are open here: banners, browser notifications, and what takes them back."""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from conversations.common.v1 import stream_pb2
from conversations.notifier.v1 import notifier_pb2

from services.chassis.feed import ChangeFeed
from services.chassis.streams import ControlFrames, Mailbox
from services.notifier.facts import Decision, Reason, Surface
from services.notifier.reads import Reads
from services.notifier.records import Content, News, Pointer

SHOWN = 100
"""How many of the last banners of a stream can be taken back."""

CAPACITY = 1_000
"""How many banners and dismissals may wait for one stream; one more makes it begin again."""

MAX_NUMBER = 2**53 - 1
"""No message has a higher number."""

_SURFACES = {Surface.BANNER: notifier_pb2.SURFACE_BANNER, Surface.BROWSER: notifier_pb2.SURFACE_BROWSER}

_SHOWN_BEFORE = Decision(Surface.BANNER, Reason.TAB_IN_USE)
"""Stands for the decision about what a client has shown since an earlier stream."""

CAUGHT_UP = notifier_pb2.WatchBannersResponse(caught_up=stream_pb2.CaughtUp()).SerializeToString()
"""There is no snapshot: what follows is new."""

_GAP = notifier_pb2.WatchBannersResponse(reset=stream_pb2.Reset(reason="the feed has a gap")).SerializeToString()

CONTROL = ControlFrames.of(notifier_pb2.WatchBannersResponse)
"""The frames that all streams share."""


class _Stream:
    """One open stream, and the last banners that it got: tag to (conversation, number)."""

    def __init__(self, client: str, mailbox: Mailbox) -> None:
        self.client = client
        self.mailbox = mailbox
        self.shown: OrderedDict[str, tuple[str, int, Decision]] = OrderedDict()

    def show(self, content: Content, decision: Decision, frame: bytes) -> None:
        self.mailbox.put(content.tag, frame)
        self.shown[content.tag] = (content.conversation, content.number, decision)
        if len(self.shown) > SHOWN:
            self.shown.popitem(last=False)

    def dismiss(self, tags: Iterable[str]) -> None:
        for tag in tags:
            if self.shown.pop(tag, None) is not None:
                dismissal = notifier_pb2.Dismissal(tag=tag)
                # The same key: a banner that still waits is replaced by its dismissal.
                self.mailbox.put(tag, notifier_pb2.WatchBannersResponse(dismissals=[dismissal]).SerializeToString())

    def replace(self, content: Content, *, mentioned: bool) -> None:
        """Replaces the text of what is shown; what is not shown stays so."""
        if (shown := self.shown.get(content.tag)) is not None:
            frame = _banner(content, shown[2], mentioned=mentioned, update=True)
            # Another key: a banner that still waits must not be lost for an update that shows nothing new.
            self.mailbox.put(("update", content.tag), frame)

    def up_to(self, conversation: str, number: int) -> list[str]:
        """The tags of what was shown of a conversation up to a number."""
        return [tag for tag, (where, which, _) in self.shown.items() if where == conversation and which <= number]


class Hub:
    """The streams of this replica by (tenant, person)."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._persons: defaultdict[tuple[str, str], set[_Stream]] = defaultdict(set)

    @contextmanager
    def joined(
        self, person: tuple[str, str], client: str, mailbox: Mailbox, shown: Sequence[tuple[str, int]] = ()
    ) -> Iterator[Callable[[Iterable[str]], None]]:
        """Has what one client of a (tenant, person) is to show put into a mailbox, for a while.

        Args:
            person: whose client it is.
            client: its name.
            mailbox: what waits to be written to it.
            shown: the messages, (conversation, number), that it shows already.

        Yields what takes back from it by tags.
        """
        stream = _Stream(client, mailbox)
        for conversation, number in shown:
            # In which tab is not known, and of no interest: what replaces or takes back goes by the tag.
            stream.shown[f"{conversation}:{number}"] = (conversation, number, _SHOWN_BEFORE)
        self._persons[person].add(stream)
        try:
            yield stream.dismiss
        finally:
            self._persons[person].discard(stream)
            if not self._persons[person]:
                del self._persons[person]

    def tell(self, news: News) -> None:
        """Takes back and shows what has been decided, where a stream of it is open here."""
        content = news.content
        if news.edited or news.deleted:
            self._change(news)
        for person in news.taken_back:
            for stream in self._persons.get((content.tenant, person), ()):
                stream.dismiss([content.tag])
        pointers = self._reads.of(content.conversation)
        for person, decision in news.shown:
            streams = self._persons.get((content.tenant, person))
            if streams is None:
                continue
            pointer = pointers.get(person)
            if pointer is not None and pointer.read >= content.number:
                continue
            frame = b""
            for stream in streams:
                if stream.client == decision.client:
                    mentioned = news.everyone or person in news.mentioned
                    frame = frame or _banner(content, decision, mentioned=mentioned)
                    stream.show(content, decision, frame)

    def _change(self, news: News) -> None:
        """Takes back or replaces what streams here show of a message, whoever's they are."""
        content = news.content
        for (tenant, person), streams in self._persons.items():
            if tenant != content.tenant:
                continue
            for stream in streams:
                if news.deleted:
                    stream.dismiss([content.tag])
                else:
                    stream.replace(content, mentioned=news.everyone or person in news.mentioned)

    def read(self, pointers: Iterable[Pointer]) -> None:
        """Takes back what has been read."""
        for pointer in pointers:
            for stream in self._persons.get((pointer.tenant, pointer.person), ()):
                # Who has left has nothing to see of it any more.
                number = MAX_NUMBER if pointer.left else pointer.read
                stream.dismiss(stream.up_to(pointer.conversation, number))

    def following(self, person: tuple[str, str]) -> set[str]:
        """The clients of a (tenant, person) whose streams are open here."""
        return {stream.client for stream in self._persons.get(person, ())}

    def tell_test(self, content: Content, person: str, client: str, tab: str, surface: Surface) -> None:
        """Shows a test in one tab, where a stream of its client is open here."""
        decision = Decision(surface, Reason.TAB_IN_USE, client, tab)
        for stream in self._persons.get((content.tenant, person), ()):
            if stream.client == client:
                stream.mailbox.put(content.tag, _banner(content, decision, mentioned=False, test=True))

    def outstanding(self) -> dict[tuple[str, str], str]:
        """What may have been read during a gap: (conversation, person) of everything shown, to the tenant."""
        return {
            (conversation, person): tenant
            for (tenant, person), streams in self._persons.items()
            for stream in streams
            for conversation, _, _ in stream.shown.values()
        }

    def reset(self) -> None:
        """Has all streams begin again, because something may be missing."""
        for streams in self._persons.values():
            for stream in streams:
                stream.mailbox.close(_GAP, drop=True)


async def tell_all(feed: ChangeFeed[News], hub: Hub) -> None:
    """Tells the hub of everything that is decided from now on, for ever."""
    begun = False
    async for batch in feed.follow(""):
        if batch.reset and begun:
            hub.reset()
        begun = True
        for news in batch.items:
            hub.tell(news)


def _banner(
    content: Content, decision: Decision, *, mentioned: bool, test: bool = False, update: bool = False
) -> bytes:
    banner = notifier_pb2.Banner(
        surface=_SURFACES[decision.surface],
        tab=decision.tab,
        tag=content.tag,
        conversation=content.conversation,
        number=content.number,
        author=content.author,
        title=content.title,
        text=content.text,
        at_ms=content.at_ms,
        service=content.service,
        mentioned=mentioned,
        count=1,
        update=update,
        test=test,
        link=content.link,
    )
    return notifier_pb2.WatchBannersResponse(banners=[banner]).SerializeToString()
