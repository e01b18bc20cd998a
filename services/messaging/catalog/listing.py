"""ListConversations and SetStar: a person's conversations, the latest activity first, by page.

The listing moves while it is read: a conversation with a new message goes to the top. So it has two parts. The first
goes down from the page's end, by activity. The second, once the first is through, has what moved up since the first
page was read and may thereby have been passed over, by id, which does not move. A conversation may thereby come twice;
none is left out: one that is in neither part did not move before the first part was through, and stood in it.

When something moved is told by the database's clock as it writes, which is a little before others can read it. Hence
the second part also has what moved to above the end of the first page within SLACK_MS before the latest move that the
first page saw, unless it stood there: those are remembered in the token.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import astuple, dataclass, field
from zlib import crc32

from services.chassis.auth import Identity
from services.chassis.clock import Clock
from services.chassis.errors import invalid
from services.messaging.actions import Access
from services.messaging.catalog.paging import Seal
from services.messaging.catalog.store import CatalogStore, Position
from services.messaging.catalog.unread import UnreadService
from services.messaging.rules import Event, Head, Kind

SLACK_MS = 10_000
"""A write takes no longer until a majority has it (chassis/mongo.py gives up then)."""

REMEMBERED = 60
"""So many conversations that moved just before the first page are remembered in a token; more would not fit. Those
beyond come twice."""

PREVIEW_CHARACTERS = 240
"""So much of a last message is shown (the contract)."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which conversations are wanted; every filter that is set must hold."""

    kinds: frozenset[Kind] = frozenset()
    project: str = ""
    unread: bool = False
    starred: bool = False
    archived: bool = False

    @property
    def names(self) -> list[object]:
        """What makes a listing another one."""
        return [sorted(self.kinds), self.project, self.unread, self.starred, self.archived]


