"""The catalog in MongoDB: documents derived from the log. All but the stars can be made again from it.

    members        _id "conversation:person", conversation, person, tenant, left, revision (of the last change of the
                   members that is applied), starred_at_ms
    conversations  _id conversation, project, archived, archived_revision, active_at_ms, message_revision (of the last
                   message), moved (when it last moved up, by the database's clock), applied (up to which revision the
                   projector has got)
    search         _id "conversation:number", conversation, place {at_ms, revision}, author, words, changed (the
                   revision that gave it these words)

No text of a message is copied: what is shown is read from the log. A send writes one document of `search` and one of
`conversations`, whatever the number of members. Every write says of which revision it is and changes nothing that is
of a later one, so it may come again, late, or from two sides. A deleted message keeps its document, without words, so
that its sending, applied late, cannot bring them back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pymongo import ASCENDING, UpdateOne
from pymongo.errors import BulkWriteError

from services.chassis import mongo
from services.messaging.catalog.effects import Activity, Effects, Standing, Text
from services.messaging.catalog.walk import Place, Row
from services.messaging.catalog.words import BEGINNINGS, MARK, Query
from services.messaging.documents import from_document
from services.messaging.rules import Event

AT_ONCE = 1_000
"""So many documents are written in one call: encoding them stops everything else here, for about 20 ms."""

WORDS_INDEX = {"conversation": 1, "words": 1, "place": 1, "author": 1}

BATCH = 5_000
"""So many small documents come in one answer of the database."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A conversation in a person's catalog."""

    conversation: str
    starred: bool


@dataclass(frozen=True, slots=True)
class Position:
    """How a conversation stands in lists.

    Attributes:
        active_at_ms: when its last message was written, or it began.
        moved_ms: when it last moved up, by the database's clock.
        message_revision: of its last message; 0 for none.
    """

    conversation: str
    active_at_ms: int
    moved_ms: int
    message_revision: int
    archived: bool
    project: str


class CatalogStore:
    """Reads and writes the catalog."""

    def __init__(self, database: mongo.Database) -> None:
        self._members = database["members"]
        self._conversations = database["conversations"]
        self._search = database["search"]
        self._log = database["log"]

    async def prepare(self) -> None:
        """Makes the indexes where they are missing."""
        names = ("tenant", "person", "left", "conversation", "starred_at_ms")
        await self._members.create_index([(name, ASCENDING) for name in names])
        await self._search.create_index(list(WORDS_INDEX.items()))

    async def apply(self, effects: Effects, *, projected: bool) -> None:
        """Writes effects; any of them may have been written before.

        Args:
            effects: the changes.
            projected: all events up to these have been applied, and this is noted last.
        """
        await _write(self._members, (_standing_update(standing) for standing in effects.standings.values()))
        await _write(self._search, (_text_update(text) for text in effects.texts.values()))
        activities = [
            one for one in effects.activities.values() if projected or one.active_at_ms or one.archived_revision
        ]
        await _write(self._conversations, (_activity_update(activity, projected=projected) for activity in activities))

    async def applied(self, conversations: Sequence[str]) -> dict[str, int]:
        """Up to which revision the projector has got; conversations that it does not know are left out."""
        cursor = self._conversations.find({"_id": {"$in": list(conversations)}}, {"applied": 1}, batch_size=BATCH)
        return {found["_id"]: found.get("applied", 0) async for found in cursor}

    async def star(self, conversation: str, person: str, tenant: str, starred_at_ms: int) -> None:
        """Gives a conversation a person's star; 0 takes it away."""
        names = {"conversation": conversation, "person": person, "tenant": tenant}
        await self._members.update_one(
            {"_id": f"{conversation}:{person}"}, {"$set": {**names, "starred_at_ms": starred_at_ms}}, upsert=True
        )

    async def entries(self, tenant: str, person: str) -> list[Entry]:
        """A person's conversations, ascending; answered from the index alone."""
        cursor = self._members.find(
            {"tenant": tenant, "person": person, "left": False},
            {"_id": 0, "conversation": 1, "starred_at_ms": 1},
            batch_size=BATCH,
        )
        return [Entry(found["conversation"], bool(found.get("starred_at_ms"))) async for found in cursor]

    async def positions(self, conversations: Sequence[str]) -> list[Position]:
        """How conversations stand in lists, in no particular order; unknown ones are left out."""
        cursor = self._conversations.find({"_id": {"$in": list(conversations)}}, batch_size=BATCH)
        return [
            Position(
                found["_id"],
                found.get("active_at_ms", 0),
                round(found["moved"].timestamp() * 1000),
                found.get("message_revision", 0),
                found.get("archived", False),
                found.get("project", ""),
            )
            async for found in cursor
            if "moved" in found
        ]

    async def messages(self, places: Iterable[tuple[str, int]], characters: int | None = None) -> list[Event]:
        """Messages as they are now, by conversation and revision, in no particular order; unknown ones are left out.

        Args:
            places: where they stand in the log.
            characters: cut their texts to one more than this; None leaves them whole.
        """
        by_conversation: dict[str, list[int]] = {}
        for conversation, revision in places:
            by_conversation.setdefault(conversation, []).append(revision)
        if not by_conversation:
            return []
        wanted = [
            {"conversation": conversation, "revision": {"$in": revisions}, "type": "message"}
            for conversation, revisions in by_conversation.items()
        ]
        stages: list[mongo.Document] = [{"$match": {"$or": wanted}}, {"$unset": "first_text"}]
        if characters is not None:
            stages.append({"$set": {"text": {"$substrCP": ["$text", 0, characters + 1]}}})
        return [from_document(found) async for found in await self._log.aggregate(stages)]

    async def rows(
        self, conversations: Sequence[str], entry: str, query: Query, author: str, at_most: Place, limit: int
    ) -> list[Row]:
        """What the index has under an entry, the newest first: one look at so many rows and no more.

        A row's `hit` says whether all the rest of the query holds too.
        """
        stages: list[mongo.Document] = [
            {
                "$match": {
                    "conversation": {"$in": list(conversations)},
                    "words": entry,
                    "place": {"$lte": {"at_ms": at_most.at_ms, "revision": at_most.revision}},
                }
            },
            {"$sort": {"place": -1}},
            {"$limit": limit},
            {"$project": {"_id": 0, "conversation": 1, "place": 1, **_hit(entry, query, author)}},
        ]
        return [
            Row(
                Place(found["place"]["at_ms"], found["place"]["revision"], found["conversation"]),
                found.get("hit", True),
            )
            async for found in await self._search.aggregate(stages, hint=WORDS_INDEX, batchSize=BATCH)
        ]


