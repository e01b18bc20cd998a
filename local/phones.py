"""Phones of the local run: each person may carry one, with the app on it; this machine's FCM stands behind them."""

from urllib.parse import quote

from conversations.notifier.v1 import notifier_pb2

from local.client import CALL_S, Person

DEVICE = "phone"
"""The device's name within its person."""


def token_of(tenant: str, person: str) -> str:
    """The registration token of a person's phone; it stays the same, as one that the app has kept."""
    return f"phone:{quote(tenant, safe='')}:{quote(person, safe='')}"


async def register(person: Person) -> None:
    """Registers a person's phone for push; harmless to repeat.

    Raises:
        grpc.aio.AioRpcError: the notifier did not take it.
    """
    await person.connection.notifier.RegisterDevice(
        notifier_pb2.RegisterDeviceRequest(
            device=DEVICE, transport=notifier_pb2.TRANSPORT_FCM, fcm_token=token_of(person.tenant, person.name)
        ),
        metadata=person.metadata(),
        timeout=CALL_S,
    )
