"""What people try."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.notifier.facts import Surface
from services.notifier.records.alerts import Content


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is tried: a tab of a client; empty for a client without tabs.

    Attributes:
        shows: it is shown there; else it is only asked whether the client follows.
    """

    client: str
    tab: str
    shows: bool = True


@dataclass(frozen=True, slots=True)
class Showing:
    """What a person tries on screens.

    Attributes:
        trial: names it.
        content: what is shown.
        person: who tries it.
        surface: BANNER or BROWSER.
        places: where.
    """

    trial: str
    content: Content
    person: str
    surface: Surface
    places: Sequence[Place]
