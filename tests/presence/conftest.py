"""The parts of presence over a real, empty Valkey."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import ExitStack
from itertools import count

import pytest
import redis.asyncio
from conversations.presence.v1 import presence_pb2 as pb

from services.chassis.streams import ControlFrames, Mailbox
from services.presence import valkey as client
from services.presence.actions import Presence
from services.presence.feed import statuses as statuses_feed
from services.presence.feed.statuses import Statuses, Viewing
from services.presence.feed.transitions import Transitions
from services.presence.feed.typing import Typing
from services.presence.keeper import Attachment, Ending, Keeper
from services.presence.members import Members, Membership
from services.presence.pulse import Pulse
from services.presence.rules import Report, Tab, Transition, garbage_ms
from services.presence.stores.leases import LeaseStore
from services.presence.stores.news import NewsStore
from services.presence.stores.people import PeopleStore
from services.presence.stores.typing import TypingStore
from services.presence.valkey import Valkey
from tests.conftest import ManualClock

LEASE_MS = 30_000
GRACE_MS = 5_000
WINDOW_MS = 4_000
IDLE_MS = 180_000
STEP_MS = LEASE_MS // 6

REASONS = ("", "focus", "idle", "lease")

PATIENCE = {"ANSWER_S": client.ANSWER_S, "CALL_S": client.CALL_S}
"""How long the service itself waits for Valkey, s."""


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Valkey may take its time: few tests are about one that does not answer."""
    for name in PATIENCE:
        monkeypatch.setattr(client, name, 30.0)


