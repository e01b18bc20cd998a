"""How the demo's people speak: they type first, mention each other by name, and correct themselves."""

import asyncio
import random
import uuid
from collections.abc import Mapping
from pathlib import Path

import grpc
from conversations.messaging.v1 import messaging_pb2 as pb
from conversations.presence.v1 import presence_pb2

from local.client import CALL_S, Person
from local.demo.content import Someone
from local.demo.patience import OVERTAKEN, PASSING, patiently
from local.demo.reader import read_all
from local.demo.words import At, Plain, pieces
from local.ready import Ready

KEY = "demo-"
"""What the client keys of everything begin with that the demo writes."""

STILL_TYPING_S = 3.0
"""How often typing is reported while it goes on, as its contract asks, s."""

SECONDS_A_CHARACTER = 0.035
"""How fast people type in a demo, s."""

TYPING_S = (0.8, 5.0)
"""The shortest and the longest time that somebody types, s."""


class Voice:
    """Speaks for the demo's people.

    Args:
        people: as callers, by user name.
        named: the same people with their names.
        ready_file: tells whether the stack still runs.
        chance: small differences.
    """

    def __init__(
        self, people: Mapping[str, Person], named: Mapping[str, Someone], ready_file: Path, chance: random.Random
    ) -> None:
        self._people = people
        self._named = named
        self._ready_file = ready_file
        self._chance = chance

    def typing_s(self, text: str) -> float:
        """How long somebody types a text, s."""
        shortest, longest = TYPING_S
        return min(longest, max(shortest, len(text) * SECONDS_A_CHARACTER)) * self._chance.uniform(0.7, 1.2)

    async def say(self, author: str, conversation: str, text: str, *, thread: int = 0, typing_s: float = 0) -> int:
        """Types for so long, then sends; returns the message's number, 0 if it was not taken.

        Raises:
            NotRunningError: the stack has ended.
        """
        person = self._people[author]
        await self.type(author, conversation, typing_s)
        # Whoever answers has read what was said before.
        await patiently(lambda: read_all(person, conversation))
        request = pb.SendMessageRequest(
            conversation=conversation, client_key=_key(), parts=self._parts(text), thread=thread
        )
        while True:
            try:
                sent = await person.connection.messaging.SendMessage(
                    request, metadata=person.metadata(), timeout=CALL_S
                )
            except grpc.aio.AioRpcError as error:
                if error.code() in OVERTAKEN:
                    return 0
                if error.code() not in PASSING:
                    raise
                Ready.read(self._ready_file)
                await asyncio.sleep(1)
            else:
                return sent.number

    async def correct(self, author: str, conversation: str, number: int, text: str) -> None:
        """Gives a message another text."""
        person = self._people[author]
        request = pb.EditMessageRequest(
            conversation=conversation, client_key=_key(), parts=self._parts(text), number=number
        )
        await patiently(
            lambda: person.connection.messaging.EditMessage(request, metadata=person.metadata(), timeout=CALL_S)
        )

    async def type(self, author: str, conversation: str, for_s: float) -> None:
        """Is seen typing for so long."""
        while for_s > 0:
            await patiently(lambda: self._report(author, conversation, stopped=False))
            step = min(for_s, STILL_TYPING_S)
            await asyncio.sleep(step)
            for_s -= step
            if for_s <= 0:
                await patiently(lambda: self._report(author, conversation, stopped=True))

    async def _report(self, author: str, conversation: str, *, stopped: bool) -> None:
        person = self._people[author]
        request = presence_pb2.ReportTypingRequest(conversation=conversation, stopped=stopped)
        await person.connection.presence.ReportTyping(request, metadata=person.metadata(), timeout=CALL_S)

    def _parts(self, text: str) -> list[pb.MessagePart]:
        return [self._part(piece) for piece in pieces(text, self._named)]

    def _part(self, piece: object) -> pb.MessagePart:
        match piece:
            case Plain(words):
                return pb.MessagePart(text=words)
            case At(person):
                return pb.MessagePart(person=pb.PersonMention(person=person, label=self._named[person].name))
            case _:
                return pb.MessagePart(everyone=pb.EveryoneMention())


def _key() -> str:
    return f"{KEY}{uuid.uuid4().hex}"
