"""The collection `alerts`: the decisions for each message, inserted before any effect.

`_id` is "conversation:revision", the revision with leading zeros, so that names sort by conversation and revision.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import structlog
from pymongo import ASCENDING, DESCENDING, ReturnDocument, UpdateOne

from services.chassis.feed import ChangeFeed
from services.chassis.mongo import Database, Document
from services.chassis.tasks import describe
from services.notifier.facts import Decision, Kind, Reason, Surface
from services.notifier.records import Alert, Content, News, alert_id
from services.notifier.stores.evidence import chosen, evidence, preferences_of, seen
from services.notifier.stores.inserts import insert_new

COLLECTION = "alerts"
"""Its name."""

_log = structlog.get_logger(__name__)

# A look-up in a dictionary costs a fifth of a call of the enumeration, and audits read millions.
_SURFACES = {each.value: each for each in Surface}
_REASONS = {each.value: each for each in Reason}
_KINDS = {each.value: each for each in Kind}

_CONTENT = ("tenant", "conversation", "number", "author", "kind", "title", "text", "at_ms", "service", "link")

# Only what changes screens: a new alert with an elected client, and news of a later decision.
_NEWS: list[Document] = [
    {
        "$match": {
            "$or": [
                {"operationType": "insert", "fullDocument.decisions.client": {"$exists": True}},
                {"operationType": "update", "updateDescription.updatedFields.news": {"$exists": True}},
            ]
        }
    },
    {
        "$project": {
            "operationType": 1,
            "documentKey": 1,
            "updateDescription.updatedFields.news": 1,
            **{
                f"fullDocument.{name}": 1
                for name in (
                    *_CONTENT,
                    "decisions.person",
                    "decisions.surface",
                    "decisions.reason",
                    "decisions.client",
                    "decisions.tab",
                    "decisions.push_beside",
                    "mentioned",
                    "everyone",
                    "membership_revision",
                )
            },
        }
    },
]


@dataclass(frozen=True, slots=True)
class Next:
    """What a check leaves for later.

    Attributes:
        check_at_ms: when to look again, ms since 1970 UTC; 0 for never.
        waiting: at whom.
        due_ms: not before, unless somebody chose another delay or ceases to be active.
        unknown_since_ms: since when presence cannot tell; 0 if it can.
        counts: the looks grow rarer with it.
    """

    check_at_ms: int
    waiting: Sequence[str] = ()
    due_ms: int = 0
    unknown_since_ms: int = 0
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Taken:
    """Alerts whose check was taken.

    Attributes:
        alerts: those that can be read.
        unreadable: of the others, the name and why not: a newer replica's, or a spoilt one.
    """

    alerts: Sequence[Alert]
    unreadable: Mapping[str, Exception]


class Alerts:
    """Reads and writes alerts."""

    def __init__(self, database: Database) -> None:
        self._alerts = database[COLLECTION]

    async def prepare(self) -> None:
        """Makes the indexes."""
        await self._alerts.create_index([("check_at_ms", ASCENDING)], sparse=True, name="checks")
        await self._alerts.create_index([("conversation", ASCENDING), ("number", ASCENDING)], name="numbers")
        await self._alerts.create_index([("waiting", ASCENDING), ("tenant", ASCENDING)], name="waiting", sparse=True)
        await self._alerts.create_index([("decided_at_ms", ASCENDING)], name="age")

    async def insert(self, alerts: Sequence[Alert]) -> set[str]:
        """Inserts alerts; returns the names of those that were decided before, which stay as they are."""
        return await insert_new(self._alerts, [_document(alert) for alert in alerts])

    async def get(self, ids: Sequence[str]) -> dict[str, Alert]:
        """Reads alerts by name; the missing are left out."""
        return {row["_id"]: _alert(row) async for row in self._alerts.find({"_id": {"$in": list(ids)}})}

    async def change(self, alert: Alert, before: Alert, decided: Sequence[tuple[str, Decision]], now_ms: int) -> bool:
        """Records an edit or a deletion on an alert, with what it has led to; answers whether it was the first to.

        Args:
            alert: as it is now, `unfinished_change` the revision of the change.
            before: as it was.
            decided: decisions about people who are told only now.
            now_ms: when they were made, ms since 1970 UTC.
        """
        values: Document = {
            "text": alert.content.text,
            "mentioned": sorted(alert.mentioned),
            "everyone": alert.everyone,
            "edited_revision": alert.edited_revision,
            "unfinished_change": alert.unfinished_change,
            "news": {**_news(before, decided), "text": alert.content.text},
        }
        values["news"] |= {"mentioned": sorted(alert.mentioned), "everyone": alert.everyone}
        update: Document = {"$set": values}
        if alert.deleted:
            values["deleted"] = True
            values["news"]["deleted"] = True
            gone = ("check_at_ms", "check_claim", "waiting", "unfinished", "unknown_since_ms", "checks", "urgent")
            update["$unset"] = dict.fromkeys(gone, "")
        else:
            values["news"]["edited"] = True
            if decided:
                update["$push"] = {"escalations": {"$each": [_later(*entry, now_ms) for entry in decided]}}
            if waiting := sorted(set(alert.waiting) - set(before.waiting)):
                # Whoever looks at it just now looks again, at them too.
                update |= {"$addToSet": {"waiting": {"$each": waiting}}, "$unset": {"check_claim": ""}}
                update["$min"] = {"check_at_ms": alert.check_at_ms}
                if not before.waiting:
                    values["due_ms"] = alert.due_ms
        fresh: Document = {"_id": alert.id, "deleted": {"$ne": True}}
        if not alert.deleted:
            fresh["$or"] = [
                {"edited_revision": {"$exists": False}},
                {"edited_revision": {"$lt": alert.edited_revision}},
            ]
        return bool((await self._alerts.update_one(fresh, update)).modified_count)

    async def changed(self, alert: str, revision: int) -> None:
        """Notes that the effects of an edit or deletion are complete."""
        done = {"_id": alert, "unfinished_change": revision}
        await self._alerts.update_one(done, {"$unset": {"unfinished_change": ""}})

    async def all_numbered(self, names: Collection[tuple[str, int]]) -> dict[tuple[str, int], Alert]:
        """Reads the alerts of messages by (conversation, number); the missing are left out."""
        numbers: defaultdict[str, list[int]] = defaultdict(list)
        for conversation, number in names:
            numbers[conversation].append(number)
        each = [{"conversation": name, "number": {"$in": listed}} for name, listed in numbers.items()]
        found = [_alert(row) async for row in self._alerts.find({"$or": each})] if each else []
        return {(alert.content.conversation, alert.content.number): alert for alert in found}

    async def hurry(self, tenant: str, person: str, now_ms: int) -> int:
        """Has a person looked at now, on every alert that waits for them; returns on how many.

        Who looks at one of these just now loses the claim, so that nobody sets a later time.
        """
        result = await self._alerts.update_many(
            {"waiting": person, "tenant": tenant},
            {"$set": {"check_at_ms": now_ms}, "$addToSet": {"urgent": person}, "$unset": {"check_claim": ""}},
        )
        return result.modified_count

    async def forget(self, before_ms: int) -> int:
        """Deletes what was decided before a moment, ms since 1970 UTC; returns how many."""
        return (await self._alerts.delete_many({"decided_at_ms": {"$lt": before_ms}})).deleted_count

    async def numbered(self, conversation: str, number: int) -> Alert | None:
        """Reads the alert of a message."""
        row = await self._alerts.find_one({"conversation": conversation, "number": number})
        return _alert(row) if row else None

    async def list(self, conversation: str, after_revision: int, limit: int) -> list[Alert]:
        """The alerts of a conversation after a revision, in ascending revision."""
        rows = self._alerts.find(_range(conversation, after_revision)).sort("_id", ASCENDING).limit(limit)
        return [_alert(row) for row in await rows.to_list()]

    async def last_revision(self, conversation: str) -> int:
        """The highest revision of a conversation that has been decided; 0 for none."""
        row = await self._alerts.find_one(_range(conversation, 0), {"revision": 1}, sort=[("_id", DESCENDING)])
        return int(row["revision"]) if row else 0

    async def claim_checks(self, claim: str, now_ms: int, until_ms: int, limit: int) -> Taken:
        """Takes alerts whose check is due, for whoever is named by `claim`, until then."""
        due = self._alerts.find({"check_at_ms": {"$lte": now_ms}}, {"_id": 1}).sort("check_at_ms", ASCENDING)
        ids = [row["_id"] for row in await due.limit(limit).to_list()]
        if not ids:
            return Taken((), {})
        await self._alerts.update_many(
            {"_id": {"$in": ids}, "check_at_ms": {"$lte": now_ms}},
            {"$set": {"check_at_ms": until_ms, "check_claim": claim}},
        )
        alerts: list[Alert] = []
        unreadable: dict[str, Exception] = {}
        async for row in self._alerts.find({"_id": {"$in": ids}, "check_claim": claim}):
            try:
                alerts.append(_alert(row))
            except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the others must be looked at
                unreadable[row["_id"]] = error
        return Taken(alerts, unreadable)

    async def failed(self, claim: str, alert: str, due_ms: int) -> int:
        """Gives back a check that failed, to be tried again; returns how often it has: 0 if the claim is lost."""
        row = await self._alerts.find_one_and_update(
            {"_id": alert, "check_claim": claim},
            {"$inc": {"failures": 1}, "$set": {"check_at_ms": due_ms}, "$unset": {"check_claim": ""}},
            {"failures": 1},
            return_document=ReturnDocument.AFTER,
        )
        return int(row["failures"]) if row else 0

    async def give_up(self, alert: str, reason: str, now_ms: int) -> bool:
        """Has an alert looked at no more, and keeps why; answers whether this was the first to do so."""
        gone = dict.fromkeys(("check_at_ms", "check_claim", "waiting", "urgent", "due", "due_ms"), "")
        change = {"$set": {"given_up": {"reason": reason, "at_ms": now_ms}}, "$unset": gone}
        result = await self._alerts.update_one({"_id": alert, "given_up": {"$exists": False}}, change)
        return bool(result.modified_count)

    async def escalate(
        self, claim: str, decided: Mapping[str, Sequence[tuple[str, Decision]]], now_ms: int
    ) -> set[str]:
        """Adds decisions to alerts that the claim still holds, and returns the names of those it does.

        Their effects count as incomplete until the check is settled.
        """
        alerts = await self.get(list(decided))
        await self._alerts.bulk_write(
            [
                UpdateOne(
                    {"_id": id_, "check_claim": claim, "unfinished": {"$ne": True}},
                    {
                        "$push": {"escalations": {"$each": [_later(*entry, now_ms) for entry in entries]}},
                        "$set": {"unfinished": True, "news": _news(alerts[id_], entries)},
                    },
                )
                for id_, entries in decided.items()
            ],
            ordered=False,
        )
        held = self._alerts.find({"_id": {"$in": list(decided)}, "check_claim": claim, "unfinished": True}, {"_id": 1})
        return {row["_id"] for row in await held.to_list()}

    async def settle(self, claim: str, checks: Mapping[str, Next]) -> None:
        """Ends the checks of a claim, by the alerts' names."""
        updates = []
        for id_, following in checks.items():
            gone = {"check_claim": "", "unfinished": "", "urgent": ""}
            if following.check_at_ms:
                values = {
                    "check_at_ms": following.check_at_ms,
                    "waiting": following.waiting,
                    "unknown_since_ms": following.unknown_since_ms,
                    "due_ms": following.due_ms,
                }
                change: Document = {"$set": values, "$unset": gone, "$inc": {"checks": int(following.counts)}}
            else:
                gone |= dict.fromkeys(("check_at_ms", "waiting", "unknown_since_ms", "checks", "due", "due_ms"), "")
                change = {"$unset": gone}
            updates.append(UpdateOne({"_id": id_, "check_claim": claim}, change))
        if updates:
            await self._alerts.bulk_write(updates, ordered=False)


