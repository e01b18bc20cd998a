"""messaging and unread as small exact models behind their contracts: what the notifier sees of them, no more."""

import asyncio
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import grpc
from conversations.common.v1 import stream_pb2
from conversations.messaging.v1 import messaging_pb2
from conversations.unread.v1 import unread_pb2

from tests.conftest import ManualClock

TENANT = "acme"

PARTITIONS = 3

DIRECT: int = messaging_pb2.KIND_DIRECT
GROUP: int = messaging_pb2.KIND_GROUP
ITEM: int = messaging_pb2.KIND_ITEM

PREFIXES: dict[int, str] = {DIRECT: "d_", GROUP: "g_", ITEM: "i_"}

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def away() -> grpc.aio.AioRpcError:
    """What a call to a service that is away fails with."""
    nothing = grpc.aio.Metadata()
    return grpc.aio.AioRpcError(grpc.StatusCode.UNAVAILABLE, nothing, nothing, "away")


@dataclass
class Message:
    """A message, as it was and as it is."""

    conversation: str
    number: int
    revision: int
    author: str
    kind: int
    at_ms: int
    text: str
    members: frozenset[str]
    mentioned: frozenset[str]
    everyone: bool
    deleted: bool = False
    edits: list[tuple[int, str]] = field(default_factory=list)
    first: tuple[frozenset[str], bool] = (frozenset(), False)

    @property
    def tag(self) -> str:
        return f"{self.conversation}:{self.number}"

    def mentions(self, person: str) -> bool:
        return self.everyone or person in self.mentioned


@dataclass
class Conversation:
    """A conversation with its log."""

    id: str
    kind: int
    title: str
    members: set[str]
    log: list[messaging_pb2.Event] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    membership_revision: int = 1


