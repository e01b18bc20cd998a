"""What moves pointers: read, unread, all read, mute."""

from dataclasses import replace

from services.chassis.auth import Identity
from services.chassis.errors import precondition
from services.unread.actions.asking import Asking
from services.unread.actions.places import keeps_changing
from services.unread.rules import Badge, Head, Pointer, Total, moved

ATTEMPTS = 8
"""How often a pointer that somebody else changes at the same moment is tried again."""


class Moving(Asking):
    """Moves pointers. Each move counts again from the rows: so every read heals."""

    async def mark_read(self, caller: Identity, conversation: str, number: int, epoch: int, deadline_s: float) -> Badge:
        """Moves the caller's pointer forward.

        Raises:
            Fault: NOT_FOUND; FAILED_PRECONDITION, the number is beyond the last message or the epoch is not the
                pointer's; UNAVAILABLE, the pointer keeps changing or the message is not counted in time.
        """
        for _ in range(ATTEMPTS):
            head, pointer = await self.place(caller, conversation, deadline_s)
            if epoch != pointer.epoch:
                raise precondition("epoch: the pointer was moved back meanwhile; read the badge again")
            if number > head.number:
                head, pointer = await self.place(caller, conversation, deadline_s, number)
                if epoch != pointer.epoch:
                    continue
            if number <= pointer.read:
                return await self.badge_at(pointer, head)
            after = await self._moved(pointer, head, number)
            if await self._store.replace(pointer, after):
                return await self.badge_at(after, head)
        raise keeps_changing()

    async def mark_unread(self, caller: Identity, conversation: str, number: int, deadline_s: float) -> Badge:
        """Moves the caller's pointer back to before a message.

        Raises:
            Fault: NOT_FOUND; FAILED_PRECONDITION, the number is beyond the last message; UNAVAILABLE, the pointer
                keeps changing or the message is not counted in time.
        """
        for _ in range(ATTEMPTS):
            head, pointer = await self.place(caller, conversation, deadline_s, number)
            read = max(pointer.joined, min(pointer.read, number - 1))
            after = await self._moved(pointer, head, read, back=True)
            if await self._store.replace(pointer, after):
                return await self.badge_at(after, head)
        raise keeps_changing()

    async def mark_all_read(self, caller: Identity) -> Total:
        """Moves all of the caller's pointers to the present ends.

        Raises:
            Fault: UNAVAILABLE, pointers keep changing.
        """
        conversations = await self._store.conversations_of(caller.tenant, caller.person)
        heads = await self._store.heads(conversations)
        for _ in range(ATTEMPTS):
            pointers = await self._store.pointers_of(caller.tenant, caller.person)
            pairs = [
                (pointer, await self._moved(pointer, head, head.number))
                for pointer in pointers
                if (head := heads.get(pointer.conversation)) is not None and pointer.read < head.number
            ]
            if not pairs or await self._store.replace_all(pairs):
                return (await self.badges(caller, [])).total
        raise keeps_changing()

    async def set_mute(self, caller: Identity, conversation: str, muted_until_ms: int, deadline_s: float) -> Badge:
        """Mutes a conversation for the caller until a time that is to come, or unmutes it.

        Raises:
            Fault: NOT_FOUND; UNAVAILABLE, the pointer keeps changing.
        """
        until = muted_until_ms if muted_until_ms > self._clock() else 0
        for _ in range(ATTEMPTS):
            head, pointer = await self.place(caller, conversation, deadline_s)
            after = replace(pointer, muted_until_ms=until, version=pointer.version + 1)
            if until == pointer.muted_until_ms or await self._store.replace(pointer, after):
                return await self.badge_at(pointer if until == pointer.muted_until_ms else after, head)
        raise keeps_changing()

    async def _moved(self, pointer: Pointer, head: Head, read: int, *, back: bool = False) -> Pointer:
        revision = max(pointer.revision, head.revision)
        if read >= head.number and pointer.revision <= head.revision:
            own = mentioned = 0  # there is nothing above
        else:
            own, mentioned = await self._store.counts(pointer.conversation, pointer.person, read, revision)
        return moved(pointer, read, own, mentioned, revision, covered=head.revision, back=back)
