"""How the watch looks: live on a terminal, one line for each change elsewhere."""

from collections.abc import Mapping
from typing import Protocol

from conversations.notifier.v1 import notifier_pb2
from rich.align import Align
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from local.watching.phone import Phone, PhoneBadge, PhoneChange, PhoneCleared, PhoneShown
from local.watching.view import BadgeChanged, BannerGone, BannerShown, Change, TotalChanged, View

BANNERS = 3
"""How many banners are drawn at a time, the newest first; a page would fold the rest away, too."""

BANNER_WIDTH = 56
"""Columns."""

PHONE_WIDTH = 40
"""Columns."""

BESIDE = 100
"""From this many columns on the phone is drawn beside the screen, else below it."""

TEXT_WIDTH = 2 * (PHONE_WIDTH - 4) - 8
"""Columns of a notification's text in the tray: about two lines."""

TRAY = 6
"""How many notifications of the tray are drawn, the newest first."""

WORDS = {notifier_pb2.SURFACE_BANNER: "banner", notifier_pb2.SURFACE_BROWSER: "browser"}


class Screen(Protocol):
    """Where the watch is shown."""

    def say(self, text: str) -> None:
        """Tells about the connection."""

    def changed(self, change: Change | PhoneChange, titles: Mapping[str, str]) -> None:
        """Tells one change."""

    def draw(self, view: View, phone: Phone, titles: Mapping[str, str]) -> None:
        """Draws the whole, where that is possible."""


class Lines:
    """One line for each change, for pipes and tests."""

    def say(self, text: str) -> None:
        """Prints a line about the connection."""
        print(f"# {text}", flush=True)

    def changed(self, change: Change | PhoneChange, titles: Mapping[str, str]) -> None:
        """Prints the change."""
        print(line_of(change, titles), flush=True)

    def draw(self, view: View, phone: Phone, titles: Mapping[str, str]) -> None:
        """Nothing: the lines have told it all."""


class Terminal:
    """A picture that is drawn again at every change.

    Args:
        who: whom it shows.
        live: draws on the terminal.
    """

    def __init__(self, who: str, live: Live) -> None:
        self._who = who
        self._live = live
        self._said = "connecting"

    def say(self, text: str) -> None:
        """Shows a line about the connection below the picture."""
        self._said = text

    def changed(self, change: Change | PhoneChange, titles: Mapping[str, str]) -> None:
        """Nothing: the next picture shows it."""

    def draw(self, view: View, phone: Phone, titles: Mapping[str, str]) -> None:
        """Draws the picture."""
        wide = self._live.console.width >= BESIDE
        self._live.update(picture(self._who, view, phone, titles, self._said, beside=wide), refresh=True)


def line_of(change: Change | PhoneChange, titles: Mapping[str, str]) -> str:
    """A change as one line: what it is, then its values."""
    match change:
        case BadgeChanged(conversation, unread):
            return f"unread {unread} {conversation} {titles.get(conversation, '')}".rstrip()
        case TotalChanged(unread):
            return f"total {unread}"
        case BannerShown(banner):
            return f"{WORDS[banner.surface]} {banner.tag} {_headline(banner, titles)}: {banner.text}"
        case BannerGone(tag, taken_back):
            return f"gone {tag} ({'taken back' if taken_back else 'its time was over'})"
        case PhoneShown(one):
            return f"phone {one.tag} {one.title}: {one.text}{f' ({one.count} messages)' if one.count > 1 else ''}"
        case PhoneCleared(tag):
            return f"phone gone {tag}"
        case PhoneBadge(unread):
            return f"phone badge {unread}"


def picture(
    who: str, view: View, phone: Phone, titles: Mapping[str, str], said: str, *, beside: bool = True
) -> RenderableType:
    """The person's screen, and beside or below it the person's phone, once it has got anything."""
    screen = Panel(_screen(who, view, titles), title="browser", title_align="left", border_style="bright_black")
    last = Text(f"{said} · Ctrl-C ends the watch", "bright_black")
    if not phone.known:
        return Group(screen, last)
    if not beside:
        return Group(screen, _phone(phone), last)
    both = Table.grid(expand=True, padding=(0, 1, 0, 0))
    both.add_column(ratio=1)
    both.add_column(width=PHONE_WIDTH)
    both.add_row(screen, _phone(phone))
    return Group(both, last)


def _screen(who: str, view: View, titles: Mapping[str, str]) -> RenderableType:
    """The icon's number, banners in the top right corner, the conversations with badges."""
    head = Table.grid(expand=True)
    head.add_column()
    head.add_column(justify="right")
    number = Text(f" {view.total} ", "bold white on red") if view.total else Text("nothing unread", "bright_black")
    head.add_row(Text.assemble(("Conversations ", "bold"), number), Text(who, "bright_black"))
    table = Table(box=None, expand=True, show_header=False, pad_edge=False)
    table.add_column(ratio=1, no_wrap=True)
    table.add_column(justify="right")
    for badge in view.unread():
        table.add_row(Text(titles.get(badge.conversation, badge.conversation), "bold"), Text(str(badge.unread), "red"))
    shown = list(view.banners.values())[-BANNERS:]
    banners = [_banner(banner, titles) for banner, _ in reversed(shown)]
    return Group(head, Text(), *banners, table)


def _phone(phone: Phone) -> RenderableType:
    """The app's icon with its number, and the tray, the newest first."""
    number = Text(f" {phone.badge} ", "bold white on red") if phone.badge else Text("no number", "bright_black")
    parts: list[RenderableType] = [Text.assemble(("■ ", "cyan"), ("Conversations ", "bold"), number), Text()]
    newest = list(reversed(phone.tray.values()))
    for one in newest[:TRAY]:
        count = f" ({one.count})" if one.count > 1 else ""
        title, text = Text(f"{one.title}{count}", "bold", no_wrap=True), Text(one.text)
        title.truncate(PHONE_WIDTH - 4, overflow="ellipsis")
        text.truncate(TEXT_WIDTH, overflow="ellipsis")
        parts += [title, text, Text()]
    if len(newest) > TRAY:
        parts.append(Text(f"and {len(newest) - TRAY} more", "bright_black"))
    elif not newest:
        parts.append(Text("nothing in the tray", "bright_black"))
    return Panel(Group(*parts), title="phone", title_align="left", border_style="bright_black")


def _banner(banner: notifier_pb2.Banner, titles: Mapping[str, str]) -> RenderableType:
    kind = "browser notification" if banner.surface == notifier_pb2.SURFACE_BROWSER else "banner"
    headline = Text(_headline(banner, titles), overflow="ellipsis", no_wrap=True)
    headline.truncate(BANNER_WIDTH - 6, overflow="ellipsis")
    box = Panel(Text(banner.text), title=headline, subtitle=kind, border_style="yellow", width=BANNER_WIDTH)
    return Align.right(box)


def _headline(banner: notifier_pb2.Banner, titles: Mapping[str, str]) -> str:
    title = banner.title or titles.get(banner.conversation, "")
    return banner.author if title in {"", banner.author} else f"{banner.author} in {title}"


def live(console: Console) -> Live:
    """Takes the terminal over while it is entered; draws only when told to."""
    return Live(console=console, auto_refresh=False, screen=False, transient=False)
