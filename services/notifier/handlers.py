"""The notifier's gRPC door: convert, act, convert."""

import base64
from collections.abc import AsyncIterator

from conversations.notifier.v1 import notifier_pb2

from services.chassis.auth import Identity
from services.chassis.doors import Call
from services.chassis.errors import invalid
from services.chassis.streams import Streams
from services.notifier import feed
from services.notifier.actions import Registration
from services.notifier.facts import Decision, Reason, Surface
from services.notifier.records import Alert, Delivery, DeliveryState, Device
from services.notifier.stores.alerts import Alerts
from services.notifier.stores.deliveries import Deliveries

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

_SURFACES = {each: getattr(notifier_pb2, f"SURFACE_{each.value}") for each in Surface}
_REASONS = {each: getattr(notifier_pb2, f"REASON_{each.value}") for each in Reason}
_STATES = {each: getattr(notifier_pb2, f"DELIVERY_STATE_{each.value}") for each in DeliveryState}


class Handlers:
    """One method for each RPC of NotifierService."""

    def __init__(
        self, streams: Streams, hub: feed.Hub, registration: Registration, alerts: Alerts, deliveries: Deliveries
    ) -> None:
        self._streams = streams
        self._hub = hub
        self._registration = registration
        self._alerts = alerts
        self._deliveries = deliveries

    async def WatchBanners(self, request: notifier_pb2.WatchBannersRequest, call: Call) -> AsyncIterator[bytes]:
        """Follows what one client is to show."""
        identity, streams = call.identity, self._streams
        person = (identity.tenant, identity.person)
        with (
            streams.open(identity, feed.CONTROL, feed.CAPACITY) as mailbox,
            self._hub.joined(person, request.client, mailbox),
        ):
            hello = notifier_pb2.WatchBannersResponse(hello=streams.hello()).SerializeToString()
            mailbox.append(hello + feed.CAUGHT_UP)
            async for message in mailbox.messages():
                yield message

    async def RegisterDevice(
        self, request: notifier_pb2.RegisterDeviceRequest, call: Call
    ) -> notifier_pb2.RegisterDeviceResponse:
        """Registers a device of the caller."""
        await self._registration.register(_device(call.identity, request))
        return notifier_pb2.RegisterDeviceResponse()

    async def UnregisterDevice(
        self, request: notifier_pb2.UnregisterDeviceRequest, call: Call
    ) -> notifier_pb2.UnregisterDeviceResponse:
        """Ends the registration of a device of the caller."""
        await self._registration.unregister(call.identity.tenant, call.identity.person, request.device)
        return notifier_pb2.UnregisterDeviceResponse()

    async def GetWebPushKey(
        self, _request: notifier_pb2.GetWebPushKeyRequest, _: Call
    ) -> notifier_pb2.GetWebPushKeyResponse:
        """Reads the public key of web push."""
        return notifier_pb2.GetWebPushKeyResponse(public_key=self._registration.web_push_key())

    async def ListAlerts(self, request: notifier_pb2.ListAlertsRequest, _: Call) -> notifier_pb2.ListAlertsResponse:
        """Reads decisions by page."""
        alerts = await self._alerts.list(request.conversation, request.after_revision, request.page_size or 100)
        return notifier_pb2.ListAlertsResponse(alerts=map(_alert, alerts))

    async def ListDeliveries(
        self, request: notifier_pb2.ListDeliveriesRequest, _: Call
    ) -> notifier_pb2.ListDeliveriesResponse:
        """Reads deliveries by page."""
        deliveries = await self._deliveries.list(
            request.conversation, request.after_delivery, request.page_size or 1_000
        )
        return notifier_pb2.ListDeliveriesResponse(deliveries=map(_delivery, deliveries))


def _device(identity: Identity, request: notifier_pb2.RegisterDeviceRequest) -> Device:
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


def _decision(person: str, decision: Decision) -> notifier_pb2.Decision:
    return notifier_pb2.Decision(
        person=person,
        surface=_SURFACES[decision.surface],
        reason=_REASONS[decision.reason],
        client=decision.client,
        tab=decision.tab,
    )


def _alert(alert: Alert) -> notifier_pb2.Alert:
    return notifier_pb2.Alert(
        conversation=alert.content.conversation,
        revision=alert.revision,
        number=alert.content.number,
        persons=alert.persons,
        common=_decision("", alert.common),
        decisions=[_decision(*entry) for entry in sorted(alert.decisions.items())],
        escalations=[_decision(*entry) for entry in alert.escalations],
        check_pending=bool(alert.check_at_ms),
        decided_at_ms=alert.decided_at_ms,
    )


def _delivery(delivery: Delivery) -> notifier_pb2.Delivery:
    return notifier_pb2.Delivery(
        delivery=delivery.id,
        conversation=delivery.conversation,
        number=delivery.number,
        person=delivery.person,
        device=delivery.device,
        state=_STATES[delivery.state],
        reason=delivery.reason,
        attempts=delivery.attempts,
    )
