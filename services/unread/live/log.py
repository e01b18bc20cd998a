"""What unread reads of the owner of the events."""

from typing import Protocol

from services.unread.rules import Change


class Log(Protocol):
    """Reads conversations' logs from their owner."""

    async def events(self, conversation: str, after_revision: int, limit: int) -> list[Change]:
        """Events with a higher revision, ascending."""
