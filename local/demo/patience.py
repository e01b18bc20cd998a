"""Calls that may fail while the stack is busy or about to end."""

from collections.abc import Awaitable, Callable

import grpc

from local.following import RETRYABLE

PASSING = RETRYABLE | {grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.FAILED_PRECONDITION}
"""Nothing is lost for the demo when a call ends with one of these: the next one comes soon."""


async def patiently(call: Callable[[], Awaitable[object]]) -> bool:
    """Makes a call; returns whether it succeeded.

    Raises:
        grpc.aio.AioRpcError: it failed in a way that will not pass.
    """
    try:
        await call()
    except grpc.aio.AioRpcError as error:
        if error.code() not in PASSING:
            raise
        return False
    return True
