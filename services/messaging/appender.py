"""Group commit: what waits leaves together.

Drafts wait in a queue for each conversation. Whenever a call to the database may begin, everything that waits leaves:
of each conversation with a single draft, that one, in one *unordered* insertion together (a conflict in one
conversation disturbs no other); of a conversation with several, the run in an *ordered* insertion of its own (a
conflict at r+1 cannot let r+2 in with a number computed from a head that never was). A conversation never has two
calls under way.

The head of each conversation is cached. The insertion of the next revision proves that the head was current, and with
it the membership that was checked against it. A conflict means that somebody else wrote: read on, check again, try
again.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import grpc
import structlog
from bson.errors import InvalidDocument
from pymongo.errors import PyMongoError

from services.chassis.clock import Clock
from services.chassis.errors import Fault, invalid, not_found, unavailable
from services.chassis.tasks import describe
from services.messaging.rules import Draft, Event, Head, Sent, append
from services.messaging.store import LogStore, Outcome

CALLS = 2
"""Insertions under way at once: while the journal takes one, the next is encoded and sent."""

RUN = 500
"""Longest run of one conversation, and most conversations, in one insertion."""

WAITING = 20_000
"""How many drafts may wait; more are refused, to be sent again."""

HEADS = 50_000
"""How many heads are cached."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Waiting:
    draft: Draft
    answer: "asyncio.Future[Event]"

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
    """Appends drafts to logs.

    Args:
        store: the log.
        clock: the present time.
        calls: insertions under way at once.
    """

    def __init__(self, store: LogStore, clock: Clock, calls: int = CALLS) -> None:
        self._store = store
        self._clock = clock
        self._calls = calls
        self._queues: dict[str, _Queue] = {}
        self._ready: dict[str, _Queue] = {}
        self._heads: OrderedDict[str, Head] = OrderedDict()
        self._waiting = 0
        self._under_way = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._scheduled = False

    async def append(self, draft: Draft, timeout_s: float) -> Event:
        """Appends a draft; answers with its event, or with the first one of a repeated client key.

        Raises:
            Fault: NOT_FOUND, no such conversation of the author; UNAVAILABLE, too much is waiting.
            TimeoutError: the outcome is unknown.
        """
        if self._waiting >= WAITING:
            raise unavailable("too many messages are waiting; try again")
        queue = self._queues.get(draft.conversation)
        if queue is None:
            queue = self._queues[draft.conversation] = _Queue()
        waiting = _Waiting(draft, asyncio.get_running_loop().create_future())
        queue.waiting.append(waiting)
        self._waiting += 1
        if not queue.busy:
            self._ready[draft.conversation] = queue
            self._schedule()
        try:
            async with asyncio.timeout(timeout_s):
                return await waiting.answer
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Waits for what is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _schedule(self) -> None:
        # One turn of the loop later, so that all requests that have arrived leave together.
        if not self._scheduled and self._under_way < self._calls:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        singles: list[tuple[str, _Queue]] = []
        runs: list[tuple[str, _Queue]] = []
        for conversation, queue in self._ready.items():
            if conversation not in self._heads:
                self._begin({conversation: queue}, self._learn_head(conversation, queue))
            elif len(queue.waiting) > 1:
                runs.append((conversation, queue))
            else:
                singles.append((conversation, queue))
        self._ready = {}
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
            head = await self._store.head(conversation)
        except PyMongoError as error:
            _log.warning("head not read, tries again", error=describe(error))
            self._drop_given_up(queue)
            await asyncio.sleep(0.1)
            return
        if head is None:
            self._fail(queue, not_found("conversation"))
            return
        self._remember(conversation, head)
        queue.fresh = True

    async def _insert(self, group: dict[str, _Queue], *, ordered: bool) -> None:
        try:
            await self._insert_once(group, ordered=ordered)
        finally:
            self._under_way -= 1

    async def _insert_once(self, group: dict[str, _Queue], *, ordered: bool) -> None:
        events: list[Event] = []
        sources: list[_Source] = []
        now = self._clock()
        for conversation, queue in group.items():
            head = self._heads[conversation]
            for waiting in self._admitted(conversation, queue, head, 1 if not ordered else RUN):
                event, head = append(head, waiting.draft, now)
                events.append(event)
                sources.append(_Source(conversation, queue, waiting, head))
        if not events:
            return
        try:
            outcomes = await self._store.insert(events, ordered=ordered)
        except InvalidDocument:
            outcomes = [Outcome.REFUSED] * len(events)
        except PyMongoError as error:
            # The outcome is unknown. Each draft goes again; its client key tells whether it was written.
            _log.warning("insertion outcome unknown, tries again", error=describe(error))
            for source in sources:
                self._heads.pop(source.conversation, None)
                source.queue.fresh = False
            self._requeue(sources)
            await asyncio.sleep(0.1)
            return
        # Answers first: nobody who was written waits for the reading that a repeat needs.
        again: list[_Source] = []
        repeats: list[_Source] = []
        for source, event, outcome in zip(sources, events, outcomes, strict=True):
            if outcome is Outcome.WRITTEN:
                self._remember(source.conversation, source.head)
                source.queue.fresh = False
                source.waiting.succeed(event)
            elif outcome is Outcome.REPEATED:
                repeats.append(source)
            elif outcome is Outcome.REFUSED:
                source.waiting.fail(invalid("text", "cannot be stored"))
            else:
                again.append(source)
                if outcome is Outcome.CONFLICT:
                    self._heads.pop(source.conversation, None)
                    source.queue.fresh = False
        self._requeue(again)
        self._requeue([source for source in repeats if not await self._answer_repeat(source.waiting)])

    def _requeue(self, sources: list["_Source"]) -> None:
        for source in reversed(sources):
            source.queue.waiting.appendleft(source.waiting)

    def _admitted(self, conversation: str, queue: _Queue, head: Head, most: int) -> list[_Waiting]:
        """Takes drafts whose authors are members. A refusal needs a head that was just read."""
        taken: list[_Waiting] = []
        while queue.waiting and len(taken) < most:
            waiting = queue.waiting[0]
            draft = waiting.draft
            if waiting.answer.done():
                queue.waiting.popleft()
            elif head.admits(draft.tenant, draft.author):
                taken.append(queue.waiting.popleft())
            elif queue.fresh:
                queue.waiting.popleft()
                waiting.fail(not_found("conversation"))
            else:
                if not taken:
                    self._heads.pop(conversation, None)
                break
        return taken

    async def _answer_repeat(self, waiting: _Waiting) -> bool:
        """Answers a repeated client key with its first result; False if that has vanished in a rollback.

        A duplicate-key error also comes for a document that is not yet safe, hence the majority read.
        """
        draft = waiting.draft
        for _ in range(100):
            if waiting.answer.done():
                return True
            try:
                event = await self._store.by_client_key(draft.conversation, draft.author, draft.client_key)
            except PyMongoError:
                event = None
            if event is not None:
                self._answer_first(waiting, event)
                return True
            await asyncio.sleep(0.02)
        return False

    def _answer_first(self, waiting: _Waiting, event: Event) -> None:
        same = isinstance(event.change, Sent) and event.change.digest == waiting.draft.digest
        if same:
            waiting.succeed(event)
        else:
            waiting.fail(reused_key())

    def _drop_given_up(self, queue: _Queue) -> None:
        queue.waiting = deque(waiting for waiting in queue.waiting if not waiting.answer.done())

    def _remember(self, conversation: str, head: Head) -> None:
        self._heads[conversation] = head
        self._heads.move_to_end(conversation)
        if len(self._heads) > HEADS:
            self._heads.popitem(last=False)


def reused_key() -> Fault:
    """ALREADY_EXISTS: a client key stands for something else already."""
    why = "was used before with other content"
    return Fault(grpc.StatusCode.ALREADY_EXISTS, f"client_key: {why}", fields={"client_key": why})
