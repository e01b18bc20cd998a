"""What screens show, and what has become due, judged at the end of each moment."""

from services.notifier.facts import Decision, Surface
from tests.simulation.books import WAITS, Books, Owed, alert_of
from tests.simulation.others import Message
from tests.simulation.people import Person
from tests.simulation.table import unwanted

SOON_MS = 2_500
"""Whoever stops being active is pushed to within this, if nothing is out of order, ms."""

LATE_MS = 250_000
"""The same while replicas die and come back: the longest pause between periodic looks, and a claim of a dead one."""

PERIOD_MS = 63_000
"""The same for whom nothing could be pushed to before: the longest pause between periodic looks, ms."""

CALM_MS = 45_000
"""So long after something was out of order everything is as always, ms."""


class Watch:
    """Looks at all screens, and at what is owed, at the end of each moment."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def look(self) -> None:
        """Looks at all screens and at what is owed."""
        now = self._books.clock()
        for person, message, decision in self._books.to_show:
            self._shown(self._books.people[person], message, decision)
        self._books.to_show.clear()
        for person, tag in sorted(self._books.dirty):
            self._one_surface(self._books.people[person], tag, now)
        self._books.dirty.clear()
        for person, owed in self._books.owed.items():
            who = self._books.people[person]
            self._not_wanted_now(who, owed, now)
            if who.in_use(now, self._books.times.idle_ms):
                who.used_until = now
                for each in owed.values():
                    each.since = 0
            elif owed:
                self._due(who, owed, now)

    def _shown(self, who: Person, message: Message, decision: Decision) -> None:
        self._books.dirty.add((who.name, message.tag))
        alert = alert_of(message)
        latest = self._books.decisions[alert, who.name][-1][1]
        client = who.clients[decision.client]
        pointer = self._books.unread.pointers[message.conversation, who.name]
        gone = message.deleted or pointer.left or pointer.read >= message.number or latest is not decision
        if gone or not client.watching or client.watch_at >= self._books.clock():
            return
        shown = client.shown.get(message.tag) or client.crowded.get(message.tag)
        banner = decision.surface is Surface.BANNER
        if shown is None or (shown.tab, shown.banner) != (decision.tab, banner):
            self._books.fault(who.name, f"{message.tag} is not shown in {decision.client}/{decision.tab}, but {shown}")

    def _one_surface(self, who: Person, tag: str, now: int) -> None:
        conversation, _, number = tag.rpartition(":")
        message = self._books.messaging.message(conversation, int(number))
        surfaces = who.surfaces(message, now)
        if len(surfaces) > 1 and (who.name, tag) not in self._books.beside:
            self._books.fault(who.name, f"P5: {tag} is visible at {sorted(surfaces)}")
        pointer = self._books.unread.pointers[conversation, who.name]
        unsure = any(client.unsure for client in who.clients.values())
        read = (pointer.left or pointer.read >= message.number) and not unsure
        if (tag in self._books.deleted or read) and surfaces - {"push"}:
            self._books.fault(who.name, f"{tag} is still visible at {sorted(surfaces)}")

    def _not_wanted_now(self, who: Person, owed: dict[str, Owed], now: int) -> None:
        """Sets apart what is not wanted in this moment: a look at it settles it for ever, and none may have come."""
        unsure = [who.undisturbed] if not who.status_unsure else [False, True]
        for alert, each in tuple(owed.items()):
            if any(
                unwanted(who, each.message, self._books.unread, now, undisturbed=undisturbed) for undisturbed in unsure
            ):
                self._books.perhaps[who.name][alert] = owed.pop(alert)

    def _due(self, who: Person, owed: dict[str, Owed], now: int) -> None:
        if who.wishes.push is False or not who.reachable(now):
            who.unreachable_at = now
        for alert, each in tuple(owed.items()):
            if self._not_yet(who, each, now):
                each.since = 0
                continue
            each.since = each.since or now
            calm = each.since - self._books.times.disturbed_at > CALM_MS
            soon = PERIOD_MS if who.unreachable_at > each.at_ms else SOON_MS
            if now - each.since > (soon if calm else LATE_MS):
                self._books.fault(
                    who.name, f"{each.message.tag}: nobody is there since {each.since}, and it is still {each.before}"
                )
                del owed[alert]

    def _not_yet(self, who: Person, owed: Owed, now: int) -> bool:
        if self._books.times.presence_unknown or self._books.unread.away:
            return True
        if owed.before.reason in WAITS:
            return False
        if owed.row == 5 and who.used_until < owed.last_ms and now < owed.last_ms + owed.delay_ms:
            return True
        pushes = who.wishes.push is not False and bool(who.reachable(now))
        return owed.before.surface is Surface.BROWSER and not pushes
