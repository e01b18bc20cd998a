"""Targets, keys, tokens and texts go to the push services, and are told to nobody on the side."""

import base64
import logging
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace

import prometheus_client
import pytest
import structlog

from local.push import Subscription
from services.notifier.senders import Outcome
from services.notifier.senders.limits import Limits
from services.notifier.senders.webpush.endpoints import Endpoint
from tests.notifier.senders.conftest import VAPID_KEY, Desk, browser, content, phone, push

ANSWERS = (
    "201", "400", "401", "403", "404", "410", "413", "429;retry-after=1", "500", "503", "302", "hang", "nonsense",
    "reset", "201;half",
)  # fmt: skip


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """Answers everything that anybody has logged, the libraries' most talkative words too."""
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as lines:
        yield lambda: f"{caplog.text} {lines}"


def secrets_of(subscription: Subscription, token: str, text: str) -> set[str]:
    raw = base64.urlsafe_b64decode(subscription.auth + "==")
    path = subscription.endpoint.rpartition("/")[2]
    return {path, subscription.p256dh, subscription.auth, repr(raw), raw.hex(), token, text, VAPID_KEY}


async def test_no_answer_makes_anybody_tell_a_secret(desk: Desk, log: Callable[[], str]) -> None:
    subscription = desk.web.subscribe()
    token, text = f"canary-token-{secrets.token_hex(8)}", f"canary-text-{secrets.token_hex(8)}"
    made = await desk.senders(Limits(timeout_s=0.2, failures=1_000, at_once=4))
    outcomes: list[Outcome] = []
    shown = content(text=text)
    for answer in ANSWERS:
        desk.web.script.tell(subscription.endpoint, answer)
        desk.fcm.script.tell(token, answer)
        broken = replace(browser(subscription), p256dh=b"\x04" + bytes(64))
        elsewhere = replace(browser(subscription), target=subscription.endpoint.replace("https", "http"))
        outcomes += await made.by_transport["web_push"].send(
            [push(each, content=shown) for each in (browser(subscription), broken, elsewhere)]
        )
        outcomes += await made.by_transport["fcm"].send([push(phone(token), content=shown)])
        desk.clock.pass_ms(120_000)
    # They did go their way.
    assert any(request["endpoint"] == subscription.endpoint for request in desk.web.requests)
    assert desk.fcm.messages[0]["token"] == token
    told = " ".join(
        (
            log(),
            repr(outcomes),
            repr(made),
            prometheus_client.generate_latest(desk.registry).decode(),
        )
    )
    assert "pushes_total" in told
    assert {secret for secret in secrets_of(subscription, token, text) if secret in told} == set()
    assert desk.fcm._tokens
    assert not any(each in told for each in desk.fcm._tokens)


async def test_an_error_that_nobody_expected_is_logged_by_its_kind_alone(
    desk: Desk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bytes:
        raise RuntimeError(f"canary {subscription.endpoint}")

    subscription, other = desk.web.subscribe(), desk.web.subscribe()
    sender = await desk.sender("web_push")
    real = sender._once  # type: ignore[attr-defined]

    def once(endpoint: Endpoint, *more: object) -> object:
        return fail() if str(endpoint.url) == subscription.endpoint else real(endpoint, *more)

    monkeypatch.setattr(sender, "_once", once)
    with structlog.testing.capture_logs() as lines:
        outcomes = await sender.send([push(browser(subscription)), push(browser(other))])
    assert [outcome.reason for outcome in outcomes] == ["sender failed", "201 created"]
    assert [line["error"] for line in lines] == ["RuntimeError"]
    assert "canary" not in repr(lines) + caplog.text
