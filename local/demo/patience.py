"""Calls that may fail while the stack is busy or about to end, or because people have changed things meanwhile."""

from collections.abc import Awaitable, Callable

import grpc

from local.following import RETRYABLE

PASSING = RETRYABLE | {grpc.StatusCode.DEADLINE_EXCEEDED}
"""What is tried again."""

OVERTAKEN = frozenset(
    {grpc.StatusCode.NOT_FOUND, grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.PERMISSION_DENIED}
)
"""Somebody has left, was removed, or closed the conversation: nobody needs the call any more."""


async def patiently(call: Callable[[], Awaitable[object]]) -> bool:
    """Makes a call of which nothing is lost for the demo; returns whether it succeeded.

    Raises:
        grpc.aio.AioRpcError: it failed in a way that is a fault of the demo.
    """
    try:
        await call()
    except grpc.aio.AioRpcError as error:
        if error.code() not in PASSING | OVERTAKEN:
            raise
        return False
    return True
