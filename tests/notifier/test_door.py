"""Who may call what, and what bad input is told."""

from typing import Any

import grpc
import pytest
from conversations.notifier.v1 import notifier_pb2 as pb
from pydantic import SecretStr

from services.notifier.senders.webpush.vapid import new_pair
from tests.harness import as_person, as_service
from tests.notifier.conftest import World

CONVERSATION = "g_" + "a" * 26
PHONE: dict[str, Any] = {"device": "phone", "transport": pb.TRANSPORT_STUB, "target": "t"}
OK = grpc.StatusCode.OK
VAPID_KEY, VAPID_PUBLIC = new_pair()
WEB_PUSH: dict[str, Any] = {
    "vapid_private_key": SecretStr(VAPID_KEY),
    "vapid_subject": "mailto:operator@example.com",
}
BROWSER: dict[str, Any] = {
    "device": "browser",
    "transport": pb.TRANSPORT_WEB_PUSH,
    "web_push": pb.WebPushSubscription(
        endpoint="https://fcm.googleapis.com/fcm/send/canary-endpoint",
        # RFC 8291, appendix A.
        p256dh="BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        auth="BTBZMqHH6r4Tts7J_aSIgg",
    ),
    "client": "browser-of-ann",
}
OF_PERSONS = {
    "WatchBanners": pb.WatchBannersRequest(client="laptop"),
    "RegisterDevice": pb.RegisterDeviceRequest(**PHONE),
    "UnregisterDevice": pb.UnregisterDeviceRequest(device="phone"),
    "GetWebPushKey": pb.GetWebPushKeyRequest(),
}
OF_SERVICES = {
    "ListAlerts": pb.ListAlertsRequest(conversation=CONVERSATION),
    "ListDeliveries": pb.ListDeliveriesRequest(conversation=CONVERSATION),
}


async def outcome(call: Any) -> tuple[grpc.StatusCode, str]:
    try:
        if hasattr(call, "read"):
            await call.read()
            call.cancel()
            return grpc.StatusCode.OK, ""
        await call
    except grpc.aio.AioRpcError as error:
        return error.code(), error.details() or ""
    return grpc.StatusCode.OK, ""


async def test_every_rpc_is_for_its_own_kind_of_caller(world: World) -> None:
    stub = await world.replica(**WEB_PUSH)
    for name, request in {**OF_PERSONS, **OF_SERVICES}.items():
        rpc = getattr(stub, name)
        mine, theirs = as_person(world.issuer, "ann"), as_service(world.issuer)
        if name in OF_SERVICES:
            mine, theirs = theirs, mine
        assert (await outcome(rpc(request)))[0] is grpc.StatusCode.UNAUTHENTICATED, name
        assert (await outcome(rpc(request, metadata=theirs)))[0] is grpc.StatusCode.PERMISSION_DENIED, name
        assert (await outcome(rpc(request, metadata=mine)))[0] is grpc.StatusCode.OK, name


@pytest.mark.parametrize(
    ("name", "request_", "field"),
    [
        ("WatchBanners", pb.WatchBannersRequest(), "client"),
        ("WatchBanners", pb.WatchBannersRequest(client="a b"), "client"),
        ("RegisterDevice", pb.RegisterDeviceRequest(**{**PHONE, "device": "x" * 65}), "device"),
        ("RegisterDevice", pb.RegisterDeviceRequest(**{**PHONE, "transport": 0}), "transport"),
        ("RegisterDevice", pb.RegisterDeviceRequest(**{**PHONE, "transport": 99}), "transport"),
        ("RegisterDevice", pb.RegisterDeviceRequest(**{**PHONE, "target": ""}), "target"),
        ("RegisterDevice", pb.RegisterDeviceRequest(**{**PHONE, "target": "x" * 4_097}), "target"),
        ("UnregisterDevice", pb.UnregisterDeviceRequest(device="\x00"), "device"),
        ("ListAlerts", pb.ListAlertsRequest(conversation="$gt"), "conversation"),
        ("ListAlerts", pb.ListAlertsRequest(conversation=CONVERSATION, after_revision=2**53), "after_revision"),
        ("ListDeliveries", pb.ListDeliveriesRequest(conversation=CONVERSATION, page_size=5_001), "page_size"),
    ],
)
async def test_bad_input_is_told_which_field_is_wrong(world: World, name: str, request_: Any, field: str) -> None:
    stub = await world.replica()
    caller = as_service(world.issuer) if name in OF_SERVICES else as_person(world.issuer, "ann")
    code, words = await outcome(getattr(stub, name)(request_, metadata=caller))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert field in words


