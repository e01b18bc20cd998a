"""A small chat with everything that the services would hold of it, right in every part; tests spoil one part."""

from collections import Counter
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from local.replay.alerts import Alert, Decision, Delivery
from local.replay.checks import (
    check_alerts,
    check_badges,
    check_banners,
    check_deliveries,
    check_log,
    check_surfaces,
    pushes_of,
)
from local.replay.fit import Facts
from local.replay.roles import Habit, Role
from local.replay.truth import Check, Count, RoomTruth, Told, expected_badges

CONVERSATION = "g_chat"
CLIENT = "browser"
TAB = "tab-1"


@dataclass
class World:
    room: RoomTruth
    roles: dict[str, Role]
    devices: dict[str, str]
    reads: dict[str, int]
    sent: list[Told]
    listed: list[Told] = field(default_factory=list)
    badges: dict[str, int] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    written: Counter[tuple[int, str]] = field(default_factory=Counter)
    banners: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def compare(self) -> dict[str, Check]:
        """All checks, by a short name."""
        checks = {name: Check(name) for name in ("log", "badges", "alerts", "surfaces", "deliveries", "banners")}
        check_log(checks["log"], self.room.title, self.sent, self.listed)
        reads = {(person, CONVERSATION): read for person, read in self.reads.items()}
        for person in self.room.members:
            expected = expected_badges({CONVERSATION: self.room}, reads, person)
            shown = {CONVERSATION: Count(self.badges[person])}
            check_badges(checks["badges"], person, expected, shown, Count(self.totals[person]))
        check_alerts(checks["alerts"], self.room, self.alerts)
        facts = Facts(0, self.roles, frozenset(self.roles), self.reads, self.room)
        check_surfaces(checks["surfaces"], self.room, self.alerts, frozenset(self.roles), facts.fits)
        pushes = pushes_of(self.room, self.alerts, self.devices)
        check_deliveries(
            checks["deliveries"], self.room, pushes, self.devices, self.deliveries, self.written, facts.seen
        )
        alerts = {alert.number: alert for alert in self.alerts}
        for person, received in self.banners.items():
            check_banners(checks["banners"], self.room, person, CLIENT, alerts, received)
        return checks

    def failing(self) -> set[str]:
        """The names of the checks that fail."""
        return {name for name, check in self.compare().items() if not check.ok}

    def change_alert(self, index: int, **values: object) -> None:
        self.alerts[index] = replace(self.alerts[index], **values)  # type: ignore[arg-type]


def first_decision(role: Role, read: int, number: int) -> Decision:
    """The table of product.md, for the habits of the replay."""
    if number <= read:
        return Decision(role.person, "NONE", "READ")
    if role.habit is Habit.BACKGROUND:
        return Decision(role.person, "BROWSER", "TAB_OPEN", CLIENT, TAB)
    if role.shows == 0:
        return Decision(role.person, "NONE", "VIEWING")
    return Decision(role.person, "BANNER", "TAB_IN_USE", CLIENT, TAB)


def build(names: list[str], authors: list[str], habits: list[Habit], reads: list[int]) -> World:
    """The right world: the first people are attached with these habits, the next have a device, the rest nothing."""
    shows = {Habit.READER: 0, Habit.VIEWER: 0}
    roles = {person: Role(person, habit, shows.get(habit), (0,)) for person, habit in zip(names, habits, strict=False)}
    devices = {person: f"phone-{index}" for index, person in enumerate(names[len(habits) : len(habits) * 2 + 1])}
    pointers = {
        person: read
        for person, read in zip(names, reads, strict=False)
        if person in roles and roles[person].habit is Habit.READER
    }
    room = RoomTruth("chat", frozenset(names), authors)
    sent = [Told(number, author, f"text {number}", f"line-{number}") for number, author in enumerate(authors, 1)]
    world = World(room, roles, devices, pointers, sent, listed=list(sent))
    for person in names:
        unread = sum(1 for told in sent if told.number > pointers.get(person, 0) and told.author != person)
        world.badges[person] = world.totals[person] = unread
    for told in sent:
        decisions = [
            first_decision(role, pointers.get(person, 0), told.number)
            for person, role in sorted(roles.items())
            if person != told.author
        ]
        escalations = [
            Decision(decision.person, "PUSH", "AWAY") for decision in decisions if decision.surface == "BROWSER"
        ]
        common = Decision("", "PUSH", "AWAY")
        world.alerts.append(
            Alert(told.number, told.number + 1, len(names) - 1, common, tuple(decisions), tuple(escalations))
        )
        for person, device in devices.items():
            if person != told.author:
                world.deliveries.append(Delivery(told.number, person, device, "SENT"))
                world.written[told.number, device] += 1
        for decision in decisions:
            if decision.surface in {"BANNER", "BROWSER"}:
                world.banners.setdefault(decision.person, []).append((told.number, decision.surface))
    return world


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Right worlds of 9 to 12 people: four attached, one of each habit, and five with a device."""
    names = [f"person {index}" for index in range(draw(st.integers(min_value=9, max_value=12)))]
    authors = draw(st.lists(st.sampled_from(names), min_size=4, max_size=12))
    read = draw(st.integers(min_value=0, max_value=len(authors)))
    return build(names, authors, list(Habit), [read])


def example() -> World:
    """One right world: twelve people, four of them attached, and a message of each."""
    names = [f"person {index}" for index in range(12)]
    return build(names, [names[(3 * index) % 12] for index in range(12)], list(Habit), [5])
