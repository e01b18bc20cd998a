"""Prints or returns the gateway's configuration for the place where it runs.

python -m gateway.render --kubernetes --origin https://app.example.com > deploy/k8s/base/envoy.yaml
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from gateway.clusters import Address
from gateway.envoy import Gateway, Tls
from gateway.routes import SERVICES

LOCAL_ORIGINS = (r"http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?",)
"""Web pages of this machine, on any port."""

NAMESPACE = "conversations"
SERVICE_PORT = 7100
GATEWAY_PORT = 8080
WATCH_PORT = 9902
ADMIN_PORT = 9901
JWKS_MOUNT = "/etc/conversations/jwks.json"

KUBERNETES_ORIGIN = "https://app.example.com"
KUBERNETES_ISSUER = "https://auth.example.com"
AUDIENCE = "conversations"

_HEADER = """\
# Made by `python -m gateway.render --kubernetes`; a test compares it. Change gateway/envoy.py, or the
# options of the command, not this file.
"""


def local_config(
    *,
    listen: int,
    admin: int,
    upstreams: dict[str, int],
    jwks_file: Path,
    issuer: str,
    audience: str,
    origins: Sequence[str] = LOCAL_ORIGINS,
    tls: Tls | None = None,
) -> str:
    """The configuration for this machine, everything on loopback.

    Args:
        listen: the gateway's port.
        admin: the port of Envoy's own interface.
        upstreams: the ports of the four services, by name.
        jwks_file: the key set of the token issuer.
        issuer: the `iss` of accepted tokens.
        audience: the `aud` of accepted tokens.
        origins: regular expressions of the web origins that may call.
        tls: the gateway's certificate; None for HTTP without TLS.
    """
    loopback = "127.0.0.1"
    return _text(
        Gateway(
            listen=Address(loopback, listen),
            admin=Address(loopback, admin),
            upstreams={name: [Address(loopback, port)] for name, port in upstreams.items()},
            discovery="STATIC",
            jwks=str(jwks_file),
            issuer=issuer,
            audience=audience,
            origins=tuple(origins),
            tls=tls,
            linux=sys.platform == "linux",
        )
    )


def kubernetes_config(
    *,
    origins: Sequence[str] = (KUBERNETES_ORIGIN,),
    issuer: str = KUBERNETES_ISSUER,
    audience: str = AUDIENCE,
    namespace: str = NAMESPACE,
    jwks: str = JWKS_MOUNT,
    tls: Tls | None = None,
) -> str:
    """The configuration for Kubernetes: services by name.

    The gateway listens on 8080; 9902 answers `/ready` and `/stats/prometheus`; the admin interface stays on loopback.

    Args:
        origins: the web origins that may call, exactly as a browser sends them.
        issuer: the `iss` of accepted tokens.
        audience: the `aud` of accepted tokens.
        namespace: where the services are.
        jwks: the key set of the token issuer: a mounted file, or an https address.
        tls: the gateway's mounted certificate; None where the cluster's ingress ends TLS.
    """
    everywhere = "0.0.0.0"  # noqa: S104 - a container's own network
    return _HEADER + _text(
        Gateway(
            listen=Address(everywhere, GATEWAY_PORT),
            admin=Address("127.0.0.1", ADMIN_PORT),
            upstreams={name: [Address(f"{name}.{namespace}.svc.cluster.local", SERVICE_PORT)] for name in SERVICES},
            discovery="STRICT_DNS",
            jwks=jwks,
            issuer=issuer,
            audience=audience,
            origins=tuple(re.escape(origin) for origin in origins),
            watch=Address(everywhere, WATCH_PORT),
            tls=tls,
        )
    )


def _text(gateway: Gateway) -> str:
    return yaml.safe_dump(gateway.config(), sort_keys=False, width=120)


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the configuration for Kubernetes."""
    parser = argparse.ArgumentParser(prog="python -m gateway.render", description=__doc__)
    parser.add_argument(
        "--kubernetes", action="store_true", required=True, help="for Kubernetes; the local run makes its own"
    )
    parser.add_argument("--origin", action="append", help=f"web origin that may call; default {KUBERNETES_ORIGIN}")
    parser.add_argument("--issuer", default=KUBERNETES_ISSUER, help="`iss` of accepted tokens")
    parser.add_argument("--audience", default=AUDIENCE, help="`aud` of accepted tokens")
    parser.add_argument("--namespace", default=NAMESPACE, help="namespace of the services")
    parser.add_argument("--jwks", default=JWKS_MOUNT, help=f"key set: a mounted file or an https address; {JWKS_MOUNT}")
    parser.add_argument("--tls-certificate", help="mounted certificate chain, PEM, where the gateway itself ends TLS")
    parser.add_argument("--tls-key", help="mounted private key, PEM")
    options = parser.parse_args(arguments)
    if bool(options.tls_certificate) != bool(options.tls_key):
        parser.error("--tls-certificate and --tls-key belong together")
    text = kubernetes_config(
        origins=options.origin or [KUBERNETES_ORIGIN],
        issuer=options.issuer,
        audience=options.audience,
        namespace=options.namespace,
        jwks=options.jwks,
        tls=Tls(options.tls_certificate, options.tls_key) if options.tls_key else None,
    )
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
