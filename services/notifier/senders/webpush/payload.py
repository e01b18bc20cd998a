"""What a web push carries to the service worker."""

import base64
import hashlib
import json
from functools import partial

from services.notifier.facts import Kind
from services.notifier.senders import Act, Outgoing
from services.notifier.senders.fitting import fitted

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

FOREVER_S = 86_400
"""The time to live of a push of which no end is known, s."""


def payload(push: Outgoing, limit: int) -> bytes:
    """The push as JSON in at most `limit` bytes; the text is cut to fit. What takes back carries no text.

    Raises:
        TooLongError: the names in it alone are longer.
    """
    silent = push.act is Act.CLEAR
    title, text = ("", "") if silent else (push.content.title, push.content.text)
    return fitted(partial(_encoded, push), title, text, limit)


def _encoded(push: Outgoing, title: str, text: str) -> bytes:
    content = push.content
    fields = {
        "act": push.act.value,
        "tag": content.tag,
        "conversation": content.conversation,
        "number": content.number,
        "title": title,
        "text": text,
        "author": content.author,
        "service": content.service,
        "link": content.link,
        "kind": content.kind.value,
        "badge": push.badge,
        "mentioned": push.mentioned,
        "count": push.count,
        "at_ms": content.at_ms,
        "clear_up_to": push.clear_up_to,
    }
    return _JSON.encode(fields).encode()


def topic(push: Outgoing) -> str:
    """Of what waits for an offline browser under the same topic only the last is delivered (RFC 8030, section 5.4).

    32 letters of base64url, made of the tag: so a push that takes back replaces the one that shows.
    """
    return base64.urlsafe_b64encode(hashlib.sha256(push.content.tag.encode()).digest()[:24]).decode()


def urgency(push: Outgoing) -> str:
    """How urgent it is (RFC 8030, section 5.3): a phone that saves power takes only what is high."""
    if push.act is not Act.SHOW:
        return "low"
    return "high" if push.mentioned or push.content.kind is Kind.DIRECT else "normal"


def ttl_s(push: Outgoing, now_ms: int) -> int:
    """How long the push service keeps it for a browser that is offline, s (RFC 8030, section 5.2)."""
    return max(0, (push.expires_ms - now_ms) // 1000) if push.expires_ms else FOREVER_S
