"""Waits until the suite is quiet, and compares what it holds with what must be true."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence

from local.replay.checks import check_badges, check_log
from local.replay.observe import Observer
from local.replay.patience import Patience
from local.replay.rooms import Run, Verdict, inspect
from local.replay.truth import Check, expected_badges, pointer
from local.replay.wire import each

SETTLED_S = 3.0
"""The stub sender has finished when it has written nothing for so long, s."""


PRESENCE_S = 60.0
"""Two leases of presence: after one it knows again who is here, s."""


async def wait_for_presence(observer: Observer) -> None:
    """Waits until presence can tell who is here, which takes one lease from the start of an empty store.

    Sending does not depend on it: without it the first decisions wait, and are made later. After two leases the
    replay goes on anyway.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PRESENCE_S):
            while not await observer.presence_known():
                await asyncio.sleep(0.2)


class Verifier:
    """The comparisons of one run, in the order in which they are made.

    Args:
        run: what was made.
        tell: is told what is being waited for.
        patience: how long to wait for what is missing.
    """

    def __init__(self, run: Run, tell: Callable[[str], None], patience: Patience) -> None:
        self._run = run
        self._tell = tell
        self._patience = patience
        self._truths = run.truths()
        self._reads = run.reads()

    async def verify(self) -> Verdict:
        """Compares everything; what differs is looked at again while anything still moves.

        Raises:
            grpc.aio.AioRpcError: a service does not answer what it holds.
        """
        self._tell("logs")
        checks = [self._sends(), *self._changes(), await self._logs()]
        self._tell("badges")
        checks += [await self._streamed_badges(), await self._asked_badges()]
        self._tell("decisions and pushes")
        verdict = await self._rooms()
        verdict.checks = [*checks, *verdict.checks, self._people()]
        return verdict

    def _sends(self) -> Check:
        driver = self._run.driver
        check = Check("every message was taken", self._run.plan.messages)
        for failure in driver.failures:
            check.differs(failure)
        for _ in range(self._run.plan.messages - driver.sent - driver.failed):
            check.differs("a message was not tried, because too many had failed")
        return check

    def _changes(self) -> list[Check]:
        """Only where there are any."""
        churn, hands = self._run.churn, self._run.driver.hands
        if churn is None:
            return []
        planned = sum(len(script) for script in churn.scripts) - self._run.plan.messages
        check = Check("every edit, delete, join, leave, read and mute was taken", planned)
        for failure in hands.failures:
            check.differs(failure)
        for _ in range(planned - hands.done.total() - len(hands.failures)):
            check.differs("a change was not tried, because too many sends had failed")
        return [check]

    def _people(self) -> Check:
        check = Check("streams, reports and reads worked as the contract says", len(self._run.crowd.people))
        for person in self._run.crowd.people:
            for problem in (*person.problems, *(stream.failure for stream in person.streams if stream.failure)):
                check.differs(problem)
        return check

    async def _logs(self) -> Check:
        check = Check("every log is complete and in order")

        async def compare(index: int) -> None:
            room = self._run.plan.rooms[index]
            conversation = self._run.conversations[index]
            reader = next(member for member in reversed(room.members) if member in self._truths[conversation].members)
            listed = await self._run.observer.messages(conversation, reader)
            check_log(check, room.title, self._run.driver.ledgers[index].told, listed)

        await each(range(len(self._run.plan.rooms)), 4, compare)
        return check

    async def _streamed_badges(self) -> Check:
        people = self._run.crowd.people
        expected = {
            person.role.person: expected_badges(self._truths, self._reads, person.role.person) for person in people
        }
        while True:
            check = Check("badges on screens equal the recount")
            now_ms = time.time() * 1000
            for person in people:
                name = person.role.person
                check_badges(check, name, expected[name], person.book.counts(now_ms), person.book.total)
            if check.ok or not await self._patience.goes_on(("screens", check.wrong)):
                return check

    async def _asked_badges(self) -> Check:
        name = "badges of everybody equal the recount"
        done = Check(name)
        waiting: Sequence[str] = self._run.plan.persons
        while True:
            results = await each(waiting, 16, self._badges_of)
            for result in results:
                if result.ok:
                    done.add(result)
            wrong = [(person, result) for person, result in zip(waiting, results, strict=True) if not result.ok]
            waiting = [person for person, _ in wrong]
            state = ("badges", sum(result.wrong for _, result in wrong))
            if not wrong or not await self._patience.goes_on(state):
                for _, result in wrong:
                    done.add(result)
                return done

    async def _badges_of(self, person: str) -> Check:
        check = Check("")
        expected = expected_badges(self._truths, self._reads, person)
        badges = await self._run.observer.badges(person)
        check_badges(check, person, expected, badges.counts, badges.total)
        for conversation in badges.counts.keys() - expected.keys():
            check.differs(f"{person} in {conversation}: a badge, and they are no member")
        for conversation in expected:
            read = pointer(self._truths[conversation], self._reads, person, conversation)
            if badges.read.get(conversation) != read:
                check.differs(f"{person} in {conversation}: pointer {badges.read.get(conversation)}, confirmed {read}")
        return check

    async def quiet(self) -> None:
        """Waits until everything has been decided and the stub sender has finished, or nothing moves any more."""
        waiting = [conversation for conversation, room in self._truths.items() if room.authors]
        stub = self._run.stub
        loop = asyncio.get_running_loop()
        settled_at = loop.time() + SETTLED_S
        while True:
            answers = await each(waiting, 8, self._decided)
            waiting = [at for at, decided in zip(waiting, answers, strict=True) if not decided]
            while stub.read_on():
                settled_at = loop.time() + SETTLED_S
                await asyncio.sleep(0)
            self._tell(f"{stub.lines} pushes, {len(waiting)} conversations undecided")
            if not waiting and loop.time() >= settled_at:
                return
            if not await self._patience.goes_on(("quiet", len(waiting), stub.lines)):
                return

    async def _decided(self, conversation: str) -> bool:
        """Whether the last message has been decided."""
        room = self._truths[conversation]
        return await self._run.observer.decided(conversation, room.revision(len(room.authors)) - 1)

    async def _rooms(self) -> Verdict:
        """Compares room by room; what differs is looked at again while anything still moves."""
        results: dict[int, Verdict] = {}
        waiting = list(range(len(self._run.plan.rooms)))
        while True:
            for index in waiting:
                results[index] = await inspect(self._run, index, self._truths[self._run.conversations[index]])
                self._tell(f"{sum(all(check.ok for check in found.checks) for found in results.values())} rooms proven")
            waiting = [index for index in waiting if not all(check.ok for check in results[index].checks)]
            late = self._run.stub.lines
            while self._run.stub.read_on():
                await asyncio.sleep(0)
            if late != self._run.stub.lines:
                waiting = list(results)
            wrong = sum(check.wrong for found in results.values() for check in found.checks)
            if not waiting or not await self._patience.goes_on(("rooms", self._run.stub.lines, wrong), pause_s=2.0):
                break
        verdict = Verdict()
        for index in sorted(results):
            found = results[index]
            verdict.surfaces.update(found.surfaces)
            verdict.surfaces_again.update(found.surfaces_again)
            verdict.pushes += found.pushes
            verdict.banners += found.banners
            if not verdict.checks:
                verdict.checks = [Check(check.name) for check in found.checks]
            for whole, part in zip(verdict.checks, found.checks, strict=True):
                whole.add(part)
        return verdict
