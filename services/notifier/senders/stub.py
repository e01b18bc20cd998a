"""Writes what it would send to a file, one JSON object a line; for tests and local runs.

The file holds targets and texts. A line that comes twice with the same tag and device is one push sent twice, as after
a crash between sending and recording it.
"""

import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path

from services.notifier.senders import Outcome, Outgoing, Result

_SENT = Outcome(Result.SENT)


class StubSender:
    """Appends to a file, which it makes if there is none; several processes may share it."""

    def __init__(self, path: str) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[Outcome]:
        """Appends a line for each push, all at once.

        Raises:
            OSError: the file cannot be written.
        """
        lines = "".join(map(_line, batch)).encode()
        await asyncio.to_thread(self._append, lines)
        return [_SENT] * len(batch)

    async def close(self) -> None:
        """Closes the file."""
        os.close(self._file)

    def _append(self, lines: bytes) -> None:
        while lines:
            lines = lines[os.write(self._file, lines) :]


def _line(push: Outgoing) -> str:
    content, device = push.content, push.device
    return (
        json.dumps(
            {
                "act": push.act.value,
                "tag": content.tag,
                "conversation": content.conversation,
                "number": content.number,
                "tenant": device.tenant,
                "person": device.person,
                "device": device.device,
                "target": device.target,
                "title": content.title,
                "text": content.text,
                "author": content.author,
                "at_ms": content.at_ms,
                "badge": push.badge,
                "mentioned": push.mentioned,
                "count": push.count,
                "clear_up_to": push.clear_up_to,
            },
            separators=(",", ":"),
        )
        + "\n"
    )
