"""What the service does: it takes leases and reports, and finds clients."""

import asyncio
from collections.abc import Callable, Sequence

import grpc

from services.chassis.clock import Clock
from services.chassis.errors import Fault, precondition
from services.presence import scripts
from services.presence.keeper import Attachment, Ending, Keeper
from services.presence.rules import Client, Lease, Report
from services.presence.store import LeaseStore


class Presence:
    """The verbs of presence.

    Every method raises `RedisError` where the store cannot be reached.

    Args:
        store: where leases and reports are.
        keeper: the leases that are held on this replica.
        clock: the present time.
        new_id: makes a different name for each Attach.
        lease_ms: how long a lease lasts.
        clients_per_person: how many live clients a person may have.
    """

    def __init__(
        self,
        store: LeaseStore,
        keeper: Keeper,
        clock: Clock,
        new_id: Callable[[], str],
        *,
        lease_ms: int,
        clients_per_person: int,
    ) -> None:
        self._store = store
        self._keeper = keeper
        self._clock = clock
        self._new_id = new_id
        self._lease_ms = lease_ms
        self._clients_per_person = clients_per_person

    def now(self) -> int:
        """The present time by the server's clock, ms since 1970 UTC."""
        return self._clock()

    async def attach(
        self,
        tenant: str,
        person: str,
        client: str,
        platform: int,
        end: Callable[[Ending], None],
        *,
        limited: bool = True,
    ) -> Attachment:
        """Takes the lease of a client; give it back by `release`.

        Args:
            tenant: the tenant.
            person: the person.
            client: names the client within its person.
            platform: what the client is, as the contract numbers it.
            end: called when the stream must end.
            limited: whether the limit of clients holds for this caller.

        Raises:
            Fault: RESOURCE_EXHAUSTED, too many live clients of this person.
        """
        now = self._clock()
        lease = Lease(tenant, person, client, platform, self._new_id())
        try:
            held = await self._store.attach(lease, now, self._clients_per_person if limited else 0)
        except asyncio.CancelledError:
            # The lease may have been taken all the same.
            self._keeper.let_go(lease)
            raise
        if not held:
            raise Fault(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                f"this person has {self._clients_per_person} other live clients",
                retry_after_ms=self._lease_ms,
            )
        attachment = Attachment(lease, end, deadline=now + self._lease_ms)
        self._keeper.add(attachment)
        return attachment

    def release(self, attachment: Attachment, *, moved: bool = False) -> None:
        """Lets the lease of an ended stream end after the grace period, unless another stream holds it.

        Args:
            attachment: what `attach` gave.
            moved: whether the client was asked to attach to another replica.
        """
        self._keeper.release(attachment, moved=moved)

    async def report(self, tenant: str, person: str, client: str, report: Report) -> None:
        """Replaces what is known of a client, unless a newer report is there.

        Raises:
            Fault: FAILED_PRECONDITION, the client is not attached.
        """
        now = self._clock()
        outcome = await self._store.report(tenant, person, client, report, now)
        attachment = self._keeper.find(tenant, person, client)
        if outcome == scripts.LOST and attachment is not None and await self._keeper.restore([attachment], now):
            outcome = await self._store.report(tenant, person, client, report, now)
        if outcome == scripts.LOST:
            raise precondition("the client is not attached; attach, then report again")
        if attachment is not None and outcome == scripts.STORED:
            attachment.remember(report)

    async def locate(self, tenant: str, persons: Sequence[str]) -> tuple[list[Client], int, bool]:
        """The live clients of people, the time of the answer, and whether all who are here are among them."""
        now = self._clock()
        clients, known = await self._store.locate(tenant, persons, now)
        return clients, now, known
