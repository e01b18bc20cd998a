"""What is told of an event before whoever wrote it is answered."""

from collections.abc import Awaitable, Callable

from services.messaging.rules import Event

Note = Callable[[Event], Awaitable[None]]
"""Takes note of an event; does not fail, and may be told of an event again."""


async def ignore(_event: Event) -> None:
    """Takes no note."""
