"""The gRPC door of every service: one guard around each RPC, made from the service's descriptor.

The guard does, in this order: authenticate, check the RPC's declared policy, parse, validate (protovalidate), call
the handler, and turn every failure into a status of the closed list. It stands in for a chain of interceptors, because
each of those would cost more than all of this together.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol, cast

import grpc
import protovalidate
from conversations.common.v1 import policy_pb2
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message

from services.chassis.auth import Identity, Verifier
from services.chassis.errors import Fault
from services.chassis.metrics import RpcMetrics
from services.chassis.statuses import broken_rules, fault_of, status_of

EVERY_RULE_BYTES = 2048
"""A larger request is told only the first rule that it breaks: with 260,000 empty items in a list, which half a
megabyte can hold, telling each of them kept the whole process busy for 5 s (measured)."""


class Context(Protocol):
    """What the guard needs of gRPC's call context."""

    def invocation_metadata(self) -> Any:
        """The call's metadata, pairs of key and value."""

    def time_remaining(self) -> float | None:
        """Seconds until the caller's deadline; None without one."""

    async def write(self, message: bytes) -> None:
        """Writes a message of a stream."""

    async def abort_with_status(self, status: Any) -> Any:
        """Ends the call; always raises."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler may know of its call."""

    identity: Identity
    context: Context

    def deadline_s(self, at_most: float) -> float:
        """How long the handler may work, s: the caller's deadline less a reserve to answer."""
        remaining = self.context.time_remaining()
        return at_most if remaining is None else max(0.0, min(at_most, remaining - 0.1))


Unary = Callable[[Any, Call], Awaitable[Message]]
Stream = Callable[[Any, Call], AsyncGenerator[bytes, None]]


