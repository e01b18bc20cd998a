"""What stands behind the gateway, as Envoy's clusters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gateway.routes import SERVICES

Json = dict[str, Any]

MANY = 1_000_000
"""No circuit breaker by number: Envoy's default of 1,024 requests would be a limit of 1,024 open streams."""

CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
"""The system's certificate authorities, by which the issuer is trusted: the path of Debian and of Envoy's images."""

_PROTOCOLS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


@dataclass(frozen=True)
class Address:
    """Where something listens."""

    host: str
    port: int

    def envoy(self) -> Json:
        """As Envoy writes it."""
        return {"socket_address": {"address": self.host, "port_value": self.port}}


def service(name: str, addresses: Sequence[Address], discovery: str) -> Json:
    """The cluster of one service: HTTP/2, health checked, without a limit of open streams.

    A replica that says NOT_SERVING gets nothing new and keeps its streams, which end by themselves. If no replica is
    left, calls end with UNAVAILABLE at once.
    """
    http2 = {"http2_protocol_options": {"connection_keepalive": {"interval": "10s", "timeout": "5s"}}}
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
        # Envoy's default sends calls to replicas that are not healthy, as soon as fewer than half of them are.
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "typed_extension_protocol_options": {_PROTOCOLS: _protocols(explicit_http_config=http2)},
        "circuit_breakers": {"thresholds": [thresholds]},
        "health_checks": [health],
        "load_assignment": _endpoints(name, addresses),
    }
    if discovery == "STRICT_DNS":
        cluster["dns_refresh_rate"] = "5s"
        cluster["dns_lookup_family"] = "ALL"
    return cluster


def admin(address: Address) -> Json:
    """Envoy's own interface, for probes that come through a listener."""
    return {"name": "admin", "type": "STATIC", "load_assignment": _endpoints("admin", [address])}


def issuer(url: str) -> Json:
    """Where the key set is fetched from: an http or https address; the certificate of the second is checked."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    address = Address(parts.hostname or "", parts.port or (443 if secure else 80))
    cluster: Json = {
        "name": "issuer",
        "type": "STRICT_DNS",
        "dns_lookup_family": "ALL",
        "connect_timeout": "2s",
        "load_assignment": _endpoints("issuer", [address]),
    }
    if secure:
        checks = {"auto_sni": True, "auto_san_validation": True}
        cluster["typed_extension_protocol_options"] = {
            _PROTOCOLS: _protocols(
                explicit_http_config={"http_protocol_options": {}}, upstream_http_protocol_options=checks
            )
        }
        kind = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"
        trust = {"validation_context": {"trusted_ca": {"filename": CERTIFICATES}}}
        cluster["transport_socket"] = {
            "name": "envoy.transport_sockets.tls",
            "typed_config": {"@type": kind, "common_tls_context": trust},
        }
    return cluster


def _protocols(**options: Json) -> Json:
    return {"@type": f"type.googleapis.com/{_PROTOCOLS}", **options}


def _endpoints(name: str, addresses: Sequence[Address]) -> Json:
    endpoints = [{"endpoint": {"address": address.envoy()}} for address in addresses]
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]}
