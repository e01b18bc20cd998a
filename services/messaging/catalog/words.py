"""The words of a text, as search compares them.

A word is a run of letters, marks and digits; everything else parts words, so that "site_plan-3.pdf" is found by any of
its pieces. Scripts that write without spaces have no runs to speak of: of those, every character and every pair of
neighbours is a word, which finds any piece of a sentence. A pictograph is a word of its own.

Words are folded first: case (Unicode's case folding), compatibility forms (NFKD) and accents make no difference.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import regex

TEXT_CHARACTERS = 8_192
"""So many characters of a text can be found, the first ones: some 1,300 words. To take apart a text of 64 KiB stops
everything else here for up to 0.1 s, and a page of results has many."""

FOLDED_CHARACTERS = 4 * TEXT_CHARACTERS
"""So many of them once compatibility forms are taken apart: "ﷺ" alone has 18."""

TEXT_WORDS = 200
"""So many different words of a text can be found, the first ones; more would let one message fill the index."""

WORD_CHARACTERS = 40
"""A word is compared by so many of its first characters."""

QUERY_WORDS = 10
"""So many words of a query count, the first ones."""

BEGINNINGS = (3, 6)
"""Of each word the index also has its first so many characters: by those a beginning is looked up."""

MARK = "*"
"""Ends a beginning in the index; it is in no word."""

_JOINED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}"

_WORD = regex.compile(
    rf"(?V1)(?P<joined>[{_JOINED}\u30fc]+)|(?P<word>[[\p{{L}}\p{{N}}\p{{M}}]--[{_JOINED}\u30fc]]+)"
    r"|(?P<picture>\p{Emoji_Presentation}|\p{Extended_Pictographic})"
)

_ACCENTS = regex.compile(r"(?V1)[[\p{Mn}&&\p{Script=Inherited}]--[\u3099\u309a]]|[\u0591-\u05c7]")
"""Accents, vowel points and variation selectors. Not what makes another letter: Japanese voicing, the vowel signs of
India."""

_BASES = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ŧ": "t"}
)
"""Letters with a stroke or a tail, which Unicode does not take apart (as in PostgreSQL's `unaccent`)."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: every word, and a word that begins with `beginning`, unless that is empty."""

    words: tuple[str, ...]
    beginning: str = ""

    def found_in(self, words: frozenset[str]) -> bool:
        """Whether a text with these words is what is looked for."""
        if not words.issuperset(self.words):
            return False
        return not self.beginning or any(word.startswith(self.beginning) for word in words)


def fold(text: str) -> str:
    """The beginning of a text without case, compatibility forms and accents."""
    apart = unicodedata.normalize("NFKD", text[:TEXT_CHARACTERS])[:FOLDED_CHARACTERS]
    folded = unicodedata.normalize("NFKD", apart.casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", folded)).translate(_BASES)


def words_of(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(_words(text))


def index_entries(text: str) -> list[str]:
    """What the index has of a text, ascending: its first words, their beginnings, and MARK, which every text has."""
    words: set[str] = set()
    for word in _words(text):
        words.add(word)
        if len(words) == TEXT_WORDS:
            break
    beginnings = {word[:length] + MARK for word in words for length in BEGINNINGS if len(word) >= length}
    return sorted(words | beginnings | {MARK})


def query_of(text: str) -> Query | None:
    """What a person looks for; None if there is no word in it."""
    found: list[str] = []
    last = ""
    for match in _WORD.finditer(fold(text)):
        last = match["word"] or ""
        pieces = _pieces(match)
        # A pair says what its two characters say.
        for word in pieces if len(match[0]) == 1 or last else [piece for piece in pieces if len(piece) > 1]:
            if word not in found:
                found.append(word)
    if not found:
        return None
    if last and len(found) <= QUERY_WORDS:
        beginning = last[:WORD_CHARACTERS]
        return Query(tuple(word for word in found if word != beginning), beginning)
    return Query(tuple(found[:QUERY_WORDS]))


def entry_of(query: Query) -> str:
    """The entry of the index that leads to what is looked for: the longest word, because long words are rare ones."""
    lengths = [length for length in BEGINNINGS if length <= len(query.beginning)]
    beginning = query.beginning[: lengths[-1]] if lengths else ""
    word = max(query.words, key=len, default="")
    if len(word) >= len(beginning) and word:
        return word
    return beginning + MARK


def _words(text: str) -> Iterator[str]:
    for match in _WORD.finditer(fold(text)):
        yield from _pieces(match)


def _pieces(match: "regex.Match[str]") -> Iterator[str]:
    joined = match["joined"]
    if joined is None:
        yield match[0][:WORD_CHARACTERS]
        return
    for index, character in enumerate(joined):
        yield character
        if index + 1 < len(joined):
            yield joined[index : index + 2]
