"""What presence asks of messaging: its contract turned into plain values."""

from collections.abc import Collection

from conversations.messaging.v1 import messaging_pb2, messaging_pb2_grpc

from services.chassis.channel import Caller
from services.presence.members import Membership

CHUNK = 25
"""Members of so many conversations are asked for at once: 2,000 names of up to 128 characters each fit into 16 MiB."""

CALL_S = 2.0
"""How long a call may take, s."""


class Messaging:
    """messaging's conversations."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._stub = messaging_pb2_grpc.MessagingServiceStub(caller.channel)

    async def members(self, conversations: Collection[str]) -> dict[str, Membership]:
        """The present members of conversations; unknown ones are left out.

        Raises:
            AioRpcError: messaging cannot answer.
        """
        wanted = list(conversations)
        found: dict[str, Membership] = {}
        for start in range(0, len(wanted), CHUNK):
            answer = await self._stub.ListMembers(
                messaging_pb2.ListMembersRequest(conversations=wanted[start : start + CHUNK]),
                metadata=self._caller.metadata(),
                timeout=CALL_S,
            )
            for each in answer.memberships:
                found[each.conversation] = Membership(each.tenant, frozenset(each.members))
        return found
