"""Makes the senders of the settings."""

import asyncio
import ssl
from dataclasses import dataclass

import aiohttp
import prometheus_client

from services.chassis.clock import Clock
from services.chassis.settings import SettingsError
from services.chassis.tasks import describe
from services.notifier.senders import Sender
from services.notifier.senders.gates import Gate
from services.notifier.senders.limits import Limits
from services.notifier.senders.metrics import PushMetrics
from services.notifier.senders.post import Post
from services.notifier.senders.stub import StubSender
from services.notifier.senders.webpush import sender as webpush
from services.notifier.senders.webpush.addresses import LookUp, PublicResolver, look_up
from services.notifier.senders.webpush.endpoints import Endpoints
from services.notifier.senders.webpush.subscriptions import Subscriptions
from services.notifier.senders.webpush.vapid import Vapid, VapidKeyError, read_key
from services.notifier.settings import FCM_URL, NotifierSettings

CONNECTIONS = 256
"""So many connections of one transport are open at once, to all hosts together."""

KEPT_S = 30
"""A connection that nobody uses is kept so long, s."""


@dataclass(frozen=True)
class Senders:
    """What this installation can send by.

    Attributes:
        by_transport: each sender under the name of its transport.
        subscriptions: what browsers may register; None where web push is not set up.
    """

    by_transport: dict[str, Sender]
    subscriptions: Subscriptions | None = None


async def assemble(
    settings: NotifierSettings,
    registry: prometheus_client.CollectorRegistry,
    clock: Clock,
    limits: Limits | None = None,
    find: LookUp = look_up,
) -> Senders:
    """Makes a sender for each transport that the settings set up.

    Args:
        settings: say which.
        registry: exports what they count.
        clock: the time.
        limits: how much the push services are asked; None for the usual.
        find: looks up the hosts of web push.

    Raises:
        SettingsError: a setting of theirs is wrong.
    """
    limits, metrics = limits or Limits(), PushMetrics(registry)
    senders: dict[str, Sender] = {}
    if settings.stub_file:
        senders["stub"] = StubSender(settings.stub_file)
    if settings.fcm_project:
        senders["fcm"] = await _fcm(settings, metrics, clock, limits)
    subscriptions = None
    if settings.vapid_private_key.get_secret_value() or settings.vapid_private_key_file:
        senders[webpush.TRANSPORT], subscriptions = _web_push(settings, metrics, clock, limits, find)
    return Senders(senders, subscriptions)


async def _fcm(settings: NotifierSettings, metrics: PushMetrics, clock: Clock, limits: Limits) -> Sender:
    # Google's libraries take half a second and 30 MB; who has no FCM needs none of them.
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415

    from services.notifier.senders.fcm import sender as fcm  # noqa: PLC0415
    from services.notifier.senders.fcm.token import AccessToken, credential_of  # noqa: PLC0415
    from services.notifier.senders.fcm.wire import READ_BYTES, Wire, open_app  # noqa: PLC0415

    try:
        # In a thread: the application default credentials may have to be asked for.
        credential = await asyncio.to_thread(credential_of, settings.fcm_credentials_file)
    except (OSError, ValueError, GoogleAuthError) as error:
        # Not its words: they may quote the file.
        raise SettingsError(
            f"CONVERSATIONS_FCM_CREDENTIALS_FILE: no credentials for FCM: {type(error).__name__}"
        ) from None
    token = AccessToken(credential, clock, trust_env=settings.fcm_url == FCM_URL)
    post = Post(aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=KEPT_S), limits.timeout_s, READ_BYTES)
    gate = Gate(limits, clock, lambda: metrics.opened(fcm.TRANSPORT))
    wire = Wire(post, token, gate, metrics, clock)
    app = await open_app(settings.fcm_project, settings.fcm_url, credential, wire)
    return fcm.FcmSender(app, wire, settings.fcm_channel, metrics, clock)


def _web_push(
    settings: NotifierSettings, metrics: PushMetrics, clock: Clock, limits: Limits, find: LookUp
) -> tuple[Sender, Subscriptions]:
    try:
        key = read_key(settings.vapid_private_key.get_secret_value(), settings.vapid_private_key_file)
        vapid = Vapid(key, settings.vapid_subject, clock)
    except VapidKeyError as error:
        raise SettingsError(f"CONVERSATIONS_VAPID_PRIVATE_KEY, CONVERSATIONS_VAPID_SUBJECT: {error}") from None
    try:
        endpoints = Endpoints(settings.web_push_hosts, settings.web_push_local)
    except ValueError as error:
        raise SettingsError(f"CONVERSATIONS_WEB_PUSH_HOSTS, CONVERSATIONS_WEB_PUSH_LOCAL: {error}") from None
    connector = aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=KEPT_S, resolver=PublicResolver(find))
    post = Post(connector, limits.timeout_s, webpush.READ_BYTES)
    local = _local_post(settings, limits) if settings.web_push_local else None
    sender = webpush.WebPushSender(endpoints, vapid, post, local, metrics, clock, limits)
    return sender, Subscriptions(endpoints, vapid.public_key)


def _local_post(settings: NotifierSettings, limits: Limits) -> Post:
    try:
        context = ssl.create_default_context(cafile=settings.web_push_local_ca_file or None)
    except OSError as error:
        raise SettingsError(f"CONVERSATIONS_WEB_PUSH_LOCAL_CA_FILE: {describe(error)}") from None
    connector = aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=KEPT_S, ssl=context)
    return Post(connector, limits.timeout_s, webpush.READ_BYTES)
