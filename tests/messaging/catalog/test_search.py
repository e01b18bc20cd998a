"""SearchMessages through the door."""

from typing import Any

import grpc
import pytest

from services.chassis import mongo
from services.messaging.catalog import walk
from services.messaging.catalog.effects import effects_of
from services.messaging.catalog.store import WORDS_INDEX, CatalogStore
from services.messaging.store import from_document
from tests.messaging.catalog.world import World

TEXTS = [
    "The slab on level 3 was poured",
    "Ärger: Straße gesperrt",
    "Concrete cylinders go to the lab",
    "東京タワーに行く",
    "see site_plan-3.pdf",
    "🎉 done",
]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("slab", [0]),
        ("SLAB", [0]),
        ("strasse arger", [1]),
        ("STRASSE", [1]),
        ("concr", [2]),
        ("cylinders concr", [2]),
        ("concr cylinders", []),
        ("to the lab", [2]),
        ("l", [2, 0]),
        ("3", [4, 0]),
        ("the", [2, 0]),
        ("the sla", [0]),
        ("東京", [3]),
        ("行", [3]),
        ("京東", []),
        ("pdf", [4]),
        ("site-plan", [4]),
        ("🎉", [5]),
        ("nothing", []),
        ("slab nothing", []),
        ("$where", []),
    ],
)
async def test_words_are_found_in_any_case_order_and_script_the_last_also_by_its_beginning(
    filled: World, query: str, found: list[int]
) -> None:
    assert await filled.search(query, by="bob") == [TEXTS[index] for index in found]


@pytest.fixture
async def filled(world: World) -> World:
    one, other = await world.group("bob"), await world.direct("bob")
    for index, text in enumerate(TEXTS):
        await world.send(one if index % 2 else other, text, by="ann" if index < 4 else "bob")
    await world.settled()
    return world


async def test_a_query_without_a_word_names_its_field(world: World) -> None:
    for query in ("…!", " ", "\u0301"):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await world.search(query)
        assert error.value.code().name == "INVALID_ARGUMENT"
        assert "query" in (error.value.details() or "")


async def test_only_the_persons_conversations_are_searched_and_only_what_they_may_see(world: World) -> None:
    mine = await world.group("bob")
    foreign = await world.group("cem")
    hidden = await world.group(history=2)
    for conversation in (mine, foreign, hidden):
        await world.send(conversation, f"secret word in {conversation}")
    await world.add(hidden, "bob")
    await world.send(hidden, "secret after")
    await world.settled()
    assert await world.search("secret", by="bob") == ["secret after", f"secret word in {mine}"]
    assert await world.search("secret", by="bob", conversation=hidden) == ["secret after"]
    for target in (foreign, "g_" + "a" * 26):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await world.search("secret", by="bob", conversation=target)
        assert (error.value.code().name, error.value.details()) == ("NOT_FOUND", "conversation not found")
    await world.remove(mine, "bob")
    assert await world.search("secret", by="bob") == ["secret after"]


async def test_an_author_and_a_conversation_narrow_the_search(world: World) -> None:
    one, other = await world.group("bob"), await world.group("bob")
    for conversation in (one, other):
        for by in ("ann", "bob"):
            await world.send(conversation, f"slab {by} {conversation}", by=by)
    await world.settled()
    assert len(await world.search("slab")) == 4
    assert await world.search("slab", author="bob") == [f"slab bob {other}", f"slab bob {one}"]
    assert await world.search("sl", author="bob", conversation=one) == [f"slab bob {one}"]
    assert await world.search("slab", author="eve") == []


async def test_deleted_text_is_never_found_and_edited_text_as_it_is_now(world: World) -> None:
    site = await world.group("bob")
    gone, changed = await world.send(site, "concrete poured"), await world.send(site, "steel delivered")
    await world.settled()
    await world.edit(site, changed, "timber delivered")
    assert await world.search("timber", by="ann") == ["timber delivered"], "at once for its author"
    assert await world.search("steel") == []
    await world.delete(site, gone)
    assert await world.search("concrete") == []
    await world.settled()
    assert await world.search("concrete") == []
    assert await world.search("delivered", by="bob") == ["timber delivered"]
    left = [document["words"] async for document in world.database["search"].find()]
    assert min(map(len, left)) == 0
    assert not any("concrete" in words or "steel" in words for words in left)


async def test_an_index_that_lags_finds_nothing_that_was_deleted_or_changed(
    world: World, database: mongo.Database
) -> None:
    site = await world.group("bob")
    gone, changed = await world.send(site, "concrete poured"), await world.send(site, "steel delivered")
    await world.settled()
    before = [document async for document in database["search"].find()]
    await world.delete(site, gone)
    await world.edit(site, changed, "timber delivered")
    await world.settled()
    for document in before:
        await database["search"].replace_one({"_id": document["_id"]}, document)
    assert await world.search("concrete") == []
    assert await world.search("steel") == []


