"""The parts of the local run: how each is started."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.render import local_config
from local import binaries, databases
from local.folder import Folder
from local.keys import AUDIENCE, ISSUER, Issuer, write_service_token
from local.ports import Ports
from local.push.process import settings as push_settings
from local.ready import Ready
from local.web.host import PAGE
from local.web.process import DIST

SERVICES = ("messaging", "presence", "unread", "notifier")
"""In the order of starting: those that are called before those that call."""

LAST_CALLED = "presence"
"""Before the rest is started, the services up to this one listen: it saves the others' complaints."""

CALLERS = ("messaging", "presence", "unread", "notifier")
"""The services that call others, with a token of their own."""

UNLIMITED_ACTORS = '["replay", "demo"]'
"""For these the limits of people are lifted: they act for many people at once."""

DRAIN_S = 1.5
"""Nobody waits long for the end of a local run."""

RETRY_WINDOW_MS = 1000
"""A handful of clients need little jitter."""


@dataclass(frozen=True)
class Part:
    """A program of the local run.

    Attributes:
        name: what it is called.
        command: the program and its arguments.
        environment: its whole environment.
        port: where it listens once it works.
    """

    name: str
    command: list[str]
    environment: Mapping[str, str]
    port: int


@dataclass(frozen=True)
class Plan:
    """A local run before it is started.

    Args:
        folder: where it keeps what it keeps.
        ports: where it listens.
        issuer: signs its tokens.
        dist: the built web application.
    """

    folder: Folder
    ports: Ports
    issuer: Issuer
    dist: Path = DIST

    @property
    def has_application(self) -> bool:
        """Whether the web application has been built."""
        return (self.dist / PAGE).is_file()

    def databases(self) -> list[Part]:
        """MongoDB and Valkey.

        Raises:
            MissingBinaryError: a program is missing.
        """
        mongodb, valkey = self.ports.mongodb, self.ports.valkey
        return [
            Part("mongodb", databases.mongod_command(self.folder.root, mongodb), _clean(), mongodb),
            Part("valkey", databases.valkey_command(self.folder.root / "valkey", valkey), _clean(), valkey),
        ]

    def push(self) -> Part:
        """The push services. Once the last of their ports listens, the notifier finds its credentials."""
        ports = ("--fcm-port", str(self.ports.fcm), "--web-push-port", str(self.ports.web_push))
        command = [sys.executable, "-m", "local.push", "--folder", str(self.folder.push), *ports]
        return Part("push", command, _clean(), self.ports.web_push)

    def web(self) -> Part:
        """The web application and its host."""
        command = [sys.executable, "-m", "local.web", "--dist", str(self.dist), "--port", str(self.ports.web)]
        whose = ["--key-file", str(self.issuer.pem_file), "--gateway-port", str(self.ports.gateway)]
        return Part("web", [*command, *whose], _clean(), self.ports.web)

    def services(self) -> list[Part]:
        """The four services."""
        return [
            Part(
                name,
                [sys.executable, "-m", f"services.{name}"],
                {**_clean(), **{f"CONVERSATIONS_{key}": value for key, value in self._settings(name).items()}},
                self.ports.of(name),
            )
            for name in SERVICES
        ]

    def gateway(self) -> Part:
        """Envoy; writes its configuration.

        Raises:
            MissingBinaryError: the program is missing.
        """
        self.folder.envoy_file.write_text(
            local_config(
                listen=self.ports.gateway,
                admin=self.ports.envoy_admin,
                upstreams={name: self.ports.of(name) for name in SERVICES},
                jwks_file=self.issuer.jwks_file,
                issuer=ISSUER,
                audience=AUDIENCE,
            ),
            encoding="utf-8",
        )
        options = ["--use-dynamic-base-id", "--log-level", "warning", "--concurrency", "1"]
        command = [str(binaries.envoy()), "-c", str(self.folder.envoy_file), *options]
        return Part("gateway", command, _clean(), self.ports.gateway)

    def ready(self, pids: dict[str, int]) -> Ready:
        """Where everything is."""
        return Ready(
            **{name: _address(self.ports.of(name)) for name in SERVICES},
            gateway=f"http://{_address(self.ports.gateway)}",
            mongodb=databases.mongod_uri(self.ports.mongodb),
            valkey=databases.valkey_url(self.ports.valkey),
            key_file=str(self.issuer.pem_file),
            jwks_file=str(self.issuer.jwks_file),
            issuer=ISSUER,
            audience=AUDIENCE,
            web=f"http://{_address(self.ports.web)}" if "web" in pids else "",
            fcm=f"http://{_address(self.ports.fcm)}",
            web_push=f"https://{_address(self.ports.web_push)}",
            stub_file=str(self.folder.stub_file),
            metrics={name: f"http://{_address(self.ports.metrics_of(name))}/metrics" for name in SERVICES},
            pid=os.getpid(),
            pids=pids,
            folder=str(self.folder.root),
        )

    def renew_tokens(self) -> None:
        """Writes the services' tokens; they are valid for 12 hours."""
        for name in CALLERS:
            write_service_token(self.issuer, name)

    def _settings(self, name: str) -> dict[str, str]:
        common = {
            "HOST": "127.0.0.1",
            "PORT": str(self.ports.of(name)),
            "METRICS_PORT": str(self.ports.metrics_of(name)),
            "JWKS": str(self.issuer.jwks_file),
            "ISSUER": ISSUER,
            "AUDIENCE": AUDIENCE,
            "LOG_STYLE": "text",
            "DRAIN_S": str(DRAIN_S),
            "RETRY_WINDOW_MS": str(RETRY_WINDOW_MS),
            "UNLIMITED_ACTORS": UNLIMITED_ACTORS,
        }
        mongodb = {"MONGODB_URI": databases.mongod_uri(self.ports.mongodb)}
        token = {"SERVICE_TOKEN_FILE": str(self.issuer.folder / f"{name}.jwt")}
        messaging = {"MESSAGING_ADDRESS": _address(self.ports.messaging)}
        unread = {"UNREAD_ADDRESS": _address(self.ports.unread)}
        others = {
            **unread,
            **push_settings(self.folder.push, self.ports.fcm, self.ports.web_push),
            "PRESENCE_ADDRESS": _address(self.ports.presence),
            "STUB_FILE": str(self.folder.stub_file),
        }
        own: dict[str, dict[str, str]] = {
            "messaging": {**mongodb, **token, **unread},
            "unread": {**mongodb, **token, **messaging},
            # Valkey starts empty with every run, so nobody can be missing from it.
            "presence": {
                "VALKEY_URL": databases.valkey_url(self.ports.valkey),
                "TRUST_NEW_STORE": "true",
                **token,
                **messaging,
            },
            "notifier": {**mongodb, **token, **messaging, **others},
        }
        return {**common, **own[name]}


def _address(port: int) -> str:
    return f"127.0.0.1:{port}"


def _clean() -> dict[str, str]:
    """This process's environment without settings of services, which refuse what they do not know."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONVERSATIONS_")}
    return {**kept, "PYTHONUNBUFFERED": "1"}
