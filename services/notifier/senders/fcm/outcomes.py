"""What FCM's answer means (Firebase, "FCM error codes")."""

from typing import Any

from firebase_admin import exceptions, messaging

from services.notifier.senders import Outcome, Result
from services.notifier.senders.fcm.wire import NotSentError
from services.notifier.senders.retry_after import retry_after_ms

QUOTA_MS = 60_000
"""How long to wait after a quota was exceeded and FCM did not say how long, ms (Firebase, "Scale")."""


def outcome_of(response: Any, now_ms: int) -> Outcome:
    """What became of a push.

    Only two errors say that the target is no more: UNREGISTERED, and SENDER_ID_MISMATCH, for a target that belongs to
    another project and will never be ours. A bad message is refused for good, but not its target; what concerns our own
    credentials or APNs' is tried again.
    """
    error = response.exception
    if error is None:
        return Outcome(Result.SENT, "200 ok", status=200)
    if isinstance(error.cause, NotSentError):
        return Outcome(Result.RETRY, error.cause.words, after_ms=error.cause.after_ms)
    answer = error.http_response
    status = answer.status_code if answer is not None else 0
    words = f"{status} {str(error.code).lower().replace('_', ' ')}"
    after = retry_after_ms(answer.headers.get("Retry-After") if answer is not None else None, now_ms)
    if isinstance(error, messaging.UnregisteredError):
        return Outcome(Result.DEAD, f"{status} unregistered", gone=True, status=status)
    if isinstance(error, messaging.SenderIdMismatchError):
        return Outcome(Result.DEAD, f"{status} sender id mismatch", gone=True, status=status)
    if isinstance(error, exceptions.InvalidArgumentError) or status in {400, 413}:
        return Outcome(Result.DEAD, words, status=status)
    if isinstance(error, messaging.ThirdPartyAuthError):
        return Outcome(Result.RETRY, f"{status} third party auth error", after_ms=after, status=status)
    if isinstance(error, exceptions.ResourceExhaustedError) or status == 429:
        return Outcome(Result.RETRY, words, after_ms=after or QUOTA_MS, status=status)
    return Outcome(Result.RETRY, words, after_ms=after, status=status)
