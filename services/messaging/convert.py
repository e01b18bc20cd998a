"""Between the contract's messages and this service's values; part of the door."""

from collections.abc import Iterable
from typing import cast

from conversations.messaging.v1 import messaging_pb2 as pb

from services.messaging.rules import (
    Attachment,
    Content,
    Created,
    Deleted,
    Edited,
    Event,
    EveryonePart,
    Head,
    History,
    Item,
    Kind,
    MembersChanged,
    Mention,
    Part,
    PersonPart,
    Sent,
    Updated,
)


def kind_message(kind: Kind) -> pb.Kind:
    """A kind, for the contract; the numbers are the same."""
    return cast("pb.Kind", int(kind))


def history_message(history: History) -> pb.History:
    """What joiners see, for the contract; the numbers are the same."""
    return cast("pb.History", int(history))


def history_of(value: int) -> History | None:
    """What joiners see, from the contract; None if nothing is said."""
    return History(value) if value else None


def item_of(message: pb.Item) -> Item:
    """An item, from the contract."""
    return Item(message.project, message.tool, message.item)


def item_message(item: Item | None) -> pb.Item | None:
    """An item, for the contract."""
    return None if item is None else pb.Item(project=item.project, tool=item.tool, item=item.item)


def parts_of(messages: Iterable[pb.MessagePart]) -> list[Part]:
    """The pieces of a message, from the contract."""
    parts: list[Part] = []
    for message in messages:
        match message.WhichOneof("part"):
            case "person":
                parts.append(PersonPart(message.person.person, message.person.label))
            case "everyone":
                parts.append(EveryonePart(message.everyone.label))
            case _:
                parts.append(message.text)
    return parts


def attachments_of(messages: Iterable[pb.Attachment]) -> tuple[Attachment, ...]:
    """Attachments, from the contract."""
    return tuple(Attachment(one.id, one.name, one.type, one.size_bytes, one.url) for one in messages)


def attachment_messages(attachments: Iterable[Attachment]) -> list[pb.Attachment]:
    """Attachments, for the contract."""
    return [
        pb.Attachment(id=one.id, name=one.name, type=one.type, size_bytes=one.size_bytes, url=one.url)
        for one in attachments
    ]


def mention_messages(mentions: Iterable[Mention]) -> list[pb.Mention]:
    """Mentions, for the contract."""
    return [
        pb.Mention(person=one.person, everyone=one.everyone, start=one.start, length=one.length) for one in mentions
    ]


def event_message(event: Event, *, service: bool, text: bool, above: int = 0) -> pb.Event:
    """An event, for the contract.

    Args:
        event: the event.
        service: whether the reader is a service: then it carries the tenant, and mentions of the event's own version.
        text: whether it carries the text of a message.
        above: the reader sees only messages with a higher number: what is said of an earlier one is left out.
    """
    message = pb.Event(
        conversation=event.conversation,
        revision=event.revision,
        number=event.number,
        membership_revision=event.membership_revision,
        at_ms=event.at_ms,
        author=event.author,
        service=event.service,
    )
    if service:
        message.tenant = event.tenant
    match event.change:
        case Sent() as sent:
            _put_sent(message.message_sent, sent, service=service, text=text)
        case Edited() as edited:
            _put_edited(message.message_edited, edited, service=service, text=text, hidden=edited.number <= above)
        case Deleted() as deleted:
            message.message_deleted.number = deleted.number
        case MembersChanged(moves=moves):
            message.members_changed.CopyFrom(
                pb.MembersChanged(
                    added=moves.added,
                    removed=moves.removed,
                    made_owners=moves.made_owners,
                    made_members=moves.made_members,
                )
            )
        case Updated() as updated:
            message.conversation_updated.CopyFrom(
                pb.ConversationUpdated(
                    title=updated.title,
                    link=updated.link,
                    archived=updated.archived,
                    history=history_message(updated.history),
                    service=updated.service,
                )
            )
        case Created() as created:
            message.created.CopyFrom(
                pb.ConversationCreated(
                    kind=kind_message(created.kind),
                    title=created.title,
                    item=item_message(created.item),
                    link=created.link,
                    members=created.members,
                    owners=created.owners,
                    history=history_message(created.history),
                )
            )
    return message


def message_message(event: Event) -> pb.Message:
    """A message as history shows it.

    Raises:
        TypeError: the event is no message.
    """
    sent = event.change
    if not isinstance(sent, Sent):
        raise TypeError(f"{event.conversation} {event.revision} is no message")
    present = sent.present
    return pb.Message(
        number=event.number,
        revision=event.revision,
        author=event.author,
        text=present.text,
        at_ms=event.at_ms,
        client_key=sent.client_key,
        service=event.service,
        mentions=mention_messages(present.mentions),
        thread=sent.thread,
        attachments=attachment_messages(present.attachments),
        edited_at_ms=sent.now.at_ms if sent.now else 0,
        changed_revision=sent.changed_revision,
        deleted=bool(sent.deleted_revision),
        replies=sent.replies,
        last_reply_at_ms=sent.last_reply_at_ms,
    )


def version_message(event: Event, content: Content) -> pb.Version:
    """What a message said from an event on."""
    return pb.Version(
        revision=event.revision,
        at_ms=event.at_ms,
        text=content.text,
        mentions=mention_messages(content.mentions),
        attachments=attachment_messages(content.attachments),
    )


def conversation_message(conversation: str, head: Head, person: str = "") -> pb.Conversation:
    """A conversation as a member sees it, or a service."""
    state = head.state
    join = state.members.joins.get(person)
    return pb.Conversation(
        conversation=conversation,
        kind=kind_message(state.kind),
        title=state.title,
        item=item_message(state.item),
        link=state.link,
        members=state.members.names,
        revision=head.revision,
        number=head.number,
        created_at_ms=state.created_at_ms,
        owners=sorted(state.members.owners),
        archived=state.archived,
        history=history_message(state.history),
        service=state.service,
        joined_number=join.number if join else 0,
    )


def membership_message(conversation: str, head: Head) -> pb.Membership:
    """The members of a conversation, for services."""
    state = head.state
    return pb.Membership(
        conversation=conversation,
        tenant=state.tenant,
        kind=kind_message(state.kind),
        title=state.title,
        membership_revision=state.membership_revision,
        members=state.members.names,
        owners=sorted(state.members.owners),
        archived=state.archived,
    )


def _put_sent(message: pb.MessageSent, sent: Sent, *, service: bool, text: bool) -> None:
    message.client_key = sent.client_key
    message.thread = sent.thread
    present = sent.present
    if text:
        message.text = present.text
    if present.attachments:
        message.attachments.extend(attachment_messages(present.attachments))
    if service:
        message.kind = kind_message(sent.kind)
        message.mentions.extend(mention_messages(sent.mentions))
    else:
        if present.mentions:
            message.mentions.extend(mention_messages(present.mentions))
        message.edited_revision = sent.now.revision if sent.now else 0
        message.deleted = bool(sent.deleted_revision)


def _put_edited(message: pb.MessageEdited, edited: Edited, *, service: bool, text: bool, hidden: bool) -> None:
    message.number = edited.number
    message.client_key = edited.client_key
    message.superseded = edited.superseded or hidden
    if not message.superseded:
        if text:
            message.text = edited.text
        message.attachments.extend(attachment_messages(edited.attachments))
    if service:
        message.kind = kind_message(edited.kind)
    if service or not message.superseded:
        message.mentions.extend(mention_messages(edited.mentions))
