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
    while len(raw := encode(title, text)) > limit:
        # What is cut may count for more than its own bytes, as an escaped quotation mark; the next round counts again.
        over = len(raw) - limit
        if text:
            text = shortened(text, len(text.encode()) - over)
        elif title:
            title = shortened(title, len(title.encode()) - over)
        else:
            raise TooLongError
    return raw
