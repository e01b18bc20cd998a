"""The limits of streams, of metadata, of requests and of sending, each with a status that a client can act on."""

import asyncio
import time
import uuid
from collections.abc import Awaitable
from typing import Any

import grpc
import pytest
from conversations.messaging.v1 import messaging_pb2

from tests.harness import as_person
from tests.suite.hostile.rpcs import RPCS, Outcome, Rpc, together
from tests.suite.hostile.stage import Stage

STREAMS = 20
"""Streams that one person may have open on a replica."""

BURST = 60
"""Messages that one person may send at once."""

PER_SECOND = 1
"""Messages that one person may send in the long run."""

PEOPLES_STREAMS = [rpc for rpc in RPCS if rpc.streams and rpc.for_people]

ONE_OF_EACH_KIND = list({(rpc.service, rpc.streams): rpc for rpc in reversed(RPCS)}.values())
"""A stream and a plain call of each service."""


def request_of(stage: Stage, rpc: Rpc, client: int) -> bytes:
    """A valid request of one of a person's clients."""
    request: Any = stage.valid(rpc)
    if "client" in rpc.method.input_type.fields_by_name:
        request.client = f"client-{client}"
    return bytes(request.SerializeToString())


@pytest.mark.parametrize("rpc", PEOPLES_STREAMS, ids=str)
async def test_the_twenty_first_stream_of_a_person_is_told_when_to_come_again(stage: Stage, rpc: Rpc) -> None:
    max_, bob = as_person(stage.suite.issuer, "max"), as_person(stage.suite.issuer, "bob")
    streams: list[Any] = []
    try:
        while len(streams) < STREAMS:
            streams.append(await _opened(stage, rpc, request_of(stage, rpc, len(streams)), max_))
        refused = await stage.call(rpc, request_of(stage, rpc, STREAMS), max_)
        assert refused.code == "RESOURCE_EXHAUSTED"
        assert refused.retry_ms() is not None
        assert (await stage.call(rpc, request_of(stage, rpc, 0), bob)).code == "OK", "others have streams of their own"
        streams.pop().cancel()
        # The same client as before: presence keeps the lease of one that has gone for a while.
        assert (await _in_time(stage, rpc, request_of(stage, rpc, STREAMS - 1), max_)).code == "OK"
    finally:
        for stream in streams:
            stream.cancel()


async def _opened(stage: Stage, rpc: Rpc, raw: bytes, metadata: Any) -> Any:
    """A stream that is open; those of an earlier test end at the service a moment later than here."""
    make: Any = stage.suite.channel(rpc.service).unary_stream(rpc.path)
    async with asyncio.timeout(30):
        while True:
            stream = make(raw, metadata=metadata)
            try:
                assert await stream.read() is not grpc.aio.EOF
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.RESOURCE_EXHAUSTED:
                    raise
                await asyncio.sleep(0.02)
            else:
                return stream


async def _in_time(stage: Stage, rpc: Rpc, raw: bytes, metadata: Any) -> Outcome:
    """The end of a stream reaches the service a moment later."""
    for _ in range(500):
        outcome = await stage.call(rpc, raw, metadata)
        if outcome.code != "RESOURCE_EXHAUSTED":
            break
        await asyncio.sleep(0.02)
    return outcome


@pytest.mark.parametrize("rpc", ONE_OF_EACH_KIND, ids=str)
async def test_too_much_is_refused_and_the_connection_lives_on(stage: Stage, rpc: Rpc) -> None:
    valid = stage.valid(rpc).SerializeToString()
    # A field that no contract has, longer than any request may be.
    unknown = b"\xfa\x07" + b"\xa0\xc0\x25" + bytes(614_432)
    (watch,) = [each for each in RPCS if each.service == rpc.service and each.streams][:1]
    make: Any = stage.suite.channel(rpc.service).unary_stream(watch.path)
    other = make(stage.valid(watch).SerializeToString(), metadata=stage.identity(watch))
    try:
        await other.read()
        for metadata in ((), stage.identity(rpc)):
            large = await stage.call(rpc, valid + unknown, metadata)
            assert (large.code, large.answers) == ("RESOURCE_EXHAUSTED", ())
            wordy = await stage.call(rpc, valid, (*metadata, ("x-note", "a" * 17_000)))
            assert (wordy.code, wordy.answers) == ("RESOURCE_EXHAUSTED", ())
            assert "aaaa" not in wordy.details
        assert (await stage.call(rpc, valid)).code == "OK"
        assert not other.done(), "what shares the connection suffers"
    finally:
        other.cancel()


async def test_the_sixty_first_message_at_once_is_told_when_to_come_again(stage: Stage) -> None:
    (rpc,) = [rpc for rpc in RPCS if str(rpc) == "messaging.SendMessage"]
    person = as_person(stage.suite.issuer, "hasty")

    def send() -> Awaitable[Outcome]:
        # Refused messages count: nobody finds out by trying which conversations there are.
        request = messaging_pb2.SendMessageRequest(conversation=stage.foreign, client_key=uuid.uuid4().hex, text="Noon")
        return stage.call(rpc, request, person)

    began = time.monotonic()
    assert {(await send()).code for _ in range(BURST)} == {"NOT_FOUND"}
    more = await together([send] * BURST)
    refilled = (time.monotonic() - began) * PER_SECOND
    refused = [outcome for outcome in more if outcome.code != "NOT_FOUND"]
    assert {outcome.code for outcome in refused} == {"RESOURCE_EXHAUSTED"}
    assert len(more) - len(refused) <= refilled + 1
    assert 0 < (refused[-1].retry_ms() or 0) <= 1_001
