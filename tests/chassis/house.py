"""A server behind a guard on loopback, for tests of the door."""
# ruff: noqa: N802 - RPCs have the names that the contract gives them

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import grpc
import pytest
from conversations.unread.v1 import unread_pb2, unread_pb2_grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from prometheus_client import CollectorRegistry

from local.keys import Issuer
from services.chassis.doors import Call

UNREAD = unread_pb2.DESCRIPTOR.services_by_name["UnreadService"]
CANARY = "canary-text-that-must-not-leak"
M = TypeVar("M")


class Handlers:
    """Does what each test tells it to."""

    def __init__(self) -> None:
        self.get_badges: Callable[[Call], Awaitable[None]] | None = None
        self.watch: Callable[[], AsyncIterator[bytes]] = self.three
        self.calls: list[Call] = []
        self.ended = 0

    async def three(self) -> AsyncIterator[bytes]:
        for number in range(3):
            yield unread_pb2.WatchBadgesResponse(total=unread_pb2.Total(unread=number)).SerializeToString()

    def __getattr__(self, rpc: str) -> Any:
        """The RPCs that no test of the door calls."""
        if rpc not in UNREAD.methods_by_name:
            raise AttributeError(rpc)
        return self.not_here

    async def not_here(self, _request: Any, _call: Call) -> Any:
        raise AssertionError("no test calls this")

    async def GetBadges(self, request: unread_pb2.GetBadgesRequest, call: Call) -> unread_pb2.GetBadgesResponse:
        self.calls.append(call)
        if self.get_badges:
            await self.get_badges(call)
        return unread_pb2.GetBadgesResponse(total=unread_pb2.Total(unread=len(request.conversations)))

    async def MarkRead(self, request: unread_pb2.MarkReadRequest, call: Call) -> unread_pb2.MarkReadResponse:
        return unread_pb2.MarkReadResponse(badge=unread_pb2.Badge(read=request.number))

    async def WatchBadges(self, request: unread_pb2.WatchBadgesRequest, call: Call) -> AsyncIterator[bytes]:
        try:
            async for message in self.watch():
                yield message
        finally:
            self.ended += 1

    async def StreamReads(self, request: unread_pb2.StreamReadsRequest, call: Call) -> AsyncIterator[bytes]:
        yield unread_pb2.StreamReadsResponse(cursor=call.identity.service).SerializeToString()

    async def GetPointers(self, request: unread_pb2.GetPointersRequest, call: Call) -> unread_pb2.GetPointersResponse:
        return unread_pb2.GetPointersResponse()


class House:
    """A server behind a guard, and a client before it."""

    def __init__(self, issuer: Issuer, registry: CollectorRegistry, channel: grpc.aio.Channel) -> None:
        self.handlers = Handlers()
        self.issuer = issuer
        self.registry = registry
        self.channel = channel
        self.stub = unread_pb2_grpc.UnreadServiceStub(channel)
        self.person = self.bearer(issuer.person("acme", "ann"))
        self.service = self.bearer(issuer.service("notifier"))

    @staticmethod
    def bearer(token: str) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {token}"),)

    def counted(self, rpc: str, code: str) -> float:
        return self.registry.get_sample_value("rpc_calls_total", {"rpc": rpc, "code": code}) or 0

    async def raw(self, rpc: str, payload: bytes) -> Any:
        call: Any = self.channel.unary_unary(f"/conversations.unread.v1.UnreadService/{rpc}")
        return await call(payload, metadata=self.person, timeout=5)

    async def badges(self, error: BaseException | None = None) -> unread_pb2.GetBadgesResponse:
        if error is not None:

            async def fail(_: Call) -> None:
                raise error

            self.handlers.get_badges = fail
        return await self.stub.GetBadges(unread_pb2.GetBadgesRequest(), metadata=self.person, timeout=5)


async def status_of(call: Awaitable[M]) -> tuple[grpc.StatusCode, str, list[Any]]:
    """The status that a call fails with, its words and its unpacked details."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    error = caught.value
    found: list[Any] = []
    status = rpc_status.from_call(error)  # type: ignore[arg-type]
    for detail in status.details if status else ():
        for kind in (error_details_pb2.BadRequest, error_details_pb2.RetryInfo):
            message = kind()
            if detail.Unpack(message):
                found.append(message)
    return error.code(), str(error.details()), found