def news_feed(database: Database) -> ChangeFeed[News]:
    """What changes screens, as it is decided, by any replica."""
    return ChangeFeed(database, COLLECTION, _NEWS, _news_of, memory=2_000)


def _news_of(change: Document) -> News | None:
    try:
        return _news_read(change)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the others must be shown
        _log.error("what changes screens cannot be read", alert=change["documentKey"]["_id"], error=describe(error))
        return None


def _news_read(change: Document) -> News:
    insert = change["operationType"] == "insert"
    row = change["fullDocument"] if insert else change["updateDescription"]["updatedFields"]["news"]
    shown = [_entry(entry) for entry in row["decisions"] if "client" in entry]
    return News(
        _content(row),
        shown,
        row.get("taken_back", ()),
        frozenset(row.get("mentioned", ())),
        row.get("everyone", False),
        row.get("edited", False),
        row.get("deleted", False) and not insert,
        row.get("membership_revision", 0),
    )


def _news(alert: Alert, entries: Sequence[tuple[str, Decision]]) -> Document:
    """What a later decision changes on screens: banners of now, and the earlier ones are to go."""
    before = {**alert.decisions, **dict(alert.escalations)}
    taken_back = [person for person, _ in entries if before.get(person, alert.common).client]
    return {
        **_fields(alert.content),
        "decisions": [_decision(person, decision) for person, decision in entries],
        "taken_back": taken_back,
        "mentioned": sorted(alert.mentioned),
        "everyone": alert.everyone,
        "membership_revision": alert.membership_revision,
    }


