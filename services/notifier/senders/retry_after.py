"""The header Retry-After (RFC 9110, section 10.2.3)."""

from email.utils import parsedate_to_datetime

from services.notifier.senders.limits import RETRY_AFTER_MAX_MS


def retry_after_ms(value: str | None, now_ms: int) -> int:
    """How long to wait, ms: seconds, or until an HTTP date; 0 for none, for one that has passed and for nonsense.

    Args:
        value: of the header; None without one.
        now_ms: the present, ms since 1970 UTC.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        # So many digits are more than the longest wait anyway.
        wait = int(text[:10]) * 1000
    else:
        try:
            wait = int(parsedate_to_datetime(text).timestamp() * 1000) - now_ms
        except (ValueError, OverflowError):
            return 0
    return max(0, min(wait, RETRY_AFTER_MAX_MS))
