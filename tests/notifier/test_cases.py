"""The tables of cases are what the rules do; and what people read off them holds without the rules."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from services.notifier import rules
from services.notifier.facts import Decision, Facts
from tests.notifier import again, cases
from tests.notifier.edges import edges
from tests.notifier.slips import SLIPS

HERE = Path(__file__).parent


def listed() -> list[list[str]]:
    return [line.split("\t") for line in (HERE / "cases.tsv").read_text().splitlines()[1:]]


def words(decision: Decision) -> str:
    return decision.surface.value + ("+PUSH" if decision.push_beside else "")


def test_the_reviewed_cases_are_what_the_rules_decide() -> None:
    assert (HERE / "cases.tsv").read_text().splitlines() == list(cases.rows())
    assert len(listed()) >= 200


def test_the_reviewed_second_looks_are_what_the_rules_decide() -> None:
    assert (HERE / "again.tsv").read_text().splitlines() == list(again.rows())


@pytest.mark.parametrize(("facts", "expected"), [pytest.param(facts, it, id=name) for name, facts, it in edges()])
def test_at_its_edges_the_table_does_what_a_person_wrote_down(facts: Facts, expected: str) -> None:
    decision = rules.decide(facts)
    surface, _, client = expected.partition("@")
    assert words(decision) == surface
    assert decision.client == client or not client


@pytest.mark.parametrize(("piece", "instead"), [pytest.param(old, new, id=name) for name, old, new in SLIPS])
def test_the_cases_notice_a_slip_in_the_rules(piece: str, instead: str) -> None:
    source = Path(rules.__file__).read_text()
    assert piece in source, "the rules have changed: mend the slip"
    slipped = ModuleType("slipped")
    exec(compile(source.replace(piece, instead, 1), "slipped", "exec"), slipped.__dict__)  # noqa: S102 - our own rules
    assert everything(slipped.decide, slipped.decide_again) != everything(rules.decide, rules.decide_again)


def everything(
    decide: Callable[[Facts], Decision], decide_again: Callable[[Decision, Facts], Decision]
) -> list[Decision]:
    return [
        *(decide(facts) for _, facts in cases.cases()),
        *(decide(facts) for _, facts, _ in edges()),
        *(decide_again(decide(was), holds) for _, _, was, holds in again.cases()),
    ]


def test_nobody_is_told_of_their_own_of_foreign_of_deleted_or_of_read_messages() -> None:
    settled = {"the author": "AUTHOR", "has left": "NOT_A_MEMBER", "deleted": "DELETED", "has read it": "READ"}
    for who, _, _, _, surface, reason in listed():
        if who in settled:
            assert (surface, reason) == ("NONE", settled[who])


def test_a_mute_gives_way_to_a_mention_only_where_that_was_chosen() -> None:
    for who, where, chosen, mentioned, _, reason in listed():
        if who == "muted":
            broken = chosen == "mentions break mute" and mentioned == "mentioned"
            assert (reason == "MUTED") is not broken, (who, where, chosen, mentioned)


def test_a_member_without_choices_is_told_where_the_table_says() -> None:
    table = {
        where: (surface, reason)
        for who, where, chosen, mentioned, surface, reason in listed()
        if (who, chosen, mentioned) == ("a member", "nothing chosen", "-")
    }
    assert table == {
        "away": ("PUSH", "AWAY"),
        "views it": ("NONE", "VIEWING"),
        "uses a tab": ("BANNER", "TAB_IN_USE"),
        "uses a tab, banners off on it": ("NONE", "IN_APP_OFF"),
        "sits idle before it": ("PUSH", "AWAY"),
        "tab open, may notify": ("BROWSER", "TAB_OPEN"),
        "tab open, may not notify": ("PUSH", "AWAY"),
        "presence cannot tell": ("NONE", "PRESENCE_UNKNOWN"),
    }


def test_whoever_stops_being_active_gets_what_is_left_as_a_push() -> None:
    table = [line.split("\t") for line in (HERE / "again.tsv").read_text().splitlines()[1:]]
    away = {before: (surface, reason) for before, now, surface, reason in table if now == "away"}
    assert set(away) == set(again.BEFORE)
    assert set(away.values()) == {("PUSH", "AWAY")}
    settled = {"has read it", "deleted", "has left", "muted", "snoozed", "quiet hours", "status do not disturb"}
    assert {surface for _, now, surface, _ in table if now in settled} == {"NONE"}
