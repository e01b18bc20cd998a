"""product.md's table of alerts, written again from its words: slow, naive, and knowing nothing of the notifier."""

from dataclasses import dataclass

from tests.simulation.others import DIRECT, GROUP, Message, Unread
from tests.simulation.people import GRANTED, Client, Person, Tab


@dataclass(frozen=True)
class Place:
    """Where one person is to be told of one message: the surface, and the tab of a banner or browser notification."""

    surface: str
    row: int
    client: str = ""
    tab: str = ""
    beside: bool = False


def unwanted(person: Person, message: Message, unread: Unread, now: int, *, undisturbed: bool) -> int:
    """The row, 1 or 2, by which nothing is to be shown; 0 if neither holds."""
    pointer = unread.pointers.get((message.conversation, person.name))
    if person.name == message.author or pointer is None or pointer.left or message.deleted:
        return 1
    if pointer.read >= message.number:
        return 1
    wishes, mentioned = person.wishes, message.mentions(person.name)
    breaks = mentioned and wishes.mention_breaks_mute is True
    told = mentioned and wishes.mentions is not False
    if now < pointer.muted_until_ms and not breaks:
        return 2
    level = wishes.levels.get(message.conversation)
    if level == "NOTHING" and not breaks:
        return 2
    if level == "MENTIONS" and not told and not breaks:
        return 2
    kind = {DIRECT: wishes.direct, GROUP: wishes.group}.get(message.kind, wishes.item)
    if level is None and kind is False and not told:
        return 2
    if now < (wishes.snoozed_until_ms or 0) or wishes.quiet(now) or undisturbed:
        return 2
    return 0


def places(person: Person, message: Message, unread: Unread, now: int, idle_ms: int) -> list[Place]:
    """Where the table has a message shown now; more than one if what the person has chosen cannot be told."""
    chosen = [True, False] if person.status_unsure else [person.undisturbed]
    found: list[Place] = []
    for undisturbed in chosen:
        row = unwanted(person, message, unread, now, undisturbed=undisturbed)
        place = Place("NONE", row) if row else _shown(person, message, now, idle_ms)
        if place not in found:
            found.append(place)
    return found


def _shown(person: Person, message: Message, now: int, idle_ms: int) -> Place:
    wishes = person.wishes
    in_use = person.in_use(now, idle_ms)
    pushes = wishes.push is not False
    beside = pushes and wishes.always is True
    if any(tab.conversation == message.conversation for _, tab in in_use):
        return Place("NONE", 3)
    if in_use:
        may_show = [(client, tab) for client, tab in in_use if wishes.in_app is not False and not client.in_app_off]
        if not may_show:
            return Place("NONE", 4, beside=beside)
        return Place("BANNER", 4, *_names(may_show), beside=beside)
    if (place := notified(person, now)) is not None:
        return Place("BROWSER", 5, *place, beside=beside)
    return Place("PUSH" if pushes else "NONE", 6)


def notified(person: Person, now: int) -> tuple[str, str] | None:
    """The tab that row 5 elects, if the browser may notify."""
    if person.wishes.browser is False:
        return None
    may_notify = [(client, tab) for client, tab in person.tabs(now) if client.permission == GRANTED and not client.app]
    return _names(may_notify) if may_notify else None


def _names(tabs: list[tuple[Client, Tab]]) -> tuple[str, str]:
    """The tab used last; names decide between equals."""
    client, tab = min(tabs, key=lambda each: (-each[1].input_at, each[0].name, each[1].name))
    return client.name, tab.name
