"""The pulse of a replica: looks at the news of all buckets several times a second, and hands on what has happened.

The stored state is the truth, and a stream in the store is the bell that says where to look: unlike what is published
to subscribers, it loses nothing when a connection or the store goes away for a moment.
"""

import asyncio

import structlog
from redis.exceptions import RedisError

from services.chassis.clock import Clock
from services.chassis.tasks import describe
from services.presence.feed.statuses import Statuses
from services.presence.feed.transitions import Transitions
from services.presence.feed.typing import Typing
from services.presence.stores.news import NOWHERE, NewsStore

BEAT_S = 0.2
"""How often the news are looked at, s: what changes is told after half of this on average."""

_log = structlog.get_logger(__name__)


class Pulse:
    """Looks at the news, for all streams of this replica.

    Args:
        store: the news.
        transitions: is told of transitions.
        statuses: is told of whom something has changed.
        typing: is told where others are typing.
        clock: the present time.
    """

    def __init__(
        self, store: NewsStore, transitions: Transitions, statuses: Statuses, typing: Typing, clock: Clock
    ) -> None:
        self._store = store
        self._transitions = transitions
        self._statuses = statuses
        self._typing = typing
        self._clock = clock
        self._positions = NOWHERE

    async def run(self) -> None:
        """Beats, again and again."""
        while True:
            try:
                again = await self.beat()
            except RedisError as error:
                _log.warning("the news cannot be read", error=describe(error))
                again = False
            await asyncio.sleep(0 if again else BEAT_S)

    async def beat(self) -> bool:
        """Looks once; whether there is more to see at once.

        Raises:
            RedisError: the store cannot be reached.
        """
        blind = self._positions == NOWHERE
        news = await self._store.look(self._positions, self._clock())
        # First of all: what has been handed on is not handed on again, even if the rest of this fails.
        self._positions = news.positions
        self._transitions.take(news)
        if news.lapsed:
            await self._store.lapse(news.lapsed, self._clock())
        # What happened where nobody looked is found in what is stored.
        everything = blind or news.gap
        await self._statuses.refresh(news.names, everybody=everything)
        await self._typing.refresh(news.conversations, everywhere=everything)
        return bool(news.lapsed)
