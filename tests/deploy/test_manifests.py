import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.chassis.server import LIVENESS
from tests.deploy.manifests import BASE, DEV, KUBECTL, Json, container, objects, places, pod, rendered

SERVICES = ("messaging", "unread", "presence", "notifier")
ALL = (*SERVICES, "gateway")

anywhere = pytest.mark.parametrize("place", places(), ids=lambda place: place.name)


def test_an_overlay_can_be_rendered() -> None:
    if not KUBECTL:
        pytest.skip("kubectl is not installed: only the base was checked, file by file; overlays were not rendered")
    assert rendered(DEV) != rendered(BASE)


@anywhere
@pytest.mark.parametrize("version", ["1.34", "1.37"])
def test_kubernetes_accepts_every_manifest(place: Path, version: str, tmp_path: Path) -> None:
    file = tmp_path / "manifests.yaml"
    file.write_text(rendered(place))
    command = [sys.executable, "-m", "kubernetes_validate", "--strict", "-k", version, str(file)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert (result.stdout + result.stderr).count("passed for resource") >= 14


@anywhere
def test_there_is_a_deployment_and_a_service_for_each_part(place: Path) -> None:
    assert set(objects(place, "Deployment")) == set(objects(place, "Service")) == set(ALL)


@anywhere
@pytest.mark.parametrize("name", ALL)
def test_every_pod_meets_the_restricted_standard_and_more(place: Path, name: str) -> None:
    spec = pod(objects(place, "Deployment")[name])
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & set(spec)
    security = spec["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["runAsUser"] > 0
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert all(set(volume) <= {"name", "emptyDir", "secret", "configMap"} for volume in spec["volumes"])
    assert all(volume.get("emptyDir", {"sizeLimit": 1}).get("sizeLimit") for volume in spec["volumes"])
    for one in spec["containers"]:
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        mounts = {mount["mountPath"]: mount for mount in one["volumeMounts"]}
        assert mounts.pop("/tmp")["name"] == "tmp"  # noqa: S108 - an emptyDir of the pod
        assert all(mount["readOnly"] for mount in mounts.values())
        assert "hostPort" not in str(one["ports"])


def test_the_namespace_enforces_the_restricted_standard() -> None:
    (namespace,) = objects(BASE, "Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@anywhere
@pytest.mark.parametrize("name", ALL)
def test_every_container_is_probed_bounded_and_pinned(place: Path, name: str) -> None:
    one = container(objects(place, "Deployment")[name])
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(one)
    assert {"cpu", "memory"} <= set(one["resources"]["requests"])
    assert one["resources"]["limits"]["memory"]
    assert not one["image"].endswith(":latest")


@anywhere
@pytest.mark.parametrize("name", SERVICES)
def test_services_are_probed_by_health_and_a_database_that_is_down_restarts_none(place: Path, name: str) -> None:
    one = container(objects(place, "Deployment")[name])
    ports = {port["name"]: port["containerPort"] for port in one["ports"]}
    assert one["startupProbe"]["grpc"] == one["livenessProbe"]["grpc"] == {"port": ports["grpc"], "service": LIVENESS}
    assert one["readinessProbe"]["grpc"] == {"port": ports["grpc"]}


@anywhere
@pytest.mark.parametrize("name", ALL)
def test_updates_take_nobody_away_and_replicas_spread(place: Path, name: str) -> None:
    deployment = objects(place, "Deployment")[name]
    assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    selector = deployment["spec"]["selector"]
    for constraint in pod(deployment)["topologySpreadConstraints"]:
        assert constraint["labelSelector"] == selector
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert selector["matchLabels"].items() <= labels.items()


@anywhere
@pytest.mark.parametrize("name", ALL)
def test_every_service_finds_its_pods_and_their_ports(place: Path, name: str) -> None:
    service, deployment = objects(place, "Service")[name], objects(place, "Deployment")[name]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= labels.items()
    assert {port["targetPort"] for port in service["spec"]["ports"]} <= {
        port["name"] for port in container(deployment)["ports"]
    }
    headless = service["spec"].get("clusterIP") == "None"
    assert headless is (name in SERVICES), "callers of services balance by themselves; the gateway has one address"


def test_the_four_services_are_deployed_alike() -> None:
    """What one gets, all get; only what names or feeds a service differs."""

    def without_own(name: str, deployment: Json) -> Any:
        only = container(deployment)
        for key in ("args", "envFrom", "env"):
            only.pop(key)
        only["resources"] = only["resources"].keys()
        deployment["spec"]["template"]["spec"]["volumes"][1]["secret"].pop("items")
        return str(deployment).replace(name, "NAME")

    deployments = {name: yaml.safe_load(yaml.safe_dump(objects(BASE, "Deployment")[name])) for name in SERVICES}
    for name, deployment in deployments.items():
        assert container(deployment)["args"] == [f"services.{name}"]
    assert len({without_own(name, deployment) for name, deployment in deployments.items()}) == 1


@anywhere
def test_no_secret_has_a_value_in_a_manifest(place: Path) -> None:
    assert not objects(place, "Secret")
    text = rendered(place)
    assert not any(word in text for word in ("mongodb://", "mongodb+srv://", "redis://", "rediss://", "eyJ", "BEGIN"))
