from collections.abc import AsyncIterator

import grpc
import pytest
from prometheus_client import CollectorRegistry

from local.keys import AUDIENCE, ISSUER, Issuer
from services.chassis import changes, mongo
from services.chassis.auth import Verifier
from services.chassis.clock import system_clock
from services.chassis.doors import Guard
from services.chassis.keys import Keys
from services.chassis.metrics import RpcMetrics
from services.chassis.tasks import Tasks
from tests.chassis.house import UNREAD, House
from tests.chassis.sea import Sea


@pytest.fixture
def write_timeout_ms() -> int:
    """Longer than any machine stands still."""
    return 10_000


@pytest.fixture
async def house(issuer: Issuer, write_timeout_ms: int) -> AsyncIterator[House]:
    keys = Keys(str(issuer.jwks_file), system_clock)
    await keys.load()
    registry = CollectorRegistry()
    guard = Guard(Verifier(keys, ISSUER, AUDIENCE, system_clock), RpcMetrics(registry), write_timeout_ms)
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        house = House(issuer, registry, channel)
        server.add_generic_rpc_handlers((guard.door(UNREAD, house.handlers),))
        await server.start()
        yield house
        await server.stop(grace=0)


@pytest.fixture
async def sea(database: mongo.Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sea]:
    monkeypatch.setattr(changes, "AWAIT_MS", 100)
    await database.create_collection("numbers")
    tasks = Tasks()
    yield Sea(database, tasks)
    await tasks.close()
