"""Plays the demo: lines are said, people read and answer, and the terminal tells it."""

import asyncio
import random
from functools import partial
from pathlib import Path

from conversations.messaging.v1 import messaging_pb2
from conversations.unread.v1 import unread_pb2
from rich.console import Console
from rich.text import Text

from local.client import CALL_S, Connection, Person
from local.demo import answers
from local.demo.answers import Answer, Wit
from local.demo.content import Project
from local.demo.guests import Guests
from local.demo.listening import Listening
from local.demo.patience import patiently
from local.demo.reader import Reader, mark_read, read_all
from local.demo.script import Cue, Script
from local.demo.stage import cast, open_conversations, register_phones
from local.demo.voice import Voice
from local.together import together

COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "red", "bright_cyan", "bright_green", "bright_magenta")

PHONE_S = (15.0, 35.0)
"""How long the person to watch leaves her phone in the pocket, s."""

PACE_S = 1.2
"""About how long between two lines where a terminal shows them, s."""

GUEST_PACE_S = 5.0
"""The same while somebody is there in a browser, who may want to read them, s."""

OPENING = 3
"""So many lines of each new conversation are said before the demo goes on at its pace."""

OPENED = 0.75
"""How likely somebody has read those."""

CORRECT_S = (3.0, 8.0)
"""How long it takes until somebody notices a mistake of theirs, s."""

TYPING_SHARE = 0.6
"""So much of the time between two lines somebody is typing, at most."""


