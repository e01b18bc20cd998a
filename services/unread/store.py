"""Rows, heads and pointers in MongoDB.

    rows      conversation, number, revision, author: the truth, one for each message
    heads     _id conversation, tenant, number, revision: how far a conversation has been counted
    pointers  _id "conversation:person", conversation, person, tenant, read, epoch, version, own, own_revision, own_tail

Whoever counts writes rows first, then the authors' pointers, then heads; so whatever a head covers is in rows and
pointers. Every write is idempotent: a row by (conversation, number), an own message by its revision, a head by its
maximum. A send costs one row, one pointer (the author's) and one head, whatever the number of members.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from pymongo import ASCENDING, UpdateOne
from pymongo.errors import BulkWriteError

from services.chassis import mongo
from services.unread.rules import Change, ConversationCreated, Head, MessageSent, Pointer

INSERTED_AT_ONCE = 2_000
"""How many pointers are inserted in one call: encoding them stops everything else here, for about 20 ms."""


class UnreadStore:
    """Reads and writes counts."""

    def __init__(self, database: mongo.Database) -> None:
        self._database = database
        self._rows = database["rows"]
        self._heads = database["heads"]
        self._pointers = database["pointers"]

    async def prepare(self) -> None:
        """Makes the indexes where they are missing."""
        await self._rows.create_index([("conversation", ASCENDING), ("number", ASCENDING)], unique=True)
        await self._rows.create_index([("conversation", ASCENDING), ("author", ASCENDING), ("number", ASCENDING)])
        await self._pointers.create_index(
            [("tenant", ASCENDING), ("person", ASCENDING), ("conversation", ASCENDING)], unique=True
        )

    async def ping(self) -> None:
        """Raises PyMongoError if the database cannot be reached."""
        await self._database.command("ping")

    async def count(self, changes: Sequence[Change]) -> None:
        """Counts changes; in order for each conversation, and any of them may have been counted before."""
        created = [change for change in changes if isinstance(change, ConversationCreated)]
        sent = [change for change in changes if isinstance(change, MessageSent)]
        documents = (
            pointer_document(Pointer(change.conversation, member, change.tenant))
            for change in created
            for member in change.members
        )
        while some := list(islice(documents, INSERTED_AT_ONCE)):
            await _insert_new(self._pointers, some)
        if sent:
            await _insert_new(
                self._rows,
                [
                    {
                        "conversation": change.conversation,
                        "number": change.number,
                        "revision": change.revision,
                        "author": change.author,
                    }
                    for change in sent
                ],
            )
            await self._pointers.bulk_write(_own_updates(sent), ordered=False)
        await self._heads.bulk_write(_head_updates(changes), ordered=False)

    async def head(self, conversation: str) -> Head:
        """How far a conversation has been counted."""
        return (await self.heads([conversation])).get(conversation, Head())

    async def heads(self, conversations: Iterable[str]) -> dict[str, Head]:
        """How far conversations have been counted; those that have not at all are left out."""
        wanted = list(conversations)
        if not wanted:
            return {}
        return {
            document["_id"]: Head(document["number"], document["revision"])
            async for document in self._heads.find({"_id": {"$in": wanted}}, batch_size=5_000)
        }

    async def pointer(self, conversation: str, person: str, tenant: str) -> Pointer | None:
        """One pointer; None if the person is no member."""
        document = await self._pointers.find_one({"_id": pointer_id(conversation, person)})
        if document is None or document["tenant"] != tenant:
            return None
        return pointer_of(document)

    async def pointers_of(self, tenant: str, person: str, conversations: Sequence[str] = ()) -> list[Pointer]:
        """A person's pointers, ascending by conversation; only those of `conversations`, if there are any."""
        query: mongo.Document = {"tenant": tenant, "person": person}
        if conversations:
            query["conversation"] = {"$in": list(conversations)}
        cursor = self._pointers.find(query, batch_size=5_000).sort("conversation", ASCENDING)
        return [pointer_of(document) async for document in cursor]

    async def conversations_of(self, tenant: str, person: str) -> list[str]:
        """The conversations in which a person has a pointer; answered from the index alone."""
        cursor = self._pointers.find(
            {"tenant": tenant, "person": person}, {"_id": 0, "conversation": 1}, batch_size=5_000
        )
        return [document["conversation"] async for document in cursor]

    async def pointers(self, keys: Iterable[tuple[str, str]]) -> list[Pointer]:
        """The pointers of (conversation, person) pairs, those that exist."""
        ids = [pointer_id(conversation, person) for conversation, person in keys]
        return [pointer_of(document) async for document in self._pointers.find({"_id": {"$in": ids}}, batch_size=5_000)]

    async def count_own(self, conversation: str, person: str, above: int, up_to_revision: int) -> int:
        """A person's own messages above a number, up to a revision, counted from the rows."""
        return await self._rows.count_documents(
            {
                "conversation": conversation,
                "author": person,
                "number": {"$gt": above},
                "revision": {"$lte": up_to_revision},
            }
        )

    async def replace(self, before: Pointer, after: Pointer) -> bool:
        """Replaces a pointer, if it is still as it was read."""
        result = await self._pointers.replace_one(
            {
                "_id": pointer_id(before.conversation, before.person),
                "version": before.version,
                "own_revision": before.own_revision,
            },
            pointer_document(after),
        )
        return result.matched_count == 1


