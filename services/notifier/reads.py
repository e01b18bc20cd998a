"""Read pointers that changed lately, and who has muted what, so that what is read or muted is not alerted."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from services.notifier.records import Pointer

REMEMBERED = 200_000
"""How many pointers are remembered; those of the conversations that were quiet the longest are forgotten."""


class Reads:
    """The newest known pointers, conversation by conversation."""

    def __init__(self) -> None:
        self._conversations: OrderedDict[str, dict[str, Pointer]] = OrderedDict()
        self._count = 0
        self._complete: set[str] = set()

    def complete(self, conversation: str) -> bool:
        """Whether every mute and every read of a conversation is known here."""
        return conversation in self._complete

    def begin(self, conversation: str, number: int, pointers: Iterable[Pointer]) -> None:
        """Remembers what all pointers of a conversation were, as far as it matters for messages from `number` on."""
        self.learn(pointer for pointer in pointers if pointer.read >= number or pointer.muted_until_ms or pointer.left)
        self._conversations.setdefault(conversation, {})
        self._complete.add(conversation)

    def learn(self, pointers: Iterable[Pointer]) -> None:
        """Remembers pointers, unless newer ones are known."""
        for pointer in pointers:
            known = self._conversations.get(pointer.conversation)
            if known is None:
                known = self._conversations[pointer.conversation] = {}
            self._conversations.move_to_end(pointer.conversation)
            before = known.get(pointer.person)
            if before is None:
                self._count += 1
            elif before.version >= pointer.version:
                continue
            known[pointer.person] = pointer
        while self._count > REMEMBERED:
            conversation, forgotten = self._conversations.popitem(last=False)
            self._count -= len(forgotten)
            self._complete.discard(conversation)

    def of(self, conversation: str) -> Mapping[str, Pointer]:
        """Person to pointer, of those who have read in this conversation lately."""
        return self._conversations.get(conversation, {})

    def forget(self) -> None:
        """Forgets everything, after a gap: pointers may have moved back meanwhile."""
        self._conversations.clear()
        self._complete.clear()
        self._count = 0
