"""The log: one collection, `log`, one document for each event (see documents.py).

Three unique indexes carry the promises: (conversation, revision) makes the log gap-free and proves that the writer knew
its end; (conversation, author, client_key) makes a repeat harmless; (conversation, deletes) lets a message be deleted
once. All begin with the conversation, so that the collection can be sharded by it.
"""

import secrets
from collections.abc import Sequence
from enum import Enum

from pymongo import ASCENDING, DESCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError, OperationFailure, WTimeoutError

from services.chassis import mongo
from services.messaging.documents import from_document, state_of, stored_key, to_document
from services.messaging.rules import Event, Head, Page, State, Tail, first_state

REVISION_INDEX = ("conversation", "revision")
CLIENT_KEY_INDEX = ("conversation", "author", "client_key")
DELETES_INDEX = ("conversation", "deletes")

TELLING = frozenset({mongo.DUPLICATE_KEY, 2, 121, 10334, 17280})
"""Error codes that tell what is wrong with a document: beside the duplicate key BadValue, DocumentValidationFailure,
BSONObjectTooLarge and KeyTooLong. Any other (a full disk, an interruption) tells something about the server."""

PAGE_BYTES = 1 << 20
"""A page of events ends after so many bytes of texts: an answer must fit into a client's 4 MiB (gRPC's default)."""

NAME_BYTES = 32
"""About how many bytes a name of a person has in an answer."""

_TAIL = ("revision", "number", "membership_revision", "shape", "at_ms")


