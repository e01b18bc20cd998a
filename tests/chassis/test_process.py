import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local import databases
from local.keys import ISSUER, Issuer

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment(issuer: Issuer) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONVERSATIONS_")}
    return kept | {
        "CONVERSATIONS_PORT": "0",
        "CONVERSATIONS_JWKS": str(issuer.jwks_file),
        "CONVERSATIONS_ISSUER": ISSUER,
        "CONVERSATIONS_DRAIN_S": "1",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'protos'}",
    }


@contextmanager
def start(environment: dict[str, str]) -> "Iterator[subprocess.Popen[str]]":
    command = [sys.executable, "-m", "services.messaging"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_wrong_settings_end_with_2_and_one_line(environment: dict[str, str]) -> None:
    with start(
        environment | {"CONVERSATIONS_MONGODB_URI": "mongodb://127.0.0.1", "CONVERSATIONS_TYPO": "1"}
    ) as process:
        _, words = process.communicate(timeout=30)
    assert (process.returncode, words) == (2, "messaging: unknown settings: CONVERSATIONS_TYPO\n")


def test_a_store_that_cannot_be_reached_ends_with_1_and_one_line_without_its_password(
    environment: dict[str, str],
) -> None:
    uri = f"mongodb://user:canary-word@127.0.0.1:{databases.free_port()}/?replicaSet=rs0"
    with start(environment | {"CONVERSATIONS_MONGODB_URI": uri}) as process:
        _, words = process.communicate(timeout=60)
    assert process.returncode == 1
    (last,) = [line for line in words.splitlines() if not line.startswith("{")]
    assert last.startswith("messaging: a store cannot be reached: ServerSelectionTimeoutError")
    assert "canary-word" not in words


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(environment: dict[str, str], mongo_uri: str, number: signal.Signals) -> None:
    database = f"test_process_{number.name.lower()}"
    with start(
        environment | {"CONVERSATIONS_MONGODB_URI": mongo_uri, "CONVERSATIONS_MONGODB_DATABASE": database}
    ) as process:
        assert process.stderr is not None
        while "listening" not in (line := process.stderr.readline()):
            assert line, "it ended before it listened"
        process.send_signal(number)
        begun = time.monotonic()
        _, words = process.communicate(timeout=30)
    assert process.returncode == 0, words
    assert '"event": "ended"' in words
    assert "Traceback" not in words
    assert time.monotonic() - begun < 10


UNFINISHED = """
import dataclasses
from services.chassis.server import main
from services.messaging.app import build
from services.messaging.settings import MessagingSettings

async def unfinished(settings, foundation):
    return dataclasses.replace(await build(settings, foundation), handlers=object())

main("messaging", MessagingSettings, unfinished)
"""


def test_a_service_that_lacks_a_handler_ends_with_1_and_says_so(environment: dict[str, str], mongo_uri: str) -> None:
    uri = {"CONVERSATIONS_MONGODB_URI": mongo_uri, "CONVERSATIONS_MONGODB_DATABASE": "test_unfinished"}
    ended = subprocess.run(
        [sys.executable, "-c", UNFINISHED],
        env=environment | uri,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    lacking = "conversations.messaging.v1.MessagingService.CreateDirectConversation has no handler"
    assert ended.stderr.splitlines()[-1] == f"messaging: cannot start: TypeError: {lacking}"
