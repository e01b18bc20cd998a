"""What FCM carries to a phone.

A notification names itself by its tag, "conversation:number", so that a second delivery of it replaces the first. What
takes back or replaces goes as data to the app, which is the only one who can do it.
"""

import hashlib
import json
from datetime import UTC, datetime

from firebase_admin import messaging

from services.notifier.senders import Act, Outgoing
from services.notifier.senders.fitting import fitted

MESSAGE_BYTES = 4_000
"""The longest message, bytes of its JSON: FCM takes 4,096 bytes of payload, and counts less than this does."""

COLLAPSE_ID_BYTES = 64
"""The longest `apns-collapse-id` (Apple, "Sending notification requests to APNs")."""

_encode = messaging._MessagingService.encode_message  # noqa: SLF001 - the library measures nothing by itself


def message(push: Outgoing, channel: str, now_ms: int) -> messaging.Message:
    """The push in the library's words; its text is cut so that FCM takes it.

    Args:
        push: what to send.
        channel: the notification channel of the Android app.
        now_ms: the present, ms since 1970 UTC.

    Raises:
        TooLongError: the names in it alone are too long.
    """
    made: list[messaging.Message] = []

    def encode(title: str, text: str) -> bytes:
        made.append(_message(push, title, text, channel, now_ms))
        return json.dumps(_encode(made[-1]), ensure_ascii=False, separators=(",", ":")).encode()

    silent = push.act is Act.CLEAR
    fitted(encode, "" if silent else push.content.title, "" if silent else push.content.text, MESSAGE_BYTES)
    return made[-1]


def _message(push: Outgoing, title: str, text: str, channel: str, now_ms: int) -> messaging.Message:
    content, shows = push.content, push.act is Act.SHOW
    data = {
        "act": push.act.value,
        "tag": content.tag,
        "conversation": content.conversation,
        "number": str(content.number),
        "kind": content.kind.value,
        "author": content.author,
        "service": content.service,
        "link": content.link,
        "count": str(push.count),
        "at_ms": str(content.at_ms),
        "clear_up_to": str(push.clear_up_to),
        "badge": "" if push.badge is None else str(push.badge),
    }
    if push.act is Act.REPLACE:
        # Not as a notification: it must not make a sound a second time, nor appear again if it was swiped away.
        data |= {"title": title, "text": text}
    # Who writes is the title where the conversation has none.
    headline = title or content.author or content.service
    if push.count > 1:
        # The phone shows this as it is; a number in brackets needs no language.
        headline = f"{headline} ({push.count})"
    made = messaging.Message(
        data=data,
        android=_android(push, headline, text, channel, now_ms) if shows else _silent_android(push, now_ms),
        apns=_apns(push, headline, text) if shows else _silent_apns(push),
    )
    # Set here, because the constructor warns of tokens, with which most apps still register.
    if push.device.installation:
        made.fid = push.device.target
    else:
        made.token = push.device.target
    return made


def _ttl_s(push: Outgoing, now_ms: int) -> int | None:
    return max(0, (push.expires_ms - now_ms) // 1000) if push.expires_ms else None


def _android(push: Outgoing, headline: str, text: str, channel: str, now_ms: int) -> messaging.AndroidConfig:
    return messaging.AndroidConfig(
        collapse_key=push.content.tag,
        priority="high",
        ttl=_ttl_s(push, now_ms),
        notification=messaging.AndroidNotification(
            title=headline,
            body=text,
            tag=push.content.tag,
            channel_id=channel,
            event_timestamp=datetime.fromtimestamp(push.content.at_ms / 1000, UTC),
            notification_count=push.badge,
            priority="high" if push.mentioned else "default",
        ),
    )


def _silent_android(push: Outgoing, now_ms: int) -> messaging.AndroidConfig:
    # Not high: Android takes that away from apps whose urgent messages show nothing. No collapse key: FCM keeps only
    # four of them for a phone that is offline.
    return messaging.AndroidConfig(priority="normal", ttl=_ttl_s(push, now_ms))


def _apns(push: Outgoing, headline: str, text: str) -> messaging.APNSConfig:
    return messaging.APNSConfig(
        headers={**_apns_headers(push), "apns-push-type": "alert", "apns-priority": "10"},
        payload=messaging.APNSPayload(
            aps=messaging.Aps(
                alert=messaging.ApsAlert(title=headline, body=text),
                badge=push.badge,
                sound="default",
                thread_id=push.content.conversation,
                mutable_content=True,
                custom_data={"interruption-level": "time-sensitive" if push.mentioned else "active"},
            )
        ),
    )


def _silent_apns(push: Outgoing) -> messaging.APNSConfig:
    # A background push may hold no number (Apple, "Pushing background updates"): one that sets the icon's is an alert
    # without words.
    kind = "background" if push.badge is None else "alert"
    return messaging.APNSConfig(
        headers={**_apns_headers(push), "apns-push-type": kind, "apns-priority": "5"},
        payload=messaging.APNSPayload(aps=messaging.Aps(badge=push.badge, content_available=True)),
    )


def _apns_headers(push: Outgoing) -> dict[str, str]:
    headers = {}
    if push.act is Act.SHOW:
        headers["apns-collapse-id"] = collapse_id(push.content.tag)
    if push.expires_ms:
        headers["apns-expiration"] = str(push.expires_ms // 1000)
    return headers


def collapse_id(tag: str) -> str:
    """The tag, or its hash where APNs would not take it."""
    return tag if len(tag.encode()) <= COLLAPSE_ID_BYTES else hashlib.sha256(tag.encode()).hexdigest()
