"""The gRPC door of presence: converts, calls an action, converts."""

from collections.abc import AsyncIterator, Collection
from functools import partial
from typing import cast

from conversations.common.v1 import stream_pb2
from conversations.presence.v1 import presence_pb2

from services.chassis.doors import Call
from services.chassis.errors import unavailable
from services.chassis.streams import ControlFrames, Mailbox, Streams
from services.presence import rules
from services.presence.actions import Presence
from services.presence.keeper import Ending
from services.presence.rules import Client, Report, Tab

CAPACITY = 8
"""Frames that may wait on a stream: it only ever says Hello, CaughtUp, Heartbeat and its last word."""

_CAUGHT_UP = presence_pb2.AttachResponse(caught_up=stream_pb2.CaughtUp()).SerializeToString()


def _reset(reason: str) -> bytes:
    return presence_pb2.AttachResponse(reset=stream_pb2.Reset(reason=reason)).SerializeToString()


_CONTROL = ControlFrames.of(presence_pb2.AttachResponse)
_TAKEN_OVER = _reset(Ending.TAKEN_OVER.value)


class PresenceHandlers:
    """The RPCs of PresenceService.

    Args:
        presence: what they do.
        streams: the open streams of this replica.
        unlimited_actors: services for whose delegated tokens the limits of people do not hold.
    """

    def __init__(self, presence: Presence, streams: Streams, unlimited_actors: Collection[str] = ()) -> None:
        self._presence = presence
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
                limited=who.actor not in self._unlimited,
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
        now = self._presence.now()
        report = Report(
            request.sequence,
            request.permission or presence_pb2.PERMISSION_DEFAULT,
            tuple(
                Tab(tab.tab, tab.visible, tab.focused, rules.input_time(now, tab.input_age_ms), tab.conversation)
                for tab in request.tabs
            ),
        )
        await self._presence.report(call.identity.tenant, call.identity.person, request.client, report)
        return presence_pb2.ReportTabsResponse()

    async def LocateClients(
        self, request: presence_pb2.LocateClientsRequest, _call: Call
    ) -> presence_pb2.LocateClientsResponse:
        """Finds the live clients of people."""
        clients, now, known = await self._presence.locate(request.tenant, request.persons)
        return presence_pb2.LocateClientsResponse(clients=[_client(client, now) for client in clients], known=known)


def _client(client: Client, now: int) -> presence_pb2.Client:
    report = client.report or Report(0, presence_pb2.PERMISSION_DEFAULT, ())
    return presence_pb2.Client(
        person=client.person,
        client=client.client,
        # The contract's enumerations travel through the store as numbers.
        platform=cast("presence_pb2.Platform", client.platform),
        permission=cast("presence_pb2.Permission", report.permission),
        tabs=[
            presence_pb2.Tab(
                tab=tab.tab,
                visible=tab.visible,
                focused=tab.focused,
                input_age_ms=rules.input_age(now, tab.input_at),
                conversation=tab.conversation,
            )
            for tab in report.tabs
        ],
    )