def pointer_id(conversation: str, person: str) -> str:
    """The `_id` of a pointer; a conversation's id holds no colon."""
    return f"{conversation}:{person}"


def pointer_document(pointer: Pointer) -> mongo.Document:
    """A pointer as it is stored."""
    return {
        "_id": pointer_id(pointer.conversation, pointer.person),
        "conversation": pointer.conversation,
        "person": pointer.person,
        "tenant": pointer.tenant,
        "read": pointer.read,
        "epoch": pointer.epoch,
        "version": pointer.version,
        "own": pointer.own,
        "own_revision": pointer.own_revision,
        "own_tail": list(pointer.own_tail),
    }


def pointer_of(document: mongo.Document) -> Pointer:
    """A stored pointer as a value."""
    return Pointer(
        document["conversation"],
        document["person"],
        document["tenant"],
        document["read"],
        document["epoch"],
        document["version"],
        document["own"],
        document["own_revision"],
        tuple(document["own_tail"]),
    )


async def _insert_new(collection: mongo.Collection, documents: list[mongo.Document]) -> None:
    """Inserts what is not there yet."""
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        failures = error.details["writeErrors"]
        others = [failure for failure in failures if failure["code"] != mongo.DUPLICATE_KEY]
        if others or error.details.get("writeConcernErrors"):
            raise


def _own_updates(sent: Sequence[MessageSent]) -> list[UpdateOne]:
    """For each author, the messages that are not counted yet are added; the server decides which those are.

    The tail keeps what the head may not cover yet: it covers all that comes before this batch.
    """
    by_author: dict[str, list[MessageSent]] = defaultdict(list)
    first: dict[str, int] = {}
    for change in sent:
        by_author[pointer_id(change.conversation, change.author)].append(change)
        first.setdefault(change.conversation, change.number)
    updates = []
    for pointer, messages in by_author.items():
        pairs = [{"revision": message.revision, "number": message.number} for message in messages]
        fresh: dict[str, Any] = {
            "$filter": {"input": {"$literal": pairs}, "cond": {"$gt": ["$$this.revision", "$own_revision"]}}
        }
        above = {"$size": {"$filter": {"input": fresh, "cond": {"$gt": ["$$this.number", "$read"]}}}}
        uncovered = {"$filter": {"input": "$own_tail", "cond": {"$gte": ["$$this", first[messages[0].conversation]]}}}
        pipeline = [
            {
                "$set": {
                    "own": {"$add": ["$own", above]},
                    "own_revision": {"$max": ["$own_revision", messages[-1].revision]},
                    "own_tail": {
                        "$cond": [
                            {"$gt": [messages[-1].revision, "$own_revision"]},
                            {"$concatArrays": [uncovered, {"$map": {"input": fresh, "in": "$$this.number"}}]},
                            "$own_tail",
                        ]
                    },
                }
            }
        ]
        updates.append(UpdateOne({"_id": pointer}, pipeline))
    return updates


def _head_updates(changes: Sequence[Change]) -> list[UpdateOne]:
    last: dict[str, Change] = {}
    for change in changes:
        known = last.get(change.conversation)
        if known is None or known.revision < change.revision:
            last[change.conversation] = change
    return [
        UpdateOne(
            {"_id": conversation},
            {
                "$max": {"number": change.number, "revision": change.revision},
                "$setOnInsert": {"tenant": change.tenant},
            },
            upsert=True,
        )
        for conversation, change in last.items()
    ]
