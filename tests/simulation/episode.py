"""One episode: some minutes of the lives of some people, then quiet, then the account."""

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import redis.asyncio

from services.chassis import mongo
from services.notifier.stores.alerts import COLLECTION as ALERTS
from services.notifier.stores.deliveries import COLLECTION as DELIVERIES
from tests.conftest import ManualClock
from tests.simulation.closing import Closing
from tests.simulation.life import Life, populate
from tests.simulation.moments import Moments
from tests.simulation.rates import CALM, TTL_MS, Rates
from tests.simulation.replicas import SENTINEL
from tests.simulation.world import World

LINES = 40
"""So many of the last lines of a person's log are shown."""

BEGINNINGS = (
    1_760_000_000_000,  # a Thursday, 2025-10-09 08:53 UTC
    1_761_438_840_000,  # 2025-10-26 00:34 UTC: before the hour that Berlin has twice
    1_772_953_080_000,  # 2026-03-08 06:58 UTC: the hour that New York leaves out
    1_767_225_480_000,  # 2025-12-31 23:58 UTC
)
"""Moments at which the clocks of people do something."""


class WrongError(AssertionError):
    """The services did something that they must not do."""


@dataclass
class Size:
    """How long an episode is, and how many people live in it."""

    people: int = 90
    sleepers: int = 110
    moments: int = 300
    messages: float = 2.0
    actions: int = 7
    quiet: bool = True


@dataclass
class Account:
    """What came of an episode."""

    seed: int
    pairs: int = 0
    messages: int = 0
    received: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    digest: int = 0
    took_s: float = 0.0


async def live(
    seed: int,
    size: Size,
    folder: Path,
    mongo_uri: str,
    database: mongo.Database,
    valkey: redis.asyncio.Redis,
    valkey_url: str,
    rates: Rates | None = None,
) -> Account:
    """Lives one episode.

    Raises:
        WrongError: something was wrong; tells what, and what happened to that person before.
    """
    started = time.monotonic()
    rng = random.Random(f"{seed} people")
    people = populate(rng, size.people, size.sleepers)
    clock = ManualClock(BEGINNINGS[seed % len(BEGINNINGS)])
    async with World.open(
        seed, people, clock, rates or Rates(), folder, mongo_uri, database, valkey, valkey_url
    ) as world:
        life, moments = Life(world, rng), Moments(world)
        try:
            await life.begin()
            await moments.pass_one()
            for _ in range(size.moments):
                clock.pass_ms(rng.choice([100, 250, 500, 500, 750, 1_000]))
                await world.faults()
                await life.step(rng.randint(0, 2 * size.actions), _poisson(rng, size.messages))
                await moments.pass_one()
                _check(world)
            if size.quiet:
                await _quiet(world, life, moments)
                await _conserved(world)
                _check(world)
        finally:
            await life.close()
        books = world.books
        messages = sum(len(of.messages) for of in world.messaging.conversations.values())
        account = Account(seed, books.pairs, messages, len(books.received), Counter(books.counts))
        account.digest = hash(tuple((each.at_ms, each.nonce, each.answered) for each in books.received))
        account.took_s = time.monotonic() - started
        return account


def _poisson(rng: random.Random, mean: float) -> int:
    count = int(mean)
    return rng.randint(0, 2 * count) + (rng.random() < mean - count)


async def _quiet(world: World, life: Life, moments: Moments) -> None:
    """Everybody goes, nothing goes wrong any more, and time passes until nothing is left to be done."""
    world.rates = CALM
    world.unread.away = False
    world.pushes.trouble = False
    await world.faults()
    await life.end()
    for step_ms, steps in ((500, 20), (1_000, 60), (5_000, TTL_MS // 5_000 + 20)):
        for _ in range(steps):
            world.clock.pass_ms(step_ms)
            await world.faults()
            await moments.pass_one()
            _check(world)
            if step_ms == 5_000 and not await world.database[DELIVERIES].find_one({"state": "PENDING"}):
                return


async def _conserved(world: World) -> None:
    alerts = await world.database[ALERTS].find({"_id": {"$ne": SENTINEL}}).to_list()
    deliveries = await world.database[DELIVERIES].find().to_list()
    closing = Closing(world.books)
    closing.stored(alerts)
    closing.conserved(deliveries, world.unregistered)
    closing.tray()


def _check(world: World) -> None:
    wrong = world.books.wrong
    if not wrong:
        return
    begun = BEGINNINGS[world.seed % len(BEGINNINGS)]
    lines = [f"seed {world.seed}: {len(wrong)} wrong"]
    lines += [f"  {whose}: {what}" for whose, what in wrong[:10]]
    for person in list(dict.fromkeys(whose for whose, _ in wrong if whose))[:3]:
        lines.append(f"{person}: {world.people[person].wishes}")
        log = world.people[person].log
        first = next((index for index, (_, what) in enumerate(log) if what.startswith("WRONG")), len(log))
        lines += [f"  {at - begun:>8} ms  {what}" for at, what in log[max(0, first + 1 - LINES) : first + 1]]
    raise WrongError("\n".join(lines))
