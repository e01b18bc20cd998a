"""Which RPCs the gateway lets in: those that the contracts declare for people, and nothing else."""

from dataclasses import dataclass

from conversations.common.v1 import policy_pb2
from conversations.messaging.v1 import messaging_pb2
from conversations.notifier.v1 import notifier_pb2
from conversations.presence.v1 import presence_pb2
from conversations.unread.v1 import unread_pb2
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from services.chassis.doors import policy_of

SERVICES: dict[str, ServiceDescriptor] = {
    "messaging": messaging_pb2.DESCRIPTOR.services_by_name["MessagingService"],
    "presence": presence_pb2.DESCRIPTOR.services_by_name["PresenceService"],
    "unread": unread_pb2.DESCRIPTOR.services_by_name["UnreadService"],
    "notifier": notifier_pb2.DESCRIPTOR.services_by_name["NotifierService"],
}
"""The gRPC service of each part of the suite, by the part's name."""


@dataclass(frozen=True)
class Route:
    """An RPC as the gateway sees it.

    Attributes:
        service: the part of the suite that answers it.
        path: the request's path.
        streams: whether the answer is a stream without an end of its own.
    """

    service: str
    path: str
    streams: bool


def _path(method: MethodDescriptor) -> str:
    return f"/{method.containing_service.full_name}/{method.name}"


def admitted() -> list[Route]:
    """The RPCs for people, in the contracts' order.

    Raises:
        TypeError: an RPC declares no policy.
    """
    return [
        Route(service, _path(method), method.server_streaming)
        for service, descriptor in SERVICES.items()
        for method in descriptor.methods
        if policy_of(method) == policy_pb2.POLICY_PERSON
    ]


def internal() -> list[str]:
    """The paths of the RPCs that are for services only; the gateway answers 404 for them."""
    return [
        _path(method)
        for descriptor in SERVICES.values()
        for method in descriptor.methods
        if policy_of(method) != policy_pb2.POLICY_PERSON
    ]
