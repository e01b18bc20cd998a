"""Follows the badges of one person over every lost stream, as each client of the stream protocol does."""

import asyncio
import random
from collections.abc import Callable

import grpc
from conversations.unread.v1 import unread_pb2, unread_pb2_grpc

AGAIN = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
}


class Badges:
    """What a person sees: unread messages of each conversation, and their total."""

    def __init__(self) -> None:
        self.badges: dict[str, unread_pb2.Badge] = {}
        self.total = 0
        self._window_ms = 5_000

    async def follow(
        self, channel: grpc.aio.Channel, token: Callable[[], str], changed: Callable[["Badges"], None]
    ) -> None:
        """Keeps the badges true, for ever; calls `changed` after each message of the stream."""
        unread = unread_pb2_grpc.UnreadServiceStub(channel)
        while True:
            metadata = [("authorization", f"Bearer {token()}")]
            stream = unread.WatchBadges(unread_pb2.WatchBadgesRequest(), metadata=metadata)
            pause_ms = None
            try:
                pause_ms = await self._read(stream, changed)
            except TimeoutError:
                pass  # no heartbeat: the stream is dead
            except grpc.aio.AioRpcError as error:
                if error.code() not in AGAIN:
                    raise
            finally:
                stream.cancel()
            if pause_ms is None:
                pause_ms = random.uniform(0, self._window_ms)
            await asyncio.sleep(pause_ms / 1000)

    async def _read(self, stream: "grpc.aio.UnaryStreamCall", changed: Callable[["Badges"], None]) -> float | None:
        """Reads a stream to its end; answers after how many ms it asked for the next one."""
        named: set[str] = set()
        alive_s = 45.0
        while True:
            async with asyncio.timeout(alive_s):
                part = await stream.read()
            if part is grpc.aio.EOF:
                return None
            if part.HasField("hello"):
                self._window_ms = part.hello.retry_window_ms
                alive_s = 3 * part.hello.heartbeat_ms / 1000
            for badge in part.badges:
                named.add(badge.conversation)
                if _order(badge) >= _order(self.badges.get(badge.conversation)):
                    self.badges[badge.conversation] = badge
            if part.HasField("total"):
                self.total = part.total.unread
            if part.HasField("caught_up"):
                # The snapshot names what has unread messages; what it does not name has none.
                for conversation in self.badges.keys() - named:
                    del self.badges[conversation]
            if part.HasField("reset"):
                self.badges.clear()
            changed(self)
            if part.HasField("go_away"):
                return float(part.go_away.reconnect_after_ms)


def _order(badge: unread_pb2.Badge | None) -> tuple[int, int, int]:
    """Of two badges of a conversation the greater is the newer, whichever replica sent it."""
    return (badge.epoch, badge.revision, badge.version) if badge else (0, 0, 0)
