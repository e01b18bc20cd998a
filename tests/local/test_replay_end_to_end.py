"""The main job on a small chat, against real services that the replay's own code starts and ends."""

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from local.ready import Ready
from local.replay.stack import stack

pytestmark = pytest.mark.timeout(300)

ROOMS, PEOPLE, MESSAGES = 3, 40, 60


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three rooms, forty people, sixty messages, and one without text."""
    rng = random.Random(7)
    people = [f"person {number} [{number % 3}]" for number in range(PEOPLE)]
    lines = [
        {
            "room": f"room {rng.randrange(ROOMS)}",
            "time": "09:14",
            "sender": people[number % PEOPLE],
            "text": f"{rng.choice(('Is the slab poured?', 'Ja – heute früh', 'see RFI 12 🏗'))} ({number})",
        }
        for number in range(MESSAGES)
    ]
    lines.insert(30, {"room": "room 0", "time": "09:14", "sender": people[0], "text": ""})
    path = tmp_path_factory.mktemp("chat") / "chat.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture(scope="module")
def ready() -> Iterator[Ready]:
    with stack(None) as running:
        processes = [psutil.Process(pid) for pid in running.pids.values()]
        yield running
    assert not any(process.is_running() for process in processes), "the suite must end with the replay"


@pytest.fixture(scope="module")
def ready_file(ready: Ready, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ready") / "ready.json"
    ready.write(path)
    return path


def replay(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "local", "replay", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)


def result_of(run: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    content: dict[str, Any] = json.loads(run.stdout)
    return content


def test_a_chat_goes_through_the_whole_suite_and_all_is_proven_right(chat: Path, ready_file: Path) -> None:
    run = replay(chat, "--against", ready_file, "--json")
    assert run.returncode == 0, run.stdout + run.stderr
    result = result_of(run)
    assert result["ok"] is True
    assert (result["rooms"], result["people"], result["messages"]) == (ROOMS, PEOPLE, MESSAGES)
    assert (result["attached"], result["devices"]) == (4, 4)
    assert (result["failures"], result["skipped_empty"]) == (0, 1)
    assert len(result["checks"]) == 9
    assert all(check["ok"] and not check["wrong"] and not check["differences"] for check in result["checks"])
    compared = {check["name"]: check["compared"] for check in result["checks"]}
    assert compared["every log is complete and in order"] == MESSAGES
    assert compared["decisions, deliveries and what the push service got agree"] == result["pushes"] > 0
    assert compared["every banner was decided, and came once"] == result["banners"] > 0
    assert sum(result["surfaces"].values()) == compared["one decision for every message and other member"] > MESSAGES
    assert result["send_ms"]["count"] == MESSAGES
    assert 0 < result["send_ms"]["p50"] <= result["send_ms"]["p99"]
    assert 0 < result["badge_ms"]["p50"] <= result["badge_ms"]["p99"]
    assert {"messaging", "unread", "presence", "notifier", "mongodb", "replay"} <= result["cpu_s"].keys()


def test_the_table_tells_the_same_to_people(chat: Path, ready_file: Path) -> None:
    run = replay(chat, "--against", ready_file, "--rooms", "2", "--limit", "6", "--rate", "100")
    assert run.returncode == 0, run.stdout + run.stderr
    for words in ("messages/s", "send latency p50, p99", "send to badge p50, p99", "CPU seconds", "✓"):
        assert words in run.stdout
    assert "✗" not in run.stdout


def test_edits_deletes_moves_and_mutes_leave_every_number_right(ready_file: Path, tmp_path: Path) -> None:
    rng = random.Random(3)
    people = [f"person {number}" for number in range(30)]
    lines = [
        {"room": f"room {number % ROOMS}", "sender": rng.choice(people), "text": f"Level {number} is poured."}
        for number in range(300)
    ]
    busy = tmp_path / "busy.jsonl"
    busy.write_text("".join(json.dumps(line) + "\n" for line in lines))
    run = replay(busy, "--churn", "--seed", "2", "--against", ready_file, "--patience", "30", "--json")
    assert run.returncode == 0, run.stdout + run.stderr
    result = result_of(run)
    assert len(result["checks"]) == 10
    assert all(check["ok"] and not check["wrong"] for check in result["checks"])
    assert (result["messages"], result["seed"]) == (300, 2)
    kinds = {"edits", "deletes", "joins", "leaves", "removals", "reads", "marked unread", "mutes"}
    assert result["changes"].keys() == kinds
    compared = {check["name"]: check["compared"] for check in result["checks"]}
    assert compared["every edit, delete, join, leave, read and mute was taken"] == sum(result["changes"].values())
    assert compared["badges of everybody equal the recount"] > len(people)
    again = replay(busy, "--churn", "--seed", "2", "--limit", "60", "--against", ready_file, "--patience", "30")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "changes (seed 2)" in again.stdout


def test_what_large_groups_cost_a_send_is_measured_and_their_badges_are_right(chat: Path) -> None:
    run = replay(chat, "--scale-members", "60", "--json")
    assert run.returncode == 0, run.stdout + run.stderr
    result = result_of(run)
    assert (result["members"], result["few"], result["rooms"]) == (60, 20, ROOMS)
    assert len(result["ratios"]) == len(result["many_per_s"]) == len(result["few_per_s"]) == 15
    assert result["ratio"] == sorted(result["ratios"])[7]
    assert result["met"] is (result["ratio"] >= result["target"])
    checks = {check["name"]: check for check in result["checks"]}
    assert checks["every message was taken"]["compared"] == 2 * result["messages"] > 0
    assert checks["badges of a sample of people equal the recount"]["compared"] > 160
    assert not any(check["wrong"] for check in checks.values())


def test_what_does_not_go_together_is_told(chat: Path, ready_file: Path) -> None:
    for other in (("--churn",), ("--against", ready_file)):
        run = replay(chat, "--scale-members", "60", *other)
        assert run.returncode == 2
        assert "takes no --against, no --churn" in run.stderr


def test_a_difference_is_told_and_the_status_is_1(chat: Path, ready: Ready, tmp_path: Path) -> None:
    # A stub file that holds nothing looks like pushes that were recorded as sent and never left.
    spoiled = tmp_path / "ready.json"
    replace(ready, stub_file=str(tmp_path / "nothing")).write(spoiled)
    run = replay(chat, "--against", spoiled, "--limit", "12", "--patience", "2", "--json")
    assert run.returncode == 1, run.stdout + run.stderr
    result = result_of(run)
    assert result["ok"] is False
    wrong = [check for check in result["checks"] if not check["ok"]]
    assert [check["name"] for check in wrong] == ["decisions, deliveries and what the push service got agree"]
    assert "sent, and not written by the stub" in wrong[0]["differences"][0]
    # Those of a burst left as one.
    assert 0 < wrong[0]["wrong"] <= result["pushes"]


def test_bad_input_is_told_before_anything_is_started(tmp_path: Path) -> None:
    chat = tmp_path / "chat.jsonl"
    chat.write_text('{"room": "one", "sender": "ann"}\n')
    run = replay(chat)
    assert run.returncode == 2
    assert "line 1: `text`" in run.stderr
    assert not run.stdout


def test_a_run_that_is_not_there_is_told(chat: Path, tmp_path: Path) -> None:
    run = replay(chat, "--against", tmp_path / "missing.json")
    assert run.returncode == 2
    assert "Nothing runs here" in run.stderr


def test_a_replay_that_is_ended_ends_its_suite(chat: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "local", "replay", str(chat), "--rate", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    end = time.monotonic() + 60
    while len(children := psutil.Process(process.pid).children(recursive=True)) < 3:
        assert time.monotonic() < end, "nothing was started"
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive
