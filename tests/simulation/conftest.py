"""The databases in which an episode lives."""

import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio

from services.chassis import mongo
from services.presence import valkey as client
from tests.presence.conftest import PATIENCE
from tests.simulation.episode import Account, Size, live

Episode = Callable[..., Awaitable[Account]]


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Valkey is away when the life says so, and not because the machine has stood still."""
    for name in PATIENCE:
        monkeypatch.setattr(client, name, 60.0)


@pytest.fixture
async def episode(
    tmp_path: Path, mongo_uri: str, mongo_client: mongo.Client, valkey: redis.asyncio.Redis, valkey_url: str
) -> Episode:
    """Lives an episode of a seed."""

    async def run(seed: int, size: Size, **more: Any) -> Account:
        name = f"simulation_{uuid.uuid4().hex[:8]}"
        try:
            return await live(
                seed, size, tmp_path, mongo_uri, mongo.database(mongo_client, name), valkey, valkey_url, **more
            )
        finally:
            await mongo_client.drop_database(name)

    return run
