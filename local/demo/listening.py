"""The demo's people listen: what somebody writes who is really there is read, and answered in a fitting way.

It hears by messaging's feed for services, as a bot of the host application would, and answers in the name of people by
delegated tokens.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from functools import partial

import grpc
from conversations.messaging.v1 import messaging_pb2 as pb

from local.client import CALL_S, Connection, Person
from local.demo.answers import Answer, Wit
from local.demo.guests import Guests
from local.demo.patience import PASSING, patiently
from local.demo.reader import read_all
from local.demo.stage import ACTOR
from local.demo.voice import KEY, Voice
from local.following import RETRYABLE
from local.together import together

NOTICED_S = (0.8, 2.5)
"""How long it takes until somebody has seen a message, s."""

READ_S = (2.0, 15.0)
"""How long it takes the others of a group, s."""

READS = 0.6
"""How likely one of the others reads it soon."""

IN_THREAD = 0.3
"""How likely a message in a group is answered in a thread under it."""

AGAIN_S = 1.0
"""How long a lost feed is left alone, s."""


class Listening:
    """Hears everything that is written, and answers what the demo did not write.

    Args:
        connection: to the stack.
        tenant: whose people.
        people: the demo's, by user name.
        guests: for whom nobody answers.
        voice: how it is answered.
        wit: what is answered.
        heard: is told of each conversation in which somebody was heard, and who it was.
        answered: is told of each answer: its conversation, and the answer.
        chance: small differences.
    """

    def __init__(
        self,
        connection: Connection,
        tenant: str,
        people: Mapping[str, Person],
        guests: Guests,
        voice: Voice,
        wit: Wit,
        heard: Callable[[str, str], None],
        answered: Callable[[str, Answer], None],
        chance: random.Random,
    ) -> None:
        self._connection = connection
        self._tenant = tenant
        self._people = people
        self._guests = guests
        self._voice = voice
        self._wit = wit
        self._heard = heard
        self._answered = answered
        self._chance = chance
        self._spoke_last: dict[str, str] = {}
        self._answering: dict[str, asyncio.Task[None]] = {}
        self._failed: asyncio.Queue[BaseException] = asyncio.Queue()

    async def run(self) -> None:
        """Listens for ever.

        Raises:
            grpc.aio.AioRpcError: a call failed in a way that will not pass.
            NotRunningError: the stack has ended.
        """
        try:
            await together(self._listen(), self._fail())
        finally:
            for task in self._answering.values():
                task.cancel()
            await asyncio.gather(*self._answering.values(), return_exceptions=True)

    async def _listen(self) -> None:
        cursor = ""
        while True:
            call = self._connection.messaging.StreamEvents(
                pb.StreamEventsRequest(cursor=cursor, partition_count=1, include_text=True), metadata=self._service()
            )
            try:
                async for batch in call:
                    for event in batch.events:
                        self._take(event)
                    cursor = batch.cursor or cursor
            except grpc.aio.AioRpcError as error:
                if error.code() not in RETRYABLE:
                    raise
            finally:
                call.cancel()
            await asyncio.sleep(AGAIN_S)

    async def _fail(self) -> None:
        raise await self._failed.get()

    def _take(self, event: pb.Event) -> None:
        if event.tenant != self._tenant or not event.HasField("message_sent") or not event.author:
            return
        if not event.message_sent.client_key.startswith(KEY):
            self._heard(event.conversation, event.author)
            if earlier := self._answering.get(event.conversation):
                # Who goes on writing is answered once, to the last of it.
                earlier.cancel()
            task = asyncio.create_task(self._answer(event, self._spoke_last.get(event.conversation, "")))
            self._answering[event.conversation] = task
            task.add_done_callback(self._done)
        if event.author in self._people and event.author not in self._guests.names:
            self._spoke_last[event.conversation] = event.author

    def _done(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (failure := task.exception()):
            self._failed.put_nowait(failure)

    async def _answer(self, event: pb.Event, spoke_last: str) -> None:
        conversation, message = event.conversation, event.message_sent
        await asyncio.sleep(self._chance.uniform(*NOTICED_S))
        others = [each for each in await self._members(conversation) if self._may_answer(each, event.author)]
        mentioned = [mention.person for mention in message.mentions]
        if any(mention.everyone for mention in message.mentions):
            mentioned = self._chance.sample(others, min(2, len(others)))
        answers = self._wit.answer(message.text, others, mentioned=mentioned, spoke_last=spoke_last)
        thread = message.thread
        if not thread and len(others) > 1 and self._chance.random() < IN_THREAD:
            thread = event.number
        speakers = {answer.author for answer in answers}
        await together(
            self._speak(conversation, answers, thread),
            *(self._read(each, conversation) for each in others if each not in speakers),
        )

    async def _speak(self, conversation: str, answers: list[Answer], thread: int) -> None:
        for answer in answers:
            # Seen before it is answered.
            await patiently(partial(read_all, self._people[answer.author], conversation))
            await asyncio.sleep(self._chance.uniform(*NOTICED_S))
            if answer.author in self._guests.names:
                continue  # has come meanwhile
            typing_s = self._voice.typing_s(answer.text)
            if await self._voice.say(answer.author, conversation, answer.text, thread=thread, typing_s=typing_s):
                self._answered(conversation, answer)

    async def _read(self, person: str, conversation: str) -> None:
        if self._chance.random() > READS:
            return
        await asyncio.sleep(self._chance.uniform(*READ_S))
        if person not in self._guests.names:
            await patiently(lambda: read_all(self._people[person], conversation))

    def _may_answer(self, person: str, author: str) -> bool:
        return person != author and person in self._people and person not in self._guests.names

    async def _members(self, conversation: str) -> list[str]:
        try:
            found = await self._connection.messaging.ListMembers(
                pb.ListMembersRequest(conversations=[conversation]), metadata=self._service(), timeout=CALL_S
            )
        except grpc.aio.AioRpcError as error:
            if error.code() not in PASSING:
                raise
            return []
        return [member for each in found.memberships if not each.archived for member in each.members]

    def _service(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self._connection.issuer.service(ACTOR)}"),)
