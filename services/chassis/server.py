"""The life of a service process: start, health, drain, end."""

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from wsgiref.simple_server import WSGIServer

import grpc
import prometheus_client
import structlog
import uvloop
from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from pymongo.errors import ConnectionFailure
from redis.exceptions import RedisError

from services.chassis import log
from services.chassis.auth import Verifier
from services.chassis.channel import SERVER_OPTIONS
from services.chassis.clock import Clock, system_clock
from services.chassis.doors import Guard
from services.chassis.keys import Keys
from services.chassis.metrics import RpcMetrics
from services.chassis.settings import ServiceSettings, SettingsError
from services.chassis.streams import Streams
from services.chassis.tasks import Tasks, describe

S = TypeVar("S", bound=ServiceSettings)

Check = Callable[[], Awaitable[object]]
"""Raises, or answers False, when what it checks does not work."""

LIVENESS = "liveness"
"""The health service's name for the process itself: serving while it runs, whatever becomes of its dependencies. A
liveness probe that asked for those would restart every replica when a database is down."""

CHECK_TIMEOUT_S = 3.0
"""A health check that takes longer has failed, s."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Foundation:
    """What every service is built on."""

    clock: Clock
    epoch: str
    guard: Guard
    streams: Streams
    tasks: Tasks
    registry: prometheus_client.CollectorRegistry

    @classmethod
    async def lay(cls, settings: ServiceSettings, clock: Clock = system_clock) -> "Foundation":
        """Reads the key set and makes the parts.

        Raises:
            SettingsError: the key set cannot be read.
        """
        keys = Keys(settings.jwks, clock)
        try:
            await keys.load()
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"CONVERSATIONS_JWKS: the key set cannot be read from {settings.jwks}: {describe(error)}"
            ) from None
        registry = prometheus_client.CollectorRegistry()
        epoch = f"{socket.gethostname()}-{os.getpid()}-{clock():x}"
        verifier = Verifier(keys, settings.issuer, settings.audience, clock)
        return cls(
            clock=clock,
            epoch=epoch,
            guard=Guard(verifier, RpcMetrics(registry), settings.write_timeout_ms),
            streams=Streams(
                epoch,
                settings.heartbeat_ms,
                settings.retry_window_ms,
                settings.streams_per_person,
                frozenset(settings.unlimited_actors),
            ),
            tasks=Tasks(),
            registry=registry,
        )


@dataclass(frozen=True)
class App:
    """A service, ready to serve.

    Attributes:
        descriptor: the gRPC service.
        handlers: its door; has a method for each RPC.
        checks: named dependency checks; the service is healthy while all pass.
        closers: called at the end, in order.
    """

    descriptor: ServiceDescriptor
    handlers: object
    checks: dict[str, Check] = field(default_factory=dict)
    closers: Sequence[Callable[[], Awaitable[object]]] = ()


class Server:
    """A running service."""

    def __init__(self, settings: ServiceSettings, foundation: Foundation, app: App) -> None:
        self._settings = settings
        self._foundation = foundation
        self._app = app
        self._health = health.aio.HealthServicer()
        self._server = grpc.aio.server(options=SERVER_OPTIONS)
        self._metrics: tuple[WSGIServer, threading.Thread] | None = None
        self.port = 0

    async def start(self) -> None:
        """Listens, and reports health from now on.

        Raises:
            SettingsError: a port is taken.
        """
        settings, name = self._settings, self._app.descriptor.full_name
        self._server.add_generic_rpc_handlers((self._foundation.guard.door(self._app.descriptor, self._app.handlers),))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection((name, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server)
        await self._report(serving=False)
        try:
            self.port = self._server.add_insecure_port(f"{settings.host}:{settings.port}")
        except RuntimeError:
            raise SettingsError(
                f"CONVERSATIONS_PORT: {settings.host}:{settings.port} cannot be listened on; is it taken?"
            ) from None
        if settings.metrics_port:
            try:
                self._metrics = prometheus_client.start_http_server(
                    settings.metrics_port, settings.host, registry=self._foundation.registry
                )
            except OSError:
                raise SettingsError(
                    f"CONVERSATIONS_METRICS_PORT: {settings.host}:{settings.metrics_port} cannot be listened on; "
                    "is it taken?"
                ) from None
        await self._server.start()
        await self._health.set(LIVENESS, health_pb2.HealthCheckResponse.SERVING)
        self._foundation.tasks.forever("heartbeats", self._foundation.streams.beat)
        self._foundation.tasks.forever("health", self._watch_health)
        _log.info("listening", address=f"{settings.host}:{self.port}")

    async def stop(self) -> None:
        """Drains: not serving, streams go elsewhere, calls end, then everything is closed."""
        await self._health.enter_graceful_shutdown()
        await self._foundation.streams.drain(self._settings.drain_s)
        await self.close()
        _log.info("ended")

    async def close(self) -> None:
        """Ends without draining; also what has not started, or not quite."""
        await self._server.stop(grace=min(2.0, self._settings.drain_s))
        for close in self._app.closers:
            try:
                await close()
            except Exception as error:  # noqa: BLE001 - the others must be closed too
                _log.warning("not closed cleanly", error=describe(error))
        await self._foundation.tasks.close()
        if self._metrics:
            server, thread = self._metrics
            await asyncio.to_thread(server.shutdown)
            server.server_close()
            thread.join()

    async def _report(self, *, serving: bool) -> None:
        status = health_pb2.HealthCheckResponse.SERVING if serving else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in ("", self._app.descriptor.full_name):
            await self._health.set(name, status)

    async def _watch_health(self) -> None:
        failing: set[str] | None = None
        while True:
            now = {name for name, check in self._app.checks.items() if not await _passes(name, check)}
            if now != failing:
                await self._report(serving=not now)
                _log.info("healthy") if not now else _log.warning("not healthy", failing=sorted(now))
                failing = now
            await asyncio.sleep(1.0 if not now else 0.1)


async def _passes(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            return await check() is not False
    except Exception as error:  # noqa: BLE001 - any failure is the answer
        _log.debug("check failed", check=name, error=describe(error))
        return False


def main(
    name: str, settings_type: type[S], build: Callable[[S, Foundation], Awaitable[App]]
) -> None:  # pragma: no cover - runs as its own process
    """Runs a service until SIGTERM or SIGINT.

    Exits with a clear line when it cannot start: with 2 if its settings are wrong, with 1 if a store cannot be reached
    or anything else fails, so that whoever supervises it starts it again.
    """
    try:
        settings = settings_type.read()
        log.configure(name, settings.log_style, settings.log_level)
        uvloop.run(_serve(settings, build))
    except SettingsError as error:
        sys.stderr.write(f"{name}: {error}\n")
        sys.exit(2)
    except (ConnectionFailure, RedisError) as error:
        sys.stderr.write(f"{name}: a store cannot be reached: {describe(error)}\n")
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - whatever it was, the process ends and says so
        _log.exception("cannot start")
        sys.stderr.write(f"{name}: cannot start: {describe(error)}\n")
        sys.exit(1)


async def _serve(settings: S, build: Callable[[S, Foundation], Awaitable[App]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    foundation = await Foundation.lay(settings)
    try:
        server = Server(settings, foundation, await build(settings, foundation))
    except BaseException:
        # What has begun is ended by hand: the loop cancels its tasks only once, which some of them survive (see `end`).
        await foundation.tasks.close()
        raise
    try:
        await server.start()
    except BaseException:
        await server.close()
        raise
    await stop.wait()
    await server.stop()
