"""The ends of logs, cached: what the next append is built on.

A head is only ever a guess; the insertion of the next revision proves it. It is moved on by what this replica writes,
by what the feed tells of other replicas, and after a conflict by reading where the logs end.
"""

from collections import OrderedDict
from collections.abc import Sequence

from services.messaging.rules import Event, Head, advance, follow
from services.messaging.store import LogStore

HEADS = 50_000
HEAD_MEMBERS = 2_000_000
"""How many heads are cached, and how many members they may have together: about 130 bytes each."""


class Heads:
    """The cached heads of one replica.

    Args:
        store: the log.
    """

    def __init__(self, store: LogStore) -> None:
        self._store = store
        self._heads: OrderedDict[str, Head] = OrderedDict()
        self._members = 0
        self._stale: set[str] = set()

    def get(self, conversation: str) -> Head | None:
        """The head, if it is known."""
        return self._heads.get(conversation)

    def stale(self, conversation: str) -> bool:
        """Whether somebody is known to have written beyond the head."""
        return conversation in self._stale

    def observe(self, event: Event) -> None:
        """Takes note of an event that some replica has written."""
        head = self._heads.get(event.conversation)
        if head is not None and event.revision > head.revision:
            self._move_to(event.conversation, head, follow(head, event))

    def remember(self, conversation: str, head: Head) -> None:
        """Keeps a head, unless a later one is known; forgets the longest unused where there are too many."""
        known = self._heads.get(conversation)
        if known is not None and known.revision >= head.revision:
            return
        self._members += len(head.state.members) - (len(known.state.members) if known else 0)
        self._heads[conversation] = head
        self._heads.move_to_end(conversation)
        while len(self._heads) > HEADS or self._members > HEAD_MEMBERS:
            self.forget(next(iter(self._heads)))

    def forget(self, conversation: str) -> None:
        """Drops a head that is in doubt altogether."""
        head = self._heads.pop(conversation, None)
        if head is not None:
            self._members -= len(head.state.members)
        self._stale.discard(conversation)

    def doubt(self, conversation: str, revision: int) -> None:
        """Somebody else wrote this revision; unless the feed has told so already, the head must be read again."""
        head = self._heads.get(conversation)
        if head is not None and head.revision < revision:
            self._stale.add(conversation)

    async def learn(self, conversation: str) -> bool:
        """Reads a head; False if there is no such conversation.

        Raises:
            PyMongoError: it cannot be read.
        """
        head = await self._store.head(conversation)
        if head is not None:
            self.remember(conversation, head)
        return head is not None

    async def read_on(self, conversations: Sequence[str]) -> None:
        """Moves heads on to where their logs end now.

        Raises:
            PyMongoError: that cannot be read.
        """
        tails = await self._store.tails(conversations)
        for conversation in conversations:
            head, tail = self._heads.get(conversation), tails.get(conversation)
            if head is None or tail is None:
                self.forget(conversation)
            else:
                self._stale.discard(conversation)
                self._move_to(conversation, head, advance(head, tail))

    def _move_to(self, conversation: str, head: Head, later: Head | None) -> None:
        if later is None:
            self.forget(conversation)
        else:
            self._members += len(later.state.members) - len(head.state.members)
            self._heads[conversation] = later
            self._stale.discard(conversation)
