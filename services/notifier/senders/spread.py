"""Sends a batch so that no push waits for one to another host."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence

import structlog

from services.notifier.senders import Outcome, Outgoing, Result

FAILED = Outcome(Result.RETRY, "sender failed")
"""What a push is told that broke the sender."""

_log = structlog.get_logger(__name__)


async def spread(
    batch: Sequence[Outgoing],
    host_of: Callable[[Outgoing], str],
    one: Callable[[Outgoing], Awaitable[Outcome]],
    at_once: int,
) -> list[Outcome]:
    """Sends each push by `one`, at most so many to the same host at once; the outcomes are in the batch's order."""
    if len(batch) == 1:
        return [await _safely(one, batch[0])]
    outcomes: list[Outcome] = [FAILED] * len(batch)
    by_host: defaultdict[str, list[int]] = defaultdict(list)
    for index, push in enumerate(batch):
        by_host[host_of(push)].append(index)

    async def work(indexes: Iterator[int]) -> None:
        for index in indexes:
            outcomes[index] = await _safely(one, batch[index])

    async with asyncio.TaskGroup() as group:
        for indexes in by_host.values():
            # All workers of a host take from the same.
            shared = iter(indexes)
            for _ in range(min(len(indexes), at_once)):
                group.create_task(work(shared))
    return outcomes


async def _safely(one: Callable[[Outgoing], Awaitable[Outcome]], push: Outgoing) -> Outcome:
    try:
        return await one(push)
    except Exception as error:  # noqa: BLE001 - whatever it was, it concerns this push only
        # Its words may hold the target.
        _log.error("a push broke its sender", transport=push.device.transport, error=type(error).__name__)
        return FAILED
