"""The fake push services as one process."""

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from local.push.fcm import PROJECT, fake_fcm
from local.push.webpush import fake_webpush
from services.notifier.senders.webpush.vapid import new_pair

SUBJECT = "mailto:operator@example.com"
"""By whom push services would be told to reach the operator."""


def settings(folder: Path, fcm_port: int, web_push_port: int) -> dict[str, str]:
    """The settings of the notifier, without their prefix, that point it at this process; makes the VAPID key."""
    return {
        "FCM_PROJECT": PROJECT,
        "FCM_URL": f"http://127.0.0.1:{fcm_port}",
        "FCM_CREDENTIALS_FILE": str(folder / "fcm-credentials.json"),
        "WEB_PUSH_LOCAL": json.dumps([f"127.0.0.1:{web_push_port}"]),
        "WEB_PUSH_LOCAL_CA_FILE": str(folder / "ca.pem"),
        "VAPID_PRIVATE_KEY_FILE": str(_vapid_key(folder)),
        "VAPID_SUBJECT": SUBJECT,
    }


def _vapid_key(folder: Path) -> Path:
    path = folder / "vapid-private-key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(new_pair()[0])
    return path


async def run(folder: Path, fcm_port: int, web_push_port: int) -> None:
    """Runs both until SIGTERM or SIGINT; prints a line of JSON once they work."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    folder.mkdir(parents=True, exist_ok=True)
    async with fake_fcm(folder, fcm_port) as fcm, fake_webpush(folder, web_push_port) as web:
        ready = {
            "ready": True,
            "settings": {
                f"CONVERSATIONS_{name}": value for name, value in settings(folder, fcm.port, web.port).items()
            },
            "fcm": fcm.address,
            "web_push": web.origin,
        }
        print(json.dumps(ready), flush=True)
        await stop.wait()


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="local.push", description="Fake FCM and Web Push services on 127.0.0.1.")
    parser.add_argument("--folder", type=Path, required=True, help="where keys are, and what the devices show")
    parser.add_argument("--fcm-port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--web-push-port", type=int, default=0, help="0 takes a free one")
    options = parser.parse_args()
    try:
        asyncio.run(run(options.folder, options.fcm_port, options.web_push_port))
    except OSError as error:
        sys.stderr.write(f"local.push: {error.strerror or error}\n")
        sys.exit(1)
