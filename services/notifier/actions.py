"""The verbs about devices."""

from collections.abc import Collection

import grpc
from pymongo.errors import DuplicateKeyError

from services.chassis.errors import Fault, invalid, unavailable
from services.notifier.records import Device
from services.notifier.stores.devices import PER_PERSON, Devices, TooManyDevicesError


class Registration:
    """Registers devices and ends registrations.

    Args:
        transports: those that this service can send by.
    """

    def __init__(self, devices: Devices, transports: Collection[str]) -> None:
        self._devices = devices
        self._transports = transports

    async def register(self, device: Device) -> None:
        """Registers a device or refreshes it; its target leaves whoever had it.

        Raises:
            Fault: INVALID_ARGUMENT, the transport is not set up here; RESOURCE_EXHAUSTED, too many devices;
                UNAVAILABLE, others keep registering the same target.
        """
        if device.transport not in self._transports:
            raise invalid("transport", "is not set up in this installation")
        try:
            await self._devices.put(device)
        except TooManyDevicesError:
            raise Fault(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                f"more than {PER_PERSON} devices of this person; unregister one that is no longer used",
            ) from None
        except DuplicateKeyError:
            raise unavailable("the target is being registered elsewhere; try again") from None

    async def unregister(self, tenant: str, person: str, device: str) -> None:
        """Ends a registration; one that does not exist has ended."""
        await self._devices.remove(tenant, person, device)
