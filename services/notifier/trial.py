"""A person tries one of their surfaces, and is told what happened."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import grpc

from services.chassis.clock import Clock
from services.chassis.errors import Fault
from services.notifier.facts import Client, Kind, Surface
from services.notifier.gather import Locator
from services.notifier.records import Content, Device
from services.notifier.senders import Act, Outgoing, Result, Sender
from services.notifier.stores.devices import Devices

PAUSE_MS = 2_000
"""A person may try at most this often, ms."""

REMEMBERED = 10_000
"""How many people's last tries are remembered."""

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
    """Carries out tests."""

    def __init__(
        self, screens: Screens, locator: Locator, devices: Devices, senders: Mapping[str, Sender], clock: Clock
    ) -> None:
        self._screens = screens
        self._locator = locator
        self._devices = devices
        self._senders = senders
        self._clock = clock
        self._last: OrderedDict[tuple[str, str], int] = OrderedDict()

    async def carry_out(self, tenant: str, person: str, surface: Surface, client: str) -> Sequence[Trial]:
        """Tries a surface of a person, on one client or on all.

        Raises:
            Fault: RESOURCE_EXHAUSTED, tried a moment ago.
        """
        now = self._clock()
        if now - self._last.get((tenant, person), -PAUSE_MS) < PAUSE_MS:
            raise Fault(grpc.StatusCode.RESOURCE_EXHAUSTED, "tried a moment ago; try again in 2 s")
        self._last[tenant, person] = now
        self._last.move_to_end((tenant, person))
        if len(self._last) > REMEMBERED:
            self._last.popitem(last=False)
        content = Content(tenant, "test", 0, "", Kind.DIRECT, "", TEXT, now)
        if surface is Surface.PUSH:
            return await self._push(content, person)
        located = await self._locator.locate(tenant, [person])
        clients = [each for each in located.clients.get(person, ()) if client in {"", each.client}]
        following = self._screens.following((tenant, person))
        return [self._show(content, person, each, surface, following) for each in clients]

    def _show(
        self, content: Content, person: str, client: Client, surface: Surface, following: Collection[str]
    ) -> Trial:
        tab = min(client.tabs, key=lambda each: (not each.focused, each.input_age_ms, each.tab), default=None)
        name = tab.tab if tab else ""
        if client.client not in following:
            return Trial(TrialResult.NOT_FOLLOWING, client.client, name)
        if surface is Surface.BROWSER and not client.may_notify:
            return Trial(TrialResult.NOT_PERMITTED, client.client, name)
        self._screens.tell_test(content, person, client.client, name, surface)
        off = surface is Surface.BANNER and client.in_app_off
        return Trial(TrialResult.SWITCHED_OFF if off else TrialResult.SENT, client.client, name)

    async def _push(self, content: Content, person: str) -> Sequence[Trial]:
        listed = (await self._devices.of(content.tenant, [person])).get(person, [])
        devices = await self._devices.get([each.id for each in listed])
        by_transport: defaultdict[str, list[Device]] = defaultdict(list)
        for device in devices.values():
            by_transport[device.transport].append(device)
        batches = [self._send(content, transport, each) for transport, each in by_transport.items()]
        return [trial for trials in await asyncio.gather(*batches) for trial in trials]

    async def _send(self, content: Content, transport: str, devices: Sequence[Device]) -> Sequence[Trial]:
        sender = self._senders.get(transport)
        if sender is None:
            return [Trial(TrialResult.FAILED, device=each.device, reason="no sender") for each in devices]
        expires = content.at_ms + TTL_MS
        pushes = [
            Outgoing(Act.SHOW, content, each, badge=None, expires_ms=expires, nonce=f"test:{each.id}:{content.at_ms}")
            for each in devices
        ]
        trials = []
        for device, outcome in zip(devices, await sender.send(pushes), strict=True):
            result = TrialResult.SENT if outcome.result is Result.SENT else TrialResult.FAILED
            trials.append(Trial(result, device=device.device, reason=outcome.reason, status=outcome.status))
            if outcome.gone:
                await self._devices.prune(device)
        return trials