async def test_a_send_that_is_applied_again_does_not_bring_back_what_was_deleted(world: World) -> None:
    site = await world.group("bob")
    number = await world.send(site, "concrete poured")
    await world.settled()
    before = await world.database["log"].find_one({"type": "message"})
    await world.delete(site, number)
    await world.settled()
    assert before
    await CatalogStore(world.database).apply(effects_of([from_document(before)]), projected=True)
    document = await world.database["search"].find_one({})
    assert document
    assert document["words"] == []


async def test_pages_have_everything_once_the_newest_first_also_of_one_instant(world: World) -> None:
    sites = [await world.group("bob") for _ in range(3)]
    sent = []
    for index in range(30):
        await world.send(sites[index % 3], f"slab {index}")
        sent.append(f"slab {index}")
    await world.settled()
    # All of one instant, as group commit makes them.
    await world.database["search"].update_many({"place.at_ms": {"$gt": 0}}, {"$set": {"place.at_ms": 5}})
    found = await world.search("slab", page_size=4)
    assert sorted(found) == sorted(sent)
    assert await world.search("slab", page_size=100) == found
    assert await world.search("slab", page_size=7, conversation=sites[0]) == sent[::-1][2::3]


async def test_a_search_of_much_that_is_not_it_comes_in_short_pages(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "ROWS", 8)
    site, other = await world.group("bob"), await world.group("bob")
    await world.send(site, "the zebra")
    for index in range(40):
        await world.send(other if index % 2 else site, f"the {index}")
    await world.send(site, "the zebra again")
    await world.settled()
    page = await world.search_page("the zeb", by="bob", page_size=1)
    assert [one.message.text for one in page.found] in ([], ["the zebra again"])
    assert page.next_page_token
    assert await world.search("the zeb", by="bob", page_size=1) == ["the zebra again", "the zebra"]


async def test_large_texts_end_a_page_early(world: World) -> None:
    site = await world.group("bob")
    for index in range(30):
        await world.send(site, f"slab {index} " + "ä" * 32_000)
    await world.settled()
    page = await world.search_page("slab", page_size=100)
    assert 10 < len(page.found) < 20
    assert len(await world.search("slab", page_size=100)) == 30


async def test_a_token_of_another_search_is_refused(world: World) -> None:
    site = await world.group("bob")
    for index in range(3):
        await world.send(site, f"slab {index}")
    await world.settled()
    token = (await world.search_page("slab", page_size=1)).next_page_token
    assert token
    requests: list[tuple[str, dict[str, Any]]] = [
        ("slab", {"by": "bob"}),
        ("slabs", {}),
        ("slab", {"author": "ann"}),
        ("slab", {"conversation": site}),
    ]
    for query, more in requests:
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await world.search_page(query, page_token=token, **more)
        assert error.value.code().name == "INVALID_ARGUMENT"
        assert "page_token" in (error.value.details() or "")
    listed = (await world.page("ann")).next_page_token
    assert not listed


async def test_lists_and_search_are_index_scans_without_sorting_and_search_reads_no_documents(world: World) -> None:
    sites = [await world.group("bob") for _ in range(5)]
    for site in sites:
        for index in range(10):
            await world.send(site, f"slab {index}")
    await world.settled()
    database = world.database
    members = await database.command(
        "explain",
        {
            "find": "members",
            "filter": {"tenant": "acme", "person": "bob", "left": False},
            "projection": {"_id": 0, "conversation": 1, "starred_at_ms": 1},
        },
        verbosity="executionStats",
    )
    assert stages(members) == {"PROJECTION_COVERED", "IXSCAN"}
    assert members["executionStats"]["totalDocsExamined"] == 0
    assert members["executionStats"]["totalKeysExamined"] == 5
    positions = await database.command(
        "explain", {"find": "conversations", "filter": {"_id": {"$in": sites}}}, verbosity="executionStats"
    )
    assert stages(positions) <= {"IXSCAN", "FETCH", "IDHACK"}
    pipeline = [
        {
            "$match": {
                "conversation": {"$in": sites},
                "words": "slab",
                "place": {"$lte": {"at_ms": 2**53, "revision": 0}},
            }
        },
        {"$sort": {"place": -1}},
        {"$limit": 20},
        {"$project": {"_id": 0, "conversation": 1, "place": 1}},
    ]
    search = await database.command(
        "explain",
        {"aggregate": "search", "pipeline": pipeline, "cursor": {}, "hint": WORDS_INDEX},
        verbosity="executionStats",
    )
    assert {"IXSCAN", "SORT_MERGE"} <= stages(search) <= {"IXSCAN", "SORT_MERGE", "LIMIT", "PROJECTION_DEFAULT"}
    assert search["executionStats"]["totalDocsExamined"] == 0
    assert search["executionStats"]["totalKeysExamined"] <= 20 + 2 * len(sites)


def stages(plan: Any) -> set[str]:
    """The stages of the winning plan."""
    found: set[str] = set()
    if isinstance(plan, dict):
        if "winningPlan" in plan:
            return stages(plan["winningPlan"])
        if isinstance(plan.get("stage"), str):
            found.add(plan["stage"])
        for value in plan.values():
            found |= stages(value)
    elif isinstance(plan, list):
        for value in plan:
            found |= stages(value)
    return found
