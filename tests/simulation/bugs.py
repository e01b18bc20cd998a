"""Bugs that somebody might well write; each must be caught by the simulation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.notifier import rules
from services.notifier.attempt import Attempt
from services.notifier.checks import Checks
from services.notifier.clears import Clears
from services.notifier.facts import Facts, Reason
from services.notifier.feed import Hub
from services.notifier.records import Alert, News, Whereabouts
from services.notifier.stores.alerts import news, store
from services.notifier.stores.deliveries import Deliveries
from tests.seeding import Patch


def nothing_is_looked_at_again_before_a_push_leaves() -> Iterator[tuple[Any, str, Any]]:
    yield Attempt, "_of_show", lambda *_: ""


def an_escalation_takes_nothing_back() -> Iterator[tuple[Any, str, Any]]:
    original = news.news_row

    def told(alert: Alert, entries: Any) -> Any:
        return {**original(alert, entries), "taken_back": []}

    yield store, "news_row", told


def a_second_owner_decides_again() -> Iterator[tuple[Any, str, Any]]:
    async def insert_new(collection: Any, documents: Sequence[Any]) -> set[Any]:
        for document in documents:
            await collection.replace_one({"_id": document["_id"]}, document, upsert=True)
        return set()

    yield store, "insert_new", insert_new


def a_banner_in_every_browser() -> Iterator[tuple[Any, str, Any]]:
    original = Hub.tell

    def tell(hub: Hub, news: News) -> None:
        streams = [each for of in hub._persons.values() for each in of]
        names = [each.client for each in streams]
        for stream in streams:
            stream.client = next((each.client for _, each in news.shown), stream.client)
        original(hub, news)
        for stream, name in zip(streams, names, strict=True):
            stream.client = name

    yield Hub, "tell", tell


def the_tab_used_longest_ago_is_elected() -> Iterator[tuple[Any, str, Any]]:
    yield rules, "_last_used", lambda place: (-place[1].input_age_ms, place[0].client, place[1].tab)


def nobody_hears_who_has_gone() -> Iterator[tuple[Any, str, Any]]:
    async def became_inactive(_: Checks, _tenant: str, _persons: Mapping[str, int]) -> None:
        pass

    yield Checks, "became_inactive", became_inactive


def a_mute_is_not_heard() -> Iterator[tuple[Any, str, Any]]:
    original = rules._not_wanted

    def not_wanted(facts: Facts) -> Reason | None:
        return original(replace(facts, muted_until_ms=0))

    yield rules, "_not_wanted", not_wanted


def who_cannot_be_found_is_away() -> Iterator[tuple[Any, str, Any]]:
    yield Whereabouts, "of", lambda located, person: located.clients.get(person, ())


def what_a_dead_replica_held_is_forgotten() -> Iterator[tuple[Any, str, Any]]:
    original = Deliveries.claim

    async def claim(of: Deliveries, name: str, now: int, until: int, limit: int) -> Any:
        left = {"claim": {"$exists": True}, "due_ms": {"$lte": now}}
        await of._deliveries.update_many(left, {"$set": {"due_ms": until + 10**12}})
        return await original(of, name, now, until, limit)

    yield Deliveries, "claim", claim


def what_was_read_stays_on_the_phone() -> Iterator[tuple[Any, str, Any]]:
    yield Clears, "read", lambda *_: None


BUGS: tuple[Patch, ...] = (
    nothing_is_looked_at_again_before_a_push_leaves,
    an_escalation_takes_nothing_back,
    a_second_owner_decides_again,
    a_banner_in_every_browser,
    the_tab_used_longest_ago_is_elected,
    nobody_hears_who_has_gone,
    a_mute_is_not_heard,
    who_cannot_be_found_is_away,
    what_a_dead_replica_held_is_forgotten,
    what_was_read_stays_on_the_phone,
)
