"""What people and services ask: badges, totals, pointers, readers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.chassis.auth import Identity
from services.unread.actions.places import Places
from services.unread.rules import Badge, Head, Pointer, Total, total_of


@dataclass(frozen=True, slots=True)
class Badges:
    """Badges that were asked for, and the total over all conversations."""

    badges: Sequence[Badge]
    total: Total


class Asking(Places):
    """Answers questions."""

    async def badges(self, caller: Identity, conversations: Sequence[str]) -> Badges:
        """The caller's badges."""
        badges = await self._badges(caller.tenant, caller.person)
        wanted = set(conversations)
        shown = [found for found in badges if found.conversation in wanted] if wanted else badges
        return Badges(shown, total_of(badges, self._clock()))

    async def unread(self, tenant: str, person: str) -> list[str]:
        """The conversations in which a person has unread messages, ascending."""
        return [found.conversation for found in await self._badges(tenant, person) if found.unread]

    async def totals(self, tenant: str, persons: Sequence[str], counted: Mapping[str, int]) -> list[Total]:
        """The totals of people, in their order.

        Args:
            tenant: theirs.
            persons: the people.
            counted: conversations, and up to which number they must hold them; what is not counted after a wait is
                left to the next answer.
        """
        await self.count_to(counted)
        return [total_of(await self._badges(tenant, person), self._clock()) for person in persons]

    async def pointers(self, keys: Sequence[tuple[str, str]]) -> list[Pointer]:
        """The pointers of (conversation, person) pairs, those that exist."""
        return await self._store.pointers(keys)

    async def readers(
        self, caller: Identity, conversation: str, number: int, after_person: str, limit: int, deadline_s: float
    ) -> list[str]:
        """A page of those who have viewed a message.

        Raises:
            Fault: NOT_FOUND; FAILED_PRECONDITION, the number is beyond the last message; UNAVAILABLE, the message is
                not counted in time.
        """
        await self.place(caller, conversation, deadline_s, number)
        row = (await self._store.rows(conversation, [number])).get(number)
        return await self._store.readers(conversation, number, row.author if row else "", after_person, limit)

    async def _badges(self, tenant: str, person: str) -> list[Badge]:
        """A person's badges, ascending by conversation.

        Heads are read before pointers, because whoever counts writes pointers before heads: so each pointer covers
        everything up to the head that was read.
        """
        heads = await self._store.heads(await self._store.conversations_of(tenant, person))
        pointers = await self._store.pointers_of(tenant, person)
        return [await self.badge_at(pointer, heads.get(pointer.conversation, Head())) for pointer in pointers]
