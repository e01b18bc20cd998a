"""Events as they are stored, and back.

One document for each event:

    conversation, revision, number, membership_revision, tenant, at_ms, author, type; service, if a service did it;
    shape, if another revision than membership_revision was the last to change members or properties; then by type
      "created": kind, title, item {project, tool, item}, link, members, digest, owners, history
      "message": kind, text, client_key, digest, mentions, thread, attachments; of its present state now {revision,
                 at_ms, mentions, attachments}, first_text, deleted_revision, counted (1 for a reply that stands, 0 for
                 one that was deleted), replies, last_reply_at_ms
      "edit":    kind, about (the message's number), text, mentions, attachments, client_key, digest, superseded
      "delete":  deletes (the message's number), client_key, digest
      "members": added, removed, made_owners, made_members, client_key, digest, and base or state
      "update":  title, link, archived, history, by, client_key, digest, and base or state

What is empty is left out. `client_key` of a service begins with the service's name and a line break, which no key of a
person can hold. `state` is a snapshot of members and properties after the event; `base` is the revision of the last
event before it that has one.
"""

from collections.abc import Iterable

from services.chassis import mongo
from services.messaging.rules import (
    Attachment,
    Change,
    Created,
    Deleted,
    Edited,
    Event,
    History,
    Item,
    Join,
    Kind,
    Members,
    MembersChanged,
    Mention,
    Moves,
    Now,
    Sent,
    State,
    Updated,
)


def stored_key(service: str, client_key: str) -> str:
    """A client key as it is stored: keys of services are parted from each other."""
    return f"{service}\n{client_key}" if service else client_key


def to_document(event: Event) -> mongo.Document:
    """An event as it is stored."""
    document: mongo.Document = {
        "conversation": event.conversation,
        "revision": event.revision,
        "number": event.number,
        "membership_revision": event.membership_revision,
        "tenant": event.tenant,
        "at_ms": event.at_ms,
        "author": event.author,
    }
    if event.service:
        document["service"] = event.service
    if event.state_revision != event.membership_revision:
        document["shape"] = event.shape
    change = event.change
    if isinstance(change, Sent):
        _put_sent(document, change, event.service)
        return document
    if isinstance(change, Created):
        _put_created(document, change)
        return document
    if change.client_key:
        document["client_key"] = stored_key(event.service, change.client_key)
        document["digest"] = change.digest
    if isinstance(change, Edited):
        document |= {"type": "edit", "kind": int(change.kind), "about": change.number, "text": change.text}
        _put_lists(document, change.mentions, change.attachments)
        if change.superseded:
            document["superseded"] = True
    elif isinstance(change, Deleted):
        document |= {"type": "delete", "deletes": change.number}
    elif isinstance(change, MembersChanged):
        document["type"] = "members"
        moves = change.moves
        for name in ("added", "removed", "made_owners", "made_members"):
            if names := getattr(moves, name):
                document[name] = list(names)
        _put_state(document, change)
    else:
        document |= {
            "type": "update",
            "title": change.title,
            "link": change.link,
            "archived": change.archived,
            "history": int(change.history),
            "by": change.service,
        }
        _put_state(document, change)
    return document


def from_document(document: mongo.Document) -> Event:
    """A stored event as a value."""
    return Event(
        document["conversation"],
        document["revision"],
        document["number"],
        document["membership_revision"],
        document["tenant"],
        document["at_ms"],
        document["author"],
        _change(document),
        document.get("service", ""),
        document.get("shape", 0),
    )


def mention_documents(mentions: Iterable[Mention]) -> list[mongo.Document]:
    """Mentions as they are stored: the person is left out of a mention of everyone."""
    return [
        {"start": mention.start, "length": mention.length}
        | ({"everyone": True} if mention.everyone else {"person": mention.person})
        for mention in mentions
    ]


def attachment_documents(attachments: Iterable[Attachment]) -> list[mongo.Document]:
    """Attachments as they are stored."""
    return [
        {"id": one.id, "name": one.name, "type": one.type, "size_bytes": one.size_bytes, "url": one.url}
        for one in attachments
    ]


def state_document(state: State) -> mongo.Document:
    """A snapshot: members grouped by how they joined, since most came in together."""
    groups: dict[Join, list[str]] = {}
    for person, join in state.members.joins.items():
        groups.setdefault(join, []).append(person)
    document: mongo.Document = {
        "kind": int(state.kind),
        "title": state.title,
        "link": state.link,
        "archived": state.archived,
        "history": int(state.history),
        "service": state.service,
        "created_at_ms": state.created_at_ms,
        "joins": [
            {"revision": join.revision, "number": join.number, "above": join.above, "names": names}
            for join, names in groups.items()
        ],
        "owners": sorted(state.members.owners),
    }
    if state.item is not None:
        document["item"] = _item_document(state.item)
    return document


