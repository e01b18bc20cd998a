"""The parts of a WatchBannersResponse."""

from functools import lru_cache

from conversations.common.v1 import stream_pb2
from conversations.notifier.v1 import notifier_pb2

from services.chassis import frames
from services.chassis.streams import ControlFrames
from services.notifier.facts import Decision, Surface
from services.notifier.records import Content

_BANNERS = notifier_pb2.WatchBannersResponse.BANNERS_FIELD_NUMBER
_SURFACES = {Surface.BANNER: notifier_pb2.SURFACE_BANNER, Surface.BROWSER: notifier_pb2.SURFACE_BROWSER}

CAUGHT_UP = notifier_pb2.WatchBannersResponse(caught_up=stream_pb2.CaughtUp()).SerializeToString()
"""There is no snapshot: what follows is new."""

GAP = notifier_pb2.WatchBannersResponse(reset=stream_pb2.Reset(reason="the feed has a gap")).SerializeToString()
"""Something may be missing."""

CONTROL = ControlFrames.of(notifier_pb2.WatchBannersResponse)
"""The frames that all streams share."""


def dismissal(tag: str) -> bytes:
    """What takes a banner back."""
    gone = notifier_pb2.Dismissal(tag=tag)
    return notifier_pb2.WatchBannersResponse(dismissals=[gone]).SerializeToString()


def banner(
    content: Content, decision: Decision, *, mentioned: bool, count: int = 1, test: bool = False, update: bool = False
) -> bytes:
    """A banner as a part of the stream: what is alike for everybody, and what is the stream's own."""
    own = _own(decision.surface, decision.tab, mentioned=mentioned, count=count, test=test, update=update)
    return frames.field(_BANNERS, _common(content) + own)


@lru_cache(maxsize=256)
def _common(content: Content) -> bytes:
    return notifier_pb2.Banner(
        tag=content.tag,
        conversation=content.conversation,
        number=content.number,
        author=content.author,
        title=content.title,
        text=content.text,
        at_ms=content.at_ms,
        service=content.service,
        link=content.link,
    ).SerializeToString()


@lru_cache(maxsize=65_536)
def _own(surface: Surface, tab: str, *, mentioned: bool, count: int, test: bool, update: bool) -> bytes:
    return notifier_pb2.Banner(
        surface=_SURFACES[surface], tab=tab, mentioned=mentioned, count=count, test=test, update=update
    ).SerializeToString()
