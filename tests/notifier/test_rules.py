"""The decision table, row by row and by its properties."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.facts import (
    Client,
    Decision,
    Facts,
    Kind,
    Level,
    Preferences,
    PushTiming,
    QuietHours,
    Reason,
    Surface,
    Tab,
)
from services.notifier.rules import CHECKED, IN_USE, ROWS, SETTLED, decide, decide_again, path

NOW = 1_760_000_000_000
IDLE = 180_000
HERE, ELSEWHERE = "g_here", "g_elsewhere"


def a_tab(name: str = "t1", *, focused: bool = True, age: int = 0, showing: str = "") -> Tab:
    return Tab(name, visible=True, focused=focused, input_age_ms=age, conversation=showing)


def a_client(*tabs: Tab, name: str = "laptop", may_notify: bool = False) -> Client:
    return Client(name, may_notify, tabs)


def facts(**changes: Any) -> Facts:
    chosen: dict[str, Any] = {
        "conversation": HERE,
        "number": 7,
        "author": "ann",
        "kind": Kind.GROUP,
        "now_ms": NOW,
        "idle_ms": IDLE,
        "clients": (),
        "person": "bob",
    }
    return Facts(**{**chosen, **changes})


USING = (a_client(a_tab()),)
VIEWING = (a_client(a_tab(showing=HERE)),)
OPEN = (a_client(a_tab(focused=False), may_notify=True),)
ALWAYS = Preferences(push_timing=PushTiming.ALWAYS)

TABLE: list[tuple[str, dict[str, Any], Surface, Reason]] = [
    ("the author", {"person": "ann", "clients": USING}, Surface.NONE, Reason.AUTHOR),
    ("who has left", {"is_member": False}, Surface.NONE, Reason.NOT_A_MEMBER),
    ("a deleted message", {"deleted": True, "clients": USING}, Surface.NONE, Reason.DELETED),
    ("read exactly up to it", {"read": 7, "clients": USING}, Surface.NONE, Reason.READ),
    ("read up to the one before", {"read": 6}, Surface.PUSH, Reason.AWAY),
    ("muted", {"muted_until_ms": NOW + 1}, Surface.NONE, Reason.MUTED),
    ("a mute that has just run out", {"muted_until_ms": NOW}, Surface.PUSH, Reason.AWAY),
    (
        "a mention that breaks through the mute",
        {"muted_until_ms": NOW + 1, "preferences": Preferences(mention_breaks_mute=True), "mentioned": True},
        Surface.PUSH,
        Reason.AWAY,
    ),
    (
        "a mention that may not",
        {"muted_until_ms": NOW + 1, "mentioned": True},
        Surface.NONE,
        Reason.MUTED,
    ),
    (
        "breaking through is for mentions only",
        {"muted_until_ms": NOW + 1, "preferences": Preferences(mention_breaks_mute=True)},
        Surface.NONE,
        Reason.MUTED,
    ),
    (
        "the kind is off",
        {"preferences": Preferences(kinds_off=frozenset({Kind.GROUP}))},
        Surface.NONE,
        Reason.KIND_OFF,
    ),
    (
        "another kind is off",
        {"preferences": Preferences(kinds_off=frozenset({Kind.ITEM, Kind.DIRECT}))},
        Surface.PUSH,
        Reason.AWAY,
    ),
    (
        "a mention in a kind that is off",
        {"preferences": Preferences(kinds_off=frozenset({Kind.GROUP})), "mentioned": True},
        Surface.PUSH,
        Reason.AWAY,
    ),
    (
        "a mention in a kind that is off, mentions off too",
        {"preferences": Preferences(kinds_off=frozenset({Kind.GROUP}), mentions=False), "mentioned": True},
        Surface.NONE,
        Reason.KIND_OFF,
    ),
    ("told nothing of it", {"level": Level.NOTHING, "mentioned": True}, Surface.NONE, Reason.LEVEL),
    (
        "told nothing of it, but a mention breaks through",
        {"level": Level.NOTHING, "mentioned": True, "preferences": Preferences(mention_breaks_mute=True)},
        Surface.PUSH,
        Reason.AWAY,
    ),
    ("told of mentions only", {"level": Level.MENTIONS}, Surface.NONE, Reason.LEVEL),
    ("told of mentions only, and mentioned", {"level": Level.MENTIONS, "mentioned": True}, Surface.PUSH, Reason.AWAY),
    (
        "told of all of it although its kind is off",
        {"level": Level.ALL, "preferences": Preferences(kinds_off=frozenset({Kind.GROUP}))},
        Surface.PUSH,
        Reason.AWAY,
    ),
    ("muted, although told of all of it", {"level": Level.ALL, "muted_until_ms": NOW + 1}, Surface.NONE, Reason.MUTED),
    ("the status says so", {"do_not_disturb": True, "clients": USING}, Surface.NONE, Reason.STATUS),
    (
        "banners are off on the client in use",
        {"clients": (replace(USING[0], in_app_off=True),)},
        Surface.NONE,
        Reason.IN_APP_OFF,
    ),
    (
        "banners are off on one of two clients in use",
        {"clients": (replace(USING[0], in_app_off=True), a_client(a_tab(age=900), name="desktop"))},
        Surface.BANNER,
        Reason.TAB_IN_USE,
    ),
    (
        "snoozed, even for mentions",
        {"preferences": Preferences(snoozed_until_ms=NOW + 1, mention_breaks_mute=True), "mentioned": True},
        Surface.NONE,
        Reason.SNOOZED,
    ),
    (
        "do not disturb",
        {"preferences": Preferences(quiet=tuple(QuietHours(day, 0, 0) for day in range(7))), "clients": USING},
        Surface.NONE,
        Reason.DO_NOT_DISTURB,
    ),
    ("muted while presence cannot tell", {"read": 9, "clients": None}, Surface.NONE, Reason.READ),
    ("presence cannot tell", {"clients": None}, Surface.NONE, Reason.PRESENCE_UNKNOWN),
    ("viewing", {"clients": VIEWING}, Surface.NONE, Reason.VIEWING),
    (
        "viewing in one of two tabs in use",
        {"clients": (*USING, a_client(a_tab(showing=HERE, age=900), name="desktop"))},
        Surface.NONE,
        Reason.VIEWING,
    ),
    (
        "the conversation is open, but nobody is at the tab",
        {"clients": (a_client(a_tab(showing=HERE, age=IDLE + 1)),)},
        Surface.PUSH,
        Reason.AWAY,
    ),
    (
        "the conversation is open in a tab without the focus",
        {"clients": (a_client(a_tab("t1", focused=False, showing=HERE), a_tab("t2")),)},
        Surface.BANNER,
        Reason.TAB_IN_USE,
    ),
    (
        "another conversation is open",
        {"clients": (a_client(a_tab(showing=ELSEWHERE)),)},
        Surface.BANNER,
        Reason.TAB_IN_USE,
    ),
    ("input exactly the idle limit ago", {"clients": (a_client(a_tab(age=IDLE)),)}, Surface.BANNER, Reason.TAB_IN_USE),
    ("in-app off", {"clients": USING, "preferences": Preferences(in_app=False)}, Surface.NONE, Reason.IN_APP_OFF),
    ("a tab is open", {"clients": OPEN}, Surface.BROWSER, Reason.TAB_OPEN),
    (
        "a focused tab that nobody touches does not swallow alerts",
        {"clients": (a_client(a_tab(age=IDLE + 1), may_notify=True),)},
        Surface.BROWSER,
        Reason.TAB_OPEN,
    ),
    ("the browser may not notify", {"clients": (a_client(a_tab(focused=False)),)}, Surface.PUSH, Reason.AWAY),
    (
        "browser notifications switched off",
        {"clients": OPEN, "preferences": Preferences(browser=False)},
        Surface.PUSH,
        Reason.AWAY,
    ),
    ("a client without tabs", {"clients": (a_client(may_notify=True),)}, Surface.PUSH, Reason.AWAY),
    ("away", {}, Surface.PUSH, Reason.AWAY),
    ("away, push off", {"preferences": Preferences(push=False)}, Surface.NONE, Reason.PUSH_OFF),
]


@pytest.mark.parametrize(("changes", "surface", "reason"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_each_row_of_the_table(changes: dict[str, Any], surface: Surface, reason: Reason) -> None:
    decision = decide(facts(**changes))
    assert (decision.surface, decision.reason) == (surface, reason)


def test_every_reason_has_a_row() -> None:
    assert {row[3] for row in TABLE} == set(Reason)


def test_the_banner_is_for_the_tab_with_the_latest_input() -> None:
    clients = (
        a_client(a_tab("t1", age=500), a_tab("t2", age=400)),
        a_client(a_tab("t3", age=300), a_tab("t4", age=10, focused=False), name="desktop"),
    )
    decision = decide(facts(clients=clients))
    assert (decision.client, decision.tab) == ("desktop", "t3")


def test_the_browser_notification_is_for_the_tab_used_last_of_a_client_that_may_notify() -> None:
    clients = (
        a_client(a_tab("t1", focused=False, age=5)),
        a_client(a_tab("t2", focused=False, age=700), a_tab("t3", focused=False, age=600), name="b", may_notify=True),
    )
    decision = decide(facts(clients=clients))
    assert (decision.client, decision.tab) == ("b", "t3")


@pytest.mark.parametrize(("clients", "beside"), [(USING, True), (OPEN, True), (VIEWING, False), ((), False)])
def test_push_timing_always_pushes_beside_what_is_shown(clients: tuple[Client, ...], beside: bool) -> None:
    assert decide(facts(clients=clients, preferences=ALWAYS)).push_beside is beside
    assert not decide(facts(clients=clients, preferences=replace(ALWAYS, push=False))).push_beside


BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = tuple(QuietHours(day, 22 * 60, 7 * 60) for day in range(7))


def in_berlin(*moment: int, fold: int = 0) -> int:
    return int(datetime(*moment, tzinfo=BERLIN, fold=fold).timestamp() * 1000)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("quiet", "moment", "disturbed"),
    [
        (NIGHT, in_berlin(2026, 6, 1, 21, 59), True),
        (NIGHT, in_berlin(2026, 6, 1, 22, 0), False),
        (NIGHT, in_berlin(2026, 6, 2, 6, 59), False),
        (NIGHT, in_berlin(2026, 6, 2, 7, 0), True),
        # Friday night only: it reaches into Saturday, not into Friday's own early morning.
        ((QuietHours(4, 22 * 60, 7 * 60),), in_berlin(2026, 6, 6, 3, 0), False),
        ((QuietHours(4, 22 * 60, 7 * 60),), in_berlin(2026, 6, 5, 3, 0), True),
        # Sunday night reaches into Monday.
        ((QuietHours(6, 23 * 60, 60),), in_berlin(2026, 6, 8, 0, 59), False),
        # Spring: 02:00 to 03:00 does not exist on 29 March 2026; what ends at 02:30 has ended by 03:00.
        ((QuietHours(6, 0, 150),), in_berlin(2026, 3, 29, 1, 59), False),
        ((QuietHours(6, 0, 150),), in_berlin(2026, 3, 29, 3, 0), True),
        # Autumn: 02:30 comes twice on 25 October 2026, and is quiet both times.
        ((QuietHours(6, 120, 180),), in_berlin(2026, 10, 25, 2, 30, fold=0), False),
        ((QuietHours(6, 120, 180),), in_berlin(2026, 10, 25, 2, 30, fold=1), False),
        ((QuietHours(6, 120, 180),), in_berlin(2026, 10, 25, 3, 0), True),
    ],
)
def test_quiet_hours_follow_the_wall_clock_of_the_person(
    quiet: tuple[QuietHours, ...], moment: int, disturbed: bool
) -> None:
    decision = decide(facts(now_ms=moment, preferences=Preferences(quiet=quiet, time_zone=BERLIN)))
    assert (decision.reason is Reason.AWAY) is disturbed
    assert decision.reason in {Reason.AWAY, Reason.DO_NOT_DISTURB}


def test_the_same_moment_is_quiet_in_one_zone_and_not_in_another() -> None:
    moment = in_berlin(2026, 6, 1, 23, 30)
    far = Preferences(quiet=NIGHT, time_zone=ZoneInfo("America/New_York"))
    assert decide(facts(now_ms=moment, preferences=far)).reason is Reason.AWAY
    assert decide(facts(now_ms=moment, preferences=Preferences(quiet=NIGHT, time_zone=UTC))).reason is (
        Reason.AWAY if datetime.fromtimestamp(moment / 1000, UTC).hour < 22 else Reason.DO_NOT_DISTURB
    )


names = st.sampled_from(["a", "b", "c"])
tabs = st.builds(
    Tab,
    tab=names,
    visible=st.booleans(),
    focused=st.booleans(),
    input_age_ms=st.integers(0, 2 * IDLE),
    conversation=st.sampled_from(["", HERE, ELSEWHERE]),
)
clients = st.builds(
    Client,
    client=names,
    may_notify=st.booleans(),
    tabs=st.lists(tabs, max_size=3).map(tuple),
    in_app_off=st.booleans(),
)
moments = st.integers(NOW - 10**9, NOW + 10**9)
preferences = st.builds(
    Preferences,
    mention_breaks_mute=st.booleans(),
    kinds_off=st.frozensets(st.sampled_from(list(Kind))),
    mentions=st.booleans(),
    snoozed_until_ms=moments,
    quiet=st.lists(
        st.builds(QuietHours, st.integers(0, 6), st.integers(0, 1439), st.integers(0, 1439)), max_size=3
    ).map(tuple),
    time_zone=st.sampled_from([UTC, BERLIN]),
    in_app=st.booleans(),
    browser=st.booleans(),
    push=st.booleans(),
    push_timing=st.sampled_from(list(PushTiming)),
)
any_facts = st.builds(
    Facts,
    conversation=st.just(HERE),
    number=st.integers(1, 5),
    author=names,
    kind=st.sampled_from(list(Kind)),
    now_ms=moments,
    idle_ms=st.just(IDLE),
    clients=st.one_of(st.none(), st.lists(clients, max_size=3).map(tuple)),
    person=names,
    is_member=st.booleans(),
    deleted=st.booleans(),
    mentioned=st.booleans(),
    read=st.integers(0, 5),
    preferences=st.one_of(st.just(Preferences()), preferences),
    muted_until_ms=moments,
    level=st.one_of(st.none(), st.sampled_from(list(Level))),
    do_not_disturb=st.booleans(),
    reachable=st.booleans(),
)


@settings(deadline=None)
@given(any_facts)
def test_every_case_is_decided_with_at_most_one_surface_and_a_target_exactly_where_one_is_needed(given_: Facts) -> None:
    decision = decide(given_)
    shown = decision.surface in {Surface.BANNER, Surface.BROWSER}
    assert bool(decision.client) is bool(decision.tab) is shown
    if shown:
        assert any(
            decision.client == client.client and decision.tab == tab.tab
            for client in given_.clients or ()
            for tab in client.tabs
        )
    if decision.push_beside:
        assert given_.preferences.push_timing is PushTiming.ALWAYS
        assert decision.surface is not Surface.PUSH
    if decision.reason in SETTLED:
        assert decision == Decision(Surface.NONE, decision.reason)


@settings(deadline=None)
@given(any_facts, st.booleans(), st.integers(1, 10**9))
def test_muting_or_snoozing_never_shows_more(given_: Facts, mute: bool, longer: int) -> None:
    chosen = given_.preferences
    quieter = (
        replace(given_, muted_until_ms=max(given_.muted_until_ms, given_.now_ms) + longer)
        if mute
        else replace(
            given_,
            preferences=replace(chosen, snoozed_until_ms=max(chosen.snoozed_until_ms, given_.now_ms) + longer),
        )
    )
    before, after = decide(given_), decide(quieter)
    assert after.surface in {before.surface, Surface.NONE}
    if not (mute and given_.mentioned):
        assert after.surface is Surface.NONE


@settings(deadline=None)
@given(any_facts)
def test_the_order_of_clients_and_tabs_changes_nothing(given_: Facts) -> None:
    if given_.clients is None:
        return
    turned = tuple(replace(client, tabs=client.tabs[::-1]) for client in given_.clients[::-1])
    there, back = decide(given_), decide(replace(given_, clients=turned))
    assert (there.surface, there.reason, there.client, there.tab) == (back.surface, back.reason, back.client, back.tab)


@settings(deadline=None)
@given(any_facts, any_facts)
def test_a_second_look_pushes_only_if_no_tab_is_in_use_and_never_shows_a_second_banner(
    first: Facts, later: Facts
) -> None:
    before = decide(first)
    if before.reason not in CHECKED or before.reason is Reason.PRESENCE_UNKNOWN:
        return
    again = decide_again(before, later)
    if later.reachable:
        assert again == before or again.surface in {Surface.NONE, Surface.PUSH}
    else:
        assert again == before or again.surface is not Surface.BANNER
    if again.surface is Surface.PUSH:
        assert decide(later).reason not in {*IN_USE, *SETTLED, Reason.PRESENCE_UNKNOWN}


@settings(deadline=None)
@given(any_facts)
def test_what_waited_for_presence_is_decided_by_the_whole_table(given_: Facts) -> None:
    waited = Decision(Surface.NONE, Reason.PRESENCE_UNKNOWN)
    assert decide_again(waited, given_) == decide(given_)


@settings(deadline=None)
@given(any_facts)
def test_the_path_of_a_decision_ends_with_the_condition_that_held_and_never_goes_back(given_: Facts) -> None:
    steps = path(decide(given_).reason)
    assert steps[-1] == (ROWS[decide(given_).reason], decide(given_).reason, True)
    assert not any(held for _, _, held in steps[:-1])
    assert [row for row, _, _ in steps] == sorted(row for row, _, _ in steps)


@settings(deadline=None)
@given(any_facts)
def test_an_earlier_condition_of_the_path_would_have_decided_otherwise(given_: Facts) -> None:
    """Turning on an earlier condition takes the decision over: the path's order is the order of the rules."""
    steps = [condition for _, condition, held in path(decide(given_).reason) if not held]
    louder = {
        Reason.AUTHOR: replace(given_, author=given_.person),
        Reason.NOT_A_MEMBER: replace(given_, is_member=False),
        Reason.DELETED: replace(given_, deleted=True),
        Reason.READ: replace(given_, read=given_.number),
        Reason.MUTED: replace(given_, muted_until_ms=given_.now_ms + 1, mentioned=False),
        Reason.LEVEL: replace(given_, level=Level.NOTHING, mentioned=False),
        Reason.STATUS: replace(given_, do_not_disturb=True),
    }
    for condition, changed in louder.items():
        if condition in steps:
            assert decide(changed).surface is Surface.NONE
            assert list(ROWS).index(decide(changed).reason) <= list(ROWS).index(condition)


def test_who_cannot_be_pushed_to_keeps_the_browser_notification_or_gets_one() -> None:
    idle = (a_client(a_tab(age=IDLE + 1), may_notify=True),)
    shown = Decision(Surface.BROWSER, Reason.TAB_OPEN, "laptop", "t1")
    banner = Decision(Surface.BANNER, Reason.TAB_IN_USE, "laptop", "t1")
    assert decide_again(shown, facts(clients=idle, reachable=False)) == shown
    assert decide_again(banner, facts(clients=idle, reachable=False)) == shown
    assert decide_again(shown, facts(clients=idle)).surface is Surface.PUSH
