"""The collection `memberships`: who was in a conversation as of a revision, once for all alerts that were decided then.

A message to 2,000 people would otherwise carry 2,000 names. `_id` is "conversation:revision" like that of an alert.
"""

import zlib
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping

from pymongo import ASCENDING, UpdateOne

from services.chassis.mongo import Database, Document
from services.notifier.records import Alert, alert_id
from services.notifier.stores.inserts import insert_new

COLLECTION = "memberships"
"""Its name."""

REMEMBERED = 10_000
"""Of so many it is remembered that they are kept."""

AGAIN_MS = 86_400_000
"""That one is still used is noted this often, ms; it is forgotten that much later than the last alert of it."""


class Memberships:
    """Reads and writes memberships."""

    def __init__(self, database: Database) -> None:
        self._memberships = database[COLLECTION]
        self._kept: OrderedDict[str, int] = OrderedDict()

    async def prepare(self) -> None:
        """Makes the indexes."""
        await self._memberships.create_index([("used_ms", ASCENDING)], name="age")

    async def keep(self, alerts: Iterable[Alert]) -> None:
        """Keeps the members of alerts that are about to be inserted."""
        fresh: dict[str, Document] = {}
        for alert in alerts:
            id_, now = name_of(alert), alert.decided_at_ms
            if now - self._kept.get(id_, -AGAIN_MS) >= AGAIN_MS:
                fresh[id_] = {"_id": id_, "names": _packed(alert.members), "used_ms": now}
        known = await insert_new(self._memberships, list(fresh.values()))
        if known:
            used = [UpdateOne({"_id": id_}, {"$max": {"used_ms": fresh[id_]["used_ms"]}}) for id_ in known]
            await self._memberships.bulk_write(used, ordered=False)
        for id_, row in fresh.items():
            self._kept[id_] = row["used_ms"]
            self._kept.move_to_end(id_)
        while len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)

    async def get(self, ids: Collection[str]) -> Mapping[str, frozenset[str]]:
        """The members by name; the missing are left out."""
        if not ids:
            return {}
        rows = self._memberships.find({"_id": {"$in": list(ids)}})
        return {row["_id"]: _unpacked(row["names"]) async for row in rows}

    async def forget(self, before_ms: int) -> None:
        """Deletes those that no alert after a moment uses, ms since 1970 UTC."""
        await self._memberships.delete_many({"used_ms": {"$lt": before_ms - AGAIN_MS}})


def name_of(alert: Alert) -> str:
    """The name of an alert's members."""
    return alert_id(alert.content.conversation, alert.membership_revision)


def _packed(names: frozenset[str]) -> bytes:
    """None has a control character (contract of messaging), so a line feed parts them."""
    return zlib.compress("\n".join(sorted(names)).encode(), level=1)


def _unpacked(names: bytes) -> frozenset[str]:
    return frozenset(zlib.decompress(names).decode().split("\n"))
