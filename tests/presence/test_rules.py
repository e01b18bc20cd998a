"""The decisions of presence hold for all times and orders."""

import random

from hypothesis import given
from hypothesis import strategies as st

from services.presence import blobs, rules
from services.presence.keys import BUCKETS, KEPT, WHOLE, bucket_of, name_of, person_key
from services.presence.rules import Report, Tab, Watch

TIMES = st.integers(0, 4_000_000_000_000)
AGES = st.integers(0, rules.OLDEST_INPUT_MS)
LEASES = st.integers(600, 3_600_000)
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=128)
TRICKY = st.text("1:a{}", min_size=1, max_size=6)


@given(now=TIMES, age=AGES, later=st.integers(0, rules.OLDEST_INPUT_MS))
def test_an_age_grows_by_the_time_that_passes(now: int, age: int, later: int) -> None:
    at = rules.input_time(now, age)
    assert rules.input_age(now, at) == age
    assert rules.input_age(now + later, at) == min(age + later, rules.OLDEST_INPUT_MS)


@given(now=TIMES, at=TIMES)
def test_an_age_is_always_one_that_the_contract_allows(now: int, at: int) -> None:
    assert 0 <= rules.input_age(now, at) <= rules.OLDEST_INPUT_MS


@given(st.lists(st.integers(0, 2**53 - 1), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_the_highest_sequence_wins_in_whatever_order_reports_arrive(sequences: list[int], order: random.Random) -> None:
    order.shuffle(sequences)
    kept: int | None = None
    for sequence in sequences:
        if rules.wins(sequence, kept):
            kept = sequence
    assert kept == max(sequences)
    assert not rules.wins(max(sequences), kept)


@given(since=TIMES, idle=st.integers(0, 4_000_000), age=st.integers(0, 4_000_000), lease=LEASES)
def test_presence_is_known_only_after_a_whole_lease_that_was_looked_after(
    since: int, idle: int, age: int, lease: int
) -> None:
    now = since + age
    watch = Watch(since=since, kept=max(since, now - idle))
    if age < lease or now - watch.kept > lease:
        assert not rules.known(watch, now, lease)
    else:
        assert rules.known(watch, now, lease)
    assert not rules.known(None, now, lease)


@given(deadline=TIMES, now=TIMES, lease=LEASES)
def test_a_stream_ends_before_its_lease_has_lapsed_unseen(deadline: int, now: int, lease: int) -> None:
    if not rules.lapses(deadline, now, lease):
        assert rules.live(deadline, now + rules.pause_ms(lease))


@given(now=TIMES, lease=LEASES, grace=st.integers(0, 60_000), window=st.integers(0, 60_000))
def test_parting_never_makes_a_lease_longer_than_a_renewal_would(now: int, lease: int, grace: int, window: int) -> None:
    left = rules.parting_deadline(now, lease, grace, moved_within_ms=None)
    moved = rules.parting_deadline(now, lease, grace, moved_within_ms=window)
    assert now <= left <= moved <= now + lease


@given(TRICKY, TRICKY, TRICKY, TRICKY)
def test_two_people_never_have_one_name(tenant: str, person: str, other_tenant: str, other_person: str) -> None:
    same = (tenant, person) == (other_tenant, other_person)
    assert (name_of(tenant, person) == name_of(other_tenant, other_person)) == same


@given(TRICKY, TRICKY, st.integers(0, 12))
def test_a_character_that_changes_sides_makes_another_name(tenant: str, person: str, at: int) -> None:
    whole = tenant + person
    cut = min(at, len(whole))
    if cut != len(tenant):
        assert name_of(whole[:cut], whole[cut:]) != name_of(tenant, person)


@given(TRICKY | NAMES, TRICKY | NAMES)
def test_the_hash_tag_of_a_key_is_the_number_of_its_bucket(tenant: str, person: str) -> None:
    name = name_of(tenant, person)
    key = person_key(name)
    # The hash tag is what stands between the first brace and the next closing one (cluster specification).
    tag = key[key.index("{") + 1 : key.index("}")]
    assert tag == str(bucket_of(name))
    assert 0 <= int(tag) < BUCKETS
    assert name not in {WHOLE, KEPT}


TABS = st.builds(
    Tab, NAMES, st.booleans(), st.booleans(), st.integers(-(10**11), 10**13), st.text("dgi_abc", max_size=9)
)


@given(st.integers(0, 2**53 - 1), st.integers(0, 9), st.lists(TABS, max_size=4))
def test_a_report_comes_out_of_the_store_as_it_went_in(sequence: int, permission: int, tabs: list[Tab]) -> None:
    report = Report(sequence, permission, tuple(tabs))
    assert blobs.load(sequence, blobs.dump(report).encode()) == report
