"""What the service does: it takes leases, reports, choices and typing, and finds clients."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import grpc

from services.chassis.clock import Clock
from services.chassis.errors import Fault, invalid, precondition
from services.chassis.limits import Bucket
from services.presence import scripts
from services.presence.keeper import Attachment, Ending, Keeper
from services.presence.keys import name_of
from services.presence.members import Members
from services.presence.rules import Client, Lease, Report
from services.presence.statuses import Chosen, Status
from services.presence.stores.leases import LeaseStore
from services.presence.stores.people import PeopleStore
from services.presence.stores.typing import TypingStore

TYPING_BURST = 30
TYPING_PER_S = 2.0
"""How many reports of typing one person may send to a replica at once, and in the long run: six times as many as a
client that repeats every 3 s."""


@dataclass(frozen=True)
class Whereabouts:
    """Where people are.

    Attributes:
        clients: their live clients.
        chosen: what they have chosen, by person.
        at: the time of the answer.
        known: whether all who are here are among them.
    """

    clients: list[Client]
    chosen: dict[str, Chosen]
    at: int
    known: bool


class Presence:
    """The verbs of presence.

    Every method raises `RedisError` where the store cannot be reached.

    Args:
        store: where leases and reports are.
        people: what people have chosen.
        typing: who is typing.
        members: who may know.
        keeper: the leases that are held on this replica.
        clock: the present time.
        new_id: makes a different name for each Attach.
        lease_ms: how long a lease lasts.
        clients_per_person: how many live clients a person may have.
    """

    def __init__(
        self,
        store: LeaseStore,
        people: PeopleStore,
        typing: TypingStore,
        members: Members,
        keeper: Keeper,
        clock: Clock,
        new_id: Callable[[], str],
        *,
        lease_ms: int,
        clients_per_person: int,
    ) -> None:
        self._store = store
        self._people = people
        self._typing = typing
        self._members = members
        self._allowance = Bucket(TYPING_BURST, TYPING_PER_S, clock)
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
        again: Callable[[], None],
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
            again: called when the client must report again, because the store had lost its report.
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
        attachment = Attachment(lease, end, again, deadline=now + self._lease_ms)
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

    async def locate(self, tenant: str, persons: Sequence[str]) -> Whereabouts:
        """The live clients of people, and what they have chosen."""
        now = self._clock()
        names = {name_of(tenant, person): person for person in persons}
        (clients, known), chosen = await asyncio.gather(
            self._store.locate(tenant, persons, now), self._people.chosen(names, now)
        )
        return Whereabouts(clients, {names[name]: choice for name, choice in chosen.items()}, now, known)

    async def choose(self, tenant: str, person: str, status: Status, until: int) -> None:
        """Chooses a person's status; UNSPECIFIED has it derived again.

        Raises:
            Fault: INVALID_ARGUMENT, the time until when it holds has passed.
        """
        now = self._clock()
        if until and until <= now:
            raise invalid("until_ms", "has passed; it must be later than now, or 0")
        chosen = await self._people.choose(name_of(tenant, person), status, until, now)
        self._keeper.choose(tenant, person, chosen)

    async def report_typing(
        self, tenant: str, person: str, conversation: str, *, stopped: bool, limited: bool = True
    ) -> None:
        """Tells that a person is typing in a conversation, or has stopped.

        Raises:
            Fault: RESOURCE_EXHAUSTED, too many reports; NOT_FOUND, the person is no member; UNAVAILABLE, there is no
                messaging.
            AioRpcError: messaging cannot answer.
        """
        if limited:
            self._allowance.take((tenant, person))
        await self._members.check(tenant, person, conversation)
        await self._typing.report(conversation, person, self._clock(), stopped=stopped)
