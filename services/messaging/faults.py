"""What refusals are to callers."""

import grpc

from services.chassis.errors import Fault, invalid, not_found, precondition
from services.messaging.rules import Against, Refusal


class NothingToDoError(Exception):
    """It is as asked already; no event was written."""


def fault_of(refusal: Refusal) -> Exception:
    """The error that a refusal becomes."""
    match refusal.against:
        case Against.MISSING:
            return not_found(refusal.what)
        case Against.INVALID:
            return invalid(refusal.what, refusal.why)
        case Against.STATE:
            return precondition(refusal.why)
        case Against.DENIED:
            return Fault(grpc.StatusCode.PERMISSION_DENIED, refusal.why)
    return NothingToDoError()


def reused_key() -> Fault:
    """ALREADY_EXISTS: a client key stands for something else already."""
    why = "was used before with other content"
    return Fault(grpc.StatusCode.ALREADY_EXISTS, f"client_key: {why}", fields={"client_key": why})
