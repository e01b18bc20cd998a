"""Decisions a CPU second of the pure function, on facts as they are met; against a function that decides nothing."""

import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from bench import measure
from bench.cores import kept_to
from services.notifier import rules
from services.notifier.facts import (
    Client,
    Decision,
    Facts,
    Kind,
    Level,
    Preferences,
    PushTiming,
    QuietHours,
    Reason,
    Surface,
    Tab,
)

FACTS = 20_000
"""Different facts."""

IDLE_MS = 180_000
NOW_MS = 1_760_000_000_000
HERE = "g_" + "a" * 26
THERE = "g_" + "b" * 26
ZONES = tuple(map(ZoneInfo, ("Europe/Vienna", "America/New_York", "Asia/Kolkata")))

NOTHING = Decision(Surface.NONE, Reason.AUTHOR)


async def decisions(runs: int) -> measure.Result:
    """Decisions a second."""
    mix = facts(random.Random(7), FACTS)
    with kept_to(0):
        result = await measure.ratio(
            "decisions",
            f"decisions of the pure function over {FACTS:,} different facts : calls of a function that decides nothing",
            "decisions a CPU second",
            None,
            lambda: _rate(rules.decide, mix),
            lambda: _rate(_nothing, mix),
            runs,
        )
        by_reason = {
            reason.value.lower(): [each for each in mix if rules.decide(each).reason is reason] for reason in Reason
        }
        result.notes = {
            "the mix": {name: f"{len(each) / FACTS:.1%}" for name, each in by_reason.items() if each},
            "µs for one": {
                name: statistics.median(
                    [1e6 / await _rate(rules.decide, each * (2_000 // len(each) + 1)) for _ in range(5)]
                )
                for name, each in by_reason.items()
                if each
            },
        }
    return result


async def _rate(decide: Callable[[Facts], Decision], mix: Sequence[Facts]) -> float:
    # By this thread's own time: nothing here waits, and others on the core are none of its business.
    started = time.thread_time()
    for each in mix:
        decide(each)
    return len(mix) / (time.thread_time() - started)


def _nothing(_: Facts) -> Decision:
    return NOTHING


def facts(draw: random.Random, count: int) -> list[Facts]:
    """What people are found doing: of ten, five are away, three use a tab, two left one open; a few have chosen."""
    return [_one(draw, number) for number in range(count)]


def _one(draw: random.Random, number: int) -> Facts:
    person = f"person-{number % 5_000}"
    preferences, level = _chosen(draw)
    chance = draw.random()
    return Facts(
        conversation=HERE,
        number=100,
        author=person if draw.random() < 0.01 else "ann",
        kind=draw.choice((Kind.DIRECT, Kind.GROUP, Kind.GROUP, Kind.ITEM)),
        now_ms=NOW_MS + draw.randrange(7 * 86_400_000),
        idle_ms=IDLE_MS,
        clients=None if draw.random() < 0.005 else _clients(draw),
        person=person,
        mentioned=draw.random() < 0.1,
        read=100 if chance < 0.02 else draw.randrange(100),
        deleted=chance > 0.995,
        preferences=preferences,
        muted_until_ms=2**53 - 1 if draw.random() < 0.05 else 0,
        level=level,
        do_not_disturb=draw.random() < 0.01,
        reads_known=draw.random() > 0.002,
    )


def _clients(draw: random.Random) -> tuple[Client, ...]:
    where = draw.random()
    if where < 0.5:
        return ()
    uses = where < 0.8
    count = draw.choice((1, 1, 2))
    return tuple(
        Client(
            f"client-{client}",
            draw.random() < 0.5,
            tuple(
                Tab(
                    f"tab-{tab}",
                    visible=tab == 0,
                    focused=uses and client == tab == 0,
                    input_age_ms=draw.randrange(60_000) if uses else draw.randrange(3_600_000),
                    conversation=draw.choice(("", "", HERE, THERE)),
                )
                for tab in range(draw.choice((1, 2, 4)))
            ),
        )
        for client in range(count)
    )


def _chosen(draw: random.Random) -> tuple[Preferences, Level | None]:
    """Of ten people, seven have chosen nothing."""
    chance = draw.random()
    if chance < 0.7:
        return Preferences(), None
    if chance < 0.8:
        nights = tuple(QuietHours(day, 22 * 60, 7 * 60) for day in range(7))
        return Preferences(quiet=nights, time_zone=draw.choice(ZONES)), None
    if chance < 0.85:
        return Preferences(snoozed_until_ms=NOW_MS + 3 * 86_400_000), None
    if chance < 0.9:
        return Preferences(push_timing=PushTiming.ALWAYS), None
    if chance < 0.95:
        return Preferences(kinds_off=frozenset({Kind.GROUP})), None
    return replace(Preferences(), mention_breaks_mute=True), draw.choice((Level.ALL, Level.MENTIONS, Level.NOTHING))
