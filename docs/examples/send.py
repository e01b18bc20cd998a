"""Sends a message so that it is written exactly once, whatever happens on the way."""

import asyncio
import random
import uuid
from collections.abc import Callable

import grpc
from conversations.messaging.v1 import messaging_pb2, messaging_pb2_grpc

AGAIN = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
}


async def send(channel: grpc.aio.Channel, token: Callable[[], str], conversation: str, text: str) -> int:
    """Answers the message's number in its conversation."""
    messaging = messaging_pb2_grpc.MessagingServiceStub(channel)
    # The key is made once. With it, a repeat is answered with the first result.
    request = messaging_pb2.SendMessageRequest(conversation=conversation, client_key=str(uuid.uuid4()), text=text)
    pause_s = 0.1
    while True:
        try:
            metadata = [("authorization", f"Bearer {token()}")]
            response = await messaging.SendMessage(request, metadata=metadata, timeout=5)
        except grpc.aio.AioRpcError as error:
            if error.code() not in AGAIN:
                raise
        else:
            return response.number
        await asyncio.sleep(random.uniform(0, pause_s))
        pause_s = min(2 * pause_s, 5.0)
