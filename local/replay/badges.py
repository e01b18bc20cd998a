"""What one person's screen shows: the badges of a stream, folded as the contract says."""

from dataclasses import dataclass

from local.replay.truth import Count


@dataclass(frozen=True, slots=True)
class Shown:
    """The newest badge of a conversation."""

    epoch: int
    revision: int
    version: int
    number: int
    unread: int
    mentions: int = 0
    muted_until_ms: int = 0

    @property
    def order(self) -> tuple[int, int, int]:
        """Of two badges the one with the greater order is newer."""
        return (self.epoch, self.revision, self.version)


class BadgeBook:
    """The badges and the total that a `WatchBadges` stream has told."""

    def __init__(self) -> None:
        self._shown: dict[str, Shown] = {}
        self._unnamed: set[str] = set()
        self.total = Count()

    def hello(self) -> None:
        """A snapshot begins."""
        self._unnamed = set(self._shown)

    def take(self, conversation: str, badge: Shown) -> bool:
        """A badge has come; answers whether it is shown now, which an older one is not."""
        self._unnamed.discard(conversation)
        held = self._shown.get(conversation)
        if held is not None and held.order > badge.order:
            return False
        self._shown[conversation] = badge
        return True

    def caught_up(self) -> None:
        """The snapshot is complete: what it did not name is 0."""
        for conversation in self._unnamed:
            del self._shown[conversation]
        self._unnamed = set()

    def drop(self) -> None:
        """The stream cannot go on: nothing is known."""
        self._shown.clear()
        self._unnamed.clear()
        self.total = Count()

    def get(self, conversation: str) -> Shown | None:
        """The badge of a conversation; None if there is none."""
        return self._shown.get(conversation)

    def counts(self, now_ms: float) -> dict[str, Count]:
        """What the screen shows at a moment, ms since 1970 UTC, of each conversation of which it shows anything."""
        counts = {
            conversation: Count(shown.unread, shown.mentions, muted=shown.muted_until_ms > now_ms)
            for conversation, shown in self._shown.items()
        }
        return {conversation: count for conversation, count in counts.items() if count != Count()}
