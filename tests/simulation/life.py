"""What people do: they come and go, open and close tabs, look and look away, read, choose, write."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from conversations.notifier.v1 import notifier_pb2
from conversations.presence.v1 import presence_pb2

from services.chassis.errors import Fault
from services.chassis.tasks import end
from services.notifier.choices import Choices, Week
from services.notifier.facts import Level, PushTiming, QuietHours
from services.notifier.records import Device as Registered
from tests.simulation.others import DIRECT, GROUP, ITEM, TENANT, Conversation, Message
from tests.simulation.people import DEFAULT, DENIED, GRANTED, Client, Device, Person, Shown, Tab, Wishes
from tests.simulation.replicas import NotifierReplica, PresenceReplica, as_caller
from tests.simulation.world import WINDOW_MS, World

FOREVER = 2**53 - 1

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")

_LEVELS = {"ALL": Level.ALL, "MENTIONS": Level.MENTIONS, "NOTHING": Level.NOTHING}


def populate(rng: random.Random, count: int, sleepers: int) -> dict[str, Person]:
    """People with their browsers and devices, and some who only have a phone, or nothing, and never come."""
    people = {}
    for serial in range(sleepers):
        person = Person(f"s{serial:03d}")
        if rng.random() < 0.25:
            person.devices["phone"] = Device("phone", "fcm", f"fcm-{person.name}-phone-0")
        people[person.name] = person
    for serial in range(count):
        person = Person(f"p{serial:03d}")
        for name in ["laptop", "office"][: rng.choice([0, 1, 1, 1, 1, 2])]:
            permission = rng.choice([GRANTED, GRANTED, GRANTED, DENIED, DEFAULT])
            person.clients[name] = Client(person.name, name, permission=permission)
            if rng.random() < 0.4:
                person.devices[name] = Device(name, "web_push", f"push-{person.name}-{name}-0")
        for name in ["phone", "tablet"][: rng.choice([0, 1, 1, 1, 1, 2])]:
            person.devices[name] = Device(name, "fcm", f"fcm-{person.name}-{name}-0")
        if "phone" in person.devices and rng.random() < 0.3:
            person.clients["app"] = Client(person.name, "app", app=True)
        people[person.name] = person
    return people


class Life:
    """People's lives in one world."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world = world
        self.people = list(world.people.values())
        self._lively = [person for person in self.people if person.clients or not person.name.startswith("s")]
        self.conversations: list[Conversation] = []
        self.weights: list[float] = []
        self._rng = rng
        self._streams: dict[tuple[int, str], tuple[asyncio.Task[None], Any]] = {}
        self._reads: list[tuple[int, str, str, int]] = []
        world.lost = self.lost
        self._actions: list[tuple[Callable[[Person], Awaitable[None]], float]] = [
            (self.come, 5),
            (self.go, 2),
            (self.lose_network, 0.7),
            (self.new_tab, 2),
            (self.close_tab, 2),
            (self.look, 14),
            (self.look_away, 7),
            (self.touch, 12),
            (self.read, 7),
            (self.mark_unread, 1),
            (self.mute, 1),
            (self.choose, 2),
            (self.choose_level, 0.7),
            (self.choose_status, 0.6),
            (self.permit, 0.5),
            (self.register, 1.2),
            (self.unregister, 0.4),
            (self.device_trouble, 0.4),
            (self.sign_in_on_another_device, 0.2),
        ]

    @property
    def now(self) -> int:
        return self.world.clock()

    async def begin(self) -> None:
        """Everybody gets conversations, devices and a place to be."""
        rng, people = self._rng, [person.name for person in self.people]
        count = len(people)

        def some(share: float) -> list[str]:
            return rng.sample(people, max(2, int(count * share)))

        shapes = [
            *((GROUP, some(0.95), 6.0) for _ in range(2)),
            *((ITEM, some(0.8), 4.0) for _ in range(2)),
            *((GROUP, some(0.4), 2.0) for _ in range(3)),
            *((ITEM, some(0.2), 1.5) for _ in range(3)),
            *((GROUP, some(0.06), 1.0) for _ in range(4)),
            *((DIRECT, rng.sample(people, 2), 0.5) for _ in range(16)),
        ]
        for kind, members, weight in shapes:
            self.conversations.append(self.world.messaging.create(kind, members))
            self.weights.append(weight)
        for person in self.people:
            for device in person.devices.values():
                if rng.random() < 0.85:
                    await self._register(person, device)
            if person in self._lively and rng.random() < 0.25:
                await self.choose(person)
            if rng.random() < 0.55:
                await self.come(person)

    # One moment

    async def step(self, actions: int, messages: int) -> None:
        """Some people do something, and some messages are written."""
        rng = self._rng
        await self._reconnect()
        await self._read_what_is_seen()
        for _ in range(actions):
            person = rng.choice(self._lively)
            action = rng.choices([each for each, _ in self._actions], [weight for _, weight in self._actions])[0]
            await action(person)
        for _ in range(messages):
            self._write()
        if rng.random() < 0.05:
            self._change_members()
        if rng.random() < 0.15:
            self._change_message()

    def _write(self) -> None:
        rng, world = self._rng, self.world
        of = rng.choices(self.conversations, self.weights)[0]
        if len(of.members) < 2:
            return
        author = rng.choice(sorted(of.members))
        mentioned = frozenset(rng.sample(sorted(of.members), 1)) if rng.random() < 0.15 else frozenset()
        for _ in range(5 if rng.random() < 0.03 else 1):
            message = world.messaging.send(
                of, author, f"words {len(of.messages)}", mentioned, everyone=rng.random() < 0.03
            )
            for person in sorted(of.members):
                if person != author and self._views(world.people[person], of.id) and rng.random() < 0.8:
                    self._reads.append((self.now + rng.randint(300, 2_000), person, of.id, message.number))

    def _views(self, person: Person, conversation: str) -> bool:
        return any(tab.conversation == conversation for _, tab in person.in_use(self.now, self.world.times.idle_ms))

    async def _read_what_is_seen(self) -> None:
        due = [each for each in self._reads if each[0] <= self.now]
        self._reads = [each for each in self._reads if each[0] > self.now]
        for _, person, conversation, number in due:
            who = self.world.people[person]
            if self._views(who, conversation):
                self._mark_read(who, conversation, number)

    def _mark_read(self, person: Person, conversation: str, number: int) -> None:
        unread = self.world.unread
        pointer = unread.pointers.get((conversation, person.name))
        if unread.away or pointer is None or pointer.left:
            return
        for each in unread.unread(conversation, person.name):
            if each <= number:
                self.world.ledger.dirty.add((person.name, f"{conversation}:{each}"))
        unread.read(conversation, person.name, number)
        person.log.append((self.now, f"reads {conversation} up to {number}"))

    def _change_members(self) -> None:
        rng, world = self._rng, self.world
        of = rng.choice([each for each in self.conversations if each.kind != DIRECT])
        outside = sorted(set(world.people) - of.members)
        if outside and rng.random() < 0.6:
            world.messaging.add(of, rng.choice(outside), min(of.members))
        elif len(of.members) > 2:
            person = rng.choice(sorted(of.members))
            world.messaging.remove(of, person)
            for message in of.messages:
                world.ledger.dirty.add((person, message.tag))
            world.people[person].log.append((self.now, f"leaves {of.id}"))

    def _change_message(self) -> None:
        rng, world = self._rng, self.world
        of = rng.choices(self.conversations, self.weights)[0]
        recent = [each for each in of.messages[-8:] if not each.deleted and each.author in of.members]
        if not recent:
            return
        message = rng.choice(recent)
        if rng.random() < 0.4:
            world.messaging.delete(message)
        else:
            mentioned = message.mentioned
            if rng.random() < 0.4:
                mentioned |= frozenset(rng.sample(sorted(of.members), min(3, len(of.members))))
            world.messaging.edit(message, f"{message.text} edited {len(message.edits)}", mentioned, everyone=False)
        for person in sorted(of.members):
            world.ledger.dirty.add((person, message.tag))

    # Streams

    async def _reconnect(self) -> None:
        """Who has a network and has lost a stream opens it again, in its own time."""
        for person in self.people:
            for client in person.clients.values():
                if client.open and client.online:
                    if client.asked:
                        client.asked = False
                        await self.report(client)
                    if not client.attached and self.now >= client.attach_at:
                        await self._attach(client)
                    if not client.watching and self.now >= client.watch_at:
                        await self._watch(client)
                elif client.attached and not client.online and self.now >= client.attach_at:
                    # The service finds out that nobody is there any more.
                    await self._detach(client)

    async def _attach(self, client: Client) -> None:
        replicas = self.world.door.replicas
        if not replicas:
            return
        replica: PresenceReplica = self._rng.choice(replicas)
        platform = presence_pb2.PLATFORM_APP if client.app else presence_pb2.PLATFORM_BROWSER
        request = presence_pb2.AttachRequest(client=client.name, platform=platform)
        begun = asyncio.get_running_loop().create_future()

        async def follow() -> None:
            async for raw in replica.handlers.Attach(request, as_caller(client.person)):
                response = presence_pb2.AttachResponse.FromString(raw)
                if response.HasField("caught_up"):
                    client.asked = begun.done()
                    if not begun.done():
                        begun.set_result(None)

        self._keep(client, "attach", asyncio.create_task(follow()), replica)
        await begun
        client.attached = True
        self.world.ledger.say(client.person, f"{client.name} attaches to {replica.name}")
        await self.report(client)

    async def _detach(self, client: Client) -> None:
        """The stream of a client ends; its lease lasts for the grace."""
        task, replica = self._streams.pop((id(client), "attach"))
        deadline = replica.deadlines().get((client.person, client.name), 0)
        await end(task)
        await replica.parted()
        client.attached = False
        client.live_until = min(deadline, self.now + self.world.presence_settings.grace_ms)
        self.world.ledger.say(client.person, f"{client.name} is attached no more, live until {client.live_until}")
        self._away(client)

    def _away(self, client: Client) -> None:
        client.attach_at = self.now + self._rng.randint(0, WINDOW_MS)

    async def _watch(self, client: Client) -> None:
        replicas = self.world.notifiers_up
        if not replicas:
            return
        replica = self._rng.choice(replicas)
        begun = asyncio.get_running_loop().create_future()

        async def follow() -> None:
            request = notifier_pb2.WatchBannersRequest(client=client.name, shown=client.visible(self.now))
            async for raw in replica.handlers.WatchBanners(request, as_caller(client.person)):
                self._take(client, notifier_pb2.WatchBannersResponse.FromString(raw))
                if not begun.done():
                    begun.set_result(None)

        self.world.ledger.say(client.person, f"{client.name} watches by {replica.name}")
        self._keep(client, "watch", asyncio.create_task(follow()), replica)
        await begun
        client.watching = True
        client.watch_at = self.now
        client.unsure = self.world.unread.away and bool(client.shown)
        for shown in client.shown.values():
            self.world.ledger.dirty.add((client.person, f"{shown.conversation}:{shown.number}"))

    def _take(self, client: Client, response: notifier_pb2.WatchBannersResponse) -> None:
        ledger = self.world.ledger
        for banner in response.banners:
            if banner.update:
                if banner.tag in client.shown:
                    client.shown[banner.tag].text = banner.text
                continue
            is_banner = banner.surface == notifier_pb2.SURFACE_BANNER
            client.show(
                banner.tag,
                Shown(banner.conversation, banner.number, banner.tab, is_banner, self.now, banner.text),
            )
            ledger.say(client.person, f"{client.name}/{banner.tab} shows {banner.tag}")
            ledger.dirty.add((client.person, banner.tag))
        for dismissal in response.dismissals:
            if client.shown.pop(dismissal.tag, None) is not None:
                ledger.say(client.person, f"{client.name} takes back {dismissal.tag}")
        if response.HasField("reset"):
            client.shown.clear()

    def _keep(self, client: Client, stream: str, task: asyncio.Task[None], replica: Any) -> None:
        self._streams[id(client), stream] = (task, replica)

    async def _unwatch(self, client: Client) -> None:
        if (kept := self._streams.pop((id(client), "watch"), None)) is not None:
            await end(kept[0])
            self.world.ledger.say(client.person, f"{client.name} has lost {kept[1].name}")
        client.watching = False

    async def lost(self, replica: PresenceReplica | NotifierReplica) -> None:
        """A replica goes away: its streams end, and their clients come back elsewhere."""
        held = replica.deadlines() if isinstance(replica, PresenceReplica) else {}
        for person in self.people:
            for client in person.clients.values():
                for stream in ("attach", "watch"):
                    task, of = self._streams.get((id(client), stream), (None, None))
                    if task is None or of is not replica:
                        continue
                    if isinstance(replica, PresenceReplica):
                        await self._left(client, replica, held[client.person, client.name])
                    else:
                        await self._unwatch(client)
                        client.watch_at = self.now + self._rng.randint(100, WINDOW_MS)

    async def _left(self, client: Client, replica: PresenceReplica, deadline: int) -> None:
        """The replica that held the lease has gone: the lease ends by itself, or after the grace and the window."""
        task, _ = self._streams.pop((id(client), "attach"))
        crashed = "release" in vars(replica.keeper)
        if not crashed:
            for mailbox in tuple(replica.streams._open):
                mailbox.go_away(0)
            await asyncio.wait({task})
            deadline = min(deadline, self.now + self.world.presence_settings.grace_ms + WINDOW_MS)
        else:
            await end(task)
        client.attached = False
        client.live_until = deadline
        self.world.ledger.say(client.person, f"{client.name} has lost {replica.name}, live until {deadline}")
        if client.online:
            self._away(client)

    async def report(self, client: Client) -> None:
        """Tells presence of the tabs, as they are now."""
        if not (client.attached and client.online):
            return
        client.sequence += 1
        request = presence_pb2.ReportTabsRequest(
            client=client.name,
            sequence=client.sequence,
            permission=client.permission,  # type: ignore[arg-type]
            in_app_off=client.in_app_off,
            tabs=[
                presence_pb2.Tab(
                    tab=tab.name,
                    visible=tab.focused,
                    focused=tab.focused,
                    input_age_ms=self.now - tab.input_at,
                    conversation=tab.conversation,
                )
                for tab in client.tabs.values()
            ],
        )
        held: PresenceReplica = self._streams[id(client), "attach"][1]
        replica = self._rng.choice([held, held, held, *self.world.door.replicas])
        try:
            await replica.handlers.ReportTabs(request, as_caller(client.person))
            person = self.world.people[client.person]
            if person.in_use(self.now, self.world.times.idle_ms):
                person.used_until = self.now
        except Fault:
            # "attach, then report again"
            await self._detach(client)
            await self._attach(client)

    # What a person does

    def _open(self, person: Person) -> Client | None:
        """A client that is open, and that can tell what is done with it."""
        clients = [each for each in person.clients.values() if each.open and each.online and each.attached]
        return self._rng.choice(clients) if clients else None

    def _conversation(self, person: Person) -> str:
        theirs = sorted(self.world.unread.of_person[person.name])
        return self._rng.choice(theirs) if theirs and self._rng.random() < 0.5 else ""

    async def come(self, person: Person) -> None:
        closed = [each for each in person.clients.values() if not each.open]
        if not closed:
            return
        client = self._rng.choice(closed)
        client.open = client.online = True
        client.tabs = {"t1": Tab("t1", self._rng.random() < 0.8, self.now, self._conversation(person))}
        if client.tabs["t1"].focused:
            await self._only(person, client, "t1")
        client.attach_at = client.watch_at = self.now
        person.log.append((self.now, f"opens {client.name} {client.tabs}"))
        await self._attach(client)
        await self._watch(client)
        # The page clears what its service worker has shown.
        if (device := person.devices.get(client.name)) is not None:
            device.tray.clear()

    async def go(self, person: Person) -> None:
        if (client := self._open(person)) is not None:
            person.log.append((self.now, f"closes {client.name}"))
            await self._close(client)

    async def _close(self, client: Client) -> None:
        client.open = False
        client.shown.clear()
        await self._unwatch(client)
        if client.attached:
            await self._detach(client)

    async def lose_network(self, person: Person) -> None:
        if (client := self._open(person)) is not None:
            person.log.append((self.now, f"{client.name} has no network"))
            client.online = False
            await self._unwatch(client)
            client.attach_at = self.now + self._rng.randint(0, 8_000)
            self._later(client)

    def _later(self, client: Client) -> None:
        self._returns = [*getattr(self, "_returns", []), (self.now + self._rng.randint(3_000, 60_000), client)]

    async def networks(self) -> None:
        """Networks come back."""
        returns = getattr(self, "_returns", [])
        self._returns = [each for each in returns if each[0] > self.now]
        for at, client in returns:
            if at <= self.now and not client.online:
                if client.attached:
                    await self._detach(client)
                client.online = True
                client.attach_at = client.watch_at = self.now
                self.world.people[client.person].log.append((self.now, f"{client.name} has a network again"))

    async def new_tab(self, person: Person) -> None:
        client = self._open(person)
        if client is None or client.app or len(client.tabs) >= 4:
            return
        name = next(name for name in ("t1", "t2", "t3", "t4") if name not in client.tabs)
        client.tabs[name] = Tab(name, False, self.now, self._conversation(person))
        await self._only(person, client, name)

    async def close_tab(self, person: Person) -> None:
        client = self._open(person)
        if client is None or len(client.tabs) < 2:
            return
        name = self._rng.choice(sorted(client.tabs))
        del client.tabs[name]
        for tag, shown in tuple(client.shown.items()):
            if shown.banner and shown.tab == name:
                del client.shown[tag]
        person.log.append((self.now, f"closes {client.name}/{name}"))
        await self.report(client)

    async def look(self, person: Person) -> None:
        """Looks at a tab, and maybe at another conversation in it."""
        client = self._open(person)
        if client is None or not client.tabs:
            return
        name = self._rng.choice(sorted(client.tabs))
        if self._rng.random() < 0.5:
            client.tabs[name].conversation = self._conversation(person)
        await self._only(person, client, name)

    async def _only(self, person: Person, client: Client, name: str) -> None:
        """One tab of a person has the focus; an app on a phone has its own."""
        for other in person.clients.values():
            # One without a connection cannot tell: it is taken to be as it was.
            silent = other is not client and not (other.attached and other.online)
            if other.app is not client.app or silent:
                continue
            touched = False
            for tab in other.tabs.values():
                focused = other is client and tab.name == name
                touched |= tab.focused is not focused or focused
                tab.focused = focused
                if focused:
                    tab.input_at = self.now
            if touched:
                await self.report(other)
        person.log.append((self.now, f"looks at {client.name}/{name} {client.tabs[name].conversation}"))

    async def look_away(self, person: Person) -> None:
        client = self._open(person)
        if client is None:
            return
        for tab in client.tabs.values():
            tab.focused = False
        person.log.append((self.now, f"looks away from {client.name}"))
        await self.report(client)

    async def touch(self, person: Person) -> None:
        client = self._open(person)
        if client is None:
            return
        for tab in client.tabs.values():
            if tab.focused:
                tab.input_at = self.now
                person.log.append((self.now, f"touches {client.name}/{tab.name}"))
                await self.report(client)
                return

    async def read(self, person: Person) -> None:
        """Reads, on a screen or on a phone, everything or some."""
        unread = self.world.unread
        some = [each for each in sorted(unread.of_person[person.name]) if unread.unread(each, person.name)]
        if not some:
            return
        conversation = self._rng.choice(some)
        numbers = unread.unread(conversation, person.name)
        self._mark_read(person, conversation, self._rng.choice([numbers[-1], numbers[-1], self._rng.choice(numbers)]))

    async def mark_unread(self, person: Person) -> None:
        unread = self.world.unread
        theirs = sorted(unread.of_person[person.name])
        if not theirs or unread.away:
            return
        conversation = self._rng.choice(theirs)
        read = unread.pointers[conversation, person.name].read
        if read:
            number = self._rng.randint(max(1, read - 5), read)
            unread.mark_unread(conversation, person.name, number)
            person.log.append((self.now, f"marks {conversation} unread from {number}"))

    async def mute(self, person: Person) -> None:
        unread = self.world.unread
        theirs = sorted(unread.of_person[person.name])
        if not theirs or unread.away:
            return
        conversation = self._rng.choice(theirs)
        until = self._rng.choice([0, 0, FOREVER, self.now + self._rng.randint(1_000, 120_000)])
        unread.mute(conversation, person.name, until)
        person.log.append((self.now, f"mutes {conversation} until {until}"))

    async def choose(self, person: Person) -> None:
        """Chooses something, or forgets a choice."""
        rng, wishes = self._rng, person.wishes
        name = rng.choice(
            (
                *("in_app", "browser", "push", "direct", "group", "item", "mentions", "mention_breaks_mute"),
                *("snoozed_until_ms", "quiet_hours", "push_timing", "push_timing", "escalation_delay_ms"),
            )
        )
        choices: dict[str, Any] = {}
        if rng.random() < 0.4:
            _forget(wishes, name)
        elif name == "snoozed_until_ms":
            choices[name] = wishes.snoozed_until_ms = self.now + rng.randint(1_000, 90_000)
        elif name == "quiet_hours":
            hours = tuple((rng.randint(0, 6), rng.randint(0, 1439), rng.randint(0, 1439)) for _ in range(3))
            wishes.hours, wishes.zone = hours, rng.choice(ZONES)
            choices[name] = Week(tuple(QuietHours(*each) for each in hours), wishes.zone)
        elif name == "push_timing":
            wishes.always = rng.random() < 0.6
            choices[name] = PushTiming.ALWAYS if wishes.always else PushTiming.WHEN_INACTIVE
        elif name == "escalation_delay_ms":
            choices[name] = wishes.delay_ms = rng.choice([5_000, 10_000, 60_000])
        else:
            value = rng.random() < 0.4 or name == "mention_breaks_mute"
            setattr(wishes, name, value)
            choices[name] = value
        replicas = self.world.notifiers_up
        if not replicas:
            return
        changes = rng.choice(replicas).handlers._preferences
        own = await changes.update(TENANT, person.name, Choices(**choices), [] if choices else [name], 0)
        await self._known(person, own.revision)
        person.log.append((self.now, f"chooses {choices or f'no {name}'}"))

    async def choose_level(self, person: Person) -> None:
        theirs = sorted(self.world.unread.of_person[person.name])
        replicas = self.world.notifiers_up
        if not theirs or not replicas:
            return
        conversation = self._rng.choice(theirs)
        level = self._rng.choice(["ALL", "MENTIONS", "NOTHING", None])
        handlers = self._rng.choice(replicas).handlers
        await handlers._preferences.set_level(TENANT, person.name, conversation, _LEVELS.get(level or ""))
        if level is None:
            person.wishes.levels.pop(conversation, None)
        else:
            person.wishes.levels[conversation] = level
        await self._known(person, (await handlers._preferences.of(TENANT, person.name)).revision)
        person.log.append((self.now, f"wants {level} of {conversation}"))

    async def _known(self, person: Person, revision: int) -> None:
        for replica in self.world.notifiers_up:
            await replica.preferences(person.name, revision)

    async def choose_status(self, person: Person) -> None:
        replicas = self.world.door.replicas
        if not replicas:
            return
        person.undisturbed = not person.undisturbed and self._rng.random() < 0.5
        person.status_unsure = False
        status = presence_pb2.STATUS_DO_NOT_DISTURB if person.undisturbed else presence_pb2.STATUS_UNSPECIFIED
        request = presence_pb2.SetStatusRequest(status=status)
        await self._rng.choice(replicas).handlers.SetStatus(request, as_caller(person.name))
        person.log.append((self.now, f"do not disturb: {person.undisturbed}"))

    async def permit(self, person: Person) -> None:
        client = self._open(person)
        if client is None:
            return
        if self._rng.random() < 0.5:
            client.permission = self._rng.choice([GRANTED, DENIED])
        else:
            client.in_app_off = not client.in_app_off
        person.log.append((self.now, f"{client.name} permits {client.permission}, in-app off {client.in_app_off}"))
        await self.report(client)

    # Devices

    async def register(self, person: Person) -> None:
        missing = [each for each in person.devices.values() if not each.registered or not each.installed]
        if missing:
            device = self._rng.choice(missing)
            device.installed = True
            serial = int(device.target.rpartition("-")[2]) + 1
            device.target = f"{device.target.rpartition('-')[0]}-{serial}"
            await self._register(person, device)

    async def _register(self, person: Person, device: Device) -> None:
        replicas = self.world.notifiers_up
        if not replicas:
            return
        self.world.pushes.known(device)
        registered = Registered(TENANT, person.name, device.name, device.transport, device.target)
        await self._rng.choice(replicas).handlers._registration.register(registered)
        device.registered = True
        device.since = self.now
        person.log.append((self.now, f"registers {device.name}"))

    async def unregister(self, person: Person) -> None:
        registered = [each for each in person.devices.values() if each.registered]
        replicas = self.world.notifiers_up
        if not registered or not replicas:
            return
        device = self._rng.choice(registered)
        await self._rng.choice(replicas).handlers._registration.unregister(TENANT, person.name, device.name)
        self._forgotten(person, device)
        # Who signs out takes away what is shown to them.
        device.tray.clear()
        person.log.append((self.now, f"unregisters {device.name}"))

    def _forgotten(self, person: Person, device: Device) -> None:
        device.registered = False
        self.world.unregistered[person.name, device.name].append(self.now)

    async def device_trouble(self, person: Person) -> None:
        registered = [each for each in person.devices.values() if each.registered and each.installed]
        if not registered:
            return
        device = self._rng.choice(registered)
        if self._rng.random() < 0.3:
            device.installed = False
            device.tray.clear()
            person.log.append((self.now, f"removes the app from {device.name}"))
        else:
            device.bad_until = self.now + self._rng.choice([5_000, 60_000, 2_000_000])
            person.log.append((self.now, f"{device.name} fails until {device.bad_until}"))

    async def sign_in_on_another_device(self, person: Person) -> None:
        """A phone signs in as somebody else: its address moves at once."""
        other = self._rng.choice(self.people)
        theirs = [each for each in person.devices.values() if each.transport == "fcm" and each.registered]
        fcm = [each for each in other.devices.values() if each.transport == "fcm" and not each.registered]
        if other is person or not theirs or not fcm or not self.world.notifiers_up:
            return
        old, new = theirs[0], fcm[0]
        new.target, new.installed, new.bad_until = old.target, old.installed, old.bad_until
        old.tray.clear()
        self._forgotten(person, old)
        old.target = f"{old.target.rpartition('-')[0]}-{10_000 + self.now % 10_000}0"
        await self._register(other, new)
        person.log.append((self.now, f"{old.name} is {other.name}'s now"))

    # The end

    async def end(self) -> None:
        """Everybody goes."""
        self._actions = []
        for person in self.people:
            for client in person.clients.values():
                client.online = True
                if client.open:
                    await self._close(client)

    async def close(self) -> None:
        """Ends all streams."""
        tasks = [task for task, _ in self._streams.values()]
        self._streams.clear()
        with suppress(asyncio.CancelledError):
            await end(*tasks)


def _forget(wishes: Wishes, name: str) -> None:
    if name == "quiet_hours":
        wishes.hours = None
    elif name == "push_timing":
        wishes.always = None
    elif name == "escalation_delay_ms":
        wishes.delay_ms = None
    else:
        setattr(wishes, name, None)


__all__ = ["Life", "Message", "populate"]
