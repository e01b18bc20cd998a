"""The account at the end: what is stored is what was decided, and what was decided is what was sent."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from tests.simulation.books import Books, alert_of
from tests.simulation.others import Message
from tests.simulation.pushes import Received
from tests.simulation.watch import LATE_MS


class Closing:
    """Compares what is stored with what happened, at the end."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def conserved(self, rows: Sequence[dict[str, Any]], unregistered: dict[tuple[str, str], list[int]]) -> None:
        """P6: what was decided is what was made is what was sent, or ended for a reason; nothing is pending."""
        made = {row["_id"]: row for row in rows if "act" not in row}
        for name, at_ms in self._books.expected.items():
            if name not in made:
                message, person, device = self._parts(name)
                ends = unregistered.get((person, device), [])
                if not message.deleted and not any(at_ms <= end <= at_ms + 2 * LATE_MS for end in ends):
                    self._books.fault(person, f"P6: no delivery of {message.tag} to {device}")
        taken: defaultdict[str, list[Received]] = defaultdict(list)
        for each in self._books.received:
            taken[each.nonce].append(each)
        for row in rows:
            state, name, person = row["state"], row["_id"], row["person"]
            tries = taken.get(name, [])
            self._books.counts[f"{row.get('act', 'SHOW')} {state}"] += 1
            if state == "PENDING":
                self._books.fault(person, f"P6: {name} is still pending")
            if state == "SENT":
                stands = taken.get(row.get("collapsed_into") or name, [])
                if not any(each.answered == "sent" for each in stands):
                    self._books.fault(person, f"P6: {name} is sent, and nothing was received")
            if (
                state == "DEAD"
                and row.get("collapsed_into") is None
                and not any(each.answered in {"refused", "gone"} for each in tries)
            ):
                self._books.fault(person, f"P6: {name} is dead, and nobody refused it")
            if state in {"SUPPRESSED", "EXPIRED"} and any(each.answered == "sent" for each in tries):
                self._books.fault(person, f"P6: {name} is {state}, and was received")
        known = {row["_id"] for row in rows}
        for name in taken:
            if name not in known:
                self._books.fault(taken[name][0].person, f"P6: {name} was received, and there is no delivery")

    def _parts(self, name: str) -> tuple[Message, str, str]:
        conversation, number, person, device = name.split(":")
        return self._books.messaging.message(conversation, int(number)), person, device

    def stored(self, rows: Sequence[dict[str, Any]]) -> None:
        """What is stored is what was decided first, and each message was decided once."""
        for row in rows:
            message = self._books.alerts.get(row["_id"])
            if message is None:
                self._books.wrong.append(("", f"{row['_id']} is stored, and nobody decided it"))
                continue
            truth = self._books.messaging.message(message.conversation, message.number)
            if row.get("deleted", False) != truth.deleted or row["text"] != truth.text:
                self._books.wrong.append(("", f"{message.tag} is {row['text']!r}, and says {truth.text!r}"))
            of = {each["person"]: each for each in row["decisions"]}
            later: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
            for entry in row.get("escalations", ()):
                later[entry["person"]].append(entry)
            for person in row.get("members", ()):
                if person == message.author:
                    continue
                entries = [of.get(person, row["common"]), *later[person]]
                recorded = [each for _, each in self._books.decisions[row["_id"], person]]
                if [(each["surface"], each["reason"], each.get("client", "")) for each in entries] != [
                    (each.surface.value, each.reason.value, each.client) for each in recorded
                ]:
                    self._books.fault(person, f"{message.tag}: {entries} is stored, and {recorded} was decided")
        sent = {alert_of(message) for of in self._books.messaging.conversations.values() for message in of.messages}
        for missing in sorted(sent - {row["_id"] for row in rows}):
            self._books.wrong.append(("", f"{missing} was never decided"))

    def tray(self) -> None:
        """At the end, no phone shows what was read or deleted, unless what takes it back was refused or failed.

        What was shown by a push whose answer was lost, and read before it was tried again, is taken for never shown.
        """
        lost = {
            (each.person, each.device, f"{each.conversation}:{each.number}")
            for each in self._books.received
            if each.answered == "lost"
        }
        refused = {(each.person, each.device) for each in self._books.received if each.answered in {"refused", "gone"}}
        for person in self._books.people.values():
            for device in person.devices.values():
                if device.transport != "fcm" or not device.installed or (person.name, device.name) in refused:
                    continue
                if device.bad_until:
                    continue
                for tag, (conversation, number) in device.tray.items():
                    message = self._books.messaging.message(conversation, number)
                    pointer = self._books.unread.pointers[conversation, person.name]
                    if message.deleted or pointer.left or pointer.read >= number:
                        if device.registered and (person.name, device.name, tag) not in lost:
                            self._books.fault(person.name, f"{device.name} still shows {tag}, which is gone")
                    elif device.texts[tag] != message.text and device.registered:
                        self._books.say(person.name, f"{device.name} shows {tag} with an older text")
