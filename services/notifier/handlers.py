"""The notifier's gRPC door: convert, act, convert."""

from collections.abc import AsyncIterator

from conversations.notifier.v1 import notifier_pb2

from services.chassis.doors import Call
from services.chassis.streams import Streams
from services.notifier import feed
from services.notifier.actions import Registration
from services.notifier.facts import Decision, Reason, Surface
from services.notifier.records import Alert, Delivery, DeliveryState, Device
from services.notifier.stores.alerts import Alerts
from services.notifier.stores.deliveries import Deliveries

TRANSPORTS = {notifier_pb2.TRANSPORT_STUB: "stub"}
"""The contract's transports by the names of their senders."""

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
        identity = call.identity
        await self._registration.register(
            Device(identity.tenant, identity.person, request.device, TRANSPORTS[request.transport], request.target)
        )
        return notifier_pb2.RegisterDeviceResponse()

    async def UnregisterDevice(
        self, request: notifier_pb2.UnregisterDeviceRequest, call: Call
    ) -> notifier_pb2.UnregisterDeviceResponse:
        """Ends the registration of a device of the caller."""
        await self._registration.unregister(call.identity.tenant, call.identity.person, request.device)
        return notifier_pb2.UnregisterDeviceResponse()

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
