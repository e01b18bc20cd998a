"""The collection `deliveries`: one attempt-chain to one device each.

Whoever works on a delivery holds a claim on it, and moves its due time to the claim's end; so one partial index finds
both what is due and what was left behind. A final state is written only by the holder of the claim.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from pymongo import ASCENDING, UpdateOne

from services.chassis.mongo import Database, Document
from services.chassis.tasks import describe
from services.notifier.outages import TRIES
from services.notifier.records import Act, Answer, Delivery, DeliveryState, encoded
from services.notifier.stores.inserts import insert_new

COLLECTION = "deliveries"
"""Its name."""

ANSWERS = 20
"""So many of the last attempts' answers are kept (contract of Delivery.answers)."""

_log = structlog.get_logger(__name__)

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


@dataclass(frozen=True, slots=True)
class End:
    """What becomes of a delivery for good.

    Attributes:
        answer: what the push service said; None if it was not asked, so that this was no attempt.
        collapsed_into: the delivery that was sent for this one too.
        shown: the device shows it now, and it can be taken back.
        text_revision: of the edit whose text was sent; 0 for the first text.
    """

    state: DeliveryState
    reason: str = ""
    answer: Answer | None = None
    collapsed_into: str = ""
    shown: bool = False
    text_revision: int = 0


class Deliveries:
    """Reads and writes deliveries."""

    def __init__(self, database: Database) -> None:
        self._deliveries = database[COLLECTION]

    async def prepare(self) -> None:
        """Makes the indexes."""
        await self._deliveries.create_index(
            [("due_ms", ASCENDING)], partialFilterExpression={"state": DeliveryState.PENDING.value}, name="pending"
        )
        await self._deliveries.create_index(
            [("person", ASCENDING), ("conversation", ASCENDING)], partialFilterExpression={"shown": True}, name="shown"
        )
        await self._deliveries.create_index([("expires_ms", ASCENDING)], name="age")

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
        taken: list[Delivery] = []
        async for row in self._deliveries.find({"_id": {"$in": ids}, "claim": claim}):
            try:
                taken.append(_delivery(row))
            except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the others must go on
                await self._unreadable(claim, row, describe(error), now_ms)
        return taken

    async def _unreadable(self, claim: str, row: Document, reason: str, now_ms: int) -> None:
        """Leaves a delivery that cannot be read here to others, who may be newer; ends it after TRIES of them."""
        _log.error("a delivery cannot be read", delivery=row["_id"], error=reason)
        if int(row.get("attempts", TRIES)) >= TRIES:
            values = {"state": DeliveryState.DEAD.value, "reason": reason, "ended_ms": now_ms}
            change = {"$set": values, "$unset": {"claim": ""}}
            await self._deliveries.update_one(_held(claim, row["_id"]), change)

    async def finish(self, claim: str, ids: Sequence[str], end: End, now_ms: int) -> int:
        """Writes a final state, where the claim is still held; returns of how many."""
        values: Document = {"state": end.state.value, "reason": end.reason, "ended_ms": now_ms}
        if end.shown:
            values |= {"shown": True, "text_revision": end.text_revision}
        if end.collapsed_into:
            values["collapsed_into"] = end.collapsed_into
        change: Document = {"$set": values, "$unset": {"claim": ""}, **_answered(end.answer)}
        if end.answer is None:
            change["$inc"] = {"attempts": -1}
        result = await self._deliveries.update_many(_held(claim, {"$in": list(ids)}), change)
        return result.modified_count

    async def postpone(
        self, claim: str, due: Mapping[str, int], answer: Answer | None = None, silent_since_ms: int = 0
    ) -> None:
        """Gives deliveries back, each to be tried again at its time, ms since 1970 UTC.

        Without an answer, what the claim counted as an attempt was none. With `silent_since_ms` they wait because
        somebody who is asked says nothing, since then or longer.
        """
        more: Document = _answered(answer) if answer else {"$inc": {"attempts": -1}}
        gone = {"claim": ""}
        if silent_since_ms:
            more["$min"] = {"silent_since_ms": silent_since_ms}
        else:
            gone["silent_since_ms"] = ""
        await self._deliveries.bulk_write(
            [
                UpdateOne(_held(claim, id_), {"$set": {"due_ms": due_ms}, "$unset": gone, **more})
                for id_, due_ms in due.items()
            ],
            ordered=False,
        )

    async def suppress(self, conversation: str, number: int, reason: str, now_ms: int) -> int:
        """Ends what is pending of a message and nobody works on; returns of how many deliveries.

        Who holds a claim finds out by himself.
        """
        values = {"state": DeliveryState.SUPPRESSED.value, "reason": reason, "ended_ms": now_ms}
        unclaimed = {
            **_of_message(conversation, number),
            "state": DeliveryState.PENDING.value,
            "claim": {"$exists": False},
            "act": {"$ne": Act.CLEAR.value},
        }
        return (await self._deliveries.update_many(unclaimed, {"$set": values})).modified_count

    async def get(self, ids: Sequence[str]) -> dict[str, Delivery]:
        """Reads deliveries by name; the missing are left out."""
        return {row["_id"]: _delivery(row) async for row in self._deliveries.find({"_id": {"$in": list(ids)}})}

    async def showing(self, conversation: str, number: int) -> Sequence[Delivery]:
        """The deliveries that show a message, to everybody."""
        within = {**_of_message(conversation, number), "act": {"$exists": False}}
        return [_delivery(row) async for row in self._deliveries.find(within)]

    async def shown(self, persons: Sequence[str], conversations: Sequence[str]) -> Sequence[Delivery]:
        """What devices show, of any of these people in any of these conversations."""
        rows = self._deliveries.find(
            {"shown": True, "person": {"$in": list(persons)}, "conversation": {"$in": list(conversations)}}
        )
        return [_delivery(row) async for row in rows]

    async def all_shown(self) -> AsyncIterator[tuple[str, str]]:
        """The (conversation, person) of everything that devices show, each once."""
        each: Document = {"conversation": "$conversation", "person": "$person"}
        pipeline: list[Document] = [{"$match": {"shown": True}}, {"$group": {"_id": each}}]
        async for row in await self._deliveries.aggregate(pipeline):
            yield row["_id"]["conversation"], row["_id"]["person"]

    async def taken_back(self, ids: Sequence[str]) -> None:
        """Notes that devices no longer show what these deliveries showed."""
        await self._deliveries.update_many({"_id": {"$in": list(ids)}}, {"$unset": {"shown": ""}})

    async def forget(self, before_ms: int) -> int:
        """Deletes what was given up or ended before a moment, ms since 1970 UTC; returns how many."""
        return (await self._deliveries.delete_many({"expires_ms": {"$lt": before_ms}})).deleted_count

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


