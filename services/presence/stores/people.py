"""What others see of people, and what people have chosen."""

from collections import defaultdict
from collections.abc import Collection

from services.presence import blobs, scripts
from services.presence.keys import (
    KEPT,
    WHOLE,
    active_key,
    bucket_of,
    chosen_key,
    news_key,
    people_key,
    seen_key,
)
from services.presence.rules import Watch, known
from services.presence.statuses import Chosen, Person, Status
from services.presence.valkey import Command, Valkey, pipeline

CHUNK = 1_000
"""How many people one pipeline is about, so that the event loop breathes in between."""


class PeopleStore:
    """People, by name; every method raises `RedisError` where the store cannot be reached or does not answer in time.

    Args:
        client: the store.
        lease_ms: how long a lease lasts.
        garbage_ms: what nobody needs any more is removed after so long.
    """

    def __init__(self, client: Valkey, lease_ms: int, garbage_ms: int) -> None:
        self._client = client
        self._lease_ms = lease_ms
        self._garbage_ms = garbage_ms

    async def choose(self, name: str, status: Status, until: int, now: int) -> Chosen:
        """Keeps what a person has chosen."""
        bucket = bucket_of(name)
        garbage_ms = blobs.chosen_garbage_ms(Chosen(status, until), now, self._garbage_ms)
        keys = (chosen_key(name), news_key(bucket), seen_key(bucket))
        [answer] = await pipeline(
            self._client, [("EVAL", scripts.CHOOSE, 3, *keys, name, f"{status:d} {until}", garbage_ms, now)]
        )
        return blobs.load_chosen(answer) or Chosen(status, until)

    async def chosen(self, names: Collection[str], now: int) -> dict[str, Chosen]:
        """What these people have chosen, where that holds now."""
        found: dict[str, Chosen] = {}
        for some in _by_bucket(names):
            answers = await pipeline(
                self._client, [("MGET", *(chosen_key(name) for name in of)) for of in some.values()]
            )
            for of, contents in zip(some.values(), answers, strict=True):
                for name, content in zip(of, contents, strict=True):
                    chosen = blobs.load_chosen(content)
                    if chosen and chosen.holds(now):
                        found[name] = chosen
        return found

    async def read(self, names: Collection[str], now: int) -> dict[str, tuple[Person, bool]]:
        """What is stored of people, and whether each would be found if they were here."""
        found: dict[str, tuple[Person, bool]] = {}
        for some in _by_bucket(names):
            commands: list[Command] = []
            for bucket, of in some.items():
                commands += [
                    ("ZMSCORE", active_key(bucket), *of),
                    ("ZMSCORE", seen_key(bucket), *of),
                    ("MGET", *(chosen_key(name) for name in of)),
                    # Last: had the store been emptied before, it would tell.
                    ("ZMSCORE", people_key(bucket), *of, WHOLE, KEPT),
                ]
            answers = iter(await pipeline(self._client, commands))
            for of in some.values():
                active, seen, chosen, (*deadlines, since, kept) = (next(answers) for _ in range(4))
                watch = None if since is None or kept is None else Watch(int(since), int(kept))
                is_known = known(watch, now, self._lease_ms)
                for name, deadline, until, at, choice in zip(of, deadlines, active, seen, chosen, strict=True):
                    person = Person(int(deadline or 0), int(until or 0), int(at or 0), blobs.load_chosen(choice))
                    found[name] = person, is_known
        return found


def _by_bucket(names: Collection[str]) -> list[dict[int, list[str]]]:
    """Names by bucket, in parts of not much more than `CHUNK` names; a bucket is split only where it is larger."""
    buckets: dict[int, list[str]] = defaultdict(list)
    for name in names:
        buckets[bucket_of(name)].append(name)
    parts: list[dict[int, list[str]]] = []
    weight = CHUNK
    for bucket, of in buckets.items():
        for start in range(0, len(of), CHUNK):
            piece = of[start : start + CHUNK]
            if weight + len(piece) > CHUNK or bucket in parts[-1]:
                parts.append({})
                weight = 0
            parts[-1][bucket] = piece
            weight += len(piece)
    return parts
