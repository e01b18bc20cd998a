"""Calls to a running stack, as a person: what the commands and the demo are made of."""

import time
from pathlib import Path
from types import TracebackType
from typing import Self

from conversations.messaging.v1.messaging_pb2_grpc import MessagingServiceStub
from conversations.notifier.v1.notifier_pb2_grpc import NotifierServiceStub
from conversations.presence.v1.presence_pb2_grpc import PresenceServiceStub
from conversations.unread.v1.unread_pb2_grpc import UnreadServiceStub

from local.keys import Issuer
from local.ready import Ready
from services.chassis.channel import connect

CALL_S = 10.0
"""How long a unary call may take, s."""

TOKEN_S = 3600.0
"""A token is used this long before a new one is made; it is valid for 12 hours, s."""

Metadata = tuple[tuple[str, str], ...]


class Connection:
    """Channels to the four services of a running stack; use it as an async context manager.

    Args:
        ready: where they are.
    """

    def __init__(self, ready: Ready) -> None:
        self.ready = ready
        self.issuer = Issuer.read(Path(ready.key_file))
        self._channels = [connect(at) for at in (ready.messaging, ready.unread, ready.presence, ready.notifier)]
        messaging, unread, presence, notifier = self._channels
        self.messaging = MessagingServiceStub(messaging)
        self.unread = UnreadServiceStub(unread)
        self.presence = PresenceServiceStub(presence)
        self.notifier = NotifierServiceStub(notifier)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for channel in self._channels:
            await channel.close()

    def person(self, tenant: str, name: str, actor: str = "") -> "Person":
        """A person of a tenant; with `actor`, by a service that acts for the person."""
        return Person(self, tenant, name, actor)


class Person:
    """A person who calls.

    Args:
        connection: to the stack.
        tenant: the person's tenant.
        name: the person's id.
        actor: the service that acts for the person; empty for none.
    """

    def __init__(self, connection: Connection, tenant: str, name: str, actor: str = "") -> None:
        self.connection = connection
        self.tenant = tenant
        self.name = name
        self._actor = actor
        self._token = ""
        self._made_at = 0.0

    def metadata(self) -> Metadata:
        """The metadata of the next call."""
        now = time.monotonic()
        if not self._token or now - self._made_at > TOKEN_S:
            self._token = self.connection.issuer.person(self.tenant, self.name, actor=self._actor)
            self._made_at = now
        return (("authorization", f"Bearer {self._token}"),)
