"""The composition root of presence."""

import secrets

from conversations.presence.v1 import presence_pb2
from prometheus_client import Gauge

from services.chassis.server import App, Foundation
from services.chassis.settings import SettingsError
from services.presence import valkey
from services.presence.actions import Presence
from services.presence.handlers import PresenceHandlers
from services.presence.keeper import Keeper
from services.presence.settings import PresenceSettings
from services.presence.store import LeaseStore


async def build(settings: PresenceSettings, foundation: Foundation) -> App:
    """Makes the service of its settings; it starts also while the store cannot be reached.

    Raises:
        SettingsError: the store's address is malformed.
    """
    try:
        client = valkey.connect(settings.valkey_url.get_secret_value())
    except ValueError as error:
        raise SettingsError(f"CONVERSATIONS_VALKEY_URL: {error}") from None
    store = LeaseStore(client, settings.lease_ms)
    keeper = Keeper(
        store,
        foundation.clock,
        lease_ms=settings.lease_ms,
        grace_ms=settings.grace_ms,
        retry_window_ms=settings.retry_window_ms,
        trust_new_store=settings.trust_new_store,
    )
    presence = Presence(
        store,
        keeper,
        foundation.clock,
        lambda: secrets.token_hex(8),
        lease_ms=settings.lease_ms,
        clients_per_person=settings.clients_per_person,
    )
    held = Gauge("presence_leases_held", "Clients attached to this replica.", registry=foundation.registry)
    held.set_function(keeper.__len__)
    foundation.tasks.forever("leases", keeper.run)
    return App(
        descriptor=presence_pb2.DESCRIPTOR.services_by_name["PresenceService"],
        handlers=PresenceHandlers(presence, foundation.streams, settings.unlimited_actors),
        checks={"valkey": store.ping},
        closers=(keeper.close, store.close),
    )
