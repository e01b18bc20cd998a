"""People with browsers, apps and phones, as they are: what anybody may have chosen, and what their screens show."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from conversations.presence.v1 import presence_pb2

from tests.simulation.others import Message

GRANTED, DENIED, DEFAULT = (
    presence_pb2.PERMISSION_GRANTED,
    presence_pb2.PERMISSION_DENIED,
    presence_pb2.PERMISSION_DEFAULT,
)

BANNER_MS = 6_000
"""A banner stays so long (web/client/src/banners.ts), ms; a browser notification stays until it is taken back."""

ROOM = 100
"""So much fits on a screen and into its tray; the oldest goes. As many tags may be named (notifier.proto)."""


@dataclass
class Tab:
    """One page; times are ms since 1970 UTC."""

    name: str
    focused: bool
    input_at: int
    conversation: str = ""


@dataclass
class Shown:
    """What a screen shows under one tag."""

    conversation: str
    number: int
    tab: str
    banner: bool
    at_ms: int
    text: str

    def visible(self, now: int) -> bool:
        return not self.banner or now < self.at_ms + BANNER_MS


@dataclass
class Client:
    """A browser with tabs, or an app with one.

    Attributes:
        online: it has a network.
        attached: its lease is held by an open stream.
        live_until: when its lease ends, while no stream holds it.
        watching: its stream of banners is open.
        unsure: when it came back, nobody could tell what it had read meanwhile.
        asked: presence wants to be told again of its tabs.
    """

    person: str
    name: str
    app: bool = False
    permission: "presence_pb2.Permission" = DEFAULT
    in_app_off: bool = False
    tabs: dict[str, Tab] = field(default_factory=dict)
    open: bool = False
    online: bool = True
    attached: bool = False
    live_until: int = 0
    watching: bool = False
    sequence: int = 0
    shown: dict[str, Shown] = field(default_factory=dict)
    crowded: dict[str, Shown] = field(default_factory=dict)  # shown in this moment, and gone for want of room
    attach_at: int = 0
    watch_at: int = 0
    unsure: bool = False
    asked: bool = False

    def live(self, now: int) -> bool:
        """Whether presence knows of it."""
        return self.attached or now < self.live_until

    def show(self, tag: str, shown: Shown) -> None:
        """Shows a message, as the newest."""
        self.shown.pop(tag, None)
        self.shown[tag] = shown
        if len(self.shown) > ROOM:
            kept = {each: self.shown[each] for each in self.visible(shown.at_ms)}
            gone = self.crowded | {each: self.shown[each] for each in self.shown if each not in kept}
            self.crowded = {each: it for each, it in gone.items() if it.at_ms == shown.at_ms}
            self.shown = kept

    def visible(self, now: int) -> list[str]:
        """The tags of what is shown now, the newest last."""
        return [tag for tag, shown in self.shown.items() if shown.visible(now)][-ROOM:]


@dataclass
class Device:
    """What pushes go to: a phone, or a browser's service worker, which has its client's name."""

    name: str
    transport: str
    target: str
    registered: bool = False
    installed: bool = True
    bad_until: int = 0
    tray: dict[str, tuple[str, int]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


@dataclass
class Wishes:
    """What a person has chosen; None is the product's default."""

    in_app: bool | None = None
    browser: bool | None = None
    push: bool | None = None
    direct: bool | None = None
    group: bool | None = None
    item: bool | None = None
    mentions: bool | None = None
    mention_breaks_mute: bool | None = None
    snoozed_until_ms: int | None = None
    hours: tuple[tuple[int, int, int], ...] | None = None
    zone: str = "UTC"
    always: bool | None = None
    delay_ms: int | None = None
    levels: dict[str, str] = field(default_factory=dict)

    def quiet(self, now: int) -> bool:
        """Whether now lies in the hours of quiet: minute by minute of the person's wall clock."""
        local = datetime.fromtimestamp(now / 1000, UTC).astimezone(ZoneInfo(self.zone))
        today, minute = local.weekday(), local.hour * 60 + local.minute
        yesterday = (local.replace(tzinfo=None) - timedelta(days=1)).weekday()
        for day, start, end in self.hours or ():
            over_night = end <= start
            if day == today and minute >= start and (over_night or minute < end):
                return True
            if over_night and day == yesterday and minute < end:
                return True
        return False


@dataclass
class Person:
    """Somebody."""

    name: str
    clients: dict[str, Client] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    wishes: Wishes = field(default_factory=Wishes)
    undisturbed: bool = False
    status_unsure: bool = False
    log: list[tuple[int, str]] = field(default_factory=list)
    unreachable_at: int = 0
    """The last moment at which there was nothing to push to."""
    used_until: int = 0
    """The last moment at which a tab of theirs was in use."""

    def live_clients(self, now: int) -> Iterator[Client]:
        return (client for client in self.clients.values() if client.live(now))

    def tabs(self, now: int) -> Iterator[tuple[Client, Tab]]:
        for client in self.live_clients(now):
            for tab in client.tabs.values():
                yield client, tab

    def in_use(self, now: int, idle_ms: int) -> list[tuple[Client, Tab]]:
        """The tabs that have the focus and had input within the idle limit."""
        return [(client, tab) for client, tab in self.tabs(now) if tab.focused and now - tab.input_at <= idle_ms]

    def reachable(self, now: int) -> list[Device]:
        """The registered devices that would be pushed to: no browser that is open."""
        open_ = {client.name for client, _ in self.tabs(now)}
        return [
            device
            for device in self.devices.values()
            if device.registered and not (device.transport == "web_push" and device.name in open_)
        ]

    def surfaces(self, message: Message, now: int) -> set[str]:
        """Where the message can be seen now, of what is connected."""
        seen = {
            f"{client.name}/{shown.tab}"
            for client in self.clients.values()
            if client.watching and (shown := client.shown.get(message.tag)) is not None and shown.visible(now)
        }
        if any(message.tag in device.tray for device in self.devices.values()):
            seen.add("push")
        return seen
