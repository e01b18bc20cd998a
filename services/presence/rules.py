"""Pure decisions about leases, reports and times; all times are ms since 1970 UTC by the server's clock."""

from dataclasses import dataclass

RENEWALS_PER_LEASE = 6
"""A lease is renewed this often while it lasts, so that it survives a few failed renewals in a row."""

GARBAGE_LEASES = 10
"""What nobody has renewed for so many leases is removed."""

OLDEST_INPUT_MS = 31_536_000_000
"""The greatest age of an input that the contract knows: one year, ms."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of a client.

    Attributes:
        tab: names it within its client.
        visible: whether the page is visible.
        focused: whether the page has the keyboard focus.
        input_at: when the person last touched it.
        conversation: what it shows; empty for none.
    """

    tab: str
    visible: bool
    focused: bool
    input_at: int
    conversation: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a client last said of itself.

    Attributes:
        sequence: grows with each report of a client.
        permission: whether it may show notifications, as the contract numbers it.
        tabs: all its tabs.
        in_app_off: whether in-app banners are switched off on this client.
    """

    sequence: int
    permission: int
    tabs: tuple[Tab, ...]
    in_app_off: bool = False

    def used_at(self) -> int | None:
        """When the person last touched a focused tab; None if none is focused."""
        return max((tab.input_at for tab in self.tabs if tab.focused), default=None)

    def seen_at(self) -> int | None:
        """When the person last touched any tab; None if there is none."""
        return max((tab.input_at for tab in self.tabs), default=None)


@dataclass(frozen=True, slots=True)
class Lease:
    """A client's right to be seen, held by one stream.

    Attributes:
        tenant: the tenant.
        person: the person.
        client: names the client within its person.
        platform: what the client is, as the contract numbers it.
        holder: names the stream; different for each Attach.
    """

    tenant: str
    person: str
    client: str
    platform: int
    holder: str


@dataclass(frozen=True, slots=True)
class Client:
    """A live client; `report` is None until it has reported."""

    person: str
    client: str
    platform: int
    report: Report | None


@dataclass(frozen=True, slots=True)
class Watch:
    """How well the leases in a part of the store have been looked after.

    Attributes:
        since: when the store was found empty, or the leases not looked after; whole since then.
        kept: when a replica last looked after the leases.
    """

    since: int
    kept: int


@dataclass(frozen=True, slots=True)
class Transition:
    """A person began or ceased to have a tab in use.

    Attributes:
        tenant: the tenant.
        person: the person.
        active: whether the person is active now.
        at: when that was so.
        reason: why the person ceased to be active, as the contract numbers it.
    """

    tenant: str
    person: str
    active: bool
    at: int
    reason: int


def input_time(now: int, age_ms: int) -> int:
    """When an input of this age happened."""
    return now - age_ms


def input_age(now: int, input_at: int) -> int:
    """The age of an input, ms: never negative, where clocks of replicas differ, and at most what the contract knows."""
    return min(max(0, now - input_at), OLDEST_INPUT_MS)


def wins(sequence: int, over: int | None) -> bool:
    """Whether a report replaces the one that is there (None: there is none)."""
    return over is None or sequence > over


def live(deadline: int, now: int) -> bool:
    """Whether a lease with this deadline still holds."""
    return now < deadline


def known(watch: Watch | None, now: int, lease_ms: int) -> bool:
    """Whether all who are here can be found.

    Not before one lease has passed since the store was emptied or left alone (None: nobody has looked after it yet),
    because that long it may take until every client that is here holds a lease again. And not when nobody has looked
    after it for a lease, because then every lease has lapsed, also of those who are here.
    """
    return watch is not None and now - watch.since >= lease_ms and looked_after(watch, now, lease_ms)


def looked_after(watch: Watch, now: int, lease_ms: int) -> bool:
    """Whether leases that have lapsed were given up, rather than left alone by all replicas."""
    return now - watch.kept <= lease_ms


def pause_ms(lease_ms: int) -> int:
    """How long to wait between two renewals, ms."""
    return max(1, lease_ms // RENEWALS_PER_LEASE)


def garbage_ms(lease_ms: int) -> int:
    """After how long what nobody needs any more is removed, ms."""
    return lease_ms * GARBAGE_LEASES


def lapses(deadline: int, now: int, lease_ms: int) -> bool:
    """Whether a lease that could not be renewed now may lapse before the next attempt has ended."""
    return now + pause_ms(lease_ms) >= deadline


def parting_deadline(now: int, lease_ms: int, grace_ms: int, *, moved_within_ms: int | None) -> int:
    """The deadline of a lease whose stream has ended.

    A client that was asked to move to another replica (`moved_within_ms`: how long it may wait before it does) gets
    that time on top of the grace, so that a restart of a replica does not make its clients flicker.
    """
    return now + min(lease_ms, grace_ms + (moved_within_ms or 0))
