"""History, lists and search of a person with 1,000 conversations: at 1 million messages against 10 thousand.

What a page costs must not grow with the messages that lie behind it. Both logs are in one MongoDB, and calls to one and
the other alternate; nothing is in the way but the store, so that what is measured is not the RPC.
"""

import asyncio
import itertools
import random
import statistics
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from pymongo import AsyncMongoClient, WriteConcern

from bench import stack
from bench.measure import Result
from services.chassis import mongo
from services.chassis.auth import Identity
from services.chassis.clock import system_clock
from services.messaging.actions import Access
from services.messaging.catalog import CatalogStore, Listings, Seal, Search, UnreadService
from services.messaging.catalog.effects import effects_of
from services.messaging.catalog.listing import Filters
from services.messaging.catalog.search import Wanted
from services.messaging.catalog.store import WORDS_INDEX, text_document
from services.messaging.rules import Created, Event, Kind, Sent, conversation_id
from services.messaging.states import States
from services.messaging.store import LogStore, to_document

CONVERSATIONS = 1_000
SIZES = (10_000, 1_000_000)
PAGE = 10
"""Messages on a page: as many as each conversation has in the smaller log."""

CALLS = 40
"""Calls of each kind to each log in a run."""

FILL = 5_000
FLAT = 2.0
"""A page over 100 times the messages may cost so many times as much: the index is one or two levels deeper."""

SYLLABLES = ["".join(pair) for pair in itertools.product("bcdfghklmnprstvw", "aeiou")]
PERSON = Identity("bench", "ann")

Call = Callable[[], Awaitable[object]]


class Texts:
    """Texts of words whose frequency falls as in a language (Zipf)."""

    def __init__(self) -> None:
        self._random = random.Random(1)
        words = {"".join(self._random.choices(SYLLABLES, k=self._random.randint(1, 4))) for _ in range(40_000)}
        self.words = sorted(words, key=lambda word: (len(word), word))
        weights = itertools.accumulate(1 / rank for rank in range(1, len(self.words) + 1))
        self._weights = list(weights)
        self.texts = [
            " ".join(self._random.choices(self.words, cum_weights=self._weights, k=self._random.randint(3, 25)))
            for _ in range(20_000)
        ]


@dataclass(frozen=True)
class Log:
    """A log with its catalog, and what reads it."""

    messages: int
    database: mongo.Database
    conversations: list[str]
    store: LogStore
    listings: Listings
    search: Search

    async def history(self) -> object:
        """The newest page of one conversation."""
        page = await self.store.messages_before(random.choice(self.conversations), 2**53 - 1, PAGE)
        assert len(page.events) == PAGE
        return page

    async def list(self) -> object:
        """The first page of the person's conversations."""
        page = await self.listings.page(PERSON, Filters(), 50, "")
        assert len(page.listings) == 50
        return page

    def searching(self, query: str) -> Call:
        """The first page of a search in all of the person's conversations."""

        async def search() -> object:
            return await self.search.page(PERSON, Wanted(query), 20, "")

        return search


async def logs(uri: str, texts: Texts) -> AsyncGenerator[Log]:
    """Makes the logs, from the small one to the large one."""
    # To make an index over a million messages takes longer than a service would wait for an answer.
    client: mongo.Client = AsyncMongoClient(uri, appname="bench", socketTimeoutMS=900_000, tz_aware=True)
    try:
        for size in SIZES:
            database = mongo.database(client, f"bench_{uuid.uuid4().hex[:8]}")
            conversations = await fill(database, size, texts)
            store = LogStore(database)
            await store.prepare()
            catalog = CatalogStore(database)
            await catalog.prepare()
            access = Access(store, States(store))
            seal = Seal(b"bench")
            listings = Listings(catalog, access, UnreadService(None), seal, system_clock)
            yield Log(size, database, conversations, store, listings, Search(catalog, access, seal))
    finally:
        for name in await client.list_database_names():
            if name.startswith("bench_"):
                await client.drop_database(name)
        await client.close()


async def fill(database: mongo.Database, messages: int, texts: Texts) -> list[str]:
    """Writes a log and its catalog; indexes are made later, which is quicker."""
    fast = WriteConcern(w=1, j=False)
    log, search = (database.get_collection(name, write_concern=fast) for name in ("log", "search"))
    conversations = [conversation_id(Kind.GROUP, uuid.uuid4().hex) for _ in range(CONVERSATIONS)]
    now = system_clock() - messages
    change = Created(Kind.GROUP, "bench", None, "", ("ann", "bob"))
    created = [Event(name, 1, 0, 1, "bench", now, "ann", change) for name in conversations]
    await log.insert_many([{**to_document(event), "digest": b""} for event in created])
    await CatalogStore(database).apply(effects_of(created), projected=True)
    last: dict[str, Event] = {}
    # What a text says is worked out once for each of the texts, not for each message.
    said = {text: next(iter(effects_of([_message("", 1, text, 0)]).texts.values())).words for text in texts.texts}
    for events in _some(_messages(conversations, messages, texts, now)):
        documents = []
        for event in events:
            last[event.conversation] = event
            assert isinstance(event.change, Sent)
            empty = replace(event, change=replace(event.change, text=""))
            (text,) = effects_of([empty]).texts.values()
            text.words = said[event.change.text]
            documents.append(text_document(text))
        await asyncio.gather(
            log.insert_many([to_document(event) for event in events], ordered=False),
            search.insert_many(documents, ordered=False),
        )
    effects = effects_of(last.values())
    effects.texts.clear()
    await CatalogStore(database).apply(effects, projected=True)
    return conversations


