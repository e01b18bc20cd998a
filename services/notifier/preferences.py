"""The verbs about preferences."""

from collections.abc import Collection
from zoneinfo import available_timezones

import grpc

from services.chassis.errors import Fault, invalid, unavailable
from services.notifier.choices import Choices, Own, product
from services.notifier.chosen import Chosen
from services.notifier.facts import Level
from services.notifier.stores.preferences import (
    LEVELS,
    OutdatedError,
    PreferenceStore,
    RaceError,
    TooManyLevelsError,
)

_ZONES = available_timezones()


class PreferenceChanges:
    """Reads and changes what people and tenants have chosen.

    Args:
        escalation_ms: the deployment's escalation delay.
    """

    def __init__(self, store: PreferenceStore, chosen: Chosen, escalation_ms: int) -> None:
        self._store = store
        self._chosen = chosen
        self._product = product(escalation_ms)

    async def effective(self, own: Own) -> Choices:
        """What holds for a person who has chosen this."""
        tenant = await self._store.get(own.tenant, "")
        return own.choices.over(tenant.choices.over(self._product))

    async def of(self, tenant: str, person: str) -> Own:
        """What a person has chosen, or with an empty name, their tenant."""
        return await self._store.get(tenant, person)

    async def update(
        self, tenant: str, person: str, choices: Choices, clear: Collection[str], version: int, *, whole: bool = False
    ) -> Own:
        """Changes what is chosen.

        Raises:
            Fault: INVALID_ARGUMENT, an unknown time zone, or a field that is both set and cleared;
                FAILED_PRECONDITION, the version is not the present one; UNAVAILABLE, others keep changing it.
        """
        if choices.quiet_hours and choices.quiet_hours.time_zone not in _ZONES:
            raise invalid("preferences.quiet_hours.time_zone", "is not a name of the IANA time zone data base")
        if both := sorted(set(choices.own) & set(clear)):
            raise invalid("clear", f"names {both[0]}, which is set too")
        try:
            own = await self._store.update(tenant, person, choices, clear, version, whole=whole)
        except OutdatedError:
            raise Fault(
                grpc.StatusCode.FAILED_PRECONDITION, "version is no longer the present one; read again"
            ) from None
        except RaceError:
            raise unavailable("the preferences are being changed elsewhere; try again") from None
        self._chosen.learn([own])
        return own

    async def set_level(self, tenant: str, person: str, conversation: str, level: Level | None) -> None:
        """Chooses for one conversation, or forgets the choice.

        Raises:
            Fault: RESOURCE_EXHAUSTED, too many conversations; UNAVAILABLE, as above.
        """
        try:
            own = await self._store.set_level(tenant, person, conversation, level)
        except TooManyLevelsError:
            raise Fault(
                grpc.StatusCode.RESOURCE_EXHAUSTED, f"more than {LEVELS} conversations have a choice of this person"
            ) from None
        except RaceError:
            raise unavailable("the preferences are being changed elsewhere; try again") from None
        self._chosen.learn([own])
