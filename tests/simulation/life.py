"""People's lives in one world: who is there, and what they do, moment by moment."""

import random
from collections.abc import Awaitable, Callable

from tests.simulation.choosing import Choosing
from tests.simulation.connections import Connections
from tests.simulation.people import DEFAULT, DENIED, GRANTED, Client, Device, Person
from tests.simulation.phones import Phones
from tests.simulation.reading import Reading
from tests.simulation.screens import Screens
from tests.simulation.world import World
from tests.simulation.writing import Writing


def populate(rng: random.Random, count: int, sleepers: int) -> dict[str, Person]:
    """People with their browsers and devices, and some who only have a phone, or nothing, and never come."""
    people = {}
    for serial in range(sleepers):
        person = Person(f"s{serial:03d}")
        if rng.random() < 0.25:
            person.devices["phone"] = Device("phone", "fcm", f"fcm-{person.name}-phone-0")
        people[person.name] = person
    for serial in range(count):
        person = Person(f"p{serial:03d}")
        for name in ["laptop", "office"][: rng.choice([0, 1, 1, 1, 1, 2])]:
            permission = rng.choice([GRANTED, GRANTED, GRANTED, DENIED, DEFAULT])
            person.clients[name] = Client(person.name, name, permission=permission)
            if rng.random() < 0.4:
                person.devices[name] = Device(name, "web_push", f"push-{person.name}-{name}-0")
        for name in ["phone", "tablet"][: rng.choice([0, 1, 1, 1, 1, 2])]:
            person.devices[name] = Device(name, "fcm", f"fcm-{person.name}-{name}-0")
        if "phone" in person.devices and rng.random() < 0.3:
            person.clients["app"] = Client(person.name, "app", app=True)
        people[person.name] = person
    return people


class Life:
    """What people do, each in a moment that the seed decides."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self._people = list(world.people.values())
        self._lively = [person for person in self._people if person.clients or not person.name.startswith("s")]
        self._rng = rng
        self._connections = Connections(world, rng)
        self._screens = screens = Screens(world, self._connections, rng)
        self._reading = reading = Reading(world, rng)
        self._writing = Writing(world, reading, rng)
        self._choosing = choosing = Choosing(world, rng)
        self._phones = phones = Phones(world, rng)
        actions: list[tuple[Callable[[Person], Awaitable[None]], float]] = [
            (screens.come, 5),
            (screens.go, 2),
            (screens.lose_network, 0.7),
            (screens.new_tab, 2),
            (screens.close_tab, 2),
            (screens.look, 14),
            (screens.look_away, 7),
            (screens.touch, 12),
            (reading.read, 7),
            (reading.mark_unread, 1),
            (reading.mute, 1),
            (choosing.choose, 2),
            (choosing.choose_level, 0.7),
            (choosing.choose_status, 0.6),
            (screens.permit, 0.5),
            (phones.register, 1.2),
            (phones.unregister, 0.4),
            (phones.trouble, 0.4),
            (phones.sign_in_on_another_device, 0.2),
        ]
        self._actions = [action for action, _ in actions]
        self._weights = [weight for _, weight in actions]

    async def begin(self) -> None:
        """Everybody gets conversations, devices and a place to be."""
        rng = self._rng
        self._writing.begin()
        for person in self._people:
            for device in person.devices.values():
                if rng.random() < 0.85:
                    await self._phones.put(person, device)
            if person in self._lively and rng.random() < 0.25:
                await self._choosing.choose(person)
            if rng.random() < 0.55:
                await self._screens.come(person)

    async def step(self, actions: int, messages: int) -> None:
        """One moment: networks come back, some people do something, and some messages are written."""
        rng = self._rng
        await self._screens.networks()
        await self._connections.reconnect()
        await self._reading.read_what_is_seen()
        for _ in range(actions):
            person = rng.choice(self._lively)
            await rng.choices(self._actions, self._weights)[0](person)
        for _ in range(messages):
            self._writing.write()
        if rng.random() < 0.05:
            self._writing.change_members()
        if rng.random() < 0.15:
            self._writing.change_message()

    async def end(self) -> None:
        """Everybody goes."""
        for person in self._people:
            for client in person.clients.values():
                client.online = True
                if client.open:
                    await self._screens.close(client)

    async def close(self) -> None:
        """Ends all streams."""
        await self._connections.close()
