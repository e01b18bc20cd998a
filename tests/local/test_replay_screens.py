import random

from hypothesis import given, settings
from hypothesis import strategies as st

from local.replay.badges import BadgeBook, Shown
from local.replay.latency import BadgeDelay, Histogram
from local.replay.truth import Count


def badge(revision: int, unread: int = 1, *, epoch: int = 0, version: int = 0) -> Shown:
    return Shown(epoch, revision, version, revision, unread)


def unread(book: BadgeBook) -> dict[str, int]:
    return {conversation: count.unread for conversation, count in book.counts(0).items()}


def test_an_older_badge_never_replaces_a_newer_one() -> None:
    book = BadgeBook()
    assert book.take("c", badge(5, 4))
    assert not book.take("c", badge(4, 3))
    assert not book.take("c", badge(5, 9, version=-1))
    assert unread(book) == {"c": 4}
    assert book.take("c", badge(5, 0, version=1))
    assert unread(book) == {}
    assert book.take("c", badge(2, 2, epoch=1))
    assert unread(book) == {"c": 2}


@settings(deadline=None)
@given(st.permutations([badge(revision, revision, version=version) for revision in (1, 2, 3) for version in (0, 1)]))
def test_whatever_the_order_of_arrival_the_newest_badge_is_shown(arriving: list[Shown]) -> None:
    book = BadgeBook()
    for each in arriving:
        book.take("c", each)
    shown = book.get("c")
    assert shown is not None
    assert shown.order == (0, 3, 1)


def test_what_a_new_snapshot_does_not_name_is_gone() -> None:
    book = BadgeBook()
    book.hello()
    book.take("a", badge(1))
    book.take("b", badge(1))
    book.caught_up()
    assert unread(book) == {"a": 1, "b": 1}
    book.hello()
    book.take("b", badge(2))
    assert unread(book) == {"a": 1, "b": 1}
    book.caught_up()
    assert unread(book) == {"b": 1}


def test_a_reset_forgets_everything() -> None:
    book = BadgeBook()
    book.take("a", badge(1))
    book.total = Count(1)
    book.drop()
    assert unread(book) == {}
    assert book.total == Count()


def test_a_mute_is_shown_until_it_runs_out() -> None:
    book = BadgeBook()
    book.take("c", Shown(0, 1, 0, 1, unread=3, mentions=1, muted_until_ms=500))
    assert book.counts(499) == {"c": Count(3, 1, muted=True)}
    assert book.counts(500) == {"c": Count(3, 1)}


def test_a_muted_conversation_without_unread_messages_is_still_muted() -> None:
    book = BadgeBook()
    book.take("c", Shown(0, 1, 0, 1, unread=0, muted_until_ms=500))
    assert book.counts(0) == {"c": Count(muted=True)}
    assert book.counts(500) == {}


@settings(deadline=None)
@given(st.lists(st.floats(min_value=1e-5, max_value=100), min_size=1, max_size=200), st.sampled_from([1, 50, 99, 100]))
def test_a_percentile_is_right_to_two_percent(times: list[float], percent: int) -> None:
    histogram = Histogram()
    for time_s in times:
        histogram.add(time_s)
    exact = sorted(times)[-(-len(times) * percent // 100) - 1] * 1000
    found = histogram.percentile_ms(percent)
    assert found is not None
    assert abs(found - exact) <= 0.02 * exact + 0.001
    assert histogram.count == len(times)


def test_nothing_counted_has_no_percentile() -> None:
    assert Histogram().percentile_ms(50) is None


def test_a_histogram_stays_small() -> None:
    histogram = Histogram()
    rng = random.Random(1)
    for _ in range(10_000):
        histogram.add(rng.expovariate(1))
    assert len(histogram._buckets) < 1_000


def test_a_badge_that_counts_several_messages_is_the_first_for_each_of_them() -> None:
    delay = BadgeDelay(1)
    for number, author in enumerate(("ann", "bob", "ann", "cem")):
        delay.started(0, author, float(number))
    delay.arrived("bob", 0, 1, 1.0)
    assert delay.histogram.count == 1
    delay.arrived("bob", 0, 4, 10.0)
    assert delay.histogram.count == 3
    delay.arrived("bob", 0, 3, 11.0)
    delay.arrived("bob", 0, 4, 11.0)
    assert delay.histogram.count == 3
    slowest = delay.histogram.percentile_ms(100)
    assert slowest is not None
    assert abs(slowest - 8_000) < 160


def test_a_send_that_failed_is_no_message() -> None:
    delay = BadgeDelay(1)
    delay.started(0, "ann", 1.0)
    delay.failed(0)
    delay.started(0, "cem", 2.0)
    delay.arrived("bob", 0, 1, 3.0)
    assert delay.histogram.count == 1
    only = delay.histogram.percentile_ms(50)
    assert only is not None
    assert abs(only - 1_000) < 20
