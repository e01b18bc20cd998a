"""What stands beside each notifier: it has everything judged, lets it die, and brings another owner in between."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from services.notifier.records import Event
from tests.simulation.others import TENANT
from tests.simulation.pushes import Sender
from tests.simulation.rates import DiedError
from tests.simulation.replicas import NotifierReplica

if TYPE_CHECKING:
    from tests.simulation.world import World


class Witness:
    """Sees all that the notifiers of a world record."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._nested = False
        self.applying: Sequence[Event] = ()
        """The events that are decided just now."""

    def watch(self, replica: NotifierReplica) -> None:
        """Has everything that a replica records judged, and lets it die, or meet another one, now and then."""
        random_ = replica.courier._attempt
        random_._random = lambda: 0.5
        self._decisions(replica)
        self._deliveries(replica)
        for transport in ("fcm", "web_push"):
            replica.senders[transport] = Sender(self._world.pushes, self._may_die)

    def _decisions(self, replica: NotifierReplica) -> None:
        world, alerts = self._world, replica.alerts
        judge, rng = world.judge, world.rng
        insert, escalate, change = alerts.insert, alerts.escalate, alerts.change

        async def insert_alerts(decided: Sequence[Any]) -> set[str]:
            if rng.random() < world.rates.second_owner and not self._nested:
                await self._second_owner(replica)
            known: set[str] = await insert(decided)
            for alert in decided:
                if alert.id not in known:
                    judge.decided(alert)
                    world.news |= any(decision.client for decision in alert.decisions.values())
            self._may_die()
            return known

        async def escalate_alerts(claim: str, decided: dict[str, Any], now: int) -> set[str]:
            if rng.random() < world.rates.second_owner and not self._nested:
                name = min(decided)
                waiting = decided[name][0][0]
                await self._hurried(replica, waiting)
            held: set[str] = await escalate(claim, decided, now)
            for name in sorted(held):
                judge.escalated(name, decided[name])
            world.news |= bool(held)
            self._may_die()
            return held

        async def change_alert(alert: Any, before: Any, decided: Any, now: int) -> bool:
            first: bool = await change(alert, before, decided, now)
            if first:
                judge.changed(alert, decided)
                world.news = True
            self._may_die()
            return first

        alerts.insert, alerts.escalate, alerts.change = insert_alerts, escalate_alerts, change_alert

    def _deliveries(self, replica: NotifierReplica) -> None:
        world, deliveries = self._world, replica.deliveries
        sendings = world.sendings
        made, finish, prune = deliveries.insert, deliveries.finish, replica.devices.prune

        async def insert_deliveries(planned: Sequence[Any]) -> set[str]:
            known: set[str] = await made(planned)
            sendings.delivering([each for each in planned if each.id not in known])
            self._may_die()
            return known

        async def finish_deliveries(claim: str, ids: Sequence[str], end: Any, now: int) -> int:
            sendings.finished(ids, end)
            count = int(await finish(claim, ids, end, now))
            world.books.ended.update(ids if count else ())
            return count

        async def prune_device(device: Any) -> None:
            await prune(device)
            known = world.people[device.person].devices[device.device]
            if known.target == device.target:
                known.registered = False
                world.unregistered[device.person, device.device].append(world.clock())
            if known.installed:
                world.books.fault(device.person, f"P8: {device.device} is forgotten, and is there")

        deliveries.insert, deliveries.finish = insert_deliveries, finish_deliveries
        replica.devices.prune = prune_device

    def _may_die(self) -> None:
        # One is left: what is read while no replica is there is not taken back from phones.
        world = self._world
        both = len(world.notifiers_up) == len(world.notifiers)
        if world.rng.random() < world.rates.die and not self._nested and both:
            raise DiedError

    async def _second_owner(self, first: NotifierReplica) -> None:
        """In this very instant another replica, which believes to hold the partition too, decides the same."""
        others = [each for each in self._world.notifiers_up if each is not first]
        if others and self.applying:
            self._nested = True
            try:
                await others[0].events.apply(self.applying)
            finally:
                self._nested = False

    async def _hurried(self, first: NotifierReplica, person: str) -> None:
        """While somebody is looked at it is told, late or again, that they ceased to be active; another looks too."""
        others = [each for each in self._world.notifiers_up if each is not first]
        if others:
            self._nested = True
            try:
                await others[0].checks.became_inactive(TENANT, {person: self._world.people[person].used_until + 1})
                await others[0].checks.step()
            finally:
                self._nested = False
