"""A burst of one conversation is one alert with a count, on a device and in a tab."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from conversations.notifier.v1 import notifier_pb2 as pb
from hypothesis import given
from hypothesis import strategies as st

from services.chassis import mongo
from services.chassis.streams import Mailbox
from services.notifier.bursts import Bursts
from services.notifier.facts import Decision, Kind, Reason, Surface
from services.notifier.feed import CONTROL, Hub, Stream
from services.notifier.reads import Reads
from services.notifier.records import Content, DeliveryState, Device, Event, News, Pointer
from services.notifier.senders import Outcome, Result
from tests.conftest import ManualClock, eventually
from tests.notifier.conftest import World
from tests.notifier.fakes import tab
from tests.notifier.parts import CONVERSATION, Parts, membership, message

WINDOW_MS = 2_000
BANNER = Decision(Surface.BANNER, Reason.TAB_IN_USE, "laptop", "t1")
BROWSER = Decision(Surface.BROWSER, Reason.TAB_OPEN, "laptop", "t1")
BOB = ("acme", "bob")


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=40), st.integers(0, 3_000))
def test_in_each_window_at_most_one_alert_leaves_and_nothing_waits_longer(pauses: list[int], window: int) -> None:
    bursts, now, due = Bursts(window), 1_000, []
    for pause in pauses:
        now += pause
        due.append((now, bursts.due(("device", "conversation"), now)))
    assert due[0][0] == due[0][1]
    assert all(now <= leaves <= now + window for now, leaves in due)
    leaving = sorted({leaves for _, leaves in due})
    assert all(later - earlier >= window for earlier, later in pairwise(leaving))


def test_what_comes_after_a_pause_leaves_at_once_and_others_have_windows_of_their_own() -> None:
    bursts = Bursts(WINDOW_MS)
    one, other = ("phone", "g_one"), ("phone", "g_other")
    assert [bursts.due(one, at) for at in (0, 10, 1_999)] == [0, 2_000, 2_000]
    assert bursts.due(other, 10) == 10
    # The held ones left at 2,000.
    assert bursts.due(one, 2_000) == 4_000
    assert bursts.due(one, 6_000) == 6_000


def test_what_is_made_together_leaves_together_but_a_mention_does_not_wait() -> None:
    bursts = Bursts(WINDOW_MS)
    first = bursts.begin(0)
    assert [first.of("phone", "g_one", waits=True) for _ in range(3)] == [0, 0, 0]
    second = bursts.begin(500)
    assert [second.of("phone", "g_one", waits=waits) for waits in (True, False, True)] == [2_000, 500, 2_000]


@pytest.fixture
async def parts(database: mongo.Database, clock: ManualClock) -> Parts:
    made = await Parts(database, clock, burst_ms=WINDOW_MS).prepare()
    await made.devices.put(Device("acme", "bob", "phone", "stub", "target-bob"))
    await made.arbiter.apply([membership("ann", "bob"), message(clock)])
    await made.send_queued()
    return made


def pushed(parts: Parts) -> list[tuple[int, int]]:
    return [(push.content.number, push.count) for push in parts.sender.sent]


async def typed(parts: Parts, clock: ManualClock, numbers: Sequence[int], pause_ms: int = 100) -> None:
    """Messages that come one after the other."""
    for number in numbers:
        clock.pass_ms(pause_ms)
        await parts.arbiter.apply([message(clock, number)])
        await parts.send_queued()
        await parts.courier.poll_once()


async def test_lines_that_follow_soon_become_one_push_with_a_count_at_the_end_of_the_window(
    parts: Parts, clock: ManualClock
) -> None:
    await typed(parts, clock, (2, 3, 4, 5))
    assert pushed(parts) == [(1, 1)]
    clock.pass_ms(WINDOW_MS - 400)
    assert await parts.courier.poll_once() == 4
    assert pushed(parts) == [(1, 1), (5, 4)]
    assert {each.state for each in await parts.deliveries.list(CONVERSATION, "", 100)} == {DeliveryState.SENT}
    # What comes soon after that waits again; what comes later does not.
    await typed(parts, clock, (6,))
    assert len(pushed(parts)) == 2
    clock.pass_ms(WINDOW_MS)
    await parts.courier.poll_once()
    assert pushed(parts)[2:] == [(6, 1)]
    await typed(parts, clock, (7,), 2 * WINDOW_MS)
    assert pushed(parts)[3:] == [(7, 1)]


async def test_a_mention_does_not_wait_on_a_phone(parts: Parts, clock: ManualClock) -> None:
    await typed(parts, clock, (2,))
    mention = replace(message(clock, 3), mentioned=frozenset({"bob"}))
    await parts.arbiter.apply([mention])
    await parts.send_queued()
    assert pushed(parts) == [(1, 1), (3, 1)]
    clock.pass_ms(WINDOW_MS)
    await parts.courier.poll_once()
    assert pushed(parts)[2:] == [(2, 1)]


async def test_what_is_read_while_it_waits_is_not_counted(parts: Parts, clock: ManualClock) -> None:
    await typed(parts, clock, (2, 3, 4))
    parts.others.pointers = {(CONVERSATION, "bob"): 2}
    clock.pass_ms(WINDOW_MS)
    await parts.courier.poll_once()
    assert pushed(parts)[1:] == [(4, 2)]
    states = {each.number: each.state for each in await parts.deliveries.list(CONVERSATION, "", 100)}
    assert states[2] is DeliveryState.SUPPRESSED


async def test_what_waits_survives_the_replica_that_held_it_back(parts: Parts, clock: ManualClock) -> None:
    await typed(parts, clock, (2, 3))
    other = Parts(parts.database, clock, "other", WINDOW_MS)
    clock.pass_ms(WINDOW_MS)
    await other.courier.poll_once()
    assert [(push.content.number, push.count) for push in other.sender.sent] == [(3, 2)]


async def test_a_repeated_event_does_not_send_what_waits_a_second_time(parts: Parts, clock: ManualClock) -> None:
    events: list[Event] = [message(clock, 2), message(clock, 3)]
    for _ in range(3):
        await parts.arbiter.apply(events)
        await parts.send_queued()
        clock.pass_ms(WINDOW_MS)
        await parts.courier.poll_once()
    assert pushed(parts) == [(1, 1), (3, 2)]


async def test_a_burst_that_the_push_service_refuses_waits_as_a_whole(parts: Parts, clock: ManualClock) -> None:
    parts.sender.outcome = lambda _: Outcome(Result.RETRY, "503", status=503)
    await typed(parts, clock, (2, 3))
    clock.pass_ms(WINDOW_MS)
    await parts.courier.poll_once()
    parts.sender.outcome = lambda _: Outcome(Result.SENT, status=200)
    clock.pass_ms(60_000)
    await parts.courier.poll_once()
    assert pushed(parts) == [(1, 1), (3, 2), (3, 2)]


class Tab:
    """A tab of bob's, and what its stream got."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.hub = Hub(Reads(), WINDOW_MS, clock)
        self.mailbox = Mailbox(CONTROL, 100)
        self._joined = self.hub.joined(BOB, "laptop", self.mailbox)
        self.stream: Stream = self._joined.__enter__()

    def tell(self, *numbers: int, decision: Decision = BANNER, mentioned: Sequence[int] = ()) -> None:
        for number in numbers:
            names = frozenset({"bob"} if number in mentioned else ())
            self.hub.tell(News(content(number), [("bob", decision)], mentioned=names))

    async def got(self) -> tuple[list[tuple[int, int, str, bool]], list[str]]:
        """(number, count, text, update) of each banner, and what was dismissed, since the last time."""
        if not self.mailbox.waiting:
            return [], []
        frame = await self.mailbox.take()
        response = pb.WatchBannersResponse.FromString(frame or b"")
        banners = [(each.number, each.count, each.text, each.update) for each in response.banners]
        return banners, [each.tag for each in response.dismissals]

    async def after(self, ms: int) -> tuple[list[tuple[int, int, str, bool]], list[str]]:
        self.clock.pass_ms(ms)
        self.hub.flush()
        return await self.got()


