"""Who of the demo's people is really there, in a browser of their own: for them nobody else may act."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable

import grpc
from conversations.presence.v1 import presence_pb2

from local.client import CALL_S, Connection
from local.demo.patience import PASSING
from local.demo.stage import ACTOR
from local.watching.session import CLIENT as TERMINAL

OWN = "demo-"
"""What the names of the demo's own clients begin with."""

LOOK_S = 1.0
"""How often it is looked who is there, s."""


class Guests:
    """People of whom a browser is attached that is neither the demo's nor a watch's in a terminal.

    Args:
        connection: to the stack.
        tenant: whose people.
        people: those to look for.
    """

    def __init__(self, connection: Connection, tenant: str, people: Iterable[str]) -> None:
        self._connection = connection
        self._request = presence_pb2.LocateClientsRequest(tenant=tenant, persons=list(people))
        self.names: frozenset[str] = frozenset()

    async def run(self) -> None:
        """Looks again and again, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Looks once; while presence cannot answer, what it said last holds."""
        token = self._connection.issuer.service(ACTOR)
        try:
            found = await self._connection.presence.LocateClients(
                self._request, metadata=(("authorization", f"Bearer {token}"),), timeout=CALL_S
            )
        except grpc.aio.AioRpcError as error:
            if error.code() not in PASSING:
                raise
            return
        if found.known:
            self.names = frozenset(each.person for each in found.clients if not each.client.startswith((OWN, TERMINAL)))

    async def while_absent(self, person: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Does somebody's work while they are not there themselves; returns at its end, or once they come."""
        if person in self.names:
            await asyncio.sleep(LOOK_S)
            return
        task = asyncio.create_task(work())
        try:
            while not task.done() and person not in self.names:
                await asyncio.wait({task}, timeout=LOOK_S / 2)
            if task.done():
                task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
