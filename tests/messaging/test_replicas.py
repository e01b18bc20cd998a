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


async def test_two_replicas_and_a_kill_leave_no_gap_no_duplicate_and_no_reordering(
    mongo_uri: str, mongo_client: mongo.Client, issuer: Issuer, tmp_path: Path
) -> None:
    database = f"test_{uuid.uuid4().hex[:12]}"
    replicas = [
        Process(
            "messaging",
            issuer,
            tmp_path,
            mongodb_uri=mongo_uri,
            mongodb_database=database,
            unlimited_actors='["replay"]',
        )
        for _ in range(2)
    ]
    channels = []
    try:
        for replica in replicas:
            await asyncio.to_thread(replica.start)
            channels.append(grpc.aio.insecure_channel(replica.address))
        stubs: list[MessagingServiceAsyncStub] = [MessagingServiceStub(channel) for channel in channels]
        people = [f"p{index}" for index in range(SENDERS)]
        callers = [as_person(issuer, person, actor="replay") for person in people]
        rooms = []
        for index in range(ROOMS):
            created = await stubs[0].CreateGroupConversation(
                pb.CreateGroupConversationRequest(client_key=f"r{index}", title="Site", members=people),
                metadata=callers[0],
            )
            rooms.append(created.conversation.conversation)

        acknowledged: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
        retries = 0
        end = asyncio.get_running_loop().time() + LOAD_S

        async def sender(number: int) -> None:
            """Sends one after the other, by either replica; repeats with the same key until it knows."""
            nonlocal retries
            for turn in itertools.count():
                if asyncio.get_running_loop().time() > end:
                    return
                room = rooms[(number + turn) % ROOMS]
                key = f"{number}-{turn}"
                for attempt in itertools.count():
                    try:
                        answer = await stubs[(number + turn + attempt) % 2].SendMessage(
                            pb.SendMessageRequest(conversation=room, client_key=key, text=f"text {key}"),
                            metadata=callers[number],
                            timeout=5,
                        )
                    except grpc.aio.AioRpcError as error:
                        assert error.code() in RETRYABLE, error
                        retries += 1
                        await asyncio.sleep(0.02)
                    else:
                        acknowledged[room, people[number]].append((key, answer.number))
                        break

        async def fault() -> None:
            await asyncio.sleep(LOAD_S / 3)
            await asyncio.to_thread(replicas[1].kill)
            await asyncio.sleep(LOAD_S / 6)
            await asyncio.to_thread(replicas[1].start)

        async with asyncio.TaskGroup() as group:
            group.create_task(fault())
            for number in range(SENDERS):
                group.create_task(sender(number))

        assert retries > 0, "the kill must have been felt"
        log = mongo_client[database]["log"]
        total = 0
        for room in rooms:
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
            for person in people:
                sent = acknowledged[room, person]
                # Every acknowledged message is there, under the number that was answered, in the order of sending.
                assert [number_of[person, key] for key, _ in sent] == [number for _, number in sent]
                assert [number for _, number in sent] == sorted(number for _, number in sent)
        assert total == sum(len(sent) for sent in acknowledged.values())
        assert total > 100
    finally:
        for channel in channels:
            await channel.close()
        for replica in replicas:
            replica.kill()
        await mongo_client.drop_database(database)
