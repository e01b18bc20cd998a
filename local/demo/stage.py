"""Sets the demo's project up: its conversations and devices; harmless to repeat."""

from conversations.messaging.v1 import messaging_pb2 as pb

from local import phones
from local.client import CALL_S, Connection, Person
from local.demo.content import Project, Talk

ACTOR = "demo"
"""The service identity by which the demo acts for its people; the limits of people do not hold for it."""


def cast(connection: Connection, project: Project) -> dict[str, Person]:
    """The project's people as callers, by user name."""
    return {user: connection.person(project.tenant, user, actor=ACTOR) for user in project.people}


async def open_conversations(people: dict[str, Person], project: Project) -> dict[str, str]:
    """Makes the conversations, or finds them; returns their ids by key."""
    return {talk.key: await _open(people[talk.members[0]], talk, project.project) for talk in project.talks}


async def _open(creator: Person, talk: Talk, project: str) -> str:
    stub, others = creator.connection.messaging, list(talk.members[1:])
    if talk.kind == "direct":
        direct = await stub.CreateDirectConversation(
            pb.CreateDirectConversationRequest(person=others[0]), metadata=creator.metadata(), timeout=CALL_S
        )
        return direct.conversation.conversation
    if talk.kind == "item":
        item = await stub.OpenItemConversation(
            pb.OpenItemConversationRequest(
                item=pb.Item(project=project, tool=talk.tool, item=talk.item),
                title=talk.title,
                link=talk.link,
                members=others,
            ),
            metadata=creator.metadata(),
            timeout=CALL_S,
        )
        return item.conversation.conversation
    group = await stub.CreateGroupConversation(
        pb.CreateGroupConversationRequest(client_key=f"demo-{talk.key}", title=talk.title, members=others),
        metadata=creator.metadata(),
        timeout=CALL_S,
    )
    return group.conversation.conversation


async def register_phones(people: dict[str, Person], project: Project) -> None:
    """Gives those who carry a phone one with the app on it."""
    for user in project.devices:
        await phones.register(people[user])
