"""What a client still shows when its stream opens again: some of it may be read, changed or gone meanwhile."""

from collections.abc import Collection, Sequence

from services.notifier.attempt import Pointers
from services.notifier.feed import Stream
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
        read = await self._read(names, person[1])
        for conversation, number in names:
            alert = alerts.get((conversation, number))
            theirs = alert is not None and alert.content.tenant == person[0] and person[1] in alert.members
            if alert is None or not theirs or alert.deleted or number <= read.get(conversation, 0):
                stream.dismiss(conversation, number)
                continue
            decision = alert.latest(person[1])
            if decision.client != stream.client:
                # An escalation has taken it back.
                stream.dismiss(conversation, number)
            else:
                mentioned = alert.mentions(person[1])
                stream.resume(alert.content, decision, mentioned=mentioned, edited=bool(alert.edited_revision))

    async def _read(self, names: Collection[tuple[str, int]], person: str) -> dict[str, int]:
        """How far the person has read; while unread cannot tell, nothing: the feed of reads goes on."""
        pointers = await self._pointers({(conversation, person) for conversation, _ in names}) or {}
        return {
            conversation: max(number for where, number in names if where == conversation)
            if pointer.left
            else pointer.read
            for (conversation, _), pointer in pointers.items()
        }


def _named(tag: str) -> tuple[str, int]:
    """The (conversation, number) of a tag, as the contract allows it."""
    conversation, _, number = tag.rpartition(":")
    return conversation, int(number)
