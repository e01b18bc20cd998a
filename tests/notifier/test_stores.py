"""What the queries of the hot paths cost, and what is remembered of members."""

from collections.abc import Collection
from zoneinfo import ZoneInfo

import bson
import pytest

from services.chassis import mongo
from services.chassis.errors import Fault
from services.notifier.facts import Client, Decision, Kind, Level, Preferences, QuietHours, Reason, Surface, Tab
from services.notifier.members import Members
from services.notifier.records import Alert, Content, Event, Evidence, Membership
from services.notifier.retention import DAY_MS
from services.notifier.stores.alerts import Alerts
from services.notifier.stores.alerts.documents import document_of
from services.notifier.stores.evidence import seen
from tests.conftest import ManualClock
from tests.notifier.parts import CONVERSATION, Parts, membership, message


def stages(plan: mongo.Document) -> list[str]:
    inner = plan.get("inputStage")
    return [f"{plan['stage']}:{plan.get('indexName', '')}", *(stages(inner) if inner else [])]


@pytest.mark.parametrize(
    ("collection", "query", "sort", "index"),
    [
        ("deliveries", {"state": "PENDING", "due_ms": {"$lte": 5}}, "due_ms", "IXSCAN:pending"),
        ("alerts", {"check_at_ms": {"$lte": 5}}, "check_at_ms", "IXSCAN:checks"),
        ("alerts", {"_id": {"$gt": "g_a:0", "$lt": "g_a;"}}, "_id", "IXSCAN:_id_"),
        ("deliveries", {"_id": {"$gt": "g_a:", "$lt": "g_a;"}}, "_id", "IXSCAN:_id_"),
        ("memberships", {"used_ms": {"$lt": 5}}, None, "IXSCAN:age"),
        ("devices", {"tenant": "acme", "person": {"$in": ["ann", "bob"]}}, None, "IXSCAN:person"),
    ],
)
async def test_no_hot_query_scans_or_sorts(
    database: mongo.Database,
    clock: ManualClock,
    collection: str,
    query: mongo.Document,
    sort: str | None,
    index: str,
) -> None:
    await Parts(database, clock).prepare()
    found = database[collection].find(query)
    plan = await (found.sort(sort, 1) if sort else found).explain()
    used = stages(plan["queryPlanner"]["winningPlan"])
    assert used[-1] == index
    assert not any(stage.startswith(("COLLSCAN", "SORT")) for stage in used)


async def test_a_conversations_alerts_are_listed_by_number_and_none_of_its_neighbours(
    database: mongo.Database, clock: ManualClock
) -> None:
    parts = await Parts(database, clock).prepare()
    near = Membership(CONVERSATION[:-1] + "b", "acme", Kind.GROUP, "", 1, frozenset({"ann", "bob"}))
    await parts.arbiter.apply([membership("ann", "bob"), near, *(message(clock, number) for number in (1, 9, 10, 100))])
    assert [alert.content.number for alert in await parts.alerts.list(CONVERSATION, 0, 9)] == [1, 9, 10, 100]
    assert [alert.content.number for alert in await parts.alerts.list(CONVERSATION, 10, 2)] == [10, 100]
    assert await parts.alerts.last_revision(CONVERSATION) == 101
    assert await parts.alerts.last_revision(near.conversation) == 0


class Directory:
    """messaging's members, and how often it was asked."""

    def __init__(self, *memberships: Membership) -> None:
        self.memberships = memberships
        self.asked: list[list[str]] = []
        self.events: list[Event] = []

    async def members(self, conversations: Collection[str]) -> list[Membership]:
        self.asked.append(sorted(conversations))
        return [each for each in self.memberships if each.conversation in conversations]

    async def log(self, conversation: str, after_revision: int, limit: int = 500) -> tuple[list[Event], int]:
        return self.events[:limit], after_revision + len(self.events)


async def test_members_are_asked_for_once_and_again_only_when_they_have_changed(clock: ManualClock) -> None:
    directory = Directory(membership("ann", "bob"))
    members = Members(directory)
    for _ in range(3):
        assert (await members.of([message(clock)]))[CONVERSATION].members == {"ann", "bob"}
    assert directory.asked == [[CONVERSATION]]
    changed = Membership(CONVERSATION, "acme", Kind.GROUP, "Site", 7, frozenset({"ann"}))
    directory.memberships = (changed,)
    assert (await members.at_least({CONVERSATION: 7}))[CONVERSATION] == changed
    members.learn(membership("ann", "bob"))
    assert (await members.at_least({CONVERSATION: 1}))[CONVERSATION] == changed


