from collections.abc import AsyncIterator

import pytest

from local.keys import Issuer
from services.chassis import mongo
from services.messaging.app import build
from services.messaging.settings import MessagingSettings
from tests.harness import Running, common, running
from tests.messaging.people import People


@pytest.fixture
async def service(database: mongo.Database, mongo_uri: str, issuer: Issuer) -> AsyncIterator[Running]:
    """Messaging on an empty database."""
    settings = MessagingSettings(
        **common(issuer, mongodb_uri=mongo_uri, mongodb_database=database.name, unlimited_actors=("replay",))
    )
    async with running(settings, build) as service:
        yield service


@pytest.fixture
def people(service: Running, issuer: Issuer) -> People:
    return People(service.channel, issuer)


@pytest.fixture
async def other(service: Running, database: mongo.Database, mongo_uri: str, issuer: Issuer) -> AsyncIterator[People]:
    """The same people at a second replica."""
    settings = MessagingSettings(
        **common(issuer, mongodb_uri=mongo_uri, mongodb_database=database.name, unlimited_actors=("replay",))
    )
    async with running(settings, build) as replica:
        yield People(replica.channel, issuer)
