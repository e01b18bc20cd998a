"""What can keep the local run from starting, and what a person is told then."""

import asyncio
import importlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from local import binaries, databases, folder
from local.binaries import MissingBinaryError
from local.children import Child, describe_end
from local.cli import app
from local.folder import AlreadyRunningError, Folder
from local.keys import Issuer
from local.parts import Plan
from local.ports import Ports, PortTakenError
from local.ready import NotRunningError, Ready


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def conversations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command line, in this process and in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_a_taken_port_is_named_with_its_part_and_its_holder(taken: int) -> None:
    with pytest.raises(PortTakenError) as failure:
        Ports.free(gateway=taken).check(within_s=0)
    words = str(failure.value)
    assert f"port {taken} (gateway) is taken by" in words
    assert f"(process {os.getpid()})" in words
    assert "--port-base" in words


def test_free_ports_are_all_different_and_free() -> None:
    ports = Ports.free()
    assert len(set(asdict(ports).values())) == len(asdict(ports))
    ports.check(within_s=0)


def test_ports_follow_the_base() -> None:
    ports = Ports.from_base(7300, 7380)
    assert (ports.messaging, ports.unread, ports.presence, ports.notifier) == (7301, 7302, 7303, 7304)
    assert (ports.gateway, ports.mongodb, ports.valkey, ports.envoy_admin) == (7380, 7317, 7379, 7390)
    assert (ports.web, ports.fcm, ports.web_push) == (7381, 7360, 7361)
    assert ports.of("unread") == 7302
    assert ports.metrics_of("unread") == 7312


def test_up_with_a_taken_port_fails_with_status_1_and_leaves_nothing(taken: int, tmp_path: Path) -> None:
    up = [sys.executable, "-m", "local", "up", "--ephemeral", "--gateway-port", str(taken)]
    result = subprocess.run(up, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)
    assert result.returncode == 1
    assert f"port {taken} (gateway) is taken by" in result.stderr
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_second_run_in_the_same_folder_says_so(tmp_path: Path) -> None:
    with (
        folder.lasting(tmp_path / "data"),
        pytest.raises(AlreadyRunningError, match=rf"process {os.getpid()}(.|\n)*--ephemeral"),
        folder.lasting(tmp_path / "data"),
    ):
        pass
    with folder.lasting(tmp_path / "data") as again:
        assert again.kept


