"""What is read of rows, heads and pointers."""

from collections.abc import AsyncIterator, Iterable, Sequence

from pymongo import ASCENDING
from pymongo.errors import BulkWriteError

from services.chassis import mongo
from services.unread.rules import EVERYONE, Below, Head, Pointer, Row
from services.unread.store.documents import head_of, pointer_id, pointer_of, row_of_document

FORMAT = 2
"""How documents are written now. 1: own messages alone, by `own_revision` and `own_tail`."""


class Reading:
    """Reads counts."""

    def __init__(self, database: mongo.Database) -> None:
        self._database = database
        self._rows = database["rows"]
        self._heads = database["heads"]
        self._pointers = database["pointers"]

    async def prepare(self) -> None:
        """Makes the indexes where they are missing, and brings what an earlier version has written to today's form."""
        await self._rows.create_index([("conversation", ASCENDING), ("number", ASCENDING)], unique=True)
        # All that counting own messages needs stands in the index.
        await self._rows.create_index(
            [(field, ASCENDING) for field in ("conversation", "author", "number", "revision", "deleted")]
        )
        await self._rows.create_index(
            [("conversation", ASCENDING), ("mentions.person", ASCENDING), ("number", ASCENDING)],
            partialFilterExpression={"mentions": {"$exists": True}},
        )
        await self._rows.create_index(
            [(field, ASCENDING) for field in ("conversation", "number", "deleted")],
            partialFilterExpression={"deleted": {"$gt": 0}},
            name="deleted",
        )
        await self._pointers.create_index(
            [("tenant", ASCENDING), ("person", ASCENDING), ("conversation", ASCENDING)], unique=True
        )
        meta = self._database["meta"]
        if await meta.find_one({"_id": "format", "version": FORMAT}) is None:
            await self._bring_to_format()
            await meta.update_one({"_id": "format"}, {"$set": {"version": FORMAT}}, upsert=True)

    async def _bring_to_format(self) -> None:
        """From format 1, whose logs had a creation and messages only: the message n was event n + 1."""
        tail = {
            "$map": {"input": {"$ifNull": ["$own_tail", []]}, "in": [{"$add": ["$$this", 1]}, "$$this", 1, 0]},
        }
        await self._pointers.update_many(
            {"revision": {"$exists": False}},
            [
                {
                    "$set": {
                        "revision": {"$max": ["$own_revision", 1]},
                        "mentioned": 0,
                        "tail": tail,
                        # Whatever the old tail left out, the head of that time covered.
                        "tail_from": {"$max": [0, {"$subtract": [{"$min": "$own_tail"}, 1]}]},
                        "joined": 0,
                        "membership": 1,
                        "left": False,
                        "muted_until_ms": 0,
                    }
                },
                {"$unset": ["own_revision", "own_tail"]},
            ],
        )
        await self._heads.update_many(
            {"deleted_floor": {"$exists": False}},
            {"$set": {"deleted": [], "deleted_floor": 0, "everyone": [], "everyone_floor": 0}},
        )
        await self._rows.update_many(
            {"changed": {"$exists": False}}, [{"$set": {"changed": "$revision", "deleted": 0}}]
        )

    async def ping(self) -> None:
        """Raises PyMongoError if the database cannot be reached."""
        await self._database.command("ping")

    async def head(self, conversation: str) -> Head:
        """How far a conversation has been counted."""
        return (await self.heads([conversation])).get(conversation, Head())

    async def heads(self, conversations: Iterable[str]) -> dict[str, Head]:
        """How far conversations have been counted; those that have not at all are left out."""
        wanted = list(conversations)
        if not wanted:
            return {}
        return {
            document["_id"]: head_of(document)
            async for document in self._heads.find({"_id": {"$in": wanted}}, batch_size=5_000)
        }

    async def pointer(self, conversation: str, person: str, tenant: str) -> Pointer | None:
        """One pointer, also of who has left; None if the person was never a member."""
        document = await self._pointers.find_one({"_id": pointer_id(conversation, person)})
        if document is None or document["tenant"] != tenant:
            return None
        return pointer_of(document)

    async def pointers_of(self, tenant: str, person: str, conversations: Sequence[str] = ()) -> list[Pointer]:
        """A person's pointers where they are a member now, ascending by conversation.

        Only those of `conversations`, if there are any.
        """
        query: mongo.Document = {"tenant": tenant, "person": person}
        if conversations:
            query["conversation"] = {"$in": list(conversations)}
        cursor = self._pointers.find(query, batch_size=5_000).sort("conversation", ASCENDING)
        return [pointer_of(document) async for document in cursor if not document["left"]]

    async def conversations_of(self, tenant: str, person: str) -> list[str]:
        """The conversations in which a person has or had a place; answered from the index alone."""
        cursor = self._pointers.find(
            {"tenant": tenant, "person": person}, {"_id": 0, "conversation": 1}, batch_size=5_000
        )
        return [document["conversation"] async for document in cursor]

    async def pointers(self, keys: Iterable[tuple[str, str]]) -> list[Pointer]:
        """The pointers of (conversation, person) pairs, those that exist, also of who has left."""
        ids = [pointer_id(conversation, person) for conversation, person in keys]
        return [pointer_of(document) async for document in self._pointers.find({"_id": {"$in": ids}}, batch_size=5_000)]

    async def pointers_in(self, conversation: str) -> AsyncIterator[Pointer]:
        """The pointers of the present members of a conversation, ascending by person."""
        query = {"_id": {"$gt": f"{conversation}:", "$lt": f"{conversation};"}, "left": False}
        async for document in self._pointers.find(query, batch_size=5_000).sort("_id", ASCENDING):
            yield pointer_of(document)

    async def readers(self, conversation: str, number: int, author: str, after_person: str, limit: int) -> list[str]:
        """Members, but the author, whose pointer has reached a message and who joined before it; ascending."""
        query = {
            "_id": {"$gt": pointer_id(conversation, after_person), "$lt": f"{conversation};"},
            "left": False,
            "read": {"$gte": number},
            "joined": {"$lt": number},
            "person": {"$ne": author},
        }
        cursor = self._pointers.find(query, {"_id": 0, "person": 1}, batch_size=5_000).sort("_id", ASCENDING)
        return [document["person"] async for document in cursor.limit(limit)]

    async def sample(self) -> tuple[str, str] | None:
        """(tenant, person) of a pointer that is drawn by lot; None if there is none."""
        async for document in await self._pointers.aggregate([{"$sample": {"size": 1}}]):
            return document["tenant"], document["person"]
        return None

    async def rows(self, conversation: str, numbers: Iterable[int]) -> dict[int, Row]:
        """The rows of messages, by number, those that exist."""
        query = {"conversation": conversation, "number": {"$in": list(numbers)}}
        return {
            document["number"]: row_of_document(document) async for document in self._rows.find(query, batch_size=5_000)
        }

    async def counts(self, conversation: str, person: str, above: int, revision: int) -> tuple[int, int]:
        """Live messages above a number, as of a revision: a person's own, and those that name them."""
        own = await self._rows.count_documents(
            {"conversation": conversation, "author": person, **_alive(above, revision)}
        )
        mentioned = await self._rows.count_documents(
            {"conversation": conversation, **_mentioning(person, revision), **_alive(above, revision)}
        )
        return own, mentioned

    async def below(self, pointer: Pointer, head: Head) -> Below:
        """What a head's lists do not tell about a pointer, counted from the rows as of that head."""
        if head.lists(pointer.read):
            return Below(revision=head.revision)
        deleted = everyone = 0
        if pointer.read < head.deleted_floor:
            deleted = await self._rows.count_documents(
                {
                    "conversation": pointer.conversation,
                    "number": {"$gt": pointer.read, "$lte": head.deleted_floor},
                    "deleted": {"$gt": 0, "$lte": head.revision},
                }
            )
        if pointer.read < head.everyone_floor:
            query = {
                "conversation": pointer.conversation,
                **_mentioning(EVERYONE, head.revision),
                **_alive(pointer.read, head.revision),
                "author": {"$ne": pointer.person},
            }
            query["number"]["$lte"] = head.everyone_floor
            everyone = await self._rows.count_documents(query)
        return Below(deleted, everyone, head.revision)


def _alive(above: int, revision: int) -> mongo.Document:
    return {
        "number": {"$gt": above},
        "revision": {"$lte": revision},
        "deleted": {"$not": {"$gt": 0, "$lte": revision}},
    }


def _mentioning(person: str, revision: int) -> mongo.Document:
    lasting = {"$not": {"$gt": 0, "$lte": revision}}
    return {
        "mentions": {"$exists": True, "$elemMatch": {"person": person, "since": {"$lte": revision}, "until": lasting}}
    }


async def insert_new(collection: mongo.Collection, documents: list[mongo.Document]) -> None:
    """Inserts what is not there yet."""
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        failures = error.details["writeErrors"]
        others = [failure for failure in failures if failure["code"] != mongo.DUPLICATE_KEY]
        if others or error.details.get("writeConcernErrors"):
            raise
