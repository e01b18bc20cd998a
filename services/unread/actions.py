"""The verbs of unread."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import grpc

from services.chassis.auth import Identity
from services.chassis.errors import Fault, not_found, precondition, unavailable
from services.unread.live import Log
from services.unread.rules import Badge, Head, Pointer, badge, moved
from services.unread.store import UnreadStore

PAGE = 1_000
"""How many events are read at once from the log."""

ATTEMPTS = 8
"""How often a pointer that somebody else changes at the same moment is tried again."""


REFUSAL_S = 0.2
"""What the last look at a conversation that is not there takes at most, s."""


@dataclass(frozen=True, slots=True)
class Badges:
    """Badges that were asked for, and the total over all conversations."""

    badges: Sequence[Badge]
    total: int


class Actions:
    """What unread can do.

    Args:
        store: what is stored.
        log: the owner of the events, asked whether a message exists that is not counted yet.
        read_wait_ms: how long a read of a message that is not counted yet waits before the log is asked.
    """

    def __init__(self, store: UnreadStore, log: Log, read_wait_ms: int) -> None:
        self._store = store
        self._log = log
        self._read_wait_s = read_wait_ms / 1000

    async def badges(self, caller: Identity, conversations: Sequence[str]) -> Badges:
        """The caller's badges.

        Heads are read before pointers, because whoever counts writes pointers before heads: so each pointer covers
        everything up to the head that was read.
        """
        heads = await self._store.heads(await self._store.conversations_of(caller.tenant, caller.person))
        pointers = await self._store.pointers_of(caller.tenant, caller.person)
        badges = [await self._badge(pointer, heads.get(pointer.conversation, Head())) for pointer in pointers]
        wanted = set(conversations)
        shown = [found for found in badges if found.conversation in wanted] if wanted else badges
        return Badges(shown, sum(found.unread for found in badges))

    async def mark_read(self, caller: Identity, conversation: str, number: int, epoch: int, deadline_s: float) -> Badge:
        """Moves the caller's pointer forward, and counts again from the rows.

        Raises:
            Fault: NOT_FOUND; FAILED_PRECONDITION, the number is beyond the last message or the epoch is not the
                pointer's; UNAVAILABLE, the pointer keeps changing or the message is not counted in time.
        """
        loop = asyncio.get_running_loop()
        refused = loop.time() + min(self._read_wait_s + REFUSAL_S, deadline_s)
        try:
            return await self._mark_read(caller, conversation, number, epoch, deadline_s)
        except Fault as fault:
            if fault.code is grpc.StatusCode.NOT_FOUND:
                # Whether it is missing or others', at the same time: the id of a direct conversation can be computed
                # from the names, and a quick answer would tell that these two talk.
                await asyncio.sleep(refused - loop.time())
            raise

    async def pointers(self, keys: Sequence[tuple[str, str]]) -> list[Pointer]:
        """The pointers of (conversation, person) pairs, those that exist."""
        return await self._store.pointers(keys)

    async def _mark_read(
        self, caller: Identity, conversation: str, number: int, epoch: int, deadline_s: float
    ) -> Badge:
        for _ in range(ATTEMPTS):
            head = await self._store.head(conversation)
            if not head.revision:
                # It may have begun a moment ago.
                head = await self._wait_for(conversation, 0, deadline_s, not_found("conversation"))
            pointer = await self._store.pointer(conversation, caller.person, caller.tenant)
            if pointer is None:
                raise not_found("conversation")
            if epoch != pointer.epoch:
                raise precondition("epoch: the pointer was moved back meanwhile; read the badge again")
            if number <= pointer.read:
                return await self._badge(pointer, head)
            if number > head.number:
                beyond = precondition("number: is beyond the conversation's last message")
                head = await self._wait_for(conversation, number, deadline_s, beyond)
            after = await self._moved(pointer, head, number)
            if await self._store.replace(pointer, after):
                return await self._badge(after, head)
        raise Fault(grpc.StatusCode.UNAVAILABLE, "the pointer keeps changing; try again")

    async def _badge(self, pointer: Pointer, head: Head) -> Badge:
        """The badge at a head that was read before the pointer, which may have counted on since, how far is unknown."""
        if pointer.own_revision > head.revision:
            own = await self._store.count_own(pointer.conversation, pointer.person, pointer.read, head.revision)
            pointer = replace(pointer, own=own, own_tail=())
        return badge(pointer, head)

    async def _moved(self, pointer: Pointer, head: Head, number: int) -> Pointer:
        counted = max(pointer.own_revision, head.revision)
        own = await self._store.count_own(pointer.conversation, pointer.person, number, counted)
        return moved(pointer, number, own, counted)

    async def _wait_for(self, conversation: str, number: int, deadline_s: float, otherwise: Fault) -> Head:
        """Waits until a message is counted: a client may have seen it before it is."""
        loop = asyncio.get_running_loop()
        end = loop.time() + deadline_s
        ask = loop.time() + min(self._read_wait_s, deadline_s)
        asked = False
        pause = 0.005
        while True:
            head = await self._store.head(conversation)
            if head.revision and number <= head.number:
                return head
            if not asked and loop.time() >= ask:
                asked = True
                if not await self._exists(conversation, head, number):
                    raise otherwise
            if loop.time() >= end:
                raise unavailable("the message is not counted yet; try again")
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.1)

    async def _exists(self, conversation: str, head: Head, number: int) -> bool:
        """Whether the log has the message that is not counted yet: whoever counts may lag behind what clients see."""
        while changes := await self._log.events(conversation, head.revision, PAGE):
            head = Head(changes[-1].number, changes[-1].revision)
            if head.number >= number:
                return True
        return False