def _range(conversation: str, after_revision: int) -> Document:
    # ";" is the character after ":".
    return {"_id": {"$gt": alert_id(conversation, after_revision), "$lt": f"{conversation};"}}


def _content(row: Document) -> Content:
    return Content(**{name: row.get(name, "") for name in _CONTENT if name != "kind"}, kind=_KINDS[row["kind"]])


def _fields(content: Content) -> Document:
    return {**{name: getattr(content, name) for name in _CONTENT}, "kind": content.kind.value}


def _decision(person: str, decision: Decision) -> Document:
    document: Document = {"surface": decision.surface.value, "reason": decision.reason.value}
    if person:
        document["person"] = person
    if decision.client:
        document |= {"client": decision.client, "tab": decision.tab}
    if decision.push_beside:
        document["push_beside"] = True
    return document


def _later(person: str, decision: Decision, at_ms: int) -> Document:
    return {**_decision(person, decision), "at_ms": at_ms}


def _entry(row: Document) -> tuple[str, Decision]:
    return row.get("person", ""), Decision(
        _SURFACES[row["surface"]],
        _REASONS[row["reason"]],
        row.get("client", ""),
        row.get("tab", ""),
        row.get("push_beside", False),
    )


def _document(alert: Alert) -> Document:
    document: Document = {
        "_id": alert.id,
        **_fields(alert.content),
        "revision": alert.revision,
        "persons": alert.persons,
        "common": _decision("", alert.common),
        "decisions": [
            {
                **_decision(person, decision),
                **({"facts": seen(alert.evidence[person])} if person in alert.evidence else {}),
            }
            for person, decision in sorted(alert.decisions.items())
        ],
        "decided_at_ms": alert.decided_at_ms,
    }
    if alert.members:
        document["members"] = sorted(alert.members)
    if alert.mentioned:
        document["mentioned"] = sorted(alert.mentioned)
    for name in ("everyone", "deleted", "edited_revision", "membership_revision"):
        if value := getattr(alert, name):
            document[name] = value
    if preferences := chosen(alert.common_preferences):
        document["common_preferences"] = preferences
    if alert.check_at_ms:
        document |= {"check_at_ms": alert.check_at_ms, "waiting": list(alert.waiting), "due_ms": alert.due_ms}
        if alert.due:
            document["due"] = [list(entry) for entry in alert.due.items()]
    if alert.unknown_since_ms:
        document["unknown_since_ms"] = alert.unknown_since_ms
    return document


