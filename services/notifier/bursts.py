"""When what follows soon after something else leaves, so that a burst of one conversation is one alert with a count."""

from collections import OrderedDict

REMEMBERED = 100_000
"""How many devices' last bursts are remembered; what is forgotten leaves at once."""


class Bursts:
    """The bursts of devices and conversations, as far as this replica made them.

    What comes first leaves at once, and begins a window. What comes within it leaves at its end, together, and begins
    the next one. So of one conversation at most one alert leaves for a device in each window.

    Args:
        window_ms: how long a window is; 0 for none.
    """

    def __init__(self, window_ms: int) -> None:
        self._window_ms = window_ms
        self._windows: OrderedDict[tuple[str, str], tuple[int, bool]] = OrderedDict()

    def begin(self, now_ms: int) -> "Together":
        """For what is to be sent now: whatever of it belongs together leaves together."""
        return Together(self, now_ms)

    def due(self, key: tuple[str, str], now_ms: int) -> int:
        """When something leaves that is made now, ms since 1970 UTC."""
        if not self._window_ms:
            return now_ms
        end, held = self._windows.pop(key, (0, False))
        if held and end <= now_ms < end + self._window_ms:
            # What was held left at its end, and so this is in the next window.
            end += self._window_ms
        if now_ms < end:
            due, window = end, (end, True)
        else:
            due, window = now_ms, (now_ms + self._window_ms, False)
        self._windows[key] = window
        if len(self._windows) > REMEMBERED:
            self._windows.popitem(last=False)
        return due


class Together:
    """What is to be sent at one moment."""

    def __init__(self, bursts: Bursts, now_ms: int) -> None:
        self._bursts = bursts
        self._now_ms = now_ms
        self._due: dict[tuple[str, str], int] = {}

    def of(self, device: str, conversation: str, *, waits: bool) -> int:
        """When something of a conversation leaves for a device, ms since 1970 UTC; at once if it does not wait."""
        key = (device, conversation)
        if (due := self._due.get(key)) is None:
            due = self._due[key] = self._bursts.due(key, self._now_ms)
        return due if waits else self._now_ms
