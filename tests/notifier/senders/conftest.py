"""The senders as the settings make them, against fake push services on this machine."""

import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import prometheus_client
import pytest
from pydantic import SecretStr

from local.keys import Issuer
from local.push import FakeFcm, FakeWebPush, Subscription, fake_fcm, fake_webpush
from services.chassis.clock import system_clock
from services.notifier.facts import Kind
from services.notifier.records import Content, Device
from services.notifier.senders import Act, Outcome, Outgoing, Sender
from services.notifier.senders.assembly import Senders, assemble
from services.notifier.senders.limits import Limits
from services.notifier.senders.webpush.addresses import LookUp, look_up
from services.notifier.senders.webpush.vapid import new_pair
from services.notifier.settings import NotifierSettings
from tests.conftest import ManualClock
from tests.harness import common

CONVERSATION = "g_" + "a" * 26
VAPID_KEY, VAPID_PUBLIC = new_pair()


def content(number: int = 1, text: str = "The crane is here", **more: Any) -> Content:
    fields = {"title": "Tower A", "kind": Kind.GROUP, "author": "ann", "at_ms": 1_760_000_000_000, **more}
    return Content("acme", CONVERSATION, number, text=text, **fields)


def browser(subscription: Subscription, person: str = "bob") -> Device:
    raw = [base64.urlsafe_b64decode(text + "==") for text in (subscription.p256dh, subscription.auth)]
    return Device("acme", person, "browser", "web_push", subscription.endpoint, p256dh=raw[0], auth=raw[1])


def phone(target: str = "token-of-bob", *, installation: bool = False) -> Device:
    return Device("acme", "bob", "phone", "fcm", target, installation=installation)


def push(device: Device, act: Act = Act.SHOW, number: int = 1, badge: int | None = 3, **more: Any) -> Outgoing:
    shown = more.pop("content", None) or content(number)
    return Outgoing(act, shown, device, badge, **more)


@dataclass
class Desk:
    """Everything of one test."""

    fcm: FakeFcm
    web: FakeWebPush
    clock: ManualClock
    settings: NotifierSettings
    registry: prometheus_client.CollectorRegistry = field(default_factory=prometheus_client.CollectorRegistry)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def senders(self, limits: Limits | None = None, find: LookUp = look_up, **settings: Any) -> Senders:
        made = await assemble(self.settings.model_copy(update=settings), self.registry, self.clock, limits, find)
        for sender in made.by_transport.values():
            self.stack.push_async_callback(sender.close)
        return made

    async def sender(self, transport: str, limits: Limits | None = None, **settings: Any) -> Sender:
        # The other one's would only take time.
        settings |= {"fcm_project": ""} if transport == "web_push" else {"vapid_private_key": SecretStr("")}
        return (await self.senders(limits, **settings)).by_transport[transport]

    def metric(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0


async def one(sender: Sender, outgoing: Outgoing) -> Outcome:
    (outcome,) = await sender.send([outgoing])
    return outcome


@pytest.fixture
async def desk(tmp_path: Path, issuer: Issuer) -> AsyncIterator[Desk]:
    # The libraries look at the real time too.
    clock = ManualClock(system_clock())

    def seconds() -> float:
        return clock() / 1000

    async with fake_fcm(tmp_path, clock_s=seconds) as fcm, fake_webpush(tmp_path, clock_s=seconds) as web:
        settings = NotifierSettings(
            **common(
                issuer,
                mongodb_uri="mongodb://127.0.0.1",
                messaging_address="m",
                unread_address="u",
                presence_address="p",
                service_token_file="t",  # noqa: S106 - a name of a file that nobody reads
                fcm_project=fcm.settings["FCM_PROJECT"],
                fcm_url=fcm.settings["FCM_URL"],
                fcm_credentials_file=fcm.settings["FCM_CREDENTIALS_FILE"],
                vapid_private_key=VAPID_KEY,
                vapid_subject="mailto:operator@example.com",
                web_push_local=(f"127.0.0.1:{web.port}",),
                web_push_local_ca_file=str(web.ca_file),
            )
        )
        made = Desk(fcm, web, clock, settings)
        async with made.stack:
            yield made
