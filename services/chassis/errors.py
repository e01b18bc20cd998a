"""The one error that knows its gRPC status, and the closed list of statuses that may leave a service."""

import grpc

STATUSES = frozenset(
    {
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.ALREADY_EXISTS,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNIMPLEMENTED,
    }
)
"""Every status beside OK that an RPC may end with; `protos/README.md` explains each."""


class Fault(Exception):  # noqa: N818 - the field's word for an error that is part of the contract
    """An expected failure of a call: a status of the closed list and words that are safe to show.

    Args:
        code: one of `STATUSES`.
        message: what is wrong, for the caller; nothing internal.
        fields: field path to what is wrong with it, for bad input.
        retry_after_ms: when it makes sense to try again, for limits.
    """

    def __init__(
        self,
        code: grpc.StatusCode,
        message: str,
        *,
        fields: dict[str, str] | None = None,
        retry_after_ms: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = fields or {}
        self.retry_after_ms = retry_after_ms


def invalid(field: str, why: str) -> Fault:
    """INVALID_ARGUMENT that names one field."""
    return Fault(grpc.StatusCode.INVALID_ARGUMENT, f"{field}: {why}", fields={field: why})


def not_found(what: str) -> Fault:
    """NOT_FOUND; the same words whether it is missing, foreign or not the caller's to see."""
    return Fault(grpc.StatusCode.NOT_FOUND, f"{what} not found")


def unavailable(why: str) -> Fault:
    """UNAVAILABLE; the caller repeats the call with the same client key."""
    return Fault(grpc.StatusCode.UNAVAILABLE, why)


def precondition(why: str) -> Fault:
    """FAILED_PRECONDITION."""
    return Fault(grpc.StatusCode.FAILED_PRECONDITION, why)
