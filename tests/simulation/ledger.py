"""What was decided, shown and sent, judged in the moment in which it happens by a table of its own."""

from collections import defaultdict
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

from services.notifier.facts import Decision, Reason, Surface
from services.notifier.records import Act, Alert, Delivery, DeliveryState, delivery_id
from services.notifier.senders import Outgoing
from services.notifier.stores.deliveries import End
from tests.conftest import ManualClock
from tests.simulation.others import TENANT, Message, Messaging, Unread
from tests.simulation.people import Person
from tests.simulation.pushes import Received
from tests.simulation.table import Place, notified, places, unwanted

READ_MS = 500
"""P7: no push starts later than this after the read was acknowledged, ms."""

SOON_MS = 2_500
"""Whoever stops being active is pushed to within this, if nothing is out of order, ms."""

LATE_MS = 250_000
"""The same while replicas die and come back: the longest pause between periodic looks, and a claim of a dead one."""

PERIOD_MS = 63_000
"""The same for whom nothing could be pushed to before: the longest pause between periodic looks, ms."""

CALM_MS = 45_000
"""So long after something was out of order everything is as always, ms."""

WAITS = {Reason.PRESENCE_UNKNOWN, Reason.UNREAD_UNKNOWN}


@dataclass
class Owed:
    """A message that was shown on a screen, or was being viewed, and becomes a push once nobody is there.

    Attributes:
        before: the last decision.
        row: of the table.
        at_ms: when the first one was made.
        last_ms: when the last one was made.
        delay_ms: the person's escalation delay.
        again: it was not the first decision.
        since: since when the push is due, without a break; 0 for not.
    """

    message: Message
    before: Decision
    row: int
    at_ms: int
    last_ms: int
    delay_ms: int
    again: bool = False
    since: int = 0


@dataclass
class Times:
    """The times of the decision table, and when something was out of order last."""

    idle_ms: int
    escalation_ms: int
    disturbed_at: int = 0
    presence_unknown: bool = False
    unread_away_at: int = 0