def _hit(entry: str, query: Query, author: str) -> dict[str, Any]:
    """What of a query the entry does not say; without words, the index alone answers."""
    conditions: list[dict[str, Any]] = []
    if author:
        conditions.append({"$eq": ["$author", {"$literal": author}]})
    if rest := [word for word in query.words if word != entry]:
        conditions.append({"$setIsSubset": [{"$literal": rest}, "$words"]})
    beginning = query.beginning
    if beginning and entry != beginning + MARK:
        if len(beginning) in BEGINNINGS:
            conditions.append({"$in": [{"$literal": beginning + MARK}, "$words"]})
        else:
            begins = {"$eq": [{"$indexOfCP": ["$$this", {"$literal": beginning}]}, 0]}
            conditions.append({"$anyElementTrue": {"$map": {"input": "$words", "in": begins}}})
    return {"hit": {"$and": conditions}} if conditions else {}


def _standing_update(standing: Standing) -> UpdateOne:
    newer = {"$lt": [{"$ifNull": ["$revision", 0]}, standing.revision]}
    names = {
        name: {"$literal": value}
        for name, value in (
            ("conversation", standing.conversation),
            ("person", standing.person),
            ("tenant", standing.tenant),
        )
    }
    return UpdateOne(
        {"_id": f"{standing.conversation}:{standing.person}"},
        [
            {
                "$set": {
                    **names,
                    "left": {"$cond": [newer, not standing.present, {"$ifNull": ["$left", "$$REMOVE"]}]},
                    "revision": {"$cond": [newer, standing.revision, "$revision"]},
                }
            }
        ],
        upsert=True,
    )


def _text_update(text: Text) -> UpdateOne:
    document = text_document(text)
    older = {"_id": document.pop("_id"), "changed": {"$lt": text.changed}}
    # Where the document is of a later revision, the upsert breaks on its _id, and nothing is changed.
    return UpdateOne(older, {"$set": document}, upsert=text.sent is not None)


def text_document(text: Text) -> mongo.Document:
    """The words of a message as they are stored; or as much of it as is told."""
    document = {"_id": f"{text.conversation}:{text.number}", "words": text.words, "changed": text.changed}
    if text.sent is None:
        return document
    revision, at_ms, author = text.sent
    place = {"at_ms": at_ms, "revision": revision}
    return {**document, "conversation": text.conversation, "place": place, "author": author}


def _activity_update(activity: Activity, *, projected: bool) -> UpdateOne:
    most = {
        name: value
        for name, value in (
            ("message_revision", activity.message_revision),
            ("active_at_ms", activity.active_at_ms),
            ("applied", activity.revision if projected else 0),
        )
        if value
    }
    found = {"_id": activity.conversation}
    if activity.archived is None:
        update: dict[str, Any] = {"$max": most}
        if activity.active_at_ms:
            update["$currentDate"] = {"moved": True}
        return UpdateOne(found, update, upsert=True)
    newer = {"$lt": [{"$ifNull": ["$archived_revision", 0]}, activity.archived_revision]}
    fields: dict[str, Any] = {name: {"$max": [f"${name}", value]} for name, value in most.items()}
    fields["archived"] = {"$cond": [newer, activity.archived, "$archived"]}
    fields["archived_revision"] = {"$max": ["$archived_revision", activity.archived_revision]}
    if activity.active_at_ms:
        fields["moved"] = "$$NOW"
    if activity.project is not None:
        fields["project"] = {"$literal": activity.project}
    return UpdateOne(found, [{"$set": fields}], upsert=True)


async def _write(collection: mongo.Collection, updates: Iterable[UpdateOne]) -> None:
    """Writes in any order. What breaks on a document that somebody has just made is tried once more.

    Raises:
        BulkWriteError: anything else is wrong.
    """
    source = iter(updates)
    while some := list(islice(source, AT_ONCE)):
        broken = await _write_once(collection, some)
        if broken:
            await _write_once(collection, broken)


async def _write_once(collection: mongo.Collection, updates: Sequence[UpdateOne]) -> list[UpdateOne]:
    """Answers with what broke on a document that is there already."""
    try:
        await collection.bulk_write(updates, ordered=False)
    except BulkWriteError as error:
        failures = error.details.get("writeErrors", []) if error.details else []
        if not failures or any(failure["code"] != mongo.DUPLICATE_KEY for failure in failures):
            raise
        if error.details and error.details.get("writeConcernErrors"):
            raise
        return [updates[failure["index"]] for failure in failures]
    return []
