"""Makes a push fit into what its push service takes."""

from collections.abc import Callable

from services.notifier.text import shortened


class TooLongError(ValueError):
    """It does not fit even without any text."""


def fitted(encode: Callable[[str, str], bytes], title: str, text: str, limit: int) -> bytes:
    """A push in at most `limit` bytes: its text is cut at a grapheme boundary, then its title.

    Args:
        encode: makes the push of a title and a text.
        title: the title.
        text: the text.
        limit: bytes.

    Raises:
        TooLongError: it does not fit even without any text.
    """
    while (over := len(raw := encode(title, text)) - limit) > 0:
        if text:
            text = _cut(text, len(raw) - len(encode(title, "")), over)
        elif title:
            title = _cut(title, len(raw) - len(encode("", text)), over)
        else:
            raise TooLongError
    return raw


def _cut(text: str, size: int, over: int) -> str:
    """A text whose encoding is `size` bytes, cut so that about `over` bytes of these fall away, one at least.

    The encoding may be longer than the text, as where quotation marks are escaped.
    """
    bytes_ = len(text.encode())
    return shortened(text, min(bytes_ - 1, bytes_ * max(0, size - over) // size))
