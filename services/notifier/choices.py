"""What people and tenants have chosen, and what holds because of it: plain values, standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from zoneinfo import ZoneInfo

from services.notifier.facts import DEFAULT_PREFERENCES, Kind, Level, Preferences, PushTiming, QuietHours


@dataclass(frozen=True, slots=True)
class Week:
    """Quiet hours with the time zone in which they are meant, a name of the IANA data base."""

    hours: tuple[QuietHours, ...] = ()
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Choices:
    """Preferences one by one; None is not chosen. The names are those of the contract."""

    in_app: bool | None = None
    browser: bool | None = None
    push: bool | None = None
    direct: bool | None = None
    group: bool | None = None
    item: bool | None = None
    mentions: bool | None = None
    mention_breaks_mute: bool | None = None
    snoozed_until_ms: int | None = None
    quiet_hours: Week | None = None
    push_timing: PushTiming | None = None
    escalation_delay_ms: int | None = None

    def over(self, below: "Choices") -> "Choices":
        """These, and where nothing is chosen, those below."""
        chosen = {name: getattr(self, name) for name in NAMES if getattr(self, name) is not None}
        return replace(below, **chosen)

    @property
    def own(self) -> list[str]:
        """The names of what is chosen, in the order of the contract."""
        return [name for name in NAMES if getattr(self, name) is not None]


NAMES = tuple(each.name for each in fields(Choices))
"""The names of all preferences."""

NOTHING = Choices()
"""Nothing is chosen."""


def product(escalation_ms: int) -> Choices:
    """What holds where nobody has chosen anything."""
    return Choices(
        in_app=True,
        browser=True,
        push=True,
        direct=True,
        group=True,
        item=True,
        mentions=True,
        mention_breaks_mute=False,
        snoozed_until_ms=0,
        quiet_hours=Week(),
        push_timing=PushTiming.WHEN_INACTIVE,
        escalation_delay_ms=escalation_ms,
    )


def preferences(choices: Choices) -> Preferences:
    """What holds for the rules; what is not chosen is the product's."""
    if choices == NOTHING:
        return DEFAULT_PREFERENCES
    default = DEFAULT_PREFERENCES
    kinds = {Kind.DIRECT: choices.direct, Kind.GROUP: choices.group, Kind.ITEM: choices.item}
    week = choices.quiet_hours or Week()
    return Preferences(
        mention_breaks_mute=_or(choices.mention_breaks_mute, default.mention_breaks_mute),
        kinds_off=frozenset(kind for kind, on in kinds.items() if on is False),
        mentions=_or(choices.mentions, default.mentions),
        snoozed_until_ms=choices.snoozed_until_ms or 0,
        quiet=week.hours,
        time_zone=ZoneInfo(week.time_zone) if week.hours else default.time_zone,
        in_app=_or(choices.in_app, default.in_app),
        browser=_or(choices.browser, default.browser),
        push=_or(choices.push, default.push),
        push_timing=choices.push_timing or default.push_timing,
        escalation_ms=choices.escalation_delay_ms or 0,
    )


def _or(value: bool | None, default: bool) -> bool:
    return default if value is None else value


@dataclass(frozen=True, slots=True)
class Own:
    """What one person has chosen, or a tenant (whose person is empty).

    Attributes:
        revision: rises with every change; of two, the higher is newer.
        version: rises with every change of `choices`.
        levels: conversation to level.
    """

    tenant: str
    person: str
    revision: int = 0
    version: int = 0
    choices: Choices = NOTHING
    levels: Mapping[str, Level] = field(default_factory=dict)
