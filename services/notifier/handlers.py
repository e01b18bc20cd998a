"""The notifier's gRPC door: convert, act, convert."""

from collections.abc import AsyncIterator

from conversations.notifier.v1 import notifier_pb2

from services.chassis.doors import Call
from services.chassis.streams import Streams
from services.notifier import convert, feed
from services.notifier.actions import Registration
from services.notifier.choices import Own
from services.notifier.explain import Explanations
from services.notifier.preferences import PreferenceChanges
from services.notifier.registering import device_of
from services.notifier.resuming import Resuming
from services.notifier.stores.alerts import Alerts
from services.notifier.stores.deliveries import Deliveries
from services.notifier.trial import Trials


class Handlers:
    """One method for each RPC of NotifierService."""

    def __init__(
        self,
        streams: Streams,
        hub: feed.Hub,
        registration: Registration,
        preferences: PreferenceChanges,
        explanations: Explanations,
        trials: Trials,
        alerts: Alerts,
        deliveries: Deliveries,
        resuming: Resuming,
        idle_ms: int,
    ) -> None:
        self._streams = streams
        self._hub = hub
        self._registration = registration
        self._preferences = preferences
        self._explanations = explanations
        self._trials = trials
        self._alerts = alerts
        self._deliveries = deliveries
        self._resuming = resuming
        self._idle_ms = idle_ms

    async def WatchBanners(self, request: notifier_pb2.WatchBannersRequest, call: Call) -> AsyncIterator[bytes]:
        """Follows what one client is to show."""
        identity, streams = call.identity, self._streams
        person = (identity.tenant, identity.person)
        with (
            streams.open(identity, feed.CONTROL, feed.CAPACITY) as mailbox,
            self._hub.joined(person, request.client, mailbox) as stream,
        ):
            yield notifier_pb2.WatchBannersResponse(hello=streams.hello()).SerializeToString() + feed.CAUGHT_UP
            if request.shown:
                await self._resuming.resume(stream, person, request.shown)
            async for message in mailbox.messages():
                yield message

    async def RegisterDevice(
        self, request: notifier_pb2.RegisterDeviceRequest, call: Call
    ) -> notifier_pb2.RegisterDeviceResponse:
        """Registers a device of the caller."""
        await self._registration.register(device_of(call.identity, request))
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
        return notifier_pb2.ListAlertsResponse(alerts=map(convert.alert, alerts))

    async def ListDeliveries(
        self, request: notifier_pb2.ListDeliveriesRequest, _: Call
    ) -> notifier_pb2.ListDeliveriesResponse:
        """Reads deliveries by page."""
        deliveries = await self._deliveries.list(
            request.conversation, request.after_delivery, request.page_size or 1_000
        )
        return notifier_pb2.ListDeliveriesResponse(deliveries=map(convert.delivery, deliveries))

    async def GetPreferences(
        self, _: notifier_pb2.GetPreferencesRequest, call: Call
    ) -> notifier_pb2.GetPreferencesResponse:
        """Reads the caller's preferences."""
        own = await self._preferences.of(call.identity.tenant, call.identity.person)
        effective = await self._preferences.effective(own)
        return notifier_pb2.GetPreferencesResponse(
            effective=convert.preferences(effective), own=convert.own(own.choices.own), version=own.version
        )

    async def UpdatePreferences(
        self, request: notifier_pb2.UpdatePreferencesRequest, call: Call
    ) -> notifier_pb2.UpdatePreferencesResponse:
        """Changes some of the caller's preferences."""
        own = await self._preferences.update(
            call.identity.tenant,
            call.identity.person,
            convert.choices(request.preferences),
            [convert.NAME_OF_FIELD[each] for each in request.clear],
            request.version,
        )
        effective = await self._preferences.effective(own)
        return notifier_pb2.UpdatePreferencesResponse(
            effective=convert.preferences(effective), own=convert.own(own.choices.own), version=own.version
        )

    async def GetConversationPreferences(
        self, _: notifier_pb2.GetConversationPreferencesRequest, call: Call
    ) -> notifier_pb2.GetConversationPreferencesResponse:
        """Reads the caller's levels."""
        own = await self._preferences.of(call.identity.tenant, call.identity.person)
        return notifier_pb2.GetConversationPreferencesResponse(
            preferences=[
                notifier_pb2.ConversationPreference(conversation=conversation, level=convert.level(level))
                for conversation, level in sorted(own.levels.items())
            ]
        )

    async def SetConversationPreference(
        self, request: notifier_pb2.SetConversationPreferenceRequest, call: Call
    ) -> notifier_pb2.SetConversationPreferenceResponse:
        """Chooses the level of one conversation."""
        identity, level = call.identity, convert.LEVEL_OF.get(request.level)
        await self._preferences.set_level(identity.tenant, identity.person, request.conversation, level)
        return notifier_pb2.SetConversationPreferenceResponse()

    async def GetTenantDefaults(
        self, request: notifier_pb2.GetTenantDefaultsRequest, _: Call
    ) -> notifier_pb2.GetTenantDefaultsResponse:
        """Reads what a tenant has chosen."""
        own: Own = await self._preferences.of(request.tenant, "")
        return notifier_pb2.GetTenantDefaultsResponse(defaults=convert.preferences(own.choices), version=own.version)

    async def PutTenantDefaults(
        self, request: notifier_pb2.PutTenantDefaultsRequest, _: Call
    ) -> notifier_pb2.PutTenantDefaultsResponse:
        """Replaces what a tenant has chosen."""
        choices = convert.choices(request.defaults)
        own = await self._preferences.update(request.tenant, "", choices, (), request.version, whole=True)
        return notifier_pb2.PutTenantDefaultsResponse(version=own.version)

    async def ExplainAlert(
        self, request: notifier_pb2.ExplainAlertRequest, call: Call
    ) -> notifier_pb2.ExplainAlertResponse:
        """Explains an alert to the person."""
        identity = call.identity
        found = await self._explanations.of(identity.tenant, identity.person, request.conversation, request.number)
        return notifier_pb2.ExplainAlertResponse(explanation=convert.explanation(found, self._idle_ms))

    async def InspectAlert(
        self, request: notifier_pb2.InspectAlertRequest, _: Call
    ) -> notifier_pb2.InspectAlertResponse:
        """Explains an alert to an operator."""
        found = await self._explanations.of(request.tenant, request.person, request.conversation, request.number)
        return notifier_pb2.InspectAlertResponse(explanation=convert.explanation(found, self._idle_ms))

    async def TestNotification(
        self, request: notifier_pb2.TestNotificationRequest, call: Call
    ) -> notifier_pb2.TestNotificationResponse:
        """Tries one surface of the caller."""
        identity, surface = call.identity, convert.SURFACE_OF[request.surface]
        trials = await self._trials.carry_out(identity.tenant, identity.person, surface, request.client)
        return notifier_pb2.TestNotificationResponse(trials=map(convert.trial, trials))
