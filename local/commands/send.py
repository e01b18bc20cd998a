"""`conversations send`: one message."""

import uuid
from typing import Annotated

import typer
from conversations.messaging.v1 import messaging_pb2 as pb

from local.client import CALL_S, Connection
from local.commands.options import Against, Tenant, User, fail, find, run
from local.ready import Ready


def send(
    tenant: Tenant,
    user: User,
    text: Annotated[str, typer.Argument(help="What to say.")],
    to: Annotated[str, typer.Option(help="The other person of a direct conversation, made if there is none.")] = "",
    conversation: Annotated[str, typer.Option(help="The conversation's id, where --user is a member.")] = "",
    against: Against = None,
) -> None:
    """Send a message as a person.

    **Examples**

    * `conversations send --tenant northgate --user marco --to dana "Are you on site?"`
    * `conversations send --tenant northgate --user marco --conversation g_... "Pour starts at 6."`
    """
    if bool(to) == bool(conversation):
        fail("Say where: either --to PERSON or --conversation ID.")
    run(_send(find(against), tenant, user, to, conversation, text))


async def _send(ready: Ready, tenant: str, user: str, to: str, conversation: str, text: str) -> None:
    async with Connection(ready) as connection:
        person = connection.person(tenant, user)
        if to:
            direct = await connection.messaging.CreateDirectConversation(
                pb.CreateDirectConversationRequest(person=to), metadata=person.metadata(), timeout=CALL_S
            )
            conversation = direct.conversation.conversation
        sent = await connection.messaging.SendMessage(
            pb.SendMessageRequest(conversation=conversation, client_key=uuid.uuid4().hex, text=text),
            metadata=person.metadata(),
            timeout=CALL_S,
        )
    print(f"sent: message {sent.number} of {conversation}")
