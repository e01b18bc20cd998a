"""The composition root of presence."""

import secrets

from conversations.presence.v1 import presence_pb2
from prometheus_client import Gauge

from services.chassis.auth import TokenFile
from services.chassis.channel import Caller
from services.chassis.server import App, Foundation
from services.chassis.settings import SettingsError
from services.presence import valkey
from services.presence.actions import Presence
from services.presence.clients import Messaging
from services.presence.feed.statuses import Statuses
from services.presence.feed.transitions import Transitions
from services.presence.feed.typing import Typing
from services.presence.handlers import PresenceHandlers
from services.presence.keeper import Keeper
from services.presence.members import Members
from services.presence.pulse import Pulse
from services.presence.rules import garbage_ms
from services.presence.settings import PresenceSettings
from services.presence.stores.leases import LeaseStore
from services.presence.stores.news import NewsStore
from services.presence.stores.people import PeopleStore
from services.presence.stores.typing import TypingStore


async def build(settings: PresenceSettings, foundation: Foundation) -> App:
    """Makes the service of its settings; it starts also while the store cannot be reached.

    Raises:
        SettingsError: the store's address is malformed, or the token for messaging is missing.
    """
    clock = foundation.clock
    try:
        client = valkey.connect(settings.valkey_url.get_secret_value(), cluster=settings.valkey_cluster)
    except ValueError as error:
        raise SettingsError(f"CONVERSATIONS_VALKEY_URL: {error}") from None
    caller = _messaging(settings, foundation)
    store = LeaseStore(client, settings.lease_ms, settings.idle_ms)
    people = PeopleStore(client, settings.lease_ms, garbage_ms(settings.lease_ms))
    news = NewsStore(client, settings.lease_ms, settings.idle_ms)
    typings = TypingStore(client)
    members = Members(Messaging(caller).members if caller else None, clock)
    keeper = Keeper(
        store,
        clock,
        lease_ms=settings.lease_ms,
        grace_ms=settings.grace_ms,
        retry_window_ms=settings.retry_window_ms,
        trust_new_store=settings.trust_new_store,
    )
    presence = Presence(
        store,
        people,
        typings,
        members,
        keeper,
        clock,
        lambda: secrets.token_hex(8),
        lease_ms=settings.lease_ms,
        clients_per_person=settings.clients_per_person,
    )
    statuses, typing = Statuses(people, clock), Typing(typings, members, clock)
    transitions = Transitions(news, clock)
    pulse = Pulse(news, transitions, statuses, typing, clock)

    registry = foundation.registry
    Gauge("presence_leases_held", "Clients attached to this replica.", registry=registry).set_function(keeper.__len__)
    Gauge("presence_people_watched", "People on the screens of this replica.", registry=registry).set_function(
        statuses.__len__
    )
    foundation.tasks.forever("leases", keeper.run)
    foundation.tasks.forever("news", pulse.run)
    foundation.tasks.forever("members", typing.keep_checking, pause_s=0.2)
    return App(
        descriptor=presence_pb2.DESCRIPTOR.services_by_name["PresenceService"],
        handlers=PresenceHandlers(
            presence, transitions, statuses, typing, members, foundation.streams, settings.unlimited_actors
        ),
        checks={"valkey": store.ping},
        closers=(
            keeper.close,
            foundation.tasks.close,
            typings.close,
            *([caller.close] if caller else []),
            store.close,
        ),
    )


def _messaging(settings: PresenceSettings, foundation: Foundation) -> Caller | None:
    if not settings.messaging_address:
        return None
    if not settings.service_token_file:
        raise SettingsError("CONVERSATIONS_SERVICE_TOKEN_FILE: is needed to call messaging")
    return Caller(settings.messaging_address, TokenFile(settings.service_token_file, foundation.clock))
