"""Who is a member of a conversation, as messaging says; remembered for some seconds."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass

from services.chassis.clock import Clock
from services.chassis.errors import not_found, unavailable

FRESH_MS = 5_000
"""How long an answer that somebody is a member is believed, ms. That somebody is none is asked again: they may have
been added since."""

REMEMBERED = 5_000
"""How many conversations' members are remembered; the longest unused is forgotten."""


@dataclass(frozen=True, slots=True)
class Membership:
    """The members of a conversation of a tenant."""

    tenant: str
    persons: frozenset[str]

    def has(self, tenant: str, person: str) -> bool:
        """Whether a person of a tenant is a member."""
        return tenant == self.tenant and person in self.persons


Ask = Callable[[Collection[str]], Awaitable[Mapping[str, Membership]]]
"""Answers the members of conversations; unknown ones are left out."""


class Members:
    """The members of conversations.

    Args:
        ask: asks messaging; None where this deployment has no messaging.
        clock: the present time.
    """

    def __init__(self, ask: Ask | None, clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._known: OrderedDict[str, tuple[Membership, int]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Mapping[str, Membership]]] = {}

    def cached(self, conversation: str) -> Membership | None:
        """The members as they were known last; None for not."""
        found = self._known.get(conversation)
        return found[0] if found else None

    async def check(self, tenant: str, person: str, conversation: str, *, fresh: bool = False) -> None:
        """Returns if a person is a member of a conversation.

        Args:
            tenant: the person's tenant.
            person: the person.
            conversation: the conversation.
            fresh: whether messaging is asked in any case.

        Raises:
            Fault: NOT_FOUND, the person is no member, or there is no such conversation; UNAVAILABLE, there is no
                messaging.
            AioRpcError: messaging cannot answer.
        """
        if self._ask is None:
            raise unavailable("typing needs messaging, which this deployment of presence does not know")
        if not fresh:
            membership, at = self._known.get(conversation, (None, 0))
            if membership and self._clock() - at < FRESH_MS and membership.has(tenant, person):
                self._known.move_to_end(conversation)
                return
        membership = (await self._asked(conversation)).get(conversation)
        if membership is None or not membership.has(tenant, person):
            raise not_found("conversation")

    async def refresh(self, conversations: Collection[str]) -> dict[str, Membership | None]:
        """Asks for the members of conversations; None for those that are unknown.

        Raises:
            AioRpcError: messaging cannot answer.
        """
        if self._ask is None or not conversations:
            return {}
        found = await self._ask(conversations)
        self._keep(conversations, found)
        return {conversation: found.get(conversation) for conversation in conversations}

    async def _asked(self, conversation: str) -> Mapping[str, Membership]:
        """Asks for one conversation, once for all who ask at the same time."""
        asking = self._asking.get(conversation)
        if asking is None:
            asking = asyncio.create_task(self._ask_for(conversation), name="members of a conversation")
            self._asking[conversation] = asking
            asking.add_done_callback(lambda task: self._asked_for(conversation, task))
        return await asyncio.shield(asking)

    async def _ask_for(self, conversation: str) -> Mapping[str, Membership]:
        assert self._ask is not None  # noqa: S101 - checked before
        found = await self._ask([conversation])
        self._keep([conversation], found)
        return found

    def _asked_for(self, conversation: str, task: asyncio.Task[Mapping[str, Membership]]) -> None:
        del self._asking[conversation]
        if not task.cancelled():
            # Whoever asked may be gone, and then nobody else looks at it.
            task.exception()

    def _keep(self, conversations: Collection[str], found: Mapping[str, Membership]) -> None:
        now = self._clock()
        for conversation in conversations:
            self._known.pop(conversation, None)
            if membership := found.get(conversation):
                self._known[conversation] = (membership, now)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
