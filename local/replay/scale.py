"""The send rate in rooms of many members against that in rooms of few: the same messages of the same people."""

import statistics
import time
import uuid
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from local.replay.bare import bare
from local.replay.checks import check_badges
from local.replay.drive import Driver, create_rooms
from local.replay.input import Plan
from local.replay.latency import BadgeDelay
from local.replay.observe import Observer
from local.replay.patience import Patience
from local.replay.report import checks_as_json, print_checks
from local.replay.sizes import FEW, extras, padded, sliced
from local.replay.truth import Check, RoomTruth, expected_badges
from local.replay.wire import Wire, each

MESSAGES = 6_000
"""So many messages are sent to each size, if nothing else is said: slices of about a second."""

TARGET = 0.9
"""The rate with many members is to be at least so much of that with few (issue 3)."""

SAMPLE = 20
"""The badges of so many of the first extra people, and of as many of the last, are compared."""


@dataclass(frozen=True)
class ScaleReport:
    """What was measured.

    Attributes:
        members: of each of the large rooms.
        few: members of each of the small ones.
        messages: how many were sent to each size.
        many_per_s: messages a second in large rooms, of each pair.
        few_per_s: the same in small rooms.
        ratios: of the pairs.
        ratio: their median.
        met: whether the target is met; the exit status does not tell, as another program may have taken the time.
        checks: the promises and what was compared.
    """

    rooms: int
    members: int
    few: int
    messages: int
    many_per_s: list[float]
    few_per_s: list[float]
    ratios: list[float]
    ratio: float
    target: float
    met: bool
    checks: list[Check]

    @property
    def ok(self) -> bool:
        """Whether every check holds."""
        return all(check.ok for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """The report as one object."""
        return {"ok": self.ok, **asdict(self), "checks": checks_as_json(self.checks)}

    def print(self, console: Console) -> None:
        """Prints the table, and the first differences of each check that fails."""
        numbers = Table(show_header=False, box=None, pad_edge=False)
        numbers.add_column(style="bold")
        numbers.add_column(justify="right")
        ratios = ", ".join(f"{ratio:.2f}" for ratio in self.ratios)
        for name, value in (
            ("rooms, messages", f"{self.rooms:,}, {self.messages:,} to each size"),
            (f"messages/s at {self.members:,} members", f"{statistics.median(self.many_per_s):,.0f}"),
            (f"messages/s at {self.few} members", f"{statistics.median(self.few_per_s):,.0f}"),
            ("ratio", f"{self.ratio:.2f} (pairs: {ratios})"),
            (f"target ≥ {self.target}", "met" if self.met else "not met"),
        ):
            numbers.add_row(name, value)
        console.print(numbers)
        print_checks(console, self.checks)


class Scale:
    """One measurement.

    Args:
        wire: the calls.
        plan: what to send, with the writers as the only members.
        members: of each of the large rooms.
        patience_s: after so long without any progress what is still missing counts as missing, s.
        progress: is told how far it is.
    """

    def __init__(self, wire: Wire, plan: Plan, members: int, patience_s: float, progress: Progress) -> None:
        self._wire = wire
        self._members = members
        self._plans = {size: padded(plan, size) for size in (members, FEW)}
        self._conversations: dict[int, list[str]] = {}
        self._authors: dict[str, list[str]] = {}
        self._observer = Observer(wire)
        self._patience = Patience(patience_s)
        self._progress = progress
        self._bar = progress.add_task("making rooms", total=2 * plan.messages)
        self._taken = Check("every message was taken")

    async def measure(self) -> ScaleReport:
        """Measures pairs, and compares the badges of a sample of people.

        Raises:
            grpc.aio.AioRpcError: rooms cannot be made, or badges not be read back.
        """
        for size, plan in self._plans.items():
            self._conversations[size] = await create_rooms(self._wire, plan.rooms, f"{size}")
            self._authors |= {conversation: [] for conversation in self._conversations[size]}
            await self._counted(size)
        rates: dict[int, list[float]] = {self._members: [], FEW: []}
        slices = {size: sliced(plan) for size, plan in self._plans.items()}
        for pair in range(len(slices[FEW])):
            self._progress.update(self._bar, description=f"slice {pair + 1} of {len(slices[FEW])}")
            # Who is first changes, so that what grows with the database is even.
            for size in (self._members, FEW) if pair % 2 else (FEW, self._members):
                rates[size].append(await self._rate(size, slices[size][pair]))
        many, few = rates[self._members], rates[FEW]
        ratios = [round(one / other, 3) for one, other in zip(many, few, strict=True)]
        ratio = round(statistics.median(ratios), 3)
        plan = self._plans[FEW]
        return ScaleReport(
            rooms=len(plan.rooms),
            members=self._members,
            few=FEW,
            messages=plan.messages,
            many_per_s=many,
            few_per_s=few,
            ratios=ratios,
            ratio=ratio,
            target=TARGET,
            met=ratio >= TARGET,
            checks=[self._taken, await self._badges()],
        )

    async def _rate(self, size: int, part: Plan) -> float:
        """Sends a slice to the rooms of a size; answers messages a second."""
        conversations = self._conversations[size]
        driver = Driver(self._wire, part, conversations, BadgeDelay(len(part.rooms)))
        began = time.perf_counter()
        await driver.run()
        rate = round(part.messages / (time.perf_counter() - began), 1)
        self._taken.compared += part.messages
        for failure in driver.failures:
            self._taken.differs(failure)
        for conversation, ledger in zip(conversations, driver.ledgers, strict=True):
            authors = self._authors[conversation]
            for told in ledger.told:
                authors.append(told.author)
                if told.number != len(authors):
                    self._taken.differs(f"{conversation}: answered with number {told.number}, not {len(authors)}")
        # The next slice must not pay for what is still to be counted of this one.
        await self._counted(size)
        self._progress.advance(self._bar, part.messages)
        return rate

    async def _counted(self, size: int) -> None:
        """Waits until unread has counted all that was sent to a size, or nothing moves any more."""
        rooms = self._plans[size].rooms
        last = {at: room.members[-1] for at, room in zip(self._conversations[size], rooms, strict=True)}
        waiting = {at: len(self._authors[at]) for at in last}
        while True:
            for person in {last[at] for at in waiting}:
                reached = (await self._observer.badges(person)).number
                waiting = {at: number for at, number in waiting.items() if reached.get(at, -1) < number}
            if not waiting or not await self._patience.goes_on(("counted", *waiting), pause_s=0.1):
                return

    async def _badges(self) -> Check:
        self._progress.update(self._bar, description="comparing badges")
        plan = self._plans[FEW]
        extra = extras(self._members - FEW)
        sample = sorted({*plan.persons, *extra[:SAMPLE], *extra[-SAMPLE:]})
        truths = {
            at: RoomTruth(room.title, frozenset(room.members), self._authors[at])
            for size, sized in self._plans.items()
            for at, room in zip(self._conversations[size], sized.rooms, strict=True)
        }
        while True:
            check = Check("badges of a sample of people equal the recount")

            async def compare(person: str, check: Check = check) -> None:
                badges = await self._observer.badges(person)
                check_badges(check, person, expected_badges(truths, {}, person), badges.counts, badges.total)

            await each(sample, 8, compare)
            if check.ok or not await self._patience.goes_on(("badges", check.wrong)):
                return check


async def scale(plan: Plan, members: int, patience_s: float, console: Console) -> ScaleReport:
    """Starts what is needed, measures, and ends it.

    Args:
        plan: what to send, with the writers as the only members.
        members: of each of the large rooms.
        patience_s: after so long without any progress what is still missing counts as missing, s.
        console: where progress is shown.

    Raises:
        LocalError: the services cannot be started.
        grpc.aio.AioRpcError: rooms cannot be made, or badges not be read back.
    """
    async with bare() as ready:
        wire = Wire(ready, f"replay-{uuid.uuid4().hex[:12]}")
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        try:
            for person in plan.persons:
                wire.person(person)  # all tokens are signed now, so that none is within a measured time
            with Progress(*columns, console=console) as progress:
                return await Scale(wire, plan, members, patience_s, progress).measure()
        finally:
            await wire.close()
