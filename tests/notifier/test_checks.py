"""Second looks, on a real database."""

import asyncio

import pytest

from services.chassis import mongo
from services.notifier.checks import CLAIM_MS
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
