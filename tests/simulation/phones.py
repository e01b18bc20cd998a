"""What happens to phones and to browsers' service workers: they are registered, fail, are given away."""

import random

from services.notifier.records import Device as Registered
from tests.simulation.others import TENANT
from tests.simulation.people import Device, Person
from tests.simulation.world import World


class Phones:
    """Everybody's devices."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world = world
        self.people = list(world.people.values())
        self._rng = rng

    @property
    def now(self) -> int:
        return self.world.clock()

    async def register(self, person: Person) -> None:
        missing = [each for each in person.devices.values() if not each.registered or not each.installed]
        if missing:
            device = self._rng.choice(missing)
            device.installed = True
            serial = int(device.target.rpartition("-")[2]) + 1
            device.target = f"{device.target.rpartition('-')[0]}-{serial}"
            await self.put(person, device)

    async def put(self, person: Person, device: Device) -> None:
        replicas = self.world.notifiers_up
        if not replicas:
            return
        self.world.pushes.known(device)
        registered = Registered(TENANT, person.name, device.name, device.transport, device.target)
        await self._rng.choice(replicas).handlers._registration.register(registered)
        device.registered = True
        person.log.append((self.now, f"registers {device.name}"))

    async def unregister(self, person: Person) -> None:
        registered = [each for each in person.devices.values() if each.registered]
        replicas = self.world.notifiers_up
        if not registered or not replicas:
            return
        device = self._rng.choice(registered)
        await self._rng.choice(replicas).handlers._registration.unregister(TENANT, person.name, device.name)
        self._forgotten(person, device)
        # Who signs out takes away what is shown to them.
        device.tray.clear()
        person.log.append((self.now, f"unregisters {device.name}"))

    def _forgotten(self, person: Person, device: Device) -> None:
        device.registered = False
        self.world.unregistered[person.name, device.name].append(self.now)

    async def trouble(self, person: Person) -> None:
        registered = [each for each in person.devices.values() if each.registered and each.installed]
        if not registered:
            return
        device = self._rng.choice(registered)
        if self._rng.random() < 0.3:
            device.installed = False
            device.tray.clear()
            person.log.append((self.now, f"removes the app from {device.name}"))
        else:
            device.bad_until = self.now + self._rng.choice([5_000, 60_000, 2_000_000])
            person.log.append((self.now, f"{device.name} fails until {device.bad_until}"))

    async def sign_in_on_another_device(self, person: Person) -> None:
        """A phone signs in as somebody else: its address moves at once."""
        other = self._rng.choice(self.people)
        theirs = [each for each in person.devices.values() if each.transport == "fcm" and each.registered]
        fcm = [each for each in other.devices.values() if each.transport == "fcm" and not each.registered]
        if other is person or not theirs or not fcm or not self.world.notifiers_up:
            return
        old, new = theirs[0], fcm[0]
        new.target, new.installed, new.bad_until = old.target, old.installed, old.bad_until
        old.tray.clear()
        self._forgotten(person, old)
        old.target = f"{old.target.rpartition('-')[0]}-{10_000 + self.now % 10_000}0"
        await self.put(other, new)
        person.log.append((self.now, f"{old.name} is {other.name}'s now"))
