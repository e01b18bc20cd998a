"""Texts, push targets and tokens go their whole way, also through failures, and are told to nobody on the side."""

import secrets
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from conversations.messaging.v1 import messaging_pb2 as m
from conversations.notifier.v1 import notifier_pb2 as n
from google.protobuf.message import Message

from tests.conftest import eventually
from tests.harness import Metadata, as_person
from tests.suite.hostile.fields import STAND_IN, SURROGATE
from tests.suite.hostile.rpcs import RPCS, Outcome
from tests.suite.hostile.stage import MISSING, Stage
from tests.tokens import BAD_TOKENS

BY_NAME = {str(rpc): rpc for rpc in RPCS}


class Canaries:
    """What must not be told, and every answer in which it might have been."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.text = f"canary-text-{secrets.token_hex(8)}"
        self.target = f"canary-target-{secrets.token_hex(8)}"
        self.tokens: set[str] = set()
        self.outcomes: list[Outcome] = []

    async def call(self, rpc: str, request: Message | bytes, metadata: Metadata) -> Outcome:
        self.tokens |= {value.removeprefix("Bearer ") for _, value in metadata}
        outcome = await self.stage.call(BY_NAME[rpc], request, metadata)
        self.outcomes.append(outcome)
        return outcome

    def secrets(self) -> set[str]:
        """All of them; of a token each part by itself that is long enough to be told from anything else."""
        folder = self.stage.suite.issuer.folder
        tokens = self.tokens | {file.read_text().strip() for file in folder.glob("*.jwt")}
        parts = {part for token in tokens for part in token.split(".")[1:] if len(part) > 20}
        key = (folder / "issuer.pem").read_text().splitlines()[1]
        return {self.text, self.target, key, *parts}

    def told(self, where: str) -> set[str]:
        return {secret for secret in self.secrets() if secret in where}


@asynccontextmanager
async def refusing(stage: Stage, service: str, collection: str, field: str, word: str) -> AsyncIterator[None]:
    """The database takes no document with that word, and quotes it in its refusal."""
    database = stage.databases[service]
    await database.command("collMod", collection, validator={field: {"$not": {"$regex": word}}})
    try:
        yield
    finally:
        await database.command("collMod", collection, validator={})


def metrics_of(port: int) -> str:
    # No proxy of the environment stands before loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return str(answer.read().decode())


async def test_texts_targets_and_tokens_reach_no_log_no_metric_and_no_error(
    stage: Stage, metrics_ports: dict[str, int]
) -> None:
    canaries, suite = Canaries(stage), stage.suite
    ann, bob, eve = (as_person(suite.issuer, person) for person in ("ann", "bob", "eve"))

    def message(key: str, text: str, conversation: str = stage.conversation) -> m.SendMessageRequest:
        return m.SendMessageRequest(conversation=conversation, client_key=key, text=text)

    def device(target: str, name: str = "phone") -> n.RegisterDeviceRequest:
        return n.RegisterDeviceRequest(device=name, transport=n.TRANSPORT_STUB, target=target)

    def browser(endpoint: str) -> n.RegisterDeviceRequest:
        keys = {"p256dh": "B" + "A" * 86, "auth": "A" * 22}
        return n.RegisterDeviceRequest(
            device="browser",
            transport=n.TRANSPORT_WEB_PUSH,
            web_push=n.WebPushSubscription(endpoint=endpoint, **keys),
        )

    # The whole road: to bob's phone, and to ann's screen.
    assert (await canaries.call("notifier.RegisterDevice", device(canaries.target), bob)).code == "OK"
    assert (await canaries.call("messaging.SendMessage", message("c-1", canaries.text), ann)).code == "OK"
    await eventually(lambda: canaries.text in suite.stub_file.read_text())
    assert canaries.target in suite.stub_file.read_text()

    # Refusals that had the secret in their hands.
    for code, rpc, request, who in (
        ("ALREADY_EXISTS", "messaging.SendMessage", message("c-1", f"{canaries.text} again"), ann),
        ("INVALID_ARGUMENT", "messaging.SendMessage", message("c-2", canaries.text * 3_000), ann),
        ("INVALID_ARGUMENT", "messaging.SendMessage", message(f"key {canaries.text}", "Noon"), ann),
        ("INVALID_ARGUMENT", "messaging.SendMessage", broken(message("c-3", canaries.text + STAND_IN)), ann),
        ("INVALID_ARGUMENT", "messaging.SendMessage", message("c-4", "Noon", canaries.text), ann),
        ("NOT_FOUND", "messaging.SendMessage", message("c-5", canaries.text, MISSING), ann),
        ("INVALID_ARGUMENT", "notifier.RegisterDevice", device(f"{canaries.target} "), bob),
        ("INVALID_ARGUMENT", "notifier.RegisterDevice", device(canaries.target * 300), bob),
        ("INVALID_ARGUMENT", "notifier.RegisterDevice", browser(f"https://evil.example/{canaries.target}"), bob),
        ("INVALID_ARGUMENT", "notifier.RegisterDevice", browser(f"https://fcm.googleapis.com/{canaries.target}"), bob),
        ("OK", "notifier.RegisterDevice", device(canaries.target, "phone-of-eve"), eve),
    ):
        assert (await canaries.call(rpc, request, who)).code == code, request

    # Callers whom nobody knows.
    for rpc in ("messaging.SendMessage", "notifier.RegisterDevice", "unread.GetBadges", "presence.ReportTabs"):
        for make in BAD_TOKENS.values():
            bad = (("authorization", f"Bearer {make(suite.issuer)}"),)
            assert (await canaries.call(rpc, stage.valid(BY_NAME[rpc]), bad)).code == "UNAUTHENTICATED"

    # Failures within, whose own words quote the document.
    async with refusing(stage, "messaging", "log", "text", canaries.text):
        refused = await canaries.call("messaging.SendMessage", message("c-6", canaries.text), ann)
        assert refused.code == "INVALID_ARGUMENT"
    async with refusing(stage, "notifier", "devices", "target", canaries.target):
        failed = await canaries.call("notifier.RegisterDevice", device(canaries.target), bob)
        assert failed.code == "INTERNAL"
    known = len(suite.processes["notifier"].log.read_text())
    async with refusing(stage, "notifier", "alerts", "text", canaries.text):
        sent = await canaries.call("messaging.SendMessage", message("c-7", canaries.text), ann)
        await eventually(lambda: "BulkWriteError" in suite.processes["notifier"].log.read_text()[known:])
    number = m.SendMessageResponse.FromString(sent.answers[0]).number

    async def decided() -> bool:
        return number in {alert.number for alert in await suite.alerts(stage.conversation)}

    # What could not be decided then is decided now.
    await eventually(decided)
    await stage.quiet()

    assert len(canaries.secrets()) > 30
    for outcome in canaries.outcomes:
        assert canaries.told(f"{outcome.details} {outcome.trailing}") == set()
    for name, process in suite.processes.items():
        assert canaries.told(process.log.read_text()) == set(), name
        metrics = metrics_of(metrics_ports[name])
        assert "rpc_calls_total{" in metrics
        assert canaries.told(metrics) == set(), name
    # The failure within was written down, under the name that its caller was told.
    assert failed.details.split()[-1] in suite.processes["notifier"].log.read_text()


def broken(request: Message) -> bytes:
    """Bytes that are not Unicode where the stand-in was."""
    raw: Any = request.SerializeToString()
    return bytes(raw.replace(STAND_IN.encode(), SURROGATE))
