"""Frames of a stream, for tests of mailboxes and streams."""

from conversations.common.v1 import stream_pb2
from conversations.unread.v1 import unread_pb2

from services.chassis.streams import ControlFrames

Response = unread_pb2.WatchBadgesResponse


def go_away(wait_ms: int) -> bytes:
    return Response(go_away=stream_pb2.GoAway(reconnect_after_ms=wait_ms)).SerializeToString()


CONTROL = ControlFrames(
    heartbeat=Response(heartbeat=stream_pb2.Heartbeat()).SerializeToString(),
    overflow=Response(reset=stream_pb2.Reset(reason="mailbox overflow")).SerializeToString(),
    go_away=go_away,
)


def badge(conversation: str, unread: int) -> bytes:
    return Response(badges=[unread_pb2.Badge(conversation=conversation, unread=unread)]).SerializeToString()
