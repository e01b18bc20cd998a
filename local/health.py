"""Waiting until a part of the local run works."""

import asyncio
import urllib.error
import urllib.request

import grpc
from grpc_health.v1 import health_pb2

from local.children import describe_end
from local.databases import NotReadyError, Running
from services.chassis.channel import connect

STEP_S = 0.05
"""Between two looks, s."""


async def wait_for_service(name: str, process: Running, port: int, timeout_s: float) -> None:
    """Waits until a service says SERVING (gRPC health checking protocol).

    Raises:
        NotReadyError: it ended, or did not get healthy in time.
    """
    async with connect(f"127.0.0.1:{port}") as channel:
        check = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        said = "nothing answered"
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    _raise_if_ended(name, process)
                    try:
                        answer = await check(health_pb2.HealthCheckRequest(), timeout=1)
                    except grpc.aio.AioRpcError as error:
                        said = f"the health check ended with {error.code().name}"
                    else:
                        if answer.status == health_pb2.HealthCheckResponse.SERVING:
                            return
                        said = f"it says {health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)}"
                    await asyncio.sleep(STEP_S)
        except TimeoutError:
            raise NotReadyError(name, f"did not get healthy within {timeout_s:.0f} s: {said}") from None


async def wait_for_gateway(process: Running, admin_port: int, timeout_s: float) -> None:
    """Waits until Envoy says that it is live and that each service is healthy behind it.

    Raises:
        NotReadyError: it ended, or did not get there in time.
    """
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                _raise_if_ended("gateway", process)
                if await asyncio.to_thread(_gateway_is_ready, admin_port):
                    return
                await asyncio.sleep(STEP_S)
    except TimeoutError:
        raise NotReadyError("gateway", f"did not get healthy within {timeout_s:.0f} s") from None


def _gateway_is_ready(admin_port: int) -> bool:
    admin = f"http://127.0.0.1:{admin_port}"
    try:
        if _get(f"{admin}/ready").strip() != "LIVE":
            return False
        hosts = [line for line in _get(f"{admin}/clusters").splitlines() if "::health_flags::" in line]
    except (OSError, urllib.error.URLError):
        return False
    return bool(hosts) and all(line.endswith("::healthy") for line in hosts)


def _get(address: str) -> str:
    # No proxy of the environment stands before loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=2) as answer:
        return str(answer.read().decode())


def _raise_if_ended(name: str, process: Running) -> None:
    status = process.poll()
    if status is not None:
        raise NotReadyError(name, describe_end(status))
