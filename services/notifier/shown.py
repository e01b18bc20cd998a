"""What a client that comes back still shows, and what of it has gone meanwhile."""

from collections.abc import Sequence

from services.notifier.attempt import Pointers
from services.notifier.facts import Surface
from services.notifier.records import Alert, Pointer
from services.notifier.stores.alerts import Alerts

ON_SCREEN = frozenset({Surface.BANNER, Surface.BROWSER})
"""The surfaces that a client shows."""


class Shown:
    """Looks up what has become of messages that a client shows since an earlier stream."""

    def __init__(self, alerts: Alerts, pointers: Pointers) -> None:
        self._alerts = alerts
        self._pointers = pointers

    async def gone(self, tenant: str, person: str, client: str, names: Sequence[tuple[str, int]]) -> list[str]:
        """The tags, of messages (conversation, number), that are not to be shown by this client any more.

        Read, deleted, left, become a push, shown elsewhere, or never told. While unread cannot answer, what was read
        stays.
        """
        alerts = await self._alerts.all_numbered(names)
        pointers = await self._pointers({(conversation, person) for conversation, _ in names}) or {}
        gone = []
        for conversation, number in names:
            alert, pointer = alerts.get((conversation, number)), pointers.get((conversation, person))
            if not _shows(alert, tenant, person, client) or (pointer is not None and _read(pointer, number)):
                gone.append(f"{conversation}:{number}")
        return gone


def _shows(alert: Alert | None, tenant: str, person: str, client: str) -> bool:
    if alert is None or alert.deleted or alert.content.tenant != tenant:
        return False
    latest = alert.latest(person)
    return latest.surface in ON_SCREEN and latest.client == client


def _read(pointer: Pointer, number: int) -> bool:
    return pointer.left or pointer.read >= number
