"""The comparisons of what the services hold with what must be true; each tells the first differences in words."""

from collections.abc import Callable, Mapping, Sequence

from local.replay.truth import Alert, Check, Decision, Delivery, RoomTruth, Told

Fits = Callable[[str, int, Sequence[Decision]], bool]
"""Whether decisions can be right: person (empty: any who was not attached), number, decisions in order of time."""


def check_log(check: Check, title: str, sent: Sequence[Told], listed: Sequence[Told]) -> None:
    """A log holds what was sent, in that order, numbered 1, 2, 3 ... without a gap."""
    for position in range(1, max(len(sent), len(listed)) + 1):
        check.compared += 1
        wanted = sent[position - 1] if position <= len(sent) else None
        found = listed[position - 1] if position <= len(listed) else None
        if wanted is None:
            check.differs(f"{title}: message {position} was never sent, and is listed as {found}")
        elif found is None:
            check.differs(f"{title}: message {position} is missing from the log: {wanted}")
        elif wanted.number != position:
            check.differs(f"{title}: send {position} was answered with number {wanted.number}")
        elif wanted != found:
            check.differs(f"{title}: message {position} is {found}, not {wanted}")


def check_badges(check: Check, who: str, expected: Mapping[str, int], shown: Mapping[str, int], total: int) -> None:
    """Badges (0 and missing are the same) and their total equal the recount."""
    for conversation in expected.keys() | shown.keys():
        check.compared += 1
        wanted, found = expected.get(conversation, 0), shown.get(conversation, 0)
        if wanted != found:
            check.differs(f"{who} in {conversation}: badge {found}, recount {wanted}")
    check.compared += 1
    if total != sum(expected.values()):
        check.differs(f"{who}: total {total}, recount {sum(expected.values())}")


def check_alerts(check: Check, room: RoomTruth, alerts: Sequence[Alert]) -> None:
    """There is one alert for each message, and in it one decision for each other member."""
    seen: set[int] = set()
    others = len(room.members) - 1
    for alert in alerts:
        where = f"{room.title}, message {alert.number}"
        if not 1 <= alert.number <= len(room.authors):
            check.differs(f"{where}: decided, and never sent")
            continue
        if alert.number in seen:
            check.differs(f"{where}: decided twice")
        seen.add(alert.number)
        check.compared += others
        if alert.persons != others:
            check.differs(f"{where}: {alert.persons} people decided on, not {others}")
        author = room.authors[alert.number - 1]
        named = [decision.person for decision in alert.decisions]
        if len(set(named)) != len(named):
            check.differs(f"{where}: somebody is named twice: {sorted(named)}")
        for decision in (*alert.decisions, *alert.escalations):
            if decision.person == author or decision.person not in room.members:
                check.differs(f"{where}: decided for {decision.person!r}, who is the author or no member")
        if any(decision.surface == "UNSPECIFIED" for decision in (alert.common, *alert.decisions, *alert.escalations)):
            check.differs(f"{where}: a decision without a surface")
    missing = [number for number in range(1, len(room.authors) + 1) if number not in seen]
    for number in missing:
        check.differs(f"{room.title}, message {number}: no decision")


def check_surfaces(
    check: Check, room: RoomTruth, alerts: Sequence[Alert], connected: frozenset[str], fits: Fits
) -> None:
    """Each decision fits what the person was doing.

    Args:
        check: takes the result.
        room: the conversation.
        alerts: its alerts.
        connected: who of its members was attached.
        fits: `fits(person, number, decisions)` tells whether these decisions for a message can be right; the person
            is empty for all who were not attached and share the common decision.
    """
    for alert in alerts:
        if not 1 <= alert.number <= len(room.authors):
            continue
        author = room.authors[alert.number - 1]
        named = alert.by_person
        single = ((connected | named.keys()) & room.members) - {author}
        told = {person: named.get(person, [alert.common]) for person in single}
        if alike := len(room.members) - 1 - len(single):
            told[""] = [alert.common]
            check.compared += alike - 1
        for person, decisions in told.items():
            check.compared += 1
            if not fits(person, alert.number, decisions):
                words = ", then ".join(f"{decision.surface} ({decision.reason})" for decision in decisions)
                who = person or f"each of {alike} people who were not there"
                check.differs(f"{room.title}, message {alert.number}: {who} got {words}")


