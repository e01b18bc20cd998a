"""The gRPC door of unread: convert, call an action, convert."""

from collections.abc import AsyncIterator

from conversations.unread.v1 import unread_pb2 as pb

from services.chassis.doors import Call
from services.chassis.errors import not_found
from services.chassis.streams import Streams
from services.unread.actions import Actions, Recounting
from services.unread.feed import (
    BADGES_CONTROL,
    READERS_CONTROL,
    READS_GO_AWAY,
    PointerFeed,
    badge_message,
    pointer_message,
    total_message,
)
from services.unread.live import Live
from services.unread.readers import Readers, Watch

CALL_TIMEOUT_S = 10.0
"""How long a call without a deadline of its own may take, s."""

READERS = 200
"""How many readers a page has unless told otherwise."""


class UnreadHandlers:
    """The RPCs of UnreadService."""

    def __init__(
        self,
        actions: Actions,
        recounting: Recounting,
        live: Live,
        readers: Readers,
        reads: PointerFeed,
        streams: Streams,
    ) -> None:
        self._actions = actions
        self._recounting = recounting
        self._live = live
        self._readers = readers
        self._reads = reads
        self._streams = streams

    async def GetBadges(self, request: pb.GetBadgesRequest, call: Call) -> pb.GetBadgesResponse:
        """See the contract."""
        badges = await self._actions.badges(call.identity, request.conversations)
        return pb.GetBadgesResponse(
            badges=[badge_message(badge) for badge in badges.badges], total=total_message(badges.total)
        )

    async def MarkRead(self, request: pb.MarkReadRequest, call: Call) -> pb.MarkReadResponse:
        """See the contract."""
        badge = await self._actions.mark_read(
            call.identity, request.conversation, request.number, request.epoch, call.deadline_s(CALL_TIMEOUT_S)
        )
        return pb.MarkReadResponse(badge=badge_message(badge))

    async def MarkUnread(self, request: pb.MarkUnreadRequest, call: Call) -> pb.MarkUnreadResponse:
        """See the contract."""
        badge = await self._actions.mark_unread(
            call.identity, request.conversation, request.number, call.deadline_s(CALL_TIMEOUT_S)
        )
        return pb.MarkUnreadResponse(badge=badge_message(badge))

    async def MarkAllRead(self, _request: pb.MarkAllReadRequest, call: Call) -> pb.MarkAllReadResponse:
        """See the contract."""
        return pb.MarkAllReadResponse(total=total_message(await self._actions.mark_all_read(call.identity)))

    async def SetMute(self, request: pb.SetMuteRequest, call: Call) -> pb.SetMuteResponse:
        """See the contract."""
        badge = await self._actions.set_mute(
            call.identity, request.conversation, request.muted_until_ms, call.deadline_s(CALL_TIMEOUT_S)
        )
        return pb.SetMuteResponse(badge=badge_message(badge))

    async def ListReaders(self, request: pb.ListReadersRequest, call: Call) -> pb.ListReadersResponse:
        """See the contract."""
        persons = await self._actions.readers(
            call.identity,
            request.conversation,
            request.number,
            request.after_person,
            request.page_size or READERS,
            call.deadline_s(CALL_TIMEOUT_S),
        )
        return pb.ListReadersResponse(persons=persons)

    async def WatchReaders(self, request: pb.WatchReadersRequest, call: Call) -> AsyncIterator[bytes]:
        """See the contract."""
        caller = call.identity
        with self._streams.open(caller, READERS_CONTROL) as mailbox:
            await self._actions.place(caller, request.conversation, CALL_TIMEOUT_S)
            yield pb.WatchReadersResponse(hello=self._streams.hello()).SerializeToString()
            watch = Watch(caller.tenant, caller.person, request.conversation, mailbox)
            try:
                await self._readers.attach(watch)
                async for message in mailbox.messages():
                    yield message
            finally:
                self._readers.detach(watch)
            if watch.left:
                raise not_found("conversation")

    async def WatchBadges(self, _request: pb.WatchBadgesRequest, call: Call) -> AsyncIterator[bytes]:
        """See the contract."""
        key = (call.identity.tenant, call.identity.person)
        with self._streams.open(call.identity, BADGES_CONTROL) as mailbox:
            yield pb.WatchBadgesResponse(hello=self._streams.hello()).SerializeToString()
            try:
                await self._live.attach(key, mailbox)
                async for message in mailbox.messages():
                    yield message
            finally:
                self._live.detach(key, mailbox)

    async def StreamReads(self, request: pb.StreamReadsRequest, _call: Call) -> AsyncIterator[bytes]:
        """See the contract."""
        async for message in self._streams.while_serving(self._reads.follow_reads(request.cursor)):
            yield message
        yield READS_GO_AWAY

    async def GetPointers(self, request: pb.GetPointersRequest, _call: Call) -> pb.GetPointersResponse:
        """See the contract."""
        pointers = await self._actions.pointers([(key.conversation, key.person) for key in request.keys])
        return pb.GetPointersResponse(pointers=[pointer_message(pointer) for pointer in pointers])

    async def ListUnread(self, request: pb.ListUnreadRequest, _call: Call) -> pb.ListUnreadResponse:
        """See the contract."""
        return pb.ListUnreadResponse(conversations=await self._actions.unread(request.tenant, request.person))

    async def GetTotals(self, request: pb.GetTotalsRequest, _call: Call) -> pb.GetTotalsResponse:
        """See the contract."""
        counted = {each.conversation: each.number for each in request.counted}
        totals = await self._actions.totals(request.tenant, request.persons, counted)
        return pb.GetTotalsResponse(
            totals=[
                pb.PersonTotal(person=person, total=total_message(total))
                for person, total in zip(request.persons, totals, strict=True)
            ]
        )

    async def Recount(self, request: pb.RecountRequest, _call: Call) -> pb.RecountResponse:
        """See the contract."""
        drifts, conversations = await self._recounting.recount(request.tenant, request.person, request.conversation)
        for drift in drifts:
            self._live.begin_again(drift.counted.conversation)
        return pb.RecountResponse(
            drifts=[
                pb.Drift(stored=badge_message(drift.stored), counted=badge_message(drift.counted)) for drift in drifts
            ],
            conversations=conversations,
        )