def _message(conversation: str, number: int, text: str, at_ms: int) -> Event:
    change = Sent(Kind.GROUP, text, f"k{number}", b"")
    return Event(conversation, number + 1, number, 1, "bench", at_ms, "ann" if number % 2 else "bob", change)


def _messages(conversations: Sequence[str], messages: int, texts: Texts, now: int) -> Iterator[Event]:
    for index in range(messages):
        turn, conversation = divmod(index, CONVERSATIONS)
        text = texts.texts[index * 7919 % len(texts.texts)]
        yield _message(conversations[conversation], turn + 1, text, now + index)


def _some(events: Iterator[Event]) -> Iterator[list[Event]]:
    while some := list(itertools.islice(events, FILL)):
        yield some


async def latencies(calls: Sequence[Call], count: int) -> list[float]:
    """The median time of each call, ms; the calls take turns."""
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(count):
        for index, call in enumerate(calls):
            begun = time.perf_counter()
            await call()
            times[index].append((time.perf_counter() - begun) * 1000)
    return [statistics.median(one) for one in times]


async def flat(name: str, what: str, small: Sequence[Call], large: Sequence[Call], runs: int) -> Result:
    """Compares calls of the same kinds to both logs; a figure is the sum of the kinds' medians."""
    await latencies([*small, *large], 5)
    ours, baseline = [], []
    for _ in range(runs):
        medians = await latencies([*small, *large], CALLS)
        baseline.append(sum(medians[: len(small)]))
        ours.append(sum(medians[len(small) :]))
    ratios = [one / other for one, other in zip(ours, baseline, strict=True)]
    return Result(
        name,
        what,
        "ms",
        statistics.median(ours),
        statistics.median(baseline),
        statistics.median(ratios),
        ratios,
        FLAT,
        at_most=True,
    )


async def measure(runs: int) -> list[Result]:
    """Measures all of them."""
    texts = Texts()
    queries = {
        "a common word": texts.words[3],
        "a rare word": texts.words[20_000],
        "two words": f"{texts.words[40]} {texts.words[60]}",
        "a beginning": texts.words[9_000][:5],
        "nothing": "zzzzzz zzzz",
    }
    async with stack.running([]) as running:
        begun = time.perf_counter()
        async with made(running.mongodb, texts) as (small, large):
            filling = f"{time.perf_counter() - begun:.0f} s"
            history = await flat("history", _what("history"), [small.history], [large.history], runs)
            lists = await flat("list", _what("list"), [small.list], [large.list], runs)
            search = await flat(
                "search",
                _what("search"),
                [small.searching(query) for query in queries.values()],
                [large.searching(query) for query in queries.values()],
                runs,
            )
            history.notes["filling"] = filling
            for result, explained in zip((history, lists, search), await explain(large), strict=True):
                result.notes["explain"] = explained
            for log in (small, large):
                medians = await latencies([log.searching(query) for query in queries.values()], 10)
                search.notes[f"ms at {log.messages:,}"] = dict(zip(queries, medians, strict=True))
                sizes = (await log.database.command("collstats", "search"))["indexSizes"]
                search.notes[f"MB of index at {log.messages:,}"] = round(sum(sizes.values()) / 1e6)
            return [history, lists, search]


@asynccontextmanager
async def made(uri: str, texts: Texts) -> AsyncIterator[tuple[Log, Log]]:
    """Both logs."""
    made = logs(uri, texts)
    small, large = await anext(made), await anext(made)
    try:
        yield small, large
    finally:
        await made.aclose()


def _what(name: str) -> str:
    return f"{name}: p50 with {CONVERSATIONS:,} conversations and {SIZES[1]:,} messages : {SIZES[0]:,}"


async def explain(log: Log) -> list[str]:
    """How the database answers: the stages of each plan.

    Raises:
        AssertionError: a collection is scanned, or a result sorted.
    """
    some = log.conversations[:100]
    run: mongo.Document = {"conversation": {"$in": some}, "words": "*"}
    commands: list[mongo.Document] = [
        {
            "find": "log",
            "filter": {"conversation": some[0], "type": "message"},
            "sort": {"revision": -1},
            "limit": PAGE,
        },
        {
            "find": "members",
            "filter": {"tenant": "bench", "person": "ann", "left": False},
            "projection": {"_id": 0, "conversation": 1, "starred_at_ms": 1},
        },
        {
            "find": "search",
            "filter": run,
            "sort": {"place": -1},
            "limit": 20,
            "projection": {"_id": 0, "conversation": 1, "place": 1},
            "hint": WORDS_INDEX,
        },
    ]
    told = []
    for command in commands:
        plan = await log.database.command("explain", command, verbosity="executionStats")
        stages = sorted(set(_stages(plan["queryPlanner"]["winningPlan"])))
        assert not {"COLLSCAN", "SORT"} & set(stages), stages
        stats = plan["executionStats"]
        told.append(
            f"{' '.join(stages)}; {stats['totalKeysExamined']} keys, {stats['totalDocsExamined']} documents for "
            f"{stats['nReturned']}"
        )
    return told


def _stages(plan: mongo.Document) -> Iterator[str]:
    yield plan["stage"]
    for below in (plan.get("inputStage"), *plan.get("inputStages", ())):
        if below:
            yield from _stages(below)
