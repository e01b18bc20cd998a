"""The collection `alerts`: the decisions for each message, inserted before any effect."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pymongo import ASCENDING, DESCENDING, ReturnDocument, UpdateOne

from services.chassis.mongo import Database, Document
from services.notifier.facts import Decision, Reason
from services.notifier.records import Alert, alert_id
from services.notifier.stores.alerts.documents import ABOUT_MANY, alert_of, document_of, later_row, pairs
from services.notifier.stores.alerts.news import COLLECTION, news_row
from services.notifier.stores.inserts import insert_new
from services.notifier.stores.memberships import Memberships, name_of

_WAITED = ("check_at_ms", "waiting", "unknown_since_ms", "unheard_since_ms", "checks", "due", "due_ms", "urgent")
"""The fields that an alert has while people are waited for."""


@dataclass(frozen=True, slots=True)
class Next:
    """What a check leaves for later.

    Attributes:
        check_at_ms: when to look again, ms since 1970 UTC; 0 for never.
        waiting: at whom.
        due_ms: not before, unless somebody chose another delay or ceases to be active.
        due: person to when, where that is another time.
        urgent: who is looked at nevertheless.
        unknown_since_ms: since when presence cannot tell; 0 if it can.
        unheard_since_ms: since when unread cannot tell; 0 if it can.
        counts: the looks grow rarer with it.
    """

    check_at_ms: int
    waiting: Sequence[str] = ()
    due_ms: int = 0
    due: Mapping[str, int] = field(default_factory=dict)
    urgent: Collection[str] = ()
    unknown_since_ms: int = 0
    unheard_since_ms: int = 0
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
        self._memberships = Memberships(database)

    async def prepare(self) -> None:
        """Makes the indexes."""
        await self._memberships.prepare()
        await self._alerts.create_index([("check_at_ms", ASCENDING)], sparse=True, name="checks")
        await self._alerts.create_index([("conversation", ASCENDING), ("number", ASCENDING)], name="numbers")
        await self._alerts.create_index([("waiting", ASCENDING), ("tenant", ASCENDING)], name="waiting", sparse=True)
        await self._alerts.create_index([("decided_at_ms", ASCENDING)], name="age")

    async def insert(self, alerts: Sequence[Alert]) -> set[str]:
        """Inserts alerts; returns the names of those that were decided before, which stay as they are."""
        await self._memberships.keep(alerts)
        return await insert_new(self._alerts, [document_of(alert) for alert in alerts])

    async def get(self, ids: Sequence[str], *, whole: bool = False) -> dict[str, Alert]:
        """Reads alerts by name, with their members and evidence only if `whole`; the missing are left out."""
        rows = self._alerts.find({"_id": {"$in": list(ids)}}, None if whole else ABOUT_MANY)
        found = [alert_of(row) async for row in rows]
        return {alert.id: alert for alert in (await self._whole(found) if whole else found)}

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
            "news": {**news_row(before, decided), "text": alert.content.text},
        }
        values["news"] |= {"mentioned": sorted(alert.mentioned), "everyone": alert.everyone}
        update: Document = {"$set": values}
        if alert.deleted:
            values["deleted"] = True
            values["news"]["deleted"] = True
            update["$unset"] = dict.fromkeys((*_WAITED, "check_claim", "unfinished"), "")
        else:
            values["news"]["edited"] = True
            if decided:
                update["$push"] = {"escalations": {"$each": [later_row(*entry, now_ms) for entry in decided]}}
            if waiting := sorted(set(alert.waiting) - set(before.waiting)):
                # Whoever looks at it just now looks again, now, at them too.
                update |= {"$addToSet": {"waiting": {"$each": waiting}}, "$unset": {"check_claim": ""}}
                update["$min"] = {"check_at_ms": now_ms}
                update["$push"] = update.get("$push", {}) | {"due": {"$each": pairs(alert.due, waiting)}}
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
        found = await self._whole([alert_of(row) async for row in self._alerts.find({"$or": each})]) if each else []
        return {(alert.content.conversation, alert.content.number): alert for alert in found}

    async def hurry(self, tenant: str, person: str, at_ms: int, now_ms: int) -> int:
        """Has a person looked at now, on every alert that waited for them at a time; returns on how many.

        What was decided later saw that they had gone, and has its own delay: a transition may be told late, or again.
        Who looks at one of these just now loses the claim, so that nobody sets a later time.
        """
        seen_gone = {"person": person, "reason": Reason.TAB_OPEN.value, "at_ms": {"$gte": at_ms}}
        result = await self._alerts.update_many(
            {
                "waiting": person,
                "tenant": tenant,
                "decided_at_ms": {"$lt": at_ms},
                "escalations": {"$not": {"$elemMatch": seen_gone}},
            },
            {"$set": {"check_at_ms": now_ms}, "$addToSet": {"urgent": person}, "$unset": {"check_claim": ""}},
        )
        return result.modified_count

    async def forget(self, before_ms: int) -> int:
        """Deletes what was decided before a moment, ms since 1970 UTC; returns how many."""
        deleted = (await self._alerts.delete_many({"decided_at_ms": {"$lt": before_ms}})).deleted_count
        await self._memberships.forget(before_ms)
        return deleted

    async def numbered(self, conversation: str, number: int) -> Alert | None:
        """Reads the alert of a message."""
        row = await self._alerts.find_one({"conversation": conversation, "number": number})
        return (await self._whole([alert_of(row)]))[0] if row else None

    async def list(self, conversation: str, after_revision: int, limit: int) -> Sequence[Alert]:
        """The alerts of a conversation after a revision, in ascending revision."""
        rows = self._alerts.find(_range(conversation, after_revision)).sort("_id", ASCENDING).limit(limit)
        return await self._whole([alert_of(row) for row in await rows.to_list()])

    async def last_revision(self, conversation: str) -> int:
        """The highest revision of a conversation that has been decided; 0 for none."""
        row = await self._alerts.find_one(_range(conversation, 0), {"revision": 1}, sort=[("_id", DESCENDING)])
        return int(row["revision"]) if row else 0

    async def _whole(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        """The alerts with their members; older ones carry them."""
        members = await self._memberships.get({name_of(alert) for alert in alerts if not alert.members})
        return [
            alert if alert.members else replace(alert, members=members.get(name_of(alert), alert.members))
            for alert in alerts
        ]

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
        async for row in self._alerts.find({"_id": {"$in": ids}, "check_claim": claim}, ABOUT_MANY):
            try:
                alerts.append(alert_of(row))
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
        gone = dict.fromkeys((*_WAITED, "check_claim"), "")
        change = {"$set": {"given_up": {"reason": reason, "at_ms": now_ms}}, "$unset": gone}
        result = await self._alerts.update_one({"_id": alert, "check_at_ms": {"$exists": True}}, change)
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
                        "$push": {"escalations": {"$each": [later_row(*entry, now_ms) for entry in entries]}},
                        "$set": {"unfinished": True, "news": news_row(alerts[id_], entries)},
                        "$pullAll": {"urgent": [person for person, _ in entries]},
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
            gone = {"check_claim": "", "unfinished": ""}
            if following.check_at_ms:
                values = {
                    "check_at_ms": following.check_at_ms,
                    "waiting": following.waiting,
                    "unknown_since_ms": following.unknown_since_ms,
                    "unheard_since_ms": following.unheard_since_ms,
                    "due_ms": following.due_ms,
                    "due": pairs(following.due),
                    "urgent": sorted(following.urgent),
                }
                change: Document = {"$set": values, "$unset": gone, "$inc": {"checks": int(following.counts)}}
            else:
                gone |= dict.fromkeys(_WAITED, "")
                change = {"$unset": gone}
            updates.append(UpdateOne({"_id": id_, "check_claim": claim}, change))
        if updates:
            await self._alerts.bulk_write(updates, ordered=False)


def _range(conversation: str, after_revision: int) -> Document:
    # ";" is the character after ":".
    return {"_id": {"$gt": alert_id(conversation, after_revision), "$lt": f"{conversation};"}}
