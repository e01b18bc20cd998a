"""Messages: sent, posted, edited, deleted, listed."""

from collections.abc import Sequence
from dataclasses import astuple

from services.chassis.auth import Identity
from services.chassis.clock import Clock
from services.chassis.errors import invalid, not_found, precondition
from services.chassis.limits import Bucket
from services.messaging.actions.access import Access
from services.messaging.actions.note import Note
from services.messaging.actions.tenants import Tenants
from services.messaging.appender import Appender
from services.messaging.faults import fault_of, reused_key
from services.messaging.rules import (
    NO_THREAD,
    Attachment,
    Content,
    DeleteDraft,
    Draft,
    EditDraft,
    Event,
    Head,
    Page,
    Part,
    Proposal,
    Refusal,
    Sent,
    against_delete,
    against_edit,
    compose,
    content_digest,
    may_read_versions,
    visible,
)
from services.messaging.store import LogStore, MessageStore

CATCH_UP_MAX = 10_000
"""A watch that is more events behind begins anew (the contract)."""


class Messages:
    """What can be done with messages.

    Args:
        store: the log.
        messages: what messages say now.
        access: who may read.
        appender: appends events.
        tenants: what holds for tenants.
        bucket: the sending allowance of people.
        unlimited_actors: services that send for people without that allowance.
        text_limit_bytes: longest text.
        digest_key: the secret of content digests.
        note: is told of edits before they are answered, so that who wrote them finds them.
        clock: the present time.
    """

    def __init__(
        self,
        store: LogStore,
        messages: MessageStore,
        access: Access,
        appender: Appender,
        tenants: Tenants,
        bucket: Bucket,
        unlimited_actors: frozenset[str],
        text_limit_bytes: int,
        digest_key: bytes,
        note: Note,
        clock: Clock,
    ) -> None:
        self._store = store
        self._messages = messages
        self._access = access
        self._appender = appender
        self._tenants = tenants
        self._bucket = bucket
        self._unlimited = unlimited_actors
        self._text_limit = text_limit_bytes
        self._digest_key = digest_key
        self._note = note
        self._clock = clock

    def content(self, text: str, parts: Sequence[Part], attachments: tuple[Attachment, ...]) -> Content:
        """What a message says, of what a caller gave.

        Raises:
            Fault: INVALID_ARGUMENT, it says nothing, says it twice, or is too long.
        """
        field = "text"
        if parts:
            if text:
                raise invalid(field, "cannot be combined with parts")
            field = "parts"
        text, mentions = compose(parts) if parts else (text, ())
        if len(text) * 4 > self._text_limit and len(text.encode()) > self._text_limit:
            raise invalid(field, f"must be at most {self._text_limit} bytes")
        if not text and not attachments:
            raise invalid(field, "must not be empty")
        if text.isspace():
            raise invalid(field, "must not be only white space")
        return Content(text, mentions, attachments)

    async def send(
        self, caller: Identity, conversation: str, client_key: str, said: Content, thread: int, timeout_s: float
    ) -> Event:
        """Appends a message of a person's.

        Raises:
            Fault: RESOURCE_EXHAUSTED; NOT_FOUND; INVALID_ARGUMENT; FAILED_PRECONDITION; ALREADY_EXISTS.
            TimeoutError: the outcome is unknown.
        """
        if caller.actor not in self._unlimited:
            self._bucket.take((caller.tenant, caller.person))
        return await self._send(caller.tenant, caller.person, "", conversation, client_key, said, thread, timeout_s)

    async def post(
        self,
        service: str,
        tenant: str,
        conversation: str,
        client_key: str,
        said: Content,
        thread: int,
        timeout_s: float,
    ) -> Event:
        """Appends a message of a service's own.

        Raises:
            Fault: NOT_FOUND; INVALID_ARGUMENT; FAILED_PRECONDITION; ALREADY_EXISTS.
            TimeoutError: the outcome is unknown.
        """
        return await self._send(tenant, "", service, conversation, client_key, said, thread, timeout_s)

    async def edit(
        self, caller: Identity, conversation: str, client_key: str, number: int, said: Content, timeout_s: float
    ) -> Event:
        """Replaces what one of the caller's messages says.

        Raises:
            Fault: NOT_FOUND; INVALID_ARGUMENT; FAILED_PRECONDITION; ALREADY_EXISTS.
            TimeoutError: the outcome is unknown.
        """
        digest = self._digest("edit", str(number), *_words(said))
        draft = EditDraft(conversation, caller.tenant, caller.person, client_key, digest, number, said)
        head = await self._access.member(caller, conversation)
        message = await self._store.message(conversation, number)
        terms = await self._tenants.terms(caller.tenant)
        event = await self._repeat(
            draft, against_edit(head.state, caller.person, message, terms, self._clock())
        ) or await self._appender.append(draft, timeout_s)
        after = await self._messages.apply_to_messages(event)
        deleted = after.change.deleted_revision if after and isinstance(after.change, Sent) else 0
        if 0 < deleted < event.revision:
            raise precondition("the message was deleted")
        await self._note(event)
        return event

    async def delete(
        self, caller: Identity, conversation: str, client_key: str, number: int, timeout_s: float
    ) -> Event:
        """Deletes a message; a repeat, by whomever, is answered with the first deletion.

        Raises:
            Fault: NOT_FOUND; FAILED_PRECONDITION; ALREADY_EXISTS.
            TimeoutError: the outcome is unknown.
        """
        digest = self._digest("delete", str(number))
        head = await self._access.member(caller, conversation)
        message = await self._store.message(conversation, number)
        terms = await self._tenants.terms(caller.tenant)
        as_owner = message is not None and message.author != caller.person
        draft = DeleteDraft(conversation, caller.tenant, caller.person, client_key, digest, number, as_owner)
        event = await self._repeat(
            draft, against_delete(head.state, caller.person, message, terms, self._clock())
        ) or await self._delete(draft, message, timeout_s)
        await self._messages.apply_to_messages(event)
        return event

    async def versions(self, caller: Identity, conversation: str, number: int) -> list[tuple[Event, Content]]:
        """What a message has said, for those who may know.

        Raises:
            Fault: NOT_FOUND.
        """
        head = await self._access.member(caller, conversation)
        message = await self._store.message(conversation, number)
        terms = await self._tenants.terms(caller.tenant)
        if visible(head.state, caller.person, message) is None or message is None:
            raise not_found("message")
        if not may_read_versions(head.state, caller.person, message, terms.versions):
            raise not_found("message")
        return await self._messages.versions(message)

    async def page(
        self, caller: Identity, conversation: str, after_number: int, before_number: int, thread: int, limit: int
    ) -> Page:
        """A page of messages, or of the replies under one.

        Raises:
            Fault: NOT_FOUND; INVALID_ARGUMENT, both bounds are given.
        """
        if after_number and before_number:
            raise invalid("before_number", "cannot be combined with after_number")
        head = await self._access.member(caller, conversation)
        above = head.state.sees_above(caller.person)
        if thread:
            return await self._store.replies(conversation, thread, max(after_number, above), before_number, limit)
        if before_number:
            return await self._store.messages_before(conversation, before_number, limit, above)
        return await self._store.messages_after(conversation, max(after_number, above), limit)

    async def check_watch(self, caller: Identity, conversation: str, after_revision: int) -> tuple[Head, int, bool]:
        """Whether the caller may follow a conversation from there.

        Answers with the head, the revision after which the caller's events begin, and whether that is too far back.

        Raises:
            Fault: NOT_FOUND; INVALID_ARGUMENT, the revision is beyond the log.
        """
        head = await self._access.member(caller, conversation)
        if after_revision > head.revision:
            raise invalid("after_revision", "is beyond the log")
        join = head.state.members.joins[caller.person]
        if join.above:
            # Whoever does not see the past begins with the event that brought them in.
            after_revision = max(after_revision, join.revision - 1)
        return head, after_revision, head.revision - after_revision > CATCH_UP_MAX

    async def _send(
        self,
        tenant: str,
        author: str,
        service: str,
        conversation: str,
        client_key: str,
        said: Content,
        thread: int,
        timeout_s: float,
    ) -> Event:
        words = _words(said)
        plain = len(words) == 1 and not thread
        # A plain message has the digest that it had before there was anything else.
        digest = self._digest(*words) if plain else self._digest("message", str(thread), *words)
        draft = Draft(
            conversation, tenant, author, client_key, digest, said.text, said.mentions, said.attachments, 0, service
        )
        if not thread:
            return await self._appender.append(draft, timeout_s)
        root = await self._root(tenant, author, conversation, thread)
        if root is None and (first := await self._repeat(draft, NO_THREAD)) is not None:
            return first
        draft = Draft(
            conversation,
            tenant,
            author,
            client_key,
            digest,
            said.text,
            said.mentions,
            said.attachments,
            root or 0,
            service,
        )
        event = await self._appender.append(draft, timeout_s)
        await self._messages.apply_to_messages(event)
        return event

    async def _root(self, tenant: str, author: str, conversation: str, thread: int) -> int | None:
        """The message under which a reply goes; None if the author sees no such message.

        Raises:
            Fault: NOT_FOUND, no such conversation of the author.
        """
        if author:
            head = await self._access.member(Identity(tenant, author), conversation)
        else:
            found = await self._access.head(conversation)
            if found is None or found.state.tenant != tenant:
                raise not_found("conversation")
            head = found
        message = await self._store.message(conversation, thread)
        if message is None or not isinstance(message.change, Sent):
            return None
        if author and visible(head.state, author, message) is None:
            return None
        return message.change.thread or thread

    async def _delete(self, draft: DeleteDraft, message: Event | None, timeout_s: float) -> Event:
        if message is not None and isinstance(message.change, Sent) and message.change.deleted_revision:
            first = await self._store.deletion(draft.conversation, draft.number)
            if first is not None:
                return first
        return await self._appender.append(draft, timeout_s)

    async def _repeat(self, draft: Proposal, refusal: Refusal | None) -> Event | None:
        """The first result of what is refused by now, where it was done before with this key; None if not refused.

        Raises:
            Fault: what the refusal says; ALREADY_EXISTS, the key stands for something else.
        """
        if refusal is None:
            return None
        first = await self._store.by_client_key(draft.conversation, draft.author, draft.service, draft.client_key)
        if first is None:
            raise fault_of(refusal)
        if getattr(first.change, "digest", b"") != draft.digest:
            raise reused_key()
        return first

    def _digest(self, *parts: str) -> bytes:
        return content_digest(self._digest_key, *parts)


def _words(said: Content) -> list[str]:
    """All that a message says, for its digest."""
    words = [said.text]
    for mention in said.mentions:
        words += ["mention", *(str(value) for value in astuple(mention))]
    for attachment in said.attachments:
        words += ["attachment", *(str(value) for value in astuple(attachment))]
    return words
