"""The gRPC door of presence: converts, calls an action, converts."""

from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import aclosing
from functools import partial
from zlib import crc32

from conversations.common.v1 import stream_pb2
from conversations.presence.v1 import presence_pb2

from services.chassis.auth import Identity
from services.chassis.doors import Call
from services.chassis.errors import not_found, unavailable
from services.chassis.streams import ControlFrames, Mailbox, Streams
from services.presence.actions import Presence
from services.presence.convert import chosen_message, client_message, report_of, transition_message
from services.presence.feed import statuses, typing
from services.presence.feed.statuses import Statuses
from services.presence.feed.transitions import Transitions
from services.presence.feed.typing import Typing, Viewer
from services.presence.keeper import Ending
from services.presence.members import Members
from services.presence.rules import Transition
from services.presence.statuses import Status

CAPACITY = 8
"""Frames that may wait on a stream: it only ever says Hello, CaughtUp, Heartbeat and its last word."""

FEED_GO_AWAY = presence_pb2.StreamTransitionsResponse(go_away=stream_pb2.GoAway()).SerializeToString()
"""The last message of a feed on a replica that is about to stop."""

_GAP = stream_pb2.Reset(reason="transitions may be missing")

_CAUGHT_UP = presence_pb2.AttachResponse(caught_up=stream_pb2.CaughtUp()).SerializeToString()

_AGAIN = "again"
"""The key of the frame that asks for another report: one is enough."""


def _reset(reason: str) -> bytes:
    return presence_pb2.AttachResponse(reset=stream_pb2.Reset(reason=reason)).SerializeToString()


_CONTROL = ControlFrames.of(presence_pb2.AttachResponse)
_TAKEN_OVER = _reset(Ending.TAKEN_OVER.value)


