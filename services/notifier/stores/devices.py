"""The collection `devices`: where pushes go. A target belongs to one device of one person at a time."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from services.chassis.clock import Clock
from services.chassis.mongo import Database, Document, broken_index
from services.notifier.records import Device, device_id

COLLECTION = "devices"
"""Its name."""

PER_PERSON = 20
"""How many devices a person may register."""

_RACES = 5
"""How often a registration that meets another one for the same target is tried; each loser has lost to a newer one."""


class TooManyDevicesError(Exception):
    """The person has as many devices as they may."""


class Devices:
    """Reads and writes devices."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._devices = database[COLLECTION]
        self._clock = clock

    async def prepare(self) -> None:
        """Makes the indexes."""
        await self._devices.create_index(
            [("tenant", ASCENDING), ("person", ASCENDING), ("device", ASCENDING)], unique=True, name="person"
        )
        await self._devices.create_index([("transport", ASCENDING), ("target", ASCENDING)], unique=True, name="target")

    async def put(self, device: Device) -> None:
        """Registers a device or refreshes it; its target leaves whoever had it.

        Raises:
            TooManyDevicesError: the person has PER_PERSON others already.
            DuplicateKeyError: others kept registering the same target meanwhile; repeat it.
        """
        others = {"tenant": device.tenant, "person": device.person, "_id": {"$ne": device.id}}
        if await self._devices.count_documents(others, limit=PER_PERSON) >= PER_PERSON:
            raise TooManyDevicesError
        for attempt in range(_RACES):
            try:
                await self._devices.update_one({"_id": device.id}, {"$set": self._fields(device)}, upsert=True)
            except DuplicateKeyError as error:
                if attempt == _RACES - 1:
                    raise
                if "target" in broken_index(dict(error.details or {})):
                    # Only what has this very target; the registration may have changed since.
                    await self._devices.delete_one(
                        {"transport": device.transport, "target": device.target, "_id": {"$ne": device.id}}
                    )
            else:
                return

    async def remove(self, tenant: str, person: str, device: str) -> None:
        """Ends a registration, if there is one."""
        await self._devices.delete_one({"_id": device_id(tenant, person, device)})

    async def prune(self, device: Device) -> None:
        """Ends a registration whose target is dead, if the target is still the same."""
        await self._devices.delete_one({"_id": device.id, "transport": device.transport, "target": device.target})

    async def of(self, tenant: str, persons: Collection[str]) -> dict[str, list[Device]]:
        """The devices of people of one tenant, without their targets and keys; who has none is left out."""
        found: defaultdict[str, list[Device]] = defaultdict(list)
        if persons:
            secret = {"target": 0, "browser_key": 0, "browser_secret": 0}
            rows = self._devices.find({"tenant": tenant, "person": {"$in": list(persons)}}, secret)
            async for row in rows:
                found[row["person"]].append(_device(row))
        return found

    async def get(self, ids: Sequence[str]) -> dict[str, Device]:
        """Reads devices by name, with their targets; those that are not registered are left out."""
        return {row["_id"]: _device(row) async for row in self._devices.find({"_id": {"$in": list(ids)}})}

    def _fields(self, device: Device) -> Document:
        return {
            "tenant": device.tenant,
            "person": device.person,
            "device": device.device,
            "transport": device.transport,
            "target": device.target,
            "client": device.client,
            "installation": device.installation,
            "browser_key": device.p256dh,
            "browser_secret": device.auth,
            "seen_ms": self._clock(),
        }


def _device(row: Document) -> Device:
    # What older documents lack has its default.
    return Device(
        row["tenant"],
        row["person"],
        row["device"],
        row["transport"],
        row.get("target", ""),
        row.get("client", ""),
        row.get("installation", False),
        row.get("browser_key", b""),
        row.get("browser_secret", b""),
    )
