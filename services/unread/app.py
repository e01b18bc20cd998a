"""The composition root of unread."""

from functools import partial

from conversations.unread.v1 import unread_pb2

from services.chassis import mongo
from services.chassis.auth import TokenFile
from services.chassis.channel import Caller
from services.chassis.partitions import Partitions
from services.chassis.server import App, Foundation
from services.unread.actions import Actions
from services.unread.clients import Messaging
from services.unread.consumer import Counting
from services.unread.feed import PointerFeed
from services.unread.handlers import UnreadHandlers
from services.unread.live import Live
from services.unread.settings import UnreadSettings
from services.unread.store import UnreadStore


async def build(settings: UnreadSettings, foundation: Foundation) -> App:
    """Makes the service of its settings."""
    tasks = foundation.tasks
    client = mongo.connect(settings.mongodb_uri.get_secret_value(), "unread")
    database = mongo.database(client, settings.mongodb_database)
    store = UnreadStore(database)
    await store.prepare()
    token = TokenFile(settings.service_token_file, foundation.clock)
    caller = Caller(settings.messaging_address, token)
    messaging = Messaging(caller, settings.partitions)
    reads = PointerFeed(database)
    live = Live(store, messaging, tasks)
    consumer = Counting(messaging, store, live, settings.partitions).consumer()
    partitions = Partitions(
        database["leases"],
        foundation.epoch,
        settings.partitions,
        settings.lease_ms,
        foundation.clock,
        consumer.changed,
    )
    tasks.forever("reads", reads.run)
    tasks.forever("pointers", partial(live.follow_pointers, reads))
    tasks.forever("sweep", partial(live.sweep, settings.sweep_ms / 1000))
    consumer.start(tasks, partitions)
    tasks.forever("leases", partitions.run)

    async def feeds_are_live() -> bool:
        return reads.live and consumer.started

    return App(
        descriptor=unread_pb2.DESCRIPTOR.services_by_name["UnreadService"],
        handlers=UnreadHandlers(Actions(store, messaging, settings.read_wait_ms), live, reads, foundation.streams),
        checks={"mongodb": store.ping, "feeds": feeds_are_live},
        closers=(partitions.release, tasks.close, caller.close, client.close),
    )
