"""Envoy's configuration as data; `render.py` says with which addresses.

Written against Envoy 1.40. The names of the parts are those of Envoy's API v3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.clusters import Address, Json, admin, issuer, service
from gateway.filters import BODY_LIMIT_BYTES, JWKS_FRESH_S, filters, http_filter, local_replies, type_of, virtual_host
from gateway.routes import SERVICES

CONNECTIONS = 50_000
"""How many connections one gateway takes; more would need more file descriptors than most machines give."""

STREAMS = 100
"""How many calls and streams one HTTP/2 connection may have open; a browser's client holds four or five."""

HEADERS_KB = 8
"""The longest request headers in all, KiB; a token takes one or two of them."""

PEER_IDLE_S = 30
"""A connection is asked after this long without a sign of life whether somebody is still there, s."""

PEER_TIMEOUT_S = 10
"""How long the answer may take, s; then the connection and its streams are ended."""


@dataclass(frozen=True)
class Tls:
    """The gateway's own certificate.

    Attributes:
        certificate: the file of the certificate and its chain, PEM.
        key: the file of the private key, PEM.
    """

    certificate: str
    key: str


@dataclass(frozen=True)
class Gateway:
    """What differs between the places where the gateway runs.

    Attributes:
        listen: where browsers and stubs connect to.
        admin: Envoy's own interface; always loopback.
        upstreams: the addresses of the four services, by name.
        discovery: `STATIC`, or `STRICT_DNS` where the addresses are names with several replicas behind them.
        jwks: the key set of the token issuer: a file, or an http or https address.
        issuer: the `iss` of accepted tokens.
        audience: the `aud` of accepted tokens.
        origins: regular expressions (RE2) of the web origins that may call.
        watch: where probes ask for readiness and metrics; None for nowhere.
        tls: the certificate, where the gateway itself ends TLS; None for HTTP without it.
        jwks_fresh_s: a remote key set is fetched again after this long, s.
        connections: how many it takes at a time.
        request_s: how long a request may take to arrive, s.
        peer_idle_s: see `PEER_IDLE_S`.
        peer_timeout_s: see `PEER_TIMEOUT_S`.
        linux: whether it runs there; elsewhere a silent peer over HTTP/1.1 is found by the system's own patience only.
    """

    listen: Address
    admin: Address
    upstreams: Mapping[str, Sequence[Address]]
    discovery: str
    jwks: str
    issuer: str
    audience: str
    origins: tuple[str, ...]
    watch: Address | None = None
    tls: Tls | None = None
    jwks_fresh_s: int = JWKS_FRESH_S
    connections: int = CONNECTIONS
    request_s: int = 30
    peer_idle_s: int = PEER_IDLE_S
    peer_timeout_s: int = PEER_TIMEOUT_S
    linux: bool = True

    def config(self) -> Json:
        """The whole bootstrap configuration."""
        listeners = [self._listener()]
        clusters = [service(name, self.upstreams[name], self.discovery) for name in SERVICES]
        if self.jwks.startswith(("http://", "https://")):
            clusters.append(issuer(self.jwks))
        if self.watch is not None:
            listeners.append(_watch_listener(self.watch))
            clusters.append(admin(self.admin))
        return {
            "admin": {"address": self.admin.envoy()},
            "overload_manager": {"resource_monitors": [_connection_limit(self.connections)]},
            "static_resources": {"listeners": listeners, "clusters": clusters},
        }

    def _listener(self) -> Json:
        manager = {
            "stat_prefix": "gateway",
            # Where TLS is ended here, ALPN chooses HTTP/2; without TLS, a stub that begins with HTTP/2 gets it.
            "codec_type": "AUTO",
            "use_remote_address": True,
            "normalize_path": True,
            "merge_slashes": True,
            "path_with_escaped_slashes_action": "REJECT_REQUEST",
            "common_http_protocol_options": {"headers_with_underscores_action": "REJECT_REQUEST"},
            "http2_protocol_options": {
                "max_concurrent_streams": STREAMS,
                # Over HTTP/1.1 the same is found by TCP, below.
                "connection_keepalive": {"interval": f"{self.peer_idle_s}s", "timeout": f"{self.peer_timeout_s}s"},
            },
            "max_request_headers_kb": HEADERS_KB,
            "request_headers_timeout": "10s",
            # Every RPC has one request message; a stream is what comes back.
            "request_timeout": f"{self.request_s}s",
            "stream_idle_timeout": "0s",
            "access_log": [_access_log()],
            "local_reply_config": local_replies(),
            "http_filters": filters(self.issuer, self.audience, self.jwks, self.jwks_fresh_s),
            "route_config": {"name": "rpcs", "virtual_hosts": [virtual_host(self.origins)]},
        }
        listener = _listener("gateway", self.listen, manager)
        probes = max(1, self.peer_timeout_s // 5)
        listener["tcp_keepalive"] = {
            "keepalive_time": self.peer_idle_s,
            "keepalive_interval": max(1, self.peer_timeout_s // probes),
            "keepalive_probes": probes,
        }
        if self.linux:
            listener["socket_options"] = [_user_timeout(self.peer_idle_s + self.peer_timeout_s)]
        if self.tls is not None:
            listener["filter_chains"][0]["transport_socket"] = _tls(self.tls)
        return listener


def _tls(tls: Tls) -> Json:
    certificate = {"certificate_chain": {"filename": tls.certificate}, "private_key": {"filename": tls.key}}
    context = {
        "alpn_protocols": ["h2", "http/1.1"],
        "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
        "tls_certificates": [certificate],
    }
    kind = type_of("transport_sockets.tls.v3.DownstreamTlsContext")
    return {"name": "envoy.transport_sockets.tls", "typed_config": {"@type": kind, "common_tls_context": context}}


def _listener(name: str, address: Address, manager: Json) -> Json:
    kind = type_of("filters.network.http_connection_manager.v3.HttpConnectionManager")
    connections = {"name": "envoy.filters.network.http_connection_manager", "typed_config": {"@type": kind, **manager}}
    return {
        "name": name,
        "address": address.envoy(),
        "per_connection_buffer_limit_bytes": BODY_LIMIT_BYTES,
        "filter_chains": [{"filters": [connections]}],
    }


def _user_timeout(seconds: int) -> Json:
    """Ends a connection whose peer takes nothing for so long; accepted connections have it from the listener.

    Keepalive alone finds only a peer to whom nothing is under way: a heartbeat that is not acknowledged would be sent
    again for 15 minutes (tcp(7), tcp_retries2). This also finds a process that has stopped reading.
    """
    tcp, user_timeout = 6, 18  # IPPROTO_TCP and TCP_USER_TIMEOUT of Linux
    described = "TCP_USER_TIMEOUT, ms"
    return {"description": described, "level": tcp, "name": user_timeout, "int_value": seconds * 1000}


def _connection_limit(connections: int) -> Json:
    kind = (
        "type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig"
    )
    return {
        "name": "envoy.resource_monitors.global_downstream_max_connections",
        "typed_config": {"@type": kind, "max_active_downstream_connections": connections},
    }


def _access_log() -> Json:
    """One JSON object a line; neither tokens nor queries nor bodies."""
    fields = {
        "at": "%START_TIME%",
        "method": "%REQ(:METHOD)%",
        "path": "%PATH(NQ)%",
        "protocol": "%PROTOCOL%",
        "status": "%RESPONSE_CODE%",
        # Set where a call was refused; %GRPC_STATUS% would be wrong for gRPC-Web, whose trailers are body.
        "grpc_status": "%RESP(GRPC-STATUS)%",
        "why": "%RESPONSE_CODE_DETAILS%",
        "flags": "%RESPONSE_FLAGS%",
        "ms": "%DURATION%",
        "bytes_in": "%BYTES_RECEIVED%",
        "bytes_out": "%BYTES_SENT%",
        "cluster": "%UPSTREAM_CLUSTER%",
        "upstream": "%UPSTREAM_HOST%",
        "request": "%REQ(X-REQUEST-ID)%",
    }
    kind = type_of("access_loggers.stream.v3.StdoutAccessLog")
    return {
        "name": "envoy.access_loggers.stdout",
        "typed_config": {"@type": kind, "log_format": {"json_format": fields}},
    }


def _watch_listener(address: Address) -> Json:
    """Readiness and metrics for probes, without opening the rest of the admin interface."""
    paths = ("/ready", "/stats/prometheus")
    manager = {
        "stat_prefix": "watch",
        "http_filters": [http_filter("router", "router.v3.Router")],
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
