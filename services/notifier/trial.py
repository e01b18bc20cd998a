"""A person tries one of their surfaces, and is told what happened, whichever replica their streams are on."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import grpc

from services.chassis.clock import Clock
from services.chassis.errors import Fault, unavailable
from services.chassis.feed import ChangeFeed
from services.notifier.attempt import Totals
from services.notifier.facts import Client, Kind, Surface
from services.notifier.gather import Locator
from services.notifier.records import Content, Device, Place, Showing
from services.notifier.senders import Act, Outgoing, Result, Sender
from services.notifier.stores.devices import Devices
from services.notifier.stores.trials import TrialStore, name_of

PAUSE_MS = 2_000
"""A person may try at most this often, ms."""

ANSWER_S = 1.5
"""How long replicas have to give it to their streams, s: a change stream tells within milliseconds, so a replica that
takes longer is stuck, and a person waits for the answer. A client that has no stream costs this wait."""

TTL_MS = 60_000
"""A test push that arrives later is of no use, ms."""

TEXT = "This is a test: notifications arrive here."
"""What a test says; the client may say it in the person's language."""


class TrialResult(Enum):
    """What happened in one tab or on one device."""

    SENT = "SENT"
    NOT_PERMITTED = "NOT_PERMITTED"
    SWITCHED_OFF = "SWITCHED_OFF"
    FAILED = "FAILED"
    NOT_FOLLOWING = "NOT_FOLLOWING"


@dataclass(frozen=True, slots=True)
class Trial:
    """What happened in one tab or on one device; the status is the push service's, 0 for none."""

    result: TrialResult
    client: str = ""
    tab: str = ""
    device: str = ""
    reason: str = ""
    status: int = 0


class Screens(Protocol):
    """The streams of people."""

    def following(self, person: tuple[str, str]) -> Collection[str]:
        """The clients of a (tenant, person) that follow banners on this replica."""

    def tell_test(self, content: Content, person: str, client: str, tab: str, surface: Surface) -> None:
        """Shows a test in one tab."""


class Trials:
    """Carries out tests.

    Args:
        feed: what is tried, on any replica.
        name: of this replica; trials begin with it.
    """

    def __init__(
        self,
        store: TrialStore,
        feed: ChangeFeed[Showing | str],
        screens: Screens,
        locator: Locator,
        devices: Devices,
        totals: Totals,
        senders: Mapping[str, Sender],
        name: str,
        clock: Clock,
    ) -> None:
        self._store = store
        self._feed = feed
        self._screens = screens
        self._locator = locator
        self._devices = devices
        self._totals = totals
        self._senders = senders
        self._name = name
        self._clock = clock
        self._count = 0
        self._waiting: dict[str, asyncio.Event] = {}

    async def run(self) -> None:
        """Shows what is tried to streams that are open here, for ever."""
        async for batch in self._feed.follow(""):
            for item in batch.items:
                if isinstance(item, Showing):
                    await self._show(item)
                elif (waits := self._waiting.get(item)) is not None:
                    waits.set()

    async def carry_out(self, tenant: str, person: str, surface: Surface, client: str) -> Sequence[Trial]:
        """Tries a surface of a person, on one client or on all.

        Raises:
            Fault: RESOURCE_EXHAUSTED, tried a moment ago; UNAVAILABLE, presence cannot tell which tabs are open.
        """
        self._count += 1
        content = Content(tenant, "test", 0, "", Kind.DIRECT, "", TEXT, self._clock())
        clients: list[Client] = []
        if surface is not Surface.PUSH:
            located = await self._locator.locate(tenant, [person])
            if not located.known:
                raise unavailable("it cannot be told now which tabs are open; try again")
            clients = [each for each in located.clients.get(person, ()) if client in {"", each.client}]
        places = [_place(each, surface) for each in clients]
        showing = Showing(f"{self._name}:{self._count}", content, person, surface, places)
        # The clock may have gone on while presence was asked; the moment of the question counts.
        if not await self._store.begin(showing, PAUSE_MS):
            raise Fault(grpc.StatusCode.RESOURCE_EXHAUSTED, "tried a moment ago; try again in 2 s")
        if surface is Surface.PUSH:
            return await self._push(content, person)
        given = await self._given(showing) if places else ()
        return [_trial(each, place, surface, given) for each, place in zip(clients, places, strict=True)]

    async def _show(self, showing: Showing) -> None:
        """Gives it to the streams that are open here, once that is noted."""
        person = (showing.content.tenant, showing.person)
        following = self._screens.following(person)
        here = [place for place in showing.places if place.client in following]
        if here and await self._store.give(showing, {place.client for place in here}):
            for place in here:
                if place.shows:
                    self._screens.tell_test(showing.content, showing.person, place.client, place.tab, showing.surface)

    async def _given(self, showing: Showing) -> Collection[str]:
        """Waits until every client's stream has it, on whichever replica, but not for long."""
        name, wanted = name_of(showing), {place.client for place in showing.places}
        given = self._waiting[name] = asyncio.Event()
        try:
            async with asyncio.timeout(ANSWER_S):
                while not wanted <= set(await self._store.given(showing)):
                    await given.wait()
                    given.clear()
        except TimeoutError:
            pass
        finally:
            self._waiting.pop(name, None)
        return await self._store.close(showing)

    async def _push(self, content: Content, person: str) -> Sequence[Trial]:
        listed = (await self._devices.of(content.tenant, [person])).get(person, [])
        devices = await self._devices.get([each.id for each in listed])
        badge = (await self._totals(content.tenant, [person], {})).get(person) if devices else None
        by_transport: defaultdict[str, list[Device]] = defaultdict(list)
        for device in devices.values():
            by_transport[device.transport].append(device)
        batches = [self._send(content, badge, transport, each) for transport, each in by_transport.items()]
        return [trial for trials in await asyncio.gather(*batches) for trial in trials]

    async def _send(
        self, content: Content, badge: int | None, transport: str, devices: Sequence[Device]
    ) -> Sequence[Trial]:
        sender = self._senders.get(transport)
        if sender is None:
            return [Trial(TrialResult.FAILED, device=each.device, reason="no sender") for each in devices]
        expires = content.at_ms + TTL_MS
        pushes = [
            Outgoing(Act.SHOW, content, each, badge, expires_ms=expires, nonce=f"test:{each.id}:{content.at_ms}")
            for each in devices
        ]
        trials = []
        for device, outcome in zip(devices, await sender.send(pushes), strict=True):
            result = TrialResult.SENT if outcome.result is Result.SENT else TrialResult.FAILED
            trials.append(Trial(result, device=device.device, reason=outcome.reason, status=outcome.status))
            if outcome.gone:
                await self._devices.prune(device)
        return trials


def _place(client: Client, surface: Surface) -> Place:
    """Where a client shows it: in the focused tab, or else in the one used last."""
    tab = min(client.tabs, key=lambda each: (not each.focused, each.input_age_ms, each.tab), default=None)
    return Place(client.client, tab.tab if tab else "", shows=surface is Surface.BANNER or client.may_notify)


def _trial(client: Client, place: Place, surface: Surface, given: Collection[str]) -> Trial:
    if client.client not in given:
        result = TrialResult.NOT_FOLLOWING
    elif not place.shows:
        result = TrialResult.NOT_PERMITTED
    elif surface is Surface.BANNER and client.in_app_off:
        result = TrialResult.SWITCHED_OFF
    else:
        result = TrialResult.SENT
    return Trial(result, client.client, place.tab)
