"""Everything that the notifier holds of one conversation, compared with what must be true."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from local.replay.checks import check_alerts, check_banners, check_deliveries, check_surfaces, pushes_of
from local.replay.churn import Churn
from local.replay.crowd import Crowd
from local.replay.drive import Driver
from local.replay.fit import Facts
from local.replay.input import Plan
from local.replay.observe import Observer
from local.replay.people import CLIENT, received
from local.replay.roles import Cast
from local.replay.stubfile import StubFile
from local.replay.truth import Check, RoomTruth


@dataclass(frozen=True)
class Run:
    """Everything that a replay made."""

    plan: Plan
    cast: Cast
    conversations: Sequence[str]
    driver: Driver
    crowd: Crowd
    observer: Observer
    stub: StubFile
    churn: Churn | None = None

    def truths(self) -> dict[str, RoomTruth]:
        """Each conversation as it must be."""
        return {
            conversation: ledger.truth()
            for conversation, ledger in zip(self.conversations, self.driver.ledgers, strict=True)
        }

    def reads(self) -> dict[tuple[str, str], int]:
        """The read pointers that were acknowledged, by (person, conversation)."""
        return {
            (person.role.person, conversation): number
            for person in self.crowd.people
            for conversation, number in person.reads.items()
        }


@dataclass
class Verdict:
    """What the comparisons found.

    Attributes:
        surfaces: how many people were told where at first, by surface.
        surfaces_again: the same, of what was decided later.
        pushes: how many pushes were decided for devices.
        banners: how many banners and browser notifications arrived.
    """

    checks: list[Check] = field(default_factory=list)
    surfaces: Counter[str] = field(default_factory=Counter)
    surfaces_again: Counter[str] = field(default_factory=Counter)
    pushes: int = 0
    banners: int = 0


async def inspect(run: Run, index: int, room: RoomTruth) -> Verdict:
    """Compares alerts, deliveries, pushes and banners of one room.

    Raises:
        grpc.aio.AioRpcError: the notifier does not answer.
    """
    conversation = run.conversations[index]
    alerts = await run.observer.alerts(conversation)
    deliveries = await run.observer.deliveries(conversation)
    reads = dict(room.highest)
    for (reader, at), number in run.reads().items():
        if at == conversation:
            reads[reader] = max(number, reads.get(reader, 0))
    steady = frozenset(person.role.person for person in run.crowd.people if person.steady)
    facts = Facts(index, run.cast.attached, steady, reads, room)
    one = Check("one decision for every message and other member")
    check_alerts(one, room, alerts)
    fit = Check("each decision fits what the person was doing")
    connected = room.everybody & run.cast.attached.keys()
    check_surfaces(fit, room, alerts, connected, facts.fits)
    pushes = pushes_of(room, alerts, run.cast.devices)
    same = Check("decisions, deliveries and what the push service got agree")
    check_deliveries(same, room, pushes, run.cast.devices, deliveries, run.stub.pushes(conversation), facts.seen)
    shown = Check("every banner was decided, and came once")
    by_number = {alert.number: alert for alert in alerts}
    banners = 0
    for person in run.crowd.people:
        if person.role.person in connected:
            came = received(person, conversation)
            banners += len(came)
            check_banners(shown, room, person.role.person, CLIENT, by_number, came)
    surfaces: Counter[str] = Counter()
    again: Counter[str] = Counter()
    for alert in alerts:
        surfaces.update(decision.surface for decision in alert.decisions)
        surfaces[alert.common.surface] += alert.persons - len(alert.decisions)
        again.update(decision.surface for decision in alert.escalations)
    return Verdict([one, fit, same, shown], surfaces, again, len(pushes[0]), banners)
