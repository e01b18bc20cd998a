"""The parts of a WatchBannersResponse."""

from conversations.common.v1 import stream_pb2
from conversations.notifier.v1 import notifier_pb2

from services.chassis.streams import ControlFrames
from services.notifier.facts import Decision, Surface
from services.notifier.records import Content

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
    """A banner as a part of the stream."""
    shown = notifier_pb2.Banner(
        surface=_SURFACES[decision.surface],
        tab=decision.tab,
        tag=content.tag,
        conversation=content.conversation,
        number=content.number,
        author=content.author,
        title=content.title,
        text=content.text,
        at_ms=content.at_ms,
        service=content.service,
        mentioned=mentioned,
        count=count,
        update=update,
        test=test,
        link=content.link,
    )
    return notifier_pb2.WatchBannersResponse(banners=[shown]).SerializeToString()
