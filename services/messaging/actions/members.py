"""Members: who comes, who goes, and what they may do."""

from collections.abc import Sequence

from services.chassis.auth import Identity
from services.messaging.actions.note import Note
from services.messaging.appender import Appender
from services.messaging.rules import AddDraft, Event, Proposal, RemoveDraft, RoleDraft, content_digest


class Membership:
    """What can be done with members; each is one event.

    All raise a Fault (NOT_FOUND, FAILED_PRECONDITION, ALREADY_EXISTS, INVALID_ARGUMENT), or TimeoutError if the outcome
    is unknown.

    Args:
        appender: appends events.
        digest_key: the secret of content digests.
        note: is told of events before they are answered, so that who wrote them finds them in lists.
    """

    def __init__(self, appender: Appender, digest_key: bytes, note: Note) -> None:
        self._appender = appender
        self._digest_key = digest_key
        self._note = note

    async def add(
        self,
        caller: Identity,
        conversation: str,
        client_key: str,
        persons: Sequence[str],
        *,
        owners: bool,
        timeout_s: float,
    ) -> Event:
        """Brings people in, as owners or not; who is a member already stays as they are."""
        digest = content_digest(self._digest_key, "add", str(owners), *sorted(persons))
        draft = AddDraft(conversation, caller.tenant, caller.person, client_key, digest, persons, owners)
        return await self._append(draft, timeout_s)

    async def remove(
        self, caller: Identity, conversation: str, client_key: str, persons: Sequence[str], timeout_s: float
    ) -> Event:
        """Takes people out; who is no member is passed over."""
        digest = content_digest(self._digest_key, "remove", *sorted(persons))
        draft = RemoveDraft(conversation, caller.tenant, caller.person, client_key, digest, persons)
        return await self._append(draft, timeout_s)

    async def leave(self, caller: Identity, conversation: str, client_key: str, timeout_s: float) -> Event:
        """Takes the caller out."""
        digest = content_digest(self._digest_key, "leave", "")
        draft = RemoveDraft(conversation, caller.tenant, caller.person, client_key, digest, (caller.person,))
        return await self._append(draft, timeout_s)

    async def set_role(
        self, caller: Identity, conversation: str, client_key: str, person: str, *, owner: bool, timeout_s: float
    ) -> Event:
        """Makes a member an owner, or an owner a member."""
        digest = content_digest(self._digest_key, "role", str(owner), person)
        draft = RoleDraft(conversation, caller.tenant, caller.person, client_key, digest, person, owner)
        return await self._append(draft, timeout_s)

    async def _append(self, draft: Proposal, timeout_s: float) -> Event:
        event = await self._appender.append(draft, timeout_s)
        await self._note(event)
        return event