@pytest.fixture
def impatience(patience: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Valkey has no more time than the service itself gives it."""
    for name, seconds in PATIENCE.items():
        monkeypatch.setattr(client, name, seconds)


@pytest.fixture
async def store(valkey: redis.asyncio.Redis, valkey_url: str) -> AsyncIterator[LeaseStore]:
    store = LeaseStore(client.connect(valkey_url), LEASE_MS, IDLE_MS)
    yield store
    await store.close()


class Messaging:
    """What messaging would say of the members of conversations."""

    def __init__(self) -> None:
        self.members: dict[str, Membership] = {}
        self.asked = 0

    async def ask(self, conversations: Collection[str]) -> dict[str, Membership]:
        self.asked += 1
        return {each: self.members[each] for each in conversations if each in self.members}


class Screen:
    """What one stream of WatchPresence has brought."""

    def __init__(self) -> None:
        self.mailbox = Mailbox(ControlFrames.of(pb.WatchPresenceResponse), statuses_feed.CAPACITY)
        self.last: dict[str, pb.Presence] = {}

    async def changes(self) -> list[str]:
        """What came since the last time, as "ann ACTIVE"."""
        if not self.mailbox.waiting:
            return []
        frame = await self.mailbox.take()
        assert frame is not None
        presences = list(pb.WatchPresenceResponse.FromString(frame).presences)
        self.last |= {each.person: each for each in presences}
        return [f"{each.person} {pb.Status.Name(each.status).removeprefix('STATUS_')}" for each in presences]


class Replica:
    """A replica's parts without its gRPC door; leases are renewed, and news are looked at, when the test says so."""

    def __init__(
        self,
        name: str,
        connection: Valkey,
        store: LeaseStore,
        clock: ManualClock,
        *,
        trust_new_store: bool = False,
        messaging: Messaging | None = None,
    ) -> None:
        ids = count()
        self.clock = clock
        self._connection = connection
        self.messaging = messaging or Messaging()
        self.people = PeopleStore(connection, LEASE_MS, garbage_ms(LEASE_MS))
        self.typings = TypingStore(connection)
        self.members = Members(self.messaging.ask, clock)
        self.news = NewsStore(connection, LEASE_MS, IDLE_MS)
        self.transitions = Transitions(self.news, clock)
        self.statuses = Statuses(self.people, clock)
        self.typing = Typing(self.typings, self.members, clock)
        self.pulse = Pulse(self.news, self.transitions, self.statuses, self.typing, clock)
        self.open = ExitStack()
        self.tasks: list[asyncio.Task[None]] = []
        self.asked: list[str] = []
        """Who was asked to report again, as person/client."""
        self.keeper = Keeper(
            store,
            clock,
            lease_ms=LEASE_MS,
            grace_ms=GRACE_MS,
            retry_window_ms=WINDOW_MS,
            trust_new_store=trust_new_store,
        )
        self.presence = Presence(
            store,
            self.people,
            self.typings,
            self.members,
            self.keeper,
            clock,
            lambda: f"{name}-{next(ids)}",
            lease_ms=LEASE_MS,
            clients_per_person=3,
        )

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.open.close()
        await self.keeper.close()
        await self.typings.close()
        await self._connection.aclose()

    async def known(self) -> bool:
        return (await self.presence.locate("acme", ["anybody"])).known

    async def here(self, *persons: str) -> list[str]:
        """Who of these people has live clients, as person/client."""
        found = await self.presence.locate("acme", persons)
        return sorted(f"{client.person}/{client.client}" for client in found.clients)

    async def attach(self, person: str = "ann", name: str = "laptop") -> tuple[Attachment, list[Ending]]:
        endings: list[Ending] = []

        def again() -> None:
            self.asked.append(f"{person}/{name}")

        return await self.presence.attach("acme", person, name, 1, endings.append, again), endings

    async def part(self, attachment: Attachment) -> None:
        """Ends a stream; its lease ends after the grace."""
        self.presence.release(attachment)
        while self.keeper._partings:
            await asyncio.wait(self.keeper._partings)

    async def report(self, person: str = "ann", name: str = "laptop", *, focused: bool = True, age_ms: int = 0) -> None:
        """Reports one tab."""
        tab = Tab("t", visible=True, focused=focused, input_at=self.clock() - age_ms, conversation="")
        await self.presence.report("acme", person, name, Report(next(SEQUENCES), 2, (tab,)))

    async def beat(self) -> None:
        """Looks at the news until nothing more is to be seen at once."""
        while await self.pulse.beat():
            pass

    async def pass_ms(self, ms: int) -> None:
        """Lets time pass, with leases that are renewed as they are due."""
        while ms > 0:
            self.clock.pass_ms(min(ms, STEP_MS))
            ms -= STEP_MS
            await self.keeper.renew()

    async def settle(self) -> None:
        """Lets one lease pass, looked after, so that presence is known."""
        await self.keeper.renew()
        await self.pass_ms(LEASE_MS)
        assert await self.known()
        await self.beat()

    async def watch(self, viewer: str, *persons: str) -> tuple[Screen, Viewing]:
        """Watches people until the test ends."""
        screen = Screen()
        viewing = self.open.enter_context(self.statuses.watching("acme", viewer, persons, screen.mailbox))
        await self.statuses.tell(viewing)
        return screen, viewing

    async def follow(self, cursor: str = "") -> "Follower":
        """Follows the transitions from now on, until the test ends."""
        await self.beat()
        return Follower(self, cursor)


SEQUENCES = count(1)


class Follower:
    """One who follows the feed of transitions."""

    def __init__(self, replica: Replica, cursor: str) -> None:
        self.replica = replica
        self.cursor = cursor
        self.batches = 0
        self.resets = 0
        self.seen: list[Transition] = []
        replica.tasks.append(asyncio.create_task(self._run()))

    async def _run(self) -> None:
        async for batch in self.replica.transitions.follow(self.cursor, lambda _: True):
            self.batches += 1
            self.resets += batch.reset
            self.seen += batch.items
            self.cursor = batch.cursor

    async def news(self) -> list[str]:
        """What came since the last time, as "+ann" or "-ann idle"."""
        await asyncio.sleep(0.002)  # the cursor is a time of the store's own clock, in ms
        await self.replica.beat()
        await asyncio.sleep(0.002)
        await self.replica.beat()
        for _ in range(5):
            await asyncio.sleep(0)
        seen, self.seen = self.seen, []
        return [f"+{each.person}" if each.active else f"-{each.person} {REASONS[each.reason]}" for each in seen]


@pytest.fixture
async def replica(store: LeaseStore, valkey_url: str, clock: ManualClock) -> AsyncIterator[Callable[..., Replica]]:
    """Makes replicas that share the store, the clock, and what messaging says."""
    made: list[Replica] = []
    messaging = Messaging()

    def make(name: str = "a", *, trust_new_store: bool = False) -> Replica:
        connection = client.connect(valkey_url)
        made.append(Replica(name, connection, store, clock, trust_new_store=trust_new_store, messaging=messaging))
        return made[-1]

    yield make
    for each in made:
        await each.close()
