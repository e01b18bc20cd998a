"""Takes back from devices what was read: one silent push for each device and conversation.

Every replica follows all pointers and makes the same deliveries, which are named by what they take back; so whichever
is alive does it, and it is done once.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from services.chassis.clock import Clock
from services.notifier.reads import Reads
from services.notifier.records import Act, Delivery, DeliveryState, Pointer
from services.notifier.stores.deliveries import Deliveries

CHUNK = 1_000
"""How many pointers are looked at together."""

WAITING = 100_000
"""So many pointers may wait to be looked at; of more, those that wait the longest are left to a later read."""

MAX_NUMBER = 2**53 - 1
"""No message has a higher number."""

_Key = tuple[str, str, str]


class Clears:
    """Makes the deliveries that take back what was read."""

    def __init__(self, deliveries: Deliveries, reads: Reads, ttl_ms: int, clock: Clock) -> None:
        self._deliveries = deliveries
        self._reads = reads
        self._ttl_ms = ttl_ms
        self._clock = clock
        self._moved: dict[_Key, int] = {}
        self._more = asyncio.Event()
        self._under_way = 0

    @property
    def done(self) -> bool:
        """Whether everything that was noted is worked off."""
        return not self._moved and not self._under_way

    async def shown(self) -> AsyncIterator[Sequence[tuple[str, str]]]:
        """The (conversation, person) of everything that devices show, chunk by chunk."""
        chunk: list[tuple[str, str]] = []
        async for key in self._deliveries.all_shown():
            chunk.append(key)
            if len(chunk) == CHUNK:
                yield chunk
                chunk = []
        yield chunk

    def read(self, pointers: Iterable[Pointer]) -> None:
        """Notes how far people have read; who has left has nothing to see any more."""
        for pointer in pointers:
            number = MAX_NUMBER if pointer.left else pointer.read
            if number:
                self._note((pointer.tenant, pointer.conversation, pointer.person), number)
        while len(self._moved) > WAITING:
            del self._moved[next(iter(self._moved))]
        if self._moved:
            self._more.set()

    def sent(self, deliveries: Iterable[Delivery]) -> None:
        """Notes what was read in the instant in which it was sent: whoever read it could not find it as shown yet."""
        for delivery in deliveries:
            pointer = self._reads.of(delivery.conversation).get(delivery.person)
            if pointer is not None and (pointer.left or pointer.read >= delivery.number):
                self.read([replace(pointer, tenant=delivery.tenant)])

    async def run(self, made: Callable[[], None]) -> None:
        """Makes deliveries for ever, and tells of it."""
        while True:
            await self._more.wait()
            self._more.clear()
            while self._moved:
                if await self.step():
                    made()

    async def step(self) -> int:
        """Makes the deliveries for some of what was read; returns how many.

        Raises:
            PyMongoError: nothing is lost; repeat it.
        """
        moved = dict(list(self._moved.items())[:CHUNK])
        for key in moved:
            del self._moved[key]
        self._under_way += 1
        try:
            shown = await self._deliveries.shown(
                list({person for _, _, person in moved}), list({conversation for _, conversation, _ in moved})
            )
            read = [each for each in shown if each.number <= moved.get(_key(each), 0)]
            clears = self._plan(read, moved)
            await self._deliveries.insert(clears)
            # Only now: after a crash in between they are found again, and the insertion changes nothing.
            await self._deliveries.taken_back([each.id for each in read])
        except BaseException:
            for key, number in moved.items():
                self._note(key, number)
            self._more.set()
            raise
        finally:
            self._under_way -= 1
        return len(clears)

    def _plan(self, read: Sequence[Delivery], moved: Mapping[_Key, int]) -> list[Delivery]:
        now = self._clock()
        last: dict[tuple[_Key, str], Delivery] = {}
        for each in read:
            of_device = (_key(each), each.device)
            if of_device not in last or last[of_device].number < each.number:
                last[of_device] = each
        return [
            follower(each, Act.CLEAR, f"{each.id}:read", now, self._ttl_ms, up_to=moved[key])
            for (key, _), each in last.items()
        ]

    def _note(self, key: _Key, number: int) -> None:
        self._moved[key] = max(number, self._moved.get(key, 0))


def follower(
    show: Delivery, act: Act, name: str, now_ms: int, ttl_ms: int, *, change: int = 0, up_to: int = 0
) -> Delivery:
    """The delivery that replaces or takes back what another one shows."""
    return replace(
        show,
        id=name,
        act=act,
        change=change,
        up_to=up_to,
        state=DeliveryState.PENDING,
        expires_ms=now_ms + ttl_ms,
        patient_until_ms=0,
        due_ms=now_ms,
        attempts=0,
        claim="",
        reason="",
        collapsed_into="",
        answers=(),
        ended_ms=0,
        shown=False,
        silent_since_ms=0,
    )


def _key(delivery: Delivery) -> _Key:
    return delivery.tenant, delivery.conversation, delivery.person
