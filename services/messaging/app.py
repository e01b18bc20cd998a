"""The composition root of messaging."""

from conversations.messaging.v1 import messaging_pb2

from services.chassis import mongo
from services.chassis.clock import Clock
from services.chassis.limits import Bucket
from services.chassis.server import App, Foundation
from services.messaging.actions import Access, Actions, Conversations, Membership, Messages, Tenants
from services.messaging.appender import Appender
from services.messaging.feed import MessagingFeed
from services.messaging.handlers import MessagingHandlers
from services.messaging.heads import Heads
from services.messaging.rules import Terms
from services.messaging.settings import MessagingSettings
from services.messaging.states import States
from services.messaging.store import LogStore, MessageStore, TenantStore


def verbs(
    settings: MessagingSettings,
    database: mongo.Database,
    store: LogStore,
    appender: Appender,
    digest_key: bytes,
    clock: Clock,
) -> Actions:
    """Makes the verbs on a store and an appender."""
    access = Access(store, States(store))
    terms = Terms(settings.edit_within_ms, settings.delete_within_ms)
    tenants = Tenants(TenantStore(database), terms, clock)
    messages = Messages(
        store,
        MessageStore(database, store),
        access,
        appender,
        tenants,
        Bucket(settings.send_burst, settings.send_per_second, clock),
        frozenset(settings.unlimited_actors),
        settings.text_limit_bytes,
        digest_key,
        clock,
    )
    return Actions(
        Conversations(store, access, appender, digest_key, clock), messages, Membership(appender, digest_key), tenants
    )


async def build(settings: MessagingSettings, foundation: Foundation) -> App:
    """Makes the service of its settings."""
    client = mongo.connect(settings.mongodb_uri.get_secret_value(), "messaging")
    database = mongo.database(client, settings.mongodb_database)
    store = LogStore(database)
    await store.prepare()
    heads = Heads(store)
    appender = Appender(store, heads, foundation.clock)
    feed = MessagingFeed(database, heads.observe)
    actions = verbs(settings, database, store, appender, await store.digest_key(), foundation.clock)
    foundation.tasks.forever("feed", feed.run)
    foundation.tasks.forever("dispatch", feed.dispatch)

    async def feed_is_live() -> bool:
        return feed.live

    return App(
        descriptor=messaging_pb2.DESCRIPTOR.services_by_name["MessagingService"],
        handlers=MessagingHandlers(actions, store, feed, foundation.streams),
        checks={"mongodb": store.ping, "feed": feed_is_live},
        closers=(appender.close, foundation.tasks.close, client.close),
    )
