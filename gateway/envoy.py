"""Envoy's configuration as data; `render.py` says with which addresses.

Written against Envoy 1.40. The names of the parts are those of Envoy's API v3.
"""

from dataclasses import dataclass
from typing import Any

from gateway.clusters import Address, Json, admin, service
from gateway.routes import SERVICES, Route, admitted

IDENTITY_HEADERS = ("x-user", "x-user-id", "x-tenant", "x-tenant-id", "x-person", "x-service", "x-actor")
"""Headers by which somebody might claim an identity; no service reads them, and none gets in."""

UNARY_TIMEOUT = "30s"
"""How long a unary call may take in all; the services' own limits are shorter."""

CONNECTIONS = 50_000
"""How many connections one gateway takes; more would need more file descriptors than most machines give."""

CLOCK_SKEW_S = 10
"""How far the clocks of issuer and gateway may differ, s; as in the services."""


@dataclass(frozen=True)
class Gateway:
    """What differs between the places where the gateway runs.

    Attributes:
        listen: where browsers and stubs connect to.
        admin: Envoy's own interface; always loopback.
        upstreams: the four services, by name.
        discovery: `STATIC`, or `STRICT_DNS` where the addresses are names with several replicas behind them.
        jwks_file: the key set of the token issuer.
        issuer: the `iss` of accepted tokens.
        audience: the `aud` of accepted tokens.
        origins: regular expressions (RE2) of the web origins that may call.
        watch: where probes ask for readiness and metrics; None for nowhere.
    """

    listen: Address
    admin: Address
    upstreams: dict[str, Address]
    discovery: str
    jwks_file: str
    issuer: str
    audience: str
    origins: tuple[str, ...]
    watch: Address | None = None

    def config(self) -> Json:
        """The whole bootstrap configuration."""
        listeners = [self._listener()]
        clusters = [service(name, self.upstreams[name], self.discovery) for name in SERVICES]
        if self.watch is not None:
            listeners.append(_watch_listener(self.watch))
            clusters.append(admin(self.admin))
        return {
            "admin": {"address": self.admin.envoy()},
            "overload_manager": {"resource_monitors": [_connection_limit()]},
            "static_resources": {"listeners": listeners, "clusters": clusters},
        }

    def _listener(self) -> Json:
        manager = {
            "stat_prefix": "gateway",
            "codec_type": "AUTO",
            "use_remote_address": True,
            "normalize_path": True,
            "merge_slashes": True,
            "path_with_escaped_slashes_action": "REJECT_REQUEST",
            "common_http_protocol_options": {"headers_with_underscores_action": "REJECT_REQUEST"},
            "http2_protocol_options": {"max_concurrent_streams": 100},
            "max_request_headers_kb": 16,
            "request_headers_timeout": "10s",
            # Every RPC has one request message; a stream is what comes back.
            "request_timeout": "30s",
            "stream_idle_timeout": "0s",
            "access_log": [_access_log()],
            "http_filters": self._filters(),
            "route_config": {"name": "rpcs", "virtual_hosts": [self._virtual_host()]},
        }
        return _listener("gateway", self.listen, manager)

    def _filters(self) -> list[Json]:
        strip = [{"remove": name} for name in IDENTITY_HEADERS]
        return [
            _filter("cors", "cors.v3.Cors"),
            _filter("header_mutation", "header_mutation.v3.HeaderMutation", mutations={"request_mutations": strip}),
            _filter(
                "jwt_authn",
                "jwt_authn.v3.JwtAuthentication",
                bypass_cors_preflight=True,
                providers={
                    "issuer": {
                        "issuer": self.issuer,
                        "audiences": [self.audience],
                        "local_jwks": {"filename": self.jwks_file},
                        "forward": True,
                        "clock_skew_seconds": CLOCK_SKEW_S,
                        "from_headers": [{"name": "authorization", "value_prefix": "Bearer "}],
                    }
                },
                # A call without a token goes on: the service answers it, with a status that every client understands.
                rules=[
                    {
                        "match": {"prefix": "/"},
                        "requires": {"requires_any": {"requirements": [_provider(), {"allow_missing": {}}]}},
                    }
                ],
            ),
            _filter("grpc_web", "grpc_web.v3.GrpcWeb"),
            _filter("router", "router.v3.Router", suppress_envoy_headers=True),
        ]

    def _virtual_host(self) -> Json:
        cors = {
            "@type": _type("filters.http.cors.v3.CorsPolicy"),
            "allow_origin_string_match": [{"safe_regex": {"regex": origin}} for origin in self.origins],
            "allow_methods": "POST, OPTIONS",
            "allow_headers": (
                "authorization, content-type, grpc-timeout, x-grpc-web, x-user-agent, "
                "connect-protocol-version, connect-timeout-ms"
            ),
            "expose_headers": "grpc-status, grpc-message, grpc-status-details-bin",
            "max_age": "86400",
            "forward_not_matching_preflights": False,
        }
        # The CORS filter answers every preflight itself, but only where there is a route.
        present = [{"name": name, "present_match": True} for name in ("origin", "access-control-request-method")]
        preflight = {
            "match": {"prefix": "/", "headers": [_method("OPTIONS"), *present]},
            "route": {"cluster": "messaging"},
        }
        # What is not listed has no route and answers 404: RPCs between services, reflection, health.
        return {
            "name": "conversations",
            "domains": ["*"],
            "typed_per_filter_config": {"envoy.filters.http.cors": cors},
            "routes": [preflight, *(_route(route) for route in admitted())],
        }