class Outcome(Enum):
    """What became of one event of an insertion."""

    WRITTEN = "written"
    CONFLICT = "conflict"  # somebody else wrote this revision
    REPEATED = "repeated"  # the client key was used before
    DELETED = "deleted"  # the message was deleted before
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
        for names in (CLIENT_KEY_INDEX, DELETES_INDEX):
            await self._log.create_index(
                [(name, ASCENDING) for name in names],
                unique=True,
                partialFilterExpression={names[-1]: {"$exists": True}},
            )
        await self._log.create_index(
            [("type", ASCENDING), ("conversation", ASCENDING)], partialFilterExpression={"type": "created"}
        )
        # The changes to fold onto a snapshot; the edits of a message; the replies under one, those that stand first.
        for field, rest in (("base", ("revision",)), ("about", ("revision",)), ("thread", ("counted", "number"))):
            await self._log.create_index(
                [("conversation", ASCENDING), (field, ASCENDING), *((name, ASCENDING) for name in rest)],
                partialFilterExpression={field: {"$exists": True}},
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
        event = from_document(last)
        state = await self._state(self._local, conversation, event.state_revision)
        return None if state is None else Head(state, event.revision, event.number, event.at_ms)

    async def state(self, conversation: str, revision: int) -> State | None:
        """The conversation after the event that gave it this state; that never changes. None without that event."""
        return await self._state(self._log, conversation, revision)

    async def created(self, conversation: str) -> tuple[Event, bytes] | None:
        """A conversation's first event and the digest of its content."""
        document = await self._log.find_one(_at(conversation, 1))
        return None if document is None else (from_document(document), bytes(document["digest"]))

    async def tail(self, conversation: str) -> Tail | None:
        """Where a log ends, as a majority has it."""
        document = await self._log.find_one(
            {"conversation": conversation},
            {"_id": 0, "conversation": 1, **dict.fromkeys(_TAIL, 1)},
            sort=[("revision", DESCENDING)],
        )
        return None if document is None else _tail(conversation, document)

    async def by_client_key(self, conversation: str, author: str, service: str, client_key: str) -> Event | None:
        """The event that a client key of a person or of a service made."""
        document = await self._log.find_one(
            {"conversation": conversation, "author": author, "client_key": stored_key(service, client_key)}
        )
        return None if document is None else from_document(document)

    async def deletion(self, conversation: str, number: int) -> Event | None:
        """The event that deleted a message."""
        document = await self._log.find_one({"conversation": conversation, "deletes": number})
        return None if document is None else from_document(document)

    async def at(self, conversation: str, revision: int) -> Event | None:
        """The event at this revision."""
        document = await self._log.find_one(_at(conversation, revision))
        return None if document is None else from_document(document)

    async def events(self, conversation: str, after_revision: int, limit: int) -> Page:
        """Events with a higher revision, ascending."""
        query = {"conversation": conversation, "revision": {"$gt": after_revision}}
        return await self._page(query, ASCENDING, limit)

    async def message(self, conversation: str, number: int) -> Event | None:
        """A message as it is now."""
        revision = await self.revision_of(conversation, number)
        return None if revision is None else await self.at(conversation, revision)

    async def messages_after(self, conversation: str, after_number: int, limit: int) -> Page:
        """Messages with a higher number, ascending."""
        start = await self.revision_of(conversation, after_number)
        if start is None:
            return Page((), more=False)
        query = {"conversation": conversation, "revision": {"$gt": start}, "type": "message"}
        return await self._page(query, ASCENDING, limit)

    async def messages_before(self, conversation: str, before_number: int, limit: int, above: int = 0) -> Page:
        """The last messages with a lower number and one above `above`, ascending."""
        end = await self.revision_of(conversation, before_number)
        bound: mongo.Document = {} if end is None else {"$lt": end}
        if above:
            begin = await self.revision_of(conversation, above)
            if begin is None:
                return Page((), more=False)
            bound["$gt"] = begin
        query: mongo.Document = {"conversation": conversation, "type": "message"}
        if bound:
            query["revision"] = bound
        page = await self._page(query, DESCENDING, limit)
        return Page(page.events[::-1], page.more)

    async def replies(self, conversation: str, thread: int, after_number: int, before_number: int, limit: int) -> Page:
        """The replies under a message with a higher number than one, and a lower than the other unless that is 0.

        With `before_number` the last `limit` of them, else the first; ascending.
        """
        bound = {"$gt": after_number} | ({"$lt": before_number} if before_number else {})
        query = {"conversation": conversation, "thread": thread, "counted": {"$in": [0, 1]}, "number": bound}
        direction = DESCENDING if before_number else ASCENDING
        page = await self._page(query, direction, limit, order="number")
        return Page(page.events[::-1], page.more) if before_number else page

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

    async def safe_tails(self, conversations: Sequence[str]) -> dict[str, Tail]:
        """The ends of several logs, as a majority has them."""
        return await _tails(self._log, conversations)

    async def revision_of(self, conversation: str, number: int) -> int | None:
        """The revision of a message; 1 for number 0; None beyond the end.

        Numbers grow by at most one a revision, so the message is never before `number + 1`. Steps by what is missing,
        doubled from step to step, go beyond it; halving what lies between finds it: a few point reads, however many
        other events stand between messages.
        """
        low = number  # the message is after this revision
        probe, stride = number + 1, 1
        while True:
            found = await self._number_at(conversation, probe)
            if found is None:
                tail = await self.tail(conversation)
                if tail is None or tail.number < number:
                    return None
                probe = tail.revision
                break
            if found >= number:
                break
            low = probe
            probe += max(number - found, stride)
            stride *= 2
        while probe - low > 1:
            middle = (low + probe) // 2
            found = await self._number_at(conversation, middle)
            if found is not None and found >= number:
                probe = middle
            else:
                low = middle
        return probe

    async def _number_at(self, conversation: str, revision: int) -> int | None:
        found = await self._log.find_one(_at(conversation, revision), {"_id": 0, "number": 1})
        return None if found is None else int(found["number"])

    async def _state(self, log: mongo.Collection, conversation: str, revision: int) -> State | None:
        document = await log.find_one(_at(conversation, revision))
        if document is None:
            return None
        base = document.get("base", 0)
        begun = document if not base else await log.find_one(_at(conversation, base))
        if begun is None:
            return None
        state = state_of(begun) if "state" in begun else first_state(from_document(begun))
        if base:
            changes = log.find({"conversation": conversation, "base": base, "revision": {"$lte": revision}})
            async for change in changes.sort("revision", ASCENDING):
                state = state.after(from_document(change))
        return state

    async def _page(self, query: mongo.Document, direction: int, limit: int, order: str = "revision") -> Page:
        """At most so many events, and at most about PAGE_BYTES of them, but at least one where there is one."""
        events: list[Event] = []
        size = 0
        async with self._log.find(query, {"state": 0}).sort(order, direction).limit(limit + 1) as cursor:
            async for document in cursor:
                if len(events) == limit or size >= PAGE_BYTES:
                    return Page(events, more=True)
                size += _size(document)
                events.append(from_document(document))
        return Page(events, more=False)


def _size(document: mongo.Document) -> int:
    """About how many bytes an event has in an answer."""
    size = len(document.get("text", "").encode())
    now = document.get("now") or document
    for attachment in now.get("attachments", ()):
        size += len(attachment["url"]) + NAME_BYTES
    for names in ("members", "added", "removed", "owners"):
        size += NAME_BYTES * len(document.get(names, ()))
    return size


async def _tails(log: mongo.Collection, conversations: Sequence[str]) -> dict[str, Tail]:
    # Sorted by the index (read backwards in *both* fields) and grouped by its first field, this is one seek for each
    # conversation (DISTINCT_SCAN), however long the logs are; with mixed directions it would read and sort all events.
    pipeline: list[mongo.Document] = [
        {"$match": {"conversation": {"$in": list(conversations)}}},
        {"$sort": {"conversation": DESCENDING, "revision": DESCENDING}},
        {"$group": {"_id": "$conversation", **{name: {"$first": f"${name}"} for name in _TAIL}}},
    ]
    return {found["_id"]: _tail(found["_id"], found) async for found in await log.aggregate(pipeline)}


def _tail(conversation: str, document: mongo.Document) -> Tail:
    return Tail(
        conversation,
        document["revision"],
        document["number"],
        document.get("shape") or document["membership_revision"],
        document["at_ms"],
    )


def _at(conversation: str, revision: int) -> mongo.Document:
    return {"conversation": conversation, "revision": revision}


def _outcome(failure: mongo.Document) -> Outcome:
    if failure["code"] != mongo.DUPLICATE_KEY:
        return Outcome.REFUSED
    known = {
        CLIENT_KEY_INDEX: Outcome.REPEATED,
        REVISION_INDEX: Outcome.CONFLICT,
        DELETES_INDEX: Outcome.DELETED,
    }
    return known.get(mongo.broken_index(failure), Outcome.REFUSED)
