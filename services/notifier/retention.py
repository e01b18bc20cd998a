"""Forgets what was decided and delivered long ago."""

from collections.abc import Iterable
from typing import Protocol

import structlog

from services.chassis.clock import Clock

DAY_MS = 86_400_000
"""A day, ms."""

SWEEP_S = 3_600.0
"""How often what is old is looked for, s."""

_log = structlog.get_logger(__name__)


class Aging(Protocol):
    """What is kept for a while."""

    async def forget(self, before_ms: int) -> int:
        """Deletes what is older than a moment, ms since 1970 UTC; returns how many."""


async def forget_old(stores: Iterable[Aging], keep_ms: int, clock: Clock) -> None:
    """Deletes what is older than it is kept. Every replica does; what one has deleted another does not find."""
    for store in stores:
        if count := await store.forget(clock() - keep_ms):
            _log.info("forgot what is old", store=type(store).__name__, count=count)
