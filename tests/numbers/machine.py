"""Random sequences of everything that changes a badge, and the comparison of every badge at each quiet point."""

import asyncio
import uuid
from collections.abc import Coroutine
from typing import Any, ClassVar, TypeVar

import grpc
from conversations.messaging.v1 import messaging_pb2 as m
from conversations.unread.v1 import unread_pb2 as u
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.numbers import model
from tests.numbers.model import FOR_EVER, Message, Room
from tests.numbers.world import REPLICAS, Screen, World

PEOPLE = ("ann", "bob", "cem", "dan")
"""ann owns every conversation and never leaves one."""

QUIET_S = 15.0
"""How long it may take until everything is counted, s; a crashed owner's lease has to end first."""

T = TypeVar("T")

persons = st.sampled_from(PEOPLE)
rooms = st.integers(0, 2)
replicas = st.integers(0, REPLICAS - 1)
positions = st.integers(0, 1_000)
named = st.sets(st.sampled_from(PEOPLE), max_size=2)


class WrongBadgeError(AssertionError):
    """A badge is not what the definition says."""


class NotCountedError(AssertionError):
    """The services have not come to rest: nothing can be said about badges."""


class Numbers(RuleBasedStateMachine):
    """One tenant; the services live longer than it does."""

    world: ClassVar[World]
    loop: ClassVar[asyncio.AbstractEventLoop]
    sequences: ClassVar[int] = 0
    steps: ClassVar[int] = 0
    compared: ClassVar[int] = 0
    shown_s: ClassVar[float] = QUIET_S
    wrong: ClassVar[list[str]] = []

    def __init__(self) -> None:
        super().__init__()
        type(self).sequences += 1
        self.tenant = f"t-{uuid.uuid4().hex[:12]}"
        self.rooms: list[Room] = []
        self.late: list[tuple[Room, str, int, int]] = []
        self.screens: list[Screen] = []
        self.tasks: list[Any] = []
        self.keys = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=60)
        except WrongBadgeError as error:
            self.wrong.append(str(error))
            raise

    @initialize()
    def begin(self) -> None:
        self.run(self._begin())

    async def _begin(self) -> None:
        for title, others in (("A", ("bob", "cem")), ("B", ("bob", "cem", "dan"))):
            answer = await self.world.messaging_stub(0).CreateGroupConversation(
                m.CreateGroupConversationRequest(client_key=title, title=title, members=others),
                metadata=self._as("ann"),
            )
            self._made(answer.conversation, direct=False)
        answer = await self.world.messaging_stub(1).CreateDirectConversation(
            m.CreateDirectConversationRequest(person="bob"), metadata=self._as("ann")
        )
        self._made(answer.conversation, direct=True)
        self.screens = [
            Screen(self.world, self.tenant, person, replica)
            for person, replica in (("ann", 0), ("bob", 0), ("bob", 1), ("cem", 1), ("dan", 0))
        ]
        self.tasks = [asyncio.create_task(screen.run()) for screen in self.screens]

    def _made(self, conversation: Any, *, direct: bool) -> None:
        room = Room(conversation.conversation, direct, {}, revision=conversation.revision)
        room.join(conversation.members)
        self.rooms.append(room)

    def teardown(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self.loop).result(timeout=60)

    async def _end(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for replica in (*self.world.messaging, *self.world.unread):
            if not replica.up:
                await replica.start()

    @invariant()
    def count(self) -> None:
        type(self).steps += 1

    # Writing.

    @rule(person=persons, room=rooms, replica=replicas, who=named, everyone=st.booleans(), reply=positions)
    def send(self, person: str, room: int, replica: int, who: set[str], everyone: bool, reply: int) -> None:
        self.run(self._send(self.rooms[room], person, replica, who, everyone and reply % 3 == 0, reply))

    @rule(person=persons, room=rooms, replica=replicas)
    def send_plainly(self, person: str, room: int, replica: int) -> None:
        self.run(self._send(self.rooms[room], person, replica, set(), everyone=False, reply=0))

    async def _send(self, room: Room, person: str, replica: int, who: set[str], everyone: bool, reply: int) -> None:
        if person not in room.joined:
            return
        message = self._message(room, person, who, everyone)
        thread = reply % (room.number + 1) if reply % 2 else 0
        answer = await self.world.messaging_stub(replica).SendMessage(
            m.SendMessageRequest(
                conversation=room.conversation, client_key=self._key(), parts=_parts(message), thread=thread
            ),
            metadata=self._as(person),
        )
        assert answer.number == room.number + 1
        room.messages.append(message)
        room.revision = answer.revision

    @rule(room=rooms, authors=st.lists(persons, min_size=2, max_size=6))
    def send_at_once(self, room: int, authors: list[str]) -> None:
        """Several people send at the same moment, through both replicas: none of them reads anything by that."""
        self.run(self._send_at_once(self.rooms[room], [name for name in authors if name in self.rooms[room].joined]))

    async def _send_at_once(self, room: Room, authors: list[str]) -> None:
        answers = await asyncio.gather(
            *(
                self.world.messaging_stub(index).SendMessage(
                    m.SendMessageRequest(conversation=room.conversation, client_key=self._key(), text="at once"),
                    metadata=self._as(author),
                )
                for index, author in enumerate(authors)
            )
        )
        for answer, author in sorted(zip(answers, authors, strict=True), key=lambda pair: pair[0].number):
            assert answer.number == room.number + 1
            room.messages.append(Message(author))
            room.revision = answer.revision

    @rule(room=rooms, replica=replicas, position=positions, who=named, everyone=st.booleans())
    def edit(self, room: int, replica: int, position: int, who: set[str], everyone: bool) -> None:
        self.run(self._edit(self.rooms[room], replica, position, who, everyone))

    async def _edit(self, room: Room, replica: int, position: int, who: set[str], everyone: bool) -> None:
        number = self._live(room, position)
        if not number:
            return
        before = room.messages[number - 1]
        after = self._message(room, before.author, who, everyone)
        answer = await self.world.messaging_stub(replica).EditMessage(
            m.EditMessageRequest(
                conversation=room.conversation, client_key=self._key(), number=number, parts=_parts(after)
            ),
            metadata=self._as(before.author),
        )
        room.messages[number - 1] = after
        room.revision = answer.revision

    @rule(room=rooms, replica=replicas, position=positions)
    def delete(self, room: int, replica: int, position: int) -> None:
        self.run(self._delete(self.rooms[room], replica, position))

    async def _delete(self, room: Room, replica: int, position: int) -> None:
        number = self._live(room, position)
        if not number:
            return
        answer = await self.world.messaging_stub(replica).DeleteMessage(
            m.DeleteMessageRequest(conversation=room.conversation, client_key=self._key(), number=number),
            metadata=self._as(room.messages[number - 1].author),
        )
        room.messages[number - 1].deleted = True
        room.revision = answer.revision

    # Members.

    @rule(room=st.integers(0, 1), replica=replicas, who=st.sets(st.sampled_from(PEOPLE[1:]), min_size=1))
    def join(self, room: int, replica: int, who: set[str]) -> None:
        self.run(self._join(self.rooms[room], replica, who))

    async def _join(self, room: Room, replica: int, who: set[str]) -> None:
        answer = await self.world.messaging_stub(replica).AddMembers(
            m.AddMembersRequest(conversation=room.conversation, client_key=self._key(), members=sorted(who)),
            metadata=self._as("ann"),
        )
        room.revision = max(room.revision, answer.revision)
        came = who - room.joined.keys()
        room.join(sorted(who))
        for person in came & room.muted:
            # Whether a mute outlives a leave is nobody's promise; what matters is that the total agrees.
            await self._set_mute(room, person, 0)

    @rule(room=st.integers(0, 1), replica=replicas, person=st.sampled_from(PEOPLE[1:]), removed=st.booleans())
    def leave(self, room: int, replica: int, person: str, removed: bool) -> None:
        self.run(self._leave(self.rooms[room], replica, person, removed))

    @rule(room=st.integers(0, 1), replica=replicas, person=st.sampled_from(PEOPLE[1:]))
    def leave_and_come_back(self, room: int, replica: int, person: str) -> None:
        """Faster than anything is counted."""

        async def both() -> None:
            await self._leave(self.rooms[room], replica, person, removed=False)
            await self._join(self.rooms[room], replica, {person})

        self.run(both())

    async def _leave(self, room: Room, replica: int, person: str, removed: bool) -> None:
        if person not in room.joined:
            return
        stub = self.world.messaging_stub(replica)
        if removed:
            request = m.RemoveMembersRequest(conversation=room.conversation, client_key=self._key(), members=[person])
            answer = await stub.RemoveMembers(request, metadata=self._as("ann"))
        else:
            leaving = m.LeaveConversationRequest(conversation=room.conversation, client_key=self._key())
            answer = await stub.LeaveConversation(leaving, metadata=self._as(person))
        room.leave(person)
        room.revision = answer.revision

    # Reading.

    @rule(room=rooms, replica=replicas, person=persons, position=positions)
    def mark_read(self, room: int, replica: int, person: str, position: int) -> None:
        self.run(self._mark_read(self.rooms[room], replica, person, position))

    async def _mark_read(self, room: Room, replica: int, person: str, position: int) -> None:
        held = await self._held(room, replica, person)
        if person not in room.joined or not room.number or held is None:
            return
        number = 1 + position % room.number
        if await self._read(room, replica, person, number, held.epoch):
            room.mark_read(person, number)

    @rule(room=rooms, replica=replicas, person=persons, position=positions)
    def mark_unread(self, room: int, replica: int, person: str, position: int) -> None:
        self.run(self._mark_unread(self.rooms[room], replica, person, position))

    async def _mark_unread(self, room: Room, replica: int, person: str, position: int) -> None:
        held = await self._held(room, replica, person)
        if person not in room.joined or not room.number or held is None:
            return
        number = 1 + position % room.number
        request = u.MarkUnreadRequest(conversation=room.conversation, number=number)
        try:
            answer = await self.world.unread_stub(replica).MarkUnread(request, metadata=self._as(person), timeout=20)
        except grpc.aio.AioRpcError as error:
            # A leave that was counted meanwhile has overtaken it.
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise
            return
        before = room.read[person]
        room.mark_unread(person, number)
        if room.read[person] < before and answer.badge.read < held.read:
            # What another tab has sent before, and what arrives only now.
            self.late.append((room, person, room.number, held.epoch))

    @rule(replica=replicas)
    def late_read(self, replica: int) -> None:
        if self.late:
            self.run(self._late_read(replica, *self.late.pop()))

    async def _late_read(self, replica: int, room: Room, person: str, number: int, epoch: int) -> None:
        if await self._read(room, replica, person, number, epoch):
            raise WrongBadgeError(f"{person}: a read that was sent before mark-unread has undone it")

    async def _read(self, room: Room, replica: int, person: str, number: int, epoch: int) -> bool:
        """Whether a read was taken: not if a mark-unread, a leave or a rejoin has overtaken it."""
        request = u.MarkReadRequest(conversation=room.conversation, number=number, epoch=epoch)
        try:
            await self.world.unread_stub(replica).MarkRead(request, metadata=self._as(person), timeout=20)
        except grpc.aio.AioRpcError as error:
            if error.code() not in {grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.NOT_FOUND}:
                raise
            return False
        return True

    @rule(replica=replicas, person=persons)
    def mark_all_read(self, replica: int, person: str) -> None:
        self.run(self._mark_all_read(replica, person))

    async def _mark_all_read(self, replica: int, person: str) -> None:
        await self._counted()  # what is read is what is counted by then
        answer = await self.world.unread_stub(replica).MarkAllRead(u.MarkAllReadRequest(), metadata=self._as(person))
        for room in self.rooms:
            if person in room.joined:
                room.mark_read(person, room.number)
        if (answer.total.unread, answer.total.mentions) != (0, 0):
            raise WrongBadgeError(f"{person} has read everything, and the total is {answer.total}")

    @rule(room=rooms, replica=replicas, person=persons, muted=st.booleans())
    def mute(self, room: int, replica: int, person: str, muted: bool) -> None:
        self.run(self._mute(self.rooms[room], replica, person, muted))

    async def _mute(self, room: Room, replica: int, person: str, muted: bool) -> None:
        if person in room.joined and await self._held(room, replica, person) is not None:
            await self._set_mute(room, person, FOR_EVER if muted else 0, replica)

    async def _set_mute(self, room: Room, person: str, until: int, replica: int = 0) -> None:
        await self._counted()
        await self.world.unread_stub(replica).SetMute(
            u.SetMuteRequest(conversation=room.conversation, muted_until_ms=until), metadata=self._as(person)
        )
        (room.muted.add if until else room.muted.discard)(person)

    # Replicas.

    @rule(index=replicas, counting=st.booleans(), crash=st.booleans(), chance=st.integers(0, 7))
    def stop(self, index: int, counting: bool, crash: bool, chance: int) -> None:
        group = self.world.unread if counting else self.world.messaging
        if chance == 0 and all(replica.up for replica in group):
            self.run(group[index].stop(crash=crash))

    @rule()
    def start(self) -> None:
        for replica in (*self.world.messaging, *self.world.unread):
            if not replica.up:
                self.run(replica.start())
                return

    # The truth.

    @rule()
    def quiet(self) -> None:
        self.run(self._compare())

    async def _compare(self) -> None:
        await self._counted()
        await self.world.rest()
        for person in PEOPLE:
            wanted, total = model.badges(self.rooms, person), model.total(self.rooms, person)
            for replica in range(REPLICAS):
                await self._compare_asked(person, replica, wanted, total)
        for screen in self.screens:
            await self._compare_shown(screen)

    async def _compare_asked(
        self, person: str, replica: int, wanted: dict[str, tuple[int, int]], total: tuple[int, int]
    ) -> None:
        stub = self.world.unread_stub(replica)
        answer = await stub.GetBadges(u.GetBadgesRequest(), metadata=self._as(person))
        found = {each.conversation: (each.unread, each.mentions) for each in answer.badges if not each.left}
        member = {room.conversation for room in self.rooms if person in room.joined}
        type(self).compared += len(found) + 1
        if found.keys() != member:
            raise WrongBadgeError(f"{person} has badges of {sorted(found)}, and is a member of {sorted(member)}")
        shown = {conversation: badge for conversation, badge in found.items() if badge != (0, 0)}
        if shown != wanted or (answer.total.unread, answer.total.mentions) != total:
            raise WrongBadgeError(f"{person} is told {shown}, {answer.total}; it must be {wanted}, {total}")

    async def _compare_shown(self, screen: Screen) -> None:
        wanted, total = model.badges(self.rooms, screen.person), model.total(self.rooms, screen.person)
        type(self).compared += len(wanted) + 1
        end = self.loop.time() + self.shown_s
        while not screen.caught_up or screen.shown() != wanted or screen.total != total:
            if self.loop.time() > end:
                raise WrongBadgeError(
                    f"the screen of {screen.person} shows {screen.shown()}, {screen.total};"
                    f" it must be {wanted}, {total}"
                )
            await asyncio.sleep(0.005)

    async def _counted(self) -> None:
        """Waits until the heads cover everything that was written."""
        end = self.loop.time() + QUIET_S
        wanted = {room.conversation: room.revision for room in self.rooms}
        while True:
            answer = await self.world.unread_stub(0).GetBadges(u.GetBadgesRequest(), metadata=self._as("ann"))
            found = {badge.conversation: badge.revision for badge in answer.badges}
            if all(found.get(conversation, 0) >= revision for conversation, revision in wanted.items()):
                return
            if self.loop.time() > end:
                raise NotCountedError(f"counted up to {found}, written up to {wanted}")
            await asyncio.sleep(0.005)

    async def _held(self, room: Room, replica: int, person: str) -> Any:
        """The badge that a client of the person holds; None while the person's coming is not counted yet."""
        answer = await self.world.unread_stub(replica).GetBadges(
            u.GetBadgesRequest(conversations=[room.conversation]), metadata=self._as(person)
        )
        return next((badge for badge in answer.badges if not badge.left), None)

    # Small things.

    def _live(self, room: Room, position: int) -> int:
        """The number of a message that is not deleted and whose author is here; 0 if there is none."""
        numbers = [
            number
            for number, message in enumerate(room.messages, 1)
            if not message.deleted and message.author in room.joined
        ]
        return numbers[position % len(numbers)] if numbers else 0

    def _message(self, room: Room, author: str, who: set[str], everyone: bool) -> Message:
        # A direct conversation has nobody else to be mentioned together with.
        return Message(author, frozenset(who & room.joined.keys()), everyone and not room.direct)

    def _as(self, person: str) -> Any:
        return self.world.caller(self.tenant, person)

    def _key(self) -> str:
        self.keys += 1
        return f"k{self.keys}"


def _parts(message: Message) -> list[Any]:
    parts = [m.MessagePart(text="See the slab ")]
    parts += [m.MessagePart(person=m.PersonMention(person=person)) for person in sorted(message.mentions)]
    if message.everyone:
        parts.append(m.MessagePart(everyone=m.EveryoneMention()))
    return parts
