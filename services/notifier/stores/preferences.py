"""The collection `preferences`: what people have chosen, and, under an empty person, their tenant.

Nothing is ever removed from it, so that `revision` orders all states of one document.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from services.chassis.feed import ChangeFeed
from services.chassis.mongo import Database, Document
from services.notifier.choices import NAMES, Choices, Own, Week
from services.notifier.facts import Level, PushTiming, QuietHours
from services.notifier.records import encoded

COLLECTION = "preferences"
"""Its name."""

LEVELS = 1_000
"""For how many conversations a person may choose a level."""

_RACES = 10
"""How often a change that meets another one of the same person is tried."""


class OutdatedError(Exception):
    """The version that was named is no longer the present one."""


class TooManyLevelsError(Exception):
    """The person has chosen for LEVELS conversations already."""


class RaceError(Exception):
    """Others kept changing the same document."""


class PreferenceStore:
    """Reads and writes preferences."""

    def __init__(self, database: Database) -> None:
        self._preferences = database[COLLECTION]

    async def prepare(self) -> None:
        """Makes the indexes."""
        await self._preferences.create_index([("tenant", 1)], name="tenant")

    async def get(self, tenant: str, person: str) -> Own:
        """What one person has chosen; nothing if they are not known."""
        row = await self._preferences.find_one({"_id": _id(tenant, person)})
        return _own(row) if row else Own(tenant, person)

    async def of(self, keys: Collection[tuple[str, str]]) -> Sequence[Own]:
        """What some (tenant, person) have chosen; the unknown are left out."""
        rows = self._preferences.find({"_id": {"$in": [_id(*key) for key in keys]}})
        return [_own(row) for row in await rows.to_list()]

    async def of_tenant(self, tenant: str) -> Sequence[Own]:
        """What everybody of a tenant has chosen, and the tenant."""
        return [_own(row) async for row in self._preferences.find({"tenant": tenant})]

    async def update(
        self, tenant: str, person: str, choices: Choices, clear: Collection[str], version: int, *, whole: bool = False
    ) -> Own:
        """Sets what is chosen, and forgets what is named in `clear` (with `whole`, everything else).

        Raises:
            OutdatedError: `version` is not 0, and not the present one.
            RaceError: repeat it.
        """
        values = _values(choices)
        change: Document = {"$inc": {"revision": 1, "version": 1}}
        if whole:
            change["$set"] = {"own": values}
        else:
            if values:
                change["$set"] = {f"own.{name}": value for name, value in values.items()}
            if clear:
                change["$unset"] = {f"own.{name}": "" for name in clear}
        change["$setOnInsert"] = {"tenant": tenant, "person": person}
        wanted: Document = {"_id": _id(tenant, person)}
        if version:
            wanted["version"] = version
        for _ in range(_RACES):
            try:
                row = await self._preferences.find_one_and_update(
                    wanted, change, upsert=not version, return_document=ReturnDocument.AFTER
                )
            except DuplicateKeyError:
                continue
            if row is None:
                raise OutdatedError
            return _own(row)
        raise RaceError

    async def set_level(self, tenant: str, person: str, conversation: str, level: Level | None) -> Own:
        """Chooses for one conversation, or forgets the choice.

        Raises:
            TooManyLevelsError: that would be more than LEVELS.
            RaceError: repeat it.
        """
        for _ in range(_RACES):
            before = await self.get(tenant, person)
            levels = {name: each for name, each in before.levels.items() if name != conversation}
            if level is not None:
                levels[conversation] = level
            if len(levels) > LEVELS:
                raise TooManyLevelsError
            listed = [{"conversation": name, "level": each.value} for name, each in sorted(levels.items())]
            wanted: Document = {"_id": _id(tenant, person)}
            wanted["revision"] = before.revision or {"$exists": False}
            try:
                row = await self._preferences.find_one_and_update(
                    wanted,
                    {
                        "$set": {"levels": listed},
                        "$inc": {"revision": 1},
                        "$setOnInsert": {"tenant": tenant, "person": person},
                    },
                    upsert=not before.revision,
                    return_document=ReturnDocument.AFTER,
                )
            except DuplicateKeyError:
                continue
            if row is not None:
                return _own(row)
        raise RaceError


def preferences_feed(database: Database) -> ChangeFeed[tuple[str, str]]:
    """Whose preferences have changed, as (tenant, person), by any replica."""
    pipeline: list[Document] = [
        {"$match": {"operationType": {"$in": ["insert", "update", "replace"]}}},
        {"$project": {"documentKey": 1, "operationType": 1}},
    ]
    return ChangeFeed(database, COLLECTION, pipeline, _key_of, memory=2_000)


def _key_of(change: Document) -> tuple[str, str]:
    tenant, person = str(change["documentKey"]["_id"]).split(":")
    return unquote(tenant), unquote(person)


def _id(tenant: str, person: str) -> str:
    return f"{encoded(tenant)}:{encoded(person)}"


def _values(choices: Choices) -> Document:
    values: Document = {}
    for name in choices.own:
        value: Any = getattr(choices, name)
        if isinstance(value, Week):
            hours = [[each.weekday, each.start_minute, each.end_minute] for each in value.hours]
            value = {"hours": hours, "time_zone": value.time_zone}
        elif isinstance(value, PushTiming):
            value = value.value
        values[name] = value
    return values


def _choices(own: Mapping[str, Any]) -> Choices:
    values = {name: own[name] for name in NAMES if name in own}
    if week := values.get("quiet_hours"):
        values["quiet_hours"] = Week(tuple(QuietHours(*each) for each in week["hours"]), week["time_zone"])
    if timing := values.get("push_timing"):
        values["push_timing"] = PushTiming(timing)
    return Choices(**values)


def _own(row: Document) -> Own:
    return Own(
        row["tenant"],
        row["person"],
        row["revision"],
        row.get("version", 0),
        _choices(row.get("own", {})),
        {each["conversation"]: Level(each["level"]) for each in row.get("levels", ())},
    )
