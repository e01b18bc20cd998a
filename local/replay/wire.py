"""The replay's calls: one channel to each service, tokens signed once, and what to do when an outcome is unknown."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from functools import cache
from pathlib import Path
from typing import TypeVar

import grpc
from conversations.messaging.v1 import messaging_pb2_grpc
from conversations.notifier.v1 import notifier_pb2_grpc
from conversations.presence.v1 import presence_pb2_grpc
from conversations.unread.v1 import unread_pb2_grpc

from local.keys import Issuer
from local.ready import Ready
from services.chassis.channel import connect

ACTOR = "replay"
"""The replay's own service identity: the limits for people do not hold for tokens by which it acts for them."""

REPEATED = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNKNOWN,
    }
)
"""Statuses after which the outcome is unknown and the same call is made again."""

CALL_TIMEOUT_S = 10.0
"""How long one call may take, s."""

GIVE_UP_S = 60.0
"""How long a call is repeated before it counts as failed, s; longer than a service's restart."""

Metadata = tuple[tuple[str, str], ...]
T = TypeVar("T")
R = TypeVar("R")


class Wire:
    """Calls to the four services.

    Args:
        ready: where they are, and the key that signs tokens.
        tenant: whose people the tokens name.
    """

    def __init__(self, ready: Ready, tenant: str) -> None:
        issuer = Issuer.read(Path(ready.key_file))
        self.tenant = tenant
        self._channels = [connect(at) for at in (ready.messaging, ready.unread, ready.presence, ready.notifier)]
        messaging, unread, presence, notifier = self._channels
        self.messaging = messaging_pb2_grpc.MessagingServiceStub(messaging)
        self.unread = unread_pb2_grpc.UnreadServiceStub(unread)
        self.presence = presence_pb2_grpc.PresenceServiceStub(presence)
        self.notifier = notifier_pb2_grpc.NotifierServiceStub(notifier)
        self.service: Metadata = _bearer(issuer.service(ACTOR))
        self.person: Callable[[str], Metadata] = cache(
            lambda person: _bearer(issuer.person(tenant, person, actor=ACTOR))
        )
        """The metadata of a call as a person, by name."""

    async def close(self) -> None:
        """Closes the channels."""
        for channel in self._channels:
            await channel.close()


def _bearer(token: str) -> Metadata:
    return (("authorization", f"Bearer {token}"),)


async def repeat(
    call: Callable[[], Awaitable[T]],
    rng: random.Random,
    give_up_s: float = GIVE_UP_S,
    on_retry: Callable[[], None] = lambda: None,
) -> T:
    """Makes a call, again and again while its outcome is unknown.

    Raises:
        grpc.aio.AioRpcError: another status, or the time is over.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + give_up_s
    pause_s = 0.05
    while True:
        try:
            return await call()
        except grpc.aio.AioRpcError as error:
            if error.code() not in REPEATED or loop.time() > end:
                raise
        on_retry()
        await asyncio.sleep(rng.uniform(0, pause_s))
        pause_s = min(2.0, pause_s * 2)


async def each(items: Iterable[T], at_once: int, work: Callable[[T], Awaitable[R]]) -> list[R]:
    """Works on all items, at most `at_once` at a time; answers the results in the items' order."""
    waiting = list(enumerate(items))
    results: dict[int, R] = {}
    waiting.reverse()

    async def worker() -> None:
        while waiting:
            index, item = waiting.pop()
            results[index] = await work(item)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(at_once, len(waiting))):
            group.create_task(worker())
    return [results[index] for index in sorted(results)]
