"""What stands behind the gateway, as Envoy's clusters."""

from dataclasses import dataclass
from typing import Any

from gateway.routes import SERVICES

Json = dict[str, Any]

MANY = 1_000_000
"""No circuit breaker by number: Envoy's default of 1,024 requests would be a limit of 1,024 open streams."""


@dataclass(frozen=True)
class Address:
    """Where something listens."""

    host: str
    port: int

    def envoy(self) -> Json:
        """As Envoy writes it."""
        return {"socket_address": {"address": self.host, "port_value": self.port}}


def service(name: str, address: Address, discovery: str) -> Json:
    """The cluster of one service: HTTP/2, health checked, without a limit of open streams."""
    http2 = {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "explicit_http_config": {
            "http2_protocol_options": {"connection_keepalive": {"interval": "10s", "timeout": "5s"}}
        },
    }
    thresholds = {
        "max_connections": MANY,
        "max_pending_requests": MANY,
        "max_requests": MANY,
        "max_retries": 100,
    }
    health = {
        "timeout": "2s",
        "interval": "2s",
        "no_traffic_interval": "2s",
        "unhealthy_threshold": 2,
        "healthy_threshold": 1,
        "grpc_health_check": {"service_name": SERVICES[name].full_name},
    }
    cluster: Json = {
        "name": name,
        "type": discovery,
        "connect_timeout": "2s",
        "lb_policy": "LEAST_REQUEST",
        "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": http2},
        "circuit_breakers": {"thresholds": [thresholds]},
        "health_checks": [health],
        "load_assignment": _endpoints(name, address),
    }
    if discovery == "STRICT_DNS":
        cluster["dns_refresh_rate"] = "5s"
        cluster["dns_lookup_family"] = "ALL"
    return cluster


def admin(address: Address) -> Json:
    """Envoy's own interface, for probes that come through a listener."""
    return {"name": "admin", "type": "STATIC", "load_assignment": _endpoints("admin", address)}


def _endpoints(name: str, address: Address) -> Json:
    return {
        "cluster_name": name,
        "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address.envoy()}}]}],
    }
