"""Services as processes of their own, for tests that kill them."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from local.databases import free_port
from local.keys import AUDIENCE, ISSUER, Issuer


class Process:
    """One service process; starts again at the same address after a kill."""

    def __init__(self, service: str, issuer: Issuer, folder: Path, **settings: Any) -> None:
        self.service = service
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.log = folder / f"{service}-{self.port}.log"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CONVERSATIONS_")},
            "CONVERSATIONS_PORT": str(self.port),
            "CONVERSATIONS_JWKS": str(issuer.jwks_file),
            "CONVERSATIONS_ISSUER": ISSUER,
            "CONVERSATIONS_AUDIENCE": AUDIENCE,
            "CONVERSATIONS_DRAIN_S": "1",
            **{f"CONVERSATIONS_{name.upper()}": str(value) for name, value in settings.items()},
        }
        self._process: subprocess.Popen[bytes] | None = None

    def set(self, **settings: Any) -> None:
        """Changes settings for the next start."""
        self._environment |= {f"CONVERSATIONS_{name.upper()}": str(value) for name, value in settings.items()}

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self, timeout_s: float = 90) -> "Process":
        """Starts it and waits until it is healthy."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"services.{self.service}"], env=self._environment, stdout=log, stderr=log
            )
        end = time.monotonic() + timeout_s
        while True:
            assert self._process.poll() is None, self.log.read_text()
            with grpc.insecure_channel(self.address) as channel:
                try:
                    stub: Any = health_pb2_grpc.HealthStub(channel)
                    answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=1, wait_for_ready=True)
                except grpc.RpcError:
                    answer = None
            if answer is not None and answer.status == health_pb2.HealthCheckResponse.SERVING:
                return self
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        """Ends it at once, without any farewell."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(timeout=10)

    def stop(self) -> int:
        """Ends it in order; answers its exit status."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.terminate()
        try:
            return self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
