"""Carries out what is mixed into the messages, by the calls that a client would make, and keeps the ledger."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import grpc
from conversations.messaging.v1 import messaging_pb2
from conversations.unread.v1 import unread_pb2

from local.replay.ledger import Ledger
from local.replay.said import Mention, Part
from local.replay.steps import NAMES, Add, Change, Delete, Edit, Leave, MarkRead, MarkUnread, Mute, Remove
from local.replay.wire import CALL_TIMEOUT_S, Metadata, Wire, repeat

FOR_EVER_MS = 9_007_199_254_740_991
"""Mutes for ever (SetMuteRequest)."""

COUNTED_S = 60.0
"""Unread must have counted what was acknowledged within this, s; longer than a service's restart."""


class NotDoneError(Exception):
    """A change could not be carried out; the words say why."""


class Hands:
    """Does one change at a time in each conversation.

    Args:
        wire: the calls.
        conversations: of the rooms, by index.
        ledgers: of the rooms, by index.
        on_retry: is told of every call that is made again.

    Attributes:
        done: how many changes were acknowledged, by kind.
        failures: changes that failed, in words.
    """

    def __init__(
        self, wire: Wire, conversations: Sequence[str], ledgers: Sequence[Ledger], on_retry: Callable[[], None]
    ) -> None:
        self._wire = wire
        self._conversations = conversations
        self._ledgers = ledgers
        self._on_retry = on_retry
        self._rng = random.Random()  # noqa: S311 - jitter, not a secret
        self.done: Counter[str] = Counter()
        self.failures: list[str] = []

    async def carry_out(self, order: int, change: Change, key: str) -> None:
        """Does a change in a room; `key` names it for ever, so that doing it again is harmless."""
        try:
            revision = await self._do(order, change, key)
        except grpc.aio.AioRpcError as error:
            self.failures.append(f"{change} in {self._conversations[order]}: {error.code().name}: {error.details()}")
        except NotDoneError as error:
            self.failures.append(f"{change} in {self._conversations[order]}: {error}")
        else:
            self._ledgers[order].changed(change, revision)
            self.done[NAMES[type(change)]] += 1

    async def _do(self, order: int, change: Change, key: str) -> int:
        """Answers the revision of the event that was made; 0 if none was."""
        match change:
            case Edit() | Delete():
                return await self._rewrite(order, change, key)
            case Add() | Leave() | Remove():
                return await self._move(order, change, key)
            case MarkRead():
                await self._mark_read(order, change)
            case MarkUnread():
                await self._mark_unread(order, change)
            case Mute():
                await self._mute(order, change)
        return 0

    async def _rewrite(self, order: int, change: Edit | Delete, key: str) -> int:
        at, number = self._conversations[order], self._number(order, change.turn)
        messaging = self._wire.messaging
        answer: Any
        if isinstance(change, Delete):
            delete = messaging_pb2.DeleteMessageRequest(conversation=at, client_key=key, number=number)
            answer = await self._call(messaging.DeleteMessage, delete, change.by)
        else:
            edit = messaging_pb2.EditMessageRequest(
                conversation=at, client_key=key, number=number, parts=pieces(change.parts)
            )
            answer = await self._call(messaging.EditMessage, edit, change.by)
        return int(answer.revision)

    async def _move(self, order: int, change: Add | Leave | Remove, key: str) -> int:
        at, messaging = self._conversations[order], self._wire.messaging
        answer: Any
        if isinstance(change, Leave):
            leave = messaging_pb2.LeaveConversationRequest(conversation=at, client_key=key)
            answer = await self._call(messaging.LeaveConversation, leave, change.person)
        elif isinstance(change, Remove):
            remove = messaging_pb2.RemoveMembersRequest(conversation=at, client_key=key, members=[change.person])
            answer = await self._call(messaging.RemoveMembers, remove, change.by)
        else:
            add = messaging_pb2.AddMembersRequest(conversation=at, client_key=key, members=[change.person])
            answer = await self._call(messaging.AddMembers, add, change.by)
        return int(answer.revision)

    async def _mark_read(self, order: int, change: MarkRead) -> None:
        badge = await self._counted(order, change.person)
        await self._read(change.person, badge.conversation, self._number(order, change.turn), badge.epoch)

    async def _mark_unread(self, order: int, change: MarkUnread) -> None:
        """Marks as unread; then a read arrives that was sent before, which must not undo it."""
        before = await self._counted(order, change.person)
        request = unread_pb2.MarkUnreadRequest(
            conversation=before.conversation, number=self._number(order, change.turn)
        )
        answer = await self._call(self._wire.unread.MarkUnread, request, change.person)
        if answer.badge.epoch == before.epoch:
            return  # it was unread already, so there is nothing that a late read could undo
        try:
            await self._read(change.person, before.conversation, before.number, before.epoch)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.FAILED_PRECONDITION:
                raise
        else:
            raise NotDoneError("a read that was sent before was taken")

    async def _read(self, person: str, conversation: str, number: int, epoch: int) -> None:
        request = unread_pb2.MarkReadRequest(conversation=conversation, number=number, epoch=epoch)
        await self._call(self._wire.unread.MarkRead, request, person)

    async def _mute(self, order: int, change: Mute) -> None:
        badge = await self._counted(order, change.person)
        until_ms = FOR_EVER_MS
        if change.for_s is not None:
            until_ms = int((time.time() + change.for_s) * 1000) if change.for_s else 0
        request = unread_pb2.SetMuteRequest(conversation=badge.conversation, muted_until_ms=until_ms)
        answer = await self._call(self._wire.unread.SetMute, request, change.person)
        if answer.badge.muted_until_ms != until_ms:
            raise NotDoneError(f"answered with a mute until {answer.badge.muted_until_ms}, not {until_ms}")

    async def _counted(self, order: int, person: str) -> unread_pb2.Badge:
        """A person's badge once it counts all that was acknowledged in the room: clients act on what they see."""
        request = unread_pb2.GetBadgesRequest(conversations=[self._conversations[order]])
        end = time.monotonic() + COUNTED_S
        pause_s = 0.01
        while True:
            answer = await self._call(self._wire.unread.GetBadges, request, person)
            for badge in answer.badges:
                if badge.revision >= self._ledgers[order].revision:
                    found: unread_pb2.Badge = badge
                    return found
            if time.monotonic() > end:
                raise NotDoneError(f"revision {self._ledgers[order].revision} was not counted in time")
            await asyncio.sleep(pause_s)
            pause_s = min(0.5, pause_s * 2)

    def _number(self, order: int, turn: int) -> int:
        number = self._ledgers[order].number(turn)
        if number is None:
            raise NotDoneError(f"message {turn} was refused")
        return number

    async def _call(self, method: Callable[..., Awaitable[Any]], request: object, person: str) -> Any:
        metadata: Metadata = self._wire.person(person)
        return await repeat(
            lambda: method(request, metadata=metadata, timeout=CALL_TIMEOUT_S), self._rng, on_retry=self._on_retry
        )


def pieces(parts: Sequence[Part]) -> list[messaging_pb2.MessagePart]:
    """What a message says, for the contract."""
    return [messaging_pb2.MessagePart(text=part) if isinstance(part, str) else _mention(part) for part in parts]


def _mention(mention: Mention) -> messaging_pb2.MessagePart:
    if mention.person:
        return messaging_pb2.MessagePart(person=messaging_pb2.PersonMention(person=mention.person))
    return messaging_pb2.MessagePart(everyone=messaging_pb2.EveryoneMention())
