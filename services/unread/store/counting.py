"""How events are counted: rows first, then the pointers they concern, then heads."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from pymongo import InsertOne, ReplaceOne, UpdateOne

from services.chassis import mongo
from services.unread.rules import (
    Change,
    ConversationCreated,
    Effect,
    Head,
    MessageDeleted,
    MessageEdited,
    MessageSent,
    Pointer,
    Row,
    effect_of,
    folded,
    followed,
    row_of,
)
from services.unread.store.documents import (
    as_read,
    head_document,
    head_of,
    pointer_counts,
    pointer_document,
    row_document,
)
from services.unread.store.reading import Reading, insert_new

AT_ONCE = 2_000
"""How many pointers are read or written in one call: encoding them stops everything else here, for about 20 ms."""

WEIGHT = 10_000
"""How many events, and people who come and go in them, are counted in one go."""

Write = UpdateOne | ReplaceOne[mongo.Document] | InsertOne[mongo.Document]


class Gap(Exception):  # noqa: N818 - it is no error but a state of the feed
    """Events are missing between what is counted and what is to be counted.

    Attributes:
        conversations: where, and after which revision.
    """

    def __init__(self, conversations: dict[str, int]) -> None:
        super().__init__(f"events are missing in {len(conversations)} conversations")
        self.conversations = conversations


@dataclass
class _Batch:
    """What is to be counted of one conversation."""

    head: Head
    changes: list[Change] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)


class Counting(Reading):
    """Counts events."""

    async def count(self, changes: Sequence[Change]) -> None:
        """Counts events; in order for each conversation, and any of them may have been counted before.

        Raises:
            Gap: of some conversations events are missing; all others are counted.
        """
        gaps: dict[str, int] = {}
        start = 0
        while start < len(changes):
            end, weight = start, 0
            while end < len(changes) and (end == start or weight < WEIGHT):
                weight += _weight(changes[end])
                end += 1
            gaps |= await self._count(changes[start:end])
            start = end
        if gaps:
            raise Gap(gaps)

    async def _count(self, changes: Sequence[Change]) -> dict[str, int]:
        heads = await self.heads({change.conversation for change in changes})
        batches: dict[str, _Batch] = {}
        gaps: dict[str, int] = {}
        for change in changes:
            batch = batches.get(change.conversation)
            if batch is None:
                batch = batches[change.conversation] = _Batch(heads.get(change.conversation, Head()))
            expected = batch.changes[-1].revision if batch.changes else batch.head.revision
            if change.revision > expected + 1:
                gaps.setdefault(change.conversation, expected)
            elif change.revision > expected and change.conversation not in gaps:
                batch.changes.append(change)
        batches = {conversation: batch for conversation, batch in batches.items() if batch.changes}
        if batches:
            await self._write_rows(batches)
            await self._begin_conversations(batches)
            await self._write_pointers(batches)
            await self._write_heads(batches)
        return gaps

    async def _write_rows(self, batches: dict[str, _Batch]) -> None:
        """Inserts the rows of new messages, folds edits and deletions in, and finds out what each event does."""
        sent = [change for batch in batches.values() for change in batch.changes if isinstance(change, MessageSent)]
        if sent:
            await insert_new(self._rows, [row_document(row_of(change)) for change in sent])
        for conversation, batch in batches.items():
            rows: dict[int, Row] = {}
            later = [change for change in batch.changes if isinstance(change, MessageEdited | MessageDeleted)]
            if later:
                rows = await self._fold_rows(conversation, later, batch.head.revision)
            batch.effects = [
                effect_of(change, rows.get(change.message))
                if isinstance(change, MessageEdited | MessageDeleted)
                else effect_of(change)
                for change in batch.changes
            ]

    async def _fold_rows(
        self, conversation: str, changes: Sequence[MessageEdited | MessageDeleted], covered: int
    ) -> dict[int, Row]:
        """The rows of edited and deleted messages, with these events folded in and stored."""
        done: dict[int, Row] = {}
        waiting = {change.message for change in changes}
        while waiting:
            writes = []
            before = await self.rows(conversation, waiting)
            # Of what never was a message, nothing can change.
            waiting &= set(before)
            for number in sorted(waiting):
                row = before[number]
                for change in changes:
                    if change.message == number:
                        row = row.fold(change, covered)
                done[number] = row
                if row is before[number]:
                    waiting.discard(number)
                    continue
                document = row_document(row)
                what = {name: document[name] for name in ("changed", "deleted", "mentions") if name in document}
                still = {"conversation": conversation, "number": number, "changed": before[number].changed}
                writes.append(UpdateOne(still, {"$set": what}))
            if writes:
                # Written or not: the next look at the rows tells.
                await self._rows.bulk_write(writes, ordered=False)
        return done

    async def _begin_conversations(self, batches: dict[str, _Batch]) -> None:
        """Inserts the pointers of first members."""
        documents = (
            pointer_document(Pointer(change.conversation, member, change.tenant))
            for batch in batches.values()
            for change in batch.changes
            if isinstance(change, ConversationCreated)
            for member in change.members
        )
        while some := list(islice(documents, AT_ONCE)):
            await insert_new(self._pointers, some)

    async def _write_pointers(self, batches: dict[str, _Batch]) -> None:
        """Brings the effects to the pointers that they concern, each in the order of revisions."""
        concerned: dict[tuple[str, str], list[Effect]] = defaultdict(list)
        for batch in batches.values():
            for effect in batch.effects:
                if effect.revision == 1:
                    continue  # has begun already
                for person in effect.concerned():
                    steps = concerned[effect.conversation, person]
                    if not steps or steps[-1] is not effect:
                        steps.append(effect)
        keys = iter(concerned)
        while some := list(islice(keys, AT_ONCE)):
            waiting = set(some)
            while waiting:
                waiting = await self._follow(waiting, concerned, batches)

    async def _follow(
        self,
        keys: set[tuple[str, str]],
        concerned: dict[tuple[str, str], list[Effect]],
        batches: dict[str, _Batch],
    ) -> set[tuple[str, str]]:
        """Writes pointers that have not changed since they were read; answers those that have to be looked at again."""
        known = {(pointer.conversation, pointer.person): pointer for pointer in await self.pointers(keys)}
        writes: list[Write] = []
        again: set[tuple[str, str]] = set()
        new: list[mongo.Document] = []
        for key in keys:
            before = pointer = known.get(key)
            for effect in concerned[key]:
                pointer = followed(pointer, effect, key[1], batches[key[0]].head.revision)
            if pointer is before or pointer is None:
                continue
            again.add(key)
            if before is None:
                new.append(pointer_document(pointer))
            elif pointer.version == before.version:
                writes.append(UpdateOne(as_read(before), {"$set": pointer_counts(pointer)}))
            else:
                # A whole new document shows in the feed of pointers.
                writes.append(ReplaceOne(as_read(before), pointer_document(pointer)))
        if new:
            await insert_new(self._pointers, new)
        if writes:
            result = await self._pointers.bulk_write(writes, ordered=False)
            if result.matched_count == len(writes) and not new:
                return set()
        return again

    async def _write_heads(self, batches: dict[str, _Batch]) -> None:
        waiting = {conversation: batch.head for conversation, batch in batches.items()}
        while waiting:
            writes: list[Write] = []
            for conversation, before in waiting.items():
                head = before
                for effect in batches[conversation].effects:
                    if effect.revision == head.revision + 1:
                        head, _ = folded(head, effect)
                document = head_document(head)
                if before.revision:
                    still = {"_id": conversation, "revision": before.revision}
                    writes.append(UpdateOne(still, {"$set": document}))
                else:
                    tenant = batches[conversation].effects[0].tenant
                    writes.append(
                        UpdateOne({"_id": conversation}, {"$setOnInsert": {"tenant": tenant, **document}}, upsert=True)
                    )
            result = await self._heads.bulk_write(writes, ordered=False)
            if result.matched_count + result.upserted_count == len(writes) and all(
                head.revision for head in waiting.values()
            ):
                return
            # Somebody else counts the same: whoever was slower goes on from there.
            heads = {
                document["_id"]: head_of(document)
                async for document in self._heads.find({"_id": {"$in": list(waiting)}}, batch_size=5_000)
            }
            waiting = {
                conversation: heads[conversation]
                for conversation in waiting
                if heads[conversation].revision < batches[conversation].effects[-1].revision
            }


def _weight(change: Change) -> int:
    effect = effect_of(change)
    return 1 + len(effect.added) + len(effect.removed) + len(effect.persons)
