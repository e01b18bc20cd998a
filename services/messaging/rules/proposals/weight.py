"""What an event weighs, for insertions that must fit into one command."""

from services.messaging.rules.events import Created, Edited, Event, MembersChanged, Sent, Updated


def weight(event: Event) -> int:
    """About how many characters an event has."""
    change = event.change
    if isinstance(change, (Sent, Edited)):
        return len(change.text) + 400 * len(change.attachments)
    if isinstance(change, MembersChanged):
        names = change.moves.names + (len(change.snapshot.members) if change.snapshot else 0)
        return 200 + 130 * names
    if isinstance(change, Updated) and change.snapshot:
        return 3_000 + 130 * len(change.snapshot.members)
    if isinstance(change, Created):
        return 500 + 32 * len(change.members)
    return 500