def _of_message(conversation: str, number: int) -> Document:
    begin = f"{encoded(conversation)}:{number}:"
    # ";" is the character after ":".
    return {"_id": {"$gt": begin, "$lt": f"{begin[:-1]};"}}


def _held(claim: str, ids: Any) -> Document:
    return {"_id": ids, "claim": claim, "state": DeliveryState.PENDING.value}


def _document(delivery: Delivery) -> Document:
    document: Document = {"_id": delivery.id, "state": delivery.state.value}
    for name in _FIELDS:
        document[name] = getattr(delivery, name)
    if delivery.claim:
        document["claim"] = delivery.claim
    if delivery.act is not Act.SHOW:
        document |= {"act": delivery.act.value, "change": delivery.change, "up_to": delivery.up_to}
    return document


def _answered(answer: Answer | None) -> Document:
    if answer is None:
        return {}
    entry = [answer.at_ms, answer.status, answer.reason]
    return {"$push": {"answers": {"$each": [entry], "$slice": -ANSWERS}}}


def _delivery(row: Document) -> Delivery:
    return Delivery(
        id=row["_id"],
        state=DeliveryState(row["state"]),
        claim=row.get("claim", ""),
        reason=row.get("reason", ""),
        act=Act(row.get("act", Act.SHOW.value)),
        collapsed_into=row.get("collapsed_into", ""),
        answers=[Answer(*each) for each in row.get("answers", ())],
        ended_ms=row.get("ended_ms", 0),
        change=row.get("change", 0),
        up_to=row.get("up_to", 0),
        shown=row.get("shown", False),
        text_revision=row.get("text_revision", 0),
        silent_since_ms=row.get("silent_since_ms", 0),
        **{name: row[name] for name in _FIELDS},
    )
