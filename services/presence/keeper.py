"""Keeps the leases of this replica's streams: renews them together, and writes them again after the store was lost."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum

import structlog
from redis.exceptions import RedisError

from services.chassis.clock import Clock
from services.chassis.tasks import describe
from services.presence import rules, scripts
from services.presence.rules import Lease, Report
from services.presence.statuses import Chosen
from services.presence.stores.leases import LeaseStore

PARTING_S = 2.0
"""How long the end of the service waits for leases that are being let go of, s."""

_log = structlog.get_logger(__name__)


class Ending(Enum):
    """Why the service ends the stream of a client."""

    TAKEN_OVER = "another stream of this client holds the lease"
    LAPSED = "the lease could not be renewed in time"


@dataclass(eq=False, slots=True)
class Attachment:
    """A stream that holds a lease on this replica.

    Attributes:
        lease: the lease.
        end: ends the stream; called at most once.
        again: asks the client to report again.
        deadline: until when the lease holds, as this replica knows.
        report: what the client last reported, on any replica, as of the last renewal.
        chosen: the status that the person has chosen, likewise.
    """

    lease: Lease
    end: Callable[[Ending], None] = field(repr=False)
    again: Callable[[], None] = field(repr=False)
    deadline: int
    report: Report | None = None
    chosen: Chosen | None = None

    def remember(self, report: Report) -> None:
        """Keeps a report, unless a newer one is kept."""
        if rules.wins(report.sequence, self.report.sequence if self.report else None):
            self.report = report


class Keeper:
    """The leases that are held on this replica.

    Args:
        store: where the leases are.
        clock: the present time.
        lease_ms: how long a lease lasts.
        grace_ms: how long it lasts after the end of its stream.
        retry_window_ms: how long a client that is asked to move may wait before it attaches elsewhere.
        trust_new_store: whether a store that is empty at the first renewal was never used.
    """

    def __init__(
        self,
        store: LeaseStore,
        clock: Clock,
        *,
        lease_ms: int,
        grace_ms: int,
        retry_window_ms: int,
        trust_new_store: bool = False,
    ) -> None:
        self._store = store
        self._clock = clock
        self._lease_ms = lease_ms
        self._grace_ms = grace_ms
        self._retry_window_ms = retry_window_ms
        self._trust_new_store = trust_new_store
        self._held: dict[tuple[str, str, str], Attachment] = {}
        self._partings: set[asyncio.Task[None]] = set()
        self._renewing = asyncio.Lock()
        self._closed = False

    def __len__(self) -> int:
        """How many leases are held."""
        return len(self._held)

    def find(self, tenant: str, person: str, client: str) -> Attachment | None:
        """The stream of a client, if it is on this replica."""
        return self._held.get((tenant, person, client))

    def choose(self, tenant: str, person: str, chosen: Chosen) -> None:
        """Remembers what a person has chosen, for the case that the store loses it."""
        for attachment in self._held.values():
            if (attachment.lease.tenant, attachment.lease.person) == (tenant, person):
                attachment.chosen = chosen

    def add(self, attachment: Attachment) -> None:
        """Holds a lease that was just taken; an earlier stream of the same client ends."""
        earlier = self._held.get(_key(attachment))
        self._held[_key(attachment)] = attachment
        if earlier is not None:
            attachment.chosen = earlier.chosen
            earlier.end(Ending.TAKEN_OVER)

    def release(self, attachment: Attachment, *, moved: bool) -> None:
        """Lets the lease of an ended stream end after the grace period, unless another stream holds it.

        Args:
            attachment: what was added.
            moved: whether the client was asked to attach to another replica.
        """
        if self._drop(attachment):
            self.let_go(attachment.lease, moved=moved)

    def let_go(self, lease: Lease, *, moved: bool = False) -> None:
        """Shortens a lease to the grace period, in the background."""
        task = asyncio.create_task(self._let_go(lease, moved=moved), name="let go of a lease")
        self._partings.add(task)
        task.add_done_callback(self._partings.discard)

    async def run(self) -> None:
        """Renews all leases, again and again."""
        while not self._closed:
            await self.renew()
            await asyncio.sleep(rules.pause_ms(self._lease_ms) / 1000)

    async def renew(self) -> None:
        """Renews all leases once; ends the streams whose leases are taken, or may lapse before the next renewal."""
        async with self._renewing:
            if self._closed:
                return
            try:
                await self._renew()
            except RedisError as error:
                _log.warning("leases not renewed", held=len(self._held), error=describe(error))
                self._end_lapsed()

    async def restore(self, lost: Sequence[Attachment], now: int) -> int:
        """Writes leases again that the store has lost; answers how many are held.

        Raises:
            RedisError: the store cannot be reached.
        """
        lost = [attachment for attachment in lost if self._is_held(attachment)]
        answers = await self._store.restore(
            [(attachment.lease, attachment.report, attachment.chosen) for attachment in lost], now
        )
        count = 0
        for attachment, held in zip(lost, answers, strict=True):
            if not held:
                self._end(attachment, Ending.TAKEN_OVER)
            elif self._is_held(attachment):
                attachment.deadline = now + self._lease_ms
                count += 1
            else:
                # Its stream ended while the lease was being written.
                self.let_go(attachment.lease)
        return count

    async def close(self) -> None:
        """Stops renewing, and waits a little for leases that are being let go of."""
        self._closed = True
        async with self._renewing:
            pass
        if self._partings:
            await asyncio.wait(self._partings, timeout=PARTING_S)

    async def _renew(self) -> None:
        now = self._clock()
        by_lease = {attachment.lease: attachment for attachment in self._held.values()}
        since = now - self._lease_ms if self._trust_new_store else now
        lost: list[Attachment] = []
        newer: list[Attachment] = []
        async for lease, state, chosen in self._store.renew(list(by_lease), now, whole_since=since):
            attachment = by_lease[lease]
            if state == scripts.LOST:
                lost.append(attachment)
            elif state == scripts.TAKEN:
                self._end(attachment, Ending.TAKEN_OVER)
            else:
                attachment.deadline = now + self._lease_ms
                attachment.chosen = chosen
                if rules.wins(state, attachment.report.sequence if attachment.report else scripts.NO_REPORT):
                    newer.append(attachment)
        self._trust_new_store = False
        if lost:
            restored = await self.restore(lost, now)
            _log.warning("the store had lost leases", lost=len(lost), restored=restored)
            # What came through other replicas since the last renewal is lost, and only the clients know it.
            for attachment in filter(self._is_held, lost):
                attachment.again()
        if newer:
            # Reports that came through other replicas: without them a lost store could not be filled again.
            reports = await self._store.reports([attachment.lease for attachment in newer])
            for attachment, report in zip(newer, reports, strict=True):
                if report is not None:
                    attachment.remember(report)

    def _end_lapsed(self) -> None:
        """Ends the streams whose leases may lapse before the next renewal: another replica may reach the store."""
        now = self._clock()
        for attachment in tuple(self._held.values()):
            if rules.lapses(attachment.deadline, now, self._lease_ms):
                self._end(attachment, Ending.LAPSED)

    def _end(self, attachment: Attachment, ending: Ending) -> None:
        if self._drop(attachment):
            attachment.end(ending)

    def _drop(self, attachment: Attachment) -> bool:
        """Forgets a lease; False if it is not held here any more."""
        if not self._is_held(attachment):
            return False
        del self._held[_key(attachment)]
        return True

    def _is_held(self, attachment: Attachment) -> bool:
        return self._held.get(_key(attachment)) is attachment

    async def _let_go(self, lease: Lease, *, moved: bool) -> None:
        now = self._clock()
        deadline = rules.parting_deadline(
            now,
            self._lease_ms,
            self._grace_ms,
            moved_within_ms=self._retry_window_ms if moved else None,
        )
        try:
            await self._store.part(lease, now, deadline)
        except RedisError as error:
            _log.info("a lease ends by itself; it could not be let go of", error=describe(error))


def _key(attachment: Attachment) -> tuple[str, str, str]:
    lease = attachment.lease
    return lease.tenant, lease.person, lease.client
