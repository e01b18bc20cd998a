"""The exhaustive table of cases is what the rules do; and what people read off it holds without the rules."""

from pathlib import Path

from tests.notifier.cases import rows

FILE = Path(__file__).with_name("cases.tsv")


def listed() -> list[list[str]]:
    return [line.split("\t") for line in FILE.read_text().splitlines()[1:]]


def test_the_reviewed_cases_are_what_the_rules_decide() -> None:
    assert FILE.read_text().splitlines() == list(rows())
    assert len(listed()) >= 200


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
