"""MongoDB, messaging and unread, and nothing else: no notifier, and nobody can be attached."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from local import databases
from local.children import Child
from local.folder import passing
from local.health import wait_for_service
from local.keys import Issuer
from local.parts import Part, Plan
from local.ports import Ports
from local.ready import Ready

SERVICES = ("messaging", "unread")
"""In the order of starting."""

START_S = 60.0
"""How long a part may take to get ready, s."""

END_S = 15.0
"""How long a part may take to end before it is killed, s."""


@asynccontextmanager
async def bare() -> AsyncIterator[Ready]:
    """Starts these parts in a folder of their own; ends them and removes it at the end.

    Raises:
        LocalError: one of them cannot be started.
    """
    async with AsyncExitStack() as parts:
        place = parts.enter_context(passing())
        plan = Plan(place, Ports.free(), Issuer.open(place.keys))
        plan.renew_tokens()

        async def start(part: Part) -> Child:
            child = await Child.start(
                part.name, part.command, part.environment, place.logs / f"{part.name}.log", _unheard
            )
            parts.push_async_callback(child.end, END_S)
            return child

        mongodb = await start(plan.databases()[0])
        await asyncio.to_thread(databases.wait_for_mongod, mongodb, plan.ports.mongodb, START_S)
        children = {"mongodb": mongodb}
        services = [part for part in plan.services() if part.name in SERVICES]
        # All are started before the first gRPC call of this process: gRPC's threads and forks do not mix.
        for part in services:
            child = children[part.name] = await start(part)
            await asyncio.to_thread(databases.wait_for_port, child, part.name, part.port, START_S)
        for part in services:
            await wait_for_service(part.name, children[part.name], part.port, START_S)
        yield plan.ready({name: child.pid for name, child in children.items()})


def _unheard(_name: str, _line: str) -> None:
    """Log lines of parts are not shown."""
