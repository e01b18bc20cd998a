import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis import limits
from services.chassis.errors import Fault
from services.chassis.limits import Bucket
from tests.conftest import ManualClock


def takes(bucket: Bucket, key: str) -> bool:
    try:
        bucket.take(key)
    except Fault as fault:
        if fault.code != grpc.StatusCode.RESOURCE_EXHAUSTED or not fault.retry_after_ms:
            raise
        return False
    return True


def test_a_burst_is_allowed_and_then_the_long_run_rate(clock: ManualClock) -> None:
    bucket = Bucket(60, 1, clock)
    assert sum(takes(bucket, "ann") for _ in range(100)) == 60
    clock.pass_ms(999)
    assert not takes(bucket, "ann")
    clock.pass_ms(1)
    assert takes(bucket, "ann")
    assert not takes(bucket, "ann")


def test_each_key_has_its_own_bucket(clock: ManualClock) -> None:
    bucket = Bucket(1, 1, clock)
    assert takes(bucket, "ann")
    assert takes(bucket, "bob")
    assert not takes(bucket, "ann")


def test_a_long_rest_fills_no_more_than_the_burst(clock: ManualClock) -> None:
    bucket = Bucket(3, 1, clock)
    takes(bucket, "ann")
    clock.pass_ms(86_400_000)
    assert sum(takes(bucket, "ann") for _ in range(10)) == 3


def test_a_bucket_that_never_fills_names_a_wait_all_the_same(clock: ManualClock) -> None:
    bucket = Bucket(1, 0, clock)
    bucket.take("ann")
    with pytest.raises(Fault) as caught:
        bucket.take("ann")
    assert caught.value.retry_after_ms == 60_000


def test_a_clock_that_goes_back_takes_nothing_away(clock: ManualClock) -> None:
    bucket = Bucket(2, 1, clock)
    bucket.take("ann")
    clock.pass_ms(-60_000)
    assert takes(bucket, "ann")


def test_only_so_many_keys_are_remembered_and_the_longest_unused_goes_first(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "TRACKED", 3)
    bucket = Bucket(2, 0.001, clock)
    for key in ("a", "b", "c", "a", "d"):
        bucket.take(key)
    assert set(bucket._levels) == {"a", "c", "d"}
    assert not takes(bucket, "a"), "the one used lately must not be filled by being forgotten"


@given(
    burst=st.integers(1, 20),
    per_second=st.floats(0.01, 100),
    pauses=st.lists(st.integers(0, 5_000), min_size=1, max_size=100),
)
def test_never_more_than_the_burst_and_the_rate_whatever_the_pauses(
    burst: int, per_second: float, pauses: list[int]
) -> None:
    clock = ManualClock()
    bucket = Bucket(burst, per_second, clock)
    begun, taken = clock.now, 0
    for pause in pauses:
        clock.pass_ms(pause)
        taken += takes(bucket, "ann")
        assert taken <= burst + (clock.now - begun) / 1000 * per_second + 1e-6


@given(burst=st.integers(1, 20), per_second=st.floats(0.01, 1_000), pauses=st.lists(st.integers(0, 300), max_size=30))
def test_who_waits_as_long_as_told_is_let_through(burst: int, per_second: float, pauses: list[int]) -> None:
    clock = ManualClock()
    bucket = Bucket(burst, per_second, clock)
    for pause in pauses:
        clock.pass_ms(pause)
        takes(bucket, "ann")
    while takes(bucket, "ann"):
        pass
    with pytest.raises(Fault) as caught:
        bucket.take("ann")
    wait_ms = caught.value.retry_after_ms
    assert wait_ms is not None
    assert wait_ms <= 1_000 / per_second + 1
    clock.pass_ms(wait_ms)
    assert takes(bucket, "ann")
