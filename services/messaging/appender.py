"""Group commit: what waits leaves together.

Proposals (a message, an edit, other members: whatever becomes an event, given the head) wait in a queue for each
conversation. Whenever a call to the database may begin, everything that waits leaves: of each conversation with a
single one, that one, in one *unordered* insertion together (a conflict in one conversation disturbs no other); of a
conversation with several, the run in an *ordered* insertion of its own (a conflict at r+1 cannot let r+2 in with a
number computed from a head that never was). A conversation never has two calls under way.

The head of each conversation is cached (`heads.py`). The insertion of the next revision proves that the head was
current, and with it the members and properties that the proposal was checked against. A conflict means that somebody
else wrote: read where the log ends now, check again, try again.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any

import structlog
from bson.errors import InvalidDocument
from pymongo.errors import PyMongoError

from services.chassis.clock import Clock
from services.chassis.errors import invalid, not_found, unavailable
from services.chassis.tasks import describe
from services.messaging.faults import fault_of, reused_key
from services.messaging.heads import Heads
from services.messaging.rules import Created, Event, Head, Proposal, Refusal, Sent, weight
from services.messaging.store import LogStore, Outcome

CALLS = 1
"""Insertions of singles under way at once. With two, batches halve and a send costs a third more of the processor,
while the rate of appends stays the same."""

RUN = 500
"""Longest run of one conversation, and most conversations, in one insertion."""

RUN_CHARACTERS = 2 << 20
"""About how many characters of text go into one insertion; with 4 bytes each they fit into a command of 16 MiB."""

WAITING = 20_000
"""How many drafts may wait; more are refused, to be sent again."""

AGAIN_S = 0.1
"""The pause before a store that failed is tried again, s."""

TIMER_S = 0.1
"""How exactly a draft's time-out is kept, s."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Waiting:
    draft: Proposal
    answer: "asyncio.Future[Event]"
    deadline: float

    def succeed(self, event: Event) -> None:
        if not self.answer.done():
            self.answer.set_result(event)

    def fail(self, error: BaseException) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


@dataclass(slots=True, eq=False)
class _Queue:
    """The drafts of one conversation."""

    waiting: deque[_Waiting] = field(default_factory=deque)
    busy: bool = False
    fresh: bool = False  # the head was read since the last doubt about it


@dataclass(frozen=True, slots=True)
class _Source:
    """Where an event of an insertion came from, and the head that follows it."""

    conversation: str
    queue: _Queue
    waiting: _Waiting
    head: Head


