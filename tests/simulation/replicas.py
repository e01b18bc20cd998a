"""Replicas of presence and of the notifier: the real services as `app.build` makes them, on a driven clock.

What they would do in the background is done when the simulation says so.
"""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import aclosing, suppress
from typing import Any

from conversations.presence.v1 import presence_pb2
from pymongo.errors import PyMongoError

from services.chassis.auth import Identity
from services.chassis.doors import Call
from services.chassis.errors import Fault
from services.chassis.server import Foundation
from services.chassis.tasks import Tasks, end
from services.notifier.app import build as build_notifier
from services.notifier.settings import NotifierSettings
from services.notifier.stores.alerts import COLLECTION as ALERTS
from services.presence.app import build as build_presence
from services.presence.settings import PresenceSettings
from tests.conftest import ManualClock
from tests.simulation.others import TENANT, Messaging, Unread, away

SENTINEL = "~"
"""The tenant of news that only tell that everything before them has been told."""


class Works(Tasks):
    """Keeps what a service would do for ever, instead of doing it."""

    def __init__(self) -> None:
        super().__init__()
        self.works: dict[str, Callable[[], Awaitable[Any]]] = {}

    def start(self, name: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        work.close()
        return super().start(name, asyncio.sleep(0))

    def forever(self, name: str, work: Callable[[], Awaitable[Any]], pause_s: float = 1.0) -> None:
        self.works[name] = work

    def room(self, name: str) -> Any:
        """The object whose method is one of these works."""
        work: Any = self.works[name]
        return getattr(work, "func", work).__self__


async def _foundation(settings: Any, clock: ManualClock, name: str) -> tuple[Foundation, Works]:
    works = Works()
    laid = await Foundation.lay(settings, clock)
    streams = laid.streams
    streams.epoch = name
    return dataclasses.replace(laid, epoch=name, tasks=works), works


def as_caller(person: str) -> Call:
    """A call of a person whose token was checked."""
    return Call(Identity(TENANT, person), None)  # type: ignore[arg-type]  # the context is the guard's


async def _forever(work: Callable[[], Awaitable[Any]]) -> None:
    """Does it again if a slow machine's database did not answer in time, as a service does."""
    while True:
        with suppress(PyMongoError):
            await work()
        await asyncio.sleep(0.05)


class PresenceReplica:
    """One replica of presence."""

    def __init__(self, name: str, app: Any, works: Works, foundation: Foundation) -> None:
        self.name = name
        self.app = app
        self.handlers: Any = app.handlers
        self.keeper = works.room("leases")
        self.pulse = works.room("news")
        self.transitions = self.pulse._transitions
        self.streams = foundation.streams
        self.followers = 0
        self._works = works

    @classmethod
    async def start(cls, settings: PresenceSettings, clock: ManualClock, name: str) -> "PresenceReplica":
        foundation, works = await _foundation(settings, clock, name)
        return cls(name, await build_presence(settings, foundation), works, foundation)

    async def beat(self) -> None:
        """Looks at the news until nothing more is to be seen at once."""
        while await self.pulse.beat():
            pass

    def deadlines(self) -> dict[tuple[str, str], int]:
        """(person, client) to the end of each lease that is held here, unless it is renewed."""
        return {key[1:]: attachment.deadline for key, attachment in self.keeper._held.items()}

    async def parted(self) -> None:
        """Waits until leases that are let go of have been."""
        while self.keeper._partings:
            await asyncio.wait(self.keeper._partings)

    async def told(self) -> None:
        """Waits until everybody who follows the transitions has done what follows from them."""
        while sum(not waiter.done() for waiter in self.transitions._waiters) < self.followers:
            await asyncio.sleep(0)

    def die(self) -> None:
        """From now on nothing of it reaches the store."""
        self.keeper.release = lambda *_, **__: None

    async def close(self) -> None:
        for close in self.app.closers:
            await close()
        await self._works.close()


class PresenceDoor:
    """presence as the notifier calls it: whichever replica is up."""

    def __init__(self) -> None:
        self.replicas: list[PresenceReplica] = []
        self.calls = 0

    def pick(self) -> PresenceReplica:
        if not self.replicas:
            raise away()
        self.calls += 1
        return self.replicas[self.calls % len(self.replicas)]

    async def LocateClients(self, request: Any, **_: Any) -> Any:  # noqa: N802
        return await self.pick().handlers.LocateClients(request, None)

    def StreamTransitions(self, request: Any, **_: Any) -> "TransitionsCall":  # noqa: N802
        return TransitionsCall(self.pick(), request)


class TransitionsCall:
    """One call of StreamTransitions."""

    def __init__(self, replica: PresenceReplica, request: Any) -> None:
        self._replica = replica
        self._request = request
        self._counted = True
        replica.followers += 1

    async def __aiter__(self) -> AsyncIterator[Any]:
        async with aclosing(self._replica.handlers.StreamTransitions(self._request, None)) as messages:
            async for message in messages:
                yield presence_pb2.StreamTransitionsResponse.FromString(message)

    def cancel(self) -> bool:
        if self._counted:
            self._counted = False
            self._replica.followers -= 1
        return True


class NotifierReplica:
    """One replica of the notifier; its rooms are those that `app.build` made."""

    def __init__(self, name: str, app: Any, works: Works, foundation: Foundation) -> None:
        self.name = name
        self.app = app
        self.handlers: Any = app.handlers
        self.streams = foundation.streams
        self.checks = works.room("checks")
        self.events = works.room("gaps")
        self.arbiter = self.events._arbiter
        self.partitions = works.room("leases")
        self.reads_door = works.room("reads")
        self.transitions_door = works.room("transitions")
        self.clears = works.room("clears")
        self.glances = works.room("glances")
        self.courier = works.room("courier-poll")
        self.chosen = works.room("preferences")
        self.alerts = self.checks._alerts
        self.deliveries = self.courier._deliveries
        self.devices = self.courier._devices
        self.hub = self.handlers._hub
        self.senders: dict[str, Any] = self.courier._attempt._senders
        self.positions: dict[int, int] = {}
        self.followed: PresenceReplica | None = None
        self.reads_tail: Any = None
        self.told = 0
        self._works = works
        self._tasks: dict[str, asyncio.Task[Any]] = {}

    @classmethod
    async def start(
        cls,
        settings: NotifierSettings,
        clock: ManualClock,
        name: str,
        messaging: Messaging,
        unread: Unread,
        presence: PresenceDoor,
    ) -> "NotifierReplica":
        foundation, works = await _foundation(settings, clock, name)
        made = cls(name, await build_notifier(settings, foundation), works, foundation)
        made.events._messaging._stub = messaging
        made.reads_door._unread._stub = unread
        made.transitions_door._presence._stub = presence
        tell = made.hub.tell

        def told(news: Any) -> None:
            if news.content.tenant == SENTINEL:
                made.told = news.content.number
            else:
                tell(news)

        made.hub.tell = told
        others = len(unread.tails)
        for work in ("news", "preference-changes", "preferences", "banners", "reads"):
            made._tasks[work] = asyncio.create_task(_forever(works.works[work]), name=f"{name} {work}")
        news = works.room("news")
        changed = works.room("preference-changes")
        while not (news.live and changed.live and news._waiters and changed._waiters and len(unread.tails) > others):
            await asyncio.sleep(0.001)
        made.reads_tail = unread.tails[-1]
        await made.read()
        return made

    async def read(self) -> None:
        """Waits until all reads that have happened are known."""
        while not self.reads_tail.idle:
            await asyncio.sleep(0)

    async def mend(self) -> None:
        """Looks up what was read before it followed the reads, once unread answers."""
        if self.reads_door._gap:
            with suppress(Fault):
                await self.reads_door._mend()

    def follow(self, presence: PresenceDoor) -> None:
        """Follows the transitions of some replica of presence, unless it does."""
        task = self._tasks.get("transitions")
        if (task is None or task.done()) and presence.replicas:
            self.followed = presence.replicas[(presence.calls + 1) % len(presence.replicas)]
            self._tasks["transitions"] = asyncio.create_task(
                self.transitions_door.run(), name=f"{self.name} transitions"
            )

    async def unfollow(self) -> None:
        """The stream of transitions breaks."""
        if (task := self._tasks.pop("transitions", None)) is not None:
            await end(task)
        self.followed = None

    def failed(self) -> list[str]:
        """What should go on for ever and has ended."""
        return [name for name, task in self._tasks.items() if task.done() and name != "transitions"]

    async def work(self) -> None:
        """Carries out what waits in memory."""
        jobs = self.courier._jobs
        while jobs:
            job = jobs.popleft()
            self.courier._queued -= len(job.deliveries)
            await self.courier._make(job)

    async def close(self, *, crash: bool) -> None:
        """Ends it; in a crash nobody gives back what it holds."""
        await end(*self._tasks.values())
        for close in self.app.closers:
            name = getattr(close, "__qualname__", "")
            if not crash or name not in {"Partitions.release", "Courier.close"}:
                await close()
        await self._works.close()

    async def preferences(self, person: str, revision: int) -> None:
        """Waits until a change of what somebody has chosen is known."""
        while (tenant := self.chosen._tenants.get(TENANT)) is not None:
            own = tenant.people.get(person)
            if own is not None and own.revision >= revision:
                return
            await asyncio.sleep(0.001)


async def tell(replicas: Sequence[NotifierReplica], database: Any, number: int) -> None:
    """Waits until everything that was decided is on its way to the screens of all replicas."""
    news = {
        "tenant": SENTINEL,
        "number": number,
        "kind": "DIRECT",
        "decisions": [],
    }
    await database[ALERTS].update_one({"_id": SENTINEL}, {"$set": {"news": news}})
    while any(replica.told < number for replica in replicas):
        await asyncio.sleep(0.0005)
    for replica in replicas:
        while any(mailbox.waiting for mailbox in replica.streams._open):
            await asyncio.sleep(0)
