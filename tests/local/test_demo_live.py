"""The demo beside a person who is really there, on a running stack."""

import asyncio
import contextlib
import signal
import subprocess
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from conversations.messaging.v1 import messaging_pb2
from conversations.presence.v1 import presence_pb2
from conversations.unread.v1 import unread_pb2

from local.client import CALL_S, Connection, Person
from local.demo.guests import Guests
from local.demo.play import PHONE_S
from local.demo.voice import KEY
from local.phones import token_of
from tests.conftest import eventually
from tests.local.runs import Up, conversations, started, wait_until

TENANT = "northgate"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with started(tmp_path_factory.mktemp("demo")) as running:
        running.wait()
        yield running


@pytest.fixture(scope="module")
def demo(up: Up, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A demo that goes on, quickly; gives what it prints."""
    output = tmp_path_factory.mktemp("demo") / "demo.txt"
    with output.open("wb") as file:
        playing = subprocess.Popen(
            conversations("demo", "--pace", "0.4", "--seed", "3", "--against", str(up.ready_file)),
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: output.read_text().count("\n") > 100, 120, "the demo does not talk")
        yield output
        assert playing.poll() is None, output.read_text()
    finally:
        playing.send_signal(signal.SIGINT)
        playing.wait(timeout=30)
    assert playing.returncode == 0, output.read_text()


@dataclass
class Browser:
    """Somebody who is there, with a tab that is open but shows no conversation."""

    person: Person
    watching: bool = False
    seen: list[messaging_pb2.Event] = field(default_factory=list)
    typing: list[list[str]] = field(default_factory=list)

    async def attach(self) -> None:
        stub, metadata = self.person.connection.presence, self.person.metadata()
        request = presence_pb2.AttachRequest(client="laptop", platform=presence_pb2.PLATFORM_BROWSER)
        async for message in stub.Attach(request, metadata=metadata):
            if message.HasField("caught_up"):
                tab = presence_pb2.Tab(tab="one", visible=True, focused=True)
                await stub.ReportTabs(
                    presence_pb2.ReportTabsRequest(client="laptop", sequence=time.time_ns() // 1_000_000, tabs=[tab]),
                    metadata=metadata,
                    timeout=CALL_S,
                )

    async def watch(self, conversation: str) -> None:
        request = messaging_pb2.WatchConversationRequest(conversation=conversation)
        async for message in self.person.connection.messaging.WatchConversation(
            request, metadata=self.person.metadata()
        ):
            self.watching = self.watching or message.HasField("caught_up")
            self.seen += message.events

    async def watch_typing(self, conversation: str) -> None:
        request = presence_pb2.WatchTypingRequest(conversation=conversation)
        async for message in self.person.connection.presence.WatchTyping(request, metadata=self.person.metadata()):
            if message.HasField("typing"):
                self.typing.append(list(message.typing.persons))

    async def direct(self, other: str) -> str:
        made = await self.person.connection.messaging.CreateDirectConversation(
            messaging_pb2.CreateDirectConversationRequest(person=other), metadata=self.person.metadata(), timeout=CALL_S
        )
        return made.conversation.conversation

    async def say(self, conversation: str, text: str) -> int:
        sent = await self.person.connection.messaging.SendMessage(
            messaging_pb2.SendMessageRequest(conversation=conversation, client_key=uuid.uuid4().hex, text=text),
            metadata=self.person.metadata(),
            timeout=CALL_S,
        )
        return sent.number

    async def unread(self) -> dict[str, int]:
        found = await self.person.connection.unread.GetBadges(
            unread_pb2.GetBadgesRequest(), metadata=self.person.metadata(), timeout=CALL_S
        )
        return {badge.conversation: badge.unread for badge in found.badges}


@contextlib.asynccontextmanager
async def being(up: Up, demo: Path, name: str) -> AsyncIterator[Browser]:
    """Somebody who is there, and whom the demo has noticed."""

    def comings() -> int:
        return demo.read_text().count(" is here in a browser\n")

    before = comings()
    async with Connection(up.wait()) as connection:
        browser = Browser(connection.person(TENANT, name))
        attached = asyncio.create_task(browser.attach())
        guests = Guests(connection, TENANT, [name])

        async def there() -> bool:
            await guests.look()
            return name in guests.names

        try:
            await eventually(there, timeout_s=20)
            await eventually(lambda: comings() > before, timeout_s=30)
            # What it was about to say or to read is done first.
            await asyncio.sleep(2)
            yield browser
        finally:
            attached.cancel()
            await asyncio.gather(attached, return_exceptions=True)


@pytest.mark.timeout(240)
async def test_nobody_reads_or_speaks_for_dana_while_she_is_there(up: Up, demo: Path) -> None:
    async with being(up, demo, "dana") as dana:
        assert "Dana Whitfield is here in a browser" in demo.read_text()
        before, said = await dana.unread(), len(demo.read_text())
        assert sum(before.values()) > 10
        # The phone is taken out of the pocket once in this time at least.
        await asyncio.sleep(PHONE_S[1] + 1)
        later = await dana.unread()
        assert all(later[conversation] >= count for conversation, count in before.items())
        assert sum(later.values()) > sum(before.values())
        lines = demo.read_text()[said:].splitlines()
        assert len(lines) > 10
        assert not [line for line in lines if line.startswith("Dana Whitfield  ")]
    wait_until(lambda: "Dana Whitfield has closed the browser" in demo.read_text(), 30, "nobody noticed")
    closed = len(demo.read_text())
    wait_until(lambda: "\nDana Whitfield  " in demo.read_text()[closed:], 120, "the demo does not play her again")


@pytest.mark.timeout(240)
async def test_what_somebody_writes_is_seen_then_typed_at_then_answered(up: Up, demo: Path) -> None:
    async with being(up, demo, "dana") as dana:
        # Tom has nothing to say to her by himself.
        conversation = await dana.direct("tom")
        following = [
            asyncio.create_task(dana.watch(conversation)),
            asyncio.create_task(dana.watch_typing(conversation)),
        ]
        # What is typed is told to streams only that are open by then.
        await eventually(lambda: dana.watching and dana.typing, timeout_s=30)
        number = await dana.say(conversation, "Is the concrete for the pour ordered?")

        def answers() -> list[messaging_pb2.Event]:
            return [event for event in dana.seen if event.HasField("message_sent") and event.author == "tom"]

        async def answered() -> bool:
            return bool(answers())

        await eventually(answered, timeout_s=30)
        assert ["tom"] in dana.typing
        answer = answers()[0].message_sent
        assert answer.client_key.startswith(KEY)
        assert answer.text
        readers = await dana.person.connection.unread.ListReaders(
            unread_pb2.ListReadersRequest(conversation=conversation, number=number),
            metadata=dana.person.metadata(),
            timeout=CALL_S,
        )
        assert list(readers.persons) == ["tom"]
        # One answer, and none to the answer.
        await asyncio.sleep(8)
        assert len(answers()) == 1
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)


@pytest.mark.timeout(240)
async def test_who_leaves_a_group_or_archives_it_does_not_end_the_demo(up: Up, demo: Path) -> None:
    async with being(up, demo, "marco") as marco:
        stub, metadata = marco.person.connection.messaging, marco.person.metadata()
        listed = await stub.ListConversations(
            messaging_pb2.ListConversationsRequest(page_size=100), metadata=metadata, timeout=CALL_S
        )
        ids = {each.conversation.title: each.conversation.conversation for each in listed.listings}
        await stub.LeaveConversation(
            messaging_pb2.LeaveConversationRequest(conversation=ids["Safety walk"], client_key="leave"),
            metadata=metadata,
            timeout=CALL_S,
        )
        await stub.UpdateConversation(
            messaging_pb2.UpdateConversationRequest(
                conversation=ids["Northgate – site daily"], client_key="close", archived=True
            ),
            metadata=metadata,
            timeout=CALL_S,
        )
    said = demo.read_text().count("\n")
    wait_until(lambda: demo.read_text().count("\n") > said + 60, 120, "the demo has ended")


async def test_the_phone_of_the_person_to_watch_gets_what_no_browser_shows(up: Up, demo: Path) -> None:
    asked = {"target": token_of(TENANT, "dana")}
    async with aiohttp.ClientSession(up.wait().fcm) as session, session.get("/_fake/devices", params=asked) as answer:
        phone = await answer.json()
    assert phone["known"]
    assert {"title", "text", "count"} <= set(phone["tray"][0])
