"""Valkey: a client that never waits long, and calls that leave together."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import redis.asyncio
from redis import exceptions
from redis.asyncio.cluster import RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

Command = tuple[str | bytes | int, ...]
"""A command and its arguments."""

ANSWER_S = 2.0
"""A server that answers nothing for this long has failed, s."""

CALL_S = 2.5
"""No call takes longer than this, with all that it waits for, s."""

CONNECTIONS = 16
"""How many connections one replica opens at most; calls are pipelined, so a few carry everything."""

PIPELINE = 200
"""How many calls leave together; beyond about 100 a command costs no less (redis-py 8.1, measured)."""

WAITING = 20_000
"""How many calls may wait for one another; as many as the gRPC server admits."""


class Cluster(RedisCluster):
    """A client of a cluster; unlike that of one server it has no queue for its connections, so it gets one here."""

    def __init__(self, *positional: Any, **named: Any) -> None:
        super().__init__(*positional, **named)
        self.turns = asyncio.Semaphore(CONNECTIONS)


Valkey = redis.asyncio.Redis | Cluster
"""A client of Valkey or Redis."""


def connect(url: str, *, cluster: bool = False) -> Valkey:
    """A client; it connects when it is first used.

    A connection that turns out to be broken is opened again once, at once. A server that does not answer is not asked
    again: the caller has no time for that. RESP2, because RESP3 costs a round trip for each new connection and brings
    nothing that is used here. Of a cluster, the address is of any of its nodes, and a pipeline is sent in parts, one to
    each node; after a failover the nodes are asked once who has what now.

    Args:
        url: the address.
        cluster: whether it is of a node of a cluster.

    Raises:
        ValueError: the address is malformed.
    """
    if cluster:
        client = Cluster.from_url(
            url,
            # Each node's own; the queue holds back more.
            max_connections=2 * CONNECTIONS,
            socket_timeout=ANSWER_S,
            socket_connect_timeout=ANSWER_S / 2,
            health_check_interval=15,
            retry=Retry(NoBackoff(), 1),
            protocol=2,
        )
        assert isinstance(client, Cluster)  # noqa: S101 - redis-py's types say less
        return client
    pool = redis.asyncio.BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=ANSWER_S,
        socket_timeout=ANSWER_S,
        socket_connect_timeout=ANSWER_S / 2,
        health_check_interval=15,
        retry=Retry(NoBackoff(), 1, supported_errors=(exceptions.ConnectionError,)),
        protocol=2,
    )
    return redis.asyncio.Redis.from_pool(pool)


async def pipeline(client: Valkey, commands: Sequence[Command]) -> list[Any]:
    """The answers to commands that are sent together, in their order; not a transaction.

    Raises:
        RedisError: the server cannot be reached, does not answer in time, or refuses one of the commands.
    """
    answers = await _execute(client, commands)
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers


async def _execute(client: Valkey, commands: Sequence[Command]) -> list[Any]:
    try:
        async with asyncio.timeout(CALL_S), client.turns if isinstance(client, Cluster) else nullcontext():
            batch = client.pipeline(transaction=False)
            for command in commands:
                batch.execute_command(*command)
            return list(await batch.execute(raise_on_error=False))
    except TimeoutError:
        raise exceptions.TimeoutError("no answer in time") from None


class Pipe:
    """Single calls of many callers: those that wait while others are under way leave together, in order.

    An idle pipe sends a call at once. One pipeline is under way at a time.
    """

    def __init__(self, client: Valkey) -> None:
        self._client = client
        self._waiting: deque[tuple[Command, asyncio.Future[Any]]] = deque()
        self._sender: asyncio.Task[None] | None = None

    async def call(self, *command: str | bytes | int) -> Any:
        """The answer to one command.

        Raises:
            RedisError: the server cannot be reached, does not answer within `CALL_S`, or refuses the command.
        """
        if len(self._waiting) >= WAITING:
            raise exceptions.ConnectionError("too many calls wait")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, future))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send(), name="valkey pipe")
        try:
            async with asyncio.timeout(CALL_S):
                return await future
        except TimeoutError:
            raise exceptions.TimeoutError("no answer in time") from None

    async def close(self) -> None:
        """Ends what is under way; its callers get an error."""
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)
        for _, future in self._waiting:
            if not future.done():
                future.set_exception(exceptions.ConnectionError("the service is ending"))
        self._waiting.clear()

    async def _send(self) -> None:
        while self._waiting:
            count = min(PIPELINE, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(count)]
            batch = [(command, future) for command, future in batch if not future.done()]
            if not batch:
                continue
            answers: Sequence[Any] = [exceptions.ConnectionError("the service is ending")] * len(batch)
            try:
                answers = await _execute(self._client, [command for command, _ in batch])
            except Exception as error:  # noqa: BLE001 - each caller must learn of it
                answers = [error] * len(batch)
            finally:
                for (_, future), answer in zip(batch, answers, strict=True):
                    if future.done():
                        continue
                    if isinstance(answer, Exception):
                        future.set_exception(answer)
                    else:
                        future.set_result(answer)
