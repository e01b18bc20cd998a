"""The manifests of deploy/k8s as data: rendered by kubectl, or, where there is none, the base file by file."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
K8S = ROOT / "deploy" / "k8s"
BASE = K8S / "base"
DEV = K8S / "overlays" / "dev"

Json = dict[str, Any]

KUBECTL = shutil.which("kubectl")


def places() -> list[Path]:
    """What can be rendered on this machine."""
    return [BASE, DEV] if KUBECTL else [BASE]


@cache
def rendered(folder: Path) -> str:
    """The manifests of a base or an overlay, as they would be applied."""
    if KUBECTL:
        command = [KUBECTL, "kustomize", str(folder)]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    assert folder == BASE, "an overlay needs kubectl"
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    documents = [text for name in kustomization["resources"] for text in (folder / name).read_text().split("\n---\n")]
    for generator in kustomization["configMapGenerator"]:
        data = {name: (folder / name).read_text() for name in generator.get("files", ())}
        for name in generator.get("envs", ()):
            data |= environment(folder / name)
        config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": generator["name"]}, "data": data}
        documents.append(yaml.safe_dump(config))
    return "\n---\n".join(documents)


def environment(file: Path) -> dict[str, str]:
    """The variables of an env file."""
    lines = (line for line in file.read_text().splitlines() if line and not line.startswith("#"))
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def objects(folder: Path, kind: str) -> dict[str, Json]:
    """The objects of a kind, by name."""
    found = [one for one in yaml.safe_load_all(rendered(folder)) if one and one["kind"] == kind]
    return {one["metadata"]["name"]: one for one in found}


def pod(deployment: Json) -> Json:
    """The pod that a Deployment makes."""
    spec: Json = deployment["spec"]["template"]["spec"]
    return spec


def container(deployment: Json) -> Json:
    """The one container of a Deployment."""
    (only,) = pod(deployment)["containers"]
    only_one: Json = only
    return only_one


def data_of(folder: Path, name: str) -> dict[str, str]:
    """The data of a ConfigMap."""
    found: dict[str, str] = objects(folder, "ConfigMap")[name]["data"]
    return found
