"""What is shown by the streams that are open here: banners, browser notifications, and what takes them back."""

from services.notifier.feed.frames import CAUGHT_UP, CONTROL
from services.notifier.feed.hub import FLUSH_S, Hub, tell_all
from services.notifier.feed.stream import SHOWN, Stream

CAPACITY = 1_000
"""How many banners and dismissals may wait for one stream; one more makes it begin again."""

__all__ = ["CAPACITY", "CAUGHT_UP", "CONTROL", "FLUSH_S", "SHOWN", "Hub", "Stream", "tell_all"]
