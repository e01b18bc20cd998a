"""What FCM takes: the message of its HTTP v1 API (Firebase, "REST Resource: projects.messages"), field by field."""

import json
import re
from collections.abc import Mapping
from typing import Any

PAYLOAD_BYTES = 4_096
"""The longest payload."""

COLLAPSE_ID_BYTES = 64
"""The longest `apns-collapse-id`."""

FOUR_WEEKS_S = 2_419_200
"""The longest time to live."""

_PRIORITIES = (
    "PRIORITY_UNSPECIFIED",
    "PRIORITY_MIN",
    "PRIORITY_LOW",
    "PRIORITY_DEFAULT",
    "PRIORITY_HIGH",
    "PRIORITY_MAX",
)
_NOTIFICATION = {"title": str, "body": str, "image": str}
_LABEL = {"analytics_label": str}
_ANDROID_NOTIFICATION: dict[str, Any] = {
    **_NOTIFICATION,
    **dict.fromkeys(("icon", "color", "sound", "tag", "click_action", "body_loc_key", "title_loc_key"), str),
    **dict.fromkeys(("channel_id", "ticker"), str),
    "body_loc_args": [str],
    "title_loc_args": [str],
    **dict.fromkeys(("sticky", "local_only", "default_sound", "default_vibrate_timings"), bool),
    "default_light_settings": bool,
    "bypass_proxy_notification": bool,
    "event_time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z"),
    "notification_priority": _PRIORITIES,
    "visibility": ("VISIBILITY_UNSPECIFIED", "PRIVATE", "PUBLIC", "SECRET"),
    "notification_count": int,
    "vibrate_timings": [re.compile(r"\d+(\.\d{1,9})?s")],
    "light_settings": dict,
    "proxy": ("PROXY_UNSPECIFIED", "ALLOW", "DENY", "IF_PRIORITY_LOWERED"),
}
_MESSAGE: dict[str, Any] = {
    "data": {"*": str},
    "notification": _NOTIFICATION,
    "android": {
        "collapse_key": str,
        # The console's own libraries send it in small letters.
        "priority": ("NORMAL", "HIGH", "normal", "high"),
        "ttl": re.compile(r"\d+(\.\d{1,9})?s"),
        "restricted_package_name": str,
        "data": {"*": str},
        "notification": _ANDROID_NOTIFICATION,
        "fcm_options": _LABEL,
        "direct_boot_ok": bool,
        "bandwidth_constrained_ok": bool,
        "restricted_satellite_ok": bool,
    },
    "webpush": {"headers": {"*": str}, "data": {"*": str}, "notification": dict, "fcm_options": dict},
    "apns": {
        "headers": {"*": str},
        "payload": dict,
        "fcm_options": {**_LABEL, "image": str},
        "live_activity_token": str,
    },
    "fcm_options": _LABEL,
    **dict.fromkeys(("token", "fid", "topic", "condition"), str),
}
_TARGETS = ("token", "fid", "topic", "condition")


class RefusedError(Exception):
    """FCM refuses the message: INVALID_ARGUMENT, with the field and why."""


def check(request: Any) -> tuple[str, dict[str, Any]]:
    """Checks the body of `messages:send`; answers the target and the message.

    Raises:
        RefusedError: FCM would not take it.
    """
    if not isinstance(request, dict) or not isinstance(request.get("message"), dict):
        raise RefusedError("message: is required")
    for name in request:
        if name not in {"message", "validate_only"}:
            raise RefusedError(f"{name}: unknown field")
    message = request["message"]
    _shape("message", message, _MESSAGE)
    targets = [name for name in _TARGETS if name in message]
    if len(targets) != 1:
        raise RefusedError("message: exactly one of token, fid, topic and condition is required")
    _data(message.get("data", {}))
    _android(message.get("android", {}))
    _apns(message.get("apns", {}), message.get("data", {}))
    payload = {name: value for name, value in message.items() if name not in _TARGETS}
    if len(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()) > PAYLOAD_BYTES:
        raise RefusedError("message: is too big")
    return message[targets[0]], message


def _shape(path: str, value: Any, rule: Any) -> None:
    if isinstance(rule, dict):
        _is(path, value, dict)
        for name, held in value.items():
            if "*" not in rule and name not in rule:
                raise RefusedError(f"{path}.{name}: unknown field")
            _shape(f"{path}.{name}", held, rule.get(name, rule.get("*")))
    elif isinstance(rule, list):
        _is(path, value, list)
        for held in value:
            _shape(path, held, rule[0])
    elif isinstance(rule, tuple):
        if value not in rule:
            raise RefusedError(f"{path}: is none of {', '.join(rule)}")
    elif isinstance(rule, re.Pattern):
        if not isinstance(value, str) or not rule.fullmatch(value):
            raise RefusedError(f"{path}: has the wrong form")
    else:
        _is(path, value, rule)


def _is(path: str, value: Any, kind: Any) -> None:
    if not isinstance(value, kind) or (kind is int and (isinstance(value, bool) or value < 0)):
        raise RefusedError(f"{path}: is no {kind.__name__}")
    if value == "" and path.rpartition(".")[2] in _TARGETS:
        raise RefusedError(f"{path}: is empty")


def _data(data: Mapping[str, str]) -> None:
    for name in data:
        if name in {"from", "message_type", "collapse_key"} or name.startswith(("google", "gcm")):
            raise RefusedError(f"message.data.{name}: is a reserved word")


def _android(android: Mapping[str, Any]) -> None:
    ttl = android.get("ttl", "0s")
    if float(ttl[:-1]) > FOUR_WEEKS_S:
        raise RefusedError("message.android.ttl: is more than four weeks")
    if len(android.get("notification", {}).get("channel_id", "")) > 1_000:
        raise RefusedError("message.android.notification.channel_id: is too long")


_APS: dict[str, Any] = {
    "alert": {"title": str, "subtitle": str, "body": str},
    "badge": int,
    **dict.fromkeys(("sound", "thread-id", "category", "target-content-id", "filter-criteria"), str),
    "content-available": int,
    "mutable-content": int,
    "interruption-level": ("passive", "active", "time-sensitive", "critical"),
    "relevance-score": float,
}
_APNS_HEADERS: dict[str, Any] = {
    "apns-push-type": ("alert", "background"),
    "apns-priority": ("1", "5", "10"),
    "apns-expiration": re.compile(r"\d+"),
    "apns-collapse-id": str,
    "apns-topic": str,
    "apns-id": str,
}


def _apns(apns: Mapping[str, Any], data: Mapping[str, str]) -> None:
    """Apple's part (Apple, "Sending notification requests to APNs" and "Generating a remote notification")."""
    if not apns:
        return
    headers, payload = apns.get("headers", {}), apns.get("payload", {})
    aps = payload.get("aps")
    _shape("message.apns.payload.aps", aps, _APS)
    _shape("message.apns.headers", headers, _APNS_HEADERS)
    if len(headers.get("apns-collapse-id", "").encode()) > COLLAPSE_ID_BYTES:
        raise RefusedError("message.apns.headers.apns-collapse-id: is longer than 64 bytes")
    if headers.get("apns-push-type") == "background":
        if headers.get("apns-priority") != "5":
            raise RefusedError("message.apns.headers.apns-priority: of a background push is 5")
        if set(aps) != {"content-available"}:
            raise RefusedError("message.apns.payload.aps: of a background push is content-available alone")
    if len(json.dumps({**payload, **data}, ensure_ascii=False, separators=(",", ":")).encode()) > PAYLOAD_BYTES:
        raise RefusedError("message.apns.payload: is too big")
