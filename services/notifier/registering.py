"""The device that a request to register describes; part of the door."""

import base64

from conversations.notifier.v1 import notifier_pb2

from services.chassis.auth import Identity
from services.chassis.errors import invalid
from services.notifier.records import Device

TRANSPORTS = {
    notifier_pb2.TRANSPORT_STUB: "stub",
    notifier_pb2.TRANSPORT_FCM: "fcm",
    notifier_pb2.TRANSPORT_WEB_PUSH: "web_push",
}
"""The contract's transports by the names of their senders."""

_ADDRESSES = {
    "target": notifier_pb2.TRANSPORT_STUB,
    "fcm_token": notifier_pb2.TRANSPORT_FCM,
    "fcm_installation": notifier_pb2.TRANSPORT_FCM,
    "web_push": notifier_pb2.TRANSPORT_WEB_PUSH,
}
"""The fields of a request that hold an address, and whose."""


def device_of(identity: Identity, request: notifier_pb2.RegisterDeviceRequest) -> Device:
    """The device that a request describes, with the address of its transport and of no other."""
    for name, transport in _ADDRESSES.items():
        given = bool(request.target) if name == "target" else request.HasField(name)
        if given and transport != request.transport:
            raise invalid(name, f"is no address of {notifier_pb2.Transport.Name(request.transport)}")
    installation, subscription = request.HasField("fcm_installation"), request.web_push
    target = {
        notifier_pb2.TRANSPORT_STUB: request.target,
        notifier_pb2.TRANSPORT_FCM: request.fcm_installation if installation else request.fcm_token,
        notifier_pb2.TRANSPORT_WEB_PUSH: subscription.endpoint,
    }[request.transport]
    if not target:
        names = [name for name, transport in _ADDRESSES.items() if transport == request.transport]
        raise invalid(names[0], f"{' or '.join(names)} is needed for {notifier_pb2.Transport.Name(request.transport)}")
    return Device(
        identity.tenant,
        identity.person,
        request.device,
        TRANSPORTS[request.transport],
        target,
        client=request.client,
        installation=installation,
        p256dh=_bytes(subscription.p256dh),
        auth=_bytes(subscription.auth),
    )


def _bytes(text: str) -> bytes:
    """The bytes of base64url with or without padding; its alphabet and length are checked by the contract."""
    return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
