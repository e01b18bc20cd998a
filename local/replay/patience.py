"""Waiting for something that has an end only if it is right."""

import asyncio

PATIENCE_S = 90.0
"""After so long without any progress what is still missing counts as missing, s; three times the escalation delay."""

AFTERWARDS_S = 5.0
"""Once the patience has run out everything else gets this much, s."""


class Patience:
    """Waits while something moves.

    Args:
        limit_s: how long nothing may move.
    """

    def __init__(self, limit_s: float = PATIENCE_S) -> None:
        self._limit_s = limit_s
        self._seen: object = None
        self._since = 0.0

    async def goes_on(self, state: object, pause_s: float = 0.5) -> bool:
        """Pauses and answers True, unless `state` has been the same for too long.

        Args:
            state: begins with what is waited for, so that another wait is another state.
            pause_s: how long to pause.
        """
        now = asyncio.get_running_loop().time()
        if state != self._seen:
            self._seen, self._since = state, now
        if now - self._since >= self._limit_s:
            self._limit_s = min(self._limit_s, AFTERWARDS_S)
            return False
        await asyncio.sleep(pause_s)
        return True
