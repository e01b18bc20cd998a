"""A client of one person: its lease and tab, its badges and banners."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import grpc
from conversations.messaging.v1 import messaging_pb2
from conversations.notifier.v1 import notifier_pb2
from conversations.presence.v1 import presence_pb2
from conversations.unread.v1 import unread_pb2

from local import phones
from local.client import CALL_S, Person
from local.following import RETRYABLE, follow
from local.together import together
from local.watching.phone import Phone, PhoneChange
from local.watching.screen import Screen
from local.watching.view import BadgeChanged, BannerShown, Change, View

REPORT_S = 30.0
"""How often the tab is reported; the contract asks for at least every 60 s, s."""

TICK_S = 0.25
"""How often banners whose time is over are looked for, s."""

LOOK_S = 0.5
"""How often the phone is looked at, s."""

CLIENT = "terminal"
"""What the name of a watch's client begins with."""


class Session:
    """Watches as one client with one tab, or with none, and has an eye on the person's phone.

    Args:
        person: whose screen it is.
        screen: where it is shown.
        focused: whether the tab has the focus and its person is at work; else the tab is open, but in the background.
        open_conversation: what the tab shows, and reads while it is focused; empty for nothing.
        phone_only: no tab is open at all, and the person carries a phone, which is registered if it is not yet.
    """

    def __init__(
        self,
        person: Person,
        screen: Screen,
        *,
        focused: bool = True,
        open_conversation: str = "",
        phone_only: bool = False,
    ) -> None:
        self._person = person
        self._screen = screen
        self._focused = focused
        self._open = open_conversation
        self._phone_only = phone_only
        self._phone = Phone()
        self._client = f"{CLIENT}-{secrets.token_hex(4)}"
        self._view = View()
        self._titles: dict[str, str] = {}

    async def run(self, for_s: float | None) -> None:
        """Watches for so many seconds, or for ever.

        Raises:
            grpc.aio.AioRpcError: a stream ended for good.
        """
        if self._phone_only:
            await phones.register(self._person)
            self._screen.say(f"{self._person.name}@{self._person.tenant} has no browser open, and carries a phone")
            tab = []
        else:
            tab = [self._lease(), self._follow_banners(), self._report(), self._tick()]
        try:
            async with asyncio.timeout(for_s):
                await together(self._follow_badges(), self._follow_phone(), *tab)
        except TimeoutError:
            return

    async def _lease(self) -> None:
        request = presence_pb2.AttachRequest(client=self._client, platform=presence_pb2.PLATFORM_BROWSER)
        stub = self._person.connection.presence
        await self._follow("presence", lambda: stub.Attach(request, metadata=self._person.metadata()), self._attached)

    async def _follow_badges(self) -> None:
        request, stub = unread_pb2.WatchBadgesRequest(), self._person.connection.unread
        await self._follow("badges", lambda: stub.WatchBadges(request, metadata=self._person.metadata()), self._badges)

    async def _follow_banners(self) -> None:
        request, stub = notifier_pb2.WatchBannersRequest(client=self._client), self._person.connection.notifier
        await self._follow(
            "banners", lambda: stub.WatchBanners(request, metadata=self._person.metadata()), self._banners
        )

    async def _follow(
        self, what: str, open_stream: Callable[[], Any], handle: Callable[[Any], Awaitable[None]]
    ) -> None:
        await follow(open_stream, handle, lambda why: self._lost(what, why))

    async def _attached(self, message: Any) -> None:
        if message.HasField("caught_up"):
            await self._report_tab()
            self._screen.say(
                f"attached as {self._person.name}@{self._person.tenant}, "
                f"{'a focused tab' if self._focused else 'a tab in the background'}"
            )
            self._draw()

    async def _badges(self, message: Any) -> None:
        await self._show(self._view.take_badges(message))
        if self._open and self._focused:
            await self._read(self._view.badges.get(self._open))

    async def _banners(self, message: Any) -> None:
        await self._show(self._view.take_banners(message, _now()))

    async def _show(self, changes: list[Change]) -> None:
        for change in changes:
            if isinstance(change, BadgeChanged):
                await self._learn_title(change.conversation)
            elif isinstance(change, BannerShown):
                await self._learn_title(change.banner.conversation)
            self._screen.changed(change, self._titles)
        self._draw()

    async def _follow_phone(self) -> None:
        asked = {"target": phones.token_of(self._person.tenant, self._person.name)}
        async with aiohttp.ClientSession(self._person.connection.ready.fcm) as session:
            while True:
                try:
                    async with session.get("/_fake/devices", params=asked) as answer:
                        self._look(await answer.json())
                except (aiohttp.ClientError, TimeoutError) as error:
                    self._lost("phone", type(error).__name__)
                await asyncio.sleep(LOOK_S)

    def _look(self, said: dict[str, Any]) -> None:
        changes: list[PhoneChange] = self._phone.take(said)
        for change in changes:
            self._screen.changed(change, self._titles)
        if changes:
            self._draw()

    def _draw(self) -> None:
        self._screen.draw(self._view, self._phone, self._titles)

    async def _read(self, badge: unread_pb2.Badge | None) -> None:
        if badge is None or not badge.unread:
            return
        request = unread_pb2.MarkReadRequest(conversation=badge.conversation, number=badge.number, epoch=badge.epoch)
        try:
            await self._person.connection.unread.MarkRead(request, metadata=self._person.metadata(), timeout=CALL_S)
        except grpc.aio.AioRpcError as error:
            # The next badge brings another chance.
            self._screen.say(f"not marked as read: {error.code().name}")

    async def _learn_title(self, conversation: str) -> None:
        if conversation in self._titles:
            return
        try:
            found = await self._person.connection.messaging.GetConversation(
                messaging_pb2.GetConversationRequest(conversation=conversation),
                metadata=self._person.metadata(),
                timeout=CALL_S,
            )
        except grpc.aio.AioRpcError:
            return  # shown by its id until it is asked for again
        others = [name for name in found.conversation.members if name != self._person.name]
        self._titles[conversation] = found.conversation.title or ", ".join(others)

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORT_S)
            await self._report_tab()

    async def _report_tab(self) -> None:
        tab = presence_pb2.Tab(
            tab="terminal", visible=True, focused=self._focused, input_age_ms=0, conversation=self._open
        )
        request = presence_pb2.ReportTabsRequest(
            client=self._client, sequence=_now(), permission=presence_pb2.PERMISSION_GRANTED, tabs=[tab]
        )
        try:
            await self._person.connection.presence.ReportTabs(request, metadata=self._person.metadata(), timeout=CALL_S)
        except grpc.aio.AioRpcError as error:
            # Not attached (any more): the next CaughtUp brings another report.
            if error.code() not in RETRYABLE | {grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.DEADLINE_EXCEEDED}:
                raise

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            if changes := self._view.let_pass(_now()):
                await self._show(changes)

    def _lost(self, what: str, why: str) -> None:
        self._screen.say(f"{what}: {why}; connecting again")
        self._draw()


def _now() -> int:
    return time.time_ns() // 1_000_000