def content(number: int, text: str = "hello") -> Content:
    return Content("acme", "g_one", number, "ann", Kind.GROUP, "Site", text, 5)


def read(number: int) -> Pointer:
    return Pointer("g_one", "bob", "acme", number, number)


@pytest.fixture
async def screen(clock: ManualClock) -> Tab:
    tab = Tab(clock)
    tab.tell(1)
    assert await tab.got() == ([(1, 1, "hello", False)], [])
    return tab


async def test_banners_that_follow_soon_become_one_with_a_count(screen: Tab) -> None:
    screen.tell(2, 3, 4)
    assert await screen.after(WINDOW_MS - 1) == ([], [])
    assert await screen.after(1) == ([(4, 3, "hello", False)], [])
    screen.tell(5)
    assert await screen.after(WINDOW_MS) == ([(5, 1, "hello", False)], [])
    await screen.after(WINDOW_MS)
    screen.tell(6)
    assert await screen.got() == ([(6, 1, "hello", False)], [])


async def test_a_mention_takes_along_what_waits(screen: Tab) -> None:
    screen.tell(2, 3, mentioned=[3])
    assert await screen.got() == ([(3, 2, "hello", False)], [])


async def test_another_surface_has_a_burst_of_its_own(screen: Tab) -> None:
    screen.tell(2, decision=BROWSER)
    assert await screen.got() == ([(2, 1, "hello", False)], [])


