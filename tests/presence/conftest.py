"""The parts of presence over a real, empty Valkey."""

from collections.abc import AsyncIterator, Callable
from itertools import count

import pytest
import redis.asyncio

from services.presence import valkey as client
from services.presence.actions import Presence
from services.presence.keeper import Keeper
from services.presence.store import LeaseStore
from tests.conftest import ManualClock

LEASE_MS = 30_000
GRACE_MS = 5_000
WINDOW_MS = 4_000


@pytest.fixture
async def store(valkey: redis.asyncio.Redis, valkey_url: str) -> AsyncIterator[LeaseStore]:
    store = LeaseStore(client.connect(valkey_url), LEASE_MS)
    yield store
    await store.close()


class Replica:
    """A replica's actions without its gRPC door; its leases are renewed when the test says so."""

    def __init__(self, name: str, store: LeaseStore, clock: ManualClock, *, trust_new_store: bool) -> None:
        ids = count()
        self.keeper = Keeper(
            store,
            clock,
            lease_ms=LEASE_MS,
            grace_ms=GRACE_MS,
            retry_window_ms=WINDOW_MS,
            trust_new_store=trust_new_store,
        )
        self.presence = Presence(
            store,
            self.keeper,
            clock,
            lambda: f"{name}-{next(ids)}",
            lease_ms=LEASE_MS,
            clients_per_person=3,
        )

    async def known(self) -> bool:
        return (await self.presence.locate("acme", ["anybody"]))[2]

    async def here(self, *persons: str) -> list[str]:
        """Who of these people has live clients, as person/client."""
        clients, _, _ = await self.presence.locate("acme", persons)
        return sorted(f"{client.person}/{client.client}" for client in clients)


@pytest.fixture
async def replica(store: LeaseStore, clock: ManualClock) -> AsyncIterator[Callable[..., Replica]]:
    """Makes replicas that share the store and the clock."""
    made: list[Replica] = []

    def make(name: str = "a", *, trust_new_store: bool = False) -> Replica:
        made.append(Replica(name, store, clock, trust_new_store=trust_new_store))
        return made[-1]

    yield make
    for each in made:
        await each.keeper.close()
