"""Text that is safe to show in a notification, whoever wrote it."""

import regex

PREVIEW_LENGTH = 240
"""The longest preview, code points (contract of Banner.text)."""

_UNSAFE = regex.compile(
    # Controls and lone surrogates; soft hyphen, combining grapheme joiner, Arabic letter mark, Hangul and Khmer
    # fillers, Mongolian vowel separators, every zero-width character, bidirectional embedding, override and isolate,
    # invisible operators, interlinear annotation, and tags.
    r"[\p{Cc}\p{Cs}\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u3164\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SPACE = regex.compile(r"[\s\u2028\u2029]+")
_GRAPHEME = regex.compile(r"\X")


def safe(text: str, limit: int = PREVIEW_LENGTH) -> str:
    """One line of text without anything that could hide, reorder or control what is shown.

    White space of any kind and length becomes one space. What is longer than `limit` code points is cut at a grapheme
    boundary and ends with "…".
    """
    # White space first: line feeds and tabs are controls too, but they part words.
    plain = _SPACE.sub(" ", _UNSAFE.sub("", _SPACE.sub(" ", text))).strip()
    return plain if len(plain) <= limit else _cut(plain, limit - 1) + "…"


def shortened(text: str, limit: int) -> str:
    """Safe text in at most `limit` bytes of UTF-8: cut at a grapheme boundary, ended with "…"; empty if none fits."""
    if len(text.encode()) <= limit:
        return text
    left, end = limit - len("…".encode()), 0
    for grapheme in _GRAPHEME.finditer(text):
        left -= len(grapheme.group().encode())
        if left < 0:
            break
        end = grapheme.end()
    return text[:end].rstrip() + "…" if end else ""


def _cut(text: str, limit: int) -> str:
    """The longest run of whole graphemes that fits; one that alone is too long is cut inside."""
    end = 0
    # A grapheme that begins within the limit and is cut off here is longer than what is left of it anyway.
    for grapheme in _GRAPHEME.finditer(text[: limit + 1]):
        if grapheme.end() > limit:
            break
        end = grapheme.end()
    return text[: end or limit].rstrip()
