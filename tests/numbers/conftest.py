"""The replicas that the sequences of one test run on."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.chassis import mongo
from tests.numbers.world import World


@pytest.fixture
async def world(tmp_path: Path, mongo_uri: str, mongo_client: mongo.Client) -> AsyncIterator[World]:
    name = f"numbers_{uuid.uuid4().hex[:8]}"
    opened = await World.open(tmp_path, mongo_uri, name)
    yield opened
    await opened.close()
    for suffix in ("m", "u"):
        await mongo_client.drop_database(f"{name}_{suffix}")