@dataclass(frozen=True, slots=True)
class Listing:
    """A conversation in a list.

    Attributes:
        last: its last message that the person may see; of its text not much more than PREVIEW_CHARACTERS.
    """

    conversation: str
    head: Head
    starred: bool
    active_at_ms: int
    last: Event | None


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and the token of the next one; empty if this is the last."""

    listings: Sequence[Listing]
    token: str


@dataclass(slots=True)
class _Place:
    """Where a listing goes on.

    Attributes:
        moved_ms: the latest move that the first page saw.
        first_end: the last activity of the first page.
        remembered: hashes of conversations that moved just before and stood on the first page.
        active_at_ms: together with `conversation` the last of the first part that was shown.
        moving: whether the second part has begun; then `conversation` is the last of it that was shown.
    """

    moved_ms: int
    first_end: int = 0
    remembered: list[int] = field(default_factory=list)
    moving: bool = False
    active_at_ms: int = 0
    conversation: str = ""


class Listings:
    """Lists conversations.

    Args:
        store: the catalog.
        access: who may read.
        unread: what is unread.
        seal: makes page tokens.
        clock: the present time.
    """

    def __init__(self, store: CatalogStore, access: Access, unread: UnreadService, seal: Seal, clock: Clock) -> None:
        self._store = store
        self._access = access
        self._unread = unread
        self._seal = seal
        self._clock = clock

    async def star(self, caller: Identity, conversation: str, *, starred: bool) -> None:
        """Gives a conversation the caller's star, or takes it away.

        Raises:
            Fault: NOT_FOUND.
        """
        await self._access.member(caller, conversation)
        await self._store.star(conversation, caller.person, caller.tenant, self._clock() if starred else 0)

    async def page(self, caller: Identity, filters: Filters, size: int, token: str) -> Page:
        """A page of the caller's conversations.

        Raises:
            Fault: INVALID_ARGUMENT, the token; UNAVAILABLE, what is unread is not known.
        """
        listing = ["conversations", caller.tenant, caller.person, *filters.names]
        place = self._place(listing, token) if token else None
        stars, positions = await self._wanted(caller, filters)
        first = place is None
        if place is None:
            place = _Place(max((position.moved_ms for position in positions), default=0))
        shown: list[Listing] = []
        candidates = _candidates(positions, place, first=first)
        more = await self._fill(caller, filters, stars, candidates, shown, size)
        if not more or not shown:
            return Page(shown, "")
        last, moving = more
        if first:
            place.first_end = last.active_at_ms
            place.remembered = _remembered(shown, positions, place.moved_ms)
        place.moving, place.active_at_ms, place.conversation = moving, last.active_at_ms, last.conversation
        return Page(shown, self._seal.token(listing, astuple(place)))

    def _place(self, listing: Sequence[object], token: str) -> _Place:
        try:
            # Nobody else makes what the seal lets through.
            return _Place(*self._seal.place(listing, token))  # type: ignore[arg-type]
        except ValueError:
            raise invalid("page_token", "is not of this listing") from None

    async def _wanted(self, caller: Identity, filters: Filters) -> tuple[set[str], list[Position]]:
        """Which of the caller's conversations have a star, and how those that are wanted stand."""
        entries = await self._store.entries(caller.tenant, caller.person)
        stars = {entry.conversation for entry in entries if entry.starred}
        wanted: Collection[str] = stars if filters.starred else [entry.conversation for entry in entries]
        if filters.kinds:
            letters = {kind.name[0].lower() for kind in filters.kinds}
            wanted = [conversation for conversation in wanted if conversation[0] in letters]
        if filters.unread and wanted:
            unread = await self._unread.conversations(caller.tenant, caller.person)
            wanted = [conversation for conversation in wanted if conversation in unread]
        positions = await self._store.positions(list(wanted)) if wanted else []
        return stars, [
            position
            for position in positions
            if position.archived == filters.archived and filters.project in {"", position.project}
        ]

    async def _fill(
        self,
        caller: Identity,
        filters: Filters,
        stars: set[str],
        candidates: "Iterator[tuple[Position, bool]]",
        shown: list[Listing],
        size: int,
    ) -> tuple[Position, bool] | None:
        """Puts candidates on the page until it is full; answers with the last that was looked at, if there are more.

        The catalog may lag behind the log: whoever was removed since must not see what came after.
        """
        known: set[str] = set()
        last: tuple[Position, bool] | None = None
        while len(shown) < size:
            some: list[tuple[Position, bool]] = []
            for candidate in candidates:
                if candidate[0].conversation not in known:
                    some.append(candidate)
                    known.add(candidate[0].conversation)
                    if len(shown) + len(some) == size:
                        break
            if not some:
                return None
            last = some[-1]
            shown += await self._listings(caller, filters, stars, [position for position, _ in some])
        return last if any(candidate[0].conversation not in known for candidate in candidates) else None

    async def _listings(
        self, caller: Identity, filters: Filters, stars: set[str], positions: Sequence[Position]
    ) -> list[Listing]:
        heads = await self._access.heads([position.conversation for position in positions])
        heads = {
            conversation: head
            for conversation, head in heads.items()
            if head.state.admits(caller.tenant, caller.person) and head.state.archived == filters.archived
        }
        places = [(one.conversation, one.message_revision) for one in positions if one.conversation in heads]
        messages = {
            event.conversation: event
            for event in await self._store.messages([place for place in places if place[1]], PREVIEW_CHARACTERS)
            if event.number > heads[event.conversation].state.sees_above(caller.person)
        }
        return [
            Listing(
                position.conversation,
                heads[position.conversation],
                position.conversation in stars,
                position.active_at_ms,
                messages.get(position.conversation),
            )
            for position in positions
            if position.conversation in heads
        ]


def _candidates(positions: Sequence[Position], place: _Place, *, first: bool) -> "Iterator[tuple[Position, bool]]":
    """What may come on this page, in order; each with whether it is of the second part."""
    if not place.moving:
        below = (place.active_at_ms, place.conversation)
        for position in sorted(positions, key=_activity, reverse=True):
            if first or _activity(position) < below:
                yield position, False
    if first:
        return
    after = place.conversation if place.moving else ""
    remembered = set(place.remembered)
    for position in sorted(positions, key=lambda one: one.conversation):
        moved = position.moved_ms > place.moved_ms or (
            position.moved_ms > place.moved_ms - SLACK_MS
            and position.active_at_ms >= place.first_end
            and _hash(position.conversation) not in remembered
        )
        if moved and position.conversation > after:
            yield position, True


def _activity(position: Position) -> tuple[int, str]:
    return position.active_at_ms, position.conversation


def _hash(conversation: str) -> int:
    return crc32(conversation.encode())


def _remembered(shown: Sequence[Listing], positions: Sequence[Position], moved_ms: int) -> list[int]:
    moved = {position.conversation: position.moved_ms for position in positions}
    just = [one.conversation for one in shown if moved[one.conversation] > moved_ms - SLACK_MS]
    return [_hash(conversation) for conversation in just[:REMEMBERED]]
