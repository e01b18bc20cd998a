"""The life of a delivery, on a real database."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import prometheus_client
import pytest

from services.chassis import mongo
from services.notifier.consumer import Events
from services.notifier.courier import CLAIM_MS
from services.notifier.metrics import Metrics
from services.notifier.outages import TRIES
from services.notifier.records import Delivery, DeliveryState, Device, Event, Message, Pointer
from services.notifier.retention import DAY_MS, forget_old
from services.notifier.senders import WEB_PUSH, Outcome, Result
from services.notifier.stores.deliveries import ANSWERS
from tests.conftest import ManualClock
from tests.notifier.parts import CONVERSATION, Parts, membership, message


@pytest.fixture
async def parts(database: mongo.Database, clock: ManualClock) -> Parts:
    made = await Parts(database, clock).prepare()
    for person in ("bob", "cem"):
        await made.devices.put(Device("acme", person, "phone", "stub", f"target-{person}"))
    return made


async def test_the_decision_is_durable_before_anything_is_sent_and_the_delivery_before_it_is_tried(
    parts: Parts,
) -> None:
    seen: list[int] = []
    original = parts.deliveries.insert

    async def insert(deliveries: Sequence[Delivery]) -> set[str]:
        seen.append(await parts.database["alerts"].count_documents({}))
        return await original(deliveries)

    parts.deliveries.insert = insert  # type: ignore[method-assign]
    await parts.arbiter.apply([membership("ann", "bob"), message(parts.clock)])
    assert seen == [1]
    assert parts.sender.sent == []
    assert await parts.states() == {"bob": ("PENDING", "", 1)}
    await parts.send_queued()
    assert await parts.states() == {"bob": ("SENT", "", 1)}


async def test_a_crash_between_decision_and_delivery_is_made_good_by_the_repeat(parts: Parts) -> None:
    async def crash(_: object) -> None:
        raise ConnectionError("the process died here")

    resumed = parts.courier.dispatch
    parts.courier.dispatch = crash  # type: ignore[assignment,method-assign]
    events: list[Event] = [membership("ann", "bob", "cem"), message(parts.clock)]
    with pytest.raises(ConnectionError):
        await parts.arbiter.apply(events)
    assert await parts.states() == {}
    parts.courier.dispatch = resumed  # type: ignore[method-assign]
    # By now bob is here; but it has been decided that he is pushed to.
    parts.others.use("bob")
    await parts.arbiter.apply(events)
    await parts.send_queued()
    assert await parts.states() == {"bob": ("SENT", "", 1), "cem": ("SENT", "", 1)}
    assert parts.registry.get_sample_value("alerts_total", {"surface": "PUSH", "reason": "AWAY"}) == 2


async def test_a_repeat_pushes_nothing_to_who_has_joined_since(parts: Parts) -> None:
    sent = message(parts.clock)
    await parts.arbiter.apply([membership("ann", "bob"), sent])
    await parts.arbiter.apply([replace(membership("ann", "bob", "cem"), revision=9), sent])
    assert list(await parts.states()) == ["bob"]


async def test_a_repeat_makes_no_second_delivery_and_sends_nothing_twice(parts: Parts) -> None:
    events: list[Event] = [membership("ann", "bob"), message(parts.clock)]
    for _ in range(3):
        await parts.arbiter.apply(events)
        await parts.send_queued()
    assert len(parts.sender.sent) == 1


async def test_two_workers_that_claim_at_once_send_each_delivery_once(parts: Parts, clock: ManualClock) -> None:
    other = Parts(parts.database, clock, "other")
    people = [f"p{number}" for number in range(40)]
    for person in people:
        await parts.devices.put(Device("acme", person, "phone", "stub", f"target-{person}"))
    await parts.arbiter.apply([membership("ann", *people), message(clock)])
    # This replica dies with all of it in memory.
    clock.pass_ms(CLAIM_MS)
    await asyncio.gather(*(each.courier.poll_once() for each in (parts, other) for _ in range(3)))
    sent = [push.device.person for each in (parts, other) for push in each.sender.sent]
    assert sorted(sent) == sorted(people)
    assert set((await parts.states()).values()) == {("SENT", "", 2)}


async def test_a_claim_that_was_lost_writes_no_final_state(parts: Parts, clock: ManualClock) -> None:
    await parts.arbiter.apply([membership("ann", "bob"), message(clock)])
    other = Parts(parts.database, clock, "other")
    clock.pass_ms(CLAIM_MS)
    taken = await other.deliveries.claim("other", clock(), clock() + CLAIM_MS, 10)
    assert [each.person for each in taken] == ["bob"]
    await parts.send_queued()
    assert parts.sender.sent == []
    assert await parts.states() == {"bob": ("PENDING", "", 2)}


async def test_what_failed_is_tried_again_later_and_later_and_holds_up_nobody(parts: Parts, clock: ManualClock) -> None:
    parts.sender.outcome = lambda push: Outcome(Result.RETRY if push.device.person == "bob" else Result.SENT, "503")
    await parts.arbiter.apply([membership("ann", "bob", "cem"), message(clock)])
    await parts.send_queued()
    assert await parts.states() == {"bob": ("PENDING", "", 1), "cem": ("SENT", "", 1)}
    for pause, attempts in ((1_000, 2), (2_000, 3), (4_000, 4)):
        clock.pass_ms(pause - 1)
        assert await parts.courier.poll_once() == 0
        clock.pass_ms(1)
        assert await parts.courier.poll_once() == 1
        assert (await parts.states())["bob"] == ("PENDING", "", attempts)
    parts.sender.outcome = lambda _: Outcome(Result.SENT)
    clock.pass_ms(8_000)
    await parts.courier.poll_once()
    assert (await parts.states())["bob"] == ("SENT", "", 5)


async def test_a_push_service_that_names_a_time_is_not_asked_before(parts: Parts, clock: ManualClock) -> None:
    parts.sender.outcome = lambda _: Outcome(Result.RETRY, "429", after_ms=60_000)
    await parts.arbiter.apply([membership("ann", "bob"), message(clock)])
    await parts.send_queued()
    clock.pass_ms(59_999)
    assert await parts.courier.poll_once() == 0
    clock.pass_ms(1)
    assert await parts.courier.poll_once() == 1


async def test_a_sender_that_raises_is_tried_again(parts: Parts, clock: ManualClock) -> None:
    def fail() -> None:
        raise OSError("disk full")

    parts.sender.before = fail
    await parts.arbiter.apply([membership("ann", "bob"), message(clock)])
    await parts.send_queued()
    assert await parts.states() == {"bob": ("PENDING", "", 1)}
    parts.sender.before = lambda: None
    clock.pass_ms(1_000)
    await parts.courier.poll_once()
    assert await parts.states() == {"bob": ("SENT", "", 2)}


async def test_a_target_that_is_gone_ends_the_delivery_and_the_registration(parts: Parts, clock: ManualClock) -> None:
    parts.sender.outcome = lambda push: Outcome(
        Result.DEAD, "unregistered" if push.device.person == "bob" else "bad payload", gone=push.device.person == "bob"
    )
    await parts.arbiter.apply([membership("ann", "bob", "cem"), message(clock)])
    await parts.send_queued()
    assert await parts.states() == {"bob": ("DEAD", "unregistered", 1), "cem": ("DEAD", "bad payload", 1)}
    assert list(await parts.devices.of("acme", ["bob", "cem"])) == ["cem"]


async def test_what_could_not_be_sent_in_time_expires(parts: Parts, clock: ManualClock) -> None:
    parts.sender.outcome = lambda _: Outcome(Result.RETRY)
    await parts.arbiter.apply([membership("ann", "bob"), message(clock)])
    await parts.send_queued()
    clock.pass_ms(parts.limits.push_ttl_ms)
    await parts.courier.poll_once()
    assert await parts.states() == {"bob": ("EXPIRED", "time to live", 1)}
    assert len(parts.sender.sent) == 1


async def test_a_device_that_moved_on_does_not_get_the_former_persons_messages(
    parts: Parts, clock: ManualClock
) -> None:
    await parts.arbiter.apply([membership("ann", "bob"), message(clock)])
    await parts.devices.put(Device("acme", "eve", "phone", "stub", "target-bob"))
    await parts.send_queued()
    assert await parts.states() == {"bob": ("SUPPRESSED", "unregistered", 0)}
    assert parts.sender.sent == []


@pytest.mark.parametrize("walks_away", [False, True])
async def test_who_has_come_to_view_it_meanwhile_gets_no_push_unless_they_walk_away_from_it(
    parts: Parts, clock: ManualClock, *, walks_away: bool
) -> None:
    asked = message(clock)
    await parts.arbiter.apply([membership("ann", "bob"), asked])
    parts.others.use("bob", conversation=asked.conversation)
    await parts.send_queued()
    clock.pass_ms(2_000)
    await parts.courier.poll_once()
    assert await parts.states() == {"bob": ("PENDING", "", 0)}
    assert parts.sender.sent == []
    if walks_away:
        parts.others.clients.clear()
    else:
        parts.others.pointers = {(asked.conversation, "bob"): 1}
    clock.pass_ms(2_000)
    await parts.courier.poll_once()
    assert await parts.states() == {"bob": ("SENT", "", 1) if walks_away else ("SUPPRESSED", "read", 0)}


async def test_who_uses_a_tab_that_shows_something_else_gets_the_push_that_was_decided(
    parts: Parts, clock: ManualClock
) -> None:
    await parts.arbiter.apply([membership("ann", "bob"), message(clock)])
    parts.others.use("bob", conversation="")
    await parts.send_queued()
    assert await parts.states() == {"bob": ("SENT", "", 1)}


@pytest.mark.parametrize("who", ["unread", "presence"])
async def test_who_cannot_answer_is_waited_for_but_not_for_ever(parts: Parts, clock: ManualClock, who: str) -> None:
    await parts.arbiter.apply([membership("ann", "bob"), message(clock)])
    if who == "unread":
        parts.others.pointers = None
    else:
        parts.others.known = False
    await parts.send_queued()
    for _ in range(14):
        assert await parts.states() == {"bob": ("PENDING", "", 0)}
        clock.pass_ms(2_000)
        await parts.courier.poll_once()
    assert parts.sender.sent == []
    clock.pass_ms(2_000)
    await parts.courier.poll_once()
    assert await parts.states() == {"bob": ("SENT", "", 1)}


async def test_patience_begins_with_the_silence_not_with_the_decision(parts: Parts, clock: ManualClock) -> None:
    parts.sender.outcome = lambda _: Outcome(Result.RETRY, "429", after_ms=parts.limits.patience_ms + 10_000)
    await parts.arbiter.apply([membership("ann", "bob"), message(clock)])
    await parts.send_queued()
    parts.sender.sent.clear()
    for _ in range(2):
        # Long after the decision, and again after a while in which it answered.
        parts.others.pointers = {}
        clock.pass_ms(parts.limits.patience_ms + 10_000)
        await parts.courier.poll_once()
        await parts.send_queued()
        parts.sender.sent.clear()
        clock.pass_ms(parts.limits.patience_ms + 10_000)
        parts.others.pointers = None
        for _ in range(2):
            await parts.courier.poll_once()
            await parts.send_queued()
            clock.pass_ms(parts.limits.patience_ms - 1_000)
        assert parts.sender.sent == []


@pytest.mark.parametrize("heard", [True, False])
async def test_what_unread_has_told_holds_when_patience_with_it_is_over(
    parts: Parts, clock: ManualClock, heard: bool
) -> None:
    await parts.arbiter.apply([membership("ann", "bob"), message(clock)])
    parts.others.pointers = None
    await parts.send_queued()
    if heard:
        parts.reads.learn([Pointer(CONVERSATION, "bob", "acme", 1, version=2)])
    clock.pass_ms(parts.limits.patience_ms + 1_000)
    await parts.courier.poll_once()
    await parts.send_queued()
    assert await parts.states() == {"bob": ("SUPPRESSED", "read", 0) if heard else ("SENT", "", 1)}


@pytest.mark.parametrize("silent", ["unread", "presence"])
async def test_a_push_that_presence_had_held_back_is_as_patient_as_any_other(
    parts: Parts, clock: ManualClock, silent: str
) -> None:
    parts.sender.outcome = lambda _: Outcome(Result.RETRY, "429", after_ms=60_000)
    parts.others.known = False
    await parts.arbiter.apply([membership("ann", "bob"), message(clock)])
    for known in (False, True):
        clock.pass_ms(1_000)
        parts.others.known = known
        await parts.checks.step()
    await parts.send_queued()
    assert len(parts.sender.sent) == 1
    clock.pass_ms(60_000)
    parts.others.pointers = None if silent == "unread" else {}
    parts.others.known = silent != "presence"
    await parts.courier.poll_once()
    assert len(parts.sender.sent) == 1


async def test_a_push_that_was_sent_because_presence_had_its_time_still_waits_for_unread(
    parts: Parts, clock: ManualClock
) -> None:
    parts.others.known = False
    await parts.arbiter.apply([membership("ann", "bob", "cem"), message(clock)])
    for _ in range(32):
        clock.pass_ms(1_000)
        await parts.checks.step()
    parts.others.pointers = None
    await parts.send_queued()
    assert parts.sender.sent == []
    clock.pass_ms(2_000)
    parts.others.pointers = {(CONVERSATION, "cem"): 1}
    await parts.courier.poll_once()
    assert await parts.states() == {"bob": ("SENT", "", 1), "cem": ("SUPPRESSED", "read", 0)}


async def test_what_a_push_service_refuses_is_not_waited_for_anew(parts: Parts, clock: ManualClock) -> None:
    parts.sender.outcome = lambda _: Outcome(Result.RETRY, "503")
    await parts.arbiter.apply([membership("ann", "bob"), message(clock)])
    parts.others.pointers = None
    await parts.send_queued()
    for _ in range(parts.limits.patience_ms // 1_000 + 5):
        clock.pass_ms(1_000)
        await parts.courier.poll_once()
    assert len(parts.sender.sent) == 3


async def test_more_than_fits_into_memory_is_left_to_the_poll(
    parts: Parts, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notifier.courier.QUEUED", 2)
    group = membership("ann", "bob", "cem")
    await parts.arbiter.apply([group, message(clock, 1)])
    await parts.arbiter.apply([group, message(clock, 2)])
    await parts.send_queued()
    assert len(parts.sender.sent) == 2
    assert await parts.courier.poll_once() == 2
    assert len(parts.sender.sent) == 4


async def test_a_replica_that_ends_gives_back_what_waits(parts: Parts, clock: ManualClock) -> None:
    await parts.arbiter.apply([membership("ann", "bob"), message(clock)])
    await parts.courier.close()
    other = Parts(parts.database, clock, "other")
    assert await other.courier.poll_once() == 1
    assert await parts.states() == {"bob": ("SENT", "", 1)}


async def test_what_leaves_for_one_device_at_once_is_one_push_with_a_count(parts: Parts, clock: ManualClock) -> None:
    await parts.arbiter.apply([membership("ann", "bob"), *(message(clock, number) for number in range(1, 5))])
    await parts.send_queued()
    assert [(push.content.number, push.count) for push in parts.sender.sent] == [(4, 4)]
    listed = {each.number: each for each in await parts.deliveries.list(CONVERSATION, "", 100)}
    assert {each.state for each in listed.values()} == {DeliveryState.SENT}
    assert [listed[number].collapsed_into for number in (1, 4)] == [listed[4].id, ""]
    assert [each.number for each in await parts.deliveries.shown(["bob"], [CONVERSATION])] == [4]


async def test_a_burst_that_was_not_taken_is_tried_again_as_a_whole(parts: Parts, clock: ManualClock) -> None:
    parts.sender.outcome = lambda _: Outcome(Result.RETRY, "503", status=503)
    await parts.arbiter.apply([membership("ann", "bob"), *(message(clock, number) for number in range(1, 5))])
    await parts.send_queued()
    parts.sender.outcome = lambda _: Outcome(Result.SENT, status=200)
    clock.pass_ms(60_000)
    await parts.courier.poll_once()
    assert [push.count for push in parts.sender.sent] == [4, 4]


async def test_what_the_push_service_answered_is_kept_of_the_last_attempts(parts: Parts, clock: ManualClock) -> None:
    parts.sender.outcome = lambda _: Outcome(Result.RETRY, "503 busy", status=503)
    await parts.arbiter.apply([membership("ann", "bob"), message(clock)])
    await parts.send_queued()
    for _ in range(ANSWERS):
        clock.pass_ms(601_000)
        await parts.courier.poll_once()
    parts.sender.outcome = lambda _: Outcome(Result.SENT, "ok", status=200)
    clock.pass_ms(601_000)
    await parts.courier.poll_once()
    (delivery,) = await parts.deliveries.of(CONVERSATION, 1, "bob")
    assert len(delivery.answers) == ANSWERS
    assert [(each.status, each.reason) for each in delivery.answers][-2:] == [(503, "503 busy"), (200, "ok")]
    assert (delivery.answers[-1].at_ms, delivery.ended_ms) == (clock(), clock())


async def test_web_push_leaves_out_the_browser_that_is_open(parts: Parts, clock: ManualClock) -> None:
    for device in ("laptop", "desktop"):
        await parts.devices.put(Device("acme", "bob", device, WEB_PUSH, f"target-{device}"))
    # An open tab that may not notify: the decision is a push, but this browser is here.
    parts.others.use("bob", focused=False)
    await parts.arbiter.apply([membership("ann", "bob"), message(clock)])
    await parts.send_queued()
    assert [push.device.device for push in parts.web.sent] == ["desktop"]
    assert [push.device.device for push in parts.sender.sent] == ["phone"]


async def test_what_is_older_than_it_is_kept_is_forgotten(parts: Parts, clock: ManualClock) -> None:
    await parts.arbiter.apply([membership("ann", "bob"), message(clock)])
    await parts.send_queued()
    keep = 30 * DAY_MS
    clock.pass_ms(keep)
    await forget_old((parts.alerts, parts.deliveries), keep, clock)
    assert len(await parts.states()) == 1
    clock.pass_ms(parts.limits.push_ttl_ms + 1)
    await forget_old((parts.alerts, parts.deliveries), keep, clock)
    assert (await parts.states(), await parts.alerts.list(CONVERSATION, 0, 10)) == ({}, [])


async def test_an_event_that_can_never_be_decided_is_skipped_and_the_others_are_told(
    parts: Parts, clock: ManualClock
) -> None:
    apply = parts.arbiter.apply

    async def poisoned(events: Sequence[Event]) -> None:
        if any(isinstance(event, Message) and event.number == 2 for event in events):
            raise ValueError("no kind of message that anybody knows")
        await apply(events)

    parts.arbiter.apply = poisoned  # type: ignore[method-assign]
    metrics = Metrics(prometheus_client.CollectorRegistry())
    door = Events(None, parts.arbiter, parts.alerts, None, metrics, 0, clock)  # type: ignore[arg-type]
    batch: list[Event] = [membership("ann", "bob"), *(message(clock, number) for number in (1, 2, 3))]
    for _ in range(TRIES - 1):
        with pytest.raises(ValueError, match="no kind"):
            await door.apply(batch)
    await door.apply(batch)
    assert [alert.content.number for alert in await parts.alerts.list(CONVERSATION, 0, 10)] == [1, 3]


async def test_a_poisoned_delivery_holds_up_no_other_and_is_dead_in_the_end(parts: Parts, clock: ManualClock) -> None:
    sort = parts.attempt._sort

    def poisoned(deliveries: Sequence[Delivery], *rest: Any) -> Any:
        if any(each.person == "bob" for each in deliveries):
            raise ValueError("nobody knows how")
        return sort(deliveries, *rest)

    parts.attempt._sort = poisoned  # type: ignore[assignment,method-assign]
    await parts.arbiter.apply([membership("ann", "bob", "cem"), message(clock)])
    await parts.send_queued()
    assert (await parts.states())["cem"] == ("SENT", "", 1)
    for attempts in range(1, TRIES):
        assert (await parts.states())["bob"] == ("PENDING", "", attempts)
        clock.pass_ms(CLAIM_MS)
        await parts.courier.poll_once()
    assert (await parts.states())["bob"] == ("DEAD", "ValueError: nobody knows how", TRIES)
    assert parts.registry.get_sample_value("deliveries_total", {"state": "DEAD"}) == 1


async def test_a_delivery_that_cannot_be_read_holds_up_no_other_and_is_dead_in_the_end(
    parts: Parts, clock: ManualClock
) -> None:
    await parts.arbiter.apply([membership("ann", "bob", "cem"), message(clock)])
    await parts.courier.close()
    rows = parts.database["deliveries"]
    await rows.update_one({"person": "bob"}, {"$set": {"act": "OF_A_NEWER_REPLICA"}})
    other = Parts(parts.database, clock, "other")
    for _ in range(TRIES):
        await other.courier.poll_once()
        clock.pass_ms(CLAIM_MS)
    assert [push.device.person for push in other.sender.sent] == ["cem"]
    row = await rows.find_one({"person": "bob"})
    assert row is not None
    assert (row["state"], "OF_A_NEWER_REPLICA" in row["reason"]) == ("DEAD", True)


async def test_an_outage_is_waited_out_however_long_it_lasts(parts: Parts, clock: ManualClock) -> None:
    async def away(_: Sequence[Event]) -> None:
        raise OSError("no database")

    parts.arbiter.apply = away  # type: ignore[assignment,method-assign]
    metrics = Metrics(prometheus_client.CollectorRegistry())
    door = Events(None, parts.arbiter, parts.alerts, None, metrics, 0, clock)  # type: ignore[arg-type]
    for _ in range(3 * TRIES):
        with pytest.raises(OSError, match="no database"):
            await door.apply([message(clock)])