def pushes_of(room: RoomTruth, alerts: Sequence[Alert], owners: Mapping[str, str]) -> set[tuple[int, str]]:
    """The (number, device) pairs to which a decision sends a push; `owners` maps people to their device."""
    pushes: set[tuple[int, str]] = set()
    concerned = [(person, device) for person, device in owners.items() if person in room.members]
    for alert in alerts:
        if not 1 <= alert.number <= len(room.authors):
            continue
        author = room.authors[alert.number - 1]
        named = alert.by_person
        for person, device in concerned:
            decisions = named.get(person, (alert.common,))
            if person != author and any(decision.surface == "PUSH" for decision in decisions):
                pushes.add((alert.number, device))
    return pushes


def check_deliveries(
    check: Check,
    room: RoomTruth,
    pushes: set[tuple[int, str]],
    owners: Mapping[str, str],
    deliveries: Sequence[Delivery],
    written: Mapping[tuple[int, str], int],
    seen: Callable[[str, int], bool],
) -> None:
    """Decisions, delivery documents and what the stub sender wrote are the same pushes.

    Args:
        check: takes the result.
        room: the conversation.
        pushes: (number, device) of every push that was decided.
        owners: people to their device.
        deliveries: the delivery documents.
        written: how often the stub wrote each (number, device).
        seen: whether a person has read a message, or was looking at the conversation.
    """
    documents: set[tuple[int, str]] = set()
    sent: set[tuple[int, str]] = set()
    for delivery in deliveries:
        check.compared += 1
        key = (delivery.number, delivery.device)
        where = f"{room.title}, message {delivery.number} to {delivery.person} on {delivery.device}"
        if key in documents:
            check.differs(f"{where}: two deliveries")
        documents.add(key)
        if owners.get(delivery.person) != delivery.device:
            check.differs(f"{where}: a delivery to somebody else's device")
        if delivery.state == "SENT":
            sent.add(key)
        elif delivery.state == "COLLAPSED":
            continue
        elif delivery.state == "SUPPRESSED":
            if not seen(delivery.person, delivery.number):
                check.differs(f"{where}: suppressed, and neither read nor viewed")
        else:
            check.differs(f"{where}: the delivery is {delivery.state}")
    for what, found in (
        ("decided, and there is no delivery", pushes - documents),
        ("a delivery that was not decided", documents - pushes),
        ("sent, and not written by the stub", sent - written.keys()),
        ("written by the stub, and not sent", written.keys() - sent),
        ("written more than once", {key for key, times in written.items() if times > 1}),
    ):
        for number, device in sorted(found):
            check.differs(f"{room.title}, message {number} to {device}: {what}")


def check_banners(
    check: Check,
    room: RoomTruth,
    person: str,
    client: str,
    alerts: Mapping[int, Alert],
    received: Sequence[tuple[int, str]],
) -> None:
    """Every banner or browser notification was decided for that person and client, and came once.

    Args:
        check: takes the result.
        room: the conversation.
        person: who received them.
        client: the client that received them.
        alerts: by number.
        received: (number, surface) of each.
    """
    came: set[tuple[int, str]] = set()
    for number, surface in received:
        check.compared += 1
        where = f"{room.title}, message {number}: {surface} at {person}"
        if (number, surface) in came:
            check.differs(f"{where} came twice")
        came.add((number, surface))
        alert = alerts.get(number)
        if alert is None or not 1 <= number <= len(room.authors) or room.authors[number - 1] == person:
            check.differs(f"{where} for a message that has no decision for them")
            continue
        decisions = alert.by_person.get(person, [alert.common])
        if not any(decision.surface == surface and decision.client == client for decision in decisions):
            check.differs(f"{where} was decided as {decisions}")
