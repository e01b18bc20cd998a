"""What people do at their screens: they open and close browsers and tabs, look and look away, go offline."""

import random

from tests.simulation.connections import Connections
from tests.simulation.people import DENIED, GRANTED, Client, Person, Tab
from tests.simulation.world import World


class Screens:
    """Browsers, apps and their tabs."""

    def __init__(self, world: World, connections: Connections, rng: random.Random) -> None:
        self.world = world
        self._connections = connections
        self._rng = rng
        self._returns: list[tuple[int, Client]] = []

    @property
    def now(self) -> int:
        return self.world.clock()

    def _open(self, person: Person) -> Client | None:
        """A client that is open, and that can tell what is done with it."""
        clients = [each for each in person.clients.values() if each.open and each.online and each.attached]
        return self._rng.choice(clients) if clients else None

    def _conversation(self, person: Person) -> str:
        theirs = sorted(self.world.unread.of_person[person.name])
        return self._rng.choice(theirs) if theirs and self._rng.random() < 0.5 else ""

    async def come(self, person: Person) -> None:
        closed = [each for each in person.clients.values() if not each.open]
        if not closed:
            return
        client = self._rng.choice(closed)
        client.open = client.online = True
        client.tabs = {"t1": Tab("t1", self._rng.random() < 0.8, self.now, self._conversation(person))}
        if client.tabs["t1"].focused:
            await self._only(person, client, "t1")
        client.attach_at = client.watch_at = self.now
        person.log.append((self.now, f"opens {client.name} {client.tabs}"))
        await self._connections.attach(client)
        await self._connections.watch(client)
        # The page clears what its service worker has shown.
        if (device := person.devices.get(client.name)) is not None:
            device.tray.clear()

    async def go(self, person: Person) -> None:
        if (client := self._open(person)) is not None:
            person.log.append((self.now, f"closes {client.name}"))
            await self.close(client)

    async def close(self, client: Client) -> None:
        client.open = False
        client.shown.clear()
        await self._connections.unwatch(client)
        if client.attached:
            await self._connections.detach(client)

    async def lose_network(self, person: Person) -> None:
        if (client := self._open(person)) is not None:
            person.log.append((self.now, f"{client.name} has no network"))
            client.online = False
            await self._connections.unwatch(client)
            client.attach_at = self.now + self._rng.randint(0, 8_000)
            self._later(client)

    def _later(self, client: Client) -> None:
        self._returns.append((self.now + self._rng.randint(3_000, 60_000), client))

    async def networks(self) -> None:
        """Networks come back."""
        returns = self._returns
        self._returns = [each for each in returns if each[0] > self.now]
        for at, client in returns:
            if at <= self.now and not client.online:
                if client.attached:
                    await self._connections.detach(client)
                client.online = True
                client.attach_at = client.watch_at = self.now
                self.world.people[client.person].log.append((self.now, f"{client.name} has a network again"))

    async def new_tab(self, person: Person) -> None:
        client = self._open(person)
        if client is None or client.app or len(client.tabs) >= 4:
            return
        name = next(name for name in ("t1", "t2", "t3", "t4") if name not in client.tabs)
        client.tabs[name] = Tab(name, False, self.now, self._conversation(person))
        await self._only(person, client, name)

    async def close_tab(self, person: Person) -> None:
        client = self._open(person)
        if client is None or len(client.tabs) < 2:
            return
        name = self._rng.choice(sorted(client.tabs))
        del client.tabs[name]
        for tag, shown in tuple(client.shown.items()):
            if shown.banner and shown.tab == name:
                del client.shown[tag]
        person.log.append((self.now, f"closes {client.name}/{name}"))
        await self._connections.report(client)

    async def look(self, person: Person) -> None:
        """Looks at a tab, and maybe at another conversation in it."""
        client = self._open(person)
        if client is None or not client.tabs:
            return
        name = self._rng.choice(sorted(client.tabs))
        if self._rng.random() < 0.5:
            client.tabs[name].conversation = self._conversation(person)
        await self._only(person, client, name)

    async def _only(self, person: Person, client: Client, name: str) -> None:
        """One tab of a person has the focus; an app on a phone has its own."""
        for other in person.clients.values():
            # One without a connection cannot tell: it is taken to be as it was.
            silent = other is not client and not (other.attached and other.online)
            if other.app is not client.app or silent:
                continue
            touched = False
            for tab in other.tabs.values():
                focused = other is client and tab.name == name
                touched |= tab.focused is not focused or focused
                tab.focused = focused
                if focused:
                    tab.input_at = self.now
            if touched:
                await self._connections.report(other)
        person.log.append((self.now, f"looks at {client.name}/{name} {client.tabs[name].conversation}"))

    async def look_away(self, person: Person) -> None:
        client = self._open(person)
        if client is None:
            return
        for tab in client.tabs.values():
            tab.focused = False
        person.log.append((self.now, f"looks away from {client.name}"))
        await self._connections.report(client)

    async def touch(self, person: Person) -> None:
        client = self._open(person)
        if client is None:
            return
        for tab in client.tabs.values():
            if tab.focused:
                tab.input_at = self.now
                person.log.append((self.now, f"touches {client.name}/{tab.name}"))
                await self._connections.report(client)
                return

    async def permit(self, person: Person) -> None:
        client = self._open(person)
        if client is None:
            return
        if self._rng.random() < 0.5:
            client.permission = self._rng.choice([GRANTED, DENIED])
        else:
            client.in_app_off = not client.in_app_off
        person.log.append((self.now, f"{client.name} permits {client.permission}, in-app off {client.in_app_off}"))
        await self._connections.report(client)
