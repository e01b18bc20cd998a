"""How what a decision was made on is kept beside it: only what differs from the product's defaults."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC
from zoneinfo import ZoneInfo

from services.chassis.mongo import Document
from services.notifier.facts import (
    DEFAULT_PREFERENCES,
    Client,
    Kind,
    Level,
    Preferences,
    PushTiming,
    QuietHours,
    Tab,
)
from services.notifier.records import Evidence

_PLAIN = ("mention_breaks_mute", "mentions", "snoozed_until_ms", "in_app", "browser", "push", "escalation_ms")


def seen(evidence_: Evidence) -> Document:
    """The document of what was looked at."""
    document: Document = {}
    for name in ("read", "muted_until_ms", "mentioned", "do_not_disturb"):
        if value := getattr(evidence_, name):
            document[name] = value
    if evidence_.level is not None:
        document["level"] = evidence_.level.value
    if evidence_.clients:
        document["clients"] = [
            [each.client, each.may_notify, each.in_app_off, [_tab(tab) for tab in each.tabs]]
            for each in evidence_.clients
        ]
    if preferences := chosen(evidence_.preferences):
        document["preferences"] = preferences
    return document


def evidence(row: Document) -> Evidence:
    """What was looked at, of its document."""
    return Evidence(
        tuple(
            Client(name, may_notify, tuple(Tab(*tab) for tab in tabs), in_app_off)
            for name, may_notify, in_app_off, tabs in row.get("clients", ())
        ),
        row.get("read", 0),
        row.get("muted_until_ms", 0),
        row.get("mentioned", False),
        Level(row["level"]) if "level" in row else None,
        row.get("do_not_disturb", False),
        preferences_of(row.get("preferences", {})),
    )


def packed(of: Mapping[str, Evidence]) -> bytes:
    """What was looked at for many, person by person."""
    plain = {person: seen(each) for person, each in of.items()}
    return zlib.compress(json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode(), level=1)


def unpacked(of: bytes) -> dict[str, Evidence]:
    """The opposite of `packed`."""
    return {person: evidence(row) for person, row in json.loads(zlib.decompress(of)).items()}


def chosen(preferences: Preferences) -> Document:
    """The document of preferences."""
    if preferences is DEFAULT_PREFERENCES:
        return {}
    document: Document = {
        name: getattr(preferences, name)
        for name in _PLAIN
        if getattr(preferences, name) != getattr(DEFAULT_PREFERENCES, name)
    }
    if preferences.kinds_off:
        document["kinds_off"] = sorted(kind.value for kind in preferences.kinds_off)
    if preferences.quiet:
        document["quiet"] = [[getattr(each, field.name) for field in fields(each)] for each in preferences.quiet]
        document["time_zone"] = str(preferences.time_zone)
    if preferences.push_timing is not DEFAULT_PREFERENCES.push_timing:
        document["push_timing"] = preferences.push_timing.value
    return document


def preferences_of(row: Document) -> Preferences:
    """The preferences of their document."""
    if not row:
        return DEFAULT_PREFERENCES
    return Preferences(
        **{name: row[name] for name in _PLAIN if name in row},
        kinds_off=frozenset(map(Kind, row.get("kinds_off", ()))),
        quiet=tuple(QuietHours(*each) for each in row.get("quiet", ())),
        time_zone=ZoneInfo(row["time_zone"]) if "time_zone" in row else UTC,
        push_timing=PushTiming(row.get("push_timing", DEFAULT_PREFERENCES.push_timing.value)),
    )


def _tab(tab: Tab) -> list[object]:
    return [tab.tab, tab.visible, tab.focused, tab.input_age_ms, tab.conversation]
