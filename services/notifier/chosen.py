"""What people have chosen, remembered tenant by tenant, so that a decision costs no look-up.

The whole of a tenant is held: only so is it known without asking that everybody else has chosen nothing.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable

from services.chassis.feed import ChangeFeed
from services.notifier.choices import Choices, Own, preferences
from services.notifier.facts import Level, Preferences
from services.notifier.stores.preferences import PreferenceStore

REMEMBERED = 500_000
"""How many people's choices are remembered in all, about 1 KB each; the tenants least recently used are forgotten. One
tenant alone may have more."""


class Tenant:
    """What holds in one tenant."""

    def __init__(self, tenant: str) -> None:
        self._defaults = Own(tenant, "")
        self._people: dict[str, Own] = {}
        self._resolved: dict[str, Preferences] = {}
        self.common = preferences(self._defaults.choices)

    def __len__(self) -> int:
        return len(self._people)

    @property
    def people(self) -> dict[str, Own]:
        """Those who have chosen something."""
        return self._people

    @property
    def defaults(self) -> Choices:
        """What the tenant has chosen."""
        return self._defaults.choices

    def of(self, person: str) -> Preferences:
        """What holds for a person."""
        own = self._people.get(person)
        if own is None:
            return self.common
        if (known := self._resolved.get(person)) is None:
            known = self._resolved[person] = preferences(own.choices.over(self._defaults.choices))
        return known

    def level(self, person: str, conversation: str) -> Level | None:
        """What a person has chosen for a conversation."""
        own = self._people.get(person)
        return own.levels.get(conversation) if own else None

    def learn(self, own: Own) -> None:
        """Remembers what somebody has chosen, unless something newer is known."""
        if not own.person:
            if own.revision > self._defaults.revision:
                self._defaults = own
                self._resolved.clear()
                self.common = preferences(own.choices)
        elif own.revision > self._people.get(own.person, Own("", "")).revision:
            self._people[own.person] = own
            self._resolved.pop(own.person, None)


class Chosen:
    """The tenants' choices; follows every change of any replica."""

    def __init__(self, store: PreferenceStore, feed: ChangeFeed[tuple[str, str]]) -> None:
        self._store = store
        self._feed = feed
        self._tenants: OrderedDict[str, Tenant] = OrderedDict()
        self._loading: dict[str, tuple[Tenant, asyncio.Lock]] = {}

    async def of(self, tenant: str) -> Tenant:
        """What holds in a tenant.

        Raises:
            PyMongoError: it is not known here, and cannot be read now.
        """
        if (known := self._tenants.get(tenant)) is not None:
            self._tenants.move_to_end(tenant)
            return known
        # What changes while it is read is learned too; the newer of both stays.
        loading, lock = self._loading.setdefault(tenant, (Tenant(tenant), asyncio.Lock()))
        async with lock:
            if (known := self._tenants.get(tenant)) is not None:
                return known
            try:
                for own in await self._store.of_tenant(tenant):
                    loading.learn(own)
                if self._loading.get(tenant, (None, None))[0] is loading:
                    self._tenants[tenant] = loading
            finally:
                self._loading.pop(tenant, None)
        held = sum(map(len, self._tenants.values()))
        while held > REMEMBERED and len(self._tenants) > 1:
            _, forgotten = self._tenants.popitem(last=False)
            held -= len(forgotten)
        return loading

    def learn(self, changes: Iterable[Own]) -> None:
        """Remembers changes of tenants that are known here."""
        for own in changes:
            for known in (self._tenants.get(own.tenant), self._loading.get(own.tenant, (None, None))[0]):
                if known is not None:
                    known.learn(own)

    async def run(self) -> None:
        """Follows all changes, for ever."""
        async for batch in self._feed.follow(""):
            if batch.reset:
                self._tenants.clear()
                self._loading.clear()
            concerned = {key for key in batch.items if key[0] in self._tenants or key[0] in self._loading}
            if concerned:
                self.learn(await self._store.of(concerned))
