"""Leases and reports in Valkey. Nothing here is the truth of anything that must not be lost."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, TypeVar

from services.presence import blobs, scripts
from services.presence.keys import (
    BUCKETS,
    KEPT,
    WHOLE,
    active_key,
    bucket_of,
    chosen_key,
    name_of,
    news_key,
    people_key,
    person_key,
    seen_key,
)
from services.presence.rules import Client, Lease, Report, Watch, garbage_ms, known, live
from services.presence.statuses import Chosen
from services.presence.valkey import Command, Pipe, Valkey, pipeline

T = TypeVar("T")

RENEW_CHUNK = 100
"""How many leases one script renews; a script holds up the server, and this many take it about 1 ms."""

SEEN_KEPT_MS = 30 * 86_400_000
"""For how long it is remembered when people were last seen: 30 days, ms."""

SEND_CHUNK = 1_000
"""How many clients one pipeline is about, so that the event loop breathes in between."""


class LeaseStore:
    """Leases of clients, with what they last reported.

    Every method raises `RedisError` where the store cannot be reached or does not answer in time. All times are ms
    since 1970, by the caller's clock.

    Args:
        client: the store.
        lease_ms: how long a lease lasts.
        idle_ms: how old the last input in a tab may be while it is in use.
    """

    def __init__(self, client: Valkey, lease_ms: int, idle_ms: int) -> None:
        self._client = client
        self._pipe = Pipe(client)
        self._lease_ms = lease_ms
        self._idle_ms = idle_ms
        self._garbage_ms = garbage_ms(lease_ms)

    async def ping(self) -> object:
        """Asks every part of the store for an answer."""
        return await pipeline(self._client, [("EXISTS", people_key(bucket)) for bucket in range(BUCKETS)])

    async def close(self) -> None:
        """Closes the connections."""
        await self._pipe.close()
        await self._client.aclose()

    async def attach(self, lease: Lease, now: int, at_most: int = 0) -> bool:
        """Takes the lease of a client, whoever held it.

        False if the person has `at_most` other live clients (0: no limit).
        """
        name = name_of(lease.tenant, lease.person)
        answer = await self._pipe.call(
            *("EVAL", scripts.ATTACH, 4, *_keys(name)),
            *(name, lease.client, lease.holder, lease.platform),
            *(now, now + self._lease_ms, at_most, self._garbage_ms, self._idle_ms),
        )
        return bool(answer == scripts.HELD)

    async def part(self, lease: Lease, now: int, deadline: int) -> bool:
        """Lets go of a lease, which then ends by `deadline`; False if it was not held any more."""
        name = name_of(lease.tenant, lease.person)
        answer = await self._pipe.call(
            *("EVAL", scripts.PART, 4, *_keys(name)),
            *(name, lease.client, lease.holder, now, deadline, self._idle_ms),
        )
        return bool(answer == scripts.HELD)

    async def report(self, tenant: str, person: str, client: str, report: Report, now: int) -> int:
        """Stores a report where its sequence is the highest; answers `STORED`, `STALE` or (no live lease) `LOST`."""
        name = name_of(tenant, person)
        _, person_at, active, news = _keys(name)
        answer = await self._pipe.call(
            *("EVAL", scripts.REPORT, 4, person_at, active, news, seen_key(bucket_of(name))),
            *(name, client, now, report.sequence, blobs.dump(report)),
            *(_text(report.used_at()), _text(report.seen_at()), self._idle_ms),
        )
        return int(answer)

    async def renew(
        self, leases: Sequence[Lease], now: int, *, whole_since: int
    ) -> AsyncIterator[tuple[Lease, int, Chosen | None]]:
        """Looks after the whole store and renews these leases from now on.

        Answers for each `LOST`, `TAKEN`, or the sequence of the client's report (`NO_REPORT`); and what the person has
        chosen.

        Args:
            leases: the leases.
            now: the present time.
            whole_since: since when a store that is empty counts as whole.
        """
        buckets: list[list[Lease]] = [[] for _ in range(BUCKETS)]
        for lease in leases:
            buckets[bucket_of(name_of(lease.tenant, lease.person))].append(lease)
        parts = [(bucket, part) for bucket, of in enumerate(buckets) for part in _chunks(of, RENEW_CHUNK) or [of]]
        for some in _weighed(parts):
            commands = [self._renewal(bucket, part, now, whole_since) for bucket, part in some]
            answers = await pipeline(self._client, commands)
            for (_, part), (states, choices) in zip(some, answers, strict=True):
                for lease, state, choice in zip(part, states, choices, strict=True):
                    yield lease, state, blobs.load_chosen(choice)

    def _renewal(self, bucket: int, leases: Sequence[Lease], now: int, whole_since: int) -> Command:
        keys = [people_key(bucket), active_key(bucket), news_key(bucket), seen_key(bucket)]
        names = [name_of(lease.tenant, lease.person) for lease in leases]
        keys += [person_key(name) for name in names]
        keys += [chosen_key(name) for name in names]
        times = (now, now + self._lease_ms, self._garbage_ms, self._lease_ms, whole_since, self._idle_ms, SEEN_KEPT_MS)
        arguments = [
            text for name, lease in zip(names, leases, strict=True) for text in (name, lease.client, lease.holder)
        ]
        return ("EVAL", scripts.RENEW, len(keys), *keys, *times, *arguments)

    async def restore(self, lost: Sequence[tuple[Lease, Report | None, Chosen | None]], now: int) -> list[bool]:
        """Writes leases again that the store has lost, with reports and choices; False where another holds one."""
        answers: list[Any] = []
        for some in _chunks(lost, SEND_CHUNK):
            answers += await pipeline(self._client, [self._restoration(*each, now) for each in some])
        return [answer == scripts.HELD for answer in answers]

    def _restoration(self, lease: Lease, report: Report | None, chosen: Chosen | None, now: int) -> Command:
        name = name_of(lease.tenant, lease.person)
        sequence, content = (scripts.NO_REPORT, "") if report is None else (report.sequence, blobs.dump(report))
        used, seen = (None, None) if report is None else (report.used_at(), report.seen_at())
        choice = blobs.dump_chosen(chosen) if chosen and chosen.holds(now) else ""
        return (
            *("EVAL", scripts.RESTORE, 6, *_keys(name), seen_key(bucket_of(name)), chosen_key(name)),
            *(name, lease.client, lease.holder, lease.platform),
            *(now, now + self._lease_ms, self._garbage_ms, self._idle_ms),
            *(sequence, content, _text(used), _text(seen)),
            *(choice, blobs.chosen_garbage_ms(chosen, now, self._garbage_ms) if chosen else 0),
        )

    async def reports(self, leases: Sequence[Lease]) -> list[Report | None]:
        """What clients last reported; None for nothing."""
        reports: list[Report | None] = []
        for some in _chunks(leases, SEND_CHUNK):
            answers = await pipeline(
                self._client,
                [
                    ("HMGET", person_key(name_of(of.tenant, of.person)), f"lease:{of.client}", f"tabs:{of.client}")
                    for of in some
                ],
            )
            reports += [_report(held, content) for held, content in answers]
        return reports

    async def locate(self, tenant: str, persons: Sequence[str], now: int) -> tuple[list[Client], bool]:
        """The live clients of people, and whether all who are here are among them.

        Costs one round trip for people who are not here, and one more for those who are.
        """
        buckets: dict[int, list[str]] = defaultdict(list)
        person_by_name = {name_of(tenant, person): person for person in persons}
        for name in person_by_name:
            buckets[bucket_of(name)].append(name)
        if not buckets:
            buckets[0] = []  # nobody is asked for, but whether presence is known is still an answer
        scores = await pipeline(
            self._client,
            [("ZMSCORE", people_key(bucket), WHOLE, KEPT, *names) for bucket, names in buckets.items()],
        )
        watches: dict[int, Watch | None] = {}
        here: dict[int, list[str]] = {}
        for (bucket, names), (since, kept, *deadlines) in zip(buckets.items(), scores, strict=True):
            watches[bucket] = _watch(since, kept)
            found = [name for name, at in zip(names, deadlines, strict=True) if at is not None and live(int(at), now)]
            if found:
                here[bucket] = found
        clients: list[Client] = []
        for some in _weighed(list(here.items())):
            # The watch is read again, last: had the store been emptied meanwhile, these people would be missing.
            answers = await pipeline(
                self._client,
                [
                    *(("HGETALL", person_key(name)) for _, names in some for name in names),
                    *(("ZMSCORE", people_key(bucket), WHOLE, KEPT) for bucket, _ in some),
                ],
            )
            names = [name for _, of in some for name in of]
            for name, fields in zip(names, answers, strict=False):
                clients += _clients(person_by_name[name], fields, now)
            watches.update(
                (bucket, _watch(*watch)) for (bucket, _), watch in zip(some, answers[len(names) :], strict=True)
            )
        return clients, all(known(watch, now, self._lease_ms) for watch in watches.values())


def _keys(name: str) -> tuple[str, str, str, str]:
    bucket = bucket_of(name)
    return people_key(bucket), person_key(name), active_key(bucket), news_key(bucket)


def _text(time: int | None) -> int | str:
    return "" if time is None else time


def _watch(since: Any, kept: Any) -> Watch | None:
    return None if since is None or kept is None else Watch(int(since), int(kept))


def _report(held: bytes | None, content: bytes | None) -> Report | None:
    if held is None or content is None:
        return None
    return blobs.load(int(held.rsplit(b" ", 1)[1]), content)


def _clients(person: str, fields: dict[bytes, bytes], now: int) -> Iterator[Client]:
    for field, held in fields.items():
        if field.startswith(b"lease:"):
            deadline, _, platform, _ = held.split(b" ")
            if live(int(deadline), now):
                client = field[6:]
                yield Client(person, client.decode(), int(platform), _report(held, fields.get(b"tabs:" + client)))


def _chunks(items: Sequence[T], size: int) -> list[Sequence[T]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _weighed(parts: Sequence[tuple[int, Sequence[T]]]) -> Iterator[list[tuple[int, Sequence[T]]]]:
    """Parts together, as long as they are about no more than `SEND_CHUNK` things; a part is never split."""
    some: list[tuple[int, Sequence[T]]] = []
    weight = 0
    for part in parts:
        if some and weight + len(part[1]) > SEND_CHUNK:
            yield some
            some, weight = [], 0
        some.append(part)
        weight += len(part[1])
    if some:
        yield some
