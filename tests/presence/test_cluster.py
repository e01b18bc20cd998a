"""A real cluster of three nodes: the same scripts, the same answers."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import redis.asyncio
from conversations.presence.v1 import presence_pb2 as pb
from conversations.presence.v1.presence_pb2_grpc import PresenceServiceStub
from redis.crc import key_slot

from local import databases
from local.keys import Issuer
from services.presence import valkey as client
from services.presence.app import build
from services.presence.keys import BUCKETS, name_of, person_key
from services.presence.statuses import Status
from services.presence.stores.leases import LeaseStore
from tests.conftest import ManualClock, eventually
from tests.harness import as_person, as_service, running
from tests.presence.conftest import IDLE_MS, LEASE_MS, STEP_MS, Messaging, Replica
from tests.presence.test_service import attached, locate, report, settings, unavailable_within
from tests.presence.test_streams import reading

if TYPE_CHECKING:
    from conversations.presence.v1.presence_pb2_grpc import PresenceServiceAsyncStub

NODES = 3
SLOTS = 16_384


class Cluster:
    """Three nodes that share the slots."""

    def __init__(self, folder: Path) -> None:
        self.ports = [databases.free_port() for _ in range(NODES)]
        # Their own ports for the nodes' talk: by default those are 10,000 above, which need not be free, nor ports.
        self.buses = [databases.free_port() for _ in range(NODES)]
        self.processes: list[subprocess.Popen[bytes]] = []
        for port, bus in zip(self.ports, self.buses, strict=True):
            command = databases.valkey_command(folder / str(port), port)
            command += ["--cluster-enabled", "yes", "--cluster-port", str(bus)]
            command += ["--cluster-node-timeout", "10000", "--cluster-require-full-coverage", "no"]
            self.processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        for process, port in zip(self.processes, self.ports, strict=True):
            databases.wait_for_port(process, "valkey", port)

    @property
    def url(self) -> str:
        return databases.valkey_url(self.ports[0])

    async def form(self) -> None:
        """Gives each node its slots, and makes them meet."""
        share = SLOTS // NODES + 1
        for index, port in enumerate(self.ports):
            last = min((index + 1) * share, SLOTS) - 1
            await ask(port, "CLUSTER", "ADDSLOTSRANGE", index * share, last)
            await ask(port, "CLUSTER", "SET-CONFIG-EPOCH", index + 1)
        for port, bus in list(zip(self.ports, self.buses, strict=True))[1:]:
            await ask(self.ports[0], "CLUSTER", "MEET", "127.0.0.1", port, bus)

        async def formed() -> bool:
            for port in self.ports:
                info = await ask(port, "CLUSTER", "INFO")
                if b"cluster_state:ok" not in info or len(await ask(port, "CLUSTER", "SLOTS")) != NODES:
                    return False
            return True

        await eventually(formed, timeout_s=30)

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait(timeout=20)


async def ask(port: int, *command: str | int) -> Any:
    """A node's answer to a command."""
    async with redis.asyncio.Redis(host="127.0.0.1", port=port) as node:
        return await node.execute_command(*command)  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def processes() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="conversations-cluster-"))
    cluster = Cluster(folder)
    yield cluster
    cluster.end()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
async def formed(processes: Cluster) -> Cluster:
    await processes.form()
    return processes


@pytest.fixture
async def cluster(formed: Cluster) -> Cluster:
    """The cluster, empty."""
    for port in formed.ports:
        await ask(port, "FLUSHALL")
    return formed


@pytest.fixture
async def replicas(cluster: Cluster, clock: ManualClock) -> AsyncIterator[list[Replica]]:
    messaging = Messaging()
    made = []
    for name in ("a", "b"):
        connection = client.connect(cluster.url, cluster=True)
        store = LeaseStore(client.connect(cluster.url, cluster=True), LEASE_MS, IDLE_MS)
        made.append((Replica(name, connection, store, clock, messaging=messaging), store))
    yield [replica for replica, _ in made]
    for replica, store in made:
        await replica.close()
        await store.close()


async def counts(cluster: Cluster) -> list[int]:
    """How many keys each node has."""
    return [await ask(port, "DBSIZE") for port in cluster.ports]


