"""The composition root of messaging."""

from conversations.messaging.v1 import messaging_pb2

from services.chassis import mongo
from services.chassis.auth import TokenFile
from services.chassis.channel import Caller
from services.chassis.clock import Clock
from services.chassis.limits import Bucket
from services.chassis.partitions import Partitions
from services.chassis.server import App, Foundation
from services.messaging.actions import Access, Actions, Conversations, Membership, Messages, Note, Tenants
from services.messaging.appender import Appender
from services.messaging.catalog import Catalog, CatalogStore, Listings, Projector, Seal, Search, UnreadService
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
    access: Access,
    messages: MessageStore,
    digest_key: bytes,
    note: Note,
    clock: Clock,
) -> Actions:
    """Makes the verbs on a store and an appender."""
    terms = Terms(settings.edit_within_ms, settings.delete_within_ms)
    tenants = Tenants(TenantStore(database), terms, clock)
    sending = Messages(
        store,
        messages,
        access,
        appender,
        tenants,
        Bucket(settings.send_burst, settings.send_per_second, clock),
        frozenset(settings.unlimited_actors),
        settings.text_limit_bytes,
        digest_key,
        note,
        clock,
    )
    return Actions(
        Conversations(store, access, appender, digest_key, note, clock),
        sending,
        Membership(appender, digest_key, note),
        tenants,
    )


def unread_of(settings: MessagingSettings, clock: Clock) -> UnreadService:
    """Calls to unread, where this service is told where that is."""
    if not settings.unread_address:
        return UnreadService(None)
    return UnreadService(Caller(settings.unread_address, TokenFile(settings.service_token_file, clock)))


async def build(settings: MessagingSettings, foundation: Foundation) -> App:
    """Makes the service of its settings."""
    client = mongo.connect(settings.mongodb_uri.get_secret_value(), "messaging")
    database = mongo.database(client, settings.mongodb_database)
    store = LogStore(database)
    await store.prepare()
    heads = Heads(store)
    appender = Appender(store, heads, foundation.clock)
    feed = MessagingFeed(database, heads.observe)
    access = Access(store, States(store))
    messages = MessageStore(database, store)
    documents = CatalogStore(database)
    await documents.prepare()
    projector = Projector(store, documents, messages.apply_to_messages, feed.events, settings.partitions)
    key = await store.digest_key()
    actions = verbs(settings, database, store, appender, access, messages, key, projector.note, foundation.clock)
    unread = unread_of(settings, foundation.clock)
    seal = Seal(key)
    catalog = Catalog(Listings(documents, access, unread, seal, foundation.clock), Search(documents, access, seal))
    consumer = projector.consumer()
    partitions = Partitions(
        database["catalog_leases"],
        foundation.epoch,
        settings.partitions,
        settings.lease_ms,
        foundation.clock,
        consumer.changed,
    )
    foundation.tasks.forever("feed", feed.run)
    foundation.tasks.forever("dispatch", feed.dispatch)
    consumer.start(foundation.tasks, partitions)
    foundation.tasks.forever("leases", partitions.run)

    async def feed_is_live() -> bool:
        return feed.live and consumer.started

    return App(
        descriptor=messaging_pb2.DESCRIPTOR.services_by_name["MessagingService"],
        handlers=MessagingHandlers(actions, catalog, store, feed, foundation.streams),
        checks={"mongodb": store.ping, "feed": feed_is_live},
        closers=(appender.close, partitions.release, foundation.tasks.close, unread.close, client.close),
    )
