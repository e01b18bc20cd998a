"""Plays the demo: lines are said, people read, and the terminal tells it."""

import asyncio
import random
import uuid
from pathlib import Path

from conversations.messaging.v1 import messaging_pb2 as pb
from conversations.unread.v1 import unread_pb2
from rich.console import Console
from rich.text import Text

from local.client import CALL_S, Connection, Person
from local.demo.content import Line, Project, Talk
from local.demo.patience import patiently
from local.demo.reader import Reader, mark_read, read_all
from local.demo.script import endless
from local.demo.stage import cast, open_conversations, register_phones
from local.ready import Ready
from local.together import together

COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "red", "bright_cyan", "bright_green", "bright_magenta")

PHONE_S = (15.0, 35.0)
"""How long the person to watch leaves her phone in the pocket, s."""


class Play:
    """The demo while it runs.

    Args:
        connection: to the stack.
        project: what is played.
        console: where it is told.
        ready_file: tells whether the stack still runs.
        pace_s: about how long between two lines, s.
        chance: order and timing.
    """

    def __init__(
        self,
        connection: Connection,
        project: Project,
        console: Console,
        ready_file: Path,
        pace_s: float,
        chance: random.Random,
    ) -> None:
        self._project = project
        self._console = console
        self._ready_file = ready_file
        self._pace_s = pace_s
        self._chance = chance
        self._people = cast(connection, project)
        self._ids: dict[str, str] = {}
        self._colours = dict(zip(project.people, COLOURS * 3, strict=False))

    async def run(self, for_s: float | None) -> None:
        """Plays for so many seconds, or for ever.

        Raises:
            NotRunningError: the stack has ended.
            grpc.aio.AioRpcError: a call failed in a way that will not pass.
        """
        self._ids = await open_conversations(self._people, self._project)
        await register_phones(self._people, self._project)
        readers = [Reader(self._people[user], self._chance).run() for user in self._project.attached]
        try:
            async with asyncio.timeout(for_s):
                await together(self._talk(), self._phone(), *readers)
        except TimeoutError:
            return

    async def _talk(self) -> None:
        for talk, line in endless(self._project.talks, self._chance):
            await self._say(talk, line)
            await asyncio.sleep(self._pace_s * self._chance.uniform(0.5, 1.5))

    async def _say(self, talk: Talk, line: Line) -> None:
        author, conversation = self._people[line.author], self._ids[talk.key]
        # Whoever answers has read what was said before.
        await patiently(lambda: read_all(author, conversation))
        request = pb.SendMessageRequest(conversation=conversation, client_key=uuid.uuid4().hex, text=line.text)
        while not await patiently(lambda: _send(author, request)):
            Ready.read(self._ready_file)
            await asyncio.sleep(1)
        self._tell(line.author, talk, line.text)

    async def _phone(self) -> None:
        """The person to watch reads one conversation now and then, on her phone."""
        user = self._project.watch
        talks = {self._ids[talk.key]: talk for talk in self._project.talks}
        while True:
            await asyncio.sleep(self._chance.uniform(*PHONE_S))
            await patiently(lambda: self._read_one(self._people[user], talks))

    async def _read_one(self, person: Person, talks: dict[str, Talk]) -> None:
        found = await person.connection.unread.GetBadges(
            unread_pb2.GetBadgesRequest(), metadata=person.metadata(), timeout=CALL_S
        )
        unread = [badge for badge in found.badges if badge.unread and badge.conversation in talks]
        if not unread:
            return
        badge = max(unread, key=lambda badge: badge.unread)
        await mark_read(person, badge)
        self._tell(person.name, talks[badge.conversation], f"(reads {badge.unread} on the phone)", quiet=True)

    def _tell(self, user: str, talk: Talk, text: str, *, quiet: bool = False) -> None:
        others = ", ".join(self._project.people[member].name for member in talk.members if member != user)
        name = self._project.people[user].name
        where = talk.title or f"to {others}"
        said = Text.assemble(
            (name, self._colours[user]), (f"  {where}  ", "bright_black"), (text, "dim" if quiet else "")
        )
        self._console.print(said, soft_wrap=True)


async def _send(author: Person, request: pb.SendMessageRequest) -> None:
    await author.connection.messaging.SendMessage(request, metadata=author.metadata(), timeout=CALL_S)
