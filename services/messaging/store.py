"""The log in MongoDB.

One collection, `log`, one document for each event:

    conversation, revision, number, membership_revision, tenant, at_ms, author, type, then by type
      "created": kind, title, item {project, tool, item}, link, members, digest
      "message": kind, text, client_key, digest

Two unique indexes carry the promises: (conversation, revision) makes the log gap-free and proves that the writer knew
its end; (conversation, author, client_key) makes a repeat harmless. Both begin with the conversation, so that the
collection can be sharded by it.
"""

import secrets
from collections.abc import Sequence
from enum import Enum

from pymongo import ASCENDING, DESCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError, OperationFailure, WTimeoutError

from services.chassis import mongo
from services.messaging.rules import Created, Event, Head, Item, Kind, Page, Sent, Tail, head_of

REVISION_INDEX = ("conversation", "revision")
CLIENT_KEY_INDEX = ("conversation", "author", "client_key")

TELLING = frozenset({mongo.DUPLICATE_KEY, 2, 121, 10334, 17280})
"""Error codes that tell what is wrong with a document: beside the duplicate key BadValue, DocumentValidationFailure,
BSONObjectTooLarge and KeyTooLong. Any other (a full disk, an interruption) tells something about the server."""

PAGE_BYTES = 1 << 20
"""A page of events ends after so many bytes of texts: an answer must fit into a client's 4 MiB (gRPC's default)."""


class Outcome(Enum):
    """What became of one event of an insertion."""

    WRITTEN = "written"
    CONFLICT = "conflict"  # somebody else wrote this revision
    REPEATED = "repeated"  # the client key was used before
    REFUSED = "refused"  # the database does not take this document
    UNTRIED = "untried"  # an ordered insertion ended before it


