"""People of the demo who read: at a desk with a browser, or now and then on a phone."""

import asyncio
import contextlib
import random
import time
from typing import Any

from conversations.presence.v1 import presence_pb2
from conversations.unread.v1 import unread_pb2

from local.client import CALL_S, Person
from local.demo.patience import patiently
from local.following import follow
from local.together import together
from local.watching.view import View

DESK = "demo-desk"
PHONE = "demo-phone"
"""The names of the demo's own clients."""

AT_WORK_S = (45.0, 150.0)
"""How long somebody works at the desk before doing something else, s."""

AWAY_S = (15.0, 45.0)
"""How long somebody is away from the desk, s."""

GONE = 0.25
"""How likely the browser is closed meanwhile."""

POCKET_S = (15.0, 60.0)
"""How long a phone stays in the pocket, s."""

LOOKS = 3
"""How many conversations somebody reads in one look at the phone."""


async def read_all(person: Person, conversation: str) -> int:
    """Reads a conversation to its end; returns how many messages were unread."""
    stub = person.connection.unread
    badges = await stub.GetBadges(
        unread_pb2.GetBadgesRequest(conversations=[conversation]), metadata=person.metadata(), timeout=CALL_S
    )
    unread = 0
    for badge in badges.badges:
        if badge.unread:
            unread += badge.unread
            await mark_read(person, badge)
    return unread


async def mark_read(person: Person, badge: unread_pb2.Badge) -> None:
    """Moves the person's pointer to the last message that the badge counts."""
    await person.connection.unread.MarkRead(
        unread_pb2.MarkReadRequest(conversation=badge.conversation, number=badge.number, epoch=badge.epoch),
        metadata=person.metadata(),
        timeout=CALL_S,
    )


class Reader:
    """One client of a person, and the person before it.

    Args:
        person: who reads.
        client: the client's name.
        platform: what it is.
        chance: how soon, and what first.
    """

    def __init__(self, person: Person, client: str, platform: presence_pb2.Platform, chance: random.Random) -> None:
        self._person = person
        self._client = client
        self._platform = platform
        self._chance = chance
        self._view = View()
        self._at_work = True

    @classmethod
    def at_desk(cls, person: Person, chance: random.Random) -> "Reader":
        """With a browser."""
        return cls(person, DESK, presence_pb2.PLATFORM_BROWSER, chance)

    @classmethod
    def on_phone(cls, person: Person, chance: random.Random) -> "Reader":
        """With the app open on a phone."""
        return cls(person, PHONE, presence_pb2.PLATFORM_APP, chance)

    async def work(self) -> None:
        """A stretch at the desk: reads what comes; then goes away for a while, with the browser open or closed."""
        chance = self._chance
        self._at_work = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(chance.uniform(*AT_WORK_S)):
                await together(self._attached(), self._follow_badges(), self._read_on())
        self._at_work = False
        away_s = chance.uniform(*AWAY_S)
        if chance.random() < GONE:
            await asyncio.sleep(away_s)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(away_s):
                await self._attached()

    async def look(self) -> None:
        """Takes the phone out of the pocket after a while, reads a few conversations, puts it away."""
        self._at_work = True
        await asyncio.sleep(self._chance.uniform(*POCKET_S))
        reading = asyncio.create_task(self._attached())
        try:
            for badge in await self._unread():
                await self._read(badge)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _attached(self) -> None:
        attach = presence_pb2.AttachRequest(client=self._client, platform=self._platform)
        metadata, stub = self._person.metadata, self._person.connection.presence
        try:
            await follow(lambda: stub.Attach(attach, metadata=metadata()), self._caught_up)
        finally:
            # The lease outlives the stream by the grace period; no tab does.
            await patiently(lambda: self._report([]))

    async def _caught_up(self, message: Any) -> None:
        if message.HasField("caught_up"):
            await patiently(lambda: self._look_at(""))

    async def _follow_badges(self) -> None:
        stub, metadata = self._person.connection.unread, self._person.metadata

        async def take(message: Any) -> None:
            self._view.take_badges(message)

        await follow(lambda: stub.WatchBadges(unread_pb2.WatchBadgesRequest(), metadata=metadata()), take)

    async def _read_on(self) -> None:
        while True:
            await asyncio.sleep(self._chance.uniform(2, 7))
            if unread := self._view.unread():
                await self._read(self._chance.choice(unread))
            else:
                await patiently(lambda: self._look_at(""))

    async def _unread(self) -> list[unread_pb2.Badge]:
        """Some conversations with unread messages, those with most first; none where that cannot be known."""
        answer = unread_pb2.GetBadgesResponse()

        async def ask() -> None:
            stub, metadata = self._person.connection.unread, self._person.metadata()
            answer.CopyFrom(await stub.GetBadges(unread_pb2.GetBadgesRequest(), metadata=metadata, timeout=CALL_S))

        await patiently(ask)
        unread = [badge for badge in answer.badges if badge.unread]
        return sorted(unread, key=lambda badge: -badge.unread)[:LOOKS]

    async def _read(self, badge: unread_pb2.Badge) -> None:
        await patiently(lambda: self._look_at(badge.conversation))
        await asyncio.sleep(self._chance.uniform(0.5, 2))
        await patiently(lambda: mark_read(self._person, badge))

    async def _look_at(self, conversation: str) -> None:
        at_work = self._at_work
        await self._report(
            [presence_pb2.Tab(tab="main", visible=at_work, focused=at_work, input_age_ms=0, conversation=conversation)]
        )

    async def _report(self, tabs: list[presence_pb2.Tab]) -> None:
        await self._person.connection.presence.ReportTabs(
            presence_pb2.ReportTabsRequest(
                client=self._client,
                sequence=time.time_ns() // 1_000_000,
                permission=presence_pb2.PERMISSION_GRANTED,
                tabs=tabs,
            ),
            metadata=self._person.metadata(),
            timeout=CALL_S,
        )
