"""Every RPC against every token that it must not accept."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from local.keys import Issuer
from tests.harness import as_person, as_service
from tests.suite.hostile.rpcs import RPCS, Rpc, together
from tests.suite.hostile.stage import REQUESTS, Stage
from tests.tokens import BAD_TOKENS, claims_at, sign, with_an_embedded_key

Pairs = tuple[tuple[str, str], ...]


def bearer(token: str) -> Pairs:
    return (("authorization", f"Bearer {token}"),)


@dataclass
class Listener:
    """Where a token says that its key is to be fetched."""

    port: int
    visits: list[str]


@pytest.fixture(scope="module")
async def listener() -> AsyncIterator[Listener]:
    visits: list[str] = []

    async def visit(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append("a service came for a key")
        writer.close()

    server = await asyncio.start_server(visit, "127.0.0.1", 0)
    yield Listener(server.sockets[0].getsockname()[1], visits)
    server.close()
    await server.wait_closed()


def unauthenticated(issuer: Issuer, port: int) -> dict[str, Pairs]:
    """Calls by nobody who is known."""
    good = issuer.person("acme", "ann")
    address = f"http://127.0.0.1:{port}/keys"
    return {
        **{name: bearer(make(issuer)) for name, make in BAD_TOKENS.items()},
        "no token": (),
        "a token without its scheme": (("authorization", good),),
        "another scheme": (("authorization", f"Basic {good}"),),
        "a token under another name": (("x-authorization", f"Bearer {good}"),),
        "a bad token before a good one": (*bearer("a.b.c"), *bearer(good)),
        "a key to be fetched by jku": bearer(with_an_embedded_key(issuer, jku=address)),
        "a key to be fetched by x5u": bearer(with_an_embedded_key(issuer, x5u=address)),
        "a token of 6 KiB of nothing": bearer("a" * 6_000),
    }


def forbidden(issuer: Issuer, rpc: Rpc) -> dict[str, Pairs]:
    """Calls by those who are known, and whom the RPC is not for."""
    if rpc.for_people:
        both = sign(issuer, claims_at(issuer.clock(), service="unread"))
        return {"a service": as_service(issuer), "a service that names a person, too": bearer(both)}
    return {
        "a person": as_person(issuer, "ann"),
        "a service in the name of a person": as_person(issuer, "ann", actor="replay"),
        "a person named like a service": as_person(issuer, "notifier"),
    }


@pytest.mark.parametrize("rpc", RPCS, ids=str)
async def test_no_rpc_answers_a_caller_whom_it_is_not_for(stage: Stage, listener: Listener, rpc: Rpc) -> None:
    issuer, request = stage.suite.issuer, stage.valid(rpc).SerializeToString()
    cases = [
        *((name, pairs, "UNAUTHENTICATED") for name, pairs in unauthenticated(issuer, listener.port).items()),
        *((name, pairs, "PERMISSION_DENIED") for name, pairs in forbidden(issuer, rpc).items()),
    ]
    outcomes = await together([stage.calling(rpc, request, pairs) for _, pairs, _ in cases])
    wrong = {
        name: outcome
        for (name, _, code), outcome in zip(cases, outcomes, strict=True)
        if (outcome.code, outcome.answers) != (code, ())
    }
    assert wrong == {}
    assert listener.visits == []
    # The tokens were the reason: the same request is answered to the caller whom it is for.
    assert (await stage.call(rpc, request)).code == "OK"


async def test_the_matrix_knows_every_rpc_and_no_other() -> None:
    assert {str(rpc) for rpc in RPCS} == set(REQUESTS)
    assert {rpc.service for rpc in RPCS} == {"messaging", "presence", "unread", "notifier"}
