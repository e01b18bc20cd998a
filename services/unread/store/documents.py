"""Rows, heads and pointers as documents, and documents as values."""

from sys import intern

from services.chassis import mongo
from services.unread.rules import Head, Pointer, Row


def pointer_id(conversation: str, person: str) -> str:
    """The `_id` of a pointer; a conversation's id holds no colon."""
    return f"{conversation}:{person}"


def pointer_document(pointer: Pointer) -> mongo.Document:
    """A pointer as it is stored."""
    return {
        "_id": pointer_id(pointer.conversation, pointer.person),
        "conversation": pointer.conversation,
        "person": pointer.person,
        "tenant": pointer.tenant,
        "read": pointer.read,
        "epoch": pointer.epoch,
        "version": pointer.version,
        "joined": pointer.joined,
        "membership": pointer.membership,
        "left": pointer.left,
        "muted_until_ms": pointer.muted_until_ms,
        **pointer_counts(pointer),
    }


def pointer_counts(pointer: Pointer) -> mongo.Document:
    """The fields of a pointer that change when messages are counted."""
    return {
        "own": pointer.own,
        "mentioned": pointer.mentioned,
        "revision": pointer.revision,
        "tail": [list(delta) for delta in pointer.tail],
        "tail_from": pointer.tail_from,
    }


def pointer_of(document: mongo.Document) -> Pointer:
    """A stored pointer as a value; its names are kept once, however many pointers of attached people name them."""
    return Pointer(
        conversation=intern(document["conversation"]),
        person=intern(document["person"]),
        tenant=intern(document["tenant"]),
        read=document["read"],
        epoch=document["epoch"],
        version=document["version"],
        own=document["own"],
        mentioned=document["mentioned"],
        revision=document["revision"],
        tail=tuple([(delta[0], delta[1], delta[2], delta[3]) for delta in document["tail"]]),
        tail_from=document["tail_from"],
        joined=document["joined"],
        membership=document["membership"],
        left=document["left"],
        muted_until_ms=document["muted_until_ms"],
    )


def as_read(pointer: Pointer) -> mongo.Document:
    """The filter that finds a pointer only if it is still as it was read."""
    return {
        "_id": pointer_id(pointer.conversation, pointer.person),
        "version": pointer.version,
        "revision": pointer.revision,
    }


def head_document(head: Head) -> mongo.Document:
    """A head as it is stored, without its name."""
    return {
        "number": head.number,
        "revision": head.revision,
        "deleted": list(head.deleted),
        "deleted_floor": head.deleted_floor,
        "everyone": [list(entry) for entry in head.everyone],
        "everyone_floor": head.everyone_floor,
    }


def head_of(document: mongo.Document) -> Head:
    """A stored head as a value."""
    return Head(
        document["number"],
        document["revision"],
        tuple(document["deleted"]),
        document["deleted_floor"],
        tuple([(entry[0], entry[1]) for entry in document["everyone"]]),
        document["everyone_floor"],
    )


def row_document(row: Row) -> mongo.Document:
    """A row as it is stored. Without mentions it has no such field, so that their index stays small."""
    document: mongo.Document = {
        "conversation": row.conversation,
        "number": row.number,
        "revision": row.revision,
        "author": row.author,
        "changed": row.changed,
        "deleted": row.deleted,
    }
    if row.mentions:
        document["mentions"] = [
            {"person": person, "since": since, "until": until} for person, since, until in row.mentions
        ]
    return document


def row_of_document(document: mongo.Document) -> Row:
    """A stored row as a value."""
    return Row(
        document["conversation"],
        document["number"],
        document["revision"],
        document["author"],
        document["changed"],
        document["deleted"],
        tuple((each["person"], each["since"], each["until"]) for each in document.get("mentions", ())),
    )
