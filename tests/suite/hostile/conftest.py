"""The services run once for all of these tests, at their most talkative."""

import uuid
from collections.abc import AsyncIterator

import pytest
import redis.asyncio
from conversations.messaging.v1 import messaging_pb2

from local.databases import free_port
from local.keys import Issuer
from services.chassis import mongo
from services.notifier.senders.webpush.vapid import new_pair
from tests.conftest import eventually
from tests.harness import as_person
from tests.suite.conftest import Suite, running_suite
from tests.suite.hostile.stage import CHANGED, LEFT, Stage

READ_WAIT_MS = 200
"""How long unread waits for a conversation that it does not know (yet), ms."""

STORED = ("messaging", "unread", "notifier")
"""The services that have a database."""


@pytest.fixture(scope="package")
async def metrics_ports() -> dict[str, int]:
    return {name: free_port() for name in (*STORED, "presence")}


@pytest.fixture(scope="package")
async def prefix() -> str:
    return f"test_{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="package")
async def suite(
    mongo_uri: str,
    mongo_client: mongo.Client,
    valkey_url: str,
    tmp_path_factory: pytest.TempPathFactory,
    metrics_ports: dict[str, int],
    prefix: str,
) -> AsyncIterator[Suite]:
    folder = tmp_path_factory.mktemp("hostile")
    talkative = {
        name: {"log_level": "DEBUG", "metrics_port": port, "log_style": "json"} for name, port in metrics_ports.items()
    }
    talkative["unread"]["read_wait_ms"] = READ_WAIT_MS
    # No second decision comes while these tests compare what is stored.
    talkative["notifier"]["escalation_ms"] = 3_600_000
    talkative["notifier"]["vapid_private_key"] = new_pair()[0]
    talkative["notifier"]["vapid_subject"] = "mailto:nobody@example.com"
    async with running_suite(
        Issuer.open(folder / "keys"), folder, mongo_uri, mongo_client, valkey_url, prefix, **talkative
    ) as suite:
        yield suite


@pytest.fixture(scope="package")
async def stage(suite: Suite, mongo_client: mongo.Client, valkey_url: str, prefix: str) -> AsyncIterator[Stage]:
    conversation = await suite.group("ann", "bob", "max")
    strangers = await suite.group("bob", "max")
    foreign = await suite.messaging.CreateGroupConversation(
        messaging_pb2.CreateGroupConversationRequest(client_key="rival", title="Level 3 slab", members=["bob"]),
        metadata=as_person(suite.issuer, "ann", tenant="rival"),
    )
    for author in ("bob", "ann", "ann"):
        await suite.send(conversation, author)
    await suite.send(strangers, "bob")
    ann = as_person(suite.issuer, "ann")
    for key in ("changed", "left"):
        await suite.messaging.CreateGroupConversation(
            messaging_pb2.CreateGroupConversationRequest(client_key=key, title="Level 3 slab", members=["bob"]),
            metadata=ann,
        )
    await suite.messaging.LeaveConversation(
        messaging_pb2.LeaveConversationRequest(conversation=LEFT, client_key="left"), metadata=ann
    )

    await suite.send(CHANGED, "bob")

    async def decided() -> bool:
        # At the start presence may not know yet who is here, and the decision waits.
        alerts = [*await suite.alerts(conversation), *await suite.alerts(strangers)]
        return [alert.check_pending for alert in alerts] == [False] * 4

    await eventually(decided, timeout_s=20)
    await suite.attach("ann", focused=False)
    databases = {name: mongo.database(mongo_client, f"{prefix}_{name}") for name in STORED}
    valkey = redis.asyncio.Redis.from_url(valkey_url)
    stage = Stage(suite, databases, valkey, conversation, strangers, foreign.conversation.conversation)
    await stage.quiet()
    yield stage
    await valkey.aclose()
