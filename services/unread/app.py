"""The composition root of unread."""

from functools import partial
from random import Random

from conversations.unread.v1 import unread_pb2

from services.chassis import mongo
from services.chassis.auth import TokenFile
from services.chassis.channel import Caller
from services.chassis.partitions import Partitions
from services.chassis.server import App, Foundation
from services.unread.actions import Actions, Recounting
from services.unread.auditor import Auditor
from services.unread.clients import Messaging
from services.unread.consumer import Counting
from services.unread.feed import PointerFeed
from services.unread.handlers import UnreadHandlers
from services.unread.live import Live
from services.unread.readers import Readers
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
    live = Live(store, messaging, tasks, foundation.clock)
    readers = Readers(store)
    actions = Actions(store, messaging, settings.read_wait_ms, foundation.clock)
    recounting = Recounting(store, messaging, settings.read_wait_ms, foundation.clock)
    auditor = Auditor(store, live, recounting, foundation.registry, settings.audit_per_minute, Random())  # noqa: S311 - a lot
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
    tasks.forever("readers", partial(readers.follow, reads))
    tasks.forever("mutes", live.follow_mutes)
    if settings.audit_per_minute:
        tasks.forever("auditor", auditor.run)
    tasks.forever("sweep", partial(live.sweep, settings.sweep_ms / 1000))
    consumer.start(tasks, partitions)
    tasks.forever("leases", partitions.run)

    async def feeds_are_live() -> bool:
        return reads.live and consumer.started

    return App(
        descriptor=unread_pb2.DESCRIPTOR.services_by_name["UnreadService"],
        handlers=UnreadHandlers(actions, recounting, live, readers, reads, foundation.streams),
        checks={"mongodb": store.ping, "feeds": feeds_are_live},
        closers=(partitions.release, tasks.close, caller.close, client.close),
    )