def test_a_folder_that_cannot_be_made_is_named(conversations: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = conversations("up", "--folder", "file")
    assert result.exit_code == 1
    assert "--folder" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_missing_program_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_inside", lambda *_: None)
    with pytest.raises(MissingBinaryError, match="mongod is missing: run `uv sync`"):
        binaries.mongod()


def test_a_missing_library_of_mongod_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    output = (
        "\tlibcurl.so.4 => not found\n\tlibssl.so.3 => not found\n\tlibcrypto.so.3 => not found\n\tlibc.so.6 => /lib"
    )
    missing = binaries.unresolved(output)
    assert missing == ("libcurl.so.4", "libssl.so.3", "libcrypto.so.3")
    assert binaries.packages(missing) == ["libcurl4", "libssl3"]
    monkeypatch.setattr(binaries, "missing_libraries", lambda _: missing)
    with pytest.raises(MissingBinaryError, match="apt-get install libcurl4 libssl3"):
        binaries.mongod()


def test_every_part_gets_exactly_the_settings_that_it_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVERSATIONS_UNKNOWN", "of another run")
    plan = Plan(Folder(tmp_path, kept=False), Ports.free(), Issuer.open(tmp_path / "keys"), tmp_path / "dist")
    plan.renew_tokens()
    for part in plan.services():
        module = importlib.import_module(f"services.{part.name}.settings")
        with monkeypatch.context() as patched:
            patched.setattr(os, "environ", dict(part.environment))
            settings = getattr(module, f"{part.name.capitalize()}Settings").read()
        assert settings.port == part.port
        assert settings.unlimited_actors == ("replay", "demo")


def _ready(pid: int) -> Ready:
    return Ready(
        **dict.fromkeys(("messaging", "presence", "unread", "notifier"), "127.0.0.1:1"),
        **dict.fromkeys(("gateway", "mongodb", "valkey", "key_file", "jwks_file", "issuer", "audience"), ""),
        **dict.fromkeys(("web", "fcm", "web_push", "stub_file"), ""),
        metrics={},
        pid=pid,
        pids={},
        folder="",
    )


def test_a_ready_file_is_read_as_it_was_written_while_its_run_lives(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "ready.json"
    _ready(os.getpid()).write(file)
    assert Ready.read(file) == _ready(os.getpid())
    assert [entry.name for entry in file.parent.iterdir()] == ["ready.json"]


def test_the_ready_file_of_a_run_that_has_ended_is_told_apart(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    _ready(ended.pid).write(tmp_path / "ready.json")
    with pytest.raises(NotRunningError, match="of a run that has ended"):
        Ready.read(tmp_path / "ready.json")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"messaging": 1}', "\x00"])
def test_what_is_no_ready_file_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "ready.json").write_text(content)
    with pytest.raises(NotRunningError, match="is not a ready file"):
        Ready.read(tmp_path / "ready.json")


@pytest.mark.parametrize(
    "arguments",
    [
        ("send", "--tenant", "t", "--user", "u", "--to", "v", "hello"),
        ("watch", "--tenant", "t", "--user", "u"),
        ("demo",),
    ],
)
def test_commands_say_that_nothing_runs(conversations: Callable[..., Result], arguments: tuple[str, ...]) -> None:
    result = conversations(*arguments)
    assert result.exit_code == 1
    assert "make up" in result.stderr
    assert "Traceback" not in result.stderr


def test_token_makes_its_keys_and_prints_just_the_token(conversations: Callable[..., Result], tmp_path: Path) -> None:
    result = conversations("token", "--tenant", "acme", "--user", "ann")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.count(".") == 2
    assert len(result.stdout.split()) == 1
    assert (tmp_path / ".local" / "keys" / "issuer.pem").exists()


@pytest.mark.parametrize(
    "arguments", [(), ("--tenant", "acme"), ("--user", "ann"), ("--tenant", "a", "--service", "s")]
)
def test_token_asks_for_a_whole_identity(conversations: Callable[..., Result], arguments: tuple[str, ...]) -> None:
    result = conversations("token", *arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "--service" in result.stderr


async def test_a_child_that_ignores_the_request_to_end_is_killed(tmp_path: Path) -> None:
    lines: list[str] = []
    stubborn = (
        "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    child = await Child.start(
        "stubborn",
        [sys.executable, "-c", stubborn],
        dict(os.environ),
        tmp_path / "logs" / "stubborn.log",
        lambda _, line: lines.append(line),
    )
    while not lines:
        await asyncio.sleep(0.01)
    assert await child.end(0.3) is False
    assert child.returncode == -9
    assert (tmp_path / "logs" / "stubborn.log").read_text() == "up\n"


async def test_a_program_that_cannot_be_started_says_so_in_its_last_words(tmp_path: Path) -> None:
    child = await Child.start("x", ["/does/not/exist"], {}, tmp_path / "x.log", lambda *_: None)
    assert await child.wait() == 1
    assert list(child.last) == ["/does/not/exist cannot be started: No such file or directory"]


def test_an_end_is_described_in_words() -> None:
    assert describe_end(2) == "ended with status 2"
    assert describe_end(-9) == "was ended by SIGKILL"


def test_a_database_that_ends_instead_of_getting_ready_is_named() -> None:
    ended = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    ended.wait()
    with pytest.raises(databases.NotReadyError, match="valkey ended with status 3"):
        databases.wait_for_port(ended, "valkey", databases.free_port(), 5)
