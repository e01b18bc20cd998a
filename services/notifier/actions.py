"""The verbs about devices."""

from collections.abc import Collection

import grpc
from pymongo.errors import DuplicateKeyError

from services.chassis.errors import Fault, invalid, precondition, unavailable
from services.notifier.records import Device
from services.notifier.senders.webpush.subscriptions import BadSubscriptionError, Subscriptions
from services.notifier.stores.devices import PER_PERSON, Devices, TooManyDevicesError

WEB_PUSH = "web_push"
"""The name of the transport whose addresses are checked before they are stored."""


class Registration:
    """Registers devices and ends registrations.

    Args:
        transports: those that this service can send by.
        subscriptions: what browsers may register; None where web push is not set up.
    """

    def __init__(
        self, devices: Devices, transports: Collection[str], subscriptions: Subscriptions | None = None
    ) -> None:
        self._devices = devices
        self._transports = transports
        self._subscriptions = subscriptions

    async def register(self, device: Device) -> None:
        """Registers a device or refreshes it; its target leaves whoever had it.

        Raises:
            Fault: INVALID_ARGUMENT, the transport is not set up here, or the browser's subscription is none that can
                be sent to; RESOURCE_EXHAUSTED, too many devices; UNAVAILABLE, others keep registering the same target.
        """
        if device.transport not in self._transports:
            raise invalid("transport", "is not set up in this installation")
        if device.transport == WEB_PUSH and self._subscriptions:
            try:
                self._subscriptions.check(device)
            except BadSubscriptionError as error:
                raise invalid(f"web_push.{error.field}", error.why) from None
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

    def web_push_key(self) -> str:
        """The public key with which browsers subscribe: base64url without padding.

        Raises:
            Fault: FAILED_PRECONDITION, web push is not set up here.
        """
        if self._subscriptions is None:
            raise precondition("web push is not set up in this installation")
        return self._subscriptions.public_key
