"""The edges of the decision table, each with the surface that a person wrote down for it.

Unlike the crossing in `cases.py`, what is expected here is not generated: it was read off the product's table by
somebody who had not read the rules. A situation is "away" unless said; `@laptop` is the browser that shows it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services.notifier.facts import Client, Facts, Kind, Level, Preferences, PushTiming, QuietHours, Tab
from tests.notifier.cases import BASE, HERE, IDLE, NOW, WHERE

_MOMENT = datetime.fromtimestamp(NOW / 1000, UTC)
_MINUTE, _TODAY = _MOMENT.hour * 60 + _MOMENT.minute, _MOMENT.weekday()
_GROUPS = frozenset({Kind.GROUP})
_ALWAYS = PushTiming.ALWAYS
_MUTED: dict[str, Any] = {"muted_until_ms": NOW + 1}
_MENTIONED: dict[str, Any] = {"mentioned": True}
_USES: dict[str, Any] = {"clients": WHERE["uses a tab"]}
_OPEN: dict[str, Any] = {"clients": WHERE["tab open, may notify"]}
_ALL_DAY = tuple(QuietHours(day, 0, 0) for day in range(7))


def _quiet(start: int, end: int, day: int = _TODAY) -> Preferences:
    return Preferences(quiet=(QuietHours(day, start, end),))


def _tab(name: str, *, focused: bool, age: int, shows: str = "") -> Tab:
    return Tab(name, visible=focused, focused=focused, input_age_ms=age, conversation=shows)


def _browser(*tabs: Tab, name: str = "laptop", may_notify: bool = False, off: bool = False) -> dict[str, Any]:
    return {"clients": (Client(name, may_notify, tabs, off),)}


def _both(*clients: dict[str, Any]) -> dict[str, Any]:
    return {"clients": tuple(client for one in clients for client in one["clients"])}


_EDGES: tuple[tuple[str, Preferences | None, dict[str, Any], str], ...] = (
    # Read.
    ("read up to the one before", None, {"read": 6}, "PUSH"),
    ("read beyond it", None, {"read": 9}, "NONE"),
    # Times that run out.
    ("muted until this moment", None, {"muted_until_ms": NOW}, "PUSH"),
    ("a mute long over", None, {"muted_until_ms": 1}, "PUSH"),
    ("snoozed until this moment", Preferences(snoozed_until_ms=NOW), {}, "PUSH"),
    ("a snooze long over", Preferences(snoozed_until_ms=1), {}, "PUSH"),
    # A mention breaks through a mute and through nothing else.
    (
        "snoozed, a mention may break mute",
        Preferences(snoozed_until_ms=NOW + 1, mention_breaks_mute=True),
        _MENTIONED,
        "NONE",
    ),
    (
        "quiet hours, a mention may break mute",
        Preferences(quiet=_ALL_DAY, mention_breaks_mute=True),
        _MENTIONED,
        "NONE",
    ),
    (
        "muted and snoozed, a mention may break mute",
        Preferences(snoozed_until_ms=NOW + 1, mention_breaks_mute=True),
        _MUTED | _MENTIONED,
        "NONE",
    ),
    (
        "muted in quiet hours, a mention may break mute",
        Preferences(quiet=_ALL_DAY, mention_breaks_mute=True),
        _MUTED | _MENTIONED,
        "NONE",
    ),
    (
        "muted, status do not disturb, a mention may break mute",
        Preferences(mention_breaks_mute=True),
        _MUTED | _MENTIONED | {"do_not_disturb": True},
        "NONE",
    ),
    ("the author mentions themselves", Preferences(mention_breaks_mute=True), _MENTIONED | {"author": "bob"}, "NONE"),
    ("has left, mentioned", Preferences(mention_breaks_mute=True), _MENTIONED | {"is_member": False}, "NONE"),
    # Quiet hours, minute by minute.
    ("quiet hours begin this minute", _quiet(_MINUTE, _MINUTE + 60), {}, "NONE"),
    ("the last minute of quiet hours", _quiet(_MINUTE - 60, _MINUTE + 1), {}, "NONE"),
    ("quiet hours end this minute", _quiet(_MINUTE - 60, _MINUTE), {}, "PUSH"),
    ("quiet hours of another day", _quiet(_MINUTE - 60, _MINUTE + 60, (_TODAY + 2) % 7), {}, "PUSH"),
    ("quiet hours since yesterday", _quiet(1439, _MINUTE + 1, (_TODAY - 1) % 7), {}, "NONE"),
    # Kinds, and the switch of mentions.
    ("direct message, groups off", Preferences(kinds_off=_GROUPS), {"kind": Kind.DIRECT}, "PUSH"),
    ("direct message, directs off", Preferences(kinds_off=frozenset({Kind.DIRECT})), {"kind": Kind.DIRECT}, "NONE"),
    ("item message, items off", Preferences(kinds_off=frozenset({Kind.ITEM})), {"kind": Kind.ITEM}, "NONE"),
    ("groups off, mentions off, mentioned", Preferences(kinds_off=_GROUPS, mentions=False), _MENTIONED, "NONE"),
    (
        "groups off, mentions off, a mention may break mute",
        Preferences(kinds_off=_GROUPS, mentions=False, mention_breaks_mute=True),
        _MENTIONED,
        "NONE",
    ),
    ("mentions off, groups on, mentioned", Preferences(mentions=False), _MENTIONED, "PUSH"),
    # Levels of one conversation.
    ("told of all here, groups off", Preferences(kinds_off=_GROUPS), {"level": Level.ALL}, "PUSH"),
    ("told of all here, muted", None, {"level": Level.ALL} | _MUTED, "NONE"),
    (
        "told of mentions here, mentions off",
        Preferences(mentions=False),
        {"level": Level.MENTIONS} | _MENTIONED,
        "NONE",
    ),
    ("told of mentions here, muted, mentioned", None, {"level": Level.MENTIONS} | _MUTED | _MENTIONED, "NONE"),
    (
        "told of mentions here, muted, a mention may break mute",
        Preferences(mention_breaks_mute=True),
        {"level": Level.MENTIONS} | _MUTED | _MENTIONED,
        "PUSH",
    ),
    (
        "muted, groups off, a mention may break mute",
        Preferences(kinds_off=_GROUPS, mention_breaks_mute=True),
        _MUTED | _MENTIONED,
        "PUSH",
    ),
    (
        "muted, groups off, mentions off, a mention may break mute",
        Preferences(kinds_off=_GROUPS, mentions=False, mention_breaks_mute=True),
        _MUTED | _MENTIONED,
        "NONE",
    ),
    # Which tab, which browser.
    ("idle exactly as long as the limit", None, _browser(_tab("1", focused=True, age=IDLE)), "BANNER"),
    ("uses a tab, the browser may not notify", None, _browser(_tab("1", focused=True, age=0)), "BANNER"),
    (
        "sits idle before it, the browser may notify",
        None,
        _browser(_tab("1", focused=True, age=IDLE + 1, shows=HERE), may_notify=True),
        "BROWSER",
    ),
    ("views another conversation", None, _browser(_tab("1", focused=True, age=0, shows="g_else")), "BANNER"),
    (
        "open in one tab, uses another",
        None,
        _browser(_tab("1", focused=False, age=0, shows=HERE), _tab("2", focused=True, age=0)),
        "BANNER",
    ),
    (
        "open in a tab behind others",
        None,
        _browser(_tab("1", focused=False, age=9_000, shows=HERE), may_notify=True),
        "BROWSER",
    ),
    (
        "two screens in use, one shows it",
        None,
        _both(
            _browser(_tab("1", focused=True, age=900, shows=HERE)),
            _browser(_tab("2", focused=True, age=0), name="desk"),
        ),
        "NONE",
    ),
    (
        "two screens in use, banners off on the one used last",
        None,
        _both(
            _browser(_tab("1", focused=True, age=0), off=True),
            _browser(_tab("2", focused=True, age=900), name="desk"),
        ),
        "BANNER@desk",
    ),
    (
        "two screens in use",
        None,
        _both(_browser(_tab("1", focused=True, age=900), name="desk"), _browser(_tab("2", focused=True, age=0))),
        "BANNER@laptop",
    ),
    (
        "two browsers open behind others",
        None,
        _both(
            _browser(_tab("1", focused=False, age=900), name="desk", may_notify=True),
            _browser(_tab("2", focused=False, age=1), may_notify=True),
        ),
        "BROWSER@laptop",
    ),
    (
        "two browsers open, the one used last may not notify",
        None,
        _both(
            _browser(_tab("1", focused=False, age=1)),
            _browser(_tab("2", focused=False, age=900), name="desk", may_notify=True),
        ),
        "BROWSER@desk",
    ),
    ("connected without a tab", None, {"clients": (Client("app", True, ()),)}, "PUSH"),
    # Master switches and timing, together.
    ("banners off, a tab open behind others", Preferences(in_app=False), _OPEN, "BROWSER"),
    ("pushes off, a tab open behind others", Preferences(push=False), _OPEN, "BROWSER"),
    ("browser and pushes off, a tab open", Preferences(browser=False, push=False), _OPEN, "NONE"),
    ("banners and browser off", Preferences(in_app=False, browser=False), {}, "PUSH"),
    ("all three off, uses a tab", Preferences(in_app=False, browser=False, push=False), _USES, "NONE"),
    ("always, pushes off, uses a tab", Preferences(push=False, push_timing=_ALWAYS), _USES, "BANNER"),
    ("always, pushes off", Preferences(push=False, push_timing=_ALWAYS), {}, "NONE"),
    ("always, banners off, uses a tab", Preferences(in_app=False, push_timing=_ALWAYS), _USES, "NONE+PUSH"),
    (
        "always, banners and pushes off, uses a tab",
        Preferences(in_app=False, push=False, push_timing=_ALWAYS),
        _USES,
        "NONE",
    ),
    ("always, a tab open behind others", Preferences(push_timing=_ALWAYS), _OPEN, "BROWSER+PUSH"),
    ("always, muted, uses a tab", Preferences(push_timing=_ALWAYS), _USES | _MUTED, "NONE"),
    ("always, snoozed, uses a tab", Preferences(push_timing=_ALWAYS, snoozed_until_ms=NOW + 1), _USES, "NONE"),
    ("always, quiet hours, a tab open", Preferences(push_timing=_ALWAYS, quiet=_ALL_DAY), _OPEN, "NONE"),
    ("always, has read it, uses a tab", Preferences(push_timing=_ALWAYS), _USES | {"read": 7}, "NONE"),
    # What cannot be known.
    (
        "unread cannot tell, always, uses a tab",
        Preferences(push_timing=_ALWAYS),
        _USES | {"reads_known": False},
        "NONE+PUSH",
    ),
    (
        "unread cannot tell, groups off, uses a tab",
        Preferences(kinds_off=_GROUPS),
        _USES | {"reads_known": False},
        "NONE",
    ),
    ("presence cannot tell, pushes off", Preferences(push=False), {"clients": None}, "NONE"),
)


def edges() -> Iterator[tuple[str, Facts, str]]:
    """Every edge: its words, the facts, and the surface that is expected."""
    for words, preferences, changes, expected in _EDGES:
        yield words, replace(BASE, preferences=preferences or Preferences(), **changes), expected
