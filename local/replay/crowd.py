"""Everybody who is attached, and the devices of those who are not."""

import asyncio
import random
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

from conversations.notifier.v1 import notifier_pb2

from local.replay.latency import BadgeDelay
from local.replay.people import Attached
from local.replay.roles import Cast, Habit
from local.replay.wire import CALL_TIMEOUT_S, Wire, each, repeat

REPORT_S = 40.0
"""A tab in use is reported this often, s; presence asks for at least every 60."""

OPEN_AT_ONCE = 50
"""So many people attach at a time; all streams at once would measure the opening and not the replay."""

READY_S = 120.0
"""How long it may take until everybody is attached, s."""


class NotAttachedError(Exception):
    """Somebody's streams could not be opened; the words say whose."""


class Crowd:
    """The attached people.

    Args:
        wire: the calls.
        cast: who does what.
        conversations: of the rooms, by index.
        delay: is told when badges arrive.
        moved: for each room who comes into it or goes while messages are sent.
    """

    def __init__(
        self,
        wire: Wire,
        cast: Cast,
        conversations: Sequence[str],
        delay: BadgeDelay,
        moved: Sequence[Collection[str]] = (),
    ) -> None:
        rng = random.Random()  # noqa: S311 - jitter, not a secret
        self.people = [
            Attached(
                wire,
                role,
                conversations,
                delay,
                rng,
                [room for room in role.rooms if moved and role.person in moved[room]],
            )
            for role in cast.attached.values()
        ]

    @property
    def losses(self) -> int:
        """How often any stream had to be opened again."""
        return sum(stream.losses for person in self.people for stream in person.streams)

    @asynccontextmanager
    async def attached(self) -> AsyncIterator[None]:
        """Everybody is attached, and stays so within the context.

        Raises:
            NotAttachedError: somebody could not be.
        """
        tasks = [asyncio.create_task(self._keep())]
        try:
            for start in range(0, len(self.people), OPEN_AT_ONCE):
                some = self.people[start : start + OPEN_AT_ONCE]
                tasks += [asyncio.create_task(person.run()) for person in some]
                await self._ready(some)
            yield
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        if errors := [end for end in ends if isinstance(end, Exception)]:
            raise errors[0]

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """The readers read; at the end every read that was begun is confirmed or has failed."""
        readers = [person for person in self.people if person.role.habit is Habit.READER]
        async with asyncio.TaskGroup() as group:
            for person in readers:
                group.create_task(person.read())
            yield
            for person in readers:
                person.stop_reading()

    async def _ready(self, some: Sequence[Attached]) -> None:
        streams = [stream for person in some for stream in person.streams]
        try:
            async with asyncio.timeout(READY_S):
                for stream in streams:
                    while not stream.ready.is_set() and not stream.failure:
                        await asyncio.sleep(0.02)
        except TimeoutError:
            late = [stream.name for stream in streams if not stream.ready.is_set()]
            raise NotAttachedError(f"not caught up within {READY_S:.0f} s: {', '.join(late[:3])}") from None
        if failed := [stream.failure for stream in streams if stream.failure]:
            raise NotAttachedError("; ".join(failed[:3]))

    async def _keep(self) -> None:
        """Reports tabs in use, a slice of the people each second, and gives silent streams up."""
        loop = asyncio.get_running_loop()
        turn = 0
        slices = int(REPORT_S)
        while True:
            await asyncio.sleep(1)
            for person in self.people:
                for stream in person.streams:
                    stream.watch(loop.time())
            due = [person for person in self.people[turn % slices :: slices] if person.role.in_use]
            turn += 1
            await each([person for person in due if person.streams[0].ready.is_set()], 4, Attached.report)


async def register_devices(wire: Wire, cast: Cast) -> None:
    """Registers everybody's device.

    Raises:
        grpc.aio.AioRpcError: one cannot be registered.
    """
    rng = random.Random()  # noqa: S311 - jitter, not a secret

    async def register(person: str) -> None:
        device = cast.devices[person]
        request = notifier_pb2.RegisterDeviceRequest(
            device=device, transport=notifier_pb2.TRANSPORT_STUB, target=f"{wire.tenant}-{device}"
        )
        metadata = wire.person(person)
        await repeat(lambda: wire.notifier.RegisterDevice(request, metadata=metadata, timeout=CALL_TIMEOUT_S), rng)

    await each(cast.devices, 16, register)
