"""Names that mean something to a database, a template or a program are names, and nothing else."""

import itertools
import re
from typing import Any

from conversations.messaging.v1 import messaging_pb2 as m
from conversations.notifier.v1 import notifier_pb2 as n
from conversations.presence.v1 import presence_pb2 as p
from conversations.unread.v1 import unread_pb2 as u

from tests.conftest import eventually
from tests.harness import as_person, as_service
from tests.suite.hostile.stage import Stage

TENANT = "$tenant.{0}"

PEOPLE = [
    "$gt",
    "$where",
    "$set.read",
    "a",
    "a.b",
    "a:b",
    "a%3Ab",
    "A",
    "a ",
    " a",
    "a\u200b",
    "\u202ea",
    "{a}",
    "{0}a",
    "*",
    "_id",
    "__proto__",
    '{"$ne": null}',
    "../a",
    "a\\",
    "a'; return true; //",
    "caf\u00e9",
    "cafe\u0301",
    "author",
    "0",
    "null",
]
"""Different people, each of whom somebody has once taken for another."""

DEVICES = ["$where", "a.b", "b:phone", "phone"]
"""Together with PEOPLE, "a" + "b:phone" and "a:b" + "phone" read the same."""

KEY = re.compile(r"_id|[a-z][a-z_]*")
"""The keys that stored documents may have: words of ours."""


def keys_of(value: Any) -> set[str]:
    """All keys of a document, at any depth."""
    if isinstance(value, dict):
        return set(value).union(*(keys_of(each) for each in value.values()))
    return set().union(*(keys_of(each) for each in value)) if isinstance(value, list) else set()


async def test_people_whose_names_differ_only_in_such_things_share_nothing(stage: Stage) -> None:
    suite = stage.suite
    sender = as_person(suite.issuer, "$author", TENANT)

    def person(name: str) -> Any:
        return as_person(suite.issuer, name, TENANT)

    group = await suite.messaging.CreateGroupConversation(
        m.CreateGroupConversationRequest(client_key="$group", title="$title.{0}", members=PEOPLE), metadata=sender
    )
    conversation = group.conversation.conversation
    assert list(group.conversation.members) == sorted([*PEOPLE, "$author"])
    for number, (name, device) in enumerate(itertools.product(PEOPLE, DEVICES)):
        await suite.notifier.RegisterDevice(
            n.RegisterDeviceRequest(device=device, transport=n.TRANSPORT_STUB, target=f"$target.{number}"),
            metadata=person(name),
        )
    sent = await suite.messaging.SendMessage(
        m.SendMessageRequest(conversation=conversation, client_key="$gt", text='{"$where": "1"} $author {0}'),
        metadata=sender,
    )

    async def total(name: str) -> int:
        return int((await suite.unread.GetBadges(u.GetBadgesRequest(), metadata=person(name))).total.unread)

    async def all_have_one() -> bool:
        return [await total(name) for name in PEOPLE] == [1] * len(PEOPLE)

    await eventually(all_have_one)
    for read, name in enumerate(PEOPLE, start=1):
        await suite.unread.MarkRead(
            u.MarkReadRequest(conversation=conversation, number=sent.number), metadata=person(name)
        )
        if read in {1, 5, 20, len(PEOPLE)}:
            assert [await total(each) for each in PEOPLE] == [0] * read + [1] * (len(PEOPLE) - read)

    wanted = {(name, device) for name in PEOPLE for device in DEVICES}

    async def delivered() -> set[tuple[str, str]]:
        answer = await suite.notifier.ListDeliveries(
            n.ListDeliveriesRequest(conversation=conversation), metadata=as_service(suite.issuer)
        )
        assert len({each.delivery for each in answer.deliveries}) == len(answer.deliveries)
        return {(each.person, each.device) for each in answer.deliveries}

    async def all_are_delivered() -> bool:
        return await delivered() == wanted

    await eventually(all_are_delivered)
    (alert,) = await suite.alerts(conversation)
    assert alert.persons == len(PEOPLE)


async def test_clients_of_such_people_and_tenants_are_found_each_by_its_own_name(stage: Stage) -> None:
    suite = stage.suite
    pairs = [("a:b", "c"), ("a", "b:c"), ("a", "$gt"), ("a", "*"), ("1:a", "b"), ("{a}", "b"), ("a}", "{b")]
    calls = [
        suite.presence.Attach(
            p.AttachRequest(client=f"$client.{number}", platform=p.PLATFORM_BROWSER),
            metadata=as_person(suite.issuer, person, tenant),
        )
        for number, (tenant, person) in enumerate(pairs)
    ]
    try:
        for call in calls:
            assert (await call.read()).HasField("hello")
        everybody = sorted({person for _, person in pairs} | {"[a-z]*", "b", "a"})
        for tenant in sorted({tenant for tenant, _ in pairs} | {"*", "a:", "[a]"}):
            answer = await suite.presence.LocateClients(
                p.LocateClientsRequest(tenant=tenant, persons=everybody), metadata=as_service(suite.issuer)
            )
            found = {(tenant, client.person, client.client) for client in answer.clients}
            assert found == {
                (tenant, person, f"$client.{number}") for number, (whose, person) in enumerate(pairs) if whose == tenant
            }
    finally:
        for call in calls:
            call.cancel()


async def test_such_items_and_keys_are_different_things(stage: Stage) -> None:
    suite = stage.suite
    ann = as_person(suite.issuer, "ann", TENANT)
    names = ["$gt", "a", "a:b", "a.b", "b", "rfi", '{"$gt": ""}', "a\u200b", "rfi:a", "a:rfi"]
    found = {}
    for project, tool, item in itertools.product(names, ("rfi", "a"), names):
        answer = await suite.messaging.OpenItemConversation(
            m.OpenItemConversationRequest(
                item=m.Item(project=project, tool=tool, item=item), title=f"{project} {tool} {item}"
            ),
            metadata=ann,
        )
        found[project, tool, item] = answer.conversation
    assert len({each.conversation for each in found.values()}) == len(found)
    for (project, tool, item), each in found.items():
        assert (each.item.project, each.item.tool, each.item.item) == (project, tool, item)

    conversation = found["a", "rfi", "b"].conversation
    keys = ["$gt", "$where", "$set.text", "a.b", "a", '{"$gt":""}', "*", "_id", "{0}"]
    for number, key in enumerate(keys, start=1):
        request = m.SendMessageRequest(conversation=conversation, client_key=key, text=f"text of {key}")
        for _ in range(2):
            assert (await suite.messaging.SendMessage(request, metadata=ann)).number == number


async def test_nothing_that_a_client_made_has_become_a_key(stage: Stage) -> None:
    """BSON takes any key; one that a client made could be an operator, or a path, to whoever reads it."""
    seen = 0
    for service, database in stage.databases.items():
        for name in await database.list_collection_names():
            assert KEY.fullmatch(name), (service, name)
            async for document in database[name].find():
                seen += 1
                strange = {key for key in keys_of(document) if not KEY.fullmatch(key)}
                assert strange == set(), (service, name)
    assert seen > 100
