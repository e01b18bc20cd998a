"""The attached people: each holds the three streams of one browser, reports its tab, and some read as they go."""

import asyncio
import random
import time
from array import array
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Any

import grpc
from conversations.notifier.v1 import notifier_pb2
from conversations.presence.v1 import presence_pb2
from conversations.unread.v1 import unread_pb2

from local.replay.badges import BadgeBook, Shown
from local.replay.latency import BadgeDelay
from local.replay.roles import Habit, Role
from local.replay.streams import Call, Stream
from local.replay.truth import Count
from local.replay.wire import CALL_TIMEOUT_S, Wire, repeat

CLIENT = "browser"
"""The client's name; each attached person has one."""

TAB = "tab-1"
"""The tab's name."""

PAUSE_S = (1.0, 4.0)
"""How long a reader takes before they confirm what they have read, s: about as long as a few lines of chat take."""

OVERTAKEN = frozenset({grpc.StatusCode.NOT_FOUND, grpc.StatusCode.FAILED_PRECONDITION})
"""How a read ends that a leave has overtaken."""

SURFACES = ("BANNER", "BROWSER")
"""What a banner stream shows, in the order of the bit that stands for it."""

BITS = {notifier_pb2.SURFACE_BANNER: 0, notifier_pb2.SURFACE_BROWSER: 1}
"""The bit that stands for a surface."""


def _nothing(_: Any) -> None:
    """Takes a message that tells nothing."""


async def _at_once() -> None:
    """Has nothing to do."""


