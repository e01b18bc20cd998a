"""How the database answers what a piece of work asks: the commands are listened to, then explained."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from pymongo import AsyncMongoClient, monitoring

from services.chassis import mongo

QUERIES = ("find", "aggregate", "count")


class Listener(monitoring.CommandListener):
    """Keeps the queries that are sent."""

    def __init__(self) -> None:
        self.queries: list[mongo.Document] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Takes a command."""
        if event.command_name in QUERIES:
            kept = {name: value for name, value in event.command.items() if not name.startswith(("$", "lsid"))}
            self.queries.append({name: value for name, value in kept.items() if name != "readConcern"})

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing."""


@asynccontextmanager
async def listened(uri: str, name: str) -> AsyncIterator[tuple[mongo.Database, Listener]]:
    """A database of which the queries are listened to."""
    listener = Listener()
    client: mongo.Client = AsyncMongoClient(uri, event_listeners=[listener], tz_aware=True)
    try:
        yield mongo.database(client, name), listener
    finally:
        await client.close()


async def stages(database: mongo.Database, query: mongo.Document) -> set[str]:
    """The stages by which a query is answered, for example IXSCAN or COLLSCAN."""
    plan = await database.command("explain", query, verbosity="queryPlanner")
    return set(_stages(plan))


def _stages(plan: Any) -> Iterator[str]:
    if isinstance(plan, dict):
        if isinstance(plan.get("stage"), str):
            yield plan["stage"]
        for name, part in plan.items():
            if name != "rejectedPlans":
                yield from _stages(part)
    elif isinstance(plan, list):
        for part in plan:
            yield from _stages(part)