async def test_a_transport_that_is_not_set_up_is_refused(world: World) -> None:
    stub = await world.replica(stub_file="")
    code, words = await outcome(
        stub.RegisterDevice(pb.RegisterDeviceRequest(**PHONE), metadata=as_person(world.issuer, "ann"))
    )
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "transport" in words


def browser(**change: Any) -> pb.RegisterDeviceRequest:
    """A browser's registration in which something of its subscription is different."""
    request = pb.RegisterDeviceRequest(**BROWSER)
    for name, value in change.items():
        setattr(request.web_push, name, value)
    return request


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.RegisterDeviceRequest(device="d", transport=pb.TRANSPORT_FCM), "fcm_token"),
        (pb.RegisterDeviceRequest(device="d", transport=pb.TRANSPORT_FCM, target="t"), "target"),
        (pb.RegisterDeviceRequest(device="d", transport=pb.TRANSPORT_FCM, fcm_token=""), "fcm_token"),
        (pb.RegisterDeviceRequest(device="d", transport=pb.TRANSPORT_FCM, fcm_installation="a b"), "fcm_installation"),
        (pb.RegisterDeviceRequest(device="d", transport=pb.TRANSPORT_STUB, fcm_token="t"), "fcm_token"),  # noqa: S106
        (pb.RegisterDeviceRequest(device="d", transport=pb.TRANSPORT_WEB_PUSH), "web_push"),
        (pb.RegisterDeviceRequest(**{**BROWSER, "transport": pb.TRANSPORT_STUB, "target": "t"}), "web_push"),
        (pb.RegisterDeviceRequest(**{**BROWSER, "target": "t"}), "target"),
        (pb.RegisterDeviceRequest(**{**BROWSER, "client": "a b"}), "client"),
        (browser(endpoint="http://fcm.googleapis.com/x"), "web_push.endpoint"),
        (browser(endpoint="https://127.0.0.1/canary-endpoint"), "web_push.endpoint"),
        (browser(endpoint="https://evil.example/canary-endpoint"), "web_push.endpoint"),
        (browser(endpoint="https://fcm.googleapis.com:8443/x"), "web_push.endpoint"),
        (browser(endpoint="https://fcm.googleapis.com/" + "x" * 2_048), "web_push.endpoint"),
        (browser(p256dh=""), "web_push.p256dh"),
        (browser(p256dh="A" * 87), "web_push.p256dh"),
        (browser(p256dh="B" + "A" * 86), "web_push.p256dh"),
        (browser(p256dh="+" * 87), "web_push.p256dh"),
        (browser(auth="A" * 21), "web_push.auth"),
        (browser(auth="A" * 23), "web_push.auth"),
    ],
)
async def test_an_address_that_is_none_is_refused_by_its_field_and_never_quoted(
    world: World, request_: pb.RegisterDeviceRequest, field: str
) -> None:
    stub = await world.replica(**WEB_PUSH)
    code, words = await outcome(stub.RegisterDevice(request_, metadata=as_person(world.issuer, "ann")))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert field in words
    assert "canary" not in words
    assert await world.database["devices"].count_documents({}) == 0


@pytest.mark.parametrize("padding", ["", "="])
async def test_a_browser_registers_with_its_client_and_its_keys(world: World, padding: str) -> None:
    stub = await world.replica(**WEB_PUSH)
    request = browser()
    request.web_push.p256dh += padding
    request.web_push.auth += padding * 2
    assert (await outcome(stub.RegisterDevice(request, metadata=as_person(world.issuer, "ann"))))[0] is OK
    (row,) = [row async for row in world.database["devices"].find({})]
    assert (row["transport"], row["target"], row["client"]) == (
        "web_push",
        request.web_push.endpoint,
        "browser-of-ann",
    )
    assert (len(row["browser_key"]), len(row["browser_secret"])) == (65, 16)
    # A browser that signs in as somebody else is that person's from then on.
    await stub.RegisterDevice(request, metadata=as_person(world.issuer, "bob"))
    assert [row["person"] async for row in world.database["devices"].find({})] == ["bob"]


