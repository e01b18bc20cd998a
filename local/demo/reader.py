"""A person of the demo who sits at a desk: attached, with a focused tab, and reading."""

import asyncio
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

CLIENT = "demo-desk"


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
    """Reads what comes, a few seconds after it comes.

    Args:
        person: who reads.
        chance: how soon, and what first.
    """

    def __init__(self, person: Person, chance: random.Random) -> None:
        self._person = person
        self._chance = chance
        self._view = View()

    async def run(self) -> None:
        """Stays attached and reads, for ever."""
        services, metadata = self._person.connection, self._person.metadata
        attach = presence_pb2.AttachRequest(client=CLIENT, platform=presence_pb2.PLATFORM_BROWSER)
        await together(
            follow(lambda: services.presence.Attach(attach, metadata=metadata()), self._attached),
            follow(
                lambda: services.unread.WatchBadges(unread_pb2.WatchBadgesRequest(), metadata=metadata()), self._badges
            ),
            self._read(),
        )

    async def _attached(self, message: Any) -> None:
        if message.HasField("caught_up"):
            await patiently(lambda: self._look_at(""))

    async def _badges(self, message: Any) -> None:
        self._view.take_badges(message)

    async def _read(self) -> None:
        while True:
            await asyncio.sleep(self._chance.uniform(2, 7))
            unread = self._view.unread()
            if not unread:
                await patiently(lambda: self._look_at(""))
                continue
            badge = self._chance.choice(unread)
            await patiently(lambda badge=badge: self._look_at(badge.conversation))  # type: ignore[misc]
            await asyncio.sleep(self._chance.uniform(0.5, 2))
            await patiently(lambda badge=badge: mark_read(self._person, badge))  # type: ignore[misc]

    async def _look_at(self, conversation: str) -> None:
        tab = presence_pb2.Tab(tab="main", visible=True, focused=True, input_age_ms=0, conversation=conversation)
        await self._person.connection.presence.ReportTabs(
            presence_pb2.ReportTabsRequest(
                client=CLIENT,
                sequence=time.time_ns() // 1_000_000,
                permission=presence_pb2.PERMISSION_GRANTED,
                tabs=[tab],
            ),
            metadata=self._person.metadata(),
            timeout=CALL_S,
        )
