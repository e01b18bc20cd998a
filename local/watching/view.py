"""What a person's browser would show: badges, their total, banners. Pure: no clock, no network."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from conversations.notifier.v1 import notifier_pb2
from conversations.unread.v1 import unread_pb2

BANNER_MS = 6_000
"""How long a banner or a browser notification stays, ms."""


@dataclass(frozen=True)
class BadgeChanged:
    """A conversation's own number is another one now."""

    conversation: str
    unread: int


@dataclass(frozen=True)
class TotalChanged:
    """The number on the icon is another one now."""

    unread: int


@dataclass(frozen=True)
class BannerShown:
    """A banner or a browser notification appeared; one with the same tag is replaced."""

    banner: notifier_pb2.Banner


@dataclass(frozen=True)
class BannerGone:
    """A banner or a browser notification disappeared: taken back, or its time was over."""

    tag: str
    taken_back: bool


Change = BadgeChanged | TotalChanged | BannerShown | BannerGone


@dataclass
class View:
    """The state of the screen, folded from the streams."""

    total: int = 0
    badges: dict[str, unread_pb2.Badge] = field(default_factory=dict)
    banners: dict[str, tuple[notifier_pb2.Banner, int]] = field(default_factory=dict)
    _unnamed: set[str] = field(default_factory=set)

    def take_badges(self, message: unread_pb2.WatchBadgesResponse) -> list[Change]:
        """Folds one message of WatchBadges in; returns what changed on the screen."""
        return list(self._take_badges(message))

    def _take_badges(self, message: unread_pb2.WatchBadgesResponse) -> Iterator[Change]:
        if message.HasField("hello"):
            self._unnamed = set(self.badges)
        for badge in message.badges:
            self._unnamed.discard(badge.conversation)
            held = self.badges.get(badge.conversation)
            if held is not None and _order(held) > _order(badge):
                continue
            self.badges[badge.conversation] = badge
            if badge.unread != (held.unread if held else 0):
                yield BadgeChanged(badge.conversation, badge.unread)
        if message.HasField("total") and message.total.unread != self.total:
            self.total = message.total.unread
            yield TotalChanged(self.total)
        if message.HasField("caught_up"):
            # Held before this stream, and not named by its snapshot: read elsewhere in the meantime.
            yield from self._forget(self._unnamed)
        if message.HasField("reset"):
            yield from self._forget(set(self.badges))

    def _forget(self, conversations: set[str]) -> Iterator[Change]:
        for conversation in sorted(conversations):
            badge = self.badges.pop(conversation, None)
            if badge is not None and badge.unread:
                yield BadgeChanged(conversation, 0)
        self._unnamed = set()

    def take_banners(self, message: notifier_pb2.WatchBannersResponse, now: int) -> list[Change]:
        """Folds one message of WatchBanners in, at a time in ms; returns what changed on the screen."""
        changes: list[Change] = []
        for banner in message.banners:
            self.banners[banner.tag] = (banner, now + BANNER_MS)
            changes.append(BannerShown(banner))
        taken_back = [dismissal.tag for dismissal in message.dismissals]
        if message.HasField("reset"):
            taken_back = list(self.banners)
        changes += [BannerGone(tag, taken_back=True) for tag in taken_back if self.banners.pop(tag, None)]
        return changes

    def let_pass(self, now: int) -> list[Change]:
        """Takes away banners whose time is over."""
        over = [tag for tag, (_, until) in self.banners.items() if until <= now]
        for tag in over:
            del self.banners[tag]
        return [BannerGone(tag, taken_back=False) for tag in over]

    def unread(self) -> list[unread_pb2.Badge]:
        """The badges that are shown, the highest first."""
        return sorted((badge for badge in self.badges.values() if badge.unread), key=lambda badge: -badge.unread)


def _order(badge: unread_pb2.Badge) -> tuple[int, int, int]:
    """The newer of two badges has the higher order (see Badge.revision in the contract)."""
    return badge.epoch, badge.revision, badge.version