async def test_a_browser_subscribes_with_the_key_that_the_notifier_tells(world: World) -> None:
    stub = await world.replica(**WEB_PUSH)
    told = await stub.GetWebPushKey(pb.GetWebPushKeyRequest(), metadata=as_person(world.issuer, "ann"))
    assert told.public_key == VAPID_PUBLIC


async def test_where_web_push_is_not_set_up_there_is_no_key_and_no_registration(world: World) -> None:
    stub = await world.replica()
    caller = as_person(world.issuer, "ann")
    code, words = await outcome(stub.GetWebPushKey(pb.GetWebPushKeyRequest(), metadata=caller))
    assert (code, words) == (grpc.StatusCode.FAILED_PRECONDITION, "web push is not set up in this installation")
    code, words = await outcome(stub.RegisterDevice(browser(), metadata=caller))
    assert (code, "transport" in words) == (grpc.StatusCode.INVALID_ARGUMENT, True)


async def test_one_device_too_many_is_resource_exhausted_and_unregistering_makes_room(world: World) -> None:
    stub = await world.replica()
    for number in range(20):
        await world.register(stub, "ann", f"d{number}")
    caller = as_person(world.issuer, "ann")
    more = pb.RegisterDeviceRequest(**{**PHONE, "target": "another"})
    assert (await outcome(stub.RegisterDevice(more, metadata=caller)))[0] is grpc.StatusCode.RESOURCE_EXHAUSTED
    for _ in range(2):
        await stub.UnregisterDevice(pb.UnregisterDeviceRequest(device="d7"), metadata=caller)
    assert (await outcome(stub.RegisterDevice(more, metadata=caller)))[0] is grpc.StatusCode.OK


async def test_signing_out_ends_the_registration_and_nothing_is_pushed(world: World) -> None:
    stub = await world.replica()
    await world.register(stub, "bob")
    await stub.UnregisterDevice(pb.UnregisterDeviceRequest(device="phone"), metadata=as_person(world.issuer, "bob"))
    conversation = await world.others.messaging.group("ann", "bob")
    await world.others.messaging.send(conversation, "ann")
    (alert,) = await world.decided(stub, conversation)
    assert alert.common.surface == pb.SURFACE_PUSH
    assert await world.deliveries(stub, conversation) == []


async def test_audits_page_through_in_order_without_a_gap(world: World) -> None:
    stub = await world.replica()
    people = [f"p {number}:é" for number in range(5)]
    for number, person in enumerate(people):
        await world.register(stub, person, target=f"target-{number}")
    conversation = await world.others.messaging.group("ann", *people)
    for _ in range(12):
        await world.others.messaging.send(conversation, "ann")
    await world.settled(stub, conversation, *[(person, "SENT", "") for person in people] * 12)
    caller = as_service(world.issuer)
    revisions: list[int] = []
    while True:
        page = (
            await stub.ListAlerts(
                pb.ListAlertsRequest(
                    conversation=conversation, after_revision=revisions[-1] if revisions else 0, page_size=5
                ),
                metadata=caller,
            )
        ).alerts
        revisions += [alert.revision for alert in page]
        if len(page) < 5:
            break
    assert revisions == list(range(2, 14))
    names: list[str] = []
    while True:
        listed = (
            await stub.ListDeliveries(
                pb.ListDeliveriesRequest(
                    conversation=conversation, after_delivery=names[-1] if names else "", page_size=7
                ),
                metadata=caller,
            )
        ).deliveries
        names += [delivery.delivery for delivery in listed]
        if len(listed) < 7:
            break
    assert names == sorted(set(names))
    assert len(names) == 60
    assert f"{conversation}:3:p%200%3A%C3%A9:phone" in names
