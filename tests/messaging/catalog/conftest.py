from collections.abc import AsyncIterator

import pytest

from local.keys import Issuer
from services.chassis import mongo
from tests.messaging.catalog.world import World, world_of


@pytest.fixture
async def world(database: mongo.Database, mongo_uri: str, issuer: Issuer) -> AsyncIterator[World]:
    async with world_of(database, mongo_uri, issuer) as world:
        yield world


@pytest.fixture
async def two(database: mongo.Database, mongo_uri: str, issuer: Issuer) -> AsyncIterator[World]:
    """Two replicas."""
    async with world_of(database, mongo_uri, issuer, replicas=2) as world:
        yield world
