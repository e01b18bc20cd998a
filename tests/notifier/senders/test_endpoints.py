"""Where web pushes never go, whatever a browser says."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohappyeyeballs
import prometheus_client
import pytest

from services.notifier.records import Device
from services.notifier.senders import Result
from services.notifier.senders.limits import Limits
from services.notifier.senders.webpush.addresses import is_public
from services.notifier.senders.webpush.endpoints import EndpointError, Endpoints
from services.notifier.senders.webpush.subscriptions import BadSubscriptionError
from services.notifier.settings import PUSH_HOSTS
from tests.notifier.senders.conftest import Desk, browser, one, push

GOOD = (
    "https://fcm.googleapis.com/fcm/send/dFq-8:APA91bH_x",
    "https://fcm.googleapis.com/wp/dFq-8:APA91bH_x",
    "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABk_x-y",
    "https://wns2-par02p.notify.windows.com/w/?token=BQYAAAB%2bA%2fx%3d%3d",
    "https://web.push.apple.com/QGuQyavXutnMH-x_y",
    "https://FCM.googleapis.com:443/fcm/send/x",
)
NAMES = (
    "localhost",
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "0",
    "0.0.0.0",  # noqa: S104 - it is refused
)
LITERALS = (
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1%25lo]",
)
TRICKS = (
    # The allowed name stands somewhere, but not where the host is.
    "https://fcm.googleapis.com@127.0.0.1:{port}/x",
    "https://fcm.googleapis.com:443@127.0.0.1:{port}/x",
    "https://user:password@fcm.googleapis.com/x",
    "https://@fcm.googleapis.com/x",
    "https://127.0.0.1:{port}/fcm.googleapis.com",
    "https://127.0.0.1:{port}#fcm.googleapis.com",
    "https://127.0.0.1:{port}#@fcm.googleapis.com/",
    "https://127.0.0.1:{port}?fcm.googleapis.com/",
    "https://127.0.0.1:{port}\\@fcm.googleapis.com/x",
    "https://fcm.googleapis.com\\@127.0.0.1:{port}/x",
    "https://fcm.googleapis.com\\.127.0.0.1:{port}/x",
    "https://fcm.googleapis.com#@127.0.0.1:{port}/x",
    "https://fcm.googleapis.com%2f@127.0.0.1:{port}/x",
    "https://fcm.googleapis.com%00.127.0.0.1/x",
    "https://127.0.0.1%23.fcm.googleapis.com/x",
    "https://127.0.0.1%2f.notify.windows.com/x",
    "https://127.0.0.1:{port}%40fcm.googleapis.com/x",
    "https:\\\\127.0.0.1:{port}\\x",
    "https:/127.0.0.1:{port}/x",
    "https:127.0.0.1:{port}/x",
    "https:///127.0.0.1:{port}/x",
    "https:////fcm.googleapis.com/x",
    "//127.0.0.1:{port}/x",
    "//fcm.googleapis.com/x",
    "/x",
    "127.0.0.1:{port}/x",
    "fcm.googleapis.com/x",
    # Names that only look allowed.
    "https://evil-fcm.googleapis.com/x",
    "https://evilnotify.windows.com/x",
    "https://notify.windows.com/x",
    "https://push.apple.com/x",
    "https://push.services.mozilla.com/x",
    "https://x.push.services.mozilla.com.evil.example/x",
    "https://fcm.googleapis.com.evil.example/x",
    "https://fcm.googleapis.com./x",
    "https://.notify.windows.com/x",
    "https://..notify.windows.com/x",
    "https://-.notify.windows.com/x",
    "https://a..b.notify.windows.com/x",
    "https://*.notify.windows.com/x",
    "https://fcm.googleapis.comx/x",
    "https://xfcm.googleapis.com/x",
    "https://fcm-googleapis.com/x",
    "https://googleapis.com/x",
    "https://storage.googleapis.com/x",
    "https://fcm.googleapi\u0455.com/x",
    "https://fcm\u3002googleapis\u3002com/x",
    "https://fcm.googleapis.com\u200b/x",
    "https://\u24d5cm.googleapis.com/x",
    "https://xn--fcm-.googleapis.com/x",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://kubernetes.default.svc/api",
    "https://mongodb:27017/",
    # Other ports and schemes.
    "https://fcm.googleapis.com:{port}/x",
    "https://fcm.googleapis.com:80/x",
    "https://fcm.googleapis.com:0443/x",
    "https://fcm.googleapis.com:4430/x",
    "https://fcm.googleapis.com:/x",
    "https://fcm.googleapis.com:443:{port}/x",
    "https://fcm.googleapis.com:-1/x",
    "http://fcm.googleapis.com/x",
    "http://127.0.0.1:{port}/x",
    "ftp://fcm.googleapis.com/x",
    "file:///etc/passwd",
    "file://fcm.googleapis.com/etc/passwd",
    "gopher://127.0.0.1:{port}/_x",
    "dict://127.0.0.1:{port}/",
    "ws://fcm.googleapis.com/x",
    "unix:///var/run/docker.sock",
    "data:text/plain,x",
    "javascript:alert(1)",
    "https+unix://fcm.googleapis.com/x",
    # What a second parser might read in another way.
    " https://fcm.googleapis.com/x",
    "https://fcm.googleapis.com/x ",
    "https://fcm.googleapis.com/x\n",
    "https://fcm.googleapis.com/\r\nHost: 127.0.0.1",
    "https://fcm.googleapis.com/x y",
    "https://fcm.googleapis.com/\t",
    "https://fcm.googleapis.com/x\x00",
    "https://fcm.googleapis.com/x#fragment",
    "https://fcm.googleapis.com/%",
    "https://fcm.googleapis.com/%zz",
    "https://fcm.googleapis.com/{{x}}",
    "https://fcm.googleapis.com/<x>",
    'https://fcm.googleapis.com/"',
    "https://fcm.googleapis.com/`",
    "https://fcm.googleapis.com/|",
    "https://fcm.googleapis.com/^",
    "https://fcm.googleapis.com/\u00e9",
    "https://fcm.googleapis.com",
    "https://fcm.googleapis.com?x",
    "https://",
    "https://?",
    "",
)
PRIVATE = (
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "169.254.169.254", "172.16.0.1",  # noqa: S104 - hostile
    "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.31.196.1", "192.175.48.1",
    "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:8.8.8.8",
    "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::1", "2002:808:808::1", "3ffe::1", "3fff::1",
    "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "4000::1", "", "x", "127.1",
)  # fmt: skip
PUBLIC = ("8.8.8.8", "142.250.74.10", "34.107.243.93", "17.57.146.20", "2a00:1450:4001:82a::200a", "2606:4700::1111")


def hostile(port: int) -> list[str]:
    literal = [f"https://{host}{end}/push" for host in (*NAMES, *LITERALS) for end in ("", f":{port}")]
    return [*literal, *(trick.format(port=port) for trick in TRICKS)]


@pytest.fixture
async def canary() -> AsyncIterator[tuple[int, list[object]]]:
    """A listener to which nobody must ever come: its port, and who came."""
    came: list[object] = []

    async def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(writer.get_extra_info("peername"))
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], came


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """The addresses to which anything tries to connect; none of them is reached."""
    tried: list[tuple[Any, ...]] = []

    async def start(addr_infos: Any, **_: Any) -> Any:
        tried.extend(info[-1] for info in addr_infos)
        raise OSError("not in a test")

    monkeypatch.setattr(aiohappyeyeballs, "start_connection", start)
    return tried


@pytest.mark.parametrize("endpoint", GOOD)
def test_the_push_services_of_the_browsers_are_allowed(endpoint: str) -> None:
    parsed = Endpoints(PUSH_HOSTS).parse(endpoint)
    assert str(parsed.url) == endpoint.replace("FCM", "fcm").replace(":443", "")
    assert parsed.origin == f"https://{parsed.host}"
    assert not parsed.local


async def test_a_hundred_hostile_endpoints_lead_nowhere(
    desk: Desk, canary: tuple[int, list[object]], connections: list[tuple[Any, ...]]
) -> None:
    port, came = canary
    endpoints = hostile(port)
    assert len(set(endpoints)) >= 120
    device = browser(desk.web.subscribe())
    # As in production, and as in a local run, which allows another port of this machine.
    for local in ((), (f"127.0.0.1:{desk.web.port}",)):
        desk.registry = prometheus_client.CollectorRegistry()
        made = await desk.senders(web_push_local=local, fcm_project="")
        assert made.subscriptions is not None
        for endpoint in endpoints:
            with pytest.raises(BadSubscriptionError) as error:
                made.subscriptions.check(replace(device, target=endpoint))
            assert error.value.field == "endpoint"
            assert "fcm" not in str(error.value)
        outcomes = await made.by_transport["web_push"].send(
            [push(replace(device, target=endpoint)) for endpoint in endpoints]
        )
        assert {(outcome.result, outcome.reason) for outcome in outcomes} == {(Result.DEAD, "push service not allowed")}
    assert came == []
    assert connections == []
    assert desk.web.requests == []


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_of_the_public_internet_are_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_public_internet_are_allowed(address: str) -> None:
    assert is_public(address)


async def test_an_allowed_name_that_leads_inside_is_not_followed(
    desk: Desk, connections: list[tuple[Any, ...]]
) -> None:
    answer: list[str] = []

    async def find(_host: str, _port: int) -> list[str]:
        return answer

    made = await desk.senders(Limits(failures=1_000), find, fcm_project="")
    device = replace(browser(desk.web.subscribe()))
    for number, address in enumerate(PRIVATE):
        answer[:] = [address]
        target = f"https://host-{number}.notify.windows.com/x"
        outcome = await one(made.by_transport["web_push"], push(replace(device, target=target)))
        assert (outcome.result, outcome.reason) == (Result.RETRY, "address not allowed"), address
    assert connections == []


async def test_a_name_is_looked_up_once_and_what_was_checked_is_what_is_called(
    desk: Desk, connections: list[tuple[Any, ...]]
) -> None:
    looked_up: list[tuple[str, int]] = []

    async def find(host: str, port: int) -> list[str]:
        looked_up.append((host, port))
        # The second answer would lead inside.
        return ["10.0.0.1", "8.8.8.8"] if len(looked_up) == 1 else ["127.0.0.1"]

    made = await desk.senders(None, find, fcm_project="")
    device = replace(browser(desk.web.subscribe()), target="https://fcm.googleapis.com/fcm/send/x")
    outcome = await one(made.by_transport["web_push"], push(device))
    assert (outcome.result, outcome.reason) == (Result.RETRY, "cannot be reached")
    assert looked_up == [("fcm.googleapis.com", 443)]
    assert connections == [("8.8.8.8", 443)]


async def test_a_name_that_nobody_knows_is_tried_again(desk: Desk) -> None:
    async def find(_host: str, _port: int) -> list[str]:
        raise OSError("unknown")

    made = await desk.senders(None, find, fcm_project="")
    device = replace(browser(desk.web.subscribe()), target="https://fcm.googleapis.com/fcm/send/x")
    outcome = await one(made.by_transport["web_push"], push(device))
    assert (outcome.result, outcome.reason) == (Result.RETRY, "host not found")


@pytest.mark.parametrize(
    "host", ["", "*", "*.com", "localhost", "https://x.example", "x.example:443", "X.example", "*.*.x"]
)
def test_a_list_of_hosts_that_allows_too_much_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="host"):
        Endpoints((host,))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:1", "10.0.0.1:1", "127.0.0.2:1", "[::1]:1"])
def test_only_this_machine_is_local(host: str) -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1:port"):
        Endpoints(PUSH_HOSTS, (host,))


def test_a_local_push_service_is_allowed_only_where_the_operator_says_so() -> None:
    target = "https://127.0.0.1:8443/push/x"
    with pytest.raises(EndpointError):
        Endpoints(PUSH_HOSTS).parse(target)
    with pytest.raises(EndpointError):
        Endpoints(PUSH_HOSTS, ("127.0.0.1:8444",)).parse(target)
    assert Endpoints(PUSH_HOSTS, ("127.0.0.1:8443",)).parse(target).local


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"p256dh": b""}, "p256dh"),
        ({"p256dh": b"\x04" + bytes(64)}, "p256dh"),
        ({"p256dh": b"\x04" + b"\xff" * 64}, "p256dh"),
        ({"p256dh": b"\x02" + bytes(32)}, "p256dh"),
        ({"auth": b""}, "auth"),
        ({"auth": bytes(15)}, "auth"),
        ({"auth": bytes(17)}, "auth"),
    ],
)
async def test_keys_that_are_none_are_refused_by_name(desk: Desk, change: dict[str, Any], field: str) -> None:
    device: Device = browser(desk.web.subscribe())
    made = await desk.senders(fcm_project="")
    assert made.subscriptions is not None
    made.subscriptions.check(device)
    with pytest.raises(BadSubscriptionError) as error:
        made.subscriptions.check(replace(device, **change))
    assert error.value.field == field
