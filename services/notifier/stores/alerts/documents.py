"""Alerts as documents.

`_id` is "conversation:revision", the revision with leading zeros, so that names sort by conversation and revision.
"""

from collections.abc import Collection, Mapping

from services.chassis.mongo import Document
from services.notifier.facts import Decision, Kind, Reason, Surface
from services.notifier.records import Alert, Content, Evidence
from services.notifier.stores.evidence import chosen, evidence, packed, preferences_of, unpacked

# A look-up in a dictionary costs a fifth of a call of the enumeration, and audits read millions.
_SURFACES = {each.value: each for each in Surface}
_REASONS = {each.value: each for each in Reason}
_KINDS = {each.value: each for each in Kind}

CONTENT = ("tenant", "conversation", "number", "author", "kind", "title", "text", "at_ms", "service", "link")
"""The fields of what is shown."""

ABOUT_MANY: Document = {"facts": 0, "members": 0, "decisions.facts": 0}
"""Leaves out what only explains, or is asked of single people: most of the alert of a large room."""


def content_of(row: Document) -> Content:
    """What is shown, of its document."""
    return Content(**{name: row.get(name, "") for name in CONTENT if name != "kind"}, kind=_KINDS[row["kind"]])


def fields_of(content: Content) -> Document:
    """The document of what is shown."""
    return {**{name: getattr(content, name) for name in CONTENT}, "kind": content.kind.value}


def decision_row(person: str, decision: Decision) -> Document:
    """The document of a decision; of the common one, without a person."""
    document: Document = {"surface": decision.surface.value, "reason": decision.reason.value}
    if person:
        document["person"] = person
    if decision.client:
        document |= {"client": decision.client, "tab": decision.tab}
    if decision.push_beside:
        document["push_beside"] = True
    return document


def later_row(person: str, decision: Decision, at_ms: int) -> Document:
    """The document of a later decision."""
    return {**decision_row(person, decision), "at_ms": at_ms}


def entry_of(row: Document) -> tuple[str, Decision]:
    """The (person, decision) of its document."""
    return row.get("person", ""), Decision(
        _SURFACES[row["surface"]],
        _REASONS[row["reason"]],
        row.get("client", ""),
        row.get("tab", ""),
        row.get("push_beside", False),
    )


def pairs(due: Mapping[str, int], persons: Collection[str] | None = None) -> list[tuple[str, int]]:
    """Times by person as a list; names may hold what names of fields may not."""
    return [entry for entry in due.items() if persons is None or entry[0] in persons]


def document_of(alert: Alert) -> Document:
    """The document of an alert, without its members."""
    document: Document = {
        "_id": alert.id,
        **fields_of(alert.content),
        "revision": alert.revision,
        "persons": alert.persons,
        "common": decision_row("", alert.common),
        "decisions": [decision_row(*entry) for entry in sorted(alert.decisions.items())],
        "decided_at_ms": alert.decided_at_ms,
    }
    if alert.evidence:
        document["facts"] = packed(alert.evidence)
    if alert.mentioned:
        document["mentioned"] = sorted(alert.mentioned)
    for name in (
        *("everyone", "deleted", "edited_revision", "membership_revision"),
        *("unknown_since_ms", "unheard_since_ms"),
    ):
        if value := getattr(alert, name):
            document[name] = value
    if preferences := chosen(alert.common_preferences):
        document["common_preferences"] = preferences
    if alert.check_at_ms:
        document |= {"check_at_ms": alert.check_at_ms, "waiting": list(alert.waiting), "due_ms": alert.due_ms}
        if alert.due:
            document["due"] = pairs(alert.due)
    return document


def _evidence(row: Document) -> Mapping[str, Evidence]:
    if "facts" in row:
        return unpacked(row["facts"])
    # Older alerts.
    return {each["person"]: evidence(each["facts"]) for each in row["decisions"] if "facts" in each}


def alert_of(row: Document) -> Alert:
    """The alert of its document; its members and evidence only if they were read."""
    return Alert(
        content=content_of(row),
        revision=row["revision"],
        persons=row["persons"],
        common=entry_of(row["common"])[1],
        decisions=dict(map(entry_of, row["decisions"])),
        decided_at_ms=row["decided_at_ms"],
        check_at_ms=row.get("check_at_ms", 0),
        waiting=row.get("waiting", ()),
        escalations=[entry_of(entry) for entry in row.get("escalations", ())],
        unknown_since_ms=row.get("unknown_since_ms", 0),
        unheard_since_ms=row.get("unheard_since_ms", 0),
        checks=row.get("checks", 0),
        unfinished=row.get("unfinished", False),
        unfinished_change=row.get("unfinished_change", 0),
        mentioned=frozenset(row.get("mentioned", ())),
        everyone=row.get("everyone", False),
        evidence=_evidence(row),
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
