"""What messages say now: the present state of a message stands in its own document in the log.

The events are the truth. What an edit, a deletion or a reply means for the message that it is about is derived from
them, by functions that may be repeated at any time and in any order.
"""

import asyncio

from pymongo import DESCENDING, ReturnDocument

from services.chassis import mongo
from services.messaging.documents import attachment_documents, from_document, mention_documents
from services.messaging.rules import Content, Deleted, Edited, Event, Sent
from services.messaging.store.log import LogStore

LATER_VERSIONS = 99
"""How many versions after the first are shown at most: the last ones."""

VERSIONS_BYTES = 3 << 20
"""Versions are shown up to so many bytes of texts, the last ones first: an answer must fit into 4 MiB."""


class MessageStore:
    """The present state of messages.

    Args:
        database: where the log is.
        log: the log.
    """

    def __init__(self, database: mongo.Database, log: LogStore) -> None:
        self._log = database["log"]
        self._events = log
        self._counting: dict[tuple[str, int], _Counting] = {}

    async def apply_to_messages(self, event: Event) -> Event | None:
        """Does to a message what an edit or a deletion, or to the root of a thread what a reply means for it.

        It may be repeated, and come in any order. Answers with the message as it is afterwards; None for other events,
        and where the message cannot be read (yet).

        Raises:
            PyMongoError: it is not known whether it was done; do it again.
        """
        change = event.change
        if isinstance(change, Edited):
            return await self._edit(event, change)
        if isinstance(change, Deleted):
            return await self._delete(event, change)
        if isinstance(change, Sent) and change.thread:
            await self._count(event.conversation, change.thread)
        return None

    async def versions(self, message: Event) -> list[tuple[Event, Content]]:
        """What a message has said: the first version and the last ones, each with the event that wrote it, ascending.

        Of a deleted message there are none.
        """
        sent = message.change
        if not isinstance(sent, Sent) or sent.deleted_revision:
            return []
        later: list[tuple[Event, Content]] = []
        size = len(sent.first.text.encode())
        query = {"conversation": message.conversation, "about": message.number, "text": {"$exists": True}}
        async with self._log.find(query).sort("revision", DESCENDING).limit(LATER_VERSIONS) as cursor:
            async for document in cursor:
                edit = from_document(document)
                change = edit.change
                if not isinstance(change, Edited):
                    continue
                size += len(change.text.encode())
                if size > VERSIONS_BYTES and later:
                    break
                later.append((edit, Content(change.text, change.mentions, change.attachments)))
        return [(message, sent.first), *later[::-1]]

    async def _edit(self, event: Event, change: Edited) -> Event | None:
        revision = await self._events.revision_of(event.conversation, change.number)
        if revision is None:
            return None
        # Only where the message is older, and never once it was deleted.
        older = {
            "$and": [
                {"$lt": [{"$ifNull": ["$now.revision", 0]}, event.revision]},
                {"$eq": [{"$ifNull": ["$deleted_revision", 0]}, 0]},
            ]
        }
        now = {
            "revision": event.revision,
            "at_ms": event.at_ms,
            "mentions": mention_documents(change.mentions),
            "attachments": attachment_documents(change.attachments),
        }
        first = {"$ifNull": ["$first_text", "$text"]}
        document = await self._log.find_one_and_update(
            {"conversation": event.conversation, "revision": revision, "type": "message"},
            [
                {
                    "$set": {
                        # All of them are worked out on the document as it was. What people wrote is a literal: a text
                        # may begin with "$".
                        "first_text": {"$cond": [older, first, {"$ifNull": ["$first_text", "$$REMOVE"]}]},
                        "text": {"$cond": [older, {"$literal": change.text}, "$text"]},
                        "now": {"$cond": [older, {"$literal": now}, {"$ifNull": ["$now", "$$REMOVE"]}]},
                    }
                }
            ],
            return_document=ReturnDocument.AFTER,
        )
        if document is None:
            return None
        message = from_document(document)
        sent = message.change
        if not isinstance(sent, Sent):
            return None
        if sent.deleted_revision:
            await self._redact(event.conversation, change.number)
        else:
            present = sent.now.revision if sent.now else 0
            await self._log.update_many(
                {
                    "conversation": event.conversation,
                    "about": change.number,
                    "revision": {"$lt": present},
                    "superseded": {"$exists": False},
                },
                {"$set": {"superseded": True}},
            )
        return message

    async def _delete(self, event: Event, change: Deleted) -> Event | None:
        revision = await self._events.revision_of(event.conversation, change.number)
        if revision is None:
            return None
        document = await self._log.find_one_and_update(
            {"conversation": event.conversation, "revision": revision, "type": "message"},
            [
                {
                    "$set": {
                        "text": "",
                        "deleted_revision": event.revision,
                        "counted": {"$cond": [{"$gt": ["$thread", 0]}, 0, "$$REMOVE"]},
                    }
                },
                {"$unset": ["first_text", "attachments", "now"]},
            ],
            return_document=ReturnDocument.AFTER,
        )
        if document is None:
            return None
        await self._redact(event.conversation, change.number)
        message = from_document(document)
        if isinstance(message.change, Sent) and message.change.thread:
            await self._count(event.conversation, message.change.thread)
        return message

    async def _redact(self, conversation: str, number: int) -> None:
        """Takes what they say out of all edits of a message; whom they mentioned stays, for those who count."""
        await self._log.update_many(
            {"conversation": conversation, "about": number},
            {"$set": {"superseded": True}, "$unset": {"text": "", "attachments": ""}},
        )

    async def _count(self, conversation: str, thread: int) -> None:
        """Counts the replies under a message again; who comes while a count waits to begin shares it."""
        key = (conversation, thread)
        counting = self._counting.get(key)
        if counting is None:
            counting = self._counting[key] = _Counting()
        ticket = counting.asked = counting.asked + 1
        counting.waiting += 1
        try:
            async with counting.lock:
                if counting.done < ticket:
                    begun = counting.asked
                    await self._count_once(conversation, thread)
                    counting.done = begun
        finally:
            counting.waiting -= 1
            if not counting.waiting:
                self._counting.pop(key, None)

    async def _count_once(self, conversation: str, thread: int) -> None:
        revision = await self._events.revision_of(conversation, thread)
        if revision is None:
            return
        root = {"conversation": conversation, "revision": revision, "type": "message"}
        # A count that began later has seen more; the ticket tells which one did, whatever replica it is of.
        taken = await self._log.find_one_and_update(
            root, {"$inc": {"counts": 1}}, {"_id": 0, "counts": 1}, return_document=ReturnDocument.AFTER
        )
        if taken is None:
            return
        standing = {"conversation": conversation, "thread": thread, "counted": 1}
        replies = await self._log.count_documents(standing)
        last = await self._log.find_one(standing, {"_id": 0, "at_ms": 1}, sort=[("number", DESCENDING)])
        await self._log.update_one(
            {**root, "$or": [{"counted_at": {"$exists": False}}, {"counted_at": {"$lt": taken["counts"]}}]},
            {
                "$set": {
                    "replies": replies,
                    "last_reply_at_ms": last["at_ms"] if last else 0,
                    "counted_at": taken["counts"],
                }
            },
        )


class _Counting:
    """Counts of one thread in this process."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.asked = 0
        self.done = 0
        self.waiting = 0