async def test_people_are_found_watched_and_followed_on_a_cluster(
    replicas: list[Replica], cluster: Cluster, clock: ManualClock
) -> None:
    one, two = replicas
    await one.settle()
    follower = await two.follow()
    people = [f"p{each}" for each in range(80)]
    screen, _ = await two.watch("max", *people)
    await screen.changes()
    attachments = [(await one.attach(person))[0] for person in people]
    await asyncio.gather(*(two.report(person) for person in people))
    assert sorted(await follower.news()) == sorted(f"+{person}" for person in people)
    assert sorted(await screen.changes()) == sorted(f"{person} ACTIVE" for person in people)
    assert len(await two.here(*people)) == 80
    assert all(count > BUCKETS // NODES for count in await counts(cluster))
    await one.presence.choose("acme", "p3", Status.DO_NOT_DISTURB, 0)
    await two.beat()
    assert await screen.changes() == ["p3 DO_NOT_DISTURB"]
    assert list((await two.presence.locate("acme", people)).chosen) == ["p3"]
    for attachment in attachments[:40]:
        await one.part(attachment)
    for _ in range(6):
        clock.pass_ms(STEP_MS)
        await one.keeper.renew()
    assert sorted(await follower.news()) == sorted(f"-{person} lease" for person in people[:40])
    assert len(await two.here(*people)) == 40


async def test_a_cluster_of_which_one_node_is_emptied_is_filled_again_and_the_rest_is_known(
    replicas: list[Replica], cluster: Cluster, clock: ManualClock
) -> None:
    one, two = replicas
    people = [f"p{each}" for each in range(60)]
    for person in people:
        await one.attach(person)
        await one.report(person)
    await one.settle()
    follower = await two.follow()
    resets = follower.resets
    await ask(cluster.ports[1], "FLUSHALL")
    known = [(await one.presence.locate("acme", [person])).known for person in people]
    assert 0 < sum(known) < 60
    await one.keeper.renew()
    assert len(await two.here(*people)) == 60
    assert not any(each.startswith("-") for each in await follower.news())
    assert follower.resets > resets
    await one.pass_ms(LEASE_MS)
    assert all([(await one.presence.locate("acme", [person])).known for person in people])


async def test_the_service_runs_on_a_cluster(cluster: Cluster, issuer: Issuer) -> None:
    chosen = settings(issuer, cluster.url, valkey_cluster=True)
    async with running(chosen, build) as service, running(chosen, build) as other:
        stub: PresenceServiceAsyncStub = PresenceServiceStub(service.channel)
        there: PresenceServiceAsyncStub = PresenceServiceStub(other.channel)
        feed_call = there.StreamTransitions(pb.StreamTransitionsRequest(partition_count=1), metadata=as_service(issuer))
        screen_call = there.WatchPresence(pb.WatchPresenceRequest(persons=["ann"]), metadata=as_person(issuer, "bob"))
        async with reading(feed_call) as feed, reading(screen_call) as screen:
            await eventually(lambda: feed.messages and screen.presences())
            async with attached(stub, issuer):
                await report(stub, issuer, sequence=1, tabs=[pb.Tab(tab="t", focused=True)])
                assert (await locate(there, issuer, "ann")).clients
                await eventually(lambda: feed.transitions() == [("ann", True, 0)])
                await eventually(lambda: screen.presences()[-1] == "ann ACTIVE")
            await eventually(lambda: feed.transitions()[-1] == ("ann", False, pb.REASON_LEASE_GONE))
            await eventually(lambda: screen.presences()[-1] == "ann OFFLINE")


@pytest.mark.usefixtures("impatience")
async def test_a_node_that_freezes_hangs_no_call_and_comes_back(cluster: Cluster, issuer: Issuer) -> None:
    chosen = settings(issuer, cluster.url, valkey_cluster=True, lease_ms=6_000)
    async with running(chosen, build) as service:
        stub: PresenceServiceAsyncStub = PresenceServiceStub(service.channel)
        await locate(stub, issuer, "ann")
        share = SLOTS // NODES + 1
        victim = next(
            each
            for each in (f"p{number}" for number in range(1_000))
            if key_slot(person_key(name_of("acme", each)).encode()) >= 2 * share
        )
        os.kill(cluster.processes[2].pid, signal.SIGSTOP)
        try:
            await unavailable_within(4, lambda: locate(stub, issuer, victim))
        finally:
            os.kill(cluster.processes[2].pid, signal.SIGCONT)

        async def back() -> bool:
            try:
                return bool((await locate(stub, issuer, victim)).known)
            except Exception:  # noqa: BLE001 - it is still away
                return False

        await eventually(back, timeout_s=30)
