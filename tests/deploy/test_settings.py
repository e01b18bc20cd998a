import importlib
import re
from pathlib import Path
from typing import Any

import pytest

from gateway.render import kubernetes_config
from services.chassis.settings import PREFIX, ServiceSettings, SettingsError
from tests.deploy.manifests import BASE, DEV, ROOT, Json, container, data_of, objects, places, pod

SERVICES = ("messaging", "unread", "presence", "notifier")
SECRET_VALUES = {"mongodb-uri": "mongodb://user:word@mongodb.example/?replicaSet=rs0", "valkey-url": "rediss://valkey"}

anywhere = pytest.mark.parametrize("place", places(), ids=lambda place: place.name)
every = pytest.mark.parametrize("name", SERVICES)


def settings_type(name: str) -> type[ServiceSettings]:
    module = importlib.import_module(f"services.{name}.settings")
    (found,) = (
        one
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, ServiceSettings) and one is not ServiceSettings
    )
    return found


def variables(place: Path, deployment: Json) -> dict[str, str]:
    """The environment of a Deployment's container; of secrets, an example."""
    only = container(deployment)
    found: dict[str, str] = {}
    for source in only.get("envFrom", ()):
        found |= data_of(place, source["configMapRef"]["name"])
    for entry in only.get("env", ()):
        found[entry["name"]] = SECRET_VALUES[entry["valueFrom"]["secretKeyRef"]["key"]]
    return found


def read(monkeypatch: pytest.MonkeyPatch, name: str, environment: dict[str, str]) -> Any:
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    return settings_type(name).read()


@anywhere
@every
def test_a_service_starts_with_what_its_manifest_sets(place: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every variable is one that the service knows, every required one is there, and every value is valid."""
    deployment = objects(place, "Deployment")[name]
    environment = variables(place, deployment)
    known = {f"{PREFIX}{field}".upper() for field in settings_type(name).model_fields}
    assert set(environment) <= known
    settings = read(monkeypatch, name, environment)
    ports = {port["name"]: port["containerPort"] for port in container(deployment)["ports"]}
    assert ports == {"grpc": settings.port, "metrics": settings.metrics_port}
    assert settings.host == "0.0.0.0", "probes and other pods must reach it"  # noqa: S104


@every
def test_the_check_of_settings_bites(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = variables(BASE, objects(BASE, "Deployment")[name])
    for required in (field for field, info in settings_type(name).model_fields.items() if info.is_required()):
        with monkeypatch.context() as patch, pytest.raises(SettingsError, match=required.upper()):
            read(
                patch, name, {key: value for key, value in environment.items() if key != f"{PREFIX}{required}".upper()}
            )
    with monkeypatch.context() as patch, pytest.raises(SettingsError, match="CONVERSATIONS_NEW"):
        read(patch, name, environment | {"CONVERSATIONS_NEW": "1"})


@anywhere
@every
def test_every_file_that_a_setting_names_is_mounted(place: Path, name: str) -> None:
    deployment = objects(place, "Deployment")[name]
    mounts = {mount["name"]: mount["mountPath"] for mount in container(deployment)["volumeMounts"]}
    files = {
        f"{mounts[volume['name']]}/{item['path']}": item["key"]
        for volume in pod(deployment)["volumes"]
        for item in volume.get("secret", {}).get("items", ())
    }
    named = {value for value in variables(place, deployment).values() if value.startswith("/")}
    assert named == set(files)
    assert files.get("/etc/conversations/service.jwt", f"{name}.jwt") == f"{name}.jwt", "each has a token of its own"


@anywhere
@every
def test_every_address_is_a_headless_service_of_the_namespace(place: Path, name: str) -> None:
    services = objects(place, "Service")
    found = {
        key: value
        for key, value in variables(place, objects(place, "Deployment")[name]).items()
        if key.endswith("_ADDRESS")
    }
    for key, address in found.items():
        match = re.fullmatch(r"dns:///([a-z]+)\.conversations:(\d+)", address)
        assert match, address
        assert key == f"CONVERSATIONS_{match[1].upper()}_ADDRESS"
        assert int(match[2]) in {port["port"] for port in services[match[1]]["spec"]["ports"]}


@anywhere
@every
def test_a_pod_is_given_time_to_drain(place: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = objects(place, "Deployment")[name]
    settings = read(monkeypatch, name, variables(place, deployment))
    sleep = container(deployment)["lifecycle"]["preStop"]["sleep"]["seconds"]
    stop = min(2.0, settings.drain_s)
    assert pod(deployment)["terminationGracePeriodSeconds"] >= sleep + settings.drain_s + stop + 5


def secret_keys(place: Path) -> set[str]:
    keys: set[str] = set()
    for deployment in objects(place, "Deployment").values():
        for volume in pod(deployment)["volumes"]:
            if "secret" in volume:
                assert volume["secret"]["secretName"] == "conversations"
                keys |= {item["key"] for item in volume["secret"]["items"]}
        for entry in container(deployment).get("env", ()):
            assert entry["valueFrom"]["secretKeyRef"]["name"] == "conversations"
            keys.add(entry["valueFrom"]["secretKeyRef"]["key"])
    return keys


@anywhere
def test_the_documented_secret_has_exactly_the_keys_that_the_manifests_ask_for(place: Path) -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    documented = re.findall(r"--from-(?:file|literal)=([a-z.-]+)=", text)
    assert sorted(documented) == sorted(secret_keys(place))


def test_the_gateways_configuration_is_the_one_that_is_rendered() -> None:
    assert (BASE / "envoy.yaml").read_text() == kubernetes_config()


def test_the_development_gateways_configuration_is_the_one_that_is_rendered() -> None:
    issuer = dict(line.split("=", 1) for line in (DEV / "conversations.env").read_text().splitlines() if "=" in line)
    origins = ("http://localhost:8080", "http://127.0.0.1:8080")
    expected = kubernetes_config(issuer=issuer["CONVERSATIONS_ISSUER"], origins=origins)
    assert (DEV / "envoy.yaml").read_text() == expected


@anywhere
def test_gateway_and_services_trust_the_same_issuer_keys_and_audience(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = read(monkeypatch, "messaging", variables(place, objects(place, "Deployment")["messaging"]))
    (gateway,) = (name for name in objects(place, "ConfigMap") if name.startswith("gateway"))
    text = data_of(place, gateway)["envoy.yaml"]
    assert f"issuer: {settings.issuer}\n" in text
    assert f"filename: {settings.jwks}\n" in text
    assert re.search(rf"audiences:\n\s+- {settings.audience}\n", text)
