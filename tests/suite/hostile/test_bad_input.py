"""Every field of every request with values that nobody should send."""

import itertools
import time
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.message import Message

from tests.suite.hostile.fields import (
    BAD_TEXT,
    LEGAL_TEXT,
    STAND_IN,
    SURROGATE,
    UNSIGNED,
    Leaf,
    leaves,
    repeated,
)
from tests.suite.hostile.rpcs import RPCS, Outcome, Rpc, together
from tests.suite.hostile.stage import Stage

WRITING = [f"messaging.{verb}Message" for verb in ("Send", "Edit", "Post")]
"""What writes a text, mentions and attachments."""

MAY_BE_EMPTY = {
    *(f"{rpc}.{field}" for rpc in WRITING for field in ("text", "attachments.type")),
    *(f"{rpc}.parts.{mention}.label" for rpc in WRITING for mention in ("person", "everyone")),
    "messaging.PutItemConversation.link",
    "messaging.ListConversations.project",
    "messaging.ListConversations.page_token",
    "messaging.SearchMessages.conversation",
    "messaging.SearchMessages.author",
    "messaging.SearchMessages.page_token",
    "messaging.OpenItemConversation.link",
    "messaging.StreamEvents.cursor",
    "messaging.ListHeads.after_conversation",
    "notifier.ListDeliveries.after_delivery",
    "notifier.PutTenantDefaults.defaults.quiet_hours.time_zone",
    "notifier.RegisterDevice.client",
    "notifier.TestNotification.client",
    "notifier.UpdatePreferences.preferences.quiet_hours.time_zone",
    "presence.ReportTabs.tabs.conversation",
    "presence.LocateClients.persons",
    "presence.StreamTransitions.cursor",
    "unread.StreamReads.cursor",
    "unread.ListReaders.after_person",
    "unread.Recount.conversation",
}
"""Texts that may be empty, as their contracts say."""

MAY_BE_ANYTHING = {
    *(f"{rpc}.{field}" for rpc in WRITING for field in ("text", "parts.text")),
    "messaging.ListConversations.page_token",
    "messaging.SearchMessages.query",
    "messaging.SearchMessages.page_token",
    "messaging.StreamEvents.cursor",
    "messaging.ListHeads.after_conversation",
    "notifier.ListDeliveries.after_delivery",
    "presence.LocateClients.tenant",
    "presence.LocateClients.persons",
    "unread.StreamReads.cursor",
    "unread.GetPointers.keys.person",
}
"""Texts that may hold control characters: what people write, and what services ask for without it being stored."""

AT_ONCE = {("notifier.TestNotification", "RESOURCE_EXHAUSTED"), ("notifier.RegisterDevice", "UNAVAILABLE")}
"""What may come of it that all calls are made at once: a person may try once in two seconds only, and all devices
have the same address."""

MAY_BE_LONG = {"presence.LocateClients.persons"}
"""Texts without a limit of their own: only the request has one."""

MAY_REPEAT = {
    *(f"{rpc}.{field}" for rpc in WRITING for field in ("parts", "attachments")),
    "notifier.WatchBanners.shown",
    "presence.LocateClients.persons",
    "unread.GetPointers.keys",
    "unread.GetTotals.counted",
}
"""Lists in which something may stand twice."""

LEGAL = {"OK", "NOT_FOUND", "INVALID_ARGUMENT", "FAILED_PRECONDITION", "ALREADY_EXISTS"}
"""What a value that is strange but may be allowed can lead to."""

Case = tuple[str, Leaf, bytes]


def bad_values(rpc: Rpc, leaf: Leaf) -> Iterator[tuple[str, Any]]:
    """Values that must be refused."""
    name = f"{rpc}.{leaf}"
    if leaf.is_text:
        if name not in MAY_BE_EMPTY:
            yield "empty", ""
        for what, text in BAD_TEXT.items():
            if name not in (MAY_BE_LONG if what == "too long" else MAY_BE_ANYTHING):
                yield what, text
    elif leaf.field.enum_type is not None:
        yield from (("an enumeration's unknown value", 99), ("a negative value of an enumeration", -1))
    elif leaf.field.type in UNSIGNED:
        yield "the highest number", UNSIGNED[leaf.field.type]
        if leaf.field.type == leaf.field.TYPE_UINT64:
            yield from (("2^63", 2**63), ("2^53", 2**53))


def several(valid: Message, leaf: Leaf, *, same: bool) -> Message:
    """The request with too many of a field, or with the same twice."""
    changed = type(valid)()
    changed.CopyFrom(valid)
    held = getattr(changed, leaf.field.name)
    first = held[0]
    if same:
        held.append(first)
        return changed
    for number in range(10_001):
        if leaf.field.enum_type is not None:
            held.extend([first] * 10_001)
            break
        if leaf.is_text:
            # As long as a conversation's id, and in its letters, so that only their number can be wrong.
            letters = itertools.product("abcdefghijklmnop", repeat=4)
            held.extend(first[:-4] + "".join(word) for word in itertools.islice(letters, 10_001))
            break
        held.add().CopyFrom(first)
        if hasattr(first, "tab"):
            held[-1].tab = f"tab-{number + 2}"
    return changed


