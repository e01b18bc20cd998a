"""What one stream shows: banners, browser notifications, and what takes them back."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from services.chassis.streams import Mailbox
from services.notifier.facts import Decision, Surface
from services.notifier.feed.frames import GAP, banner, dismissal
from services.notifier.records import Content

SHOWN = 100
"""How many of the last banners of a stream can be taken back, and as many of the last browser notifications, which stay
while banners come and go (contract of WatchBannersRequest.shown)."""


@dataclass(slots=True)
class _Shown:
    """What a stream shows under one tag: one message, or several of which the newest stands for the others.

    Attributes:
        content: of the newest; None while it is not known.
        decision: on which it is shown; None likewise.
        numbers: the messages that it stands for.
    """

    conversation: str
    number: int
    content: Content | None
    decision: Decision | None
    mentioned: bool
    numbers: set[int]

    @property
    def brief(self) -> bool:
        """Whether it goes by itself, as a banner does; what is not known may be a browser notification."""
        return self.decision is not None and self.decision.surface is Surface.BANNER

    def frame(self, *, update: bool) -> bytes:
        """As a part of the stream; empty while it is not known."""
        if self.content is None or self.decision is None:
            return b""
        return banner(self.content, self.decision, mentioned=self.mentioned, count=len(self.numbers), update=update)


_Held = dict[int, tuple[Content, Decision, bool]]
"""Messages that wait for the end of a burst: number to content, decision, and whether it mentions the person."""


class Stream:
    """One open stream, the last alerts that it got, and what waits so that a burst becomes one."""

    def __init__(self, client: str, mailbox: Mailbox, burst_ms: int) -> None:
        self.client = client
        self._mailbox = mailbox
        self._burst_ms = burst_ms
        self._shown: OrderedDict[str, _Shown] = OrderedDict()
        self._held: dict[tuple[str, Surface], _Held] = {}
        self._until: dict[tuple[str, Surface], int] = {}

    @property
    def holds(self) -> bool:
        """Whether something waits."""
        return bool(self._held)

    @property
    def conversations(self) -> set[str]:
        """Of which something is shown, or waits."""
        return {shown.conversation for shown in self._shown.values()} | {where for where, _ in self._held}

    def show(self, content: Content, decision: Decision, now_ms: int, *, mentioned: bool) -> None:
        """Shows a message at once; or, soon after another of its conversation, with those that follow it."""
        key = (content.conversation, decision.surface)
        held = self._held.get(key, {})
        held[content.number] = (content, decision, mentioned)
        # A mention does not wait, and takes along what does.
        if mentioned or now_ms >= self._until.get(key, 0):
            self._held.pop(key, None)
            self._release(key, held, now_ms)
        else:
            self._held[key] = held

    def flush(self, now_ms: int) -> None:
        """Shows what has waited long enough."""
        for key in [key for key in self._held if now_ms >= self._until.get(key, 0)]:
            self._release(key, self._held.pop(key), now_ms)

    def test(self, content: Content, decision: Decision) -> None:
        """Shows what the person tries."""
        self._mailbox.put(content.tag, banner(content, decision, mentioned=False, test=True))

    def dismiss(self, conversation: str, number: int) -> None:
        """Takes one message back."""
        self._drop(conversation, lambda each: each == number)

    def read(self, conversation: str, number: int) -> None:
        """Takes back what was shown of a conversation up to a number."""
        self._drop(conversation, lambda each: each <= number)

    def replace(self, content: Content, *, mentioned: bool) -> None:
        """Replaces the text of what is shown; what is not shown stays so."""
        for (where, _), held in self._held.items():
            if where == content.conversation and content.number in held:
                held[content.number] = (content, held[content.number][1], mentioned)
        if (shown := self._shown.get(content.tag)) is not None:
            shown.content, shown.mentioned = content, mentioned
            self._update(content.tag, shown)

    def expect(self, tags: Iterable[str]) -> None:
        """Takes the client's word for what it shows; see `resume`."""
        for tag in tags:
            conversation, _, number = tag.rpartition(":")
            self._remember(tag, _Shown(conversation, int(number), None, None, mentioned=False, numbers={int(number)}))

    def resume(self, content: Content, decision: Decision, *, mentioned: bool, edited: bool) -> None:
        """Learns what an expected alert is; if it was edited, its text is replaced."""
        shown = self._shown.get(content.tag)
        if shown is not None and shown.content is None:
            shown.content, shown.decision, shown.mentioned = content, decision, mentioned
            if edited:
                self._update(content.tag, shown)

    def end(self) -> None:
        """Has the client begin again, because something may be missing."""
        self._mailbox.close(GAP, drop=True)

    def _release(self, key: tuple[str, Surface], held: _Held, now_ms: int) -> None:
        """Shows messages of a conversation as one; what comes soon after waits again."""
        content, decision, _ = held[max(held)]
        mentioned = any(mentions for _, _, mentions in held.values())
        shown = _Shown(content.conversation, content.number, content, decision, mentioned, set(held))
        self._mailbox.put(content.tag, shown.frame(update=False))
        self._remember(content.tag, shown)
        if self._burst_ms:
            if len(self._until) >= SHOWN:
                self._until = {each: until for each, until in self._until.items() if until > now_ms}
            self._until[key] = now_ms + self._burst_ms

    def _remember(self, tag: str, shown: _Shown) -> None:
        self._shown[tag] = shown
        self._shown.move_to_end(tag)
        if len(self._shown) > SHOWN:
            alike = [each for each, other in self._shown.items() if other.brief is shown.brief]
            for each in alike[:-SHOWN]:
                del self._shown[each]

    def _drop(self, conversation: str, gone: Callable[[int], bool]) -> None:
        for key in [key for key in self._held if key[0] == conversation]:
            left = {number: each for number, each in self._held[key].items() if not gone(number)}
            if left:
                self._held[key] = left
            else:
                del self._held[key]
        for tag, shown in [(tag, shown) for tag, shown in self._shown.items() if shown.conversation == conversation]:
            if gone(shown.number):
                del self._shown[tag]
                # The same key: a banner that still waits is replaced by its dismissal.
                self._mailbox.put(tag, dismissal(tag))
            elif any(map(gone, shown.numbers)):
                shown.numbers = {number for number in shown.numbers if not gone(number)}
                self._update(tag, shown)

    def _update(self, tag: str, shown: _Shown) -> None:
        if frame := shown.frame(update=True):
            # Another key: a banner that still waits must not be lost for an update that shows nothing new.
            self._mailbox.put(("update", tag), frame)
