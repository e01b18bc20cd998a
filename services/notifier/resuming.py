"""What a client still shows when its stream opens again: some of it may be read, changed or gone meanwhile."""

from collections.abc import Sequence

from services.notifier.attempt import Pointers
from services.notifier.feed import Stream
from services.notifier.records import Alert, Pointer
from services.notifier.stores.alerts import Alerts


class Resuming:
    """Brings a stream and what its client shows together again."""

    def __init__(self, alerts: Alerts, pointers: Pointers) -> None:
        self._alerts = alerts
        self._pointers = pointers

    async def resume(self, stream: Stream, person: tuple[str, str], tags: Sequence[str]) -> None:
        """Takes back what is no longer for a (tenant, person) on this client, and can take back the rest from now on.

        What is not theirs at all is taken back too: nothing is told of it.

        Raises:
            PyMongoError: it cannot be told now.
        """
        # First of all: what happens from now on is told by the feeds.
        stream.expect(tags)
        names = [_named(tag) for tag in tags]
        alerts = await self._alerts.all_numbered(names)
        keys = {(conversation, person[1]) for conversation, _ in names}
        # While unread cannot tell, nothing counts as read: the feed of reads goes on.
        pointers = await self._pointers(keys) or {}
        for conversation, number in names:
            alert = alerts.get((conversation, number))
            if alert is None or not _holds(alert, person, stream.client, pointers.get((conversation, person[1]))):
                stream.dismiss(conversation, number)
                continue
            mentioned, edited = alert.mentions(person[1]), bool(alert.edited_revision)
            stream.resume(alert.content, alert.latest(person[1]), mentioned=mentioned, edited=edited)


def _holds(alert: Alert, person: tuple[str, str], client: str, pointer: Pointer | None) -> bool:
    """Whether a message is still to be shown to a (tenant, person) on a client."""
    if alert.content.tenant != person[0] or person[1] not in alert.members or alert.deleted:
        return False
    if pointer and (pointer.read >= alert.content.number or pointer.gone(alert.membership_revision)):
        return False
    # Else an escalation has taken it back.
    return alert.latest(person[1]).client == client


def _named(tag: str) -> tuple[str, int]:
    """The (conversation, number) of a tag, as the contract allows it."""
    conversation, _, number = tag.rpartition(":")
    return conversation, int(number)
