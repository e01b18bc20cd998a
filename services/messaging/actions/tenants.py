"""What holds for all people of a tenant."""

from dataclasses import replace

from services.chassis.clock import Clock
from services.messaging.rules import Terms, Versions
from services.messaging.store import TenantStore

KNOWN_MS = 10_000
"""What holds for a tenant is read again after this time, ms (the contract: in effect on all replicas within 10 s)."""

TENANTS = 10_000
"""How many tenants' terms are remembered."""


class Tenants:
    """Terms of tenants.

    Args:
        store: where they are kept.
        default: what holds where a tenant has said nothing.
        clock: the present time.
    """

    def __init__(self, store: TenantStore, default: Terms, clock: Clock) -> None:
        self._store = store
        self._default = default
        self._clock = clock
        self._known: dict[str, tuple[int, Terms]] = {}

    async def terms(self, tenant: str) -> Terms:
        """What holds for the people of a tenant."""
        now = self._clock()
        at_ms, terms = self._known.get(tenant, (0, self._default))
        if now - at_ms >= KNOWN_MS or now < at_ms:
            terms = self._terms_of(await self._store.get(tenant))
            if len(self._known) >= TENANTS:
                self._known.clear()
            self._known[tenant] = (now, terms)
        return terms

    async def get(self, tenant: str) -> dict[str, int]:
        """What was put for a tenant, by name."""
        return await self._store.get(tenant)

    async def put(self, tenant: str, settings: dict[str, int]) -> None:
        """Replaces what was put for a tenant."""
        await self._store.put(tenant, settings)
        self._known.pop(tenant, None)

    def _terms_of(self, settings: dict[str, int]) -> Terms:
        default = self._default
        return replace(
            default,
            edit_within_ms=settings.get("edit_within_ms", default.edit_within_ms),
            delete_within_ms=settings.get("delete_within_ms", default.delete_within_ms),
            versions=Versions(settings.get("versions", default.versions)),
        )
