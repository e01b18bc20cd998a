"""`conversations token`: a bearer token for the local run."""

from pathlib import Path
from typing import Annotated

import typer

from local.commands.options import Against, fail, find
from local.folder import DEFAULT
from local.keys import Issuer


def token(
    tenant: Annotated[str, typer.Option(help="The tenant of --user.")] = "",
    user: Annotated[str, typer.Option(help="The person whom the token names.")] = "",
    service: Annotated[
        str, typer.Option(help="The service that the token names; with --user, the service that acts for that person.")
    ] = "",
    ttl: Annotated[int, typer.Option(min=1, max=7 * 86_400, help="How long it is valid, s.")] = 12 * 3600,
    against: Against = None,
) -> None:
    """Print a bearer token, and nothing else.

    Needs no running stack: the keys are in `.local/keys`, and made there when they are missing.

    **Examples**

    * `conversations token --tenant northgate --user dana`
    * `conversations token --service reporting` for RPCs between services
    * `conversations token --tenant northgate --user dana --service reporting` acts for dana
    * `curl -H "authorization: Bearer $(conversations token --tenant northgate --user dana)" ...`
    """
    if bool(tenant) != bool(user) or not (user or service):
        fail("Name a person with --tenant and --user, or a service with --service.")
    issuer = Issuer.open(DEFAULT / "keys") if against is None else Issuer.read(Path(find(against).key_file))
    print(issuer.person(tenant, user, actor=service, ttl_s=ttl) if user else issuer.service(service, ttl_s=ttl))
