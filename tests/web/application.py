"""The demo application as people use it: by the roles and names of what stands on the screen."""

import asyncio
import dataclasses
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from conversations.messaging.v1 import messaging_pb2
from conversations.notifier.v1 import notifier_pb2
from conversations.presence.v1 import presence_pb2
from conversations.unread.v1 import unread_pb2
from playwright.async_api import Locator, Page, expect

from local.demo import content
from local.serving import serving
from local.web.host import Host, application
from local.web.process import DIST
from local.web.project import browser_addresses
from tests.conftest import eventually
from tests.harness import as_person, as_service
from tests.web.world import Profile, PushedBrowser, Screen, World, used

RFI = "rfis/114"
"""An item page of the project."""

expect.set_options(timeout=20_000)  # the machine may be busy


@dataclass
class Person:
    """Somebody at a tab of the application."""

    app: "Application"
    person: str
    name: str
    screen: Screen

    @property
    def page(self) -> Page:
        return self.screen.page

    # What is looked at

    @property
    def icon(self) -> Locator:
        """The Conversations icon of the navigation."""
        navigation = self.page.get_by_role("navigation", name="Main")
        return navigation.get_by_role("link", name=re.compile("^Conversations"))

    def row(self, title: str) -> Locator:
        """A conversation's row in the list."""
        rows = self.page.get_by_role("list", name="Conversations", exact=True).get_by_role("listitem")
        return rows.filter(has=self.page.get_by_role("link", name=re.compile(f"^{re.escape(title)}")))

    @property
    def log(self) -> Locator:
        """The messages of the open conversation."""
        return self.page.get_by_role("log", name="Messages", exact=True)

    @property
    def banners(self) -> Locator:
        """The banners of this tab."""
        return self.page.get_by_role("region", name="Notifications").get_by_test_id("banner")

    async def sees_total(self, total: int) -> None:
        """Waits for the number on the icon, its accessible name and the number in the page's title."""
        name = f"Conversations, {total} unread" if total else "Conversations"
        await expect(self.icon).to_have_accessible_name(name)
        number = self.icon.get_by_test_id("total")
        if total:
            await expect(number).to_have_text(str(total))
            await expect(self.page).to_have_title(re.compile(rf"^\({total}\) "))
        else:
            await expect(number).to_have_count(0)
            await expect(self.page).to_have_title(re.compile(r"^[^(]"))

    async def sees_row(self, title: str, unread: int) -> None:
        """Waits for a row that is bold with this number, or not bold and without one."""
        row = self.row(title)
        await expect(row).to_have_count(1)
        badge, words = row.get_by_test_id("badge"), row.get_by_text(title).first
        if unread:
            await expect(badge).to_have_text(str(unread))
        else:
            await expect(badge).to_have_count(0)

        async def weight() -> bool:
            bold = int(await words.evaluate("element => getComputedStyle(element).fontWeight")) >= 600
            return bold == (unread > 0)

        await eventually(weight)

    async def sees_message(self, text: str) -> None:
        """Waits for a message in the open conversation."""
        words = self.page.get_by_text(text, exact=True)
        await expect(self.log.get_by_role("article").filter(has=words)).to_be_visible()

    # What is done

    async def still(self) -> None:
        """Waits until nothing slides or fades any more, so that places can be measured."""
        await self.page.evaluate(
            """async () => {
              const ends = (each) => each.effect?.getComputedTiming().endTime !== Infinity;
              for (;;) {
                const moving = document.getAnimations().filter((each) => ends(each) && each.playState === "running");
                if (moving.length === 0) return;
                await Promise.allSettled(moving.map((each) => each.finished));
              }
            }"""
        )

    async def goes(self, place: str) -> None:
        """Loads a page of the application: a path, or one within the project."""
        path = place if place.startswith("/") else f"/projects/{self.app.host.project}/{place}"
        await self.page.goto(f"{self.app.address}{path}")
        await self.connected()

    async def connected(self) -> None:
        """Waits until this tab is live."""
        state = self.page.get_by_test_id("connection")
        await expect(state).to_have_attribute("data-state", "connected")

    async def looks(self) -> None:
        """Comes to this tab and does something in it."""
        await self.screen.front()
        await self.page.mouse.move(500, 300)
        await self.page.mouse.move(510, 300)

    async def opens(self, title: str) -> None:
        """Opens a conversation in the tool."""
        await self.icon.click()
        await self.row(title).get_by_role("link").click()
        await expect(self.log).to_be_visible()

    async def writes(self, text: str) -> None:
        """Writes into the open conversation, whatever becomes of it."""
        await self.page.get_by_role("textbox", name="Message", exact=True).fill(text)
        await self.page.get_by_role("button", name="Send", exact=True).click()

    async def says(self, text: str) -> None:
        """Writes into the open conversation, and waits until it stands there as sent."""
        await self.writes(text)
        row = self.log.get_by_role("article").filter(has_text=text)
        await expect(row.last).to_have_attribute("data-number", re.compile("^[0-9]+$"))

    async def begins(self, *names: str, title: str = "") -> None:
        """Begins a conversation with people of these names; with a title, a group."""
        await self.icon.click()
        await self.page.get_by_role("button", name="New conversation").first.click()
        dialog = self.page.get_by_role("dialog", name="New conversation")
        for name in names:
            await dialog.get_by_role("searchbox", name="Find people").fill(name)
            await dialog.get_by_role("checkbox", name=re.compile(f"^{re.escape(name)}")).check()
        if title:
            await dialog.get_by_role("textbox", name="Name of the group").fill(title)
        await dialog.get_by_role("button", name="Create the group" if title else "Open", exact=True).click()
        await expect(dialog).to_have_count(0)
        await expect(self.log).to_be_visible()


