"""The composition root of messaging."""

from conversations.messaging.v1 import messaging_pb2

from services.chassis import mongo
from services.chassis.limits import Bucket
from services.chassis.server import App, Foundation
from services.messaging.actions import Actions
from services.messaging.appender import Appender
from services.messaging.feed import MessagingFeed
from services.messaging.handlers import MessagingHandlers
from services.messaging.heads import Heads
from services.messaging.settings import MessagingSettings
from services.messaging.store import LogStore


async def build(settings: MessagingSettings, foundation: Foundation) -> App:
    """Makes the service of its settings."""
    client = mongo.connect(settings.mongodb_uri.get_secret_value(), "messaging")
    database = mongo.database(client, settings.mongodb_database)
    store = LogStore(database)
    await store.prepare()
    heads = Heads(store)
    appender = Appender(store, heads, foundation.clock)
    feed = MessagingFeed(database, heads.observe)
    actions = Actions(
        store,
        appender,
        Bucket(settings.send_burst, settings.send_per_second, foundation.clock),
        frozenset(settings.unlimited_actors),
        settings.text_limit_bytes,
        await store.digest_key(),
        foundation.clock,
    )
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
