"""How failures become statuses: an error of a handler into a fault, a fault into what gRPC sends."""

import secrets
import traceback
from typing import Any

import grpc
import structlog
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status
from pymongo.errors import (
    ConnectionFailure,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)
from redis.exceptions import RedisError

from services.chassis.errors import STATUSES, Fault
from services.chassis.mongo import TRANSIENT
from services.chassis.tasks import describe

_log = structlog.get_logger(__name__)


def fault_of(error: Exception, rpc: str) -> Fault:
    """The fault that an error of a handler becomes; what is not expected is logged and hidden."""
    if isinstance(error, Fault):
        if error.code in STATUSES:
            return error
    elif isinstance(error, grpc.aio.AbortError):
        raise error
    elif isinstance(error, TimeoutError):
        return Fault(grpc.StatusCode.DEADLINE_EXCEEDED, "the deadline passed; the outcome is unknown")
    elif _store_is_away(error) or isinstance(error, grpc.aio.AioRpcError):
        _log.warning("a dependency failed", rpc=rpc, error=describe(error))
        return Fault(grpc.StatusCode.UNAVAILABLE, "a dependency cannot be reached; try again")
    elif isinstance(error, UnicodeEncodeError):
        return Fault(grpc.StatusCode.INVALID_ARGUMENT, "the request holds text that is not valid Unicode")
    reference = secrets.token_hex(6)
    # Not exc_info: the words of an error may quote documents, and with them what people wrote.
    stack = "".join(traceback.format_tb(error.__traceback__))
    _log.error("internal error", rpc=rpc, reference=reference, error=describe(error), stack=stack)
    return Fault(grpc.StatusCode.INTERNAL, f"internal error {reference}")


def _store_is_away(error: Exception) -> bool:
    if isinstance(error, (ConnectionFailure, ExecutionTimeout, WTimeoutError, RedisError)):
        return True
    if isinstance(error, OperationFailure):
        return error.has_error_label("RetryableWriteError") or error.code in TRANSIENT
    return isinstance(error, PyMongoError) and bool(getattr(error, "timeout", False))


def status_of(fault: Fault) -> Any:
    """The gRPC status of a fault, with google.rpc details where there are any."""
    status = status_pb2.Status(code=code_pb2.Code.Value(fault.code.name), message=fault.message[:1000])
    if fault.fields:
        details = error_details_pb2.BadRequest(
            field_violations=[
                error_details_pb2.BadRequest.FieldViolation(field=field, description=why)
                for field, why in list(fault.fields.items())[:20]
            ]
        )
        status.details.add().Pack(details)
    if fault.retry_after_ms is not None:
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.FromMilliseconds(fault.retry_after_ms)
        status.details.add().Pack(retry)
    return rpc_status.to_status(status)


def broken_rules(violations: list[Any]) -> Fault:
    """The fault of a request that breaks rules of its contract: names each field by its path."""
    fields: dict[str, str] = {}
    for violation in violations[:20]:
        path = ""
        for element in violation.proto.field.elements if violation.proto.field else ():
            path += ("." if path else "") + element.field_name
            if element.subscript is not None and element.subscript.field == "index":
                path += f"[{element.subscript.value}]"
        fields.setdefault(path or "request", violation.proto.message or violation.proto.rule_id)
    return Fault(
        grpc.StatusCode.INVALID_ARGUMENT,
        "; ".join(f"{field}: {why}" for field, why in fields.items()),
        fields=fields,
    )
