"""Real databases for every test, on loopback, ended with the test run."""

import asyncio
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis.asyncio
from hypothesis import HealthCheck, settings
from pymongo import AsyncMongoClient

from local import databases
from local.keys import Issuer
from services.chassis import mongo

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell has its background jobs ignore it, and every process that a test starts, and ends with it, would too.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says nothing but how busy the machine is.
usual = settings.get_profile(settings.get_current_profile_name())
unhurried = (*usual.suppress_health_check, HealthCheck.too_slow)
settings.register_profile("patient", usual, deadline=None, suppress_health_check=unhurried)
settings.load_profile("patient")


@dataclass
class ManualClock:
    """A clock that moves only when it is told to; ms since 1970 UTC."""

    now: int = 1_760_000_000_000

    def __call__(self) -> int:
        return self.now

    def pass_ms(self, ms: int) -> None:
        self.now += ms


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="session")
def mongo_uri() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="conversations-mongod-"))
    port = databases.free_port()
    with (folder / "mongod.log").open("wb") as log:
        process = subprocess.Popen(databases.mongod_command(folder, port, oplog_mb=64), stdout=log, stderr=log)
        try:
            databases.wait_for_mongod(process, port)
            yield databases.mongod_uri(port)
        finally:
            process.terminate()
            process.wait(timeout=20)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="conversations-valkey-"))
    port = databases.free_port()
    process = subprocess.Popen(databases.valkey_command(folder, port), stdout=subprocess.DEVNULL)
    try:
        databases.wait_for_port(process, "valkey", port)
        yield databases.valkey_url(port)
    finally:
        process.terminate()
        process.wait(timeout=20)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def mongo_client(mongo_uri: str) -> AsyncIterator[mongo.Client]:
    client: mongo.Client = AsyncMongoClient(mongo_uri, serverSelectionTimeoutMS=30_000, tz_aware=True)
    yield client
    await client.close()


@pytest.fixture
async def database(mongo_client: mongo.Client) -> AsyncIterator[mongo.Database]:
    """An empty database, dropped after the test."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    yield mongo.database(mongo_client, name)
    await mongo_client.drop_database(name)


@pytest.fixture
async def valkey(valkey_url: str) -> AsyncIterator[redis.asyncio.Redis]:
    """An empty Valkey."""
    client = redis.asyncio.Redis.from_url(valkey_url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    """A token issuer of its own, with the real clock."""
    return Issuer.open(tmp_path / "keys")


async def eventually(condition: object, timeout_s: float = 30) -> None:
    """Waits until a condition (a function, plain or async) holds."""
    end = asyncio.get_running_loop().time() + timeout_s
    while True:
        result = condition()  # type: ignore[operator]
        if asyncio.iscoroutine(result):
            result = await result
        if result:
            return
        assert asyncio.get_running_loop().time() < end, "the condition did not hold in time"
        await asyncio.sleep(0.01)
