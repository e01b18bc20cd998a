"""The last events of the feed, remembered for people who attach later, or whose stored state lags behind the feed."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from services.unread.rules import (
    Change,
    ConversationCreated,
    Effect,
    MembersChanged,
    MessageDeleted,
    MessageEdited,
    MessageSent,
    Row,
    effect_of,
    needs_row,
    row_of,
)

PersonKey = tuple[str, str]
"""(tenant, person)."""

RECENT = 50_000
"""How many events are remembered for people who attach later, or whose stored state lags behind the feed."""

RECENT_MEMBERS = 50_000
"""How many members of conversations that have begun, and how many who have left, are remembered; all of the first are
looked through when somebody attaches, which takes about a ms. Whoever is forgotten here comes and goes by the feed of
pointers."""


@dataclass(slots=True)
class _Tail:
    """The remembered events of one conversation, without gaps.

    Attributes:
        last: the revision of the last one.
        effects: what each has done; None where what its message was before is not remembered.
        rows: the messages of which the sending is remembered; of those that were changed, as they are now.
    """

    last: int
    effects: deque[Effect | None] = field(default_factory=deque)
    rows: dict[int, MessageSent | Row] = field(default_factory=dict)


class Recent:
    """The last events of the feed, by conversation, without gaps within each; the members of the last that began.

    Args:
        most: how many events are remembered.
        members: how many members of conversations that began are remembered, over all of them; and how many leaves.
    """

    def __init__(self, most: int = RECENT, members: int = RECENT_MEMBERS) -> None:
        self._most = most
        self._most_members = members
        self._order: deque[tuple[str, int]] = deque()
        self._tails: dict[str, _Tail] = {}
        self._created: dict[str, ConversationCreated] = {}
        self._members = 0
        self._left: dict[tuple[str, PersonKey], int] = {}

    def add(self, change: Change) -> Effect | None:
        """Remembers an event, unless it is known; a gap forgets what came before it.

        Returns:
            What the event does; None if that depends on what is not remembered.
        """
        conversation = change.conversation
        tail = self._tails.get(conversation)
        if tail is None:
            tail = self._tails[conversation] = _Tail(change.revision - 1)
        elif change.revision <= tail.last:
            return self.effect(change)
        elif change.revision != tail.last + 1:
            tail.effects.clear()
            tail.rows.clear()
        if isinstance(change, MessageSent):
            tail.rows[change.number] = change
            effect: Effect | None = effect_of(change)
            tail.effects.append(effect)
        else:
            effect = self._change(tail, change)
        tail.last = change.revision
        self._order.append((conversation, change.revision))
        if len(self._order) > self._most:
            self._forget(*self._order.popleft())
        return effect

    def effect(self, change: Change) -> Effect | None:
        """What an event does, if that is remembered or depends on nothing else."""
        if not needs_row(change):
            return effect_of(change)
        tail = self._tails.get(change.conversation)
        if tail is None or change.revision > tail.last:
            return None
        at = change.revision - (tail.last - len(tail.effects)) - 1
        return tail.effects[at] if at >= 0 else None

    def after(self, conversation: str, revision: int) -> list[Effect]:
        """What the remembered events with a higher revision did, as far as that is known without a gap."""
        tail = self._tails.get(conversation)
        later = min(len(tail.effects), tail.last - revision) if tail else 0
        found: list[Effect] = []
        for index in range(-later, 0):
            effect = tail.effects[index] if tail else None
            if effect is None:
                break
            found.append(effect)
        return found

    def created_with(self, key: PersonKey) -> Iterator[ConversationCreated]:
        """The remembered conversations that began with this person."""
        for change in self._created.values():
            if change.tenant == key[0] and key[1] in change.members:
                yield change

    def left(self, conversation: str, key: PersonKey) -> int:
        """The revision at which somebody left a conversation, if that is remembered; else 0."""
        return self._left.get((conversation, key), 0)

    def _change(self, tail: _Tail, change: Change) -> Effect | None:
        """Takes an event that is no message; answers what it does."""
        if isinstance(change, MessageEdited | MessageDeleted):
            effect = self._edit(tail, change)
            tail.effects.append(effect)
            return effect
        if isinstance(change, ConversationCreated):
            self._begin(change)
        elif isinstance(change, MembersChanged):
            for person in change.removed:
                self._leave(change.conversation, (change.tenant, person), change.revision)
        effect = effect_of(change)
        # Who comes and goes is remembered elsewhere, and not for so long.
        tail.effects.append(replace(effect, added=(), removed=()))
        return effect

    @staticmethod
    def _edit(tail: _Tail, change: MessageEdited | MessageDeleted) -> Effect | None:
        known = tail.rows.get(change.message)
        if known is None:
            return None
        row = (row_of(known) if isinstance(known, MessageSent) else known).fold(change, 0)
        # Mentions that were taken back are of no use here: each event comes once.
        lasting = tuple(mention for mention in row.mentions if not mention[2])
        tail.rows[change.message] = replace(row, mentions=lasting)
        return effect_of(change, row)

    def _forget(self, conversation: str, revision: int) -> None:
        tail = self._tails.get(conversation)
        # After a gap the oldest may be forgotten already.
        if tail is None or tail.last - len(tail.effects) + 1 != revision or not tail.effects:
            return
        effect = tail.effects.popleft()
        if effect is not None and effect.message == effect.number:
            # Where an edit of the last message is forgotten, its sending is already.
            tail.rows.pop(effect.message, None)
        if not tail.effects:
            del self._tails[conversation]

    def _leave(self, conversation: str, key: PersonKey, revision: int) -> None:
        self._left.pop((conversation, key), None)
        self._left[conversation, key] = revision
        while len(self._left) > self._most_members:
            del self._left[next(iter(self._left))]

    def _begin(self, change: ConversationCreated) -> None:
        if change.conversation in self._created:
            return
        self._created[change.conversation] = change
        self._members += len(change.members)
        while self._members > self._most_members:
            oldest = next(iter(self._created))
            self._members -= len(self._created.pop(oldest).members)
