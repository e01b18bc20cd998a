from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.replay.alerts import Alert, Decision, Delivery
from local.replay.fit import Facts
from local.replay.truth import recount
from tests.local.replay_world import CLIENT, TAB, World, example, worlds

Spoil = Callable[[World], object]


@settings(deadline=None)
@given(worlds())
def test_a_right_world_passes_every_check(world: World) -> None:
    assert world.failing() == set()
    assert all(check.compared for check in world.compare().values())


def lose_message(world: World) -> None:
    world.listed.pop(3)


def lose_last_message(world: World) -> None:
    world.listed.pop()


def double_message(world: World) -> None:
    world.listed.insert(4, replace(world.listed[3], number=5))


def swap_messages(world: World) -> None:
    first, second = world.listed[1], world.listed[2]
    world.listed[1:3] = [replace(second, number=first.number), replace(first, number=second.number)]


def leave_gap(world: World) -> None:
    world.listed[-1] = replace(world.listed[-1], number=world.listed[-1].number + 1)


def change_text(world: World) -> None:
    world.listed[2] = replace(world.listed[2], text="something else")


def change_author(world: World) -> None:
    world.listed[2] = replace(world.listed[2], author="somebody else")


def change_key(world: World) -> None:
    world.listed[2] = replace(world.listed[2], client_key="line-99")


def answer_wrong_number(world: World) -> None:
    world.sent[2] = replace(world.sent[2], number=9)


def raise_badge(world: World) -> None:
    world.badges["person 1"] += 1


def forget_badge(world: World) -> None:
    world.badges["person 11"] = 0


def wrong_total(world: World) -> None:
    world.totals["person 5"] -= 1


def lose_read(world: World) -> None:
    world.badges["person 0"] = recount(world.room.authors, "person 0", 0)


def lose_decisions(world: World) -> None:
    world.alerts.pop(6)


def decide_twice(world: World) -> None:
    world.alerts.append(replace(world.alerts[2], revision=99))


def decide_nothing_sent(world: World) -> None:
    world.alerts.append(replace(world.alerts[2], number=13, revision=14))


def forget_person(world: World) -> None:
    world.change_alert(2, persons=world.alerts[2].persons - 1)


def decide_for_author(world: World) -> None:
    alert = world.alerts[0]
    author = world.room.authors[0]
    world.change_alert(0, decisions=(*alert.decisions, Decision(author, "NONE", "AUTHOR")))


def decide_for_stranger(world: World) -> None:
    alert = world.alerts[0]
    world.change_alert(0, escalations=(*alert.escalations, Decision("stranger", "PUSH", "AWAY")))


def name_twice(world: World) -> None:
    alert = world.alerts[1]
    world.change_alert(1, decisions=(*alert.decisions, alert.decisions[0]))


def no_surface(world: World) -> None:
    world.change_alert(1, common=Decision("", "UNSPECIFIED", "UNSPECIFIED"))


def tell_nobody(world: World) -> None:
    world.change_alert(1, common=Decision("", "NONE", "VIEWING"))


def forget_waiting(world: World) -> None:
    world.change_alert(1, common=Decision("", "NONE", "PRESENCE_UNKNOWN"))


def read_by_nobody(world: World) -> None:
    alert = world.alerts[-1]
    read = tuple(replace(decision, surface="NONE", reason="READ") for decision in alert.decisions)
    world.change_alert(-1, decisions=read)


def push_at_viewer(world: World) -> None:
    alert = world.alerts[1]
    world.change_alert(1, escalations=(*alert.escalations, Decision("person 1", "PUSH", "AWAY")))


def lose_delivery(world: World) -> None:
    world.deliveries.pop(2)


def double_delivery(world: World) -> None:
    world.deliveries.append(world.deliveries[2])


def extra_delivery(world: World) -> None:
    author = next(person for person in world.devices if person in world.room.authors)
    number = world.room.authors.index(author) + 1
    world.deliveries.append(Delivery(number, author, world.devices[author], "SENT"))
    world.written[number, world.devices[author]] += 1


def wrong_device(world: World) -> None:
    world.deliveries[2] = replace(world.deliveries[2], person="person 0")


def pending_delivery(world: World) -> None:
    delivery = world.deliveries[2]
    world.deliveries[2] = replace(delivery, state="PENDING")
    del world.written[delivery.number, delivery.device]


def dead_delivery(world: World) -> None:
    delivery = world.deliveries[2]
    world.deliveries[2] = replace(delivery, state="DEAD")
    del world.written[delivery.number, delivery.device]


def suppress_unread(world: World) -> None:
    delivery = world.deliveries[2]
    world.deliveries[2] = replace(delivery, state="SUPPRESSED")
    del world.written[delivery.number, delivery.device]


def forget_to_push(world: World) -> None:
    del world.written[world.deliveries[2].number, world.deliveries[2].device]


def push_twice(world: World) -> None:
    world.written[world.deliveries[2].number, world.deliveries[2].device] += 1


def push_suppressed(world: World) -> None:
    world.reads[world.deliveries[2].person] = len(world.room.authors)
    world.badges[world.deliveries[2].person] = world.totals[world.deliveries[2].person] = 0
    world.deliveries[2] = replace(world.deliveries[2], state="SUPPRESSED")


def push_strange_device(world: World) -> None:
    world.written[2, "?"] += 1


def show_twice(world: World) -> None:
    world.banners["person 2"].append(world.banners["person 2"][0])


def show_undecided(world: World) -> None:
    world.banners["person 1"] = [(2, "BANNER")]


def show_own(world: World) -> None:
    world.banners["person 3"].append((world.room.authors.index("person 3") + 1, "BROWSER"))


