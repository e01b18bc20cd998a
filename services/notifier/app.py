"""The composition root of the notifier."""

from functools import partial

from conversations.notifier.v1 import notifier_pb2

from services.chassis import mongo
from services.chassis.auth import TokenFile
from services.chassis.channel import Caller
from services.chassis.consume import Consumer
from services.chassis.partitions import Partitions
from services.chassis.server import App, Foundation
from services.notifier.actions import Registration
from services.notifier.arbiter import Arbiter
from services.notifier.attempt import Attempt
from services.notifier.changes import Changes
from services.notifier.checks import Checks
from services.notifier.chosen import Chosen
from services.notifier.clears import Clears
from services.notifier.clients import Messaging, Presence, Unread
from services.notifier.consumer import Events, ReadsDoor, TransitionsDoor
from services.notifier.courier import Courier
from services.notifier.explain import Explanations
from services.notifier.feed import Hub, tell_all
from services.notifier.gather import Locator
from services.notifier.glances import Glances
from services.notifier.handlers import Handlers
from services.notifier.limits import Limits
from services.notifier.members import Members
from services.notifier.metrics import Metrics
from services.notifier.preferences import PreferenceChanges
from services.notifier.reads import Reads
from services.notifier.records import Event
from services.notifier.resuming import Resuming
from services.notifier.retention import DAY_MS, SWEEP_S, forget_old
from services.notifier.senders.assembly import assemble
from services.notifier.settings import NotifierSettings
from services.notifier.stores.alerts import Alerts, news_feed
from services.notifier.stores.cursors import Cursor
from services.notifier.stores.deliveries import Deliveries
from services.notifier.stores.devices import Devices
from services.notifier.stores.preferences import PreferenceStore, preferences_feed
from services.notifier.stores.trials import TrialStore, trials_feed
from services.notifier.trial import Trials


async def build(settings: NotifierSettings, foundation: Foundation) -> App:
    """Makes the service of its settings."""
    clock, tasks, name = foundation.clock, foundation.tasks, foundation.epoch
    client = mongo.connect(settings.mongodb_uri.get_secret_value(), "notifier")
    database = mongo.database(client, settings.mongodb_database)
    alerts, deliveries, devices = Alerts(database), Deliveries(database), Devices(database, clock)
    tried, trying = TrialStore(database), trials_feed(database)
    for store in (alerts, deliveries, devices, tried):
        await store.prepare()

    token = TokenFile(settings.service_token_file, clock)
    callers = [
        Caller(address, token)
        for address in (settings.messaging_address, settings.unread_address, settings.presence_address)
    ]
    messaging, unread, presence = Messaging(callers[0]), Unread(callers[1]), Presence(callers[2])
    pushing = await assemble(settings, foundation.registry, clock)
    senders, registration = pushing.by_transport, Registration(devices, pushing.by_transport, pushing.subscriptions)
    limits = Limits(settings.idle_ms, settings.escalation_ms, settings.push_ttl_ms, settings.patience_ms)
    metrics, reads, locator = Metrics(foundation.registry), Reads(), Locator(presence.locate)
    choices, changed = PreferenceStore(database), preferences_feed(database)
    await choices.prepare()
    chosen = Chosen(choices, changed)
    clears = Clears(deliveries, reads, settings.push_ttl_ms, clock)
    attempt = Attempt(
        alerts,
        deliveries,
        devices,
        unread.pointers,
        reads,
        chosen,
        locator,
        unread.totals,
        senders,
        clears,
        metrics,
        limits,
        clock,
    )
    courier = Courier(deliveries, devices, attempt, metrics, name, clock, settings.burst_ms)
    glances = Glances(locator, settings.idle_ms, clock)
    changes = Changes(alerts, deliveries, unread.pointers, chosen, locator, courier, metrics, limits, clock, glances)
    arbiter = Arbiter(
        alerts,
        Members(messaging),
        reads,
        unread.pointers,
        chosen,
        locator,
        courier,
        changes,
        metrics,
        limits,
        clock,
        glances,
    )
    checks = Checks(alerts, devices, unread.pointers, reads, chosen, locator, courier, metrics, limits, name, clock)
    hub, news = Hub(reads, settings.burst_ms, clock), news_feed(database)
    reads_door = ReadsDoor(unread, reads, hub, clears, Cursor(database["leases"], "reads"))
    trials = Trials(tried, trying, hub, locator, devices, unread.totals, senders, name, clock)

    events = Events(messaging, arbiter, alerts, database["leases"], metrics, settings.push_ttl_ms, clock)
    await events.begin()
    consumer: Consumer[Event] = Consumer("events", events.open, events.see, events.apply, events.recover)
    partitions = Partitions(database["leases"], name, settings.partitions, settings.lease_ms, clock, consumer.changed)
    events.partitions = partitions
    transitions = TransitionsDoor(presence, checks, partitions)
    keep_ms = settings.alerts_keep_days * DAY_MS

    for what, work, pause_s in (
        ("news", news.run, 1.0),
        ("preference-changes", changed.run, 1.0),
        ("preferences", chosen.run, 1.0),
        ("banners", partial(tell_all, news, hub), 1.0),
        ("bursts", hub.run, 1.0),
        ("trial-changes", trying.run, 1.0),
        ("trials", trials.run, 1.0),
        ("reads", reads_door.run, 0.2),
        ("reads-kept", reads_door.keep, 1.0),
        ("gaps", events.sweep, 1.0),
        ("checks", checks.run, 1.0),
        ("glances", partial(glances.run, checks.became_inactive), 1.0),
        ("transitions", transitions.run, 1.0),
        ("retention", partial(forget_old, (alerts, deliveries, tried), keep_ms, clock), SWEEP_S),
        ("clears", partial(clears.run, courier.wake), 1.0),
    ):
        tasks.forever(what, work, pause_s)
    courier.start(tasks)
    consumer.start(tasks, partitions)
    tasks.forever("leases", partitions.run)

    async def mongodb_answers() -> object:
        return await client.admin.command("ping")

    async def feeds_have_begun() -> bool:
        return news.live and changed.live and trying.live and consumer.started and reads_door.started

    return App(
        descriptor=notifier_pb2.DESCRIPTOR.services_by_name["NotifierService"],
        handlers=Handlers(
            foundation.streams,
            hub,
            registration,
            PreferenceChanges(choices, chosen, settings.escalation_ms),
            Explanations(alerts, deliveries),
            trials,
            alerts,
            deliveries,
            Resuming(alerts, unread.pointers),
            settings.idle_ms,
        ),
        checks={"mongodb": mongodb_answers, "feeds": feeds_have_begun},
        closers=(
            partitions.release,
            courier.close,
            tasks.close,
            locator.close,
            *(sender.close for sender in senders.values()),
            *(caller.close for caller in callers),
            client.close,
        ),
    )
