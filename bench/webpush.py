"""B9: web pushes through the notifier's sender, against pywebpush's own to the same HTTPS server, each on one core."""

import asyncio
import base64
import itertools
import os
import ssl
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import prometheus_client
import pywebpush
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr

from bench import measure
from bench.cores import kept_to
from services.chassis.clock import system_clock
from services.notifier.facts import Kind
from services.notifier.records import Content, Device
from services.notifier.senders import Act, Outgoing, Result
from services.notifier.senders.assembly import assemble
from services.notifier.senders.limits import Limits
from services.notifier.senders.webpush.payload import payload
from services.notifier.senders.webpush.vapid import new_pair
from services.notifier.settings import NotifierSettings

AT_ONCE = 64
"""Pushes under way at once, for both."""

BROWSERS = 200
"""Different subscriptions."""

PUSHES = 2_000
"""For each run."""

SUBJECT = "mailto:bench@example.com"


async def b9(runs: int) -> measure.Result:
    """Web pushes a second."""
    with tempfile.TemporaryDirectory(prefix="conversations-bench-") as folder:
        async with sink(Path(folder)) as port:
            with kept_to(1):
                return await _measured(Path(folder), port, runs)


@asynccontextmanager
async def sink(folder: Path) -> AsyncIterator[int]:
    """The HTTPS server, on a core of its own; answers its port."""
    command = [sys.executable, "-m", "bench.sink", str(folder)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield int(await asyncio.wait_for(process.stdout.readline(), 60))
    finally:
        process.terminate()
        await process.wait()


async def _measured(folder: Path, port: int, runs: int) -> measure.Result:
    key, _ = new_pair()
    devices = [_device(number, port) for number in range(BROWSERS)]
    pushes = [_push(device, number) for number, device in zip(range(PUSHES), itertools.cycle(devices))]
    settings = NotifierSettings(
        port=0,
        jwks="-",
        issuer="-",
        mongodb_uri=SecretStr("-"),
        messaging_address="-",
        unread_address="-",
        presence_address="-",
        service_token_file="-",  # noqa: S106 - nobody reads it
        vapid_private_key=SecretStr(key),
        vapid_subject=SUBJECT,
        web_push_local=(f"127.0.0.1:{port}",),
        web_push_local_ca_file=str(folder / "ca.pem"),
    )
    made = await assemble(
        settings, prometheus_client.CollectorRegistry(), system_clock, Limits(timeout_s=30, at_once=AT_ONCE)
    )
    sender = made.by_transport["web_push"]
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context, limit=256))

    async def ours() -> float:
        started = asyncio.get_running_loop().time()
        outcomes = await sender.send(pushes)
        assert all(outcome.result is Result.SENT for outcome in outcomes)
        return PUSHES / (asyncio.get_running_loop().time() - started)

    async def theirs() -> float:
        waiting = iter(pushes)

        async def work() -> None:
            for push in waiting:
                response: Any = await pywebpush.webpush_async(
                    _subscription(push.device),
                    payload(push, 3_993).decode(),
                    vapid_private_key=key,  # as its documentation shows
                    vapid_claims={"sub": SUBJECT},
                    ttl=60,
                    aiohttp_session=session,
                )
                assert response.status == 201

        started = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(work())
        return PUSHES / (asyncio.get_running_loop().time() - started)

    try:
        return await measure.ratio(
            "B9",
            f"web pushes through the sender to a local HTTPS server, {AT_ONCE} at once : pywebpush's webpush_async",
            "pushes/s",
            1.7,
            ours,
            theirs,
            runs,
        )
    finally:
        await session.close()
        await sender.close()


def _device(number: int, port: int) -> Device:
    point = (
        ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    )
    endpoint = f"https://127.0.0.1:{port}/push/{number}"
    return Device("bench", f"person-{number}", "browser", "web_push", endpoint, p256dh=point, auth=os.urandom(16))


def _push(device: Device, number: int) -> Outgoing:
    content = Content(
        "bench", "g_" + "a" * 26, number + 1, "ann", Kind.GROUP, "Tower A", "The crane is here at noon", system_clock()
    )
    return Outgoing(Act.SHOW, content, device, badge=3, expires_ms=system_clock() + 600_000)


def _subscription(device: Device) -> dict[str, Any]:
    keys = {"p256dh": _text(device.p256dh), "auth": _text(device.auth)}
    return {"endpoint": device.target, "keys": keys}


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
