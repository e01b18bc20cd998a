"""What the watch shows: the screen folded from the streams, and the streams followed as the contract says."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import grpc
import pytest
from conversations.common.v1 import stream_pb2
from conversations.notifier.v1 import notifier_pb2
from conversations.unread.v1 import unread_pb2
from rich.console import Console

from local.following import follow
from local.watching.phone import Notification, Phone, PhoneBadge, PhoneCleared, PhoneShown
from local.watching.screen import line_of, picture
from local.watching.view import BANNER_MS, BadgeChanged, BannerGone, BannerShown, TotalChanged, View

Badges = unread_pb2.WatchBadgesResponse
Banners = notifier_pb2.WatchBannersResponse
HELLO = stream_pb2.Hello(epoch="e", heartbeat_ms=200, retry_window_ms=10)


def badge(conversation: str, unread: int, revision: int, epoch: int = 0, version: int = 0) -> unread_pb2.Badge:
    return unread_pb2.Badge(
        conversation=conversation, unread=unread, revision=revision, number=revision, epoch=epoch, version=version
    )


def test_a_badge_and_the_total_appear_and_vanish() -> None:
    view = View()
    assert view.take_badges(Badges(badges=[badge("c", 2, 3)], total=unread_pb2.Total(unread=2))) == [
        BadgeChanged("c", 2),
        TotalChanged(2),
    ]
    assert view.take_badges(Badges(badges=[badge("c", 0, 3, version=1)], total=unread_pb2.Total(unread=0))) == [
        BadgeChanged("c", 0),
        TotalChanged(0),
    ]
    assert view.unread() == []


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (badge("c", 5, 5), badge("c", 1, 6)),
        (badge("c", 5, 5, version=1), badge("c", 1, 5, version=2)),
        (badge("c", 5, 9, epoch=0, version=9), badge("c", 1, 2, epoch=1)),
    ],
)
def test_a_replica_that_lags_never_brings_an_older_badge_back(older: unread_pb2.Badge, newer: unread_pb2.Badge) -> None:
    view = View()
    view.take_badges(Badges(badges=[newer]))
    assert view.take_badges(Badges(badges=[older])) == []
    assert view.unread() == [newer]


def test_a_badge_that_a_new_snapshot_does_not_name_was_read_elsewhere() -> None:
    view = View()
    view.take_badges(Badges(hello=HELLO, badges=[badge("a", 1, 1), badge("b", 2, 2)]))
    view.take_badges(Badges(caught_up=stream_pb2.CaughtUp()))
    view.take_badges(Badges(hello=HELLO))
    view.take_badges(Badges(badges=[badge("b", 2, 2)]))
    assert view.take_badges(Badges(caught_up=stream_pb2.CaughtUp())) == [BadgeChanged("a", 0)]
    assert [entry.conversation for entry in view.unread()] == ["b"]


def test_a_reset_drops_every_badge() -> None:
    view = View()
    view.take_badges(Badges(badges=[badge("a", 1, 1)]))
    assert view.take_badges(Badges(reset=stream_pb2.Reset(reason="overflow"))) == [BadgeChanged("a", 0)]


def _banner(tag: str) -> notifier_pb2.Banner:
    return notifier_pb2.Banner(
        surface=notifier_pb2.SURFACE_BANNER, tag=tag, conversation="c", author="marco", title="RFI 114", text="Hello"
    )


def test_a_banner_goes_by_itself_after_its_time() -> None:
    view = View()
    assert view.take_banners(Banners(banners=[_banner("c:1")]), now=1000) == [BannerShown(_banner("c:1"))]
    assert view.let_pass(1000 + BANNER_MS - 1) == []
    assert view.let_pass(1000 + BANNER_MS) == [BannerGone("c:1", taken_back=False)]
    assert view.banners == {}


def test_a_banner_of_the_same_tag_replaces_and_a_dismissal_takes_it_back_once() -> None:
    view = View()
    view.take_banners(Banners(banners=[_banner("c:1"), _banner("c:1")]), now=0)
    assert len(view.banners) == 1
    dismissal = Banners(dismissals=[notifier_pb2.Dismissal(tag="c:1")])
    assert view.take_banners(dismissal, now=1) == [BannerGone("c:1", taken_back=True)]
    assert view.take_banners(dismissal, now=2) == []


def test_lines_say_what_changed_and_where() -> None:
    titles = {"c": "RFI 114"}
    assert line_of(BadgeChanged("c", 2), titles) == "unread 2 c RFI 114"
    assert line_of(BadgeChanged("x", 1), titles) == "unread 1 x"
    assert line_of(TotalChanged(2), titles) == "total 2"
    assert line_of(BannerShown(_banner("c:1")), titles) == "banner c:1 marco in RFI 114: Hello"
    assert line_of(BannerGone("c:1", taken_back=True), titles) == "gone c:1 (taken back)"


def test_the_picture_shows_total_titles_and_banners_and_takes_text_literally() -> None:
    view = View(total=3)
    view.take_badges(Badges(badges=[badge("c", 3, 3)]))
    evil = _banner("c:3")
    evil.text = "[bold]not markup[/bold]"
    view.take_banners(Banners(banners=[evil]), now=0)
    console = Console(width=100, record=True, file=open("/dev/null", "w", encoding="utf-8"))  # noqa: SIM115, PTH123
    console.print(picture("dana @ site", view, Phone(), {"c": "RFI 114: Beam [C-7]"}, "attached"))
    console.file.close()
    text = console.export_text()
    for expected in ("dana @ site", " 3 ", "RFI 114: Beam [C-7]", "marco in RFI 114", "[bold]not markup[/bold]"):
        assert expected in text
    assert "phone" not in text


def _tray(*notifications: Mapping[str, object], badge: int | None) -> dict[str, object]:
    return {"known": True, "badge": badge, "tray": list(notifications)}


FIRST = {"tag": "c:1", "title": "marco", "text": "Are you on site?", "count": 1}
SECOND = {"tag": "c:2", "title": "RFI 114", "text": "Signed.", "count": 1}


def test_what_is_pushed_appears_on_the_phone_and_is_cleared_when_it_is_read() -> None:
    phone = Phone()
    assert phone.take({"known": False, "badge": None, "tray": []}) == []
    assert not phone.known
    assert phone.take(_tray(FIRST, badge=1)) == [
        PhoneShown(Notification("c:1", "marco", "Are you on site?", 1)),
        PhoneBadge(1),
    ]
    assert phone.take(_tray(FIRST, badge=1)) == []
    assert phone.take(_tray(FIRST, SECOND, badge=2)) == [
        PhoneShown(Notification("c:2", "RFI 114", "Signed.", 1)),
        PhoneBadge(2),
    ]
    edited = {**SECOND, "text": "Signed by Wei.", "count": 2}
    assert phone.take(_tray(FIRST, edited, badge=2)) == [
        PhoneShown(Notification("c:2", "RFI 114", "Signed by Wei.", 2))
    ]
    assert phone.take(_tray(edited, badge=1)) == [PhoneCleared("c:1"), PhoneBadge(1)]
    assert phone.take(_tray(badge=0)) == [PhoneCleared("c:2"), PhoneBadge(0)]


def test_lines_say_what_changed_on_the_phone() -> None:
    assert line_of(PhoneShown(Notification("c:1", "marco", "Hello", 1)), {}) == "phone c:1 marco: Hello"
    assert line_of(PhoneShown(Notification("c:1", "marco", "Hello", 3)), {}) == "phone c:1 marco: Hello (3 messages)"
    assert line_of(PhoneCleared("c:1"), {}) == "phone gone c:1"
    assert line_of(PhoneBadge(4), {}) == "phone badge 4"


@pytest.mark.parametrize(("beside", "width"), [(True, 120), (False, 60)])
def test_the_picture_shows_the_phone_beside_the_screen_or_below_it(beside: bool, width: int) -> None:
    phone = Phone()
    many = [{**FIRST, "tag": f"c:{number}", "text": f"[red]message {number}"} for number in range(1, 10)]
    phone.take(_tray(*many, badge=9))
    with Path("/dev/null").open("w", encoding="utf-8") as nowhere:
        console = Console(width=width, record=True, file=nowhere)
        console.print(picture("dana @ site", View(total=3), phone, {}, "attached", beside=beside))
    lines = console.export_text().splitlines()
    assert max(map(len, lines)) <= width
    newest = next(number for number, line in enumerate(lines) if "[red]message 9" in line)
    assert any("[red]message 4" in line for line in lines[newest:])
    assert not any("[red]message 3" in line for line in lines)
    assert any("and 3 more" in line for line in lines)
    assert any(" 9 " in line and "■" in line for line in lines)
    assert ("dana @ site" in next(line for line in lines if "■" in line)) is beside


class Call:
    """A stream that gives what it is told, then ends, fails or stays silent."""

    def __init__(self, messages: Sequence[Any], end: object = grpc.aio.EOF) -> None:
        self._messages = list(messages)
        self._end = end
        self.cancelled = False

    async def read(self) -> Any:
        if self._messages:
            return self._messages.pop(0)
        if isinstance(self._end, BaseException):
            raise self._end
        if self._end is None:
            await asyncio.Event().wait()
        return self._end

    def cancel(self) -> None:
        self.cancelled = True


def _failure(code: grpc.StatusCode) -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), details="why")


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (grpc.aio.EOF, "the stream ended"),
        (_failure(grpc.StatusCode.UNAVAILABLE), "UNAVAILABLE: why"),
        (_failure(grpc.StatusCode.RESOURCE_EXHAUSTED), "RESOURCE_EXHAUSTED: why"),
        (asyncio.CancelledError(), "CANCELLED"),
        (None, "nothing was heard for 1 s"),
    ],
)
async def test_a_stream_that_is_lost_is_opened_again(end: object, why: str) -> None:
    lost: list[str] = []
    calls = [Call([Badges(hello=HELLO)], end), Call([Badges(hello=HELLO)], _failure(grpc.StatusCode.UNAUTHENTICATED))]
    opened = iter(calls)
    seen: list[Any] = []

    async def handle(message: Any) -> None:
        seen.append(message)

    with pytest.raises(grpc.aio.AioRpcError, match="why"):
        await follow(lambda: next(opened), handle, lost.append)
    assert lost == [why]
    assert len(seen) == 2
    assert all(call.cancelled for call in calls)


async def test_a_client_that_is_sent_away_waits_as_long_as_it_was_told() -> None:
    go_away = Badges(go_away=stream_pb2.GoAway(reconnect_after_ms=300))
    opened = iter([Call([Badges(hello=HELLO), go_away], None), Call([], _failure(grpc.StatusCode.NOT_FOUND))])

    async def handle(_: Any) -> None:
        return

    started = asyncio.get_running_loop().time()
    with pytest.raises(grpc.aio.AioRpcError):
        await follow(lambda: next(opened), handle)
    assert asyncio.get_running_loop().time() - started >= 0.29


async def test_somebody_who_ends_the_watch_ends_the_stream() -> None:
    call = Call([Badges(hello=HELLO)], None)

    async def handle(_: Any) -> None:
        return

    task = asyncio.create_task(follow(lambda: call, handle))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert call.cancelled
