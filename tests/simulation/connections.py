"""The connections of browsers and apps: they attach, watch banners, report their tabs, and come back elsewhere."""

import asyncio
import random
from contextlib import suppress
from typing import Any

from conversations.notifier.v1 import notifier_pb2
from conversations.presence.v1 import presence_pb2

from services.chassis.errors import Fault
from services.chassis.tasks import end
from tests.simulation.people import Client, Shown
from tests.simulation.rates import WINDOW_MS
from tests.simulation.replicas import NotifierReplica, PresenceReplica, as_caller
from tests.simulation.world import World


class Connections:
    """Every stream that is open, and who waits to open one again."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world = world
        self.people = list(world.people.values())
        self._rng = rng
        self._streams: dict[tuple[int, str], tuple[asyncio.Task[None], Any]] = {}
        world.lost = self.lost

    @property
    def now(self) -> int:
        return self.world.clock()

    async def reconnect(self) -> None:
        """Who has a network and has lost a stream opens it again, in its own time."""
        for person in self.people:
            for client in person.clients.values():
                if client.open and client.online:
                    if client.asked:
                        client.asked = False
                        await self.report(client)
                    if not client.attached and self.now >= client.attach_at:
                        await self.attach(client)
                    if not client.watching and self.now >= client.watch_at:
                        await self.watch(client)
                elif client.attached and not client.online and self.now >= client.attach_at:
                    # The service finds out that nobody is there any more.
                    await self.detach(client)

    async def attach(self, client: Client) -> None:
        replicas = self.world.door.replicas
        if not replicas:
            return
        replica: PresenceReplica = self._rng.choice(replicas)
        platform = presence_pb2.PLATFORM_APP if client.app else presence_pb2.PLATFORM_BROWSER
        request = presence_pb2.AttachRequest(client=client.name, platform=platform)
        begun = asyncio.get_running_loop().create_future()

        async def follow() -> None:
            async for raw in replica.handlers.Attach(request, as_caller(client.person)):
                response = presence_pb2.AttachResponse.FromString(raw)
                if response.HasField("caught_up"):
                    client.asked = begun.done()
                    if not begun.done():
                        begun.set_result(None)

        self._keep(client, "attach", asyncio.create_task(follow()), replica)
        await begun
        client.attached = True
        self.world.books.say(client.person, f"{client.name} attaches to {replica.name}")
        await self.report(client)

    async def detach(self, client: Client) -> None:
        """The stream of a client ends; its lease lasts for the grace."""
        task, replica = self._streams.pop((id(client), "attach"))
        deadline = replica.deadlines().get((client.person, client.name), 0)
        await end(task)
        await replica.parted()
        client.attached = False
        client.live_until = min(deadline, self.now + self.world.presence_settings.grace_ms)
        self.world.books.say(client.person, f"{client.name} is attached no more, live until {client.live_until}")
        self._away(client)

    def _away(self, client: Client) -> None:
        client.attach_at = self.now + self._rng.randint(0, WINDOW_MS)

    async def watch(self, client: Client) -> None:
        replicas = self.world.notifiers_up
        if not replicas:
            return
        replica = self._rng.choice(replicas)
        begun = asyncio.get_running_loop().create_future()

        async def follow() -> None:
            request = notifier_pb2.WatchBannersRequest(client=client.name, shown=client.visible(self.now))
            async for raw in replica.handlers.WatchBanners(request, as_caller(client.person)):
                self._take(client, notifier_pb2.WatchBannersResponse.FromString(raw))
                if not begun.done():
                    begun.set_result(None)

        self.world.books.say(client.person, f"{client.name} watches by {replica.name}")
        self._keep(client, "watch", asyncio.create_task(follow()), replica)
        await begun
        client.watching = True
        client.watch_at = self.now
        client.unsure = self.world.unread.away and bool(client.shown)
        for shown in client.shown.values():
            self.world.books.dirty.add((client.person, f"{shown.conversation}:{shown.number}"))

    def _take(self, client: Client, response: notifier_pb2.WatchBannersResponse) -> None:
        ledger = self.world.books
        for banner in response.banners:
            if banner.update:
                if banner.tag in client.shown:
                    client.shown[banner.tag].text = banner.text
                continue
            is_banner = banner.surface == notifier_pb2.SURFACE_BANNER
            client.show(
                banner.tag,
                Shown(banner.conversation, banner.number, banner.tab, is_banner, self.now, banner.text),
            )
            ledger.say(client.person, f"{client.name}/{banner.tab} shows {banner.tag}")
            ledger.dirty.add((client.person, banner.tag))
        for dismissal in response.dismissals:
            if client.shown.pop(dismissal.tag, None) is not None:
                ledger.say(client.person, f"{client.name} takes back {dismissal.tag}")
        if response.HasField("reset"):
            client.shown.clear()

    def _keep(self, client: Client, stream: str, task: asyncio.Task[None], replica: Any) -> None:
        self._streams[id(client), stream] = (task, replica)

    async def unwatch(self, client: Client) -> None:
        if (kept := self._streams.pop((id(client), "watch"), None)) is not None:
            await end(kept[0])
            self.world.books.say(client.person, f"{client.name} has lost {kept[1].name}")
        client.watching = False

    async def lost(self, replica: PresenceReplica | NotifierReplica) -> None:
        """A replica goes away: its streams end, and their clients come back elsewhere."""
        held = replica.deadlines() if isinstance(replica, PresenceReplica) else {}
        for person in self.people:
            for client in person.clients.values():
                for stream in ("attach", "watch"):
                    task, of = self._streams.get((id(client), stream), (None, None))
                    if task is None or of is not replica:
                        continue
                    if isinstance(replica, PresenceReplica):
                        await self._left(client, replica, held[client.person, client.name])
                    else:
                        await self.unwatch(client)
                        client.watch_at = self.now + self._rng.randint(100, WINDOW_MS)

    async def _left(self, client: Client, replica: PresenceReplica, deadline: int) -> None:
        """The replica that held the lease has gone: the lease ends by itself, or after the grace and the window."""
        task, _ = self._streams.pop((id(client), "attach"))
        crashed = "release" in vars(replica.keeper)
        if not crashed:
            for mailbox in tuple(replica.streams._open):
                mailbox.go_away(0)
            await asyncio.wait({task})
            deadline = min(deadline, self.now + self.world.presence_settings.grace_ms + WINDOW_MS)
        else:
            await end(task)
        client.attached = False
        client.live_until = deadline
        self.world.books.say(client.person, f"{client.name} has lost {replica.name}, live until {deadline}")
        if client.online:
            self._away(client)

    async def report(self, client: Client) -> None:
        """Tells presence of the tabs, as they are now."""
        if not (client.attached and client.online):
            return
        client.sequence += 1
        request = presence_pb2.ReportTabsRequest(
            client=client.name,
            sequence=client.sequence,
            permission=client.permission,
            in_app_off=client.in_app_off,
            tabs=[
                presence_pb2.Tab(
                    tab=tab.name,
                    visible=tab.focused,
                    focused=tab.focused,
                    input_age_ms=self.now - tab.input_at,
                    conversation=tab.conversation,
                )
                for tab in client.tabs.values()
            ],
        )
        held: PresenceReplica = self._streams[id(client), "attach"][1]
        replica = self._rng.choice([held, held, held, *self.world.door.replicas])
        try:
            await replica.handlers.ReportTabs(request, as_caller(client.person))
            person = self.world.people[client.person]
            if person.in_use(self.now, self.world.times.idle_ms):
                person.used_until = self.now
        except Fault:
            # "attach, then report again"
            await self.detach(client)
            await self.attach(client)

    async def close(self) -> None:
        """Ends all streams."""
        tasks = [task for task, _ in self._streams.values()]
        self._streams.clear()
        with suppress(asyncio.CancelledError):
            await end(*tasks)
