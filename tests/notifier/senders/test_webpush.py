"""What browsers get, and what becomes of each answer of their push services."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from email.utils import formatdate

import pytest

from local.push import FakeWebPush
from local.push.webpush import BODY_BYTES
from local.serving import serving
from services.notifier.facts import Kind
from services.notifier.senders import Act, Result
from services.notifier.senders.limits import Limits
from services.notifier.senders.webpush.encryption import PLAIN_BYTES
from tests.notifier.senders.conftest import CONVERSATION, VAPID_PUBLIC, Desk, browser, content, one, push

TAG = f"{CONVERSATION}:1"
PATIENT = Limits(timeout_s=30)
IMPATIENT = Limits(timeout_s=0.3)
"""For pushes whose answer never comes."""


async def test_a_push_is_signed_encrypted_and_shown(desk: Desk) -> None:
    subscription = desk.web.subscribe(VAPID_PUBLIC)
    sender = await desk.sender("web_push")
    outgoing = push(browser(subscription), expires_ms=desk.clock() + 60_000, count=2)
    outcome = await one(sender, outgoing)
    assert (outcome.result, outcome.reason, outcome.status) == (Result.SENT, "201 created", 201)
    (line,) = desk.web.devices.lines
    assert {name: line[name] for name in ("tag", "title", "text", "author", "kind", "badge", "count", "effect")} == {
        "tag": TAG,
        "title": "Tower A",
        "text": "The crane is here",
        "author": "ann",
        "kind": "GROUP",
        "badge": 3,
        "count": 2,
        "effect": "shown",
    }
    assert (line["ttl_s"], line["urgency"], len(line["topic"])) == ("60", "normal", 32)
    assert desk.web.unreadable == 0
    assert desk.metric("pushes_total", transport="web_push", result="SENT", status="201") == 1


async def test_the_service_worker_finds_exactly_these_fields(desk: Desk) -> None:
    subscription = desk.web.subscribe()
    await one(await desk.sender("web_push"), push(browser(subscription), content=content(text="“Grüße” 👷🏽")))
    (line,) = desk.web.devices.lines
    more = {"transport", "target", "effect", "tray", "urgency", "topic", "ttl_s"}
    assert set(line) - more == {
        "act", "tag", "conversation", "number", "title", "text", "author", "service", "link", "kind", "badge",
        "mentioned", "count", "at_ms", "clear_up_to",
    }  # fmt: skip
    assert line["text"] == "“Grüße” 👷🏽"
    assert json.loads(desk.web.devices.path.read_text()) == line


async def test_an_edit_replaces_what_is_shown_and_a_read_takes_it_back(desk: Desk) -> None:
    device = browser(desk.web.subscribe())
    sender = await desk.sender("web_push")
    for number in (1, 2, 3):
        await one(sender, push(device, number=number))
    await one(sender, push(device, Act.REPLACE, 3, content=content(3, "The crane is late")))
    shown = desk.web.devices.of(device.target)
    assert [(entry["number"], entry["text"]) for entry in shown.tray.values()] == [
        (1, "The crane is here"),
        (2, "The crane is here"),
        (3, "The crane is late"),
    ]
    await one(sender, push(device, Act.CLEAR, 2, badge=1, clear_up_to=2))
    assert [entry["number"] for entry in shown.tray.values()] == [3]
    assert shown.badge == 1
    assert [line["urgency"] for line in desk.web.devices.lines[-2:]] == ["low", "low"]


async def test_what_takes_back_carries_no_text(desk: Desk) -> None:
    device = browser(desk.web.subscribe())
    await one(await desk.sender("web_push"), push(device, Act.CLEAR))
    assert (desk.web.devices.lines[0]["title"], desk.web.devices.lines[0]["text"]) == ("", "")


@pytest.mark.parametrize(
    ("kind", "mentioned", "urgency"),
    [
        (Kind.GROUP, False, "normal"),
        (Kind.GROUP, True, "high"),
        (Kind.DIRECT, False, "high"),
        (Kind.ITEM, False, "normal"),
    ],
)
async def test_a_direct_message_and_a_mention_are_urgent(desk: Desk, kind: Kind, mentioned: bool, urgency: str) -> None:
    device = browser(desk.web.subscribe())
    await one(await desk.sender("web_push"), push(device, content=content(kind=kind), mentioned=mentioned))
    assert desk.web.devices.lines[0]["urgency"] == urgency


async def test_while_a_browser_is_offline_the_push_that_takes_back_replaces_the_one_that_shows(desk: Desk) -> None:
    subscription = desk.web.subscribe()
    device, sender = browser(subscription), await desk.sender("web_push")
    subscription.offline = True
    await one(sender, push(device, number=1, expires_ms=desk.clock() + 60_000))
    await one(sender, push(device, number=2, expires_ms=desk.clock() + 60_000))
    await one(sender, push(device, Act.CLEAR, 1, clear_up_to=1, expires_ms=desk.clock() + 60_000))
    desk.web.go_online(subscription)
    assert [(line["act"], line["number"]) for line in desk.web.devices.lines] == [("SHOW", 2), ("CLEAR", 1)]


async def test_what_has_run_out_is_not_delivered_late(desk: Desk) -> None:
    subscription = desk.web.subscribe()
    subscription.offline = True
    await one(await desk.sender("web_push"), push(browser(subscription), expires_ms=desk.clock() + 60_000))
    desk.clock.pass_ms(60_000)
    desk.web.go_online(subscription)
    assert desk.web.devices.lines == []


@pytest.mark.parametrize(
    ("answer", "result", "gone", "reason"),
    [
        ("200", Result.SENT, False, "200 ok"),
        ("201", Result.SENT, False, "201 created"),
        ("202", Result.SENT, False, "202 accepted"),
        ("204", Result.SENT, False, "204 no content"),
        ("301", Result.RETRY, False, "301 moved permanently"),
        ("302", Result.RETRY, False, "302 found"),
        ("307", Result.RETRY, False, "307 temporary redirect"),
        ("308", Result.RETRY, False, "308 permanent redirect"),
        ("400", Result.DEAD, False, "400 bad request"),
        ("401", Result.RETRY, False, "401 unauthorized"),
        ("403", Result.RETRY, False, "403 forbidden"),
        ("404", Result.DEAD, True, "404 not found"),
        ("405", Result.DEAD, False, "405 method not allowed"),
        ("408", Result.RETRY, False, "408 request timeout"),
        ("410", Result.DEAD, True, "410 gone"),
        ("413", Result.DEAD, False, "413 "),
        ("429", Result.RETRY, False, "429 too many requests"),
        ("500", Result.RETRY, False, "500 internal server error"),
        ("502", Result.RETRY, False, "502 bad gateway"),
        ("503", Result.RETRY, False, "503 service unavailable"),
        ("599", Result.RETRY, False, "599"),
        ("hang", Result.RETRY, False, "timed out"),
        ("201;drip", Result.RETRY, False, "timed out"),
        ("410;huge", Result.DEAD, True, "410 gone"),
        ("201;huge", Result.SENT, False, "201 created"),
        ("nonsense", Result.RETRY, False, "no proper answer"),
        ("reset", Result.RETRY, False, "connection lost"),
        ("201;half", Result.RETRY, False, "no proper answer"),
    ],
)
async def test_every_answer_means_what_the_standard_says(
    desk: Desk, answer: str, result: Result, gone: bool, reason: str
) -> None:
    subscription = desk.web.subscribe()
    desk.web.script.tell(subscription.endpoint, answer)
    limits = IMPATIENT if reason == "timed out" else PATIENT
    outcome = await one(await desk.sender("web_push", limits), push(browser(subscription)))
    assert (outcome.result, outcome.gone) == (result, gone)
    assert outcome.reason.startswith(reason)
    assert subscription.endpoint not in repr(outcome)


async def test_a_redirect_is_never_followed(desk: Desk) -> None:
    subscription, sender = desk.web.subscribe(), await desk.sender("web_push")
    for status in ("301", "302", "303", "307", "308"):
        desk.web.script.tell(subscription.endpoint, status)
        await one(sender, push(browser(subscription)))
    assert {request["endpoint"] for request in desk.web.requests} == {subscription.endpoint}


async def test_a_push_service_that_is_not_there_is_tried_again(desk: Desk) -> None:
    port = desk.web.port
    subscription = desk.web.subscribe()
    refused = browser(subscription)
    sender = await desk.sender("web_push", web_push_local=(f"127.0.0.1:{port}", "127.0.0.1:9"))
    elsewhere = push(replace(refused, target="https://127.0.0.1:9/push/x"))
    outcome = await one(sender, elsewhere)
    assert (outcome.result, outcome.reason, outcome.gone) == (Result.RETRY, "cannot be reached", False)


async def test_a_certificate_of_somebody_else_is_refused(desk: Desk) -> None:
    # Without the authority of the local push service, as for any host of the internet.
    sender = await desk.sender("web_push", web_push_local_ca_file="")
    outcome = await one(sender, push(browser(desk.web.subscribe())))
    assert (outcome.result, outcome.reason, outcome.gone) == (Result.RETRY, "TLS error", False)
    assert desk.web.requests == []


async def test_too_large_is_sent_once_more_and_shorter(desk: Desk) -> None:
    subscription = desk.web.subscribe()
    desk.web.script.tell(subscription.endpoint, "413", "201")
    long = push(browser(subscription), content=content(text="word " * 700))
    outcome = await one(await desk.sender("web_push"), long)
    assert outcome.result is Result.SENT
    first, second = (request["bytes"] for request in desk.web.requests)
    assert first > 3_000
    assert second < 1_200
    assert desk.web.devices.lines[-1]["text"].endswith("word…")


async def test_the_longest_push_fits_to_the_byte(desk: Desk) -> None:
    subscription, sender = desk.web.subscribe(), await desk.sender("web_push")
    family = "👨‍👩‍👧‍👦"
    for text in ("x" * 10_000, '"' * 10_000, family * 1_000, "e\u0301" * 5_000):
        outcome = await one(sender, push(browser(subscription), content=content(text=text, title=text[:200])))
        assert outcome.result is Result.SENT
        shown = desk.web.devices.lines[-1]["text"].removesuffix("…")
        assert len(shown) > 100
        assert text.startswith(shown)
        assert shown.count(family) * len(family) == len(shown) or family not in text
        assert not shown.endswith("e")
    assert max(request["bytes"] for request in desk.web.requests) <= BODY_BYTES
    assert BODY_BYTES - PLAIN_BYTES == 103


@pytest.mark.parametrize("after", ["60", "Date"])
@pytest.mark.parametrize("status", ["429", "503"])
async def test_retry_after_is_honoured_in_both_forms(desk: Desk, status: str, after: str) -> None:
    subscription, sender = desk.web.subscribe(), await desk.sender("web_push")
    value = "60" if after == "60" else formatdate((desk.clock() + 60_000) / 1000, usegmt=True)
    desk.web.script.tell(subscription.endpoint, f"{status};retry-after={value}", "201")
    outcome = await one(sender, push(browser(subscription)))
    assert outcome.result is Result.RETRY
    assert 59_000 <= outcome.after_ms <= 60_000
    # Until then it is not asked again; another target is, unless the whole host asked for the pause.
    held = await one(sender, push(browser(subscription)))
    assert (held.result, 59_000 <= held.after_ms <= 60_000, held.status) == (Result.RETRY, True, 0)
    other = await one(sender, push(browser(desk.web.subscribe())))
    assert other.result is (Result.SENT if status == "429" else Result.RETRY)
    assert len(desk.web.requests) == (2 if status == "429" else 1)
    desk.clock.pass_ms(60_000)
    assert (await one(sender, push(browser(subscription)))).result is Result.SENT


async def test_a_signature_is_made_once_for_a_push_service_and_again_before_it_runs_out(desk: Desk) -> None:
    subscription, sender = desk.web.subscribe(), await desk.sender("web_push")
    hours = 3_600_000

    async def signature() -> str:
        assert (await one(sender, push(browser(subscription)))).result is Result.SENT
        return str(desk.web.requests[-1]["headers"]["Authorization"])

    first = await signature()
    desk.clock.pass_ms(11 * hours)
    assert await signature() == first
    desk.clock.pass_ms(hours)
    second = await signature()
    assert second != first
    # A push service that did not like it gets a new one.
    desk.web.script.tell(subscription.endpoint, "403", "201")
    desk.clock.pass_ms(1_000)
    await one(sender, push(browser(subscription)))
    assert await signature() != second


async def test_a_key_that_was_not_subscribed_with_is_not_a_dead_target(desk: Desk) -> None:
    subscription = desk.web.subscribe("another-key")
    outcome = await one(await desk.sender("web_push"), push(browser(subscription)))
    assert (outcome.status, outcome.result, outcome.gone) == (403, Result.RETRY, False)


async def test_an_endpoint_that_is_no_longer_allowed_gets_nothing(desk: Desk) -> None:
    device = browser(desk.web.subscribe())
    sender = await desk.sender("web_push", web_push_local=("127.0.0.1:1",))
    outcome = await one(sender, push(device))
    assert (outcome.result, outcome.reason, outcome.gone) == (Result.DEAD, "push service not allowed", False)
    assert desk.web.requests == []


async def test_keys_that_are_none_end_that_push_alone(desk: Desk) -> None:
    good, bad = browser(desk.web.subscribe()), browser(desk.web.subscribe())
    broken = [replace(bad, p256dh=key) for key in (b"\x04" + bytes(64), b"", b"\x04")]
    outcomes = await (await desk.sender("web_push")).send([*map(push, broken), push(good)])
    assert [outcome.result for outcome in outcomes] == [*[Result.DEAD] * 3, Result.SENT]
    assert not any(outcome.gone for outcome in outcomes)


async def test_a_host_that_hangs_does_not_keep_others_waiting(desk: Desk) -> None:
    """The bad host is released only after the good one's pushes have all arrived."""
    hanging = desk.web.subscribe()
    desk.web.script.tell(hanging.endpoint, "hang")
    async with _second_host(desk) as (other, port):
        sender = await desk.sender(
            "web_push", Limits(timeout_s=20, at_once=2), web_push_local=(f"127.0.0.1:{desk.web.port}", port)
        )
        good = [browser(other.subscribe()) for _ in range(30)]
        bad = [browser(hanging)] * 30
        sending = asyncio.create_task(
            sender.send([push(device) for pair in zip(bad, good, strict=True) for device in pair])
        )
        async with asyncio.timeout(10):
            while len(other.devices.lines) < 30:
                await asyncio.sleep(0.01)
        assert not sending.done()
        assert len(desk.web.requests) == 2
        sending.cancel()
        await asyncio.wait({sending})


async def test_outcomes_come_in_the_order_of_the_batch(desk: Desk) -> None:
    subscriptions = [desk.web.subscribe() for _ in range(40)]
    for index, subscription in enumerate(subscriptions):
        desk.web.script.tell(subscription.endpoint, "410" if index % 3 else "201")
    sender = await desk.sender("web_push", Limits(at_once=7))
    outcomes = await sender.send([push(browser(subscription)) for subscription in subscriptions])
    assert [outcome.status for outcome in outcomes] == [410 if index % 3 else 201 for index in range(40)]


@asynccontextmanager
async def _second_host(desk: Desk) -> AsyncIterator[tuple[FakeWebPush, str]]:
    """Another push service, whose certificate comes from the same authority."""
    other = FakeWebPush(desk.web.devices.path.parent / "other")
    with closing(other.devices):
        async with serving(other.app(), 0, desk.web.context) as other.port:
            yield other, f"127.0.0.1:{other.port}"
