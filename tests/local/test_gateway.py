"""The gateway's configuration: valid for Envoy, and open for exactly what people may call."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway import routes
from gateway.render import kubernetes_config, local_config, main
from local import binaries
from local.keys import AUDIENCE, ISSUER, Issuer
from local.parts import SERVICES


def _validate(text: str, folder: Path) -> None:
    file = folder / "envoy.yaml"
    file.write_text(text)
    result = subprocess.run(
        [binaries.envoy(), "--mode", "validate", "-c", file], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stderr


def _local(issuer: Issuer) -> str:
    return local_config(
        listen=8080,
        admin=7190,
        upstreams={name: 7101 + place for place, name in enumerate(SERVICES)},
        jwks_file=issuer.jwks_file,
        issuer=ISSUER,
        audience=AUDIENCE,
    )


def _manager(text: str) -> dict[str, Any]:
    listener = yaml.safe_load(text)["static_resources"]["listeners"][0]
    manager: dict[str, Any] = listener["filter_chains"][0]["filters"][0]["typed_config"]
    return manager


def _routes(text: str) -> list[dict[str, Any]]:
    routes: list[dict[str, Any]] = _manager(text)["route_config"]["virtual_hosts"][0]["routes"]
    return routes


def test_envoy_accepts_the_configuration_of_this_machine(issuer: Issuer, tmp_path: Path) -> None:
    _validate(_local(issuer), tmp_path)


def test_envoy_accepts_the_configuration_for_kubernetes(issuer: Issuer, tmp_path: Path) -> None:
    # Envoy reads the key set while it validates; here it lies elsewhere than in the cluster.
    _validate(kubernetes_config().replace("/etc/conversations/jwks.json", str(issuer.jwks_file)), tmp_path)


def test_every_rpc_for_people_is_routed_to_its_service_and_no_other_path_is(issuer: Issuer) -> None:
    routed = {route["match"]["path"]: route["route"]["cluster"] for route in _routes(_local(issuer))[1:]}
    assert routed["/conversations.messaging.v1.MessagingService/SendMessage"] == "messaging"
    assert routed["/conversations.presence.v1.PresenceService/Attach"] == "presence"
    assert routed["/conversations.unread.v1.UnreadService/WatchBadges"] == "unread"
    assert routed["/conversations.notifier.v1.NotifierService/WatchBanners"] == "notifier"
    every = {
        f"/{service.full_name}/{method.name}" for service in routes.SERVICES.values() for method in service.methods
    }
    assert set(routed) == every - set(routes.internal())


def test_no_rpc_between_services_is_let_in_from_outside() -> None:
    names = {path.rsplit("/", 1)[1] for path in routes.internal()}
    assert names >= {
        *("StreamEvents", "ListEvents", "ListHeads", "ListMembers", "StreamReads", "GetPointers"),
        *("LocateClients", "ListAlerts", "ListDeliveries"),
    }
    assert not names & {route.path.rsplit("/", 1)[1] for route in routes.admitted()}


def test_streams_have_no_timeout_and_unary_calls_have_one(issuer: Issuer) -> None:
    timeouts = {
        route["match"]["path"].rsplit("/", 1)[1]: route["route"]["timeout"] for route in _routes(_local(issuer))[1:]
    }
    for stream in ("WatchConversation", "WatchBadges", "WatchBanners", "Attach", "WatchPresence", "WatchTyping"):
        assert timeouts.pop(stream) == "0s"
    assert set(timeouts.values()) == {"30s"}


def test_filters_stand_in_the_order_in_which_they_must_work(issuer: Issuer) -> None:
    names = [entry["name"].removeprefix("envoy.filters.http.") for entry in _manager(_local(issuer))["http_filters"]]
    assert names == ["cors", "header_mutation", "jwt_authn", "grpc_web", "router"]


def test_the_access_log_holds_neither_tokens_nor_queries(issuer: Issuer) -> None:
    log = _manager(_local(issuer))["access_log"][0]["typed_config"]["log_format"]["json_format"]
    words = " ".join(log.values()).lower()
    assert "authorization" not in words
    assert log["path"] == "%PATH(NQ)%"


def test_kubernetes_names_services_by_dns_and_takes_origins_literally(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--kubernetes", "--origin", "https://app.example.org", "--issuer", "https://id.example.org"])
    text = capsys.readouterr().out
    clusters = {cluster["name"]: cluster for cluster in yaml.safe_load(text)["static_resources"]["clusters"]}
    endpoint = clusters["unread"]["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"]
    assert endpoint["socket_address"] == {"address": "unread.conversations.svc.cluster.local", "port_value": 7100}
    assert clusters["unread"]["type"] == "STRICT_DNS"
    cors = _manager(text)["route_config"]["virtual_hosts"][0]["typed_per_filter_config"]["envoy.filters.http.cors"]
    assert cors["allow_origin_string_match"] == [{"safe_regex": {"regex": r"https://app\.example\.org"}}]


def test_the_admin_interface_is_on_loopback_everywhere(issuer: Issuer) -> None:
    for text in (_local(issuer), kubernetes_config()):
        assert yaml.safe_load(text)["admin"]["address"]["socket_address"]["address"] == "127.0.0.1"
