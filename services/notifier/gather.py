"""Asking presence once for many: what is asked for while an answer is under way goes into the next question."""

import asyncio
from collections.abc import Awaitable, Callable, Collection

from services.notifier.records import Whereabouts

Locate = Callable[[str, Collection[str]], Awaitable[Whereabouts]]
"""Finds the live clients of (tenant, persons); never fails, but may not know."""

MANY = 500
"""A question about more people than this is followed by a rest."""

REST = 2.0
"""How long the rest is, in times of the question's own duration: so much is left to others of a busy machine."""

REST_MAX_S = 0.2
"""The longest rest, s; the delay of a banner is bounded by it."""


class Locator:
    """Coalesces questions to presence, tenant by tenant.

    An answer is never older than its question: whoever asks during a call waits for the next one.
    """

    def __init__(self, locate: Locate) -> None:
        self._locate = locate
        self._waiting: dict[str, tuple[set[str], asyncio.Future[Whereabouts]]] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    async def locate(self, tenant: str, persons: Collection[str]) -> Whereabouts:
        """Where people are; may name others too."""
        if not persons:
            return Whereabouts(known=True)
        entry = self._waiting.get(tenant)
        if entry is None:
            entry = self._waiting[tenant] = (set(), asyncio.get_running_loop().create_future())
        entry[0].update(persons)
        if tenant not in self._running:
            self._running[tenant] = asyncio.create_task(self._ask(tenant))
        # One who gives up must not take the answer from the others.
        return await asyncio.shield(entry[1])

    async def close(self) -> None:
        """Ends what is under way."""
        for task in tuple(self._running.values()):
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _ask(self, tenant: str) -> None:
        loop = asyncio.get_running_loop()
        answers: list[asyncio.Future[Whereabouts]] = []
        try:
            while tenant in self._waiting:
                persons, answer = self._waiting.pop(tenant)
                answers = [answer]
                started = loop.time()
                answer.set_result(await self._locate(tenant, persons))
                if len(persons) > MANY:
                    await asyncio.sleep(min(REST_MAX_S, REST * (loop.time() - started)))
        except Exception as error:  # noqa: BLE001 - whoever asked is told
            for answer in (*answers, *self._take(tenant)):
                if not answer.done():
                    answer.set_exception(error)
        finally:
            for answer in (*answers, *self._take(tenant)):
                answer.cancel()
            del self._running[tenant]

    def _take(self, tenant: str) -> list[asyncio.Future[Whereabouts]]:
        waiting = self._waiting.pop(tenant, None)
        return [waiting[1]] if waiting else []
