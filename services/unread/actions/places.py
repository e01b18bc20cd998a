"""Where a person is in a conversation: found, waited for, or refused."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import grpc

from services.chassis.auth import Identity
from services.chassis.clock import Clock, system_clock
from services.chassis.errors import Fault, not_found, precondition, unavailable
from services.unread.live import Log
from services.unread.rules import (
    NOTHING,
    Badge,
    ConversationCreated,
    Head,
    MembersChanged,
    Pointer,
    badge,
)
from services.unread.store import UnreadStore

PAGE = 1_000
"""How many events are read at once from the log."""

REFUSAL_S = 0.2
"""What the last look at a conversation that is not there takes at most, s."""


class Places:
    """Finds places.

    Args:
        store: what is stored.
        log: the owner of the events, asked whether something exists that is not counted yet.
        read_wait_ms: how long a call about what is not counted yet waits before the log is asked.
        clock: the present time.
    """

    def __init__(self, store: UnreadStore, log: Log, read_wait_ms: int, clock: Clock = system_clock) -> None:
        self._store = store
        self._log = log
        self._read_wait_s = read_wait_ms / 1000
        self._clock = clock

    async def place(
        self, caller: Identity, conversation: str, deadline_s: float, number: int = 0
    ) -> tuple[Head, Pointer]:
        """A conversation's head, and the caller's pointer, which was read after it.

        Waits until the message `number` is counted, and the caller too: a client may have seen it before.

        Raises:
            Fault: NOT_FOUND, the caller is no member; FAILED_PRECONDITION, there is no such message; UNAVAILABLE, it
                is not counted in time.
        """
        loop = asyncio.get_running_loop()
        begun = loop.time()
        end, ask = begun + deadline_s, begun + min(self._read_wait_s, deadline_s)
        asked = False
        pause = 0.005
        while True:
            head = await self._store.head(conversation)
            pointer = await self._store.pointer(conversation, caller.person, caller.tenant)
            here = pointer is not None and not pointer.left
            if pointer is not None and here and number <= head.number:
                return head, pointer
            if not asked and loop.time() >= ask:
                asked = True
                latest, member = await self._beyond(conversation, head, caller, here=here)
                if not member:
                    # Whether it is missing or others', at the same time: the id of a direct conversation can be
                    # computed from the names, and a quick answer would tell that these two talk.
                    await asyncio.sleep(begun + min(self._read_wait_s + REFUSAL_S, deadline_s) - loop.time())
                    raise not_found("conversation")
                if latest < number:
                    raise precondition("number: is beyond the conversation's last message")
            if loop.time() >= end:
                raise unavailable("it is not counted yet; try again")
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.1)

    async def count_to(self, numbers: Mapping[str, int]) -> bool:
        """Waits until conversations are counted up to these numbers; whether they were in time."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._read_wait_s
        pause = 0.005
        left = dict(numbers)
        while left:
            heads = await self._store.heads(left)
            left = {each: number for each, number in left.items() if each not in heads or heads[each].number < number}
            if left and loop.time() >= end:
                return False
            if left:
                await asyncio.sleep(pause)
            pause = min(pause * 2, 0.1)
        return True

    async def badge_at(self, pointer: Pointer, head: Head) -> Badge:
        """The badge at a head that was read before the pointer, which may have been counted on since."""
        below = NOTHING
        if head.revision < pointer.tail_from:
            own, mentioned = await self._store.counts(pointer.conversation, pointer.person, pointer.read, head.revision)
            pointer = replace(pointer, own=own, mentioned=mentioned, revision=head.revision, tail=())
        if not head.lists(pointer.read):
            below = await self._store.below(pointer, head)
        shown = badge(pointer, head, below)
        if 0 < shown.muted_until_ms <= self._clock():
            return replace(shown, muted_until_ms=0)
        return shown

    async def _beyond(self, conversation: str, head: Head, caller: Identity, *, here: bool) -> tuple[int, bool]:
        """What the log says beyond the head: the last message's number, and whether the caller is a member."""
        number = head.number
        while changes := await self._log.events(conversation, head.revision, PAGE):
            for change in changes:
                if change.tenant != caller.tenant:
                    return number, False
                if isinstance(change, ConversationCreated):
                    here = here or caller.person in change.members
                elif isinstance(change, MembersChanged):
                    here = (here or caller.person in change.added) and caller.person not in change.removed
            number = changes[-1].number
            head = Head(number, changes[-1].revision)
        return number, here


def keeps_changing() -> Fault:
    """UNAVAILABLE: others were quicker each time."""
    return Fault(grpc.StatusCode.UNAVAILABLE, "the pointer keeps changing; try again")
