import random
from types import SimpleNamespace
from typing import Any, cast

import grpc
import pytest
from conversations.notifier.v1 import notifier_pb2
from conversations.unread.v1 import unread_pb2
from grpc.aio import Metadata

from local.replay.badges import Shown
from local.replay.latency import BadgeDelay
from local.replay.people import TAB, Attached, received
from local.replay.roles import Habit, Role
from local.replay.truth import Count
from local.replay.wire import Wire

AT = "g_room"


def never(*_: Any) -> Any:
    raise AssertionError("streams are played by hand")


class Person:
    """An attached reader of one room, whose streams are played by hand."""

    def __init__(self, *, moves: bool) -> None:
        self.code: grpc.StatusCode | None = None
        self.read = 0
        self.delay = BadgeDelay(1)
        services = SimpleNamespace(Attach=never, WatchBadges=never, WatchBanners=never, MarkRead=self._mark_read)
        fake = SimpleNamespace(presence=services, unread=services, notifier=services, person=lambda person: person)
        role = Role("ann", Habit.READER, 0, (0,))
        rng = random.Random(1)
        self.attached = Attached(cast("Wire", fake), role, [AT], self.delay, rng, [0] if moves else [])

    async def _mark_read(self, request: Any, *, metadata: str, timeout: float) -> Any:  # noqa: ASYNC109
        assert (metadata, timeout > 0) == ("ann", True)
        if self.code is not None:
            raise grpc.aio.AioRpcError(self.code, Metadata(), Metadata(), "as the test wants it")
        return unread_pb2.MarkReadResponse(badge=unread_pb2.Badge(read=self.read or request.number))

    async def reads(self, number: int) -> list[str]:
        await self.attached._mark_read(Shown(0, 1, 0, number, 1))
        return self.attached.problems

    def sees(self, **badge: Any) -> None:
        shown = unread_pb2.Badge(conversation=AT, **badge)
        self.attached._take_badges(unread_pb2.WatchBadgesResponse(badges=[shown], total=unread_pb2.Total(unread=2)))


@pytest.mark.parametrize("code", [grpc.StatusCode.NOT_FOUND, grpc.StatusCode.FAILED_PRECONDITION])
async def test_only_a_leave_may_overtake_a_read(code: grpc.StatusCode) -> None:
    leaver, stayer = Person(moves=True), Person(moves=False)
    leaver.code = stayer.code = code
    assert await leaver.reads(3) == []
    assert leaver.attached.reads == {}
    assert len(await stayer.reads(3)) == 1


async def test_no_leave_explains_another_refusal() -> None:
    leaver = Person(moves=True)
    leaver.code = grpc.StatusCode.PERMISSION_DENIED
    assert len(await leaver.reads(3)) == 1


async def test_only_who_came_back_may_have_a_pointer_beyond_what_they_confirmed() -> None:
    leaver, stayer = Person(moves=True), Person(moves=False)
    leaver.read = stayer.read = 5
    assert await leaver.reads(3) == []
    assert len(await stayer.reads(3)) == 1
    leaver.read = 2
    assert len(await leaver.reads(3)) == 1


def test_a_screen_shows_mentions_and_mutes_and_forgets_what_was_left() -> None:
    person = Person(moves=True)
    person.sees(revision=3, number=2, unread=2, mentions=1, muted_until_ms=900)
    assert person.attached.book.counts(0) == {AT: Count(2, 1, muted=True)}
    assert person.attached.book.total == Count(2)
    person.sees(revision=4, number=2, epoch=1, left=True)
    assert person.attached.book.counts(0) == {}


@pytest.mark.parametrize(("moves", "samples"), [(True, 0), (False, 1)])
def test_what_was_sent_while_somebody_was_away_has_no_delay(moves: bool, samples: int) -> None:
    person = Person(moves=moves)
    person.delay.started(0, "bob", 0.0)
    person.sees(revision=3, number=1, unread=1)
    assert person.delay.histogram.count == samples


def test_a_banner_that_only_changes_its_text_is_not_a_second_one() -> None:
    person = Person(moves=False)
    for update in (False, True):
        banner = notifier_pb2.Banner(
            surface=notifier_pb2.SURFACE_BANNER, tab=TAB, tag=f"{AT}:1", conversation=AT, number=1, update=update
        )
        person.attached._take_banners(notifier_pb2.WatchBannersResponse(banners=[banner]))
    assert received(person.attached, AT) == [(1, "BANNER")]
