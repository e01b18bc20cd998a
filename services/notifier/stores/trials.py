"""The collection `trials`: what each person tried last, one document a person.

The replica that is asked writes what is to be shown; every replica tails it, and notes what its streams are given; then
it is closed, and who comes later shows nothing. So what is answered is what happened.
"""

from collections.abc import Collection, Sequence

from pymongo import ASCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from services.chassis.feed import ChangeFeed
from services.chassis.mongo import Database, Document
from services.notifier.facts import Kind, Surface
from services.notifier.records import Content, Place, Showing, encoded

COLLECTION = "trials"
"""Its name."""

_CHANGES: list[Document] = [
    {"$match": {"operationType": {"$in": ["insert", "replace", "update"]}}},
    {"$project": {"documentKey": 1, "fullDocument": 1}},
]


class TrialStore:
    """Reads and writes trials."""

    def __init__(self, database: Database) -> None:
        self._trials = database[COLLECTION]

    async def prepare(self) -> None:
        """Makes the indexes."""
        await self._trials.create_index([("at_ms", ASCENDING)], name="age")

    async def begin(self, showing: Showing, pause_ms: int) -> bool:
        """Writes what is tried, unless the person tried less than `pause_ms` before; answers whether it is written."""
        content = showing.content
        document: Document = {
            "trial": showing.trial,
            "tenant": content.tenant,
            "person": showing.person,
            "surface": showing.surface.value,
            "text": content.text,
            "at_ms": content.at_ms,
            "places": [[place.client, place.tab, place.shows] for place in showing.places],
        }
        ready = {"_id": _id(showing), "at_ms": {"$lte": content.at_ms - pause_ms}}
        try:
            await self._trials.replace_one(ready, document, upsert=True)
        except DuplicateKeyError:
            return False
        return True

    async def give(self, showing: Showing, clients: Collection[str]) -> bool:
        """Notes that streams of these clients are here and are given it now; False once it is too late for that."""
        change = {"$addToSet": {"given": {"$each": sorted(clients)}}}
        open_ = {"_id": _id(showing), "trial": showing.trial, "closed": {"$exists": False}}
        return bool((await self._trials.update_one(open_, change)).matched_count)

    async def given(self, showing: Showing) -> Sequence[str]:
        """The clients whose streams were given it so far."""
        return _given(await self._trials.find_one({"_id": _id(showing), "trial": showing.trial}))

    async def close(self, showing: Showing) -> Sequence[str]:
        """Has nobody show it any more; the clients whose streams were given it."""
        mine = {"_id": _id(showing), "trial": showing.trial}
        row = await self._trials.find_one_and_update(
            mine, {"$set": {"closed": True}}, return_document=ReturnDocument.AFTER
        )
        return _given(row)

    async def forget(self, before_ms: int) -> int:
        """Deletes what was tried before a moment, ms since 1970 UTC; returns how many."""
        return (await self._trials.delete_many({"at_ms": {"$lt": before_ms}})).deleted_count


def trials_feed(database: Database) -> ChangeFeed[Showing | str]:
    """What is tried, as it begins; and as streams are given it, the name of whose it is."""
    return ChangeFeed(database, COLLECTION, _CHANGES, _convert, memory=1_000)


def name_of(showing: Showing) -> str:
    """The name by which the feed tells that streams are given it."""
    return _id(showing)


def _convert(change: Document) -> Showing | str:
    row = change.get("fullDocument")
    if row is None:
        return str(change["documentKey"]["_id"])
    return Showing(
        row["trial"],
        Content(row["tenant"], "test", 0, "", Kind.DIRECT, "", row["text"], row["at_ms"]),
        row["person"],
        Surface(row["surface"]),
        [Place(*place) for place in row["places"]],
    )


def _id(showing: Showing) -> str:
    return f"{encoded(showing.content.tenant)}:{encoded(showing.person)}"


def _given(row: Document | None) -> Sequence[str]:
    return list(row.get("given", ())) if row else []
