"""What replaces pointers, rows and heads as a whole, if they are still as they were read."""

from collections.abc import Sequence

from pymongo import ReplaceOne, UpdateOne

from services.chassis import mongo
from services.unread.rules import Head, Pointer, Row
from services.unread.store.documents import as_read, head_document, pointer_document, row_document
from services.unread.store.reading import Reading, insert_new

AT_ONCE = 500
"""How many pointers are replaced in one call."""


class Replacing(Reading):
    """Replaces counts."""

    async def replace(self, before: Pointer, after: Pointer) -> bool:
        """Replaces a pointer, if it is still as it was read."""
        result = await self._pointers.replace_one(as_read(before), pointer_document(after))
        return result.matched_count == 1

    async def replace_all(self, pairs: Sequence[tuple[Pointer, Pointer]]) -> bool:
        """Replaces pointers, each if it is still as it was read; whether all were."""
        done = 0
        for start in range(0, len(pairs), AT_ONCE):
            writes: list[ReplaceOne[mongo.Document]] = [
                ReplaceOne(as_read(before), pointer_document(after)) for before, after in pairs[start : start + AT_ONCE]
            ]
            done += (await self._pointers.bulk_write(writes, ordered=False)).matched_count
        return done == len(pairs)

    async def put_pointer(self, pointer: Pointer) -> None:
        """Inserts a pointer that is missing.

        Raises:
            DuplicateKeyError: it is not.
        """
        await self._pointers.insert_one(pointer_document(pointer))

    async def put_rows(self, pairs: Sequence[tuple[Row | None, Row]]) -> None:
        """Writes rows, each if what was there before, or its absence, is still so."""
        new = [row_document(row) for before, row in pairs if before is None]
        if new:
            await insert_new(self._rows, new)
        writes = [
            ReplaceOne(
                {"conversation": row.conversation, "number": row.number, "changed": before.changed}, row_document(row)
            )
            for before, row in pairs
            if before is not None
        ]
        if writes:
            await self._rows.bulk_write(writes, ordered=False)

    async def put_head(self, conversation: str, before: Head, after: Head) -> bool:
        """Replaces a head, if it is still at the same revision."""
        result = await self._heads.bulk_write(
            [UpdateOne({"_id": conversation, "revision": before.revision}, {"$set": head_document(after)})]
        )
        return result.matched_count == 1
