"""Sends a batch so that no push waits for one to another host."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence

import structlog

from services.notifier.senders import Outcome, Outgoing, Result

Sending = Callable[[int], Awaitable[Outcome]]
"""Sends one of some pushes, by its position among them."""

FAILED = Outcome(Result.RETRY, "sender failed")
"""What a push is told that broke the sender."""

_log = structlog.get_logger(__name__)


async def spread(
    batch: Sequence[Outgoing],
    host_of: Callable[[Outgoing], str],
    begin: Callable[[Sequence[Outgoing]], Sending],
    at_once: int,
) -> list[Outcome]:
    """Sends a batch; the outcomes are in its order.

    Args:
        batch: the pushes.
        host_of: where one goes.
        begin: makes what sends the pushes to one host.
        at_once: so many to the same host at the same time.
    """
    outcomes: list[Outcome] = [FAILED] * len(batch)
    by_host: defaultdict[str, list[int]] = defaultdict(list)
    for index, push in enumerate(batch):
        by_host[host_of(push)].append(index)

    async def work(sending: Sending, positions: Iterator[tuple[int, int]]) -> None:
        for position, index in positions:
            outcomes[index] = await _safely(sending, position)

    async with asyncio.TaskGroup() as group:
        for indexes in by_host.values():
            sending = begin([batch[index] for index in indexes])
            # All workers of a host take from the same.
            positions = enumerate(indexes)
            for _ in range(min(len(indexes), at_once)):
                group.create_task(work(sending, positions))
    return outcomes


async def _safely(sending: Sending, position: int) -> Outcome:
    try:
        return await sending(position)
    except Exception as error:  # noqa: BLE001 - whatever it was, it concerns this push only
        # Its words may hold the target.
        _log.error("a push broke its sender", error=type(error).__name__)
        return FAILED
