"""The verbs of messaging."""

from collections.abc import Sequence

from services.chassis.auth import Identity
from services.chassis.clock import Clock
from services.chassis.errors import invalid, not_found, unavailable
from services.chassis.limits import Bucket
from services.messaging.appender import Appender, reused_key
from services.messaging.rules import (
    MEMBERS_MAX,
    Created,
    Draft,
    Event,
    Item,
    Kind,
    Page,
    content_digest,
    direct_id,
    group_id,
    item_id,
    members_with,
)
from services.messaging.store import LogStore

CREATIONS = 20_000
CREATION_MEMBERS = 1_000_000
"""How many conversations' first events, which never change, are cached, and how many members they may have together:
about 100 bytes each."""


class Actions:
    """What messaging can do.

    Args:
        store: the log.
        appender: appends messages.
        bucket: the sending allowance of people.
        unlimited_actors: services that send for people without that allowance.
        text_limit_bytes: longest text.
        digest_key: the secret of content digests.
        clock: the present time.
    """

    def __init__(
        self,
        store: LogStore,
        appender: Appender,
        bucket: Bucket,
        unlimited_actors: frozenset[str],
        text_limit_bytes: int,
        digest_key: bytes,
        clock: Clock,
    ) -> None:
        self._store = store
        self._appender = appender
        self._bucket = bucket
        self._unlimited = unlimited_actors
        self._text_limit = text_limit_bytes
        self._digest_key = digest_key
        self._clock = clock
        self._creations: dict[str, tuple[Event, bytes]] = {}
        self._members = 0

    async def create_direct(self, caller: Identity, person: str) -> tuple[Event, Event]:
        """Gets or creates the conversation of a pair; answers with its first and its last event.

        Raises:
            Fault: INVALID_ARGUMENT, the person is the caller.
        """
        if person == caller.person:
            raise invalid("person", "must be somebody else")
        conversation = direct_id(caller.tenant, caller.person, person)
        change = Created(Kind.DIRECT, "", None, "", members_with(caller.person, [person]))
        return await self._create(caller, conversation, change, b"")

    async def create_group(
        self, caller: Identity, client_key: str, title: str, members: Sequence[str]
    ) -> tuple[Event, Event]:
        """Creates a group, once for each client key.

        Raises:
            Fault: INVALID_ARGUMENT, too many members; ALREADY_EXISTS, the key made another group.
        """
        everybody = self._everybody(caller, members)
        digest = content_digest(self._digest_key, title, *everybody)
        conversation = group_id(caller.tenant, caller.person, client_key)
        first, last = await self._create(caller, conversation, Created(Kind.GROUP, title, None, "", everybody), digest)
        if (await self._creation(conversation))[1] != digest:
            raise reused_key()
        return first, last

    async def create_item(
        self, caller: Identity, item: Item, title: str, link: str, members: Sequence[str]
    ) -> tuple[Event, Event]:
        """Gets or creates the conversation about an item.

        Raises:
            Fault: INVALID_ARGUMENT, too many members; NOT_FOUND, it exists without the caller.
        """
        change = Created(Kind.ITEM, title, item, link, self._everybody(caller, members))
        return await self._create(caller, item_id(caller.tenant, item), change, b"")

    async def conversation(self, caller: Identity, conversation: str) -> tuple[Event, Event]:
        """A conversation's first and last event.

        Raises:
            Fault: NOT_FOUND.
        """
        first = await self._authorised(caller, conversation)
        last = await self._store.last(conversation)
        return first, last or first

    async def send(self, caller: Identity, conversation: str, client_key: str, text: str, timeout_s: float) -> Event:
        """Appends a message.

        Raises:
            Fault: INVALID_ARGUMENT, the text is too long; RESOURCE_EXHAUSTED; NOT_FOUND; ALREADY_EXISTS.
            TimeoutError: the outcome is unknown.
        """
        if len(text) * 4 > self._text_limit and len(text.encode()) > self._text_limit:
            raise invalid("text", f"must be at most {self._text_limit} bytes")
        if text.isspace():
            # The contract's own rule knows only ASCII white space.
            raise invalid("text", "must not be only white space")
        if caller.actor not in self._unlimited:
            self._bucket.take((caller.tenant, caller.person))
        digest = content_digest(self._digest_key, text)
        draft = Draft(conversation, caller.tenant, caller.person, client_key, text, digest)
        return await self._appender.append(draft, timeout_s)

    async def messages(
        self, caller: Identity, conversation: str, after_number: int, before_number: int, limit: int
    ) -> Page:
        """A page of messages.

        Raises:
            Fault: NOT_FOUND; INVALID_ARGUMENT, both bounds are given.
        """
        if after_number and before_number:
            raise invalid("before_number", "cannot be combined with after_number")
        await self._authorised(caller, conversation)
        if before_number:
            return await self._store.messages_before(conversation, before_number, limit)
        return await self._store.messages_after(conversation, after_number, limit)

    async def check_watch(self, caller: Identity, conversation: str, after_revision: int) -> None:
        """Whether the caller may follow a conversation from there.

        Raises:
            Fault: NOT_FOUND; INVALID_ARGUMENT, the revision is beyond the log.
        """
        first = await self._authorised(caller, conversation)
        last = await self._store.last(conversation) or first
        if after_revision > last.revision:
            raise invalid("after_revision", "is beyond the log")

    async def created(self, conversations: Sequence[str]) -> list[Event]:
        """The first events of those conversations that exist."""
        found = []
        for conversation in conversations:
            creation = await self._find_creation(conversation)
            if creation is not None:
                found.append(creation[0])
        return found

    def _everybody(self, caller: Identity, members: Sequence[str]) -> tuple[str, ...]:
        everybody = members_with(caller.person, members)
        if len(everybody) > MEMBERS_MAX:
            raise invalid("members", f"must be at most {MEMBERS_MAX} with the caller")
        return everybody

    async def _create(self, caller: Identity, conversation: str, change: Created, digest: bytes) -> tuple[Event, Event]:
        if await self._find_creation(conversation) is None:
            event = Event(
                conversation=conversation,
                revision=1,
                number=0,
                membership_revision=1,
                tenant=caller.tenant,
                at_ms=self._clock(),
                author=caller.person,
                change=change,
            )
            if await self._store.create(event, digest):
                return event, event
            if await self._find_creation(conversation) is None:
                # A duplicate-key error also comes for a document that no majority has yet.
                raise unavailable("the conversation is being created; try again")
        return await self.conversation(caller, conversation)

    async def _authorised(self, caller: Identity, conversation: str) -> Event:
        """The first event of a conversation that the caller is a member of."""
        creation = await self._find_creation(conversation)
        if creation is None:
            raise not_found("conversation")
        first = creation[0]
        change = first.change
        if not isinstance(change, Created) or first.tenant != caller.tenant or caller.person not in change.members:
            raise not_found("conversation")
        return first

    async def _creation(self, conversation: str) -> tuple[Event, bytes]:
        creation = await self._find_creation(conversation)
        if creation is None:
            raise not_found("conversation")
        return creation

    async def _find_creation(self, conversation: str) -> tuple[Event, bytes] | None:
        cached = self._creations.get(conversation)
        if cached is None:
            cached = await self._store.created(conversation)
            if cached is not None and conversation not in self._creations:
                self._creations[conversation] = cached
                self._members += _members(cached[0])
                while len(self._creations) > CREATIONS or self._members > CREATION_MEMBERS:
                    oldest = next(iter(self._creations))
                    self._members -= _members(self._creations.pop(oldest)[0])
        return cached


def _members(created: Event) -> int:
    return len(created.change.members) if isinstance(created.change, Created) else 0