async def test_what_is_read_deleted_or_escalated_while_it_waits_is_never_shown(screen: Tab) -> None:
    screen.tell(2, 3, 4, 5, 6)
    screen.hub.read([read(2)])
    await screen.got()
    screen.hub.tell(News(content(6), [], deleted=True))
    screen.hub.tell(News(content(4), [], taken_back=["bob"]))
    screen.hub.tell(News(content(5, "edited"), [], edited=True))
    assert await screen.after(WINDOW_MS) == ([(5, 2, "edited", False)], [])
    screen.tell(7, 8)
    screen.hub.read([read(8)])
    await screen.got()
    assert await screen.after(WINDOW_MS) == ([], [])


async def test_an_alert_with_a_count_stands_for_fewer_as_they_are_read_and_goes_with_its_own(screen: Tab) -> None:
    screen.tell(2, 3, 4)
    await screen.after(WINDOW_MS)
    screen.hub.read([read(2)])
    assert await screen.got() == ([(4, 2, "hello", True)], ["g_one:1"])
    screen.hub.tell(News(content(3), [], deleted=True))
    assert await screen.got() == ([(4, 1, "hello", True)], [])
    screen.hub.tell(News(content(4, "edited"), [], edited=True))
    assert await screen.got() == ([(4, 1, "edited", True)], [])
    screen.hub.read([read(4)])
    assert await screen.got() == ([], ["g_one:4"])


async def test_a_burst_is_one_banner_and_one_push_through_the_whole_service(world: World) -> None:
    stub = await world.replica(burst_ms=WINDOW_MS)
    world.others.presence.attach("bob", "laptop", tab("t1"))
    screen = await world.watch(stub, "bob", "laptop")
    await world.register(stub, "cem")
    conversation = await world.others.messaging.group("ann", "bob", "cem")
    await world.others.messaging.send(conversation, "ann")
    await world.settled(stub, conversation, ("cem", "SENT", ""))
    for _ in range(4):
        await world.others.messaging.send(conversation, "ann")
    await world.decided(stub, conversation, 5)
    world.clock.pass_ms(WINDOW_MS)
    await world.settled(stub, conversation, *[("cem", "SENT", "")] * 5)
    await eventually(lambda: len(screen.banners) == 2)
    assert [(each.number, each.count) for each in screen.banners] == [(1, 1), (5, 4)]
    assert [(each["number"], each["count"]) for each in world.sent()] == [(1, 1), (5, 4)]
    await world.others.unread.read(conversation, "bob", 5)
    await eventually(lambda: sorted(screen.dismissed) == [f"{conversation}:1", f"{conversation}:5"])
