"""Consumes every event of every conversation exactly in order, over restarts and gaps."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol
from zlib import crc32

import grpc
from conversations.messaging.v1 import messaging_pb2, messaging_pb2_grpc


class Store(Protocol):
    """What the consumer keeps, durably. Effects are idempotent by (conversation, revision)."""

    async def cursor(self) -> str:
        """The cursor that was saved last; empty at first."""

    async def save(self, cursor: str) -> None:
        """Saves a cursor, after the effects of what lies before it."""

    async def revision(self, conversation: str) -> int:
        """The last revision that was applied; 0 at first."""

    async def apply(self, events: Sequence[messaging_pb2.Event]) -> None:
        """Carries out the effects of events; what was applied before changes nothing."""


class Consumer:
    """One of `partitions` consumers; partition n takes the conversations whose CRC-32 modulo `partitions` is n."""

    def __init__(
        self, channel: grpc.aio.Channel, token: Callable[[], str], store: Store, partition: int, partitions: int
    ) -> None:
        self._messaging = messaging_pb2_grpc.MessagingServiceStub(channel)
        self._token = token
        self._store = store
        self._partition = partition
        self._partitions = partitions

    async def run(self) -> None:
        """Follows the feed, for ever."""
        while True:
            try:
                await self._follow()
            except grpc.aio.AioRpcError as error:
                print(f"feed lost: {error.code().name}")
            await asyncio.sleep(0.2)

    async def _follow(self) -> None:
        request = messaging_pb2.StreamEventsRequest(
            cursor=await self._store.cursor(), partition=self._partition, partition_count=self._partitions
        )
        stream = self._messaging.StreamEvents(request, metadata=self._metadata())
        try:
            async for batch in stream:
                if batch.HasField("go_away"):
                    return
                if batch.HasField("reset"):
                    # There is a gap before this stream. It goes on by itself at the batch's cursor, which is of before
                    # the log is read: what is written meanwhile comes twice, and nothing is missing.
                    await self._recover()
                await self._store.apply(batch.events)
                await self._store.save(batch.cursor)
        finally:
            stream.cancel()

    async def _recover(self) -> None:
        """Reads from the logs what has not been applied."""
        after = ""
        while True:
            page = await self._messaging.ListHeads(
                messaging_pb2.ListHeadsRequest(after_conversation=after), metadata=self._metadata(), timeout=10
            )
            for head in page.heads:
                after = head.conversation
                if crc32(after.encode()) % self._partitions == self._partition:
                    await self._catch_up(after)
            if not page.heads:
                return

    async def _catch_up(self, conversation: str) -> None:
        while True:
            request = messaging_pb2.ListEventsRequest(
                conversation=conversation, after_revision=await self._store.revision(conversation)
            )
            response = await self._messaging.ListEvents(request, metadata=self._metadata(), timeout=10)
            if not response.events:
                return
            await self._store.apply(response.events)

    def _metadata(self) -> list[tuple[str, str]]:
        return [("authorization", f"Bearer {self._token()}")]
