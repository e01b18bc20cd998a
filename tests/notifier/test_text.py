"""What strangers write is safe to show."""

import unicodedata

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.text import PREVIEW_LENGTH, safe


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  the crane\n\n is\there ", "the crane is here"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\u2066b\u2069c\u200bd\u200de\ufefff", "abcdef"),
        ("bell\x07 and\x1b[31m red\x00", "bell and[31m red"),
        ("\u200b\u200b", ""),
        ("line\u2028separator", "line separator"),
        ("Straße 👷 e\u0301", "Straße 👷 e\u0301"),
    ],
)
def test_hidden_and_reordering_characters_do_not_reach_a_notification(text: str, shown: str) -> None:
    assert safe(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x" * 240, "x" * 240),
        ("x" * 241, "x" * 239 + "…"),
        ("x" * 238 + "e\u0301y", "x" * 238 + "…"),
        ("x" * 237 + "🇩🇪🇩🇪", "x" * 237 + "🇩🇪…"),
        ("x" * 238 + "🇩🇪🇩🇪", "x" * 238 + "…"),
        ("e" + "\u0301" * 1_000, "e" + "\u0301" * 238 + "…"),
    ],
)
def test_long_text_is_cut_between_graphemes(text: str, shown: str) -> None:
    assert safe(text) == shown


@settings(deadline=None)
@given(st.text(max_size=400), st.integers(2, 300))
def test_whatever_is_written_what_is_shown_is_short_and_holds_no_control(text: str, limit: int) -> None:
    shown = safe(text, limit)
    assert len(shown) <= limit
    assert not any(unicodedata.category(char) in {"Cc", "Cs"} for char in shown)
    assert not regex.search(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", shown)
    assert safe(shown, limit) == shown


def test_a_flood_of_invisible_characters_hides_nothing() -> None:
    assert safe("\u200b" * 60_000 + "pay me") == "pay me"
    assert len(safe("a" * 65_536)) == PREVIEW_LENGTH
