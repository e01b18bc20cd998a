"""What every request passes on its way in: CORS, identity, gRPC-Web, limits; and the routes at the end of it."""

from collections.abc import Sequence
from typing import Any

from gateway.clusters import Json
from gateway.routes import Route, admitted

IDENTITY_HEADERS = (
    *("x-user", "x-user-id", "x-tenant", "x-tenant-id", "x-person", "x-service", "x-actor"),
    *("x-conversations-tenant", "x-conversations-person"),
)
"""Headers by which somebody might claim an identity. None gets in; the last two are set from the checked token."""

IDENTITY_CLAIMS = {"x-conversations-tenant": "tenant", "x-conversations-person": "sub"}
"""What the gateway sets, for a mesh or a log behind it. No service trusts them: each checks the token itself."""

UNARY_TIMEOUT = "30s"
"""How long a unary call may take in all; the services' own limits are shorter."""

BODY_LIMIT_BYTES = 256 * 1024
"""The longest request, bytes; the services' own limit of a message is the same."""

CLOCK_SKEW_S = 10
"""How far the clocks of issuer and gateway may differ, s; as in the services."""

JWKS_FRESH_S = 60
"""A remote key set is fetched again after this long, s; as in the services."""

UNARY_RETRY = "connect-failure,refused-stream"
"""A call is repeated only where it is certain that no replica has seen it."""


def type_of(name: str) -> str:
    """The full name of a type of Envoy's extensions."""
    return f"type.googleapis.com/envoy.extensions.{name}"


def http_filter(name: str, kind: str, **options: Any) -> Json:
    """An HTTP filter with its options."""
    return {"name": f"envoy.filters.http.{name}", "typed_config": {"@type": type_of(f"filters.http.{kind}"), **options}}


def filters(issuer: str, audience: str, jwks: str, jwks_fresh_s: int) -> list[Json]:
    """The HTTP filters, in the order in which a request passes them.

    gRPC-Web comes before the check of the token, so that a refusal is a gRPC status and not only a number of HTTP.
    """
    strip = [{"remove": name} for name in IDENTITY_HEADERS]
    provider = {
        "issuer": issuer,
        "audiences": [audience],
        **_keys(jwks, jwks_fresh_s),
        "forward": True,
        "require_expiration": True,
        "clock_skew_seconds": CLOCK_SKEW_S,
        "from_headers": [{"name": "authorization", "value_prefix": "Bearer "}],
        "claim_to_headers": [{"header_name": name, "claim_name": claim} for name, claim in IDENTITY_CLAIMS.items()],
    }
    return [
        http_filter("cors", "cors.v3.Cors"),
        http_filter("header_mutation", "header_mutation.v3.HeaderMutation", mutations={"request_mutations": strip}),
        http_filter("grpc_web", "grpc_web.v3.GrpcWeb"),
        http_filter(
            "jwt_authn",
            "jwt_authn.v3.JwtAuthentication",
            bypass_cors_preflight=True,
            providers={"issuer": provider},
            rules=[{"match": {"prefix": "/"}, "requires": {"provider_name": "issuer"}}],
        ),
        http_filter("buffer", "buffer.v3.Buffer", max_request_bytes=BODY_LIMIT_BYTES),
        http_filter("router", "router.v3.Router", suppress_envoy_headers=True),
    ]


def local_replies() -> Json:
    """Makes a refusal of the gateway itself, which would be UNKNOWN, a status of the closed list of protos/README.md.

    A body that is too long stays so: INVALID_ARGUMENT, which nobody repeats. A request that does not arrive in time is
    UNAVAILABLE. Who speaks plain HTTP gets 413 and 408 as before.
    """
    return {
        "mappers": [
            _refusal(413, "INVALID_ARGUMENT", 3, f"the request is longer than {BODY_LIMIT_BYTES} bytes"),
            _refusal(408, "UNAVAILABLE", 14, "the request did not arrive in time"),
        ]
    }


def _refusal(http: int, name: str, code: int, words: str) -> Json:
    status = {"comparison": {"op": "EQ", "value": {"default_value": http, "runtime_key": f"conversations.{name}"}}}
    grpc = {"header": {"name": "content-type", "string_match": {"prefix": "application/grpc"}}}
    headers = {"grpc-status": str(code), "grpc-message": words, "content-type": "application/grpc"}
    return {
        "filter": {"and_filter": {"filters": [{"status_code_filter": status}, {"header_filter": grpc}]}},
        # As of every gRPC status; a page's gRPC-Web client looks no further than at another one.
        "status_code": 200,
        "body": {"inline_string": ""},
        "headers_to_add": [
            {"header": {"key": key, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
            for key, value in headers.items()
        ],
    }


def virtual_host(origins: Sequence[str]) -> Json:
    """Every RPC for people, and nothing else: what is not listed has no route and answers 404.

    Args:
        origins: regular expressions (RE2) of the web origins that may call.
    """
    cors = {
        "@type": type_of("filters.http.cors.v3.CorsPolicy"),
        "allow_origin_string_match": [{"safe_regex": {"regex": origin}} for origin in origins],
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
    return {
        "name": "conversations",
        "domains": ["*"],
        "typed_per_filter_config": {"envoy.filters.http.cors": cors},
        "routes": [preflight, *(_route(route) for route in admitted())],
    }


def _keys(jwks: str, fresh_s: int) -> Json:
    if not jwks.startswith(("http://", "https://")):
        return {"local_jwks": {"filename": jwks}}
    again = {"num_retries": 2, "retry_back_off": {"base_interval": "0.2s", "max_interval": "2s"}}
    return {
        "remote_jwks": {
            "http_uri": {"uri": jwks, "cluster": "issuer", "timeout": "5s"},
            "cache_duration": f"{fresh_s}s",
            # In the background: no call waits for the issuer, and the known keys stay in force while it is away.
            "async_fetch": {"failed_refetch_duration": "5s"},
            "retry_policy": again,
        }
    }


def _method(name: str) -> Json:
    return {"name": ":method", "string_match": {"exact": name}}


def _route(route: Route) -> Json:
    timeouts: Json = {"timeout": "0s", "idle_timeout": "0s"} if route.streams else {"timeout": UNARY_TIMEOUT}
    # 0s: the caller's own deadline counts, whatever it is.
    timeouts["max_stream_duration"] = {"grpc_timeout_header_max": "0s"}
    retry = {"retry_on": UNARY_RETRY, "num_retries": 2}
    match = {"path": route.path, "headers": [_method("POST")]}
    return {"match": match, "route": {"cluster": route.service, "retry_policy": retry, **timeouts}}
