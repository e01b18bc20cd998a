"""Deliveries, judged in the moment in which they are made, sent and ended."""

from collections.abc import Sequence

from services.notifier.facts import Surface
from services.notifier.records import Act, Delivery, DeliveryState
from services.notifier.senders import Outgoing
from services.notifier.stores.deliveries import End
from tests.simulation.books import Books, alert_of
from tests.simulation.people import Person
from tests.simulation.pushes import Received
from tests.simulation.table import unwanted

READ_MS = 500
"""P7: no push starts later than this after the read was acknowledged, ms."""


class Sendings:
    """Judges deliveries and pushes."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def delivering(self, deliveries: Sequence[Delivery]) -> None:
        """Deliveries were made."""
        for delivery in deliveries:
            self._books.deliveries[delivery.id] = delivery
            if delivery.act is not Act.SHOW:
                continue
            alert = alert_of(self._books.messaging.message(delivery.conversation, delivery.number))
            told = [each for _, each in self._books.decisions.get((alert, delivery.person), [])]
            if not any(each.surface is Surface.PUSH or each.push_beside for each in told):
                self._books.fault(delivery.person, f"{delivery.id} was made, and no decision says so")

    def sending(self, push: Outgoing) -> None:
        """A push starts."""
        if push.act is not Act.SHOW:
            return
        person, now = push.device.person, self._books.clock()
        message = self._books.known(push.content.conversation, push.content.number)
        who = self._books.people[person]
        pointer = self._books.unread.pointers[message.conversation, person]
        if pointer.least_since(now - READ_MS) >= message.number:
            self._books.fault(person, f"P7: {message.tag} is pushed, and was read before {now - READ_MS}")
        excused = self._books.unread.away or self._books.times.presence_unknown
        unsure = [who.undisturbed] if not who.status_unsure else [False, True]
        if not excused and all(unwanted(who, message, self._books.unread, now, undisturbed=each) for each in unsure):
            self._books.fault(person, f"{message.tag} is pushed, and the table says nothing")
        viewing = any(tab.conversation == message.conversation for _, tab in who.in_use(now, self._books.times.idle_ms))
        if viewing and not self._books.times.presence_unknown:
            self._books.fault(person, f"{message.tag} is pushed to somebody who views it")
        if push.badge is not None and push.badge != self._books.unread.total(person):
            self._books.fault(
                person, f"{message.tag} carries {push.badge}, and {self._books.unread.total(person)} are unread"
            )

    def sent(self, received: Received) -> None:
        """A push service was sent something."""
        self._books.received.append(received)
        tag = f"{received.conversation}:{received.number}"
        self._books.say(received.person, f"{tag} {received.act} at {received.device}: {received.answered}")
        self._books.dirty.add((received.person, tag))

    def finished(self, ids: Sequence[str], end: End) -> None:
        """Deliveries come to an end; one that is suppressed must be for a reason that holds."""
        now = self._books.clock()
        for name in ids:
            delivery = self._books.deliveries[name]
            if delivery.act is not Act.SHOW or end.state is not DeliveryState.SUPPRESSED:
                continue
            who = self._books.people[delivery.person]
            message = self._books.known(delivery.conversation, delivery.number)
            unsure = [who.undisturbed] if not who.status_unsure else [False, True]
            holds = (
                any(unwanted(who, message, self._books.unread, now, undisturbed=each) for each in unsure)
                or (end.reason == "unregistered" and not self._registered(who, delivery.device))
                or (end.reason == "its browser is open" and any(c.name == delivery.device for c, _ in who.tabs(now)))
            )
            self._books.say(who.name, f"{message.tag} at {delivery.device}: suppressed, {end.reason}")
            if not holds:
                self._books.fault(
                    who.name, f"{message.tag} was not sent to {delivery.device}: {end.reason}, which is not so"
                )

    def _registered(self, who: Person, device: str) -> bool:
        return device in who.devices and who.devices[device].registered
