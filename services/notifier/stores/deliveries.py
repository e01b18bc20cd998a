"""The collection `deliveries`: one attempt-chain to one device each.

Whoever works on a delivery holds a claim on it, and moves its due time to the claim's end; so one partial index finds
both what is due and what was left behind. A final state is written only by the holder of the claim.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import ASCENDING, UpdateOne

from services.chassis.mongo import Database, Document
from services.notifier.records import Delivery, DeliveryState, encoded
from services.notifier.stores.inserts import insert_new

COLLECTION = "deliveries"
"""Its name."""

_FIELDS = (
    "conversation",
    "number",
    "revision",
    "tenant",
    "person",
    "device",
    "expires_ms",
    "patient_until_ms",
    "due_ms",
    "attempts",
)


class Deliveries:
    """Reads and writes deliveries."""

    def __init__(self, database: Database) -> None:
        self._deliveries = database[COLLECTION]

    async def prepare(self) -> None:
        """Makes the indexes."""
        await self._deliveries.create_index(
            [("due_ms", ASCENDING)], partialFilterExpression={"state": DeliveryState.PENDING.value}, name="pending"
        )

    async def insert(self, deliveries: Sequence[Delivery]) -> set[str]:
        """Inserts deliveries; returns the names of those that were there already, which stay as they are."""
        return await insert_new(self._deliveries, [_document(delivery) for delivery in deliveries])

    async def claim(self, claim: str, now_ms: int, until_ms: int, limit: int) -> Sequence[Delivery]:
        """Takes what is due, the longest due first; each counts as an attempt begun.

        `until_ms` is when others may take what this claim has not finished.
        """
        pending: Document = {"state": DeliveryState.PENDING.value, "due_ms": {"$lte": now_ms}}
        due = self._deliveries.find(pending, {"_id": 1}).sort("due_ms", ASCENDING).limit(limit)
        ids = [row["_id"] for row in await due.to_list()]
        if not ids:
            return []
        await self._deliveries.update_many(
            {"_id": {"$in": ids}, **pending},
            {"$set": {"claim": claim, "due_ms": until_ms}, "$inc": {"attempts": 1}},
        )
        rows = self._deliveries.find({"_id": {"$in": ids}, "claim": claim})
        return [_delivery(row) for row in await rows.to_list()]

    async def finish(
        self, claim: str, ids: Sequence[str], state: DeliveryState, reason: str = "", *, attempted: bool = True
    ) -> int:
        """Writes a final state, where the claim is still held; returns of how many.

        Without `attempted`, what the claim counted as an attempt was none.
        """
        change: Document = {"$set": {"state": state.value, "reason": reason}, "$unset": {"claim": ""}}
        if not attempted:
            change["$inc"] = {"attempts": -1}
        result = await self._deliveries.update_many(_held(claim, {"$in": list(ids)}), change)
        return result.modified_count

    async def postpone(self, claim: str, due: Mapping[str, int], *, attempted: bool) -> None:
        """Gives deliveries back, each to be tried again at its time, ms since 1970 UTC."""
        less: Document = {} if attempted else {"$inc": {"attempts": -1}}
        await self._deliveries.bulk_write(
            [
                UpdateOne(_held(claim, id_), {"$set": {"due_ms": due_ms}, "$unset": {"claim": ""}, **less})
                for id_, due_ms in due.items()
            ],
            ordered=False,
        )

    async def of(self, conversation: str, number: int, person: str) -> Sequence[Delivery]:
        """The deliveries of one message to one person, in ascending name."""
        begin = f"{encoded(conversation)}:{number}:{encoded(person)}:"
        # ";" is the character after ":".
        rows = self._deliveries.find({"_id": {"$gt": begin, "$lt": f"{begin[:-1]};"}}).sort("_id", ASCENDING)
        return [_delivery(row) for row in await rows.to_list()]

    async def list(self, conversation: str, after: str, limit: int) -> Sequence[Delivery]:
        """The deliveries of a conversation with a greater name, in ascending name."""
        begin = f"{encoded(conversation)}:"
        # ";" is the character after ":".
        within = {"_id": {"$gt": max(after, begin), "$lt": f"{begin[:-1]};"}}
        rows = self._deliveries.find(within).sort("_id", ASCENDING).limit(limit)
        return [_delivery(row) for row in await rows.to_list()]


def _held(claim: str, ids: Any) -> Document:
    return {"_id": ids, "claim": claim, "state": DeliveryState.PENDING.value}


def _document(delivery: Delivery) -> Document:
    document: Document = {"_id": delivery.id, "state": delivery.state.value}
    for name in _FIELDS:
        document[name] = getattr(delivery, name)
    if delivery.claim:
        document["claim"] = delivery.claim
    return document


def _delivery(row: Document) -> Delivery:
    return Delivery(
        id=row["_id"],
        state=DeliveryState(row["state"]),
        claim=row.get("claim", ""),
        reason=row.get("reason", ""),
        **{name: row[name] for name in _FIELDS},
    )
