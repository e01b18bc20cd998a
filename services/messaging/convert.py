"""Between the contract's messages and this service's values; part of the door."""

from typing import cast

from conversations.messaging.v1 import messaging_pb2 as pb

from services.messaging.rules import Created, Event, Item, Kind, Sent


def kind_message(kind: Kind) -> pb.Kind:
    """A kind, for the contract; the numbers are the same."""
    return cast("pb.Kind", int(kind))


def item_of(message: pb.Item) -> Item:
    """An item, from the contract."""
    return Item(message.project, message.tool, message.item)


def item_message(item: Item | None) -> pb.Item | None:
    """An item, for the contract."""
    return None if item is None else pb.Item(project=item.project, tool=item.tool, item=item.item)


def event_message(event: Event, *, service: bool, text: bool) -> pb.Event:
    """An event, for the contract.

    Args:
        event: the event.
        service: whether the reader is a service: then it carries the tenant.
        text: whether it carries the text of a message.
    """
    message = pb.Event(
        conversation=event.conversation,
        revision=event.revision,
        number=event.number,
        membership_revision=event.membership_revision,
        at_ms=event.at_ms,
        author=event.author,
    )
    if service:
        message.tenant = event.tenant
    change = event.change
    if isinstance(change, Sent):
        sent = message.message_sent
        sent.client_key = change.client_key
        if text:
            sent.text = change.text
        if service:
            sent.kind = kind_message(change.kind)
    else:
        message.created.CopyFrom(
            pb.ConversationCreated(
                kind=kind_message(change.kind),
                title=change.title,
                item=item_message(change.item),
                link=change.link,
                members=change.members,
            )
        )
    return message


def message_message(event: Event) -> pb.Message:
    """A message as history shows it.

    Raises:
        TypeError: the event is no message.
    """
    change = event.change
    if not isinstance(change, Sent):
        raise TypeError(f"{event.conversation} {event.revision} is no message")
    return pb.Message(
        number=event.number,
        revision=event.revision,
        author=event.author,
        text=change.text,
        at_ms=event.at_ms,
        client_key=change.client_key,
    )


def conversation_message(created: Event, last: Event) -> pb.Conversation:
    """A conversation as its members see it, of its first and last event.

    Raises:
        TypeError: the first event is not a creation.
    """
    change = created.change
    if not isinstance(change, Created):
        raise TypeError(f"{created.conversation} does not begin with its creation")
    return pb.Conversation(
        conversation=created.conversation,
        kind=kind_message(change.kind),
        title=change.title,
        item=item_message(change.item),
        link=change.link,
        members=change.members,
        revision=last.revision,
        number=last.number,
        created_at_ms=created.at_ms,
    )
