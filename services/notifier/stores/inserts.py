"""Insertions whose repetition is harmless."""

from collections.abc import Sequence
from typing import Any

from pymongo.errors import BulkWriteError

from services.chassis.mongo import DUPLICATE_KEY, Collection, Document


async def insert_new(collection: Collection, documents: Sequence[Document]) -> set[Any]:
    """Inserts the documents whose `_id` is new; returns the `_id`s that were there already.

    Raises:
        PyMongoError: some may not have been inserted; repeat it.
    """
    if not documents:
        return set()
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        details = error.details or {}
        failures = details.get("writeErrors", [])
        if details.get("writeConcernErrors") or any(failure["code"] != DUPLICATE_KEY for failure in failures):
            raise
        return {documents[failure["index"]]["_id"] for failure in failures}
    return set()
