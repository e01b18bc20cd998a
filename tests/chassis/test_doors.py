from typing import Any

import grpc
import pytest
from conversations.messaging.v1 import messaging_pb2
from conversations.notifier.v1 import notifier_pb2
from conversations.presence.v1 import presence_pb2
from conversations.unread.v1 import unread_pb2
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import MethodDescriptor
from prometheus_client import CollectorRegistry

from services.chassis.auth import Identity
from services.chassis.doors import Call, Guard, policy_of
from services.chassis.errors import Fault
from services.chassis.metrics import RpcMetrics
from tests.chassis.house import CANARY, UNREAD, House, status_of

CONVERSATION = "g_" + "a" * 26
SERVICES = [
    module.DESCRIPTOR.services_by_name[name]
    for module, name in (
        (messaging_pb2, "MessagingService"),
        (presence_pb2, "PresenceService"),
        (unread_pb2, "UnreadService"),
        (notifier_pb2, "NotifierService"),
    )
]
METHODS = [method for service in SERVICES for method in service.methods]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
def test_every_rpc_declares_a_policy(method: MethodDescriptor) -> None:
    assert policy_of(method)


def without_policy() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="bare.proto", package="bare", syntax="proto3")
    file.message_type.add(name="Nothing")
    method = file.service.add(name="Bare").method.add(name="Do")
    method.input_type = method.output_type = ".bare.Nothing"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool.FindServiceByName("bare.Bare")


async def test_a_service_with_an_rpc_without_policy_or_handler_is_refused(house: House) -> None:
    guard = Guard(None, RpcMetrics(CollectorRegistry()))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="declares no policy"):
        guard.door(without_policy(), object())
    with pytest.raises(TypeError, match="GetBadges has no handler"):
        guard.door(UNREAD, object())


@pytest.mark.parametrize(
    "metadata",
    [
        (),
        (("authorization", ""),),
        (("authorization", "Basic YW5uOmFubg=="),),
        (("authorization", "Bearer"),),
        (("authorization", "Bearer garbage"),),
        (("x-user", "ann"),),
    ],
)
async def test_a_call_without_a_valid_token_is_unauthenticated(house: House, metadata: Any) -> None:
    code, _, _ = await status_of(house.stub.GetBadges(unread_pb2.GetBadgesRequest(), metadata=metadata))
    assert code == grpc.StatusCode.UNAUTHENTICATED
    stream = house.stub.WatchBadges(unread_pb2.WatchBadgesRequest(), metadata=metadata)
    code, _, _ = await status_of(stream.read())
    assert code == grpc.StatusCode.UNAUTHENTICATED
    assert house.handlers.calls == []
    assert house.counted("GetBadges", "UNAUTHENTICATED") == 1


async def test_a_person_may_not_call_what_is_for_services(house: House) -> None:
    pointers = house.stub.GetPointers(unread_pb2.GetPointersRequest(), metadata=house.person)
    assert (await status_of(pointers))[0] == grpc.StatusCode.PERMISSION_DENIED
    delegated = house.bearer(house.issuer.person("acme", "ann", actor="notifier"))
    reads = house.stub.StreamReads(unread_pb2.StreamReadsRequest(), metadata=delegated)
    assert (await status_of(reads.read()))[0] == grpc.StatusCode.PERMISSION_DENIED


async def test_a_service_may_not_call_what_is_for_people(house: House) -> None:
    badges = house.stub.GetBadges(unread_pb2.GetBadgesRequest(), metadata=house.service)
    assert (await status_of(badges))[0] == grpc.StatusCode.PERMISSION_DENIED
    watch = house.stub.WatchBadges(unread_pb2.WatchBadgesRequest(), metadata=house.service)
    assert (await status_of(watch.read()))[0] == grpc.StatusCode.PERMISSION_DENIED
    assert house.handlers.calls == []


async def test_the_handler_learns_who_calls(house: House) -> None:
    await house.badges()
    assert (house.handlers.calls[0].identity.tenant, house.handlers.calls[0].identity.person) == ("acme", "ann")
    stream = house.stub.StreamReads(unread_pb2.StreamReadsRequest(), metadata=house.service)
    assert [message.cursor async for message in stream] == ["notifier"]


