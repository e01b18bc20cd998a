"""What holds for all people of a tenant: collection `tenants`, one document for each, named by the tenant."""

from services.chassis import mongo


class TenantStore:
    """Reads and writes tenants' settings; what is not set is left out."""

    def __init__(self, database: mongo.Database) -> None:
        self._tenants = database["tenants"]

    async def get(self, tenant: str) -> dict[str, int]:
        """What was put; nothing if nothing was."""
        document = await self._tenants.find_one({"_id": tenant}, {"_id": 0})
        return {str(name): int(value) for name, value in (document or {}).items()}

    async def put(self, tenant: str, settings: dict[str, int]) -> None:
        """Replaces all of it."""
        await self._tenants.replace_one({"_id": tenant}, settings, upsert=True)
