"""What the catalog asks of the rest of messaging."""

from collections.abc import Sequence
from typing import Protocol

from services.chassis.auth import Identity
from services.messaging.rules import Head


class Access(Protocol):
    """Who may read a conversation, decided on the end of its log as it is in that instant."""

    async def member(self, caller: Identity, conversation: str) -> Head:
        """The head of a conversation that the caller is a member of.

        Raises:
            Fault: NOT_FOUND.
        """

    async def heads(self, conversations: Sequence[str]) -> dict[str, Head]:
        """The heads of those conversations that exist."""


class Unread(Protocol):
    """What of a person's conversations is unread."""

    async def conversations(self, tenant: str, person: str) -> frozenset[str]:
        """Those with unread messages.

        Raises:
            Fault: UNAVAILABLE.
        """
