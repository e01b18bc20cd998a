"""The life of a delivery, on a real database."""

import asyncio
from collections.abc import Sequence

import pytest

from services.chassis import mongo
from services.notifier.courier import CLAIM_MS
from services.notifier.records import Delivery, Device, Event
from services.notifier.senders import Outcome, Result
from tests.conftest import ManualClock
from tests.notifier.parts import Parts, membership, message


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


@pytest.mark.parametrize(
    ("conversation", "state"), [("here", ("SUPPRESSED", "viewing", 0)), ("elsewhere", ("SENT", "", 1))]
)
async def test_who_has_come_to_view_it_meanwhile_gets_no_push(
    parts: Parts, clock: ManualClock, conversation: str, state: tuple[str, str, int]
) -> None:
    asked = message(clock)
    await parts.arbiter.apply([membership("ann", "bob"), asked])
    parts.others.use("bob", conversation=asked.conversation if conversation == "here" else "")
    await parts.send_queued()
    assert await parts.states() == {"bob": state}


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