class PresenceHandlers:
    """The RPCs of PresenceService.

    Args:
        presence: what they do.
        transitions: the feed of those who begin or cease to be active.
        statuses: the people who are watched here.
        typing: the conversations that are watched here.
        members: who may watch them.
        streams: the open streams of this replica.
        unlimited_actors: services for whose delegated tokens the limits of people do not hold.
    """

    def __init__(
        self,
        presence: Presence,
        transitions: Transitions,
        statuses: Statuses,
        typing: Typing,
        members: Members,
        streams: Streams,
        unlimited_actors: Collection[str] = (),
    ) -> None:
        self._presence = presence
        self._transitions = transitions
        self._statuses = statuses
        self._typing = typing
        self._members = members
        self._streams = streams
        self._unlimited = frozenset(unlimited_actors)
        self._hello = presence_pb2.AttachResponse(hello=streams.hello()).SerializeToString()

    async def Attach(self, request: presence_pb2.AttachRequest, call: Call) -> AsyncIterator[bytes]:
        """Holds a lease while the stream is open."""
        who = call.identity
        lapsed = False

        def end(mailbox: Mailbox, ending: Ending) -> None:
            nonlocal lapsed
            lapsed = ending is Ending.LAPSED
            mailbox.close(None if lapsed else _TAKEN_OVER, drop=True)

        with self._streams.open(who, _CONTROL, CAPACITY) as mailbox:
            attachment = await self._presence.attach(
                who.tenant,
                who.person,
                request.client,
                request.platform,
                partial(end, mailbox),
                partial(mailbox.put, _AGAIN, _CAUGHT_UP),
                limited=self._limited(who),
            )
            moved = False
            try:
                mailbox.append(self._hello + _CAUGHT_UP)
                async for message in mailbox.messages():
                    yield message
                moved = True
            finally:
                self._presence.release(attachment, moved=moved)
        if lapsed:
            raise unavailable("the lease cannot be kept; attach again")

    async def ReportTabs(self, request: presence_pb2.ReportTabsRequest, call: Call) -> presence_pb2.ReportTabsResponse:
        """Replaces what is known of a client's tabs."""
        report = report_of(request, self._presence.now())
        await self._presence.report(call.identity.tenant, call.identity.person, request.client, report)
        return presence_pb2.ReportTabsResponse()

    async def LocateClients(
        self, request: presence_pb2.LocateClientsRequest, _call: Call
    ) -> presence_pb2.LocateClientsResponse:
        """Finds the live clients of people, and what they have chosen."""
        found = await self._presence.locate(request.tenant, request.persons)
        return presence_pb2.LocateClientsResponse(
            clients=[client_message(client, found.at) for client in found.clients],
            known=found.known,
            statuses=[chosen_message(person, chosen) for person, chosen in found.chosen.items()],
        )

    async def SetStatus(self, request: presence_pb2.SetStatusRequest, call: Call) -> presence_pb2.SetStatusResponse:
        """Chooses the caller's status."""
        who = call.identity
        await self._presence.choose(who.tenant, who.person, Status(request.status), request.until_ms)
        return presence_pb2.SetStatusResponse()

    async def WatchPresence(self, request: presence_pb2.WatchPresenceRequest, call: Call) -> AsyncIterator[bytes]:
        """Follows the statuses of people."""
        who, persons = call.identity, request.persons
        with (
            self._streams.open(who, statuses.CONTROL, statuses.CAPACITY) as mailbox,
            self._statuses.watching(who.tenant, who.person, persons, mailbox) as viewing,
        ):
            yield presence_pb2.WatchPresenceResponse(hello=self._streams.hello()).SerializeToString()
            await self._statuses.tell(viewing)
            mailbox.append(statuses.CAUGHT_UP)
            async for message in mailbox.messages():
                yield message

    async def ReportTyping(
        self, request: presence_pb2.ReportTypingRequest, call: Call
    ) -> presence_pb2.ReportTypingResponse:
        """Tells that the caller is typing."""
        who = call.identity
        await self._presence.report_typing(
            who.tenant, who.person, request.conversation, stopped=request.stopped, limited=self._limited(who)
        )
        return presence_pb2.ReportTypingResponse()

    async def WatchTyping(self, request: presence_pb2.WatchTypingRequest, call: Call) -> AsyncIterator[bytes]:
        """Follows who is typing in a conversation."""
        who, conversation = call.identity, request.conversation
        await self._members.check(who.tenant, who.person, conversation, fresh=True)
        with self._streams.open(who, typing.CONTROL, typing.CAPACITY) as mailbox:
            viewer = Viewer(who.tenant, who.person, mailbox)
            with self._typing.watching(conversation, viewer):
                mailbox.append(presence_pb2.WatchTypingResponse(hello=self._streams.hello()).SerializeToString())
                await self._typing.refresh([conversation])
                mailbox.append(typing.CAUGHT_UP)
                async for message in mailbox.messages():
                    yield message
        if viewer.removed:
            raise not_found("conversation")

    async def StreamTransitions(
        self, request: presence_pb2.StreamTransitionsRequest, _call: Call
    ) -> AsyncIterator[bytes]:
        """The feed of those who begin or cease to be active."""
        batches = self._batches(request.cursor, request.partition, request.partition_count)
        async for message in self._streams.while_serving(batches):
            yield message
        yield FEED_GO_AWAY

    async def _batches(self, cursor: str, partition: int, count: int) -> AsyncGenerator[bytes, None]:
        def wanted(each: Transition) -> bool:
            return count == 1 or crc32(f"{each.tenant}\0{each.person}".encode()) % count == partition

        async with aclosing(self._transitions.follow(cursor, wanted)) as batches:
            async for batch in batches:
                yield presence_pb2.StreamTransitionsResponse(
                    transitions=[transition_message(each) for each in batch.items],
                    cursor=batch.cursor,
                    reset=_GAP if batch.reset else None,
                ).SerializeToString()

    def _limited(self, who: Identity) -> bool:
        """Whether the limits of people hold for a caller."""
        return who.actor not in self._unlimited
