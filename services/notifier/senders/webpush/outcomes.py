"""What the answer of a web push service means (RFC 8030; RFC 8292, section 4.2)."""

from http import HTTPStatus

from services.notifier.senders import Outcome, Result
from services.notifier.senders.post import Answer
from services.notifier.senders.retry_after import retry_after_ms


def outcome_of(answer: Answer, now_ms: int) -> Outcome:
    """What became of a push.

    Only 404 and 410 say that the target is no more. What concerns this deployment's own key or manners (401, 403, 429)
    is tried again, and so is what another answer might follow: 5xx, 408, 425, a redirect, which is never followed.
    """
    status = answer.status
    words = f"{status} {_phrase(status)}".strip()
    if 200 <= status < 300:
        return Outcome(Result.SENT, words, status=status)
    if status in {404, 410}:
        return Outcome(Result.DEAD, words, gone=True, status=status)
    if status in {429, 503}:
        return Outcome(Result.RETRY, words, after_ms=retry_after_ms(answer.retry_after, now_ms), status=status)
    if status in {401, 403, 408, 425} or status >= 500 or status < 400:
        return Outcome(Result.RETRY, words, status=status)
    return Outcome(Result.DEAD, words, status=status)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase.lower()
    except ValueError:
        return ""
