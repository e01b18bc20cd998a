"""Counting again from messaging's log, and repairing what differs."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from pymongo.errors import DuplicateKeyError

from services.chassis.errors import Fault, not_found, unavailable
from services.unread.actions.places import Places
from services.unread.rules import Badge, Head, Pointer, Row, Truth

PAGE = 1_000
"""How many events are read at once from the log."""

WHOLE = 20_000
"""Logs of up to so many events are audited from their beginning; of longer ones, what lies above the pointer."""

ROWS = 1_000
"""How many rows are compared at once."""

ATTEMPTS = 20
"""How often a conversation that moves while it is counted again is looked at again."""

PAUSE_S = 0.05
"""Pause before that, s."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A badge that was not what the log says; both at the same position."""

    stored: Badge
    counted: Badge


class Recounting(Places):
    """Holds what is stored against the log."""

    async def recount(self, tenant: str, person: str, conversation: str = "") -> tuple[list[Drift], int]:
        """Counts a person's conversations, or one of them, again, and repairs them; answers also how many those are.

        Raises:
            Fault: NOT_FOUND, the person was never a member of `conversation`; UNAVAILABLE, it does not come to rest.
        """
        conversations = [conversation] if conversation else await self._store.conversations_of(tenant, person)
        drifts = []
        for each in conversations:
            drift = await self._settled(tenant, person, each)
            if drift is not None:
                drifts.append(drift)
        return drifts, len(conversations)

    async def audit(self, tenant: str, person: str, conversation: str) -> Drift | None:
        """Looks at one badge, and repairs it if it is wrong; None also where it cannot be said while things move."""
        head, pointer = await self._read(tenant, person, conversation)
        if pointer is None or not head.revision:
            return None
        after = 0 if head.revision <= WHOLE else pointer.read
        drift = await self._difference(pointer, head, after)
        if drift is None or await self._read(tenant, person, conversation) != (head, pointer):
            return None
        return await self._settled(tenant, person, conversation)

    async def counted(self, pointer: Pointer, shown: Badge) -> Badge | None:
        """What a badge that is shown should be by the log, at the position it names; None if the log is elsewhere."""
        after = 0 if shown.revision <= WHOLE else pointer.read
        try:
            truth = await self.truth(pointer.conversation, shown.revision, after)
        except Fault:
            return None
        return _wanted(pointer, truth)

    async def truth(self, conversation: str, revision: int, after: int = 0) -> Truth:
        """What the log says at a revision.

        Args:
            conversation: whose log.
            revision: up to which it is read.
            after: where to begin; of messages with a number up to this nothing is known then, nor of members.

        Raises:
            Fault: UNAVAILABLE, the log ends before.
        """
        truth = Truth()
        truth.revision = after
        while truth.revision < revision:
            changes = await self._log.events(conversation, truth.revision, PAGE)
            wanted = [change for change in changes if change.revision <= revision]
            if not wanted:
                raise unavailable("the log cannot be read; try again")
            truth.read(wanted)
        return truth

    async def _settled(self, tenant: str, person: str, conversation: str) -> Drift | None:
        """Compares and repairs one conversation of which nothing is under way."""
        first: Badge | None = None
        for _ in range(ATTEMPTS):
            head, pointer = await self._read(tenant, person, conversation)
            end = await self._end(conversation, head)
            if not end.revision:
                raise not_found("conversation")
            if head.revision >= end.revision:
                truth = await self.truth(conversation, head.revision)
                if truth.tenant != tenant or (pointer is None and person not in truth.members):
                    raise not_found("conversation")
                stored = await self.badge_at(pointer, head) if pointer else Badge(conversation, 0, 0, 0, 0, 0, 0)
                right = _right(pointer, person, tenant, conversation, truth)
                wanted = _wanted(right, truth)
                sound = pointer is not None and _same(stored, wanted) and _alike(pointer, right)
                first = first or (None if sound else stored)
                if sound:
                    return Drift(first, wanted) if first else None
                if await self._repair(conversation, head, pointer, right, truth):
                    return Drift(first or stored, wanted)
            await asyncio.sleep(PAUSE_S)
        raise unavailable("the conversation does not come to rest; try again")

    async def _difference(self, pointer: Pointer, head: Head, after: int) -> Drift | None:
        truth = await self.truth(pointer.conversation, head.revision, after)
        stored = await self.badge_at(pointer, head)
        if after:
            right = pointer
            if pointer.left or pointer.person in truth.gone:
                right = replace(pointer, left=pointer.person in truth.gone or pointer.left)
        else:
            right = _right(pointer, pointer.person, pointer.tenant, pointer.conversation, truth)
        wanted = _wanted(right, truth)
        return None if _same(stored, wanted) else Drift(stored, wanted)

    async def _read(self, tenant: str, person: str, conversation: str) -> tuple[Head, Pointer | None]:
        head = await self._store.head(conversation)
        return head, await self._store.pointer(conversation, person, tenant)

    async def _end(self, conversation: str, head: Head) -> Head:
        while changes := await self._log.events(conversation, head.revision, PAGE):
            head = Head(changes[-1].number, changes[-1].revision)
        return head

    async def _repair(
        self, conversation: str, head: Head, pointer: Pointer | None, right: Pointer, truth: Truth
    ) -> bool:
        """Rows first, then the head, then the pointer; whether all was still as it was read."""
        await self._repair_rows(conversation, truth)
        if head != truth.head and not await self._store.put_head(conversation, head, truth.head):
            return False
        if pointer is None:
            try:
                await self._store.put_pointer(right)
            except DuplicateKeyError:
                return False
            return True
        return await self._store.replace(pointer, right)

    async def _repair_rows(self, conversation: str, truth: Truth) -> None:
        numbers = sorted(truth.rows)
        for start in range(0, len(numbers), ROWS):
            some = numbers[start : start + ROWS]
            stored = await self._store.rows(conversation, some)
            await self._store.put_rows(
                [
                    (stored.get(number), truth.rows[number])
                    for number in some
                    if number not in stored or _says(stored[number]) != _says(truth.rows[number])
                ]
            )