@dataclass
class Application:
    """The application of one tenant, which nobody but this test uses."""

    world: World
    host: Host
    address: str
    profiles: dict[str, Profile] = field(default_factory=dict)

    async def person(self, person: str, *permissions: str, place: str = "home") -> Person:
        """A tab of somebody, connected; the person's browser is started with the first one, with these permissions."""
        if person not in self.profiles:
            profile = self.profiles[person] = await self.world.profile()
            if permissions:
                await profile.context.grant_permissions(list(permissions), origin=self.address)
        screen = Screen.of(await self.profiles[person].context.new_page())
        name = next(one.name for one in self.host.people if one.person == person)
        made = Person(self, person, name, screen)
        path = place if place.startswith("/") else f"/projects/{self.host.project}/{place}"
        await screen.page.goto(f"{self.address}{path}?as={person}")
        await made.connected()
        return made

    async def permit(self, person: str, setting: str) -> None:
        """Somebody changes the browser's own setting for notifications of this site: granted, denied or prompt."""
        context = self.profiles[person].context
        await context.clear_permissions()
        if setting != "prompt":
            # What is granted explicitly leaves everything else denied.
            other = "notifications" if setting == "granted" else "geolocation"
            await context.grant_permissions([other], origin=self.address)

    async def pushed(self, person: str) -> PushedBrowser:
        """Somebody's browser, not used yet, connected with the push service and permitted to notify."""
        profile = self.profiles[person] = await self.world.profile()
        await profile.context.grant_permissions(["notifications"], origin=self.address)
        return await self.world.pushed(profile)

    async def gone(self, person: str) -> None:
        """Waits until no browser of somebody is connected."""

        async def nothing() -> bool:
            return await self.tabs(person) == []

        await eventually(nothing, timeout_s=20)

    async def leaves(self, person: str) -> None:
        """Somebody goes to a tab of something else."""
        await self.profiles[person].elsewhere.bring_to_front()
        await self.looks_away(person)

    async def looks_away(self, person: str) -> None:
        """Waits until the services know that somebody looks at none of their tabs."""

        async def away() -> bool:
            tabs = await self.tabs(person)
            return bool(tabs) and not any(tab.focused and tab.visible for tab in tabs)

        await eventually(away, timeout_s=20)

    async def looks_at(self, person: str, conversation: str = "") -> None:
        """Waits until the services know that somebody looks at a tab, and at which conversation in it."""

        async def there() -> bool:
            looked_at = [tab for tab in await self.tabs(person) if used(tab)]
            return len(looked_at) == 1 and looked_at[0].conversation == conversation

        await eventually(there, timeout_s=20)

    async def tabs(self, person: str) -> list[Any]:
        """Somebody's tabs as the services know them."""
        answer = await self.world.suite.presence.LocateClients(
            presence_pb2.LocateClientsRequest(tenant=self.host.tenant, persons=[person]),
            metadata=as_service(self.world.suite.issuer),
            wait_for_ready=True,
            timeout=10,
        )
        return [tab for client in answer.clients for tab in client.tabs]

    # What happens elsewhere than on a screen: other services, and phones

    def as_person(self, person: str) -> Any:
        """The metadata of somebody's call."""
        return as_person(self.world.suite.issuer, person, self.host.tenant, actor="replay")

    async def group(self, title: str, *members: str) -> str:
        """A group that is there already."""
        answer = await self.world.suite.messaging.CreateGroupConversation(
            messaging_pb2.CreateGroupConversationRequest(client_key=uuid.uuid4().hex, title=title, members=members[1:]),
            metadata=self.as_person(members[0]),
        )
        return str(answer.conversation.conversation)

    async def send(self, conversation: str, person: str, text: str) -> int:
        """A message that is sent by nobody's screen; again with the same key until it is known to be written."""
        request = messaging_pb2.SendMessageRequest(conversation=conversation, client_key=uuid.uuid4().hex, text=text)
        while True:
            try:
                answer = await self.world.suite.messaging.SendMessage(
                    request, metadata=self.as_person(person), timeout=5
                )
            except grpc.aio.AioRpcError as error:
                if error.code().name not in {"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"}:
                    raise
                await asyncio.sleep(0.05)
            else:
                return int(answer.number)

    async def reads(self, person: str, conversation: str, number: int) -> None:
        """Somebody reads on another device."""
        await self.world.suite.unread.MarkRead(
            unread_pb2.MarkReadRequest(conversation=conversation, number=number), metadata=self.as_person(person)
        )

    async def phone(self, person: str) -> Any:
        """Somebody's phone with the app and push switched on; answers what it shows."""
        token = f"phone-of-{person}-{self.host.tenant}"
        await self.world.suite.notifier.RegisterDevice(
            notifier_pb2.RegisterDeviceRequest(device="phone", transport=notifier_pb2.TRANSPORT_FCM, fcm_token=token),
            metadata=self.as_person(person),
        )
        return self.world.fcm.devices.of(token)


@asynccontextmanager
async def application_of(world: World) -> AsyncIterator[Application]:
    """The application for a tenant of its own."""
    gateway = browser_addresses(world.envoy.port)
    host = Host.of(content.read(), gateway, world.suite.issuer)
    host = dataclasses.replace(host, tenant=f"tenant-{uuid.uuid4().hex[:8]}")
    async with serving(application(DIST, host), 0) as port:
        yield Application(world, host, f"http://127.0.0.1:{port}")
