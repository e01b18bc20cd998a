"""The gRPC door of the catalog."""

import grpc
from conversations.messaging.v1 import messaging_pb2 as pb

from services.chassis.doors import Call
from services.chassis.errors import Fault


class CatalogHandlers:
    """The RPCs of MessagingService about lists, search and stars."""

    async def ListConversations(
        self, _request: pb.ListConversationsRequest, _call: Call
    ) -> pb.ListConversationsResponse:
        """See the contract."""
        raise _not_here()

    async def SearchMessages(self, _request: pb.SearchMessagesRequest, _call: Call) -> pb.SearchMessagesResponse:
        """See the contract."""
        raise _not_here()

    async def SetStar(self, _request: pb.SetStarRequest, _call: Call) -> pb.SetStarResponse:
        """See the contract."""
        raise _not_here()


def _not_here() -> Fault:
    return Fault(grpc.StatusCode.UNIMPLEMENTED, "this service has no catalog")
