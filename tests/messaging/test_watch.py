"""One watch of a conversation: what is read from the log and what is handed over as it happens, woven together."""

import asyncio

import pytest
from conversations.messaging.v1 import messaging_pb2 as pb

from services.chassis.streams import Mailbox
from services.messaging.feed import WATCH_CONTROL, FeedItem, Watch
from services.messaging.rules import Event, Kind, Page, Sent
from tests.conftest import eventually


class Stream:
    """A log, a watch of it, and what its client got; a reading of the log takes some turns of the loop."""

    def __init__(self, turns: int) -> None:
        self.log: list[Event] = []
        self.turns = turns
        self.mailbox = Mailbox(WATCH_CONTROL, 10_000)
        self.watch = Watch(self.mailbox, self.read, 0)

    async def read(self, after: int, limit: int) -> Page:
        for _ in range(self.turns):
            await asyncio.sleep(0)
        found = [event for event in self.log if event.revision > after][:limit]
        for _ in range(self.turns):
            await asyncio.sleep(0)
        return Page(found, more=len(found) == limit)

    def write(self, *, offer: bool) -> None:
        revision = len(self.log) + 1
        event = Event("g_a", revision, revision, 1, "acme", 1, "ann", Sent(Kind.GROUP, "x", f"k{revision}", b""))
        self.log.append(event)
        if offer:
            self.watch.offer(FeedItem(event))

    async def got(self) -> list[int]:
        revisions: list[int] = []
        while self.mailbox.waiting:
            message = await self.mailbox.take() or b""
            revisions += [event.revision for event in pb.WatchConversationResponse.FromString(message).events]
        return revisions


@pytest.mark.parametrize("turns", [1, 2, 3, 5, 7])
async def test_however_readings_and_events_meet_everything_comes_once_and_in_order(turns: int) -> None:
    stream = Stream(turns)
    running = asyncio.create_task(stream.watch.run())
    for turn in range(400):
        stream.write(offer=turn % 5 != 3 or turn == 399)
        if turn % 17 == 0:
            stream.watch.fall_behind()
        for _ in range(turn % 4):
            await asyncio.sleep(0)
    got: list[int] = []
    while len(got) < 400:
        await eventually(lambda: stream.mailbox.waiting)
        got += await stream.got()
    await asyncio.sleep(0.01)
    running.cancel()
    assert got + await stream.got() == list(range(1, 401))
