"""What the gateway bounds: peers that are gone without a word, streams, connections, and the time of a request."""

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from gateway.envoy import PEER_IDLE_S, PEER_TIMEOUT_S, STREAMS
from local.keys import Issuer
from tests.conftest import eventually
from tests.gateway.world import FLOOD, GET, LOOPBACK, WATCH, World, gateway
from tests.harness import as_person

UNAVAILABLE = int(grpc.StatusCode.UNAVAILABLE.value[0])

WATCHER = """
import sys, grpc
address, path, token = sys.argv[1:]
with grpc.insecure_channel(address) as channel:
    for part in channel.unary_stream(path)(b"", metadata=[("authorization", token)]):
        print(part.decode(), flush=True)
"""


@asynccontextmanager
async def watcher(world: World) -> AsyncIterator[subprocess.Popen[bytes]]:
    """A process that holds a stream open over HTTP/2, and reads it."""
    token = as_person(world.issuer, "ann")[0][1]
    process = subprocess.Popen(  # noqa: ASYNC220 - it is only started here
        [sys.executable, "-c", WATCHER, f"{LOOPBACK}:{world.port}", WATCH, token], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        assert await asyncio.to_thread(process.stdout.readline) == b"hello\n"
        yield process
    finally:
        process.kill()
        process.wait(timeout=10)
        process.stdout.close()


async def test_a_peer_that_is_frozen_is_found_and_one_that_lives_is_left_alone(issuer: Issuer, tmp_path: Path) -> None:
    async with (
        gateway(issuer, tmp_path, peer_idle_s=1, peer_timeout_s=3) as world,
        watcher(world) as frozen,
        watcher(world) as alive,
    ):
        upstream = world.upstreams[0]
        assert upstream.open_streams == 2
        frozen.send_signal(signal.SIGSTOP)
        began = asyncio.get_running_loop().time()
        await eventually(lambda: upstream.open_streams == 1)
        assert asyncio.get_running_loop().time() - began >= 2, "it had its time to answer"
        # The other was asked as early: had it not answered, its time would be over by now.
        await asyncio.sleep(1.5)
        assert upstream.open_streams == 1
        assert alive.poll() is None


@pytest.mark.skipif(sys.platform != "linux", reason="TCP_USER_TIMEOUT is of Linux")
async def test_a_peer_over_http1_that_takes_nothing_any_more_is_found(issuer: Issuer, tmp_path: Path) -> None:
    async with gateway(issuer, tmp_path, peer_idle_s=1, peer_timeout_s=1) as world:
        body = b"\x00" + len(FLOOD).to_bytes(4, "big") + FLOOD
        request = (
            f"POST {WATCH} HTTP/1.1\r\nhost: {LOOPBACK}\r\ncontent-type: application/grpc-web+proto\r\n"
            f"authorization: {as_person(issuer, 'ann')[0][1]}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        with contextlib.closing(socket.create_connection((LOOPBACK, world.port))) as peer:
            peer.sendall(request.encode() + body)
            await eventually(lambda: world.upstreams[0].open_streams == 1)
            await eventually(lambda: world.upstreams[0].open_streams == 0)


def test_both_are_found_within_forty_seconds_as_it_is_shipped() -> None:
    assert PEER_IDLE_S + PEER_TIMEOUT_S == 40


async def test_a_connection_has_no_more_than_its_streams_and_gets_another_when_one_ends(
    issuer: Issuer, tmp_path: Path
) -> None:
    async with (
        gateway(issuer, tmp_path) as world,
        grpc.aio.insecure_channel(f"{LOOPBACK}:{world.port}") as channel,
        grpc.aio.insecure_channel(f"{LOOPBACK}:{world.port}", options=[("grpc.use_local_subchannel_pool", 1)]) as other,
    ):
        metadata = as_person(issuer, "ann")
        watch: Any = channel.unary_stream(WATCH)
        streams = [watch(b"", metadata=metadata) for _ in range(STREAMS)]
        for stream in streams:
            assert await stream.read() == b"hello"
        one_more = watch(b"", metadata=metadata)
        first = asyncio.ensure_future(one_more.read())
        await asyncio.sleep(1)
        assert not first.done()
        assert world.upstreams[0].open_streams == STREAMS
        call: Any = other.unary_unary(GET)
        assert await call(b"", metadata=metadata, timeout=20) == b"ok", "another connection has streams of its own"
        streams[0].cancel()
        assert await asyncio.wait_for(first, timeout=20) == b"hello"
        for stream in (*streams[1:], one_more):
            stream.cancel()


async def test_connections_beyond_the_limit_are_closed_and_the_others_go_on(issuer: Issuer, tmp_path: Path) -> None:
    async with gateway(issuer, tmp_path, connections=3) as world, AsyncExitStack() as stack:
        held: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

        async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
            """Whether a request on a connection is answered; else it is closed."""
            writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n")
            try:
                async with asyncio.timeout(20):
                    head = await reader.readuntil(b"\r\n\r\n")
                    await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split()[0]))
            except (ConnectionError, asyncio.IncompleteReadError):
                return False
            return head.startswith(b"HTTP/1.1 401 Unauthorized\r\n")

        async def one_more(wanted: int) -> bool:
            """Opens one; whether so many are held then. Who is over the limit is closed at once."""
            reader, writer = await asyncio.open_connection(LOOPBACK, world.port)
            stack.callback(writer.close)
            if await answers(reader, writer):
                held.append((reader, writer))
            return len(held) == wanted

        # The connection by which the fixture has looked for the port may not be gone yet.
        await eventually(lambda: one_more(3))
        for _ in range(3):
            assert await one_more(3), "a fourth is not taken"
        for reader, writer in held:
            assert await answers(reader, writer)
        held[0][1].close()
        await eventually(lambda: one_more(4))


async def test_a_request_that_does_not_arrive_is_refused_with_a_status_of_the_list(
    issuer: Issuer, tmp_path: Path
) -> None:
    async with gateway(issuer, tmp_path, request_s=1) as world:
        reader, writer = await asyncio.open_connection(LOOPBACK, world.port)
        with contextlib.closing(writer):
            writer.write(
                f"POST {GET} HTTP/1.1\r\nhost: {LOOPBACK}\r\ncontent-type: application/grpc-web+proto\r\n"
                f"authorization: {as_person(issuer, 'ann')[0][1]}\r\ncontent-length: 5\r\n\r\n".encode()
            )
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), timeout=20)
        assert answer.startswith(b"HTTP/1.1 200")
        assert f"grpc-status: {UNAVAILABLE}".encode() in answer
