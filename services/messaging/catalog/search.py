"""SearchMessages: messages by their words, the newest first, by page.

The index only leads to candidates. Each is read from the log as it is now, by a majority, and compared again before it
leaves: what was deleted is not found, nor what was edited to say something else, nor what the person may not see.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.auth import Identity
from services.chassis.errors import invalid
from services.messaging.actions import Access
from services.messaging.catalog.paging import Seal
from services.messaging.catalog.store import CatalogStore
from services.messaging.catalog.walk import BEGINNING, END, LAST, Place, Row, reach
from services.messaging.catalog.words import Query, entry_of, query_of, words_of
from services.messaging.rules import Event, Sent

ROUNDS = 3
"""After so many rounds of the walk a page ends as it is, rather than let the person wait."""

PAGE_BYTES = 1 << 20
"""A page ends after so many bytes of texts: an answer must fit into a client's 4 MiB (gRPC's default)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: words, in one conversation or ("") all, of one person or ("") all."""

    text: str
    conversation: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Messages, the newest first, and the token of the next page; empty if this is the last."""

    messages: Sequence[Event]
    token: str


class Search:
    """Finds messages.

    Args:
        store: the catalog.
        access: who may read.
        seal: makes page tokens.
    """

    def __init__(self, store: CatalogStore, access: Access, seal: Seal) -> None:
        self._store = store
        self._access = access
        self._seal = seal

    async def page(self, caller: Identity, wanted: Wanted, size: int, token: str) -> Found:
        """A page of the messages in the caller's conversations that are looked for.

        Raises:
            Fault: NOT_FOUND, the conversation; INVALID_ARGUMENT, there is no word, or the token.
        """
        query = query_of(wanted.text)
        if query is None:
            raise invalid("query", "has no word in it")
        listing = ["search", caller.tenant, caller.person, wanted.text, wanted.conversation, wanted.author]
        before = self._place(listing, token) if token else END
        runs = await self._runs(caller, wanted.conversation)
        entry = entry_of(query)

        async def look(conversations: Sequence[str], at_most: Place, limit: int) -> list[Row]:
            return await self._store.rows(conversations, entry, query, wanted.author, at_most, limit)

        found: list[Event] = []
        for _ in range(ROUNDS):
            reached = await reach(look, runs, before, size - len(found))
            candidates = reached.found[: size - len(found)]
            complete = len(candidates) == len(reached.found)
            before = reached.down_to if complete else candidates[-1]
            kept, cut = await self._present(caller, query, wanted.author, candidates)
            found += kept
            if cut is not None:
                before = cut
                break
            if before == BEGINNING or len(found) == size:
                break
        place = [before.at_ms, before.revision, before.conversation]
        return Found(found, "" if before == BEGINNING else self._seal.token(listing, place))

    def _place(self, listing: Sequence[object], token: str) -> Place:
        try:
            at_ms, revision, conversation = self._seal.place(listing, token)
        except ValueError:
            raise invalid("page_token", "is not of this search") from None
        return Place(at_ms, revision, conversation)  # type: ignore[arg-type]

    async def _runs(self, caller: Identity, conversation: str) -> list[tuple[str, int]]:
        """The conversations to search, the latest activity first; one that has just begun comes before all."""
        if conversation:
            await self._access.member(caller, conversation)
            return [(conversation, LAST)]
        entries = await self._store.entries(caller.tenant, caller.person)
        names = [entry.conversation for entry in entries]
        active = {position.conversation: position.active_at_ms for position in await self._store.positions(names)}
        return sorted(((name, active.get(name, LAST)) for name in names), key=lambda run: run[1], reverse=True)

    async def _present(
        self, caller: Identity, query: Query, author: str, candidates: Sequence[Place]
    ) -> tuple[list[Event], Place | None]:
        """Those candidates that are what is looked for, as they are now; and the last, if the page was cut there."""
        if not candidates:
            return [], None
        heads = await self._access.heads(list({place.conversation for place in candidates}))
        may_see = {
            conversation: head.state.sees_above(caller.person)
            for conversation, head in heads.items()
            if head.state.admits(caller.tenant, caller.person)
        }
        allowed = [place for place in candidates if place.conversation in may_see]
        events = {
            (event.conversation, event.revision): event
            for event in await self._store.messages((place.conversation, place.revision) for place in allowed)
        }
        kept: list[Event] = []
        size = 0
        for place in allowed:
            event = events.get((place.conversation, place.revision))
            if event is None or event.number <= may_see[place.conversation] or not _is(event, query, author):
                continue
            kept.append(event)
            size += len(event.change.text.encode()) if isinstance(event.change, Sent) else 0
            if size >= PAGE_BYTES and place is not candidates[-1]:
                return kept, place
        return kept, None


def _is(event: Event, query: Query, author: str) -> bool:
    sent = event.change
    if not isinstance(sent, Sent) or sent.deleted_revision or (author and event.author != author):
        return False
    return query.found_in(words_of(sent.text))
