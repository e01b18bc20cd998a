"""Who is typing in which conversation."""

from collections.abc import Sequence

from services.presence import scripts
from services.presence.keys import bucket_of, news_key, typing_key
from services.presence.valkey import Pipe, Valkey, pipeline

TYPING_MS = 6_000
"""How long one report of typing holds, ms: two repeats of a client that repeats every 3 s."""

MOST = 50
"""How many people are told of at most, those who typed last."""

GARBAGE_MS = 60_000
"""A conversation in which nobody has typed for so long is removed, ms."""


class TypingStore:
    """Who is typing; every method raises `RedisError` where the store cannot be reached or does not answer in time.

    Args:
        client: the store.
    """

    def __init__(self, client: Valkey) -> None:
        self._client = client
        self._pipe = Pipe(client)

    async def close(self) -> None:
        """Ends what is under way."""
        await self._pipe.close()

    async def report(self, conversation: str, person: str, now: int, *, stopped: bool) -> None:
        """Keeps that a person is typing from now on, or has stopped."""
        keys = (typing_key(conversation), news_key(bucket_of(conversation)))
        until = 0 if stopped else now + TYPING_MS
        await self._pipe.call("EVAL", scripts.TYPE, 2, *keys, conversation, person, now, until, TYPING_MS + GARBAGE_MS)

    async def read(self, conversations: Sequence[str], now: int) -> list[dict[str, int]]:
        """For each conversation who is typing, and until when if they do not go on."""
        answers = await pipeline(
            self._client,
            [
                (
                    "ZRANGE",
                    typing_key(conversation),
                    "+inf",
                    f"({now}",
                    "BYSCORE",
                    "REV",
                    "LIMIT",
                    0,
                    MOST,
                    "WITHSCORES",
                )
                for conversation in conversations
            ],
        )
        return [{person.decode(): int(until) for person, until in _pairs(answer)} for answer in answers]


def _pairs(answer: list[bytes]) -> list[tuple[bytes, bytes]]:
    return list(zip(answer[::2], answer[1::2], strict=True))
