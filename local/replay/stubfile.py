"""What the stub sender wrote: one JSON object a line, read as it grows, kept in eight bytes a line."""

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

CHUNK = 1 << 20
"""So many bytes are read at a time."""

UNKNOWN_DEVICE = (1 << 32) - 1
"""Stands for a device that nobody in this run has."""


class StubFile:
    """The pushes of one run; what other tenants were sent is passed over.

    Args:
        path: the stub sender's file; a missing one is empty.
        tenant: the run's; a line that does not hold it is passed over unread.
        conversations: whose pushes are wanted.
        devices: the names of the run's devices.

    Attributes:
        lines: how many pushes of the run were read so far.
    """

    def __init__(self, path: Path, tenant: str, conversations: Iterable[str], devices: Iterable[str]) -> None:
        self._path = path
        self._mark = tenant.encode()
        self._names = list(devices)
        self._indexes: Mapping[str, int] = {name: index for index, name in enumerate(self._names)}
        self._pushes: dict[str, array[int]] = {conversation: array("Q") for conversation in conversations}
        self._offset = 0
        self._rest = b""
        self.lines = 0

    def read_on(self) -> bool:
        """Reads what has been written since the last time, at most 1 MiB; answers whether there was anything."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                chunk = file.read(CHUNK)
        except FileNotFoundError:
            return False
        self._offset += len(chunk)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            if self._mark in line:
                self._take(line)
        return bool(chunk)

    def pushes(self, conversation: str) -> Counter[tuple[int, str]]:
        """How often each (number, device) of a conversation was written."""
        return Counter(
            (entry >> 32, "?" if entry & UNKNOWN_DEVICE == UNKNOWN_DEVICE else self._names[entry & UNKNOWN_DEVICE])
            for entry in self._pushes[conversation]
        )

    def _take(self, line: bytes) -> None:
        entry = json.loads(line)
        if entry.get("act", "SHOW") != "SHOW":
            return
        conversation, _, number = entry["tag"].rpartition(":")
        pushes = self._pushes.get(conversation)
        if pushes is None:
            return
        self.lines += 1
        pushes.append(int(number) << 32 | self._indexes.get(entry["device"], UNKNOWN_DEVICE))
