"""What a decision depends on, and what it is: plain values, standard library only."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from enum import Enum


class Surface(Enum):
    """Where one person is told of one message."""

    NONE = "NONE"
    BANNER = "BANNER"
    BROWSER = "BROWSER"
    PUSH = "PUSH"


class Reason(Enum):
    """Which rule decided, in the order of the table."""

    AUTHOR = "AUTHOR"
    NOT_A_MEMBER = "NOT_A_MEMBER"
    DELETED = "DELETED"
    READ = "READ"
    MUTED = "MUTED"
    LEVEL = "LEVEL"
    KIND_OFF = "KIND_OFF"
    SNOOZED = "SNOOZED"
    DO_NOT_DISTURB = "DO_NOT_DISTURB"
    STATUS = "STATUS"
    VIEWING = "VIEWING"
    TAB_IN_USE = "TAB_IN_USE"
    IN_APP_OFF = "IN_APP_OFF"
    TAB_OPEN = "TAB_OPEN"
    AWAY = "AWAY"
    PUSH_OFF = "PUSH_OFF"
    PRESENCE_UNKNOWN = "PRESENCE_UNKNOWN"


class Kind(Enum):
    """What a conversation is for."""

    DIRECT = "DIRECT"
    GROUP = "GROUP"
    ITEM = "ITEM"


class Level(Enum):
    """Which messages of one conversation a person is told of, if they have chosen."""

    ALL = "ALL"
    MENTIONS = "MENTIONS"
    NOTHING = "NOTHING"


class PushTiming(Enum):
    """When a push leaves: only when no tab could show the message, or beside the banner too."""

    WHEN_INACTIVE = "WHEN_INACTIVE"
    ALWAYS = "ALWAYS"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of one day of the week, by the person's wall clock.

    Attributes:
        weekday: the day on which they begin, 0 is Monday.
        start_minute: minutes after midnight, 0 to 1439.
        end_minute: the same; if not later than the start, they end on the next day.
    """

    weekday: int
    start_minute: int
    end_minute: int

    def contain(self, moment: datetime) -> bool:
        """Whether a local moment lies in them; the start belongs to them, the end does not."""
        minute = moment.hour * 60 + moment.minute
        today = moment.weekday() == self.weekday
        if self.start_minute < self.end_minute:
            return today and self.start_minute <= minute < self.end_minute
        yesterday = (moment - timedelta(days=1)).weekday() == self.weekday
        return (today and minute >= self.start_minute) or (yesterday and minute < self.end_minute)


@dataclass(frozen=True, slots=True)
class Preferences:
    """How a person wants to be told; the defaults are the product's.

    Attributes:
        mention_breaks_mute: a mention of the person is alerted although the conversation is muted or told nothing of.
        kinds_off: kinds of conversations whose messages are not alerted.
        mentions: a mention is alerted although its kind is switched off, or at the level MENTIONS.
        snoozed_until_ms: nothing is alerted until then.
        quiet: do-not-disturb hours.
        time_zone: where the quiet hours are read off the wall clock.
        in_app: banners are shown.
        browser: browser notifications are shown, where the browser permits them.
        push: pushes are sent.
        push_timing: when.
        escalation_ms: the delay of the first check; 0 for the deployment's.
    """

    mention_breaks_mute: bool = False
    kinds_off: frozenset[Kind] = frozenset()
    mentions: bool = True
    snoozed_until_ms: int = 0
    quiet: tuple[QuietHours, ...] = ()
    time_zone: tzinfo = UTC
    in_app: bool = True
    browser: bool = True
    push: bool = True
    push_timing: PushTiming = PushTiming.WHEN_INACTIVE
    escalation_ms: int = 0


DEFAULT_PREFERENCES = Preferences()
"""What holds for a person who has chosen nothing."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of a client.

    Attributes:
        tab: names it within its client.
        visible: whether it can be seen.
        focused: whether it has the keyboard focus.
        input_age_ms: how long ago it last had input, ms.
        conversation: what it shows; empty for none.
    """

    tab: str
    visible: bool
    focused: bool
    input_age_ms: int
    conversation: str


@dataclass(frozen=True, slots=True)
class Client:
    """A live browser or installed app of a person.

    Attributes:
        client: names it within its person.
        may_notify: it is a browser, and its permission to notify is granted.
        tabs: its pages.
        in_app_off: banners are switched off on this client.
    """

    client: str
    may_notify: bool
    tabs: tuple[Tab, ...]
    in_app_off: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision depends on.

    Attributes:
        conversation, number, author, kind: of the message.
        now_ms: the present, ms since 1970 UTC.
        idle_ms: a tab without input for longer is not in use.
        clients: the person's live clients; None while presence cannot tell.
        person: whom to tell.
        is_member: whether they are a member now.
        deleted: whether the message has been deleted.
        mentioned: whether the message mentions them.
        read: their read pointer.
        preferences: what they have chosen.
        muted_until_ms: they have muted the conversation until then, ms since 1970 UTC; 0 for not at all.
        level: what they have chosen for the conversation; None for nothing.
        do_not_disturb: their status says so.
        reachable: some device of theirs could be pushed to; asked only when a message is looked at again.
    """

    conversation: str
    number: int
    author: str
    kind: Kind
    now_ms: int
    idle_ms: int
    clients: tuple[Client, ...] | None
    person: str
    is_member: bool = True
    deleted: bool = False
    mentioned: bool = False
    read: int = 0
    preferences: Preferences = field(default=DEFAULT_PREFERENCES)
    muted_until_ms: int = 0
    level: Level | None = None
    do_not_disturb: bool = False
    reachable: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a person is told, and why there.

    Attributes:
        surface: the one surface.
        reason: the rule.
        client: the elected client of a banner or browser notification, else empty.
        tab: the elected tab, likewise.
        push_beside: a push leaves as well, because the person chose push timing ALWAYS.
    """

    surface: Surface
    reason: Reason
    client: str = ""
    tab: str = ""
    push_beside: bool = False
