"""The times of the services, and how often things go wrong."""

from dataclasses import dataclass

LEASE_MS = 30_000
GRACE_MS = 5_000
WINDOW_MS = 4_000
IDLE_MS = 60_000
ESCALATION_MS = 30_000
PARTITION_LEASE_MS = 10_000
TTL_MS = 900_000


class DiedError(BaseException):
    """A replica dies in the middle of something; nobody may catch it."""


@dataclass
class Rates:
    """How often things go wrong: for each moment, or for each time at which it may."""

    stop: float = 0.003
    crash: float = 0.003
    flush: float = 0.0015
    unread_away: float = 0.002
    die: float = 0.004
    second_owner: float = 0.03
    repeat: float = 0.1
    reset: float = 0.004
    late: float = 0.15


CALM = Rates(0, 0, 0, 0, 0, 0, 0, 0, 0)