class Appender:
    """Appends proposals to logs.

    Args:
        store: the log.
        heads: the ends of logs.
        clock: the present time.
        calls: insertions under way at once.
    """

    def __init__(self, store: LogStore, heads: Heads, clock: Clock, calls: int = CALLS) -> None:
        self._store = store
        self._heads = heads
        self._clock = clock
        self._calls = calls
        self._queues: dict[str, _Queue] = {}
        self._ready: dict[str, _Queue] = {}
        self._open: set[_Waiting] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._under_way = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._scheduled = False

    async def append(self, draft: Proposal, timeout_s: float) -> Event:
        """Appends a proposal; answers with its event, or with the first one of a repeated client key.

        Raises:
            Fault: what the proposal is refused with; NOT_FOUND, no such conversation; UNAVAILABLE, too much is waiting.
            NothingToDoError: it is as asked already.
            TimeoutError: the outcome is unknown.
        """
        if len(self._open) >= WAITING:
            raise unavailable("too many messages are waiting; try again")
        loop = asyncio.get_running_loop()
        waiting = _Waiting(draft, loop.create_future(), loop.time() + timeout_s)
        self._enqueue(waiting)
        self._open.add(waiting)
        if self._timer is None:
            self._timer = loop.call_later(TIMER_S, self._end_late)
        try:
            return await waiting.answer
        finally:
            self._open.discard(waiting)

    async def close(self) -> None:
        """Waits for what is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _end_late(self) -> None:
        """Ends the waiting of drafts whose time is up; one timer for all, because one for each costs more."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for waiting in [waiting for waiting in self._open if waiting.deadline <= now]:
            waiting.fail(TimeoutError())
        self._timer = loop.call_later(TIMER_S, self._end_late) if self._open else None

    def _enqueue(self, waiting: _Waiting) -> None:
        conversation = waiting.draft.conversation
        queue = self._queues.get(conversation)
        if queue is None:
            queue = self._queues[conversation] = _Queue()
        queue.waiting.append(waiting)
        if not queue.busy:
            self._ready[conversation] = queue
            self._schedule()

    def _schedule(self) -> None:
        # One turn of the loop later, so that all requests that have arrived leave together.
        if not self._scheduled and self._under_way < self._calls:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        singles: list[tuple[str, _Queue]] = []
        runs: list[tuple[str, _Queue]] = []
        stale: dict[str, _Queue] = {}
        for conversation, queue in self._ready.items():
            if self._heads.get(conversation) is None:
                self._begin({conversation: queue}, self._learn_head(conversation, queue))
            elif self._heads.stale(conversation):
                stale[conversation] = queue
            elif len(queue.waiting) > 1:
                runs.append((conversation, queue))
            else:
                singles.append((conversation, queue))
        self._ready = {}
        if stale:
            self._begin(stale, self._read_on(stale))
        for start in range(0, len(singles), RUN):
            group = dict(singles[start : start + RUN])
            self._under_way += 1
            self._begin(group, self._insert(group, ordered=False))
        for conversation, queue in runs:
            group = {conversation: queue}
            self._under_way += 1
            self._begin(group, self._insert(group, ordered=True))

    def _begin(self, group: dict[str, _Queue], work: Coroutine[Any, Any, None]) -> None:
        for queue in group.values():
            queue.busy = True
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._done(done, group))

    def _done(self, task: "asyncio.Task[None]", group: dict[str, _Queue]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _log.error("append failed", error=describe(error))
        for conversation, queue in group.items():
            queue.busy = False
            if error is not None:
                self._fail(queue, error)
            if queue.waiting:
                self._ready[conversation] = queue
            else:
                self._queues.pop(conversation, None)
        if self._ready:
            self._schedule()

    def _fail(self, queue: _Queue, error: BaseException) -> None:
        while queue.waiting:
            queue.waiting.popleft().fail(error)

    async def _learn_head(self, conversation: str, queue: _Queue) -> None:
        """Reads the head of a conversation for the drafts that wait for it."""
        try:
            known = await self._heads.learn(conversation)
        except PyMongoError as error:
            await self._try_later([queue], error)
            return
        if known:
            queue.fresh = True
        else:
            self._fail(queue, not_found("conversation"))

    async def _read_on(self, group: dict[str, _Queue]) -> None:
        """Moves heads on to where their logs end now."""
        try:
            await self._heads.read_on(list(group))
        except PyMongoError as error:
            await self._try_later(group.values(), error)

    async def _try_later(self, queues: Iterable[_Queue], error: PyMongoError) -> None:
        _log.warning("heads not read, tries again", error=describe(error))
        for queue in queues:
            queue.waiting = deque(waiting for waiting in queue.waiting if not waiting.answer.done())
        await asyncio.sleep(AGAIN_S)

    async def _insert(self, group: dict[str, _Queue], *, ordered: bool) -> None:
        try:
            await self._insert_once(group, ordered=ordered)
        finally:
            self._under_way -= 1

    def _draw(self, group: dict[str, _Queue], *, ordered: bool) -> tuple[list[Event], list[_Source]]:
        """Takes what goes into one insertion, and makes events of it."""
        events: list[Event] = []
        sources: list[_Source] = []
        now = self._clock()
        room = RUN_CHARACTERS
        for conversation, queue in group.items():
            head = self._heads.get(conversation)
            if head is None or room <= 0:
                continue  # forgotten since, or there is no room: it has its turn next time
            room = self._take(conversation, queue, head, RUN if ordered else 1, room, now, events, sources)
        return events, sources

    def _take(
        self,
        conversation: str,
        queue: _Queue,
        head: Head,
        most: int,
        room: int,
        now_ms: int,
        events: list[Event],
        sources: list[_Source],
    ) -> int:
        """Takes what becomes events after `head`; answers with the room that is left.

        A refusal needs a head that was just read, and nothing taken before it that is not written yet.
        """
        taken = 0
        waitings = queue.waiting
        while waitings and taken < most and room > 0:
            waiting = waitings[0]
            if waiting.answer.done():
                waitings.popleft()
                continue
            decided = waiting.draft.decide(head, now_ms)
            if not isinstance(decided, Refusal):
                event, head = decided
                change = event.change
                room -= len(change.text) if isinstance(change, Sent) else weight(event)
                waitings.popleft()
                events.append(event)
                sources.append(_Source(conversation, queue, waiting, head))
                taken += 1
            elif taken:
                break
            elif queue.fresh:
                waitings.popleft()
                self._apart(self._refuse(waiting, decided))
            else:
                self._heads.forget(conversation)
                break
        return room

    async def _insert_once(self, group: dict[str, _Queue], *, ordered: bool) -> None:
        events, sources = self._draw(group, ordered=ordered)
        if not events:
            return
        try:
            outcomes = await self._store.insert(events, ordered=ordered)
        except InvalidDocument:
            outcomes = [Outcome.REFUSED] * len(events)
        except PyMongoError as error:
            # The outcome is unknown. Each draft goes again; its client key tells whether it was written.
            _log.warning("insertion outcome unknown, tries again", error=describe(error))
            self._doubt_all(sources)
            self._requeue(sources)
            await asyncio.sleep(AGAIN_S)
            return
        except Exception as error:  # noqa: BLE001 - whatever it was, those who wait for it must know
            _log.error("insertion failed", error=describe(error))
            self._doubt_all(sources)
            for source in sources:
                source.waiting.fail(error)
            return
        again: list[_Source] = []
        for source, event, outcome in zip(sources, events, outcomes, strict=True):
            if outcome is Outcome.WRITTEN:
                self._heads.remember(source.conversation, source.head)
                source.queue.fresh = False
                source.waiting.succeed(event)
            elif outcome is Outcome.REPEATED or outcome is Outcome.DELETED:
                self._apart(self._answer_repeat(source.waiting, outcome))
            elif outcome is Outcome.REFUSED:
                source.waiting.fail(invalid("text", "cannot be stored"))
            else:
                again.append(source)
                if outcome is Outcome.CONFLICT:
                    self._heads.doubt(source.conversation, event.revision)
        self._requeue(again)

    def _doubt_all(self, sources: list[_Source]) -> None:
        for source in sources:
            self._heads.forget(source.conversation)
            source.queue.fresh = False

    def _requeue(self, sources: list[_Source]) -> None:
        for source in reversed(sources):
            source.queue.waiting.appendleft(source.waiting)

    def _apart(self, work: Coroutine[Any, Any, None]) -> None:
        """Answers one proposal; nobody else's waits for the reading that this needs."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _refuse(self, waiting: _Waiting, refusal: Refusal) -> None:
        """Refuses a proposal, unless it is a repeat: that is answered with the first result, whatever is so by now."""
        draft = waiting.draft
        first = None
        if draft.client_key:
            try:
                first = await self._first(draft)
            except PyMongoError as error:
                waiting.fail(error)
                return
        if first is not None and first.tenant == draft.tenant and _digest(first) == draft.digest:
            waiting.succeed(first)
        else:
            waiting.fail(fault_of(refusal))

    async def _answer_repeat(self, waiting: _Waiting, outcome: Outcome) -> None:
        """Answers with the first result, or appends again if that has vanished in a rollback.

        A duplicate-key error also comes for a document that is not yet safe, hence the majority read.
        """
        draft = waiting.draft
        for _ in range(100):
            if waiting.answer.done():
                return
            try:
                if outcome is Outcome.DELETED:
                    event = await self._store.deletion(draft.conversation, draft.deletes)
                else:
                    event = await self._first(draft)
            except PyMongoError:
                event = None
            if event is not None:
                if outcome is Outcome.DELETED or _digest(event) == draft.digest:
                    waiting.succeed(event)
                else:
                    waiting.fail(reused_key())
                return
            await asyncio.sleep(0.02)
        self._enqueue(waiting)

    async def _first(self, draft: Proposal) -> Event | None:
        return await self._store.by_client_key(draft.conversation, draft.author, draft.service, draft.client_key)


def _digest(event: Event) -> bytes:
    """What a client key stood for when it was first used."""
    return b"" if isinstance(event.change, Created) else event.change.digest
