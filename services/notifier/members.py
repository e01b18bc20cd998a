"""Who is in a conversation, remembered by the revision that last changed it."""

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from services.chassis.errors import unavailable
from services.notifier.records import Event, MembersChange, Membership, Message, Renaming

REMEMBERED = 1_000_000
"""How many names are remembered in all; about 100 MB at worst, as names are shared between conversations."""


class Log(Protocol):
    """What is asked of messaging."""

    async def members(self, conversations: Collection[str]) -> list[Membership]:
        """The present members of conversations."""

    async def log(self, conversation: str, after_revision: int, limit: int = 500) -> tuple[list[Event], int]:
        """Events of a conversation, and the last revision read."""


class Members:
    """The members of conversations; the least recently used are forgotten."""

    def __init__(self, messaging: Log) -> None:
        self._messaging = messaging
        self._known: OrderedDict[str, Membership] = OrderedDict()
        self._names = 0

    def learn(self, membership: Membership) -> None:
        """Remembers members, unless newer ones are known."""
        known = self._known.pop(membership.conversation, None)
        if known is not None:
            self._names -= len(known.members)
            if known.revision > membership.revision:
                membership = known
        self._known[membership.conversation] = membership
        self._names += len(membership.members)
        while self._names > REMEMBERED and len(self._known) > 1:
            _, forgotten = self._known.popitem(last=False)
            self._names -= len(forgotten.members)

    def renamed(self, renaming: Renaming) -> None:
        """Remembers a new title, of what is remembered at all."""
        known = self._known.get(renaming.conversation)
        if known is not None:
            self._known[renaming.conversation] = replace(known, title=renaming.title, link=renaming.link)

    def changed(self, change: MembersChange) -> None:
        """Forgets members who have changed since: whether a change was missed in between cannot be told from it."""
        known = self._known.get(change.conversation)
        if known is not None and known.revision < change.revision:
            del self._known[change.conversation]
            self._names -= len(known.members)

    async def of(self, messages: Sequence[Message]) -> Mapping[str, Membership]:
        """The members of each message's conversation, not older than the message.

        Raises:
            Fault: UNAVAILABLE, messaging does not know the conversation (yet).
        """
        needed: dict[str, int] = {}
        for message in messages:
            needed[message.conversation] = max(message.membership_revision, needed.get(message.conversation, 0))
        return await self.at_least(needed)

    async def at_least(self, needed: Mapping[str, int]) -> Mapping[str, Membership]:
        """The members of conversations, not older than the revisions given.

        Raises:
            Fault: UNAVAILABLE, as above.
        """
        found = {conversation: self._known.get(conversation) for conversation in needed}
        stale = [each for each, revision in needed.items() if not _fresh(found[each], revision)]
        if stale:
            for membership in await self._messaging.members(stale):
                self.learn(membership)
        complete: dict[str, Membership] = {}
        for conversation, revision in needed.items():
            known = self._known.get(conversation)
            if known is None or known.revision < revision:
                known = await self._from_log(conversation, revision)
            else:
                self._known.move_to_end(conversation)
            complete[conversation] = known
        return complete

    async def _from_log(self, conversation: str, revision: int) -> Membership:
        """The members as the log tells: it is the truth, of which messaging's list is a copy that may lag."""
        known = self._known.get(conversation)
        after = known.revision if known else 0
        while after < revision:
            events, last = await self._messaging.log(conversation, after)
            if last == after:
                break
            for event in events:
                known = _folded(known, event)
            after = last
        if known is None or known.revision < revision:
            raise unavailable(f"the members of {conversation} as of revision {revision} are not known yet")
        self.learn(known)
        return known


def _folded(known: Membership | None, event: Event) -> Membership | None:
    """The members after an event of their conversation."""
    if isinstance(event, Membership):
        return event
    if known is not None and event.revision > known.revision:
        if isinstance(event, MembersChange):
            members = (known.members | event.added) - event.removed
            return replace(known, revision=event.revision, members=members)
        if isinstance(event, Renaming):
            return replace(known, title=event.title, link=event.link)
    return known


def _fresh(known: Membership | None, revision: int) -> bool:
    return known is not None and known.revision >= revision