@dataclass
class Ledger:
    """Everything that is checked."""

    clock: ManualClock
    people: dict[str, Person]
    messaging: Messaging
    unread: Unread
    times: Times
    pairs: int = 0
    wrong: list[tuple[str, str]] = field(default_factory=list)
    counts: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    alerts: dict[str, Message] = field(default_factory=dict)
    """Messages as the notifier has been told of them: an edit or a deletion counts from when it is recorded."""
    decisions: dict[tuple[str, str], list[tuple[int, Decision]]] = field(default_factory=dict)
    beside: set[tuple[str, str]] = field(default_factory=set)
    owed: defaultdict[str, dict[str, Owed]] = field(default_factory=lambda: defaultdict(dict))
    perhaps: defaultdict[str, dict[str, Owed]] = field(default_factory=lambda: defaultdict(dict))
    """What was owed until nothing was wanted; owed again, as by marking unread, unless a look has settled it."""
    to_show: list[tuple[str, Message, Decision]] = field(default_factory=list)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    expected: dict[str, int] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    dirty: set[tuple[str, str]] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    received: list[Received] = field(default_factory=list)

    def say(self, person: str, what: str) -> None:
        self.people[person].log.append((self.clock(), what))

    def fault(self, person: str, what: str) -> None:
        self.say(person, f"WRONG: {what}")
        self.wrong.append((person, what))

    # Decisions

    def decided(self, alert: Alert) -> None:
        """A message was decided, and this was the first to be recorded."""
        content = alert.content
        truth = self.messaging.message(content.conversation, content.number)
        if alert.id in self.alerts:
            self.fault(content.author, f"{truth.tag} was decided twice")
        if alert.deleted and not truth.deleted:
            self.fault(content.author, f"{truth.tag} is taken to be deleted")
        mentioned, everyone = truth.first
        message = replace(truth, mentioned=mentioned, everyone=everyone, deleted=alert.deleted)
        self.alerts[alert.id] = message
        now = self.clock()
        present = self.messaging.conversations[content.conversation].members
        must, may = message.members & present, message.members | present
        if not must <= alert.members <= may:
            self.fault(content.author, f"{message.tag} was decided for {sorted(alert.members ^ must)}")
        for person in sorted(alert.members - {message.author}):
            self.pairs += 1
            decision = alert.of(person)
            self._judge(person, message, decision, now)
            self._record(alert.id, person, message, decision, now)

    def _judge(self, person: str, message: Message, decision: Decision, now: int) -> None:
        """Whether a first decision, or one after waiting, is what the table says."""
        who, unread, wanted = self.people[person], self.unread, list[Place]()
        if self.unread.away or now - self.times.unread_away_at < 1:
            # While unread cannot answer, mutes and read pointers are not known; before a push leaves they are.
            unread = _blind(self.unread, (message.conversation, person))
            wanted = places(who, message, unread, now, self.times.idle_ms)
        wanted += places(who, message, self.unread, now, self.times.idle_ms)
        self.counts[f"{decision.surface.value} {decision.reason.value}"] += 1
        if decision.reason in WAITS:
            excused = (
                self.times.presence_unknown
                if decision.reason is Reason.PRESENCE_UNKNOWN
                else self.unread.away or now - self.times.unread_away_at < 1
            )
            # Of whom presence cannot tell, it cannot tell the status either.
            if not excused or unwanted(who, message, unread, now, undisturbed=False):
                self.fault(person, f"{message.tag}: {decision.reason.value}, and the table says {wanted}")
            return
        actual = Place(decision.surface.value, 0, decision.client, decision.tab, decision.push_beside)
        if all((place.surface, place.client, place.tab, place.beside) != _named(actual) for place in wanted):
            self.fault(
                person,
                f"{message.tag}: decided {decision.surface.value} {decision.reason.value} {decision.client}/"
                f"{decision.tab} beside={decision.push_beside}, and the table says {wanted}",
            )

    def _record(self, alert: str, person: str, message: Message, decision: Decision, now: int) -> None:
        self.decisions.setdefault((alert, person), []).append((now, decision))
        if decision.surface is not Surface.NONE or decision.reason in {Reason.VIEWING, *WAITS}:
            self.say(person, f"{message.tag}: {decision.surface.value} {decision.reason.value} {decision.client}")
        if decision.push_beside:
            self.beside.add((person, message.tag))
        if decision.surface in {Surface.BANNER, Surface.BROWSER}:
            self.to_show.append((person, message, decision))
        if decision.surface is Surface.PUSH or decision.push_beside:
            for device in self.people[person].devices.values():
                if device.registered:
                    name = delivery_id(message.conversation, message.number, person, device.name)
                    self.expected.setdefault(name, now)
        self.perhaps[person].pop(alert, None)
        row = _row(decision)
        if row and not (decision.push_beside and decision.reason not in WAITS):
            own = self.people[person].wishes.delay_ms
            first, again = self.decisions[alert, person][0][0], len(self.decisions[alert, person]) > 1
            delay = own or self.times.escalation_ms
            self.owed[person][alert] = Owed(message, decision, row, first, now, delay, again)
        else:
            self.owed[person].pop(alert, None)

    def escalated(self, alert: str, decided: Sequence[tuple[str, Decision]]) -> None:
        """Later decisions of a message were recorded."""
        now, message = self.clock(), self.alerts[alert]
        for person, decision in decided:
            before = self.decisions[alert, person][-1][1]
            owed = self.owed[person].get(alert) or self.perhaps[person].get(alert)
            who = self.people[person]
            unsure = [who.undisturbed] if not who.status_unsure else [False, True]
            if all(unwanted(who, message, self.unread, now, undisturbed=each) for each in unsure):
                self.fault(person, f"{message.tag}: decided again, and the table says nothing")
            elif before.reason in WAITS:
                self._judge(person, message, decision, now)
            elif who.in_use(now, self.times.idle_ms):
                self.fault(person, f"{message.tag}: {decision.surface.value} although a tab is in use")
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
            self.fault(
                who.name, f"{message.tag}: {decision.surface.value} {decision.client}/{decision.tab}, not {wanted}"
            )
        if owed is None:
            self.fault(who.name, f"{message.tag}: decided again, and nothing was owed")
        elif owed.row == 5 and who.used_until < owed.last_ms and now < owed.last_ms + owed.delay_ms:
            self.fault(who.name, f"{message.tag}: pushed {now - owed.last_ms} ms after a browser notification")

    def changed(self, alert: Alert, decided: Sequence[tuple[str, Decision]]) -> None:
        """An edit or a deletion was recorded, with decisions about people who are told only now."""
        now, message = self.clock(), self.alerts[alert.id]
        message.mentioned, message.everyone, message.deleted = alert.mentioned, alert.everyone, alert.deleted
        for person, decision in decided:
            self._judge(person, message, decision, now)
            self._record(alert.id, person, message, decision, now)
        if alert.deleted:
            self.deleted.add(message.tag)
            for of_person in self.owed.values():
                of_person.pop(alert.id, None)

    # Deliveries

    def delivering(self, deliveries: Sequence[Delivery]) -> None:
        """Deliveries were made."""
        for delivery in deliveries:
            self.deliveries[delivery.id] = delivery
            if delivery.act is not Act.SHOW:
                continue
            alert = _alert(self.messaging.message(delivery.conversation, delivery.number))
            told = [each for _, each in self.decisions.get((alert, delivery.person), [])]
            if not any(each.surface is Surface.PUSH or each.push_beside for each in told):
                self.fault(delivery.person, f"{delivery.id} was made, and no decision says so")

    def sending(self, push: Outgoing) -> None:
        """A push starts."""
        if push.act is not Act.SHOW:
            return
        person, now = push.device.person, self.clock()
        message = self.known(push.content.conversation, push.content.number)
        who = self.people[person]
        pointer = self.unread.pointers[message.conversation, person]
        if pointer.least_since(now - READ_MS) >= message.number:
            self.fault(person, f"P7: {message.tag} is pushed, and was read before {now - READ_MS}")
        excused = self.unread.away or self.times.presence_unknown
        unsure = [who.undisturbed] if not who.status_unsure else [False, True]
        if not excused and all(unwanted(who, message, self.unread, now, undisturbed=each) for each in unsure):
            self.fault(person, f"{message.tag} is pushed, and the table says nothing")
        viewing = any(tab.conversation == message.conversation for _, tab in who.in_use(now, self.times.idle_ms))
        if viewing and not self.times.presence_unknown:
            self.fault(person, f"{message.tag} is pushed to somebody who views it")
        if push.badge is not None and push.badge != self.unread.total(person):
            self.fault(person, f"{message.tag} carries {push.badge}, and {self.unread.total(person)} are unread")

    def known(self, conversation: str, number: int) -> Message:
        """A message as the notifier knows it."""
        return self.alerts[_alert(self.messaging.message(conversation, number))]

    def sent(self, received: Received) -> None:
        """A push service was sent something."""
        self.received.append(received)
        tag = f"{received.conversation}:{received.number}"
        self.say(received.person, f"{tag} {received.act} at {received.device}: {received.answered}")
        self.dirty.add((received.person, tag))

    def finished(self, ids: Sequence[str], end: End) -> None:
        """Deliveries come to an end; one that is suppressed must be for a reason that holds."""
        now = self.clock()
        for name in ids:
            delivery = self.deliveries[name]
            if delivery.act is not Act.SHOW or end.state is not DeliveryState.SUPPRESSED:
                continue
            who = self.people[delivery.person]
            message = self.known(delivery.conversation, delivery.number)
            unsure = [who.undisturbed] if not who.status_unsure else [False, True]
            holds = (
                any(unwanted(who, message, self.unread, now, undisturbed=each) for each in unsure)
                or (end.reason == "unregistered" and not self._registered(who, delivery.device))
                or (end.reason == "its browser is open" and any(c.name == delivery.device for c, _ in who.tabs(now)))
            )
            self.say(who.name, f"{message.tag} at {delivery.device}: suppressed, {end.reason}")
            if not holds:
                self.fault(who.name, f"{message.tag} was not sent to {delivery.device}: {end.reason}, which is not so")

    def _registered(self, who: Person, device: str) -> bool:
        return device in who.devices and who.devices[device].registered

    # What screens show, and what is owed, at the end of each moment

    def look(self) -> None:
        """Looks at all screens and at what is owed."""
        now = self.clock()
        for person, message, decision in self.to_show:
            self._shown(self.people[person], message, decision)
        self.to_show.clear()
        for person, tag in sorted(self.dirty):
            self._one_surface(self.people[person], tag, now)
        self.dirty.clear()
        for person, owed in self.owed.items():
            who = self.people[person]
            self._not_wanted_now(who, owed, now)
            if who.in_use(now, self.times.idle_ms):
                who.used_until = now
                for each in owed.values():
                    each.since = 0
            elif owed:
                self._due(who, owed, now)

    def _shown(self, who: Person, message: Message, decision: Decision) -> None:
        self.dirty.add((who.name, message.tag))
        alert = _alert(message)
        latest = self.decisions[alert, who.name][-1][1]
        client = who.clients[decision.client]
        pointer = self.unread.pointers[message.conversation, who.name]
        gone = message.deleted or pointer.left or pointer.read >= message.number or latest is not decision
        if gone or not client.watching or client.watch_at >= self.clock():
            return
        shown = client.shown.get(message.tag) or client.crowded.get(message.tag)
        banner = decision.surface is Surface.BANNER
        if shown is None or (shown.tab, shown.banner) != (decision.tab, banner):
            self.fault(who.name, f"{message.tag} is not shown in {decision.client}/{decision.tab}, but {shown}")

    def _one_surface(self, who: Person, tag: str, now: int) -> None:
        conversation, _, number = tag.rpartition(":")
        message = self.messaging.message(conversation, int(number))
        surfaces = who.surfaces(message, now)
        if len(surfaces) > 1 and (who.name, tag) not in self.beside:
            self.fault(who.name, f"P5: {tag} is visible at {sorted(surfaces)}")
        pointer = self.unread.pointers[conversation, who.name]
        unsure = any(client.unsure for client in who.clients.values())
        read = (pointer.left or pointer.read >= message.number) and not unsure
        if (tag in self.deleted or read) and surfaces - {"push"}:
            self.fault(who.name, f"{tag} is still visible at {sorted(surfaces)}")

    def _not_wanted_now(self, who: Person, owed: dict[str, Owed], now: int) -> None:
        """Sets apart what is not wanted in this moment: a look at it settles it for ever, and none may have come."""
        unsure = [who.undisturbed] if not who.status_unsure else [False, True]
        for alert, each in tuple(owed.items()):
            if any(unwanted(who, each.message, self.unread, now, undisturbed=undisturbed) for undisturbed in unsure):
                self.perhaps[who.name][alert] = owed.pop(alert)

    def _due(self, who: Person, owed: dict[str, Owed], now: int) -> None:
        if who.wishes.push is False or not who.reachable(now):
            who.unreachable_at = now
        for alert, each in tuple(owed.items()):
            if self._not_yet(who, each, now):
                each.since = 0
                continue
            each.since = each.since or now
            calm = each.since - self.times.disturbed_at > CALM_MS
            soon = PERIOD_MS if who.unreachable_at > each.at_ms else SOON_MS
            if now - each.since > (soon if calm else LATE_MS):
                self.fault(
                    who.name, f"{each.message.tag}: nobody is there since {each.since}, and it is still {each.before}"
                )
                del owed[alert]

    def _not_yet(self, who: Person, owed: Owed, now: int) -> bool:
        if self.times.presence_unknown or self.unread.away:
            return True
        if owed.before.reason in WAITS:
            return False
        if owed.row == 5 and who.used_until < owed.last_ms and now < owed.last_ms + owed.delay_ms:
            return True
        pushes = who.wishes.push is not False and bool(who.reachable(now))
        return owed.before.surface is Surface.BROWSER and not pushes

    # At the end

    def conserved(self, rows: Sequence[dict[str, Any]], unregistered: dict[tuple[str, str], list[int]]) -> None:
        """P6: what was decided is what was made is what was sent, or ended for a reason; nothing is pending."""
        made = {row["_id"]: row for row in rows if "act" not in row}
        for name, at_ms in self.expected.items():
            if name not in made:
                message, person, device = self._parts(name)
                ends = unregistered.get((person, device), [])
                if not message.deleted and not any(at_ms <= end <= at_ms + 2 * LATE_MS for end in ends):
                    self.fault(person, f"P6: no delivery of {message.tag} to {device}")
        taken: defaultdict[str, list[Received]] = defaultdict(list)
        for each in self.received:
            taken[each.nonce].append(each)
        for row in rows:
            state, name, person = row["state"], row["_id"], row["person"]
            tries = taken.get(name, [])
            self.counts[f"{row.get('act', 'SHOW')} {state}"] += 1
            if state == "PENDING":
                self.fault(person, f"P6: {name} is still pending")
            if state == "SENT":
                stands = taken.get(row.get("collapsed_into") or name, [])
                if not any(each.answered == "sent" for each in stands):
                    self.fault(person, f"P6: {name} is sent, and nothing was received")
            if (
                state == "DEAD"
                and row.get("collapsed_into") is None
                and not any(each.answered in {"refused", "gone"} for each in tries)
            ):
                self.fault(person, f"P6: {name} is dead, and nobody refused it")
            if state in {"SUPPRESSED", "EXPIRED"} and any(each.answered == "sent" for each in tries):
                self.fault(person, f"P6: {name} is {state}, and was received")
        known = {row["_id"] for row in rows}
        for name in taken:
            if name not in known:
                self.fault(taken[name][0].person, f"P6: {name} was received, and there is no delivery")

    def _parts(self, name: str) -> tuple[Message, str, str]:
        conversation, number, person, device = name.split(":")
        return self.messaging.message(conversation, int(number)), person, device

    def stored(self, rows: Sequence[dict[str, Any]]) -> None:
        """What is stored is what was decided first, and each message was decided once."""
        for row in rows:
            message = self.alerts.get(row["_id"])
            if message is None:
                self.wrong.append(("", f"{row['_id']} is stored, and nobody decided it"))
                continue
            truth = self.messaging.message(message.conversation, message.number)
            if row.get("deleted", False) != truth.deleted or row["text"] != truth.text:
                self.wrong.append(("", f"{message.tag} is {row['text']!r}, and says {truth.text!r}"))
            of = {each["person"]: each for each in row["decisions"]}
            later: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
            for entry in row.get("escalations", ()):
                later[entry["person"]].append(entry)
            for person in row.get("members", ()):
                if person == message.author:
                    continue
                entries = [of.get(person, row["common"]), *later[person]]
                recorded = [each for _, each in self.decisions[row["_id"], person]]
                if [(each["surface"], each["reason"], each.get("client", "")) for each in entries] != [
                    (each.surface.value, each.reason.value, each.client) for each in recorded
                ]:
                    self.fault(person, f"{message.tag}: {entries} is stored, and {recorded} was decided")
        sent = {_alert(message) for of in self.messaging.conversations.values() for message in of.messages}
        for missing in sorted(sent - {row["_id"] for row in rows}):
            self.wrong.append(("", f"{missing} was never decided"))

    def tray(self) -> None:
        """At the end, no phone shows what was read or deleted, unless what takes it back was refused or failed.

        What was shown by a push whose answer was lost, and read before it was tried again, is taken for never shown.
        """
        lost = {
            (each.person, each.device, f"{each.conversation}:{each.number}")
            for each in self.received
            if each.answered == "lost"
        }
        refused = {(each.person, each.device) for each in self.received if each.answered in {"refused", "gone"}}
        for person in self.people.values():
            for device in person.devices.values():
                if device.transport != "fcm" or not device.installed or (person.name, device.name) in refused:
                    continue
                if device.bad_until:
                    continue
                for tag, (conversation, number) in device.tray.items():
                    message = self.messaging.message(conversation, number)
                    pointer = self.unread.pointers[conversation, person.name]
                    if message.deleted or pointer.left or pointer.read >= number:
                        if device.registered and (person.name, device.name, tag) not in lost:
                            self.fault(person.name, f"{device.name} still shows {tag}, which is gone")
                    elif device.texts[tag] != message.text and device.registered:
                        self.say(person.name, f"{device.name} shows {tag} with an older text")


def _alert(message: Message) -> str:
    return f"{message.conversation}:{message.revision:016d}"


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


__all__ = ["TENANT", "Ledger", "Times"]


def _blind(unread: Unread, key: tuple[str, str]) -> Unread:
    """What can be told of a pointer without asking for it: that there is one."""
    blind, pointer = copy(unread), unread.pointers[key]
    blind.pointers = {key: replace(pointer, muted_until_ms=0, read=pointer.joined)}
    return blind