class Attached:
    """One attached person.

    Args:
        wire: the calls.
        role: what they do.
        conversations: of all rooms, by index.
        delay: is told when badges arrive.
        rng: draws pauses.
        moved: indexes of the rooms into which they come, or from which they go, while messages are sent.

    Attributes:
        conversation: what their tab shows; empty for none.
        book: the badges on their screen.
        banners: for each conversation what the banner stream has shown: twice the number, plus one for BROWSER.
        dismissals: how many banners were taken back.
        reads: the read pointers that were acknowledged, by conversation.
        problems: what must not happen, in words.
        streams: the three streams; the first is the lease.
    """

    def __init__(
        self,
        wire: Wire,
        role: Role,
        conversations: Sequence[str],
        delay: BadgeDelay,
        rng: random.Random,
        moved: Collection[int] = (),
    ) -> None:
        self._wire = wire
        self._moved = frozenset(moved)
        self._rooms = {conversations[index]: index for index in role.rooms}
        self._delay = delay
        self._rng = rng
        self._sequence = 0
        self._unread = asyncio.Event()
        self._stopped = asyncio.Event()
        self.role = role
        self.conversation = "" if role.shows is None else conversations[role.shows]
        self.book = BadgeBook()
        self.banners: dict[str, array[int]] = {}
        self.dismissals = 0
        self.reads: dict[str, int] = {}
        self.problems: list[str] = []
        attach = presence_pb2.AttachRequest(client=CLIENT, platform=presence_pb2.PLATFORM_BROWSER)
        badges = unread_pb2.WatchBadgesRequest()
        banners = notifier_pb2.WatchBannersRequest(client=CLIENT)
        self.streams = [
            self._stream("Attach", partial(wire.presence.Attach, attach), _nothing, self.report),
            self._stream("WatchBadges", partial(wire.unread.WatchBadges, badges), self._take_badges),
            self._stream("WatchBanners", partial(wire.notifier.WatchBanners, banners), self._take_banners),
        ]

    @property
    def steady(self) -> bool:
        """Whether the lease was held without a break."""
        return self.streams[0].losses == 0 and not self.streams[0].failure

    async def run(self) -> None:
        """Keeps the streams open until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            for stream in self.streams:
                group.create_task(stream.run())

    async def report(self) -> None:
        """Reports the tab; input is reported as just now."""
        self._sequence += 1
        request = presence_pb2.ReportTabsRequest(
            client=CLIENT,
            sequence=self._sequence,
            permission=(presence_pb2.PERMISSION_DEFAULT if self.role.in_use else presence_pb2.PERMISSION_GRANTED),
            tabs=[
                presence_pb2.Tab(
                    tab=TAB, visible=self.role.in_use, focused=self.role.in_use, conversation=self.conversation
                )
            ],
        )
        metadata = self._wire.person(self.role.person)
        try:
            await repeat(
                lambda: self._wire.presence.ReportTabs(request, metadata=metadata, timeout=CALL_TIMEOUT_S), self._rng
            )
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.FAILED_PRECONDITION:
                self.streams[0].reopen()
            else:
                self._problem("ReportTabs", error)

    async def read(self) -> None:
        """Confirms what the tab shows, one call at a time, until `stop_reading`."""
        while not self._stopped.is_set():
            await self._unread.wait()
            if self._stopped.is_set():
                return
            await asyncio.sleep(self._rng.uniform(*PAUSE_S))
            self._unread.clear()
            badge = self.book.get(self.conversation)
            if not self._stopped.is_set() and badge is not None and badge.unread:
                await self._mark_read(badge)

    def stop_reading(self) -> None:
        """Ends `read` after the call that is under way."""
        self._stopped.set()
        self._unread.set()

    async def _mark_read(self, badge: Shown) -> None:
        request = unread_pb2.MarkReadRequest(conversation=self.conversation, number=badge.number, epoch=badge.epoch)
        metadata = self._wire.person(self.role.person)
        try:
            answer = await repeat(
                lambda: self._wire.unread.MarkRead(request, metadata=metadata, timeout=CALL_TIMEOUT_S), self._rng
            )
        except grpc.aio.AioRpcError as error:
            # Who has just left, or is back under another epoch, acts on a badge that is no longer true.
            if self.role.shows not in self._moved or error.code() not in OVERTAKEN:
                self._problem("MarkRead", error)
            return
        self.reads[self.conversation] = badge.number
        rejoined = self.role.shows in self._moved and answer.badge.read > badge.number
        if answer.badge.read != badge.number and not rejoined:
            self.problems.append(
                f"{self.role.person}: MarkRead of {badge.number} was answered with the pointer {answer.badge.read}"
            )

    def _stream(
        self,
        name: str,
        method: Callable[..., Call],
        take: Callable[[Any], None],
        caught_up: Callable[[], Awaitable[None]] = _at_once,
    ) -> Stream:
        opener = partial(method, metadata=self._wire.person(self.role.person))
        return Stream(f"{name} of {self.role.person}", opener, take, caught_up, self._rng)

    def _take_badges(self, response: unread_pb2.WatchBadgesResponse) -> None:
        now = time.perf_counter()
        if response.HasField("hello"):
            self.book.hello()
        for badge in response.badges:
            room = self._rooms.get(badge.conversation)
            if room is None:
                self.problems.append(f"{self.role.person}: a badge of a foreign conversation {badge.conversation}")
                continue
            shown = Shown(
                badge.epoch,
                badge.revision,
                badge.version,
                badge.number,
                badge.unread,
                badge.mentions,
                badge.muted_until_ms,
            )
            if self.book.take(badge.conversation, shown):
                if room not in self._moved:  # what was sent while they were away has no delay
                    self._delay.arrived(self.role.person, room, badge.number, now)
                if badge.unread and badge.conversation == self.conversation and self.role.habit is Habit.READER:
                    self._unread.set()
        if response.HasField("total"):
            self.book.total = Count(response.total.unread, response.total.mentions)
        if response.HasField("caught_up"):
            self.book.caught_up()
        if response.HasField("reset"):
            self.book.drop()

    def _take_banners(self, response: notifier_pb2.WatchBannersResponse) -> None:
        self.dismissals += len(response.dismissals)
        for banner in response.banners:
            if banner.update:  # changes the text of what is shown, and shows nothing new
                continue
            bit = BITS.get(banner.surface)
            well_formed = bit is not None and banner.tag == f"{banner.conversation}:{banner.number}"
            if bit is None or not well_formed or banner.tab != TAB or banner.conversation not in self._rooms:
                self.problems.append(f"{self.role.person}: a banner that cannot be: {banner.tag} {banner.tab}")
                continue
            self.banners.setdefault(banner.conversation, array("Q")).append(banner.number << 1 | bit)

    def _problem(self, call: str, error: grpc.aio.AioRpcError) -> None:
        self.problems.append(f"{self.role.person}: {call} ended with {error.code().name}: {error.details()}")


def received(person: Attached, conversation: str) -> list[tuple[int, str]]:
    """(number, surface) of each banner that a person was shown in a conversation, in the order of arrival."""
    return [(entry >> 1, SURFACES[entry & 1]) for entry in person.banners.get(conversation, ())]
