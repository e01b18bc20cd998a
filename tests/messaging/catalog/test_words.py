import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.messaging.catalog.words import (
    BEGINNINGS,
    MARK,
    QUERY_WORDS,
    TEXT_WORDS,
    WORD_CHARACTERS,
    Query,
    entry_of,
    index_entries,
    query_of,
    words_of,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ärger mit Straße und STRASSE", {"arger", "mit", "strasse", "und"}),
        ("Łódź øre naïve ﬁne", {"lodz", "ore", "naive", "fine"}),
        ("site_plan-3.pdf don’t", {"site", "plan", "3", "pdf", "don", "t"}),
        ("東京に", {"東", "東京", "京", "京に", "に"}),
        ("がか", {"が", "がか", "か"}),
        ("ｶﾞ", {"ガ"}),
        ("한국어 텍스트", {"한국어", "텍스트"}),
        ("हिन्दी", {"हिन्दी"}),
        ("İstanbul ISPARTA", {"istanbul", "isparta"}),
        ("مُحَمَّد שָׁלוֹם", {"محمد", "שלום"}),
        ("🎉 ok ❤️", {"🎉", "ok", "❤"}),
        ("«…» — !", set()),
    ],
)
def test_words_are_compared_without_case_accents_and_forms(text: str, words: set[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("concrete po", Query(("concrete",), "po")),
        ("po concrete po", Query(("concrete",), "po")),
        ("東京タワー", Query(("東京", "京タ", "タワ", "ワー"))),
        ("東", Query(("東",))),
        ("slab 東京", Query(("slab", "東京"))),
        ("東京 slab", Query(("東京",), "slab")),
        ("slab 🎉", Query(("slab", "🎉"))),
        ("…!", None),
        ("\u0301", None),
    ],
)
def test_the_last_word_is_the_beginning_of_one_unless_its_script_has_no_spaces(text: str, query: Query | None) -> None:
    assert query_of(text) == query


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("concrete po", "concrete"),
        ("to concre", "concre*"),
        ("a", "*"),
        ("ab", "*"),
        ("abc", "abc*"),
        ("abcde", "abc*"),
        ("to a", "to"),
    ],
)
def test_the_index_is_entered_at_the_longest_word(text: str, entry: str) -> None:
    query = query_of(text)
    assert query
    assert entry_of(query) == entry


@given(st.text(max_size=300), st.text(max_size=60))
def test_whatever_is_found_in_a_text_is_found_by_way_of_the_index(text: str, asked: str) -> None:
    query = query_of(asked)
    if query and len(words_of(text)) <= TEXT_WORDS and query.found_in(words_of(text)):
        assert entry_of(query) in index_entries(text)


@given(st.text(alphabet="aäÄßøé東京にが가나🎉 -_.1'", min_size=1, max_size=30))
def test_a_text_is_found_by_itself_in_any_case_and_without_its_last_letter(text: str) -> None:
    words = words_of(text)
    for asked in (text, text.upper(), text.lower()):
        query = query_of(asked)
        assert (query is None) == (not words)
        assert query is None or query.found_in(words)
    shorter = query_of(text[:-1])
    assert shorter is None or shorter.found_in(words)


@given(st.text(max_size=500))
def test_entries_are_few_short_and_ascending(text: str) -> None:
    entries = index_entries(text)
    assert entries == sorted(set(entries))
    assert MARK in entries
    assert len(entries) <= TEXT_WORDS * (1 + len(BEGINNINGS)) + 1
    assert all(len(entry) <= WORD_CHARACTERS for entry in entries)


@pytest.mark.parametrize(
    "text",
    ["a" * 65_536, "ab " * 21_845, "\u0301" * 32_768, "東" * 21_845, " ".join(map(str, range(12_000))), "ﷺ" * 21_845],
)
def test_the_largest_texts_are_bounded_in_entries_and_in_time(text: str) -> None:
    begun = time.thread_time()
    assert len(index_entries(text)) <= 601
    words_of(text)
    assert time.thread_time() - begun < 1


def test_a_query_of_many_words_counts_only_the_first() -> None:
    query = query_of(" ".join(f"word{index}" for index in range(30)))
    assert query
    assert len(query.words) == QUERY_WORDS
    assert not query.beginning