async def test_a_handler_has_the_callers_deadline_less_a_reserve_to_answer(house: House) -> None:
    await house.badges()
    assert 0 <= house.handlers.calls[0].deadline_s(at_most=60) < 4.95
    await house.stub.GetBadges(unread_pb2.GetBadgesRequest(), metadata=house.person)
    assert house.handlers.calls[1].deadline_s(at_most=60) == 60


@pytest.mark.parametrize(
    ("remaining", "at_most", "works"), [(5.0, 60, 4.9), (5.0, 1, 1), (0.05, 60, 0), (-1.0, 60, 0), (None, 60, 60)]
)
def test_the_reserve_is_taken_off_what_remains(remaining: float | None, at_most: float, works: float) -> None:
    class Remaining:
        def time_remaining(self) -> float | None:
            return remaining

    call = Call(Identity(service="unread"), Remaining())  # type: ignore[arg-type]
    assert call.deadline_s(at_most) == pytest.approx(works)


@pytest.mark.parametrize("payload", [b"\xff", b"\x0a\xff", b"\x0a\x02\xc3\x28", b"\x0b" * 200], ids=repr)
async def test_a_malformed_message_is_refused_without_names_of_classes(house: House, payload: bytes) -> None:
    code, words, _ = await status_of(house.raw("GetBadges", payload))
    assert (code, words) == (grpc.StatusCode.INVALID_ARGUMENT, "the request is not a valid message")


async def test_an_unknown_rpc_is_unimplemented(house: House) -> None:
    assert (await status_of(house.raw("Nothing", b"")))[0] == grpc.StatusCode.UNIMPLEMENTED


async def test_fields_that_break_a_rule_are_named_with_their_place(house: House) -> None:
    request = unread_pb2.GetPointersRequest(
        keys=[
            unread_pb2.PointerKey(conversation=CONVERSATION, person="ann"),
            unread_pb2.PointerKey(conversation=CANARY, person="x" * 129),
        ]
    )
    code, words, details = await status_of(house.stub.GetPointers(request, metadata=house.service))
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert {violation.field for violation in details[0].field_violations} == {"keys[1].conversation", "keys[1].person"}
    assert all(violation.description for violation in details[0].field_violations)
    assert "keys[1].person" in words
    assert CANARY not in words


async def test_an_element_of_a_list_is_named_by_its_index(house: House) -> None:
    request = unread_pb2.GetBadgesRequest(conversations=[CONVERSATION, "bad"])
    code, _, details = await status_of(house.stub.GetBadges(request, metadata=house.person))
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert [violation.field for violation in details[0].field_violations] == ["conversations[1]"]


async def test_a_rule_of_the_whole_message_names_the_request() -> None:
    guard = Guard(AnyoneIsAService(), RpcMetrics(CollectorRegistry()))  # type: ignore[arg-type]
    request = messaging_pb2.StreamEventsRequest(partition=2, partition_count=2)
    with pytest.raises(Fault) as caught:
        guard.admit(request.SerializeToString(), Bearing(), 2, messaging_pb2.StreamEventsRequest.FromString)  # type: ignore[arg-type]
    assert list(caught.value.fields) == ["request"]


class AnyoneIsAService:
    def verify(self, _: str) -> Any:
        return Identity(service="unread")


class Bearing:
    def invocation_metadata(self) -> Any:
        return (("authorization", "Bearer x"),)


async def test_many_violations_fit_into_the_answer(house: House) -> None:
    request = unread_pb2.GetBadgesRequest(conversations=[f"bad{number}" for number in range(200)])
    code, _, details = await status_of(house.stub.GetBadges(request, metadata=house.person))
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert len(details[0].field_violations) == 20


async def test_of_a_large_request_only_the_first_violation_is_told(house: House) -> None:
    request = unread_pb2.GetBadgesRequest(conversations=[f"bad{number}" for number in range(499)])
    code, _, details = await status_of(house.stub.GetBadges(request, metadata=house.person))
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert [violation.field for violation in details[0].field_violations] == ["conversations[0]"]
