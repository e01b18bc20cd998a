"""When a push service is left alone, and when it is asked again. Time is travelled."""

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.senders import Outcome, Result
from services.notifier.senders.gates import PAUSED_TARGETS, REMEMBERED, Gate, Gates, Pauses
from services.notifier.senders.limits import RETRY_AFTER_MAX_MS, Limits
from services.notifier.senders.retry_after import retry_after_ms
from tests.conftest import ManualClock
from tests.notifier.senders.conftest import Desk, browser, one, phone, push

LIMITS = Limits(failures=3, open_ms=1_000, open_max_ms=4_000, probe_ms=500)


class Watched:
    """A gate, and how often it was opened."""

    def __init__(self, clock: ManualClock) -> None:
        self.openings = 0
        self.gate = Gate(LIMITS, clock, self.opened)

    def opened(self) -> None:
        self.openings += 1

    def answer(self, status: int, pause_ms: int = 0) -> None:
        with self.gate.turn() as turn:
            turn.answered_by(status, pause_ms)

    def fail(self, times: int = 1) -> None:
        for _ in range(times):
            with self.gate.turn() as turn:
                turn.failure()


@pytest.fixture
def watched(clock: ManualClock) -> Watched:
    return Watched(clock)


def test_a_host_that_fails_again_and_again_is_left_alone_and_then_tried_by_one(
    watched: Watched, clock: ManualClock
) -> None:
    watched.fail(2)
    assert watched.gate.wait_ms() == 0
    watched.fail()
    assert (watched.gate.wait_ms(), watched.openings) == (1_000, 1)
    clock.pass_ms(999)
    assert watched.gate.wait_ms() == 1
    clock.pass_ms(1)
    assert watched.gate.wait_ms() == 0
    with watched.gate.turn() as probe:
        # Everybody else comes back later.
        assert watched.gate.wait_ms() == 500
        probe.answered_by(201, 0)
    assert watched.gate.wait_ms() == 0
    watched.fail(2)
    assert watched.gate.wait_ms() == 0


def test_each_failed_try_doubles_the_time_up_to_a_bound(watched: Watched, clock: ManualClock) -> None:
    watched.fail(3)
    for pause in (1_000, 2_000, 4_000, 4_000):
        assert watched.gate.wait_ms() == pause
        clock.pass_ms(pause)
        watched.fail()
    assert watched.openings == 5


def test_a_success_in_between_forgives_the_failures(watched: Watched) -> None:
    for _ in range(5):
        watched.fail(2)
        watched.answer(201)
    assert watched.openings == 0


@pytest.mark.parametrize("status", [200, 201, 400, 401, 403, 404, 410, 413])
def test_a_refusal_shows_that_the_host_works(watched: Watched, status: int) -> None:
    for _ in range(10):
        watched.answer(status)
    assert watched.gate.wait_ms() == 0


@pytest.mark.parametrize("status", [301, 307, 500, 502, 504])
def test_an_answer_of_a_broken_host_counts_as_a_failure(watched: Watched, status: int) -> None:
    for _ in range(3):
        watched.answer(status)
    assert watched.gate.wait_ms() == 1_000


def test_a_host_that_names_a_time_is_left_alone_at_once_and_for_so_long(watched: Watched, clock: ManualClock) -> None:
    watched.answer(503, 60_000)
    assert watched.gate.wait_ms() == 60_000
    clock.pass_ms(60_000)
    watched.answer(201)
    # Too many requests may be about one target; only several in a row are about the host.
    for _ in range(2):
        watched.answer(429, 30_000)
    assert watched.gate.wait_ms() == 0
    watched.answer(429, 30_000)
    assert watched.gate.wait_ms() == 30_000


def test_pushes_that_were_under_way_do_not_make_it_worse(watched: Watched) -> None:
    with watched.gate.turn() as late, watched.gate.turn() as later:
        watched.fail(3)
        late.failure()
        later.failure(9_000)
    assert (watched.gate.wait_ms(), watched.openings) == (9_000, 1)


