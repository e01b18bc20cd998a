"""Two replicas write the same conversations at full speed while one of them is killed and comes back."""

import asyncio
import itertools
import uuid
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
from conversations.messaging.v1 import messaging_pb2 as pb
from conversations.messaging.v1.messaging_pb2_grpc import MessagingServiceStub

from local.keys import Issuer
from services.chassis import mongo
from tests.harness import as_person
from tests.processes import Process

if TYPE_CHECKING:
    from conversations.messaging.v1.messaging_pb2_grpc import MessagingServiceAsyncStub

ROOMS = 4
SENDERS = 16
LOAD_S = 5.0

RETRYABLE = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.UNKNOWN,
}


class Load:
    """People who send as fast as they are answered, by either replica, each message until it is known to be done."""

    def __init__(self, stubs: "list[MessagingServiceAsyncStub]", issuer: Issuer) -> None:
        self._stubs = stubs
        self.people = [f"p{index}" for index in range(SENDERS)]
        self._callers = [as_person(issuer, person, actor="replay") for person in self.people]
        self.rooms: list[str] = []
        self.acknowledged: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
        self.retries = 0

    async def make_rooms(self) -> None:
        for index in range(ROOMS):
            created = await self._stubs[0].CreateGroupConversation(
                pb.CreateGroupConversationRequest(client_key=f"r{index}", title="Site", members=self.people),
                metadata=self._callers[0],
            )
            self.rooms.append(created.conversation.conversation)

    async def send(self, number: int, end: float) -> None:
        for turn in itertools.count():
            if asyncio.get_running_loop().time() > end:
                return
            room, key = self.rooms[(number + turn) % ROOMS], f"{number}-{turn}"
            for attempt in itertools.count():
                try:
                    answer = await self._stubs[(number + turn + attempt) % 2].SendMessage(
                        pb.SendMessageRequest(conversation=room, client_key=key, text=f"text {key}"),
                        metadata=self._callers[number],
                        timeout=5,
                    )
                except grpc.aio.AioRpcError as error:
                    if error.code() not in RETRYABLE:
                        raise
                    self.retries += 1
                    await asyncio.sleep(0.02)
                else:
                    self.acknowledged[room, self.people[number]].append((key, answer.number))
                    break

    async def check(self, log: mongo.Collection) -> int:
        """Every room's log is whole; answers how many messages there are."""
        total = 0
        for room in self.rooms:
            events = await log.find({"conversation": room}).sort("revision", 1).to_list()
            messages = events[1:]
            total += len(messages)
            assert [event["revision"] for event in events] == list(range(1, len(events) + 1))
            assert [event["number"] for event in messages] == list(range(1, len(messages) + 1))
            keys = [(event["author"], event["client_key"]) for event in messages]
            assert len(set(keys)) == len(keys)
            times = [event["at_ms"] for event in events]
            assert times == sorted(times)
            number_of = {key: number for number, key in enumerate(keys, start=1)}
            for person in self.people:
                sent = self.acknowledged[room, person]
                # Every acknowledged message is there, under the number that was answered, in the order of sending.
                assert [number_of[person, key] for key, _ in sent] == [number for _, number in sent]
                assert [number for _, number in sent] == sorted(number for _, number in sent)
        return total


async def test_two_replicas_and_a_kill_leave_no_gap_no_duplicate_and_no_reordering(
    mongo_uri: str, mongo_client: mongo.Client, issuer: Issuer, tmp_path: Path
) -> None:
    database = f"test_{uuid.uuid4().hex[:12]}"
    settings = {"mongodb_uri": mongo_uri, "mongodb_database": database, "unlimited_actors": '["replay"]'}
    replicas = [Process("messaging", issuer, tmp_path, **settings) for _ in range(2)]
    channels: list[grpc.aio.Channel] = []
    try:
        for replica in replicas:
            await asyncio.to_thread(replica.start)
            channels.append(grpc.aio.insecure_channel(replica.address))
        load = Load([MessagingServiceStub(channel) for channel in channels], issuer)
        await load.make_rooms()

        async def fault() -> None:
            await asyncio.sleep(LOAD_S / 3)
            await asyncio.to_thread(replicas[1].kill)
            await asyncio.sleep(LOAD_S / 6)
            await asyncio.to_thread(replicas[1].start)

        end = asyncio.get_running_loop().time() + LOAD_S
        async with asyncio.TaskGroup() as group:
            group.create_task(fault())
            for number in range(SENDERS):
                group.create_task(load.send(number, end))

        assert load.retries > 0, "the kill must have been felt"
        total = await load.check(mongo_client[database]["log"])
        assert total == sum(len(sent) for sent in load.acknowledged.values())
        assert total > 100
    finally:
        for channel in channels:
            await channel.close()
        for replica in replicas:
            replica.kill()
        await mongo_client.drop_database(database)
