"""What the services hold in the end, read back page by page as plain values."""

import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from conversations.messaging.v1 import messaging_pb2
from conversations.notifier.v1 import notifier_pb2
from conversations.presence.v1 import presence_pb2
from conversations.unread.v1 import unread_pb2

from local.replay.alerts import Alert, Decision, Delivery
from local.replay.said import EVERYONE
from local.replay.truth import Count, Told
from local.replay.wire import Wire, repeat

TIMEOUT_S = 30.0
"""How long one page may take, s."""

MESSAGES, ALERTS, DELIVERIES = 500, 200, 5_000
"""Entries of a page; 200 alerts that each name 2,000 people are still below 16 MiB."""

SILENT = frozenset({notifier_pb2.ACT_REPLACE, notifier_pb2.ACT_CLEAR})
"""What a push does that shows nothing new."""

T = TypeVar("T")

_SURFACES = {value: name.removeprefix("SURFACE_") for name, value in notifier_pb2.Surface.items()}
_REASONS = {value: name.removeprefix("REASON_") for name, value in notifier_pb2.Reason.items()}
_STATES = {value: name.removeprefix("DELIVERY_STATE_") for name, value in notifier_pb2.DeliveryState.items()}


@dataclass(frozen=True, slots=True)
class Badges:
    """The badges of one person: badge, read pointer and number counted up to of each conversation, and the total."""

    counts: dict[str, Count]
    read: dict[str, int]
    number: dict[str, int]
    total: Count


class Observer:
    """Reads back what the services hold; calls are repeated while their outcome is unknown.

    Every method raises grpc.aio.AioRpcError when a service refuses or stays away.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._rng = random.Random()  # noqa: S311 - jitter, not a secret

    async def messages(self, conversation: str, member: str) -> list[Told]:
        """The log of a conversation as a member sees it."""
        found: list[Told] = []
        while True:
            request = messaging_pb2.ListMessagesRequest(
                conversation=conversation, after_number=found[-1].number if found else 0, page_size=MESSAGES
            )
            metadata = self._wire.person(member)
            page = await self._call(
                partial(self._wire.messaging.ListMessages, request, metadata=metadata, timeout=TIMEOUT_S)
            )
            found += [_told(entry) for entry in page.messages]
            if not page.more or not page.messages:
                return found

    async def badges(self, person: str) -> Badges:
        """All badges of a person."""
        metadata = self._wire.person(person)
        request = unread_pb2.GetBadgesRequest()
        answer = await self._call(lambda: self._wire.unread.GetBadges(request, metadata=metadata, timeout=TIMEOUT_S))
        now_ms = time.time() * 1000
        return Badges(
            {
                badge.conversation: Count(badge.unread, badge.mentions, muted=badge.muted_until_ms > now_ms)
                for badge in answer.badges
            },
            {badge.conversation: badge.read for badge in answer.badges},
            {badge.conversation: badge.number for badge in answer.badges},
            Count(answer.total.unread, answer.total.mentions),
        )

    async def presence_known(self) -> bool:
        """Whether presence can tell who is here."""
        request = presence_pb2.LocateClientsRequest(tenant=self._wire.tenant)
        locate = self._wire.presence.LocateClients
        answer = await self._call(lambda: locate(request, metadata=self._wire.service, timeout=TIMEOUT_S))
        return answer.known

    async def decided(self, conversation: str, after_revision: int) -> bool:
        """Whether anything after a revision has been decided."""
        return bool((await self._alerts(conversation, after_revision, 1)).alerts)

    async def alerts(self, conversation: str) -> list[Alert]:
        """All decisions of a conversation."""
        found: list[Alert] = []
        while True:
            page = await self._alerts(conversation, found[-1].revision if found else 0, ALERTS)
            found += [_alert(entry) for entry in page.alerts]
            if len(page.alerts) < ALERTS:
                return found

    async def deliveries(self, conversation: str) -> list[Delivery]:
        """All deliveries of a conversation that show something: what replaces or takes back was not decided."""
        found: list[Delivery] = []
        after = ""
        while True:
            request = notifier_pb2.ListDeliveriesRequest(
                conversation=conversation, after_delivery=after, page_size=DELIVERIES
            )
            page = await self._call(
                partial(self._wire.notifier.ListDeliveries, request, metadata=self._wire.service, timeout=TIMEOUT_S)
            )
            found += [
                Delivery(entry.number, entry.person, entry.device, _STATES[entry.state], bool(entry.collapsed_into))
                for entry in page.deliveries
                if entry.act not in SILENT
            ]
            if len(page.deliveries) < DELIVERIES:
                return found
            after = page.deliveries[-1].delivery

    async def _alerts(self, conversation: str, after_revision: int, size: int) -> notifier_pb2.ListAlertsResponse:
        request = notifier_pb2.ListAlertsRequest(
            conversation=conversation, after_revision=after_revision, page_size=size
        )
        return await self._call(
            lambda: self._wire.notifier.ListAlerts(request, metadata=self._wire.service, timeout=TIMEOUT_S)
        )

    async def _call(self, call: Callable[[], Awaitable[T]]) -> T:
        return await repeat(call, self._rng)


def _told(entry: messaging_pb2.Message) -> Told:
    return Told(
        entry.number,
        entry.author,
        entry.text,
        entry.client_key,
        frozenset(EVERYONE if mention.everyone else mention.person for mention in entry.mentions),
        entry.deleted,
    )


def _alert(entry: notifier_pb2.Alert) -> Alert:
    return Alert(
        number=entry.number,
        revision=entry.revision,
        persons=entry.persons,
        common=_decision(entry.common),
        decisions=tuple(_decision(decision) for decision in entry.decisions),
        escalations=tuple(_decision(decision) for decision in entry.escalations),
    )


def _decision(entry: notifier_pb2.Decision) -> Decision:
    return Decision(entry.person, _SURFACES[entry.surface], _REASONS[entry.reason], entry.client, entry.tab)
