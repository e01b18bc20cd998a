"""What has happened: read from every bucket, from a position on."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.presence import scripts
from services.presence.keys import BUCKETS, active_key, bucket_of, news_key, people_key, person_key, split
from services.presence.rules import Transition, Watch, looked_after
from services.presence.valkey import Valkey, pipeline

COUNT = 500
"""How many entries of a bucket are read at once."""

LAPSES = 200
"""How many people of a bucket are told to have lapsed at once; the others follow."""

NOWHERE = ("",) * BUCKETS
"""The positions of somebody who has read nothing."""

_LAST_OF_MS = "18446744073709551615"

_REASONS = {scripts.ACTIVE: 0, scripts.FOCUS_LOST: 1, scripts.IDLE: 2, scripts.LEASE_GONE: 3}
"""As the contract numbers them."""


@dataclass
class Round:
    """What one look at all buckets has brought.

    Attributes:
        positions: where to read on, a position for each bucket.
        at: everything that happened up to this time by the store's clocks is in this round or an earlier one; ms.
        gap: whether something may be missing before this round.
        transitions: who began or ceased to be active, in order for each person.
        names: of whom something else may have changed.
        conversations: where others are typing now.
        lapsed: who has ceased to be active because time has passed, and has not been told yet.
    """

    positions: tuple[str, ...]
    at: int = 0
    gap: bool = False
    transitions: list[Transition] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    conversations: set[str] = field(default_factory=set)
    lapsed: list[str] = field(default_factory=list)


def positions_at(at: int) -> tuple[str, ...]:
    """The positions of somebody who has everything up to a time, ms."""
    return (f"{at}-{_LAST_OF_MS}",) * BUCKETS


class NewsStore:
    """News; every method raises `RedisError` where the store cannot be reached or does not answer in time.

    Args:
        client: the store.
        lease_ms: how long a lease lasts.
        idle_ms: how old the last input in a tab may be while it is in use.
    """

    def __init__(self, client: Valkey, lease_ms: int, idle_ms: int) -> None:
        self._client = client
        self._lease_ms = lease_ms
        self._idle_ms = idle_ms

    async def look(self, positions: Sequence[str], now: int, *, own: bool = True) -> Round:
        """Reads what has happened since these positions, to the end.

        Args:
            positions: of an earlier round, `NOWHERE`, or of `positions_at`.
            now: the present time.
            own: whether the positions are of an earlier round.
        """
        found = Round(tuple(positions))
        where = list(positions)
        buckets = list(range(BUCKETS))
        times: list[int] = []
        while buckets:
            answers = await pipeline(
                self._client,
                [
                    (
                        *("EVAL", scripts.LOOK, 3, people_key(bucket), active_key(bucket), news_key(bucket)),
                        *(now, where[bucket], COUNT, 0 if times else LAPSES, int(own)),
                    )
                    for bucket in buckets
                ],
            )
            if not times:
                times = [int(answer[0]) for answer in answers]
            more: list[int] = []
            for bucket, (_, since, kept, lapsed, gap, last, entries) in zip(buckets, answers, strict=True):
                # Of a store that nobody looks after, everybody's lease has lapsed, also of those who are here.
                if lapsed and since and kept and looked_after(Watch(int(since), int(kept)), now, self._lease_ms):
                    found.lapsed += [name.decode() for name in lapsed]
                found.gap |= bool(gap)
                for _, fields in entries:
                    _take(found, dict(zip(fields[::2], fields[1::2], strict=True)))
                if entries:
                    where[bucket] = entries[-1][0].decode()
                elif not where[bucket] or gap:
                    where[bucket] = last.decode()
                if len(entries) == COUNT:
                    more.append(bucket)
            buckets = more
        found.positions = tuple(where)
        # What happens within the same ms, after this was read, is not in it.
        found.at = min(times) - 1
        return found

    async def lapse(self, names: Sequence[str], now: int) -> None:
        """Tells that people have ceased to be active because time has passed, where no other replica has."""
        await pipeline(
            self._client,
            [
                (
                    *("EVAL", scripts.LAPSE, 3),
                    *(person_key(name), active_key(bucket_of(name)), news_key(bucket_of(name))),
                    *(name, now, self._idle_ms),
                )
                for name in names
            ],
        )


def _take(found: Round, entry: dict[bytes, bytes]) -> None:
    kind, name = entry[b"kind"], entry[b"name"].decode()
    if kind in _REASONS:
        tenant, person = split(name)
        found.transitions.append(Transition(tenant, person, kind == scripts.ACTIVE, int(entry[b"at"]), _REASONS[kind]))
        found.names.add(name)
    elif kind == scripts.CHANGED:
        found.names.add(name)
    elif kind == scripts.TYPING:
        found.conversations.add(name)
    elif kind == scripts.GAP:
        found.gap = True
