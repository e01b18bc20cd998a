"""Thousands of spoilt requests, and streams that are opened and dropped."""

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import ParseDict
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.chassis.errors import STATUSES
from tests.conftest import eventually
from tests.harness import as_person
from tests.suite.hostile.fields import leaves
from tests.suite.hostile.mutations import mutate
from tests.suite.hostile.rpcs import RPCS, Outcome, Rpc, together
from tests.suite.hostile.stage import Stage

SEED = 20_261_125

EACH = 150
"""Spoilt requests for each RPC."""

TELLING = re.compile(
    r"Traceback|File \"|line \d+|\b[A-Za-z_]*(?:Error|Exception|Fault|Warning)\b|<class|0x[0-9a-f]{6,}|\.py\b"
    r"|services\.|pymongo|redis|bson|google\.protobuf|asyncio|object at|NoneType"
)
"""What a program says of itself, and never to a caller."""

REPEATED = {"messaging.LeaveConversation"}
"""RPCs that are done once; what is repeated with the same key is answered as before."""

QUIET = re.compile(r'^\{.*"level": "(info|debug)"')
"""Lines of a log that complain of nothing."""

WAITED = re.compile(r'"event": "(not healthy|leases not renewed|the news cannot be read)"')
"""What a service complains of when a database has not answered in time."""

CAME_THROUGH = {status.name for status in STATUSES} - {"INTERNAL", "UNAVAILABLE", "DEADLINE_EXCEEDED"} | {"OK"}
"""What a caller may be told while nothing is down."""


def told_too_much(outcome: Outcome) -> bool:
    """Whether the words, or the details beside them, name something within."""
    return any(
        TELLING.search(words if isinstance(words, str) else words.decode("latin-1"))
        for words in (outcome.details, *(value for _, value in outcome.trailing))
    )


@pytest.fixture
async def unharmed(stage: Stage) -> AsyncIterator[None]:
    """After the test every service is the same process as before, is healthy, and has nothing to complain about."""
    before = {name: (process.pid, len(process.log.read_text())) for name, process in stage.suite.processes.items()}
    yield
    for name, process in stage.suite.processes.items():
        pid, known = before[name]
        log = process.log.read_text()[known:]
        assert (process.running, process.pid) == (True, pid), log[-2_000:]
        await eventually(lambda name=name: serving(stage, name))
        complaints = [line for line in log.splitlines() if not QUIET.search(line)]
        # A busy machine may keep a database waiting once; a service that suffers does not complain once only.
        waited = Counter(found[1] for line in complaints if (found := WAITED.search(line)))
        assert max(waited.values(), default=1) == 1, complaints
        assert [line for line in complaints if not WAITED.search(line)] == []


async def serving(stage: Stage, name: str) -> bool:
    """Whether a service says that it is healthy."""
    health: Any = health_pb2_grpc.HealthStub(stage.suite.channel(name))
    answer = await health.Check(health_pb2.HealthCheckRequest(), timeout=5)
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


async def test_spoilt_requests_end_with_a_status_of_the_list_and_harm_nothing(stage: Stage, unharmed: None) -> None:
    rng = random.Random(SEED)
    cases = []
    for rpc in RPCS:
        valid, places = stage.valid(rpc), list(leaves(rpc.method.input_type))
        key = getattr(valid, "client_key", "")
        if key and str(rpc) not in REPEATED:
            # Of its own: what other tests have spoilt may hold the other one.
            ParseDict({"client_key": f"spoilt-{key}"}, valid)
        cases += [(rpc, mutate(rng, valid, places)) for _ in range(EACH)]
    rng.shuffle(cases)
    outcomes = await together([stage.calling(rpc, raw, stage.identity(rpc, actor="replay")) for rpc, raw in cases])
    wrong = [
        (str(rpc), raw[:200], outcome)
        for (rpc, raw), outcome in zip(cases, outcomes, strict=True)
        if outcome.code not in CAME_THROUGH or told_too_much(outcome)
    ]
    assert wrong == []
    # Neither too gentle nor too rough: each RPC refused some and answered some.
    codes = Counter((str(rpc), outcome.code == "OK") for (rpc, _), outcome in zip(cases, outcomes, strict=True))
    lopsided = {(str(rpc), fine) for rpc in RPCS for fine in (True, False) if not codes[str(rpc), fine]}
    # What a person may try once in two seconds only may be refused each time.
    assert lopsided <= {("notifier.TestNotification", True)}


async def test_streams_that_are_dropped_at_any_moment_leave_nothing_open(stage: Stage, unharmed: None) -> None:
    rng = random.Random(SEED)
    streams = [rpc for rpc in RPCS if rpc.streams]

    async def drop(rpc: Rpc, after_s: float, answers: int) -> None:
        make: Any = stage.suite.channel(rpc.service).unary_stream(rpc.path)
        calling = make(stage.valid(rpc).SerializeToString(), metadata=stage.identity(rpc, actor="replay"))
        try:
            async with asyncio.timeout(after_s):
                for _ in range(answers):
                    await calling.read()
        except TimeoutError:
            pass
        finally:
            calling.cancel()

    await together(
        [
            lambda rpc=rpc: drop(rpc, rng.uniform(0, 0.03), rng.randint(1, 3))  # type: ignore[misc]
            for rpc in streams
            for _ in range(60)
        ],
        at_once=24,
    )
    # Ann may have twenty streams; had any of these stayed open, she could not open one more.
    for rpc in streams:
        if rpc.for_people:
            outcome = await _when_free(stage, rpc)
            assert outcome.code == "OK", outcome


async def _when_free(stage: Stage, rpc: Rpc) -> Outcome:
    """The dropping reaches the service a moment later."""
    for _ in range(100):
        outcome = await stage.call(rpc, stage.valid(rpc), as_person(stage.suite.issuer, "ann"))
        if outcome.code != grpc.StatusCode.RESOURCE_EXHAUSTED.name:
            break
        await asyncio.sleep(0.05)
    return outcome