class Guard:
    """Wraps the handlers of a service.

    Args:
        verifier: checks tokens.
        metrics: counts and times RPCs.
        write_timeout_ms: a stream whose one write takes longer is ended.
    """

    def __init__(self, verifier: Verifier, metrics: RpcMetrics, write_timeout_ms: int = 10_000) -> None:
        self._verifier = verifier
        self._metrics = metrics
        self._write_timeout_s = write_timeout_ms / 1000
        self._validator = protovalidate.Validator()

    def door(self, service: ServiceDescriptor, handlers: object) -> grpc.GenericRpcHandler:
        """The gRPC handler of a service whose RPCs are methods of `handlers`, by name.

        Raises:
            TypeError: an RPC has no policy or no method.
        """
        methods: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}
        for method in service.methods:
            policy = policy_of(method)
            handler = getattr(handlers, method.name, None)
            if handler is None:
                raise TypeError(f"{method.full_name} has no handler")
            parse = message_factory.GetMessageClass(method.input_type).FromString
            if method.server_streaming:
                behaviour: Any = self._stream(method.name, policy, parse, handler)
                methods[method.name] = grpc.unary_stream_rpc_method_handler(behaviour)
            else:
                behaviour = self._unary(method.name, policy, parse, handler)
                methods[method.name] = grpc.unary_unary_rpc_method_handler(behaviour)
        return grpc.method_handlers_generic_handler(service.full_name, methods)

    def admit(self, raw: bytes, context: Context, policy: int, parse: Callable[[bytes], Message]) -> Any:
        """Checks a call; returns its identity and its request.

        Raises:
            Fault: UNAUTHENTICATED, PERMISSION_DENIED or INVALID_ARGUMENT.
        """
        identity = self._identify(context)
        if (policy == policy_pb2.POLICY_PERSON) != bool(identity.person):
            raise Fault(grpc.StatusCode.PERMISSION_DENIED, "this RPC is for another kind of caller")
        try:
            request = parse(raw)
        except (DecodeError, UnicodeDecodeError):
            raise Fault(grpc.StatusCode.INVALID_ARGUMENT, "the request is not a valid message") from None
        try:
            violations = self._validator.collect_violations(request, fail_fast=len(raw) > EVERY_RULE_BYTES)
        except protovalidate.EvaluationError:
            raise Fault(grpc.StatusCode.INVALID_ARGUMENT, "the request cannot be validated") from None
        if violations:
            raise broken_rules(violations)
        return identity, request

    def _identify(self, context: Context) -> Identity:
        for key, value in context.invocation_metadata() or ():
            if key == "authorization":
                if not isinstance(value, str) or value[:7].lower() != "bearer ":
                    break
                return self._verifier.verify(value[7:].strip())
        raise Fault(grpc.StatusCode.UNAUTHENTICATED, "a bearer token is needed in `authorization`")

    def _unary(
        self, name: str, policy: int, parse: Callable[[bytes], Message], handler: Unary
    ) -> Callable[[bytes, Context], Awaitable[bytes]]:
        observe = self._metrics.of(name)

        async def behaviour(raw: bytes, context: Context) -> bytes:
            started = time.perf_counter()
            code = "CANCELLED"
            try:
                identity, request = self.admit(raw, context, policy, parse)
                response = (await handler(request, Call(identity, context))).SerializeToString()
                code = "OK"
                return response  # noqa: TRY300 - the other way out of the try is the fault below
            except Exception as error:  # noqa: BLE001 - whatever it was, it becomes a status of the list
                fault = fault_of(error, name)
                code = fault.code.name
            finally:
                observe(code, time.perf_counter() - started)
            return cast("bytes", await context.abort_with_status(status_of(fault)))

        return behaviour

    def _stream(
        self, name: str, policy: int, parse: Callable[[bytes], Message], handler: Stream
    ) -> Callable[[bytes, Context], Awaitable[None]]:
        observe = self._metrics.of(name)
        timeout_s = self._write_timeout_s

        async def behaviour(raw: bytes, context: Context) -> None:
            started = time.perf_counter()
            code = "CANCELLED"
            loop = asyncio.get_running_loop()
            task = asyncio.current_task()
            assert task is not None  # noqa: S101 - a coroutine always runs in a task
            frozen = False
            writing_since: float | None = None
            suspected: float | None = None

            timer: asyncio.TimerHandle

            def cut() -> None:
                nonlocal frozen, suspected, timer
                if writing_since is None or loop.time() - writing_since < timeout_s:
                    timer = loop.call_later(timeout_s / 2, cut)
                elif writing_since != suspected:
                    # If the process has stood still, the write may be over, and its task only waits for its turn.
                    suspected = writing_since
                    timer = loop.call_later(timeout_s / 10, cut)
                else:
                    frozen = True
                    task.cancel()

            timer = loop.call_later(timeout_s / 2, cut)
            try:
                identity, request = self.admit(raw, context, policy, parse)
                # Closed here and not some time later: its end takes the stream out of all counts.
                async with aclosing(handler(request, Call(identity, context))) as messages:
                    async for message in messages:
                        writing_since = loop.time()
                        try:
                            await context.write(message)
                        except (grpc.aio.InternalError, grpc.aio.UsageError):
                            # The client has gone, and its cancellation is still on the way here.
                            raise asyncio.CancelledError from None
                        writing_since = None
                code = "OK"
                return  # noqa: TRY300 - the other way out of the try is the fault below
            except asyncio.CancelledError:
                if not frozen:
                    raise
                task.uncancel()
                # gRPC queues the status behind the write that is stuck, so this call's shell stays until the client
                # reads on or its connection ends; all that the handler held is free by now.
                fault = Fault(grpc.StatusCode.UNAVAILABLE, "the client reads too slowly; connect again")
                code = fault.code.name
            except Exception as error:  # noqa: BLE001
                fault = fault_of(error, name)
                code = fault.code.name
            finally:
                timer.cancel()
                observe(code, time.perf_counter() - started)
            await context.abort_with_status(status_of(fault))

        return behaviour


def policy_of(method: MethodDescriptor) -> int:
    """The declared policy of an RPC.

    Raises:
        TypeError: none is declared.
    """
    # protoc's stubs do not say which options the extension extends.
    policy = int(method.GetOptions().Extensions[policy_pb2.policy])  # type: ignore[index]
    if policy == policy_pb2.POLICY_UNSPECIFIED:
        raise TypeError(f"{method.full_name} declares no policy")
    return policy
