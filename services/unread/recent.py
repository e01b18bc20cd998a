"""The last events of the feed, remembered for people who attach later, or whose stored state lags behind the feed."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from services.unread.rules import Change, ConversationCreated

PersonKey = tuple[str, str]
"""(tenant, person)."""

RECENT = 50_000
"""How many events are remembered for people who attach later, or whose stored state lags behind the feed."""

RECENT_MEMBERS = 50_000
"""How many members of conversations that have begun are remembered; all of them are looked through when somebody
attaches, which takes about a ms. Whoever is forgotten here comes in by the feed of pointers."""


class Recent:
    """The last events of the feed, by conversation, without gaps within each; the members of the last that began.

    Args:
        most: how many events are remembered.
        members: how many members of conversations that began are remembered, over all of them.
    """

    def __init__(self, most: int = RECENT, members: int = RECENT_MEMBERS) -> None:
        self._most = most
        self._most_members = members
        self._order: deque[tuple[str, int]] = deque()
        self._events: dict[str, deque[Change]] = {}
        self._created: dict[str, ConversationCreated] = {}
        self._members = 0

    def add(self, change: Change) -> None:
        """Remembers an event, unless it is known; a gap forgets what came before it."""
        conversation = change.conversation
        known = self._events.get(conversation)
        if known is None:
            known = self._events[conversation] = deque()
        elif change.revision <= known[-1].revision:
            return
        elif change.revision != known[-1].revision + 1:
            known.clear()
        if isinstance(change, ConversationCreated):
            self._begin(change)
            change = replace(change, members=())
        known.append(change)
        self._order.append((conversation, change.revision))
        if len(self._order) > self._most:
            oldest, revision = self._order.popleft()
            events = self._events.get(oldest)
            # After a gap the oldest may be forgotten already.
            if events and events[0].revision == revision:
                events.popleft()
                if not events:
                    del self._events[oldest]

    def after(self, conversation: str, revision: int) -> list[Change]:
        """The remembered events with a higher revision."""
        events = self._events.get(conversation)
        later = min(len(events), events[-1].revision - revision) if events else 0
        return [events[index] for index in range(-later, 0)] if events else []

    def created_with(self, key: PersonKey) -> Iterator[ConversationCreated]:
        """The remembered conversations that began with this person."""
        for change in self._created.values():
            if change.tenant == key[0] and key[1] in change.members:
                yield change

    def _begin(self, change: ConversationCreated) -> None:
        if change.conversation in self._created:
            return
        self._created[change.conversation] = change
        self._members += len(change.members)
        while self._members > self._most_members:
            oldest = next(iter(self._created))
            self._members -= len(self._created.pop(oldest).members)
