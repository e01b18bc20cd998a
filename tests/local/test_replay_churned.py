"""The comparisons of a room in which people also edit, delete, come, go and mute: right passes, wrong is found."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from local.replay.alerts import Alert, Decision, Delivery
from local.replay.checks import check_alerts, check_badges, check_deliveries, check_log, check_surfaces, pushes_of
from local.replay.fit import Facts
from local.replay.ledger import Ledger
from local.replay.said import EVERYONE, Mention
from local.replay.steps import Add, Delete, Edit, Leave, MarkRead, Mute
from local.replay.truth import Check, Count, RoomTruth, Told, expected_badges, total

AT = "g_room"
AWAY = Decision("", "PUSH", "AWAY")
OWNERS = {"eve": "phone-eve", "dora": "phone-dora"}


def ledger() -> Ledger:
    """Six messages of ann's: bob, cem, dora and eve hear her; fay joins before the second.

    The first was edited to mention cem, the second was deleted; dora leaves after the third and is back before the
    fifth; eve mutes after the third; the fourth is for everyone; cem has read four.
    """
    made = Ledger("room", ["ann", "bob", "cem", "dora", "eve"])

    def say(number: int, revision: int, mentions: frozenset[str] = frozenset()) -> None:
        made.sent(Told(number, "ann", f"text {number}", f"line-{number}", mentions), revision)

    say(1, 2)
    made.changed(Add("fay", "ann"), 3)
    say(2, 4)
    made.changed(Edit(1, "ann", (Mention("cem"), " see")), 5)
    made.changed(Delete(2, "ann"), 6)
    say(3, 7)
    made.changed(Leave("dora"), 8)
    made.changed(Mute("eve", None))
    say(4, 9, frozenset({EVERYONE}))
    made.changed(MarkRead("cem", 4))
    made.changed(Add("dora", "bob"), 10)
    say(5, 11)
    say(6, 12)
    return made


ROOM = ledger().truth()
BADGES = {
    "ann": Count(),
    "bob": Count(5, 1),
    "cem": Count(2),
    "dora": Count(2),
    "eve": Count(5, 1, muted=True),
    "fay": Count(4, 1),
}


def test_everybodys_badge_is_as_counted_by_hand() -> None:
    for person, badge in BADGES.items():
        assert expected_badges({AT: ROOM}, {}, person) == {AT: badge}
    gone = ledger()
    gone.changed(Leave("bob"), 13)
    assert expected_badges({AT: gone.truth()}, {}, "bob") == {}


@pytest.mark.parametrize(
    ("person", "shown", "shown_total"),
    [
        ("bob", Count(6, 1), Count(6, 1)),  # the deleted one is still counted
        ("bob", Count(5, 0), Count(5, 0)),  # a mention of everyone is lost
        ("cem", Count(2, 1), Count(2, 1)),  # a mention that was read is still counted
        ("dora", Count(3), Count(3)),  # what was sent while they were away
        ("dora", Count(5, 1), Count(5, 1)),  # the pointer from before the leave
        ("eve", Count(5, 1, muted=True), Count(5, 1)),  # the total counts what is muted
        ("eve", Count(5, 1), Count()),  # the badge does not say so
        ("fay", Count(5, 1), Count(5, 1)),  # what was sent before they joined
        ("ann", Count(1), Count(1)),  # her own
    ],
)
def test_a_wrong_badge_is_found(person: str, shown: Count, shown_total: Count) -> None:
    expected = expected_badges({AT: ROOM}, {}, person)
    right, wrong = Check("right"), Check("wrong")
    check_badges(right, person, expected, {AT: BADGES[person]}, total([BADGES[person]]))
    check_badges(wrong, person, expected, {AT: shown}, shown_total)
    assert right.ok
    assert not wrong.ok


def test_the_badge_of_who_has_left_is_found() -> None:
    check = Check("left")
    check_badges(check, "dora", {}, {AT: Count(1)}, Count(1))
    assert check.wrong == 2


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        (1, {"text": "text 1"}),
        (1, {"mentions": frozenset()}),
        (2, {"text": "text 2"}),
        (2, {"deleted": False}),
        (3, {"deleted": True, "text": ""}),
        (4, {"mentions": frozenset({"bob"})}),
    ],
)
def test_a_log_without_an_edit_or_with_a_deleted_text_is_found(number: int, wrong: dict[str, object]) -> None:
    told = ledger().told
    listed = [replace(entry, **wrong) if entry.number == number else entry for entry in told]  # type: ignore[arg-type]
    right, check = Check("right"), Check("wrong")
    check_log(right, "room", told, told)
    check_log(check, "room", told, listed)
    assert right.ok
    assert check.wrong == 1


def alerts() -> list[Alert]:
    """As of each message: five others, but four at the first and while dora is away."""
    persons = {1: 4, 2: 5, 3: 5, 4: 4, 5: 5, 6: 5}
    return [Alert(number, ROOM.revision(number), count, AWAY) for number, count in persons.items()]


def wrong_alerts(number: int, **what: object) -> int:
    found = [replace(alert, **what) if alert.number == number else alert for alert in alerts()]  # type: ignore[arg-type]
    check = Check("alerts")
    check_alerts(check, ROOM, found)
    return check.wrong


def test_decisions_are_about_the_members_at_the_message_or_at_a_later_moment() -> None:
    assert wrong_alerts(1) == 0
    assert wrong_alerts(1, persons=5) == 0
    assert wrong_alerts(3, persons=4) == 0
    assert wrong_alerts(1, persons=3) == 1
    assert wrong_alerts(5, persons=4) == 1
    assert wrong_alerts(3, decisions=(Decision("dora", "NONE", "NOT_A_MEMBER"),)) == 0
    assert wrong_alerts(4, decisions=(Decision("zoe", "PUSH", "AWAY"),)) == 1
    assert wrong_alerts(6, decisions=(Decision("ann", "PUSH", "AWAY"),)) == 1


def test_a_decision_for_who_is_gone_for_good_is_found() -> None:
    gone = ledger()
    gone.changed(Leave("bob"), 13)
    gone.sent(Told(7, "ann", "text 7", "line-7"), 14)
    room = gone.truth()
    check = Check("alerts")
    check_alerts(check, room, [*alerts(), Alert(7, 14, 4, AWAY, (Decision("bob", "PUSH", "AWAY"),))])
    assert check.differences == ["room, message 7: decided for 'bob', who is the author or no member"]


def wrong_surfaces(number: int, *decisions: Decision, common: Decision = AWAY, room: RoomTruth = ROOM) -> int:
    facts = Facts(0, {}, frozenset(), room.highest, room)
    check = Check("surfaces")
    check_surfaces(check, room, [Alert(number, 0, 5, common, decisions)], frozenset(), facts.fits)
    return check.wrong


def test_the_usual_decision_is_right_for_everybody() -> None:
    assert [wrong_surfaces(number) for number in range(1, 7)] == [0] * 6


@pytest.mark.parametrize(
    ("number", "person", "reason", "right"),
    [
        (2, "bob", "DELETED", True),
        (3, "bob", "DELETED", False),
        (3, "eve", "MUTED", True),
        (3, "bob", "MUTED", False),
        (3, "dora", "NOT_A_MEMBER", True),
        (3, "bob", "NOT_A_MEMBER", False),
        (4, "cem", "READ", True),
        (5, "cem", "READ", False),
        (3, "dora", "READ", True),
        (5, "dora", "READ", False),
        (3, "bob", "VIEWING", False),
    ],
)
def test_nobody_is_left_out_without_a_cause(number: int, person: str, reason: str, right: bool) -> None:
    assert wrong_surfaces(number, Decision(person, "NONE", reason)) == (not right)


def test_a_common_decision_without_a_cause_is_found_for_those_who_only_listened() -> None:
    assert wrong_surfaces(3, common=Decision("", "NONE", "NOT_A_MEMBER")) > 0
    assert wrong_surfaces(2, common=Decision("", "NONE", "DELETED")) == 0


def test_who_had_muted_may_be_told_later_of_a_mention_and_nobody_else_twice() -> None:
    facts = Facts(0, {}, frozenset(), ROOM.highest, ROOM)
    twice = [Decision("", "NONE", "MUTED"), Decision("", "PUSH", "AWAY")]
    assert facts.fits("eve", 4, twice)
    assert not facts.fits("bob", 4, [AWAY, AWAY])


Spoil = Callable[[list[Delivery]], Sequence[Delivery]]


def wrong_deliveries(spoil: Spoil) -> int:
    """The right pushes: five to eve, as many to dora, who may or may not be told of what came before she left."""
    facts = Facts(0, {}, frozenset(), ROOM.highest, ROOM)
    deliveries = [Delivery(number, "eve", "phone-eve", "SENT") for number in range(1, 7)]
    deliveries += [Delivery(number, "dora", "phone-dora", "SENT") for number in (1, 5, 6)]
    spoiled = spoil(deliveries)
    written = {(one.number, one.device): 1 for one in spoiled if one.state == "SENT" and not one.collapsed}
    check = Check("deliveries")
    check_deliveries(check, ROOM, pushes_of(ROOM, alerts(), OWNERS), OWNERS, spoiled, written, facts.seen)
    return check.wrong


def state(number: int, person: str, **what: object) -> Spoil:
    return lambda all_: [
        replace(one, **what) if (one.number, one.person) == (number, person) else one  # type: ignore[arg-type]
        for one in all_
    ]


def without(number: int, person: str) -> Spoil:
    return lambda all_: [one for one in all_ if (one.number, one.person) != (number, person)]


@pytest.mark.parametrize(
    ("spoil", "wrong"),
    [
        (list, 0),
        (without(1, "dora"), 0),  # whether she was still there is not said
        (without(5, "dora"), 1),
        (without(1, "eve"), 1),
        (state(2, "eve", state="SUPPRESSED"), 0),  # deleted, and muted
        (state(5, "dora", state="SUPPRESSED"), 0),  # she had left, as far as is known
        (state(1, "eve", collapsed=True), 0),
        (lambda all_: [*all_, Delivery(4, "bob", "phone-eve", "SENT")], 2),
    ],
)
def test_deliveries_are_those_of_the_decisions(spoil: Spoil, wrong: int) -> None:
    assert wrong_deliveries(spoil) == wrong


def test_a_push_that_another_one_stood_for_must_not_be_written_too() -> None:
    facts = Facts(0, {}, frozenset(), ROOM.highest, ROOM)
    check = Check("deliveries")
    one = Delivery(1, "eve", "phone-eve", "SENT", collapsed=True)
    check_deliveries(check, ROOM, ({(1, "phone-eve")}, set()), OWNERS, [one], {(1, "phone-eve"): 1}, facts.seen)
    assert check.differences == ["room, message 1 to phone-eve: written by the stub, and not sent"]
