"""messaging, and unread on as many replicas as a test wants."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from local.keys import Issuer, write_service_token
from services.chassis import mongo
from services.messaging.app import build as build_messaging
from services.messaging.settings import MessagingSettings
from services.unread.settings import UnreadSettings
from tests.harness import common, running
from tests.unread.suite import Suite


@pytest.fixture
async def suite(database: mongo.Database, mongo_uri: str, issuer: Issuer) -> AsyncIterator[Suite]:
    async with AsyncExitStack() as stack:
        messaging = await stack.enter_async_context(
            running(
                MessagingSettings(
                    **common(
                        issuer,
                        mongodb_uri=mongo_uri,
                        mongodb_database=database.name,
                        unlimited_actors=("replay",),
                    )
                ),
                build_messaging,
            )
        )
        settings = UnreadSettings(
            **common(
                issuer,
                mongodb_uri=mongo_uri,
                mongodb_database=database.name,
                messaging_address=messaging.address,
                service_token_file=str(write_service_token(issuer, "unread")),
                lease_ms=1_000,
                sweep_ms=200,
                read_wait_ms=300,
                audit_per_minute=0,
            )
        )
        yield Suite(issuer, stack, messaging, settings)
