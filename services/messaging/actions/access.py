"""Who may read a conversation: the members as of where its log ends now."""

from collections.abc import Sequence

from services.chassis.auth import Identity
from services.chassis.errors import not_found
from services.messaging.rules import Head, Tail
from services.messaging.states import States
from services.messaging.store import LogStore


class Access:
    """Heads of conversations, read by a majority.

    A read is decided on the end of the log as it is in that instant: whoever was removed before it began gets nothing.

    Args:
        store: the log.
        states: what conversations are at revisions.
    """

    def __init__(self, store: LogStore, states: States) -> None:
        self._store = store
        self._states = states

    async def member(self, caller: Identity, conversation: str) -> Head:
        """The head of a conversation that the caller is a member of.

        Raises:
            Fault: NOT_FOUND.
        """
        head = await self.head(conversation)
        if head is None or not head.state.admits(caller.tenant, caller.person):
            raise not_found("conversation")
        return head

    async def head(self, conversation: str) -> Head | None:
        """The head of a conversation; None if there is none."""
        tail = await self._store.tail(conversation)
        return None if tail is None else await self._at(tail)

    async def heads(self, conversations: Sequence[str]) -> dict[str, Head]:
        """The heads of those conversations that exist."""
        tails = await self._store.safe_tails(conversations)
        found = {conversation: await self._at(tail) for conversation, tail in tails.items()}
        return {conversation: head for conversation, head in found.items() if head is not None}

    async def _at(self, tail: Tail) -> Head | None:
        state = await self._states.get(tail.conversation, tail.state_revision)
        return None if state is None else Head(state, tail.revision, tail.number, tail.at_ms)
