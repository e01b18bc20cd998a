"""How far a feed that every replica follows has been worked off by any of them, in the collection `leases`."""

from services.chassis.mongo import Collection


class Cursor:
    """The furthest cursor of one feed. Cursors sort in the order of their feed.

    Args:
        leases: where it is kept, beside the partitions.
        name: of the feed.
    """

    def __init__(self, leases: Collection, name: str) -> None:
        self._leases = leases
        self._id = f"cursor:{name}"

    async def get(self) -> str:
        """The cursor; empty before the first was kept."""
        row = await self._leases.find_one({"_id": self._id})
        return str(row.get("cursor", "")) if row else ""

    async def keep(self, cursor: str) -> None:
        """Keeps a cursor, unless another replica has come further."""
        await self._leases.update_one({"_id": self._id}, {"$max": {"cursor": cursor}}, upsert=True)