def test_a_probe_that_is_broken_off_leaves_the_gate_to_the_next(watched: Watched, clock: ManualClock) -> None:
    watched.fail(3)
    clock.pass_ms(1_000)
    with pytest.raises(KeyboardInterrupt), watched.gate.turn():
        raise KeyboardInterrupt
    assert watched.gate.wait_ms() == 0


def test_what_is_remembered_is_bounded(clock: ManualClock) -> None:
    gates, pauses = Gates(LIMITS, clock, lambda: None), Pauses(clock)
    for number in range(max(REMEMBERED, PAUSED_TARGETS) + 10):
        gates.of(f"host-{number}")
        pauses.pause(f"target-{number}", 1_000)
    assert len(gates._gates) == REMEMBERED
    assert len(pauses._until) == PAUSED_TARGETS
    assert pauses.wait_ms(f"target-{PAUSED_TARGETS}") == 1_000
    clock.pass_ms(1_000)
    assert pauses.wait_ms(f"target-{PAUSED_TARGETS}") == 0


@given(st.one_of(st.none(), st.text(max_size=40), st.integers().map(str)))
def test_retry_after_is_a_bounded_wait_whatever_it_says(value: str | None) -> None:
    assert 0 <= retry_after_ms(value, 1_760_000_000_000) <= RETRY_AFTER_MAX_MS


def test_retry_after_in_seconds_and_as_a_date() -> None:
    now = 1_760_000_000_000
    assert retry_after_ms("120", now) == 120_000
    assert retry_after_ms(" 0 ", now) == 0
    assert retry_after_ms("9" * 5_000, now) == RETRY_AFTER_MAX_MS
    assert retry_after_ms(formatdate(now / 1000 + 90, usegmt=True), now) == 90_000
    assert retry_after_ms("Sunday, 06-Nov-94 08:49:37 GMT", now) == 0
    assert retry_after_ms("soon", now) == 0
    assert retry_after_ms("-5", now) == 0
    assert retry_after_ms("١٢", now) == 0


async def test_a_push_service_that_is_down_is_asked_no_more_until_its_time_comes(desk: Desk) -> None:
    subscription = desk.web.subscribe()
    desk.web.script.tell(subscription.endpoint, *["500"] * 3, "201")
    sender = await desk.sender("web_push", LIMITS)

    async def attempt() -> Outcome:
        return await one(sender, push(browser(subscription)))

    for _ in range(3):
        assert (await attempt()).status == 500
    held = await attempt()
    assert (held.result, held.status, held.after_ms) == (Result.RETRY, 0, 1_000)
    assert len(desk.web.requests) == 3
    assert desk.metric("pushes_held_total", transport="web_push") == 1
    assert desk.metric("push_circuits_opened_total", transport="web_push") == 1
    desk.clock.pass_ms(1_000)
    # Of a whole batch one tries, and the others come back.
    outcomes = await sender.send([push(browser(subscription), number=number) for number in range(20)])
    assert [outcome.result for outcome in outcomes].count(Result.SENT) >= 1
    assert (await attempt()).result is Result.SENT


async def test_an_fcm_that_is_down_is_asked_no_more_until_its_time_comes(desk: Desk) -> None:
    desk.fcm.script.tell("token-of-bob", "503")
    sender = await desk.sender("fcm", LIMITS)
    for _ in range(3):
        assert (await one(sender, push(phone()))).status == 503
    held = await one(sender, push(phone("another")))
    assert (held.result, held.status, held.after_ms) == (Result.RETRY, 0, 1_000)
    assert desk.fcm.requests == 3
    assert desk.metric("push_circuits_opened_total", transport="fcm") == 1
    desk.clock.pass_ms(1_000)
    assert (await one(sender, push(phone("another")))).result is Result.SENT
