"""How much the push services are asked, and how long."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a sender allows itself.

    Attributes:
        timeout_s: one push takes at most so long, from the look-up of the host to the last byte of the answer, s.
        at_once: pushes to one host at the same time; the others of that host wait, those to other hosts do not.
        failures: a host that fails so often without one success in between is left alone for a while.
        open_ms: how long at first, ms; twice as long each time it fails again.
        open_max_ms: how long at most, unless the host itself names a longer time, ms.
        probe_ms: who finds a host being tried again comes back after this, ms.
    """

    timeout_s: float = 5.0
    at_once: int = 64
    failures: int = 5
    open_ms: int = 5_000
    open_max_ms: int = 300_000
    probe_ms: int = 1_000


RETRY_AFTER_MAX_MS = 86_400_000
"""A push service that asks for more patience than a day is asked again after a day, ms."""