def state_of(event: mongo.Document) -> State:
    """The state after a stored event with a snapshot.

    Raises:
        KeyError: it has none.
    """
    document = event["state"]
    joins = {
        person: Join(group["revision"], group["number"], group["above"])
        for group in document["joins"]
        for person in group["names"]
    }
    revision = event["revision"]
    return State(
        tenant=event["tenant"],
        kind=Kind(document["kind"]),
        title=document["title"],
        item=_item(document.get("item")),
        link=document["link"],
        archived=document["archived"],
        history=History(document["history"]),
        service=document["service"],
        created_at_ms=document["created_at_ms"],
        members=Members(joins, frozenset(document["owners"])),
        membership_revision=event["membership_revision"],
        revision=revision,
        base=revision,
    )


def _put_sent(document: mongo.Document, change: Sent, service: str) -> None:
    document["type"] = "message"
    document["kind"] = int(change.kind)
    document["text"] = change.text
    document["client_key"] = stored_key(service, change.client_key)
    document["digest"] = change.digest
    if change.mentions or change.attachments:
        _put_lists(document, change.mentions, change.attachments)
    if change.thread:
        document["thread"] = change.thread
        document["counted"] = 0 if change.deleted_revision else 1
    if change.now is not None:
        document["now"] = now_document(change.now)
    if change.first_text is not None:
        document["first_text"] = change.first_text
    if change.deleted_revision:
        document["deleted_revision"] = change.deleted_revision
    if change.replies or change.last_reply_at_ms:
        document |= {"replies": change.replies, "last_reply_at_ms": change.last_reply_at_ms}


def now_document(now: Now) -> mongo.Document:
    """What an edit made of a message, as it is stored."""
    return {
        "revision": now.revision,
        "at_ms": now.at_ms,
        "mentions": mention_documents(now.mentions),
        "attachments": attachment_documents(now.attachments),
    }


def _put_created(document: mongo.Document, change: Created) -> None:
    document |= {
        "type": "created",
        "kind": int(change.kind),
        "title": change.title,
        "link": change.link,
        "members": list(change.members),
    }
    if change.owners:
        document["owners"] = list(change.owners)
    if change.history is not History.ALL:
        document["history"] = int(change.history)
    if change.item is not None:
        document["item"] = _item_document(change.item)


def _put_lists(document: mongo.Document, mentions: tuple[Mention, ...], attachments: tuple[Attachment, ...]) -> None:
    if mentions:
        document["mentions"] = mention_documents(mentions)
    if attachments:
        document["attachments"] = attachment_documents(attachments)


def _put_state(document: mongo.Document, change: MembersChanged | Updated) -> None:
    if change.snapshot is not None:
        document["state"] = state_document(change.snapshot)
    else:
        document["base"] = change.base


def _change(document: mongo.Document) -> Change:
    match document["type"]:
        case "message":
            return _sent(document)
        case "created":
            return Created(
                Kind(document["kind"]),
                document["title"],
                _item(document.get("item")),
                document["link"],
                tuple(document["members"]),
                tuple(document.get("owners", ())),
                History(document.get("history", History.ALL)),
            )
        case "edit":
            return Edited(
                Kind(document["kind"]),
                document["about"],
                document.get("text", ""),
                _mentions(document.get("mentions", ())),
                _attachments(document.get("attachments", ())),
                *_key(document),
                document.get("superseded", False),
            )
        case "delete":
            return Deleted(document["deletes"], *_key(document))
        case "members":
            moves = Moves(
                *(tuple(document.get(name, ())) for name in ("added", "removed", "made_owners", "made_members"))
            )
            return MembersChanged(moves, *_key(document), *_standing(document))
        case "update":
            return Updated(
                document["title"],
                document["link"],
                document["archived"],
                History(document["history"]),
                document["by"],
                *_key(document),
                *_standing(document),
            )
    raise ValueError(f"an event of an unknown type: {document['type']}")


def _sent(document: mongo.Document) -> Sent:
    get = document.get
    mentions, attachments, now = get("mentions"), get("attachments"), get("now")
    return Sent(
        Kind(document["kind"]),
        document["text"],
        *_key(document),
        _mentions(mentions) if mentions else (),
        get("thread", 0),
        _attachments(attachments) if attachments else (),
        Now(now["revision"], now["at_ms"], _mentions(now["mentions"]), _attachments(now["attachments"]))
        if now
        else None,
        get("first_text"),
        get("deleted_revision", 0),
        get("replies", 0),
        get("last_reply_at_ms", 0),
    )


def _key(document: mongo.Document) -> tuple[str, bytes]:
    return document.get("client_key", "").rpartition("\n")[2], bytes(document.get("digest", b""))


def _standing(document: mongo.Document) -> tuple[int, State | None]:
    return (0, state_of(document)) if "state" in document else (document.get("base", 0), None)


def _mentions(documents: Iterable[mongo.Document]) -> tuple[Mention, ...]:
    return tuple(
        Mention(one.get("person", ""), one.get("everyone", False), one["start"], one["length"]) for one in documents
    )


def _attachments(documents: Iterable[mongo.Document]) -> tuple[Attachment, ...]:
    return tuple(Attachment(one["id"], one["name"], one["type"], one["size_bytes"], one["url"]) for one in documents)


def _item(document: mongo.Document | None) -> Item | None:
    return Item(document["project"], document["tool"], document["item"]) if document else None


def _item_document(item: Item) -> mongo.Document:
    return {"project": item.project, "tool": item.tool, "item": item.item}