class Messaging:
    """The log of every conversation, and a feed for each partition."""

    def __init__(self, clock: ManualClock, unread: "Unread") -> None:
        self.conversations: dict[str, Conversation] = {}
        self.feeds: list[list[messaging_pb2.Event]] = [[] for _ in range(PARTITIONS)]
        self._clock = clock
        self._unread = unread

    def create(self, kind: int, members: Collection[str]) -> Conversation:
        serial = len(self.conversations)
        name = "a" * 23 + "".join(_LETTERS[serial // 26**place % 26] for place in (2, 1, 0))
        made = Conversation(PREFIXES[kind] + name, kind, "" if kind == DIRECT else f"Site {serial}", set(members))
        self.conversations[made.id] = made
        created = messaging_pb2.ConversationCreated(
            kind=kind,  # type: ignore[arg-type]
            title=made.title,
            members=sorted(members),
            link=f"/items/{serial}" if kind == ITEM else "",
        )
        self._append(made, min(members), created=created)
        for person in sorted(members):
            self._unread.join(made.id, person, 0)
        return made

    def send(
        self, of: Conversation, author: str, text: str, mentioned: frozenset[str] = frozenset(), *, everyone: bool
    ) -> Message:
        sent = messaging_pb2.MessageSent(
            text=text,
            kind=of.kind,  # type: ignore[arg-type]
            mentions=_mentions(mentioned, everyone=everyone),
        )
        event = self._append(of, author, message_sent=sent)
        message = Message(
            of.id,
            event.number,
            event.revision,
            author,
            of.kind,
            event.at_ms,
            text,
            frozenset(of.members),
            mentioned,
            everyone,
            first=(mentioned, everyone),
        )
        of.messages.append(message)
        self._unread.authors[of.id].append(author)
        return message

    def edit(self, message: Message, text: str, mentioned: frozenset[str], *, everyone: bool) -> None:
        of = self.conversations[message.conversation]
        self._supersede(of, message, text)
        edited = messaging_pb2.MessageEdited(
            number=message.number,
            text=text,
            mentions=_mentions(mentioned, everyone=everyone),
            kind=of.kind,  # type: ignore[arg-type]
        )
        event = self._append(of, message.author, message_edited=edited)
        message.text, message.mentioned, message.everyone = text, mentioned, everyone
        message.edits.append((event.revision, text))

    def delete(self, message: Message) -> None:
        of = self.conversations[message.conversation]
        self._supersede(of, message, "")
        self._append(of, message.author, message_deleted=messaging_pb2.MessageDeleted(number=message.number))
        message.deleted, message.text = True, ""
        self._unread.deleted[of.id].add(message.number)

    def add(self, of: Conversation, person: str, by: str) -> None:
        of.members.add(person)
        of.membership_revision = len(of.log) + 1
        self._append(of, by, members_changed=messaging_pb2.MembersChanged(added=[person]))
        self._unread.join(of.id, person, len(of.messages))

    def remove(self, of: Conversation, person: str) -> None:
        of.members.discard(person)
        of.membership_revision = len(of.log) + 1
        self._append(of, person, members_changed=messaging_pb2.MembersChanged(removed=[person]))
        self._unread.leave(of.id, person)

    def message(self, conversation: str, number: int) -> Message:
        return self.conversations[conversation].messages[number - 1]

    def _supersede(self, of: Conversation, message: Message, text: str) -> None:
        """Edits that are edited again carry no text, and the message's own event carries the present one."""
        of.log[message.revision - 1].message_sent.text = text
        for revision, _ in message.edits:
            of.log[revision - 1].message_edited.text = ""

    def _append(self, of: Conversation, author: str, **change: Any) -> messaging_pb2.Event:
        event = messaging_pb2.Event(
            conversation=of.id,
            revision=len(of.log) + 1,
            number=len(of.messages) + ("message_sent" in change),
            tenant=TENANT,
            membership_revision=of.membership_revision,
            at_ms=self._clock(),
            author=author,
            **change,
        )
        of.log.append(event)
        self.feeds[crc32(of.id.encode()) % PARTITIONS].append(event)
        return event

    async def ListHeads(self, request: Any, **_: Any) -> Any:  # noqa: N802
        names = sorted(name for name in self.conversations if name > request.after_conversation)[: request.page_size]
        lasts = [(name, self.conversations[name].log[-1]) for name in names]
        return messaging_pb2.ListHeadsResponse(
            heads=[
                messaging_pb2.Head(conversation=name, revision=last.revision, number=last.number, at_ms=last.at_ms)
                for name, last in lasts
            ]
        )

    async def ListEvents(self, request: Any, **_: Any) -> Any:  # noqa: N802
        log = self.conversations[request.conversation].log
        return messaging_pb2.ListEventsResponse(events=log[request.after_revision :][: request.page_size])

    async def ListMembers(self, request: Any, **_: Any) -> Any:  # noqa: N802
        found = [self.conversations[name] for name in request.conversations if name in self.conversations]
        return messaging_pb2.ListMembersResponse(
            memberships=[
                messaging_pb2.Membership(
                    conversation=of.id,
                    tenant=TENANT,
                    kind=of.kind,  # type: ignore[arg-type]
                    title=of.title,
                    membership_revision=of.membership_revision,
                    members=sorted(of.members),
                )
                for of in found
            ]
        )


def _mentions(mentioned: Collection[str], *, everyone: bool) -> list[messaging_pb2.Mention]:
    named = [messaging_pb2.Mention(person=person, length=1) for person in sorted(mentioned)]
    return [*named, *([messaging_pb2.Mention(everyone=True, length=1)] if everyone else [])]


@dataclass
class Pointer:
    """What unread keeps of one person in one conversation."""

    read: int
    joined: int
    version: int = 1
    epoch: int = 0
    muted_until_ms: int = 0
    left: bool = False
    times: list[int] = field(default_factory=list)
    reads: list[int] = field(default_factory=list)

    def least_since(self, at_ms: int) -> int:
        """The lowest value that `read` had at any time since then."""
        return min(self.reads[max(0, bisect_right(self.times, at_ms) - 1) :])


class Unread:
    """Read pointers, mutes and totals; every call is answered from the truth of this moment."""

    def __init__(self, clock: ManualClock) -> None:
        self.pointers: dict[tuple[str, str], Pointer] = {}
        self.authors: defaultdict[str, list[str]] = defaultdict(list)
        self.deleted: defaultdict[str, set[int]] = defaultdict(set)
        self.of_person: defaultdict[str, set[str]] = defaultdict(set)
        self.moves: list[unread_pb2.Pointer] = []
        self.tails: list[Tail] = []
        self.away = False
        self._clock = clock

    def join(self, conversation: str, person: str, number: int) -> None:
        before = self.pointers.get((conversation, person))
        pointer = before or Pointer(number, number)
        pointer.read = pointer.joined = number
        pointer.left = False
        self.of_person[person].add(conversation)
        self._changed(conversation, person, pointer)

    def leave(self, conversation: str, person: str) -> None:
        pointer = self.pointers[conversation, person]
        pointer.left = True
        pointer.epoch += 1
        self.of_person[person].discard(conversation)
        self._changed(conversation, person, pointer)

    def read(self, conversation: str, person: str, number: int) -> None:
        pointer = self.pointers[conversation, person]
        if number > pointer.read:
            pointer.read = number
            self._changed(conversation, person, pointer)

    def mark_unread(self, conversation: str, person: str, number: int) -> None:
        pointer = self.pointers[conversation, person]
        if pointer.joined < number <= pointer.read:
            pointer.read = number - 1
            pointer.epoch += 1
            self._changed(conversation, person, pointer)

    def mute(self, conversation: str, person: str, until_ms: int) -> None:
        pointer = self.pointers[conversation, person]
        pointer.muted_until_ms = until_ms
        self._changed(conversation, person, pointer)

    def unread(self, conversation: str, person: str) -> list[int]:
        """The numbers of the unread messages, by the definition."""
        read, authors, deleted = (
            self.pointers[conversation, person].read,
            self.authors[conversation],
            self.deleted[conversation],
        )
        return [
            number
            for number in range(read + 1, len(authors) + 1)
            if authors[number - 1] != person and number not in deleted
        ]

    def total(self, person: str) -> int:
        now = self._clock()
        return sum(
            len(self.unread(conversation, person))
            for conversation in self.of_person[person]
            if self.pointers[conversation, person].muted_until_ms <= now
        )

    def _changed(self, conversation: str, person: str, pointer: Pointer) -> None:
        pointer.version += 1
        pointer.times.append(self._clock())
        pointer.reads.append(pointer.read)
        self.pointers[conversation, person] = pointer
        self.moves.append(self._message(conversation, person))
        for tail in self.tails:
            tail.wake()

    def _message(self, conversation: str, person: str) -> unread_pb2.Pointer:
        of = self.pointers[conversation, person]
        return unread_pb2.Pointer(
            conversation=conversation,
            person=person,
            tenant=TENANT,
            read=of.read,
            epoch=of.epoch,
            version=of.version,
            muted_until_ms=of.muted_until_ms,
            joined=of.joined,
            left=of.left,
        )

    async def GetPointers(self, request: Any, **_: Any) -> Any:  # noqa: N802
        if self.away:
            raise away()
        keys = [(key.conversation, key.person) for key in request.keys]
        return unread_pb2.GetPointersResponse(pointers=[self._message(*key) for key in keys if key in self.pointers])

    async def GetTotals(self, request: Any, **_: Any) -> Any:  # noqa: N802
        if self.away:
            raise away()
        return unread_pb2.GetTotalsResponse(
            totals=[
                unread_pb2.PersonTotal(person=person, total=unread_pb2.Total(unread=self.total(person)))
                for person in request.persons
            ]
        )

    def StreamReads(self, request: Any, **_: Any) -> "Tail":  # noqa: N802
        def response(moves: Sequence[unread_pb2.Pointer], position: int, *, reset: bool) -> Any:
            gap = stream_pb2.Reset(reason="no cursor") if reset else None
            return unread_pb2.StreamReadsResponse(pointers=moves, cursor=f"{position:09d}", reset=gap)

        tail = Tail(self.moves, request.cursor, response, self.tails.remove)
        self.tails.append(tail)
        return tail


class Tail:
    """One call that follows a list as it grows."""

    def __init__(
        self, items: list[Any], cursor: str, response: Callable[..., Any], gone: Callable[["Tail"], None]
    ) -> None:
        self._items = items
        self._reset = not cursor
        self._position = int(cursor or len(items))
        self._response = response
        self._gone = gone
        self._begun = False
        self._waiter: asyncio.Future[None] | None = None
        self._open = True

    @property
    def idle(self) -> bool:
        """Whether the follower has processed everything."""
        return self._waiter is not None and not self._waiter.done()

    def wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def cancel(self) -> bool:
        if self._open:
            self._open = False
            self._gone(self)
        return True

    def __aiter__(self) -> "Tail":
        return self

    async def __anext__(self) -> Any:
        if not self._begun:
            self._begun = True
            return self._response([], self._position, reset=self._reset)
        while self._position >= len(self._items):
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        fresh, self._position = self._items[self._position :], len(self._items)
        return self._response(fresh, self._position, reset=False)
