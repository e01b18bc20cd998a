"""The notifier's parts on a real database, with scripted answers of others."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import prometheus_client

from services.chassis import mongo
from services.notifier.arbiter import Arbiter
from services.notifier.attempt import Attempt
from services.notifier.changes import Changes
from services.notifier.checks import Checks
from services.notifier.chosen import Chosen
from services.notifier.clears import Clears
from services.notifier.courier import Courier
from services.notifier.facts import Client, Kind, Tab
from services.notifier.gather import Locator
from services.notifier.glances import Glances
from services.notifier.limits import Limits
from services.notifier.members import Members
from services.notifier.metrics import Metrics
from services.notifier.reads import Reads
from services.notifier.records import Event, Membership, Message, Pointer, Whereabouts
from services.notifier.senders import Outcome, Outgoing, Result
from services.notifier.stores.alerts import Alerts
from services.notifier.stores.deliveries import Deliveries
from services.notifier.stores.devices import Devices
from services.notifier.stores.preferences import PreferenceStore, preferences_feed
from tests.conftest import ManualClock

CONVERSATION = "g_" + "a" * 26
SENT = Outcome(Result.SENT)


class ScriptedSender:
    """Answers what it is told to, and remembers what it was given."""

    def __init__(self) -> None:
        self.outcome: Callable[[Outgoing], Outcome] = lambda _: SENT
        self.sent: list[Outgoing] = []
        self.before: Callable[[], object] = lambda: None

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[Outcome]:
        self.before()
        self.sent += batch
        return [self.outcome(push) for push in batch]

    async def close(self) -> None:
        pass


class NoLog:
    """A messaging that is never asked: all members come by events."""

    async def members(self, conversations: Collection[str]) -> list[Membership]:
        raise AssertionError(f"asked for the members of {conversations}")

    async def log(self, conversation: str, after_revision: int, limit: int = 500) -> tuple[list[Event], int]:
        raise AssertionError(f"asked for the log of {conversation} after {after_revision}, {limit}")


@dataclass
class Others:
    """What unread and presence answer."""

    pointers: Mapping[tuple[str, str], int] | None = field(default_factory=dict)
    clients: dict[str, tuple[Client, ...]] = field(default_factory=dict)
    known: bool = True
    located: int = 0
    totals: dict[str, int] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)
    left: dict[tuple[str, str], int] = field(default_factory=dict)

    async def read(self, _: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], Pointer] | None:
        if self.pointers is None:
            return None
        read = {**dict.fromkeys(self.left, 0), **self.pointers}
        return {
            key: Pointer(*key, "acme", number, 0, left=key in self.left, membership=self.left.get(key, 1))
            for key, number in read.items()
        }

    async def total(self, _tenant: str, persons: Collection[str], counted: Mapping[str, int]) -> Mapping[str, int]:
        self.counted |= counted
        return {person: self.totals[person] for person in persons if person in self.totals}

    async def locate(self, _tenant: str, _persons: Collection[str]) -> Whereabouts:
        self.located += 1
        return Whereabouts(known=True, clients=dict(self.clients)) if self.known else Whereabouts(known=False)

    def use(self, person: str, *, conversation: str = "", focused: bool = True) -> None:
        """Has a person use a tab."""
        tab = Tab("t1", visible=True, focused=focused, input_age_ms=0, conversation=conversation)
        self.clients[person] = (Client("laptop", may_notify=False, tabs=(tab,)),)


class Parts:
    """One replica's parts; several may share a database."""

    def __init__(self, database: mongo.Database, clock: ManualClock, name: str = "replica", burst_ms: int = 0) -> None:
        self.clock = clock
        self.database = database
        self.others = Others()
        self.sender = ScriptedSender()
        self.web = ScriptedSender()
        self.registry = prometheus_client.CollectorRegistry()
        metrics = Metrics(self.registry)
        self.limits = Limits(idle_ms=180_000, escalation_ms=30_000, push_ttl_ms=86_400_000, patience_ms=30_000)
        self.alerts, self.deliveries, self.devices = Alerts(database), Deliveries(database), Devices(database, clock)
        locator = Locator(self.others.locate)
        self.glances = Glances(locator, self.limits.idle_ms, clock)
        self.choices = PreferenceStore(database)
        self.chosen = Chosen(self.choices, preferences_feed(database))
        self.reads = Reads()
        self.clears = Clears(self.deliveries, self.reads, self.limits.push_ttl_ms, clock)
        self.attempt = Attempt(
            self.alerts,
            self.deliveries,
            self.devices,
            self.others.read,
            self.reads,
            self.chosen,
            locator,
            self.others.total,
            {"stub": self.sender, "web_push": self.web},
            self.clears,
            metrics,
            self.limits,
            clock,
            lambda: 0.5,
        )
        self.courier = Courier(self.deliveries, self.devices, self.attempt, metrics, name, clock, burst_ms)
        self.changes = Changes(
            self.alerts,
            self.deliveries,
            self.others.read,
            self.chosen,
            locator,
            self.courier,
            metrics,
            self.limits,
            clock,
            self.glances,
        )
        self.arbiter = Arbiter(
            self.alerts,
            Members(NoLog()),
            self.reads,
            self.others.read,
            self.chosen,
            locator,
            self.courier,
            self.changes,
            metrics,
            self.limits,
            clock,
            self.glances,
        )
        self.checks = Checks(
            self.alerts,
            self.devices,
            self.others.read,
            self.reads,
            self.chosen,
            locator,
            self.courier,
            metrics,
            self.limits,
            name,
            clock,
        )

    async def prepare(self) -> "Parts":
        for store in (self.alerts, self.deliveries, self.devices):
            await store.prepare()
        return self

    async def states(self) -> dict[str, tuple[str, str, int]]:
        """Person to (state, reason, attempts)."""
        listed = await self.deliveries.list(CONVERSATION, "", 100)
        return {each.person: (each.state.value, each.reason, each.attempts) for each in listed}

    async def send_queued(self) -> None:
        """Carries out what waits in memory, once."""
        jobs, self.courier._jobs = list(self.courier._jobs), type(self.courier._jobs)()
        self.courier._queued = 0
        for job in jobs:
            await self.courier._make(job)


def membership(*members: str, revision: int = 1) -> Membership:
    return Membership(CONVERSATION, "acme", Kind.GROUP, "Site", revision, frozenset(members))


def message(clock: ManualClock, number: int = 1, author: str = "ann") -> Message:
    return Message(CONVERSATION, number + 1, number, "acme", author, Kind.GROUP, "hello", 1, clock())
