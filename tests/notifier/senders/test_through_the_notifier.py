"""From a message to the screens of phones and browsers, and back to the registrations."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conversations.notifier.v1 import notifier_pb2 as pb
from pydantic import SecretStr

from local.push import FakeFcm, FakeWebPush, Subscription, fake_fcm, fake_webpush
from tests.conftest import eventually
from tests.harness import as_person
from tests.notifier.conftest import World
from tests.notifier.senders.conftest import VAPID_KEY, VAPID_PUBLIC

if TYPE_CHECKING:
    from conversations.notifier.v1.notifier_pb2_grpc import NotifierServiceAsyncStub


@dataclass
class Town:
    """The notifier among push services."""

    world: World
    fcm: FakeFcm
    web: FakeWebPush
    stub: "NotifierServiceAsyncStub"

    async def phone(self, person: str, token: str) -> None:
        request = pb.RegisterDeviceRequest(device="phone", transport=pb.TRANSPORT_FCM, fcm_token=token)
        await self.stub.RegisterDevice(request, metadata=as_person(self.world.issuer, person))

    async def browser(self, person: str) -> Subscription:
        key = await self.stub.GetWebPushKey(pb.GetWebPushKeyRequest(), metadata=as_person(self.world.issuer, person))
        subscription = self.web.subscribe(key.public_key)
        request = pb.RegisterDeviceRequest(
            device="browser",
            transport=pb.TRANSPORT_WEB_PUSH,
            web_push=pb.WebPushSubscription(
                endpoint=subscription.endpoint, p256dh=subscription.p256dh, auth=subscription.auth
            ),
        )
        await self.stub.RegisterDevice(request, metadata=as_person(self.world.issuer, person))
        return subscription

    async def registered(self) -> list[tuple[str, str]]:
        return sorted([(row["person"], row["device"]) async for row in self.world.database["devices"].find({})])


@pytest.fixture
async def town(world: World, tmp_path: Path) -> AsyncIterator[Town]:
    def seconds() -> float:
        return world.clock() / 1000

    folder = tmp_path / "push"
    async with fake_fcm(folder, clock_s=seconds) as fcm, fake_webpush(folder, clock_s=seconds) as web:
        settings: dict[str, Any] = {
            "fcm_project": fcm.settings["FCM_PROJECT"],
            "fcm_url": fcm.settings["FCM_URL"],
            "fcm_credentials_file": fcm.settings["FCM_CREDENTIALS_FILE"],
            "vapid_private_key": SecretStr(VAPID_KEY),
            "vapid_subject": "mailto:operator@example.com",
            "web_push_local": (f"127.0.0.1:{web.port}",),
            "web_push_local_ca_file": str(web.ca_file),
        }
        yield Town(world, fcm, web, await world.replica(**settings))
        # Before the push services go.
        await world.stack.aclose()


async def test_a_message_shows_once_on_the_phone_and_once_in_the_closed_browser(town: Town) -> None:
    await town.phone("bob", "token-of-bob")
    subscription = await town.browser("bob")
    assert subscription.server_key == VAPID_PUBLIC
    conversation = await town.world.others.messaging.group("ann", "bob", title="Tower A")
    number = await town.world.others.messaging.send(conversation, "ann", "the crane is here")
    await town.world.settled(town.stub, conversation, *[("bob", "SENT", "")] * 2)
    for shown in (town.fcm.devices.of("token-of-bob"), town.web.devices.of(subscription.endpoint)):
        ((tag, entry),) = shown.tray.items()
        assert (tag, entry["title"], entry["text"]) == (f"{conversation}:{number}", "Tower A", "the crane is here")


async def test_dead_targets_are_pruned_after_one_attempt_and_no_others(town: Town) -> None:
    people = ("bob", "cem", "dan", "eve", "fay")
    answers = ("404", "200", "401", "400", "403 NONE")
    for person, answer in zip(people, answers, strict=True):
        await town.phone(person, f"token-of-{person}")
        town.fcm.script.tell(f"token-of-{person}", answer)
        subscription = await town.browser(person)
        town.web.script.tell(subscription.endpoint, answer.replace("404", "410").removesuffix(" NONE"))
    conversation = await town.world.others.messaging.group("ann", *people)
    await town.world.others.messaging.send(conversation, "ann")
    retried = [(person, "PENDING", "") for person in ("dan", "fay")] * 2
    await town.world.settled(
        town.stub,
        conversation,
        ("bob", "DEAD", "404 unregistered"),
        ("bob", "DEAD", "410 gone"),
        *[("cem", "SENT", "")] * 2,
        ("eve", "DEAD", "400 bad request"),
        ("eve", "DEAD", "400 invalid argument"),
        *retried,
    )

    async def pruned() -> bool:
        left = [person for person, _ in await town.registered()]
        return left == ["cem", "cem", "dan", "dan", "eve", "eve", "fay", "fay"]

    await eventually(pruned)


async def test_a_browser_that_has_subscribed_anew_meanwhile_is_not_pruned(town: Town) -> None:
    old = await town.browser("bob")
    town.web.script.tell(old.endpoint, "503", "410")
    conversation = await town.world.others.messaging.group("ann", "bob")
    await town.world.others.messaging.send(conversation, "ann")

    async def tried() -> bool:
        return [each.attempts for each in await town.world.deliveries(town.stub, conversation)] == [1]

    await eventually(tried)
    new = await town.browser("bob")
    town.world.clock.pass_ms(10_000)
    await town.world.settled(town.stub, conversation, ("bob", "SENT", ""))
    assert await town.registered() == [("bob", "browser")]
    assert len(town.web.devices.of(new.endpoint).tray) == 1
