"""What changes screens because of alerts, as it is decided."""

from collections.abc import Sequence

import structlog

from services.chassis.feed import ChangeFeed
from services.chassis.mongo import Database, Document
from services.chassis.tasks import describe
from services.notifier.facts import Decision
from services.notifier.records import Alert, News
from services.notifier.stores.alerts.documents import CONTENT, content_of, decision_row, entry_of, fields_of

COLLECTION = "alerts"
"""The collection's name."""

_log = structlog.get_logger(__name__)

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
                    *CONTENT,
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
    shown = [entry_of(entry) for entry in row["decisions"] if "client" in entry]
    return News(
        content_of(row),
        shown,
        row.get("taken_back", ()),
        frozenset(row.get("mentioned", ())),
        row.get("everyone", False),
        row.get("edited", False),
        row.get("deleted", False) and not insert,
        row.get("membership_revision", 0),
    )


def news_row(alert: Alert, entries: Sequence[tuple[str, Decision]]) -> Document:
    """What a later decision changes on screens: banners of now, and the earlier ones are to go."""
    before = {**alert.decisions, **dict(alert.escalations)}
    taken_back = [person for person, _ in entries if before.get(person, alert.common).client]
    return {
        **fields_of(alert.content),
        "decisions": [decision_row(person, decision) for person, decision in entries],
        "taken_back": taken_back,
        "mentioned": sorted(alert.mentioned),
        "everyone": alert.everyone,
        "membership_revision": alert.membership_revision,
    }
