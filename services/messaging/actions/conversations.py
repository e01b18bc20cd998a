"""Conversations: made, found, renamed, archived; and those about items, which a service keeps."""

from collections.abc import Sequence

from services.chassis.auth import Identity
from services.chassis.clock import Clock
from services.chassis.errors import invalid, not_found, unavailable
from services.messaging.actions.access import Access
from services.messaging.actions.note import Note
from services.messaging.appender import Appender
from services.messaging.faults import NothingToDoError, fault_of, reused_key
from services.messaging.rules import (
    MEMBERS_MAX,
    Created,
    Event,
    Head,
    History,
    Item,
    ItemDraft,
    ItemMembersDraft,
    Kind,
    Proposal,
    UpdateDraft,
    against_service,
    content_digest,
    direct_id,
    group_id,
    head_of,
    item_id,
    members_with,
)
from services.messaging.store import LogStore


class Conversations:
    """What can be done with conversations as such.

    Args:
        store: the log.
        access: who may read.
        appender: appends events.
        digest_key: the secret of content digests.
        note: is told of events before they are answered, so that who wrote them finds them in lists.
        clock: the present time.
    """

    def __init__(
        self, store: LogStore, access: Access, appender: Appender, digest_key: bytes, note: Note, clock: Clock
    ) -> None:
        self._store = store
        self._access = access
        self._appender = appender
        self._digest_key = digest_key
        self._note = note
        self._clock = clock

    async def create_direct(self, caller: Identity, person: str) -> tuple[str, Head]:
        """Gets or creates the conversation of a pair; answers with its id and its head.

        Raises:
            Fault: INVALID_ARGUMENT, the person is the caller.
        """
        if person == caller.person:
            raise invalid("person", "must be somebody else")
        conversation = direct_id(caller.tenant, caller.person, person)
        change = Created(Kind.DIRECT, "", None, "", members_with(caller.person, [person]))
        return conversation, await self._create(caller, conversation, change, b"")

    async def create_group(
        self, caller: Identity, client_key: str, title: str, members: Sequence[str], history: History | None
    ) -> tuple[str, Head]:
        """Creates a group that the caller owns, once for each client key.

        Raises:
            Fault: INVALID_ARGUMENT, too many members; ALREADY_EXISTS, the key made another group.
        """
        everybody = _everybody(caller, members)
        history = history or History.ALL
        # A group that hides nothing has the digest that it had before there was a choice.
        hidden = () if history is History.ALL else ("", str(int(history)))
        digest = content_digest(self._digest_key, title, *everybody, *hidden)
        conversation = group_id(caller.tenant, caller.person, client_key)
        change = Created(Kind.GROUP, title, None, "", everybody, (caller.person,), history)
        head = await self._create(caller, conversation, change, digest)
        created = await self._store.created(conversation)
        if created is None or created[1] != digest:
            raise reused_key()
        return conversation, head

    async def open_item(
        self, caller: Identity, item: Item, title: str, link: str, members: Sequence[str]
    ) -> tuple[str, Head]:
        """Gets or creates the conversation about an item.

        Raises:
            Fault: INVALID_ARGUMENT, too many members; NOT_FOUND, it exists without the caller.
        """
        conversation = item_id(caller.tenant, item)
        change = Created(Kind.ITEM, title, item, link, _everybody(caller, members), (caller.person,))
        return conversation, await self._create(caller, conversation, change, b"")

    async def get(self, caller: Identity, conversation: str) -> Head:
        """A conversation of the caller.

        Raises:
            Fault: NOT_FOUND.
        """
        return await self._access.member(caller, conversation)

    async def heads(self, conversations: Sequence[str]) -> dict[str, Head]:
        """Those conversations that exist, for services."""
        return await self._access.heads(conversations)

    async def update(
        self,
        caller: Identity,
        conversation: str,
        client_key: str,
        title: str | None,
        archived: bool | None,
        history: History | None,
        timeout_s: float,
    ) -> Event:
        """Gives a conversation other properties; None leaves one as it is.

        Raises:
            Fault: NOT_FOUND; FAILED_PRECONDITION; ALREADY_EXISTS.
            TimeoutError: the outcome is unknown.
        """
        said = (
            "update",
            "" if title is None else f"title {title}",
            "" if archived is None else f"archived {archived}",
            str(int(history or 0)),
        )
        digest = content_digest(self._digest_key, *said)
        draft = UpdateDraft(conversation, caller.tenant, caller.person, client_key, digest, title, archived, history)
        event = await self._appender.append(draft, timeout_s)
        await self._note(event)
        return event

    async def put_item(
        self,
        service: str,
        tenant: str,
        item: Item,
        title: str,
        link: str,
        add: Sequence[str],
        remove: Sequence[str],
        *,
        archived: bool,
        timeout_s: float,
    ) -> tuple[str, Head]:
        """Makes the conversation about an item what its service says it is.

        Raises:
            Fault: PERMISSION_DENIED, another service owns it; INVALID_ARGUMENT, too many members, or somebody is both
                added and removed.
            TimeoutError: the outcome is unknown.
        """
        if set(add) & set(remove):
            raise invalid("remove_members", "must not name anybody of add_members")
        conversation = item_id(tenant, item)
        head = await self._access.head(conversation)
        if head is None:
            change = Created(Kind.ITEM, title, item, link, members_with("", add))
            await self._insert(conversation, tenant, "", service, change, b"")
        elif (against := against_service(head.state, service)) is not None:
            raise fault_of(against)
        proposals: list[Proposal] = [
            ItemDraft(conversation, tenant, "", "", b"", service, title, link, archived),
            ItemMembersDraft(conversation, tenant, "", "", b"", service, add, remove),
        ]
        for proposal in proposals:
            try:
                event = await self._appender.append(proposal, timeout_s)
            except NothingToDoError:
                continue
            await self._note(event)
        head = await self._access.head(conversation)
        if head is None:
            raise unavailable("the conversation is being created; try again")
        return conversation, head

    async def _create(self, caller: Identity, conversation: str, change: Created, digest: bytes) -> Head:
        head = await self._access.head(conversation)
        if head is None:
            head = await self._insert(conversation, caller.tenant, caller.person, "", change, digest)
        if not head.state.admits(caller.tenant, caller.person):
            raise not_found("conversation")
        return head

    async def _insert(
        self, conversation: str, tenant: str, author: str, service: str, change: Created, digest: bytes
    ) -> Head:
        event = Event(conversation, 1, 0, 1, tenant, self._clock(), author, change, service)
        if await self._store.create(event, digest):
            await self._note(event)
            return head_of(event)
        head = await self._access.head(conversation)
        if head is None:
            # A duplicate-key error also comes for a document that no majority has yet.
            raise unavailable("the conversation is being created; try again")
        return head


def _everybody(caller: Identity, members: Sequence[str]) -> tuple[str, ...]:
    everybody = members_with(caller.person, members)
    if len(everybody) > MEMBERS_MAX:
        raise invalid("members", f"must be at most {MEMBERS_MAX} with the caller")
    return everybody