def _says(row: Row) -> tuple[object, ...]:
    """What counts of a row now."""
    lasting = sorted(person for person, _, until in row.mentions if not until)
    return row.revision, row.author, row.changed, row.deleted, lasting


def _right(pointer: Pointer | None, person: str, tenant: str, conversation: str, truth: Truth) -> Pointer:
    """The pointer as it should be, given how far the person says they have read."""
    known = pointer or Pointer(conversation, person, tenant, version=-1)
    joined, membership = truth.members.get(person, (known.joined, truth.gone.get(person, known.membership)))
    here = person in truth.members
    read = known.read
    if here:
        again = known.joined != joined or known.left
        read = joined if again else min(max(read, joined), truth.number)
    return replace(
        known,
        read=read,
        # As if the person had gone and come back, where that is what was wrong.
        epoch=known.epoch + (pointer is not None and (known.left == here or read != known.read)),
        version=known.version + 1,
        own=_count(truth, read, lambda author, _: author == person) if here else 0,
        mentioned=_count(truth, read, lambda _, mentions: person in mentions) if here else 0,
        revision=truth.revision,
        tail=(),
        tail_from=truth.revision,
        joined=joined,
        membership=membership,
        left=not here,
    )


def _count(truth: Truth, read: int, counts: Callable[[str, tuple[str, ...]], bool]) -> int:
    return sum(1 for number, message in truth.messages.items() if number > read and counts(*message))


def _wanted(right: Pointer, truth: Truth) -> Badge:
    here = not right.left
    return Badge(
        right.conversation,
        truth.unread(right.person, right.read) if here else 0,
        right.read,
        truth.number,
        truth.revision,
        right.epoch,
        right.version,
        truth.mentions(right.person, right.read) if here else 0,
        right.muted_until_ms,
        right.left,
    )


def _same(stored: Badge, wanted: Badge) -> bool:
    return (stored.unread, stored.mentions, stored.read, stored.left) == (
        wanted.unread,
        wanted.mentions,
        wanted.read,
        wanted.left,
    )


def _alike(pointer: Pointer, right: Pointer) -> bool:
    """Whether a pointer will also go on rightly."""
    return (pointer.joined, pointer.left) == (right.joined, right.left) and pointer.revision <= right.revision