class Play:
    """The demo while it runs.

    Args:
        connection: to the stack.
        project: what is played.
        console: where it is told.
        ready_file: tells whether the stack still runs.
        pace_s: about how long between two lines, s; None for what suits those who watch.
        chance: order and timing.
    """

    def __init__(
        self,
        connection: Connection,
        project: Project,
        console: Console,
        ready_file: Path,
        pace_s: float | None,
        chance: random.Random,
    ) -> None:
        self._project = project
        self._console = console
        self._ready_file = ready_file
        self._pace_s = pace_s
        self._chance = chance
        self._people = cast(connection, project)
        self._guests = Guests(connection, project.tenant, project.people)
        self._voice = Voice(self._people, project.people, ready_file, chance)
        self._script = Script(project.talks, chance)
        self._listening = Listening(
            connection,
            project.tenant,
            self._people,
            self._guests,
            self._voice,
            Wit(answers.read(), chance),
            self._heard,
            self._answered,
            chance,
        )
        self._conversations: dict[str, str] = {}
        self._said: dict[str, list[int]] = {}
        self._told: frozenset[str] = frozenset()
        self._colours = dict(zip(project.people, COLOURS * 3, strict=False))

    async def run(self, for_s: float | None) -> None:
        """Plays for so many seconds, or for ever.

        Raises:
            NotRunningError: the stack has ended.
            grpc.aio.AioRpcError: a call failed in a way that will not pass.
        """
        self._conversations = await open_conversations(self._people, self._project)
        await register_phones(self._people, self._project)
        await self._guests.look()
        try:
            async with asyncio.timeout(for_s):
                await self._open()
                await together(
                    self._guests.run(),
                    self._listening.run(),
                    self._talk(),
                    self._phone(),
                    *map(self._live, self._people),
                )
        except TimeoutError:
            return

    async def _open(self) -> None:
        """What was said before anybody looked, where nothing was."""
        await together(*(self._open_one(key) for key in self._conversations))

    async def _open_one(self, key: str) -> None:
        conversation = self._conversations[key]
        talk = next(talk for talk in self._project.talks if talk.key == key)
        creator = self._people[talk.members[0]]
        found = await creator.connection.messaging.GetConversation(
            messaging_pb2.GetConversationRequest(conversation=conversation),
            metadata=creator.metadata(),
            timeout=CALL_S,
        )
        if found.conversation.number:
            self._script.skip_ahead(key)
            return
        for cue in self._script.opening(key, OPENING):
            if cue.line.author in self._guests.names:
                self._said.setdefault(key, []).append(0)
            else:
                await self._perform(cue, typing_s=0)
        for user in talk.members:
            if user not in self._guests.names and self._chance.random() < OPENED:
                await patiently(partial(read_all, self._people[user], conversation))

    async def _talk(self) -> None:
        while True:
            pace_s = self._pace() * self._chance.uniform(0.5, 1.5)
            self._welcome()
            cue = self._script.next(self._guests.names)
            typing_s = min(self._voice.typing_s(cue.line.text), pace_s * TYPING_SHARE) if cue else 0
            if cue:
                await self._perform(cue, typing_s)
            await asyncio.sleep(pace_s - typing_s)

    def _pace(self) -> float:
        if self._pace_s is not None:
            return self._pace_s
        return GUEST_PACE_S if self._guests.names else PACE_S

    async def _perform(self, cue: Cue, typing_s: float) -> None:
        """Says a line; corrects it later, where it was wrong at first."""
        line, conversation = cue.line, self._conversations[cue.talk.key]
        said = self._said.setdefault(cue.talk.key, [])
        if cue.place == 1:
            said.clear()
        thread = said[line.under - 1] if 0 < line.under <= len(said) else 0
        number = await self._voice.say(
            line.author, conversation, line.was or line.text, thread=thread, typing_s=typing_s
        )
        said.append(number)
        if not number:
            return
        self._tell(line.author, cue.talk.key, line.was or line.text)
        if line.was:
            await asyncio.sleep(min(2 * self._pace(), self._chance.uniform(*CORRECT_S)))
            await self._voice.correct(line.author, conversation, number, line.text)
            self._tell(line.author, cue.talk.key, f"(corrects it) {line.text}", quiet=True)

    async def _live(self, user: str) -> None:
        """What somebody does who does not speak: sits at a desk and reads, or takes the phone out now and then."""
        person = self._people[user]
        if user in self._project.attached:
            desk = Reader.at_desk(person, self._chance)
            while True:
                await self._guests.while_absent(user, desk.work)
        if user in self._project.devices and user != self._project.watch:
            phone = Reader.on_phone(person, self._chance)
            while True:
                await self._guests.while_absent(user, phone.look)

    async def _phone(self) -> None:
        """The person to watch reads one conversation now and then, on her phone, while she is not there herself."""
        person = self._people[self._project.watch]
        while True:
            await asyncio.sleep(self._chance.uniform(*PHONE_S))
            if person.name not in self._guests.names:
                await patiently(lambda: self._read_one(person))

    async def _read_one(self, person: Person) -> None:
        found = await person.connection.unread.GetBadges(
            unread_pb2.GetBadgesRequest(), metadata=person.metadata(), timeout=CALL_S
        )
        keys = {conversation: key for key, conversation in self._conversations.items()}
        unread = [badge for badge in found.badges if badge.unread and badge.conversation in keys]
        if not unread:
            return
        badge = max(unread, key=lambda badge: badge.unread)
        await mark_read(person, badge)
        self._tell(person.name, keys[badge.conversation], f"(reads {badge.unread} on the phone)", quiet=True)

    def _heard(self, conversation: str, author: str) -> None:
        """The others let somebody who is really there have the word."""
        for key, known in self._conversations.items():
            if known == conversation:
                self._script.rest(key)
                self._tell(author, key, "(writes)", quiet=True)

    def _answered(self, conversation: str, answer: Answer) -> None:
        key = next((key for key, known in self._conversations.items() if known == conversation), "")
        self._tell(answer.author, key, answer.text)

    def _welcome(self) -> None:
        """Tells who came and who went."""
        for user in self._guests.names - self._told:
            self._console.print(Text(f"{self._project.people[user].name} is here in a browser", "bold"))
        for user in self._told - self._guests.names:
            self._console.print(Text(f"{self._project.people[user].name} has closed the browser", "bold"))
        self._told = self._guests.names

    def _tell(self, user: str, key: str, text: str, *, quiet: bool = False) -> None:
        talk = next((talk for talk in self._project.talks if talk.key == key), None)
        others = ", ".join(self._project.people[each].name for each in talk.members if each != user) if talk else ""
        where = (talk.title or f"to {others}") if talk else "elsewhere"
        someone = self._project.people.get(user)
        said = Text.assemble(
            (someone.name if someone else user, self._colours.get(user, "")),
            (f"  {where}  ", "bright_black"),
            (text, "dim" if quiet else ""),
        )
        self._console.print(said, soft_wrap=True)