def _alert(row: Document) -> Alert:
    return Alert(
        content=_content(row),
        revision=row["revision"],
        persons=row["persons"],
        common=_entry(row["common"])[1],
        decisions=dict(map(_entry, row["decisions"])),
        decided_at_ms=row["decided_at_ms"],
        check_at_ms=row.get("check_at_ms", 0),
        waiting=row.get("waiting", ()),
        escalations=[_entry(entry) for entry in row.get("escalations", ())],
        unknown_since_ms=row.get("unknown_since_ms", 0),
        checks=row.get("checks", 0),
        unfinished=row.get("unfinished", False),
        unfinished_change=row.get("unfinished_change", 0),
        mentioned=frozenset(row.get("mentioned", ())),
        everyone=row.get("everyone", False),
        evidence={each["person"]: evidence(each["facts"]) for each in row["decisions"] if "facts" in each},
        common_preferences=preferences_of(row.get("common_preferences", {})),
        edited_revision=row.get("edited_revision", 0),
        deleted=row.get("deleted", False),
        members=frozenset(row.get("members", ())),
        due_ms=row.get("due_ms", 0),
        due=dict(row.get("due", ())),
        urgent=frozenset(row.get("urgent", ())),
        escalated_ms=[entry.get("at_ms", 0) for entry in row.get("escalations", ())],
        given_up=row.get("given_up", {}).get("reason", ""),
        membership_revision=row.get("membership_revision", 0),
    )