class LogStore:
    """Reads and writes the log."""

    def __init__(self, database: mongo.Database) -> None:
        self._database = database
        self._log = database["log"]
        self._local = database.get_collection("log", read_concern=mongo.LOCAL)

    async def prepare(self) -> None:
        """Makes the collection and its indexes where they are missing."""
        await self._log.create_index([(name, ASCENDING) for name in REVISION_INDEX], unique=True)
        await self._log.create_index(
            [(name, ASCENDING) for name in CLIENT_KEY_INDEX],
            unique=True,
            partialFilterExpression={"client_key": {"$exists": True}},
        )
        await self._log.create_index(
            [("type", ASCENDING), ("conversation", ASCENDING)], partialFilterExpression={"type": "created"}
        )

    async def digest_key(self) -> bytes:
        """The secret of content digests; made once for each database."""
        document: mongo.Document = await self._database["secrets"].find_one_and_update(
            {"_id": "digest"},
            {"$setOnInsert": {"key": secrets.token_bytes(32)}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )  # type: ignore[assignment]
        return bytes(document["key"])

    async def ping(self) -> None:
        """Raises PyMongoError if the database cannot be reached."""
        await self._database.command("ping")

    async def create(self, event: Event, digest: bytes) -> bool:
        """Inserts a conversation's first event; False if the conversation exists."""
        try:
            await self._log.insert_one({**to_document(event), "digest": digest})
        except DuplicateKeyError:
            return False
        return True

    async def insert(self, events: Sequence[Event], *, ordered: bool) -> list[Outcome]:
        """Inserts events in one call; OK only once a majority has them in the journal.

        Args:
            events: with `ordered`, consecutive events of one conversation; else at most one of each conversation. All
                together must fit into one command, 16 MiB.
            ordered: stop at the first that fails.

        Raises:
            PyMongoError: the outcome is unknown.
        """
        # The plain command instead of the driver's bulk write, which costs 12 µs more of this process for each
        # document. A retry by the driver is not needed: client keys make ours harmless.
        result = await self._database.command(
            {
                "insert": "log",
                "documents": [to_document(event) for event in events],
                "ordered": ordered,
                "writeConcern": mongo.SAFE.document,
            }
        )
        if "writeConcernError" in result:
            raise WTimeoutError("no majority has confirmed an insertion", result["writeConcernError"].get("code"))
        failures = result.get("writeErrors", ())
        if any(failure["code"] not in TELLING for failure in failures):
            raise OperationFailure("an insertion was interrupted", failures[-1]["code"])
        outcomes = [Outcome.WRITTEN] * len(events)
        for failure in failures:
            index = failure["index"]
            outcomes[index] = _outcome(failure)
            if ordered:
                outcomes[index + 1 :] = [Outcome.UNTRIED] * (len(events) - index - 1)
        return outcomes

    async def head(self, conversation: str) -> Head | None:
        """The end of a log as the primary has it now; may only feed the next append."""
        last = await self._local.find_one({"conversation": conversation}, sort=[("revision", DESCENDING)])
        if last is None:
            return None
        first = last if last["revision"] == 1 else await self._local.find_one(_at(conversation, 1))
        if first is None:
            return None
        return head_of(from_document(first), from_document(last))

    async def created(self, conversation: str) -> tuple[Event, bytes] | None:
        """A conversation's first event and the digest of its content."""
        document = await self._log.find_one(_at(conversation, 1))
        return None if document is None else (from_document(document), bytes(document["digest"]))

    async def last(self, conversation: str) -> Event | None:
        """A conversation's last event."""
        document = await self._log.find_one({"conversation": conversation}, sort=[("revision", DESCENDING)])
        return None if document is None else from_document(document)

    async def by_client_key(self, conversation: str, author: str, client_key: str) -> Event | None:
        """The event that a client key made."""
        document = await self._log.find_one({"conversation": conversation, "author": author, "client_key": client_key})
        return None if document is None else from_document(document)

    async def events(self, conversation: str, after_revision: int, limit: int) -> Page:
        """Events with a higher revision, ascending."""
        query = {"conversation": conversation, "revision": {"$gt": after_revision}}
        return await self._page(query, ASCENDING, limit)

    async def messages_after(self, conversation: str, after_number: int, limit: int) -> Page:
        """Messages with a higher number, ascending."""
        start = await self._revision_of(conversation, after_number)
        if start is None:
            return Page((), more=False)
        query = {"conversation": conversation, "revision": {"$gt": start}, "type": "message"}
        return await self._page(query, ASCENDING, limit)

    async def messages_before(self, conversation: str, before_number: int, limit: int) -> Page:
        """The last messages with a lower number, ascending."""
        start = await self._revision_of(conversation, before_number)
        bound = {} if start is None else {"revision": {"$lt": start}}
        page = await self._page({"conversation": conversation, **bound, "type": "message"}, DESCENDING, limit)
        return Page(page.events[::-1], page.more)

    async def positions(self, after_conversation: str, limit: int) -> list[Tail]:
        """The ends of all logs, in ascending conversation."""
        cursor = (
            self._log.find(
                {"type": "created", "conversation": {"$gt": after_conversation}}, {"conversation": 1, "_id": 0}
            )
            .sort("conversation", ASCENDING)
            .limit(limit)
        )
        conversations = [document["conversation"] async for document in cursor]
        tails = await _tails(self._log, conversations)
        return [tails[conversation] for conversation in conversations]

    async def tails(self, conversations: Sequence[str]) -> dict[str, Tail]:
        """The ends of several logs as the primary has them now; may only feed the next append."""
        return await _tails(self._local, conversations)

    async def _page(self, query: mongo.Document, direction: int, limit: int) -> Page:
        """At most so many events, and at most about PAGE_BYTES of texts, but at least one where there is one."""
        events: list[Event] = []
        size = 0
        async with self._log.find(query).sort("revision", direction).limit(limit + 1) as cursor:
            async for document in cursor:
                if len(events) == limit or size >= PAGE_BYTES:
                    return Page(events, more=True)
                size += len(document.get("text", "").encode())
                events.append(from_document(document))
        return Page(events, more=False)

    async def _revision_of(self, conversation: str, number: int) -> int | None:
        """The revision of a message; 1 for number 0; None beyond the end.

        Numbers grow by at most one a revision, so a step by the difference never jumps over the message.
        """
        revision = number + 1
        while True:
            found = await self._log.find_one(_at(conversation, revision), {"number": 1})
            if found is None:
                return None
            if found["number"] >= number:
                return revision
            revision += number - found["number"]


async def _tails(log: mongo.Collection, conversations: Sequence[str]) -> dict[str, Tail]:
    # Sorted by the index (read backwards in *both* fields) and grouped by its first field, this is one seek for each
    # conversation (DISTINCT_SCAN), however long the logs are; with mixed directions it would read and sort all events.
    names = ("revision", "number", "membership_revision", "at_ms")
    pipeline: list[mongo.Document] = [
        {"$match": {"conversation": {"$in": list(conversations)}}},
        {"$sort": {"conversation": DESCENDING, "revision": DESCENDING}},
        {"$group": {"_id": "$conversation", **{name: {"$first": f"${name}"} for name in names}}},
    ]
    return {
        found["_id"]: Tail(found["_id"], *(found[name] for name in names))
        async for found in await log.aggregate(pipeline)
    }


def _at(conversation: str, revision: int) -> mongo.Document:
    return {"conversation": conversation, "revision": revision}


def _outcome(failure: mongo.Document) -> Outcome:
    if failure["code"] != mongo.DUPLICATE_KEY:
        return Outcome.REFUSED
    index = mongo.broken_index(failure)
    if index == CLIENT_KEY_INDEX:
        return Outcome.REPEATED
    return Outcome.CONFLICT if index == REVISION_INDEX else Outcome.REFUSED


def to_document(event: Event) -> mongo.Document:
    """An event as it is stored."""
    document: mongo.Document = {
        "conversation": event.conversation,
        "revision": event.revision,
        "number": event.number,
        "membership_revision": event.membership_revision,
        "tenant": event.tenant,
        "at_ms": event.at_ms,
        "author": event.author,
    }
    change = event.change
    if isinstance(change, Sent):
        document["type"] = "message"
        document["kind"] = int(change.kind)
        document["text"] = change.text
        document["client_key"] = change.client_key
        document["digest"] = change.digest
    else:
        document["type"] = "created"
        document["kind"] = int(change.kind)
        document["title"] = change.title
        document["link"] = change.link
        document["members"] = list(change.members)
        if change.item is not None:
            item = change.item
            document["item"] = {"project": item.project, "tool": item.tool, "item": item.item}
    return document


def from_document(document: mongo.Document) -> Event:
    """A stored event as a value."""
    kind = Kind(document["kind"])
    change: Created | Sent
    if document["type"] == "message":
        change = Sent(kind, document["text"], document["client_key"], bytes(document["digest"]))
    else:
        item = document.get("item")
        change = Created(
            kind,
            document["title"],
            Item(item["project"], item["tool"], item["item"]) if item else None,
            document["link"],
            tuple(document["members"]),
        )
    return Event(
        document["conversation"],
        document["revision"],
        document["number"],
        document["membership_revision"],
        document["tenant"],
        document["at_ms"],
        document["author"],
        change,
    )