def show_never_sent(world: World) -> None:
    world.banners["person 2"].append((99, "BANNER"))


def show_other_surface(world: World) -> None:
    number, _ = world.banners["person 2"][0]
    world.banners["person 2"][0] = (number, "BROWSER")


def show_elsewhere(world: World) -> None:
    alert = world.alerts[0]
    elsewhere = tuple(
        replace(decision, client="other") if decision.surface == "BROWSER" else decision for decision in alert.decisions
    )
    world.change_alert(0, decisions=elsewhere)


@pytest.mark.parametrize(
    ("spoil", "caught_by"),
    [
        (lose_message, "log"),
        (lose_last_message, "log"),
        (double_message, "log"),
        (swap_messages, "log"),
        (leave_gap, "log"),
        (change_text, "log"),
        (change_author, "log"),
        (change_key, "log"),
        (answer_wrong_number, "log"),
        (raise_badge, "badges"),
        (forget_badge, "badges"),
        (wrong_total, "badges"),
        (lose_read, "badges"),
        (lose_decisions, "alerts"),
        (decide_twice, "alerts"),
        (decide_nothing_sent, "alerts"),
        (forget_person, "alerts"),
        (decide_for_author, "alerts"),
        (decide_for_stranger, "alerts"),
        (name_twice, "alerts"),
        (no_surface, "alerts"),
        (tell_nobody, "surfaces"),
        (forget_waiting, "surfaces"),
        (read_by_nobody, "surfaces"),
        (push_at_viewer, "surfaces"),
        (lose_delivery, "deliveries"),
        (double_delivery, "deliveries"),
        (extra_delivery, "deliveries"),
        (wrong_device, "deliveries"),
        (pending_delivery, "deliveries"),
        (dead_delivery, "deliveries"),
        (suppress_unread, "deliveries"),
        (forget_to_push, "deliveries"),
        (push_twice, "deliveries"),
        (push_suppressed, "deliveries"),
        (push_strange_device, "deliveries"),
        (show_twice, "banners"),
        (show_undecided, "banners"),
        (show_own, "banners"),
        (show_never_sent, "banners"),
        (show_other_surface, "banners"),
        (show_elsewhere, "banners"),
    ],
)
def test_each_seeded_bug_is_caught(spoil: Spoil, caught_by: str) -> None:
    world = example()
    spoil(world)
    assert caught_by in world.failing()
    check = world.compare()[caught_by]
    assert check.differences
    assert check.wrong >= len(check.differences)


@settings(deadline=None)
@given(worlds(), st.data())
def test_any_wrong_badge_is_caught(world: World, data: st.DataObject) -> None:
    person = data.draw(st.sampled_from(sorted(world.room.members)))
    world.badges[person] += data.draw(st.integers(min_value=1, max_value=9))
    assert world.failing() == {"badges"}


@settings(deadline=None)
@given(worlds(), st.data())
def test_any_lost_or_doubled_delivery_is_caught(world: World, data: st.DataObject) -> None:
    if not world.deliveries:
        return
    delivery = data.draw(st.sampled_from(world.deliveries))
    if data.draw(st.booleans()):
        world.deliveries.remove(delivery)
    else:
        world.deliveries.append(delivery)
    assert world.failing() == {"deliveries"}


@settings(deadline=None)
@given(worlds(), st.data())
def test_any_lost_alert_is_caught_by_its_own_check_and_by_that_of_the_pushes(world: World, data: st.DataObject) -> None:
    alert = data.draw(st.sampled_from(world.alerts))
    world.alerts.remove(alert)
    assert "alerts" in world.failing()
    if any(delivery.number == alert.number for delivery in world.deliveries):
        assert "deliveries" in world.failing()


def test_a_decision_that_waited_for_presence_is_right_once_the_push_has_followed() -> None:
    world = example()
    alert = world.alerts[1]
    author = world.room.authors[1]
    there = {*world.roles, author}
    late = tuple(Decision(person, "PUSH", "AWAY") for person in sorted(world.room.members - there))
    world.change_alert(1, common=Decision("", "NONE", "PRESENCE_UNKNOWN"), escalations=(*alert.escalations, *late))
    assert world.failing() == set()


def test_all_is_possible_for_somebody_whose_lease_broke() -> None:
    world = example()
    facts = Facts(0, world.roles, frozenset(), {}, world.room)
    assert facts.fits("person 1", 3, [Decision("person 1", "PUSH", "AWAY")])
    assert not facts.fits("", 3, [Decision("", "NONE", "VIEWING")])


def test_differences_are_counted_beyond_those_that_are_told() -> None:
    world = example()
    world.listed.clear()
    world.sent *= 4
    check = world.compare()["log"]
    assert check.wrong == 48
    assert len(check.differences) == 20


def test_a_recount_leaves_out_what_is_read_and_what_is_ones_own() -> None:
    authors = ["ann", "bob", "ann", "cem", "bob"]
    assert recount(authors, "ann", 0) == 3
    assert recount(authors, "ann", 2) == 2
    assert recount(authors, "bob", 4) == 0
    assert recount(authors, "dora", 0) == 5
    assert recount([], "dora", 0) == 0


def test_named_people_have_all_their_decisions_in_order() -> None:
    common = Decision("", "PUSH", "AWAY")
    banner = Decision("ann", "BANNER", "TAB_IN_USE", CLIENT, TAB)
    later = Decision("ann", "PUSH", "AWAY")
    other = Decision("bob", "PUSH", "AWAY")
    alert = Alert(1, 2, 3, common, (banner,), (other, later))
    assert alert.by_person == {"ann": [banner, later], "bob": [common, other]}