async def test_a_conversation_that_messaging_does_not_know_yet_is_asked_for_again_later(clock: ManualClock) -> None:
    directory = Directory()
    members = Members(directory)
    with pytest.raises(Fault):
        await members.of([message(clock)])
    directory.events = [membership("ann", "bob")]
    assert (await members.of([message(clock)]))[CONVERSATION].members == {"ann", "bob"}


async def test_the_memory_of_members_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.notifier.members.REMEMBERED", 4)
    directory = Directory()
    members = Members(directory)
    for name in ("g_1", "g_2", "g_3"):
        members.learn(Membership(name, "acme", Kind.GROUP, "", 1, frozenset({"ann", "bob"})))
    assert set(members._known) == {"g_2", "g_3"}
    assert members._names == 4


def large(revision: int, members: frozenset[str], membership_revision: int, at_ms: int = 5) -> Alert:
    """An alert of a room in which nobody is attached, but for two people."""
    clients = (Client("laptop", may_notify=True, tabs=(Tab("t1", True, True, 5, ""),)),)
    quiet = Preferences(quiet=(QuietHours(0, 0, 60),), time_zone=ZoneInfo("Europe/Vienna"))
    return Alert(
        Content("acme", "g_one", revision - 1, "ann", Kind.GROUP, "Site", "hello", 5),
        revision,
        len(members),
        Decision(Surface.PUSH, Reason.AWAY),
        {"p1": Decision(Surface.BANNER, Reason.TAB_IN_USE, "laptop", "t1")},
        at_ms,
        members=members,
        escalations=[],
        escalated_ms=[],
        membership_revision=membership_revision,
        evidence={"p1": Evidence(clients, read=3, level=Level.ALL, preferences=quiet)},
    )


async def test_the_names_of_a_large_room_are_kept_once_for_all_its_messages(database: mongo.Database) -> None:
    people = frozenset(f"p{number}" for number in range(2_000))
    store = Alerts(database)
    await store.insert([large(revision, people, 1) for revision in (2, 3, 4)])
    await store.insert([large(6, people - {"p7"}, 5)])
    assert await database["memberships"].count_documents({}) == 2
    sizes = [len(bson.encode(row)) async for row in database["alerts"].find({})]
    assert max(sizes) < 1_000
    whole = await store.list("g_one", 0, 10)
    assert [alert.members for alert in whole] == [people, people, people, people - {"p7"}]
    assert whole == [large(revision, people, 1) for revision in (2, 3, 4)] + [large(6, people - {"p7"}, 5)]
    assert await store.numbered("g_one", 5) == whole[3]
    # Whoever sends a push or looks again reads none of it.
    slim = (await store.get([whole[0].id]))[whole[0].id]
    assert (slim.members, slim.evidence, slim.decisions) == (frozenset(), {}, whole[0].decisions)


async def test_names_are_kept_as_long_as_an_alert_needs_them(database: mongo.Database) -> None:
    people, store = frozenset({"p1", "p2"}), Alerts(database)
    await store.insert([large(2, people, 1, at_ms=DAY_MS)])
    await store.insert([large(3, people, 1, at_ms=3 * DAY_MS)])
    # Another replica has another memory.
    await Alerts(database).insert([large(4, people, 1, at_ms=3 * DAY_MS + 5)])
    await store.forget(3 * DAY_MS)
    assert [alert.members for alert in await store.list("g_one", 0, 10)] == [people, people]
    await store.forget(5 * DAY_MS)
    assert await database["memberships"].count_documents({}) == 0


async def test_alerts_as_they_were_kept_before_are_read(database: mongo.Database) -> None:
    people, store = frozenset({"p1", "p2"}), Alerts(database)
    alert = large(2, people, 0)
    row = document_of(alert)
    del row["facts"]
    row["members"] = sorted(people)
    row["decisions"][0]["facts"] = seen(alert.evidence["p1"])
    await database["alerts"].insert_one(row)
    assert await store.numbered("g_one", 1) == alert
