"""MongoDB: the client with the guarantees that everything here counts on."""

from typing import Any

from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

Document = dict[str, Any]
"""A BSON document."""

Client = AsyncMongoClient[Document]
Database = AsyncDatabase[Document]
Collection = AsyncCollection[Document]

SAFE = WriteConcern(w="majority", j=True, wtimeout=10_000)
"""Acknowledged once a majority has it in its journal; gives up waiting after 10 s (outcome unknown)."""

MAJORITY = ReadConcern("majority")
"""Reads only what cannot be rolled back."""

LOCAL = ReadConcern("local")
"""Reads what the primary has; may only feed the next write."""

DUPLICATE_KEY = 11000
"""The server's error code for a document that breaks a unique index."""

TRANSIENT = frozenset(
    {6, 7, 43, 50, 63, 89, 91, 133, 134, 150, 189, 234, 262, 9001, 10107, 11600, 11601, 11602, 13388, 13435, 13436}
)
"""Error codes of a server that is away, stepping down or too busy, after which the same call may succeed: those of the
MongoDB specifications of change streams and of retryable reads, MaxTimeMSExpired (50) and Interrupted (11601)."""


def connect(uri: str, app: str, pool_size: int = 50) -> Client:
    """A client; it connects when it is first used. `app` shows up in the server's log.

    A call fails after 5 s without a server, or 20 s without an answer.
    """
    return AsyncMongoClient(
        uri,
        appname=app,
        maxPoolSize=pool_size,
        serverSelectionTimeoutMS=5_000,
        connectTimeoutMS=5_000,
        socketTimeoutMS=20_000,
        retryWrites=True,
        tz_aware=True,
    )


def database(client: Client, name: str) -> Database:
    """A database with safe writes and majority reads as its defaults."""
    return client.get_database(name, write_concern=SAFE, read_concern=MAJORITY)


def broken_index(details: Document) -> tuple[str, ...]:
    """The fields of the unique index that a duplicate-key error names, in their order."""
    return tuple(details.get("keyPattern", {}))
