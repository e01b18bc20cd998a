"""Second looks, on a real database."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from services.chassis import mongo
from services.notifier.checks import CLAIM_MS
from services.notifier.choices import Choices
from services.notifier.facts import Client, PushTiming, Surface, Tab
from services.notifier.outages import TRIES
from services.notifier.records import Alert, Device
from tests.conftest import ManualClock
from tests.notifier.parts import CONVERSATION, Parts, membership, message


@pytest.fixture
async def parts(database: mongo.Database, clock: ManualClock) -> Parts:
    made = await Parts(database, clock).prepare()
    await made.devices.put(Device("acme", "bob", "phone", "stub", "target-bob"))
    made.others.use("bob")
    await made.arbiter.apply([membership("ann", "bob", "cem"), message(clock)])
    return made


async def the_alert(parts: Parts) -> Alert:
    (alert,) = await parts.alerts.list(CONVERSATION, 0, 10)
    return alert


async def later(parts: Parts, person: str) -> list[Surface]:
    return [decision.surface for each, decision in (await the_alert(parts)).escalations if each == person]


def an_open_tab() -> tuple[Client, ...]:
    tab = Tab("t1", visible=True, focused=False, input_age_ms=0, conversation="")
    return (Client("laptop", may_notify=True, tabs=(tab,)),)


async def looked_at_every_second(parts: Parts, seconds: int) -> None:
    for _ in range(seconds):
        parts.clock.pass_ms(1_000)
        await parts.checks.step()


async def interrupted_by_a_transition(parts: Parts, person: str) -> None:
    """A look that loses its claim while what it has decided is carried out: somebody ceases to be active then."""

    async def gone(pushes: Any) -> None:
        await parts.checks.became_inactive("acme", {person: parts.clock() + 1})
        await dispatch(pushes)

    dispatch, parts.courier.dispatch = parts.courier.dispatch, gone  # type: ignore[method-assign]
    await parts.checks.step()
    parts.courier.dispatch = dispatch  # type: ignore[method-assign]


async def test_two_replicas_that_look_at_once_escalate_once(parts: Parts, clock: ManualClock) -> None:
    other = Parts(parts.database, clock, "other")
    parts.others.clients.clear()
    clock.pass_ms(30_000)
    await asyncio.gather(parts.checks.step(), other.checks.step(), parts.checks.step())
    alert = await the_alert(parts)
    assert [person for person, _ in alert.escalations] == ["bob"]
    assert alert.check_at_ms == 0
    await parts.send_queued()
    await other.send_queued()
    assert len(parts.sender.sent) + len(other.sender.sent) == 1


async def test_a_crash_between_the_escalation_and_its_delivery_is_made_good(parts: Parts, clock: ManualClock) -> None:
    async def crash(_: object) -> None:
        raise ConnectionError("the process died here")

    parts.others.clients.clear()
    clock.pass_ms(30_000)
    parts.courier.dispatch = crash  # type: ignore[assignment,method-assign]
    with pytest.raises(ConnectionError):
        await parts.checks.step()
    assert len((await the_alert(parts)).escalations) == 1
    other = Parts(parts.database, clock, "other")
    assert await other.checks.step() == 0
    clock.pass_ms(CLAIM_MS)
    assert await other.checks.step() == 1
    await other.send_queued()
    alert = await the_alert(parts)
    assert (len(alert.escalations), alert.check_at_ms, alert.unfinished) == (1, 0, False)
    assert await parts.states() == {"bob": ("SENT", "", 1)}


async def test_the_looks_grow_rarer_while_a_tab_stays_in_use_and_end_with_the_time_to_live(
    parts: Parts, clock: ManualClock
) -> None:
    for pause in (30_000, 30_000, 60_000, 120_000, 180_000, 180_000):
        clock.pass_ms(pause - 1)
        assert await parts.checks.step() == 0
        clock.pass_ms(1)
        assert await parts.checks.step() == 1
    clock.pass_ms(parts.limits.push_ttl_ms)
    assert await parts.checks.step() == 1
    alert = await the_alert(parts)
    assert (alert.check_at_ms, list(alert.escalations)) == (0, [])


async def test_while_unread_cannot_answer_a_look_is_put_off(parts: Parts, clock: ManualClock) -> None:
    parts.others.clients.clear()
    parts.others.pointers = None
    clock.pass_ms(30_000)
    assert await parts.checks.step() == 1
    parts.others.pointers = {}
    clock.pass_ms(2_000)
    assert await parts.checks.step() == 1
    assert len((await the_alert(parts)).escalations) == 1


@pytest.mark.parametrize("silent", ["unread", "presence"])
async def test_who_ceases_to_be_active_while_nobody_can_tell_more_is_looked_at_as_soon_as_somebody_can(
    parts: Parts, clock: ManualClock, silent: str
) -> None:
    # An earlier look has set the next one to a time that is far away.
    clock.pass_ms(60_000)
    await parts.checks.step()
    parts.others.clients.clear()
    parts.others.pointers = None if silent == "unread" else {}
    parts.others.known = silent != "presence"
    await parts.checks.became_inactive("acme", {"bob": clock()})
    for _ in range(3):
        assert await parts.checks.step() == 1
        clock.pass_ms(1_000)
    assert (await the_alert(parts)).escalations == []
    parts.others.pointers, parts.others.known = {}, True
    assert await parts.checks.step() == 1
    assert [person for person, _ in (await the_alert(parts)).escalations] == ["bob"]


async def test_who_ceases_to_be_active_before_an_unfinished_look_is_made_good_is_looked_at_at_once(
    parts: Parts, clock: ManualClock
) -> None:
    parts.others.use("cem")
    await parts.arbiter.apply([message(clock, 2)])
    parts.others.clients.pop("bob")
    await parts.checks.became_inactive("acme", {"bob": clock() + 1})

    async def gone_too(checks: object) -> None:
        parts.others.clients.clear()
        await parts.checks.became_inactive("acme", {"cem": clock() + 1})
        await dispatch(checks)  # type: ignore[arg-type]

    dispatch, parts.courier.dispatch = parts.courier.dispatch, gone_too  # type: ignore[assignment,method-assign]
    await parts.checks.step()
    parts.courier.dispatch = dispatch  # type: ignore[method-assign]
    for _ in range(2):
        await parts.checks.step()
    (alert,) = await parts.alerts.list(CONVERSATION, 2, 10)
    assert [person for person, _ in alert.escalations] == ["bob", "cem"]


async def decided_without_presence(database: mongo.Database, clock: ManualClock, **choices: Any) -> Parts:
    """A message that presence could tell nothing of; now bob, who chose these, has a tab open, and cem uses one."""
    parts = await Parts(database, clock).prepare()
    await parts.devices.put(Device("acme", "bob", "phone", "stub", "target-bob"))
    if choices:
        await parts.choices.update("acme", "bob", Choices(**choices), (), 0)
    parts.others.known = False
    await parts.arbiter.apply([membership("ann", "bob", "cem"), message(clock)])
    parts.others.known = True
    parts.others.clients["bob"] = an_open_tab()
    parts.others.use("cem")
    return parts


@pytest.mark.parametrize("delay_ms", [5_000, 45_000])
async def test_the_delay_that_somebody_chose_outlives_a_look_that_is_interrupted(
    database: mongo.Database, clock: ManualClock, delay_ms: int
) -> None:
    parts = await decided_without_presence(database, clock, escalation_delay_ms=delay_ms)
    clock.pass_ms(1_000)
    await interrupted_by_a_transition(parts, "cem")
    await parts.checks.step()
    await looked_at_every_second(parts, delay_ms // 1_000 - 1)
    assert await later(parts, "bob") == [Surface.BROWSER]
    await looked_at_every_second(parts, 1)
    assert await later(parts, "bob") == [Surface.BROWSER, Surface.PUSH]


async def test_who_was_looked_at_because_they_had_gone_is_so_no_more_when_the_look_is_interrupted(
    database: mongo.Database, clock: ManualClock
) -> None:
    parts = await decided_without_presence(database, clock)
    clock.pass_ms(100)
    await parts.checks.became_inactive("acme", {"bob": clock()})
    await interrupted_by_a_transition(parts, "cem")
    await parts.checks.step()
    await looked_at_every_second(parts, 29)
    assert await later(parts, "bob") == [Surface.BROWSER]
    await looked_at_every_second(parts, 1)
    assert await later(parts, "bob") == [Surface.BROWSER, Surface.PUSH]


async def test_a_transition_that_is_told_late_or_again_hurries_nothing_that_was_decided_later_after_it(
    database: mongo.Database, clock: ManualClock
) -> None:
    parts = await decided_without_presence(database, clock)
    clock.pass_ms(1_000)
    await parts.checks.step()
    await parts.checks.became_inactive("acme", {"bob": clock() - 500})
    await parts.checks.step()
    assert await later(parts, "bob") == [Surface.BROWSER]
    await parts.checks.became_inactive("acme", {"bob": clock() + 500})
    await parts.checks.step()
    assert await later(parts, "bob") == [Surface.BROWSER, Surface.PUSH]


async def test_who_was_shown_a_banner_is_hurried_although_the_clock_of_presence_is_behind(
    database: mongo.Database, clock: ManualClock
) -> None:
    parts = await decided_without_presence(database, clock)
    parts.others.use("bob")
    clock.pass_ms(1_000)
    await parts.checks.step()
    parts.others.clients.pop("bob")
    await parts.checks.became_inactive("acme", {"bob": clock() - 50})
    await parts.checks.step()
    assert await later(parts, "bob") == [Surface.BANNER, Surface.PUSH]


async def test_who_is_pushed_to_beside_the_banner_is_not_waited_for_when_the_look_is_interrupted(
    database: mongo.Database, clock: ManualClock
) -> None:
    parts = await decided_without_presence(database, clock, push_timing=PushTiming.ALWAYS)
    parts.others.use("bob")
    clock.pass_ms(1_000)
    await interrupted_by_a_transition(parts, "cem")
    await parts.checks.step()
    assert list((await the_alert(parts)).waiting) == ["cem"]


async def test_whom_an_interrupted_look_left_as_they_were_is_looked_at_again_at_once(
    parts: Parts, clock: ManualClock
) -> None:
    async def crash(_: object) -> None:
        raise ConnectionError("the process died here")

    parts.others.use("cem")
    await parts.arbiter.apply([message(clock, 2)])
    clock.pass_ms(30_000)
    parts.others.clients.pop("bob")
    parts.courier.dispatch = crash  # type: ignore[assignment,method-assign]
    with pytest.raises(ConnectionError):
        await parts.checks.step()
    other = Parts(parts.database, clock, "other")
    clock.pass_ms(CLAIM_MS)
    for _ in range(2):
        await other.checks.step()
    (alert,) = await parts.alerts.list(CONVERSATION, 2, 10)
    assert [person for person, _ in alert.escalations] == ["bob", "cem"]


async def test_who_is_told_although_unread_says_nothing_has_the_delay_before_them(
    database: mongo.Database, clock: ManualClock
) -> None:
    parts = await Parts(database, clock).prepare()
    await parts.devices.put(Device("acme", "bob", "phone", "stub", "target-bob"))
    parts.others.clients["bob"] = an_open_tab()
    parts.others.use("cem", conversation=CONVERSATION)
    parts.others.pointers = None
    await parts.arbiter.apply([membership("ann", "bob", "cem"), message(clock)])
    while await later(parts, "bob") == []:
        await looked_at_every_second(parts, 1)
    parts.others.pointers = {}
    await looked_at_every_second(parts, 29)
    assert await later(parts, "bob") == [Surface.BROWSER]
    await looked_at_every_second(parts, 1)
    assert await later(parts, "bob") == [Surface.BROWSER, Surface.PUSH]


async def test_who_had_to_wait_for_presence_waits_for_unread_from_its_silence_on_but_not_for_ever(
    database: mongo.Database, clock: ManualClock
) -> None:
    parts = await decided_without_presence(database, clock)
    patience = parts.limits.patience_ms // 1_000
    for _ in range(2):
        parts.others.known, parts.others.pointers = True, None
        await looked_at_every_second(parts, patience)
        # Unread answers for once, when presence does not.
        parts.others.known, parts.others.pointers = False, {}
        await looked_at_every_second(parts, 1)
    assert await later(parts, "bob") == []
    parts.others.known, parts.others.pointers = True, None
    await looked_at_every_second(parts, patience)
    assert await later(parts, "bob") == []
    await looked_at_every_second(parts, 1)
    assert await later(parts, "bob") == [Surface.BROWSER]


async def test_the_delay_that_somebody_chose_counts_from_the_decision_that_had_to_wait(
    database: mongo.Database, clock: ManualClock
) -> None:
    parts = await Parts(database, clock).prepare()
    await parts.devices.put(Device("acme", "bob", "phone", "stub", "target-bob"))
    tab = Tab("t1", visible=True, focused=False, input_age_ms=0, conversation="")
    parts.others.clients = {"bob": (Client("laptop", may_notify=True, tabs=(tab,)),)}
    await parts.choices.update("acme", "bob", Choices(escalation_delay_ms=5_000), (), 0)
    parts.others.known = False
    await parts.arbiter.apply([membership("ann", "bob"), message(clock)])
    clock.pass_ms(1_000)
    await parts.checks.step()
    parts.others.known = True
    surfaces = []
    for pause in (1_000, 4_999, 1):
        clock.pass_ms(pause)
        await parts.checks.step()
        surfaces.append([decision.surface for _, decision in (await the_alert(parts)).escalations])
    assert surfaces == [[Surface.BROWSER], [Surface.BROWSER], [Surface.BROWSER, Surface.PUSH]]


async def test_a_presence_store_that_was_emptied_sets_off_no_storm(parts: Parts, clock: ManualClock) -> None:
    parts.others.known = False
    clock.pass_ms(30_000)
    assert await parts.checks.step() == 1
    assert (await the_alert(parts)).escalations == []
    # One lease later everybody is known again, and bob still uses his tab.
    parts.others.known = True
    clock.pass_ms(30_000)
    assert await parts.checks.step() == 1
    alert = await the_alert(parts)
    assert (list(alert.escalations), alert.unknown_since_ms) == ([], 0)


async def test_a_presence_that_stays_away_holds_nothing_back_for_ever(parts: Parts, clock: ManualClock) -> None:
    parts.others.known = False
    for _ in range(2):
        clock.pass_ms(30_000)
        assert await parts.checks.step() == 1
    assert [person for person, _ in (await the_alert(parts)).escalations] == ["bob"]
    await parts.send_queued()
    assert await parts.states() == {"bob": ("SENT", "", 1)}


async def test_who_ceases_to_be_active_before_the_decision_is_written_is_pushed_to_at_once(
    parts: Parts, clock: ManualClock
) -> None:
    insert = parts.alerts.insert

    async def slowly(alerts: Sequence[Alert]) -> set[str]:
        # Bob was seen in his tab; the transition finds nothing that waits for him.
        parts.others.clients.clear()
        await parts.checks.became_inactive("acme", {"bob": clock() + 1})
        return await insert(alerts)

    await parts.glances.step(parts.checks.became_inactive)
    parts.alerts.insert = slowly  # type: ignore[method-assign]
    await parts.arbiter.apply([message(clock, 2)])
    assert await parts.checks.step() == 1
    assert [alert.escalations for alert in await parts.alerts.list(CONVERSATION, 2, 10)] == [[]]
    await parts.glances.step(parts.checks.became_inactive)
    assert await parts.checks.step() == 1
    await parts.send_queued()
    assert {push.content.number for push in parts.sender.sent} == {1, 2}


async def test_who_is_still_active_is_not_hurried_by_the_glance(parts: Parts) -> None:
    await parts.glances.step(parts.checks.became_inactive)
    assert await parts.checks.step() == 0


async def test_a_glance_leaves_alone_what_was_decided_when_somebody_had_gone(parts: Parts, clock: ManualClock) -> None:
    (laptop,) = parts.others.clients["bob"]
    tabs = tuple(replace(tab, focused=False) for tab in laptop.tabs)
    parts.others.clients["bob"] = (replace(laptop, may_notify=True, tabs=tabs),)
    clock.pass_ms(100)
    await parts.arbiter.apply([message(clock, 2)])
    await parts.glances.step(parts.checks.became_inactive)
    await parts.checks.step()
    alerts = await parts.alerts.list(CONVERSATION, 0, 10)
    assert {alert.content.number: len(alert.escalations) for alert in alerts} == {1: 1, 2: 0}
    assert alerts[1].of("bob").surface is Surface.BROWSER


async def test_a_glance_waits_until_presence_can_tell(parts: Parts) -> None:
    parts.others.known = False
    await parts.glances.step(parts.checks.became_inactive)
    assert await parts.checks.step() == 0
    parts.others.known = True
    parts.others.clients.clear()
    await parts.glances.step(parts.checks.became_inactive)
    assert await parts.checks.step() == 1


async def test_each_person_is_looked_at_after_their_own_delay(database: mongo.Database, clock: ManualClock) -> None:
    parts = await Parts(database, clock).prepare()
    for person, delay in (("bob", 10_000), ("cem", 0), ("dan", 60_000)):
        await parts.devices.put(Device("acme", person, "phone", "stub", f"target-{person}"))
        parts.others.use(person)
        if delay:
            await parts.choices.update("acme", person, Choices(escalation_delay_ms=delay), (), 0)
    await parts.arbiter.apply([membership("ann", "bob", "cem", "dan"), message(clock)])
    parts.others.clients.clear()
    pushed = []
    for pause, expected in ((10_000, ["bob"]), (20_000, ["bob", "cem"]), (30_000, ["bob", "cem", "dan"])):
        clock.pass_ms(pause - 1)
        assert await parts.checks.step() == 0
        clock.pass_ms(1)
        assert await parts.checks.step() == 1
        pushed = [person for person, _ in (await the_alert(parts)).escalations]
        assert pushed == expected


async def test_a_poisoned_alert_holds_up_no_other_and_is_given_up_in_the_end(parts: Parts, clock: ManualClock) -> None:
    await parts.arbiter.apply([message(clock, number) for number in (2, 3)])
    parts.others.clients.clear()
    decide = parts.checks._decide

    def poisoned(outcome: Any, *rest: Any) -> None:
        if outcome.alert.content.number == 2:
            raise ValueError("no decision that anybody knows")
        decide(outcome, *rest)

    parts.checks._decide = poisoned  # type: ignore[assignment,method-assign]
    clock.pass_ms(30_000)
    await parts.checks.step()
    alerts = await parts.alerts.list(CONVERSATION, 0, 10)
    assert [(alert.content.number, len(alert.escalations)) for alert in alerts] == [(1, 1), (2, 0), (3, 1)]
    for _ in range(TRIES - 1):
        assert parts.registry.get_sample_value("checks_given_up_total") == 0
        assert await parts.checks.step() == 0
        clock.pass_ms(CLAIM_MS)
        assert await parts.checks.step() == 1
    assert parts.registry.get_sample_value("checks_given_up_total") == 1
    alert = (await parts.alerts.list(CONVERSATION, 0, 10))[1]
    assert (alert.check_at_ms, alert.given_up) == (0, "ValueError: no decision that anybody knows")
    clock.pass_ms(600_000)
    assert await parts.checks.step() == 0


async def test_an_alert_that_fails_once_is_looked_at_again_as_if_nothing_had_been(
    parts: Parts, clock: ManualClock
) -> None:
    parts.others.clients.clear()
    look, fails = parts.checks._look, [True, True]

    async def once(*arguments: Any) -> Any:
        if fails and fails.pop():
            raise KeyError("a moment of weakness")
        return await look(*arguments)

    parts.checks._look = once  # type: ignore[assignment,method-assign]
    clock.pass_ms(30_000)
    await parts.checks.step()
    assert list((await the_alert(parts)).escalations) == []
    clock.pass_ms(CLAIM_MS)
    await parts.checks.step()
    await parts.send_queued()
    assert await parts.states() == {"bob": ("SENT", "", 1)}


async def test_an_alert_that_this_replica_cannot_read_is_left_to_others_and_holds_up_none(
    parts: Parts, clock: ManualClock
) -> None:
    await parts.arbiter.apply([message(clock, 2)])
    parts.others.clients.clear()
    newer = {"conversation": CONVERSATION, "number": 1}
    await parts.database["alerts"].update_one(newer, {"$set": {"common.reason": "OF_A_NEWER_REPLICA"}})
    clock.pass_ms(30_000)
    await parts.checks.step()
    await parts.send_queued()
    assert [push.content.number for push in parts.sender.sent] == [2]
    # Here comes the newer replica.
    await parts.database["alerts"].update_one(newer, {"$set": {"common.reason": "AWAY"}})
    clock.pass_ms(CLAIM_MS)
    await parts.checks.step()
    await parts.send_queued()
    assert [push.content.number for push in parts.sender.sent] == [2, 1]


async def test_who_has_no_device_keeps_the_browser_notification(parts: Parts, clock: ManualClock) -> None:
    away = Tab("t1", visible=True, focused=False, input_age_ms=0, conversation="")
    browser = Client("laptop", may_notify=True, tabs=(away,))
    parts.others.clients = {"bob": (browser,), "cem": (browser,)}
    await parts.arbiter.apply([message(clock, 2)])
    clock.pass_ms(30_000)
    await parts.checks.step()
    (alert,) = await parts.alerts.list(CONVERSATION, 2, 10)
    assert [person for person, _ in alert.escalations] == ["bob"]
    assert list(alert.waiting) == ["cem"]


async def test_who_ceases_to_be_active_while_somebody_looks_is_looked_at_again(
    parts: Parts, clock: ManualClock
) -> None:
    clock.pass_ms(30_000)
    looks = parts.checks._look

    async def look(*arguments: Any) -> Any:
        outcomes = await looks(*arguments)
        parts.others.clients.clear()
        await parts.checks.became_inactive("acme", {"bob": clock()})
        return outcomes

    parts.checks._look = look  # type: ignore[assignment,method-assign]
    await parts.checks.step()
    parts.checks._look = looks  # type: ignore[method-assign]
    assert await parts.checks.step() == 1
    assert [person for person, _ in (await the_alert(parts)).escalations] == ["bob"]


async def test_a_transition_that_is_told_late_or_again_hurries_nothing_that_was_decided_after_it(
    parts: Parts, clock: ManualClock
) -> None:
    away = Tab("t1", visible=True, focused=False, input_age_ms=0, conversation="")
    parts.others.clients = {"bob": (Client("laptop", may_notify=True, tabs=(away,)),)}
    clock.pass_ms(100)
    left_at = clock()
    clock.pass_ms(100)
    await parts.arbiter.apply([message(clock, 2)])
    await parts.checks.became_inactive("acme", {"bob": left_at})
    await parts.checks.step()
    earlier, later = await parts.alerts.list(CONVERSATION, 0, 10)
    assert (list(later.waiting), list(later.escalations)) == (["bob"], [])
    # What had been shown to him before is pushed.
    assert [person for person, _ in earlier.escalations] == ["bob"]
