"""Decisions, judged in the moment in which they are recorded by a table of its own."""

from collections.abc import Sequence
from copy import copy
from dataclasses import replace

from services.notifier.facts import Decision, Reason, Surface
from services.notifier.records import Alert, delivery_id
from tests.simulation.books import WAITS, Books, Owed
from tests.simulation.others import Message, Unread
from tests.simulation.people import Person
from tests.simulation.table import Place, notified, places, unwanted


class Judge:
    """Judges what is recorded."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def decided(self, alert: Alert) -> None:
        """A message was decided, and this was the first to be recorded."""
        content = alert.content
        truth = self._books.messaging.message(content.conversation, content.number)
        if alert.id in self._books.alerts:
            self._books.fault(content.author, f"{truth.tag} was decided twice")
        if alert.deleted and not truth.deleted:
            self._books.fault(content.author, f"{truth.tag} is taken to be deleted")
        mentioned, everyone = truth.first
        message = replace(truth, mentioned=mentioned, everyone=everyone, deleted=alert.deleted)
        self._books.alerts[alert.id] = message
        now = self._books.clock()
        present = self._books.messaging.conversations[content.conversation].members
        must, may = message.members & present, message.members | present
        if not must <= alert.members <= may:
            self._books.fault(content.author, f"{message.tag} was decided for {sorted(alert.members ^ must)}")
        for person in sorted(alert.members - {message.author}):
            self._books.pairs += 1
            decision = alert.of(person)
            self._judge(person, message, decision, now)
            self._record(alert.id, person, message, decision, now)

    def _judge(self, person: str, message: Message, decision: Decision, now: int) -> None:
        """Whether a first decision, or one after waiting, is what the table says."""
        who, unread, wanted = self._books.people[person], self._books.unread, list[Place]()
        if self._books.unread.away or now - self._books.times.unread_away_at < 1:
            # While unread cannot answer, mutes and read pointers are not known; before a push leaves they are.
            unread = _blind(self._books.unread, (message.conversation, person))
            wanted = places(who, message, unread, now, self._books.times.idle_ms)
        wanted += places(who, message, self._books.unread, now, self._books.times.idle_ms)
        self._books.counts[f"{decision.surface.value} {decision.reason.value}"] += 1
        if decision.reason in WAITS:
            excused = (
                self._books.times.presence_unknown
                if decision.reason is Reason.PRESENCE_UNKNOWN
                else self._books.unread.away or now - self._books.times.unread_away_at < 1
            )
            # Of whom presence cannot tell, it cannot tell the status either.
            if not excused or unwanted(who, message, unread, now, undisturbed=False):
                self._books.fault(person, f"{message.tag}: {decision.reason.value}, and the table says {wanted}")
            return
        actual = Place(decision.surface.value, 0, decision.client, decision.tab, decision.push_beside)
        if all((place.surface, place.client, place.tab, place.beside) != _named(actual) for place in wanted):
            self._books.fault(
                person,
                f"{message.tag}: decided {decision.surface.value} {decision.reason.value} {decision.client}/"
                f"{decision.tab} beside={decision.push_beside}, and the table says {wanted}",
            )

    def _record(self, alert: str, person: str, message: Message, decision: Decision, now: int) -> None:
        self._books.decisions.setdefault((alert, person), []).append((now, decision))
        if decision.surface is not Surface.NONE or decision.reason in {Reason.VIEWING, *WAITS}:
            self._books.say(
                person, f"{message.tag}: {decision.surface.value} {decision.reason.value} {decision.client}"
            )
        if decision.push_beside:
            self._books.beside.add((person, message.tag))
        if decision.surface in {Surface.BANNER, Surface.BROWSER}:
            self._books.to_show.append((person, message, decision))
        if decision.surface is Surface.PUSH or decision.push_beside:
            for device in self._books.people[person].devices.values():
                if device.registered:
                    name = delivery_id(message.conversation, message.number, person, device.name)
                    self._books.expected.setdefault(name, now)
        self._books.perhaps[person].pop(alert, None)
        row = _row(decision)
        if row and not (decision.push_beside and decision.reason not in WAITS):
            own = self._books.people[person].wishes.delay_ms
            first = self._books.decisions[alert, person][0][0]
            delay = own or self._books.times.escalation_ms
            self._books.owed[person][alert] = Owed(message, decision, row, first, now, delay)
        else:
            self._books.owed[person].pop(alert, None)

    def escalated(self, alert: str, decided: Sequence[tuple[str, Decision]]) -> None:
        """Later decisions of a message were recorded."""
        now, message = self._books.clock(), self._books.alerts[alert]
        for person, decision in decided:
            before = self._books.decisions[alert, person][-1][1]
            owed = self._books.owed[person].get(alert) or self._books.perhaps[person].get(alert)
            who = self._books.people[person]
            unsure = [who.undisturbed] if not who.status_unsure else [False, True]
            if all(unwanted(who, message, self._books.unread, now, undisturbed=each) for each in unsure):
                self._books.fault(person, f"{message.tag}: decided again, and the table says nothing")
            elif before.reason in WAITS:
                self._judge(person, message, decision, now)
            elif who.in_use(now, self._books.times.idle_ms):
                self._books.fault(person, f"{message.tag}: {decision.surface.value} although a tab is in use")
            else:
                self._judge_again(who, message, before, decision, owed, now)
            self._record(alert, person, message, decision, now)

    def _judge_again(
        self, who: Person, message: Message, before: Decision, decision: Decision, owed: Owed | None, now: int
    ) -> None:
        pushes = who.wishes.push is not False
        tab = notified(who, now)
        if pushes and who.reachable(now):
            wanted = ("PUSH", "", "")
        elif before.surface is Surface.BROWSER:
            wanted = ("", "", "")
        elif tab is not None:
            wanted = ("BROWSER", *tab)
        else:
            wanted = ("PUSH" if pushes else "NONE", "", "")
        if (decision.surface.value, decision.client, decision.tab) != wanted:
            self._books.fault(
                who.name, f"{message.tag}: {decision.surface.value} {decision.client}/{decision.tab}, not {wanted}"
            )
        if owed is None:
            self._books.fault(who.name, f"{message.tag}: decided again, and nothing was owed")
        elif owed.row == 5 and who.used_until < owed.last_ms and now < owed.last_ms + owed.delay_ms:
            self._books.fault(who.name, f"{message.tag}: pushed {now - owed.last_ms} ms after a browser notification")

    def changed(self, alert: Alert, decided: Sequence[tuple[str, Decision]]) -> None:
        """An edit or a deletion was recorded, with decisions about people who are told only now."""
        now, message = self._books.clock(), self._books.alerts[alert.id]
        message.mentioned, message.everyone, message.deleted = alert.mentioned, alert.everyone, alert.deleted
        for person, decision in decided:
            self._judge(person, message, decision, now)
            self._record(alert.id, person, message, decision, now)
        if alert.deleted:
            self._books.deleted.add(message.tag)
            for of_person in self._books.owed.values():
                of_person.pop(alert.id, None)


def _named(place: Place) -> tuple[str, str, str, bool]:
    return place.surface, place.client, place.tab, place.beside


def _row(decision: Decision) -> int:
    """The row of a decision that is looked at again; 0 of one that is not."""
    return {
        Reason.VIEWING: 3,
        Reason.IN_APP_OFF: 4,
        Reason.TAB_IN_USE: 4,
        Reason.TAB_OPEN: 5,
        Reason.PRESENCE_UNKNOWN: 6,
        Reason.UNREAD_UNKNOWN: 6,
    }.get(decision.reason, 0)


def _blind(unread: Unread, key: tuple[str, str]) -> Unread:
    """What can be told of a pointer without asking for it: that there is one."""
    blind, pointer = copy(unread), unread.pointers[key]
    blind.pointers = {key: replace(pointer, muted_until_ms=0, read=pointer.joined)}
    return blind
