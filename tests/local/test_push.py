"""The fake push services as a process of their own, and the command that makes web push keys."""

import asyncio
import json
import sys
from contextlib import closing
from pathlib import Path

from typer.testing import CliRunner

from local.cli import app
from local.push.process import settings
from local.push.tray import Devices
from services.chassis.clock import system_clock
from services.notifier.senders.webpush.vapid import Vapid
from services.notifier.settings import NotifierSettings


async def test_they_say_when_they_work_and_where_the_notifier_finds_them(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local.push", "--folder", str(tmp_path / "push")]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        ready = json.loads(await asyncio.wait_for(process.stdout.readline(), 60))
        ports = [int(ready[name].rpartition(":")[2]) for name in ("fcm", "web_push")]
        known = {f"CONVERSATIONS_{name}": value for name, value in settings(tmp_path / "push", *ports).items()}
        assert ready == {**ready, "ready": True, "settings": known}
        names = {f"CONVERSATIONS_{name}".upper() for name in NotifierSettings.model_fields}
        assert set(known) <= names
        for name, value in known.items():
            if name.endswith("_FILE"):
                assert Path(value).is_file()
        key = Path(known["CONVERSATIONS_VAPID_PRIVATE_KEY_FILE"])
        assert key.stat().st_mode & 0o777 == 0o600
        assert Vapid(key.read_text(), known["CONVERSATIONS_VAPID_SUBJECT"], system_clock).public_key
    finally:
        process.terminate()
        status = await asyncio.wait_for(process.wait(), 20)
    assert status == 0


PUSH = {
    "act": "SHOW",
    "tag": "c:1",
    "conversation": "c",
    "number": 1,
    "title": "marco",
    "text": "Hello",
    "author": "marco",
    "badge": 4,
    "count": 1,
    "at_ms": 1,
    "clear_up_to": 0,
}


def test_phones_still_show_what_they_showed_before_the_push_service_was_restarted(tmp_path: Path) -> None:
    file = tmp_path / "fcm.ndjson"
    with closing(Devices(file, "fcm")) as before:
        before.push("dana", PUSH)
        before.push("dana", {**PUSH, "tag": "c:2", "number": 2, "badge": None})
        before.push("marco", {**PUSH, "badge": 1})
        before.push("marco", {**PUSH, "act": "CLEAR", "clear_up_to": 1, "badge": 0})
        shown = before.state("dana")
    with file.open("a") as half:
        half.write('{"transport":"fcm","target":"dana","tr')
    for _ in range(2):
        with closing(Devices(file, "fcm")) as after:
            assert after.state("dana") == shown
            assert [one["tag"] for one in shown["tray"]] == ["c:1", "c:2"]
            assert after.state("marco") == {"known": True, "badge": 0, "tray": []}
            assert after.state("olga") == {"known": False, "badge": None, "tray": []}
        assert len(file.read_text().splitlines()) == 2


def test_the_command_makes_keys_that_the_notifier_takes() -> None:
    result = CliRunner().invoke(app, ["vapid-keys", "--subject", "https://example.com"])
    assert result.exit_code == 0
    comment, *lines = result.stdout.splitlines()
    made = dict(line.split("=", 1) for line in lines)
    vapid = Vapid(made["CONVERSATIONS_VAPID_PRIVATE_KEY"], made["CONVERSATIONS_VAPID_SUBJECT"], system_clock)
    assert comment == f"# public key: {vapid.public_key}"
    other = CliRunner().invoke(app, ["vapid-keys"])
    assert made["CONVERSATIONS_VAPID_PRIVATE_KEY"] not in other.stdout


def test_a_subject_by_which_nobody_is_reached_is_refused() -> None:
    result = CliRunner().invoke(app, ["vapid-keys", "--subject", "me"])
    assert result.exit_code == 1
    assert "PRIVATE" not in result.stdout
