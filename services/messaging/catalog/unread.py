"""What messaging asks of unread; a door that converts."""

import grpc
from conversations.unread.v1 import unread_pb2 as pb
from conversations.unread.v1.unread_pb2_grpc import UnreadServiceStub

from services.chassis.channel import Caller
from services.chassis.errors import unavailable

TIMEOUT_S = 3.0
"""How long one call may take, s: a person waits for it."""


class UnreadService:
    """Calls to unread.

    Args:
        caller: None where this messaging is not told where unread is.
    """

    def __init__(self, caller: Caller | None) -> None:
        self._caller = caller
        self._stub = UnreadServiceStub(caller.channel) if caller else None

    async def conversations(self, tenant: str, person: str) -> frozenset[str]:
        """The person's conversations with unread messages.

        Raises:
            Fault: UNAVAILABLE.
        """
        if self._caller is None or self._stub is None:
            raise unavailable("this installation does not know what is unread")
        try:
            response = await self._stub.ListUnread(
                pb.ListUnreadRequest(tenant=tenant, person=person),
                metadata=self._caller.metadata(),
                timeout=TIMEOUT_S,
            )
        except grpc.aio.AioRpcError:
            raise unavailable("what is unread is not known at the moment; try again") from None
        return frozenset(response.conversations)

    async def close(self) -> None:
        """Closes the channel."""
        if self._caller:
            await self._caller.close()
