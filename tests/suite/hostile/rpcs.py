"""Every RPC of the four services, found in the contracts, and calls of them byte by byte."""

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import grpc
from conversations.common.v1 import policy_pb2
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from services.chassis.doors import policy_of

T = TypeVar("T")

AT_ONCE = 16
"""How many calls are under way at once."""


@dataclass(frozen=True)
class Rpc:
    """One RPC, as its contract describes it."""

    method: MethodDescriptor

    def __str__(self) -> str:
        return f"{self.service}.{self.method.name}"

    @property
    def service(self) -> str:
        """The service's short name: messaging, presence, unread or notifier."""
        return str(self.method.containing_service.file.package.split(".")[1])

    @property
    def path(self) -> str:
        return f"/{self.method.containing_service.full_name}/{self.method.name}"

    @property
    def for_people(self) -> bool:
        """Whether people call it; else services do."""
        return policy_of(self.method) == policy_pb2.POLICY_PERSON

    @property
    def streams(self) -> bool:
        return bool(self.method.server_streaming)

    @property
    def request(self) -> type[Message]:
        return message_factory.GetMessageClass(self.method.input_type)

    @property
    def response(self) -> type[Message]:
        return message_factory.GetMessageClass(self.method.output_type)


def _find() -> list[Rpc]:
    root = Path(policy_pb2.__file__).parents[3]
    found = []
    for file in sorted(root.glob("conversations/*/v1/*_pb2.py")):
        module = importlib.import_module(".".join(file.relative_to(root).with_suffix("").parts))
        for service in module.DESCRIPTOR.services_by_name.values():
            found += [Rpc(method) for method in service.methods]
    return found


RPCS = _find()
"""All of them, in the order of the contracts."""


@dataclass(frozen=True)
class Outcome:
    """All that a caller sees of a call."""

    code: str
    details: str = ""
    trailing: tuple[tuple[str, Any], ...] = ()
    answers: tuple[bytes, ...] = ()

    def fields(self) -> list[str]:
        """The fields that google.rpc.BadRequest names."""
        bad = self._detail(error_details_pb2.BadRequest)
        return [violation.field for violation in bad.field_violations] if bad is not None else []

    def retry_ms(self) -> int | None:
        """What google.rpc.RetryInfo says."""
        retry = self._detail(error_details_pb2.RetryInfo)
        return None if retry is None else int(retry.retry_delay.ToMilliseconds())

    def _detail(self, kind: type[Any]) -> Any:
        for key, value in self.trailing:
            if key == "grpc-status-details-bin":
                for packed in status_pb2.Status.FromString(value).details:
                    if packed.Is(kind.DESCRIPTOR):
                        detail = kind()
                        packed.Unpack(detail)
                        return detail
        return None


async def call(
    channel: grpc.aio.Channel,
    rpc: Rpc,
    raw: bytes,
    metadata: Iterable[tuple[str, str | bytes]] = (),
    *,
    timeout_s: float = 10,
    answers: int = 1,
) -> Outcome:
    """Makes a call with these bytes; of a stream, reads so many answers and cancels it."""
    make: Any = channel.unary_stream if rpc.streams else channel.unary_unary
    calling = make(rpc.path)(raw, metadata=tuple(metadata), timeout=timeout_s)
    try:
        if not rpc.streams:
            return Outcome("OK", answers=(await calling,))
        read: list[bytes] = []
        while len(read) < answers and (answer := await calling.read()) is not grpc.aio.EOF:
            read.append(answer)
        return Outcome("OK", answers=tuple(read))
    except grpc.aio.AioRpcError as error:
        return Outcome(error.code().name, error.details() or "", tuple(error.trailing_metadata() or ()))
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return Outcome("CANCELLED", await calling.details() or "")
    finally:
        calling.cancel()


async def together(work: Iterable[Callable[[], Awaitable[T]]], at_once: int = AT_ONCE) -> list[T]:
    """Does work, some of it at once; answers in its order."""
    free = asyncio.Semaphore(at_once)

    async def one(begin: Callable[[], Awaitable[T]]) -> T:
        async with free:
            return await begin()

    return await asyncio.gather(*(one(begin) for begin in work))