def _type(name: str) -> str:
    return f"type.googleapis.com/envoy.extensions.{name}"


def _filter(name: str, kind: str, **options: Any) -> Json:
    return {"name": f"envoy.filters.http.{name}", "typed_config": {"@type": _type(f"filters.http.{kind}"), **options}}


def _provider() -> Json:
    return {"provider_name": "issuer"}


def _listener(name: str, address: Address, manager: Json) -> Json:
    kind = _type("filters.network.http_connection_manager.v3.HttpConnectionManager")
    connections = {"name": "envoy.filters.network.http_connection_manager", "typed_config": {"@type": kind, **manager}}
    return {
        "name": name,
        "address": address.envoy(),
        "per_connection_buffer_limit_bytes": 256 * 1024,
        "filter_chains": [{"filters": [connections]}],
    }


def _method(name: str) -> Json:
    return {"name": ":method", "string_match": {"exact": name}}


def _route(route: Route) -> Json:
    timeouts: Json = {"timeout": "0s", "idle_timeout": "0s"} if route.streams else {"timeout": UNARY_TIMEOUT}
    # 0s: the caller's own deadline counts, whatever it is.
    timeouts["max_stream_duration"] = {"grpc_timeout_header_max": "0s"}
    match = {"path": route.path, "headers": [_method("POST")]}
    return {"match": match, "route": {"cluster": route.service, **timeouts}}


def _connection_limit() -> Json:
    kind = (
        "type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig"
    )
    return {
        "name": "envoy.resource_monitors.global_downstream_max_connections",
        "typed_config": {"@type": kind, "max_active_downstream_connections": CONNECTIONS},
    }


def _access_log() -> Json:
    """One JSON object a line; neither tokens nor queries nor bodies."""
    fields = {
        "at": "%START_TIME%",
        "method": "%REQ(:METHOD)%",
        "path": "%PATH(NQ)%",
        "status": "%RESPONSE_CODE%",
        # Set where a call was refused; %GRPC_STATUS% would be wrong for gRPC-Web, whose trailers are body.
        "grpc_status": "%RESP(GRPC-STATUS)%",
        "flags": "%RESPONSE_FLAGS%",
        "ms": "%DURATION%",
        "bytes_in": "%BYTES_RECEIVED%",
        "bytes_out": "%BYTES_SENT%",
        "cluster": "%UPSTREAM_CLUSTER%",
        "upstream": "%UPSTREAM_HOST%",
        "request": "%REQ(X-REQUEST-ID)%",
    }
    kind = _type("access_loggers.stream.v3.StdoutAccessLog")
    return {
        "name": "envoy.access_loggers.stdout",
        "typed_config": {"@type": kind, "log_format": {"json_format": fields}},
    }


def _watch_listener(address: Address) -> Json:
    """Readiness and metrics for probes, without opening the rest of the admin interface."""
    paths = ("/ready", "/stats/prometheus")
    manager = {
        "stat_prefix": "watch",
        "http_filters": [_filter("router", "router.v3.Router")],
        "route_config": {
            "name": "watch",
            "virtual_hosts": [
                {
                    "name": "watch",
                    "domains": ["*"],
                    "routes": [{"match": {"path": path}, "route": {"cluster": "admin"}} for path in paths],
                }
            ],
        },
    }
    return _listener("watch", address, manager)
