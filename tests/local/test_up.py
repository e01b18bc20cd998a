"""`conversations up` as a person runs it: a process with a terminal, a ready file and signals."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import grpc
import pytest
from conversations.messaging.v1 import messaging_pb2
from grpc_health.v1 import health_pb2

from local.keys import Issuer
from local.parts import SERVICES
from local.ready import Ready
from tests.local.runs import END_S, Up, conversations, free_base, gone, run, started, wait_until

PAGE = "<!doctype html><title>Northgate</title>"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    folder = tmp_path_factory.mktemp("up")
    (folder / "dist").mkdir()
    (folder / "dist" / "index.html").write_text(PAGE)
    with started(folder, "--ephemeral", "--application", str(folder / "dist")) as running:
        running.wait()
        yield running


@pytest.fixture(scope="module")
def ready(up: Up) -> Ready:
    return Ready.read(up.ready_file)


@pytest.mark.timeout(180)
async def test_all_four_services_are_healthy_once_the_ready_file_is_there(ready: Ready) -> None:
    for name in SERVICES:
        async with grpc.aio.insecure_channel(getattr(ready, name)) as channel:
            check = channel.unary_unary(
                "/grpc.health.v1.Health/Check",
                request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
                response_deserializer=health_pb2.HealthCheckResponse.FromString,
            )
            answer = await check(health_pb2.HealthCheckRequest(), timeout=5)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING, name


def test_the_ready_file_names_every_part_with_absolute_paths(ready: Ready, up: Up) -> None:
    assert set(ready.pids) == {*SERVICES, "mongodb", "valkey", "gateway", "push", "web"}
    assert ready.pid == up.process.pid
    for path in (ready.key_file, ready.jwks_file, ready.folder):
        assert Path(path).is_absolute()
        assert Path(path).exists()
    assert ready.mongodb.startswith("mongodb://")
    assert ready.valkey.startswith("redis://")


def get(address: str) -> "tuple[int, str]":
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    try:
        connection.request("GET", address.removeprefix(f"http://{urlsplit(address).netloc}"))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_the_greeting_begins_with_the_link_to_the_application(ready: Ready, up: Up) -> None:
    link = f"{ready.web}/?as=dana"
    wait_until(lambda: "Ctrl-C ends everything" in up.output.read_text(), 5, "there was no greeting")
    greeting = [line.strip() for line in up.output.read_text().splitlines() if "│" not in line and line.strip()]
    assert greeting[0] == f"Open  {link}"
    assert get(link) == (200, PAGE)


def test_the_application_is_told_the_gateway_and_the_gateway_takes_its_token(ready: Ready) -> None:
    config = json.loads(get(f"{ready.web}/host/config.json")[1])
    assert config["gateway"]["messaging"] == ready.gateway
    status, token = get(f"{ready.web}/host/token?person=dana")
    assert status == 200
    request = messaging_pb2.ListConversationsRequest().SerializeToString()
    rpc = "/conversations.messaging.v1.MessagingService/ListConversations"
    assert grpc_web(ready, rpc, request, token)[::2] == (200, "0")


def test_the_gateway_lets_the_applications_page_call_every_service(ready: Ready) -> None:
    config = json.loads(get(f"{ready.web}/host/config.json")[1])
    for service, address in config["gateway"].items():
        # The names below localhost are the browser's business; the gateway takes any.
        connection = http.client.HTTPConnection(urlsplit(ready.gateway).netloc, timeout=10)
        headers = {"origin": ready.web, "access-control-request-method": "POST", "host": urlsplit(address).netloc}
        connection.request("OPTIONS", f"/conversations.{service}.v1.Any/Rpc", headers=headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        assert answer.getheader("access-control-allow-origin") == ready.web, service


def grpc_web(ready: Ready, rpc: str, request: bytes, token: str | None) -> "tuple[int, bytes, str]":
    """A gRPC-Web unary call by hand: one length-prefixed message there; message and trailers back."""
    headers = {"content-type": "application/grpc-web+proto", "x-grpc-web": "1", "origin": "http://localhost:5173"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    connection = http.client.HTTPConnection(urlsplit(ready.gateway).netloc, timeout=10)
    try:
        connection.request("POST", rpc, b"\x00" + len(request).to_bytes(4, "big") + request, headers)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    message, trailers = b"", answer.getheader("grpc-status") or ""
    while body:
        kind, size = body[0], int.from_bytes(body[1:5], "big")
        part, body = body[5 : 5 + size], body[5 + size :]
        if kind & 0x80:
            found = re.search(rb"grpc-status:\s*(\d+)", part)
            trailers = found[1].decode() if found else "missing"
        else:
            message = part
    return answer.status, message, trailers


CREATE = "/conversations.messaging.v1.MessagingService/CreateDirectConversation"


def test_a_browser_calls_through_the_gateway_by_grpc_web(ready: Ready) -> None:
    token = Issuer.read(Path(ready.key_file)).person("acme", "ann")
    request = messaging_pb2.CreateDirectConversationRequest(person="bob").SerializeToString()
    status, message, trailers = grpc_web(ready, CREATE, request, token)
    assert (status, trailers) == (200, "0")
    created = messaging_pb2.CreateDirectConversationResponse.FromString(message)
    assert list(created.conversation.members) == ["ann", "bob"]


def test_the_gateway_refuses_a_bad_token_and_a_missing_one(ready: Ready) -> None:
    assert grpc_web(ready, CREATE, b"", "nonsense")[0] == 401
    unauthenticated = str(grpc.StatusCode.UNAUTHENTICATED.value[0])
    assert grpc_web(ready, CREATE, b"", None)[2] == unauthenticated


def test_the_gateway_hides_what_is_between_services(ready: Ready) -> None:
    token = Issuer.read(Path(ready.key_file)).service("unread")
    for rpc in ("conversations.messaging.v1.MessagingService/ListHeads", "grpc.health.v1.Health/Check"):
        assert grpc_web(ready, f"/{rpc}", b"", token)[0] == 404


@pytest.mark.parametrize(("origin", "allowed"), [("http://localhost:5173", True), ("https://elsewhere.example", False)])
def test_only_pages_of_this_machine_may_call_the_local_gateway(ready: Ready, origin: str, allowed: bool) -> None:
    connection = http.client.HTTPConnection(urlsplit(ready.gateway).netloc, timeout=10)
    connection.request(
        "OPTIONS",
        CREATE,
        headers={"origin": origin, "access-control-request-method": "POST"},
    )
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 200  # by the gateway itself, whatever the origin
    assert (answer.getheader("access-control-allow-origin") == origin) is allowed


@pytest.mark.timeout(180)
def test_what_is_sent_by_the_command_line_moves_the_watchers_badge_and_shows_a_banner(up: Up, tmp_path: Path) -> None:
    against = ("--against", str(up.ready_file))
    output = tmp_path / "watch.txt"
    with output.open("wb") as file:
        watch = subprocess.Popen(
            conversations("watch", "--tenant", "site", "--user", "dana", "--for", "60", *against),
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: "# attached" in output.read_text(), 30, "the watch did not attach")
        sent = run("send", "--tenant", "site", "--user", "marco", "--to", "dana", "Are you on site?", *against)
        assert sent.returncode == 0, sent.stderr
        conversation = sent.stdout.split()[-1]
        expected = (
            "total 1",
            f"unread 1 {conversation} marco",
            f"banner {conversation}:1 marco: Are you on site?",
        )
        wait_until(
            lambda: set(expected) <= set(output.read_text().splitlines()),
            20,
            f"not all of {expected} in {output.read_text()}",
        )
    finally:
        watch.send_signal(signal.SIGINT)
        watch.wait(timeout=20)
    assert watch.returncode == 0


@contextlib.contextmanager
def watching(output: Path, *arguments: str) -> Iterator[Callable[[], list[str]]]:
    """A watch beside the test; gives what it has printed so far, line by line."""
    with output.open("wb") as file:
        watch = subprocess.Popen(conversations("watch", *arguments), stdout=file, stderr=subprocess.STDOUT)
    try:
        yield lambda: output.read_text().splitlines()
    finally:
        watch.send_signal(signal.SIGINT)
        watch.wait(timeout=20)


@pytest.mark.timeout(180)
def test_a_message_lies_in_the_phones_tray_until_it_is_read_and_can_be_explained(up: Up, tmp_path: Path) -> None:
    against = ("--against", str(up.ready_file))
    who = ("--tenant", "site", "--user", "ruth")
    with watching(tmp_path / "phone.txt", *who, "--phone", *against) as phone:
        wait_until(lambda: "# ruth@site has no browser open, and carries a phone" in phone(), 30, "no watch")
        sent = run("send", "--tenant", "site", "--user", "ben", "--to", "ruth", "The walk is at ten.", *against)
        assert sent.returncode == 0, sent.stderr
        conversation = sent.stdout.split()[-1]
        shown = {f"phone {conversation}:1 ben: The walk is at ten.", "total 1"}
        wait_until(lambda: shown <= set(phone()), 20, f"not all of {shown}")

        for operator in ((), ("--operator",)):
            explained = run("explain", *who, conversation, "1", *operator, *against)
            assert explained.returncode == 0, explained.stderr
            lines = explained.stdout.splitlines()
            assert lines[0] == f"message 1 of {conversation}, for ruth"
            assert lines[1].endswith("push, because away"), lines
            assert any(line.startswith("  row 6: ") and line.endswith(": yes") for line in lines), lines
            assert any(line.startswith("show on phone: sent") for line in lines), lines
            assert any("the push service answered 200" in line for line in lines), lines

        with watching(tmp_path / "desk.txt", *who, "--open", conversation, *against):
            cleared = {f"phone gone {conversation}:1", "total 0"}
            wait_until(lambda: cleared <= set(phone()), 30, f"not all of {cleared}")


def test_nobody_is_told_of_an_alert_that_is_not_theirs(up: Up) -> None:
    against = ("--against", str(up.ready_file))
    sent = run("send", "--tenant", "site", "--user", "ben", "--to", "marco", "Only for you.", *against)
    stranger = run("explain", "--tenant", "site", "--user", "ruth", sent.stdout.split()[-1], "1", *against)
    assert stranger.returncode == 1
    assert stranger.stderr.startswith("NOT_FOUND: ")


def test_a_phone_alone_has_no_tab_that_could_be_away(up: Up) -> None:
    refused = run("watch", "--tenant", "site", "--user", "ruth", "--phone", "--away", "--against", str(up.ready_file))
    assert refused.returncode == 1
    assert "--phone is without a tab" in refused.stderr


@pytest.mark.timeout(180)
def test_the_demo_talks_and_the_person_to_watch_gets_badges(up: Up, tmp_path: Path) -> None:
    against = ("--against", str(up.ready_file))
    demo = run("demo", "--for", "6", "--pace", "0.1", "--seed", "1", *against)
    assert demo.returncode == 0, demo.stderr
    assert "--user dana" in demo.stdout
    dana = ("--tenant", "northgate", "--user", "dana")
    with watching(tmp_path / "watch.txt", *dana, *against) as lines:
        wait_until(lambda: any(re.fullmatch("total [1-9][0-9]*", line) for line in lines()), 30, "no badges")


def test_a_watch_ends_by_itself_when_its_time_is_over(up: Up) -> None:
    watch = run("watch", "--tenant", "northgate", "--user", "dana", "--for", "0.5", "--against", str(up.ready_file))
    assert watch.returncode == 0, watch.stderr


def test_a_failed_call_of_a_command_is_one_clear_line_and_status_1(up: Up) -> None:
    nowhere = "g_" + "a" * 26
    sent = run(
        *("send", "--tenant", "site", "--user", "marco", "--conversation", nowhere, "Hello"),
        *("--against", str(up.ready_file)),
    )
    assert sent.returncode == 1
    assert sent.stderr == "NOT_FOUND: conversation not found\n"


def test_ctrl_c_ends_everything_with_status_0_and_an_ephemeral_run_keeps_nothing(up: Up) -> None:
    ready = up.wait()
    assert up.end() == 0, up.output.read_text()
    assert all(gone(pid) for pid in ready.pids.values())
    assert not Path(ready.folder).exists()
    assert not up.ready_file.exists()


@pytest.mark.timeout(300)
def test_data_survives_a_restart_even_on_other_ports(tmp_path: Path) -> None:
    data = ("--folder", str(tmp_path / "data"))
    against = ("--against", str(tmp_path / "data" / "ready.json"))
    base = free_base()
    with started(tmp_path, *data, "--port-base", str(base), "--application", str(tmp_path / "none")) as up:
        ready = up.wait()
        assert ready.folder == data[1]
        assert ready.web == ""
        assert "web" not in ready.pids
        wait_until(lambda: "The web application is not built" in up.output.read_text(), 5, "it was not said")
        assert "make web-build" in up.output.read_text()
        sent = run("send", "--tenant", "site", "--user", "marco", "--to", "dana", "Are you on site?", *against)
        assert sent.returncode == 0, sent.stderr
        second = run("up", *data)
        assert second.returncode == 1
        assert f"Already running in {data[1]} (process {up.process.pid})" in second.stderr
        assert up.end(signal.SIGTERM) == 0, up.output.read_text()
    assert all(gone(pid) for pid in ready.pids.values())
    with started(tmp_path, *data, "--port-base", str(free_base(above=base))) as up:
        assert up.wait().mongodb != ready.mongodb
        with watching(tmp_path / "watch.txt", "--tenant", "site", "--user", "dana", *against) as lines:
            wait_until(lambda: "total 1" in lines(), 30, "the message is lost")
        assert up.end() == 0, up.output.read_text()


@pytest.mark.timeout(240)
def test_a_service_that_dies_ends_everything_and_is_named(tmp_path: Path) -> None:
    with started(tmp_path) as up:
        ready = up.wait()
        os.kill(ready.pids["presence"], signal.SIGKILL)
        assert up.process.wait(timeout=END_S) == 1
        assert "presence was ended by SIGKILL, although it is needed" in up.output.read_text()
    assert all(gone(pid) for pid in ready.pids.values())


@pytest.mark.timeout(240)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a process of its parent's death")
def test_no_part_outlives_a_run_that_is_killed(tmp_path: Path) -> None:
    with started(tmp_path) as up:
        ready = up.wait()
        up.process.kill()
        up.process.wait(timeout=END_S)
        wait_until(lambda: all(gone(pid) for pid in ready.pids.values()), 20, "a part outlived its run")