def refused(stage: Stage, rpc: Rpc) -> Iterator[Case]:
    valid = stage.valid(rpc)
    for leaf in leaves(rpc.method.input_type):
        for what, value in bad_values(rpc, leaf):
            yield f"{leaf}: {what}", leaf, leaf.put(valid, value).SerializeToString()
    for leaf in repeated(rpc.method.input_type):
        yield f"{leaf}: too many", leaf, several(valid, leaf, same=False).SerializeToString()
        if f"{rpc}.{leaf}" not in MAY_REPEAT:
            yield f"{leaf}: twice the same", leaf, several(valid, leaf, same=True).SerializeToString()


def broken(stage: Stage, rpc: Rpc) -> Iterator[Case]:
    """Requests that no client library makes."""
    valid = stage.valid(rpc)
    for leaf in leaves(rpc.method.input_type):
        if leaf.is_text:
            raw = leaf.put(valid, f"a{STAND_IN}b").SerializeToString()
            yield f"{leaf}: half of a surrogate pair", leaf, raw.replace(STAND_IN.encode(), SURROGATE)


async def calls(stage: Stage, cases: list[tuple[Rpc, Case]]) -> list[tuple[str, Leaf, Outcome]]:
    outcomes = await together(
        [stage.calling(rpc, raw, stage.identity(rpc, actor="replay")) for rpc, (_, _, raw) in cases]
    )
    return [(f"{rpc}.{name}", leaf, outcome) for (rpc, (name, leaf, _)), outcome in zip(cases, outcomes, strict=True)]


async def test_every_bad_value_of_every_field_is_refused_by_its_name_and_nothing_is_written(stage: Stage) -> None:
    before, keys = await stage.quiet(), set(await stage.valkey.keys())
    cases = [(rpc, case) for rpc in RPCS for case in refused(stage, rpc)]
    assert len(cases) > 200
    wrong = {
        name: outcome
        for name, leaf, outcome in await calls(stage, cases)
        if outcome.code != "INVALID_ARGUMENT" or not any(leaf.names(field) for field in outcome.fields())
    }
    assert wrong == {}
    assert await stage.quiet() == before
    assert set(await stage.valkey.keys()) <= keys


async def test_text_that_is_no_unicode_is_refused_and_nothing_is_written(stage: Stage) -> None:
    before, keys = await stage.quiet(), set(await stage.valkey.keys())
    cases = [(rpc, case) for rpc in RPCS for case in broken(stage, rpc)]
    outcomes = await calls(stage, cases)
    assert {name: outcome for name, _, outcome in outcomes if outcome.code != "INVALID_ARGUMENT"} == {}
    assert await stage.quiet() == before
    assert set(await stage.valkey.keys()) <= keys


async def test_strange_values_are_taken_as_they_are_or_refused_by_their_field(stage: Stage) -> None:
    cases = [
        (rpc, (f"{leaf}: {what}", leaf, leaf.put(stage.valid(rpc), text).SerializeToString()))
        for rpc in RPCS
        for leaf in leaves(rpc.method.input_type)
        if leaf.is_text
        for what, text in LEGAL_TEXT.items()
    ]
    wrong = {
        name: outcome
        for name, leaf, outcome in await calls(stage, cases)
        if (outcome.code not in LEGAL and (".".join(name.split(".")[:2]), outcome.code) not in AT_ONCE)
        or (outcome.code == "INVALID_ARGUMENT" and not any(leaf.names(field) for field in outcome.fields()))
    }
    assert wrong == {}


@pytest.mark.parametrize("raw", [b"\xff" * 40, b"\x0a\xff\xff\xff\xff\x0f", b"\x0b" * 5_000, b"\x0a\x05a"])
async def test_bytes_that_are_no_message_are_refused_by_every_rpc(stage: Stage, raw: bytes) -> None:
    for rpc in RPCS:
        outcome = await stage.call(rpc, raw)
        assert (outcome.code, outcome.details) == ("INVALID_ARGUMENT", "the request is not a valid message"), rpc


@pytest.mark.parametrize(
    ("rpc", "leaf"),
    [
        (rpc, leaf)
        for rpc in RPCS
        for leaf in repeated(rpc.method.input_type)
        if leaf.field.enum_type is None  # these are packed: an empty piece holds none
    ],
    ids=str,
)
async def test_a_request_that_breaks_a_rule_hundreds_of_thousands_of_times_does_not_keep_a_service_busy(
    stage: Stage, rpc: Rpc, leaf: Leaf
) -> None:
    empty = bytes([leaf.field.number << 3 | 2, 0])
    took: list[float] = []
    # Once is enough, but a busy machine may take time of its own.
    while len(took) < 3 and min(took, default=2) >= 2:
        began = time.monotonic()
        outcome = await stage.call(rpc, empty * 260_000)
        took.append(time.monotonic() - began)
        assert (outcome.code, bool(outcome.fields())) == ("INVALID_ARGUMENT", True)
    assert min(took) < 2, took
