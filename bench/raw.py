"""The raw servers that services are compared with: bare grpc.aio on uvloop, nothing else.

python -m bench.raw echo PORT              a unary call that answers with its own bytes
python -m bench.raw fanout PORT            streams; a unary call writes its bytes to each of them
python -m bench.raw announce PORT MONGODB  a unary call inserts, and writes its bytes to each stream
python -m bench.raw source PORT MONGODB    a unary call inserts; the change stream goes out as a stream
python -m bench.raw relay PORT UPSTREAM    hands the stream of a source on
"""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any

import grpc
import uvloop

from services.chassis import mongo

Handlers = dict[str, Any]
"""gRPC method handlers by name."""

OPTIONS = (
    ("grpc.server.max_pending_requests", 20_000),
    ("grpc.server.max_pending_requests_hard_limit", 20_000),
)


def echo() -> Handlers:
    """Answers with the request."""

    async def call(request: bytes, _context: Any) -> bytes:
        return request

    return {"Call": grpc.unary_unary_rpc_method_handler(call)}


def fanout() -> Handlers:
    """A queue for each stream; what is called is written to all."""
    queues: set[asyncio.Queue[bytes]] = set()

    async def watch(_request: bytes, context: Any) -> None:
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        queues.add(queue)
        try:
            await context.write(b"")
            while True:
                await context.write(await queue.get())
        finally:
            queues.discard(queue)

    async def call(request: bytes, _context: Any) -> bytes:
        for queue in queues:
            queue.put_nowait(request)
        return b""

    return {
        "Watch": grpc.unary_stream_rpc_method_handler(watch),
        "Call": grpc.unary_unary_rpc_method_handler(call),
    }


def announce(uri: str) -> Handlers:
    """Inserts with majority and journal, and only then writes to all."""
    collection = mongo.database(mongo.connect(uri, "raw"), "raw")["announced"]
    handlers = fanout()
    to_all: Any = handlers["Call"].unary_unary

    async def call(request: bytes, context: Any) -> bytes:
        size, _, body = request.partition(b"\n")
        await collection.insert_one({"body": bytes(int(size))})
        return bytes(await to_all(body, context))

    return {**handlers, "Call": grpc.unary_unary_rpc_method_handler(call)}


def source(uri: str) -> Handlers:
    """Inserts with majority and journal, and streams the collection's change stream."""
    collection = mongo.database(mongo.connect(uri, "raw"), "raw")["messages"]

    async def call(request: bytes, _context: Any) -> bytes:
        await collection.insert_one({"body": request})
        return b""

    async def watch(_request: bytes, context: Any) -> None:
        async with await collection.watch(
            [{"$match": {"operationType": "insert"}}], max_await_time_ms=1_000
        ) as changes:
            await context.write(b"")
            while changes.alive:
                change = await changes.try_next()
                if change is not None:
                    await context.write(change["fullDocument"]["body"])

    return {
        "Watch": grpc.unary_stream_rpc_method_handler(watch),
        "Call": grpc.unary_unary_rpc_method_handler(call),
    }


def relay(upstream: str) -> Handlers:
    """Streams what an upstream streams."""
    channel = grpc.aio.insecure_channel(upstream)

    async def watch(request: bytes, _context: Any) -> AsyncIterator[bytes]:
        watch: Any = channel.unary_stream("/raw.Raw/Watch")
        async for message in watch(request):
            yield message

    return {"Watch": grpc.unary_stream_rpc_method_handler(watch)}


async def main() -> None:
    """Serves until SIGTERM."""
    kind, port, *more = sys.argv[1:]
    kinds = {"echo": echo, "fanout": fanout, "announce": announce, "source": source, "relay": relay}
    handlers = kinds[kind](*more)  # type: ignore[operator]
    server = grpc.aio.server(options=OPTIONS)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("raw.Raw", handlers),))
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    await server.stop(None)


if __name__ == "__main__":
    uvloop.run(main())
