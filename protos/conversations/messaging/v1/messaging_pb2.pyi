from buf.validate import validate_pb2 as _validate_pb2
from conversations.common.v1 import policy_pb2 as _policy_pb2
from conversations.common.v1 import stream_pb2 as _stream_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    KIND_UNSPECIFIED: _ClassVar[Kind]
    KIND_DIRECT: _ClassVar[Kind]
    KIND_GROUP: _ClassVar[Kind]
    KIND_ITEM: _ClassVar[Kind]

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    ROLE_MEMBER: _ClassVar[Role]
    ROLE_OWNER: _ClassVar[Role]

class History(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HISTORY_UNSPECIFIED: _ClassVar[History]
    HISTORY_ALL: _ClassVar[History]
    HISTORY_SINCE_JOINING: _ClassVar[History]

class Versions(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERSIONS_UNSPECIFIED: _ClassVar[Versions]
    VERSIONS_NOBODY: _ClassVar[Versions]
    VERSIONS_AUTHOR: _ClassVar[Versions]
    VERSIONS_MEMBERS: _ClassVar[Versions]
KIND_UNSPECIFIED: Kind
KIND_DIRECT: Kind
KIND_GROUP: Kind
KIND_ITEM: Kind
ROLE_UNSPECIFIED: Role
ROLE_MEMBER: Role
ROLE_OWNER: Role
HISTORY_UNSPECIFIED: History
HISTORY_ALL: History
HISTORY_SINCE_JOINING: History
VERSIONS_UNSPECIFIED: Versions
VERSIONS_NOBODY: Versions
VERSIONS_AUTHOR: Versions
VERSIONS_MEMBERS: Versions

class Item(_message.Message):
    __slots__ = ("project", "tool", "item")
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    project: str
    tool: str
    item: str
    def __init__(self, project: _Optional[str] = ..., tool: _Optional[str] = ..., item: _Optional[str] = ...) -> None: ...

class Conversation(_message.Message):
    __slots__ = ("conversation", "kind", "title", "item", "link", "members", "revision", "number", "created_at_ms", "owners", "archived", "history", "service", "joined_number")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    OWNERS_FIELD_NUMBER: _ClassVar[int]
    ARCHIVED_FIELD_NUMBER: _ClassVar[int]
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    JOINED_NUMBER_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    kind: Kind
    title: str
    item: Item
    link: str
    members: _containers.RepeatedScalarFieldContainer[str]
    revision: int
    number: int
    created_at_ms: int
    owners: _containers.RepeatedScalarFieldContainer[str]
    archived: bool
    history: History
    service: str
    joined_number: int
    def __init__(self, conversation: _Optional[str] = ..., kind: _Optional[_Union[Kind, str]] = ..., title: _Optional[str] = ..., item: _Optional[_Union[Item, _Mapping]] = ..., link: _Optional[str] = ..., members: _Optional[_Iterable[str]] = ..., revision: _Optional[int] = ..., number: _Optional[int] = ..., created_at_ms: _Optional[int] = ..., owners: _Optional[_Iterable[str]] = ..., archived: _Optional[bool] = ..., history: _Optional[_Union[History, str]] = ..., service: _Optional[str] = ..., joined_number: _Optional[int] = ...) -> None: ...

class Mention(_message.Message):
    __slots__ = ("person", "everyone", "start", "length")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    EVERYONE_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    person: str
    everyone: bool
    start: int
    length: int
    def __init__(self, person: _Optional[str] = ..., everyone: _Optional[bool] = ..., start: _Optional[int] = ..., length: _Optional[int] = ...) -> None: ...

class MessagePart(_message.Message):
    __slots__ = ("text", "person", "everyone")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    EVERYONE_FIELD_NUMBER: _ClassVar[int]
    text: str
    person: PersonMention
    everyone: EveryoneMention
    def __init__(self, text: _Optional[str] = ..., person: _Optional[_Union[PersonMention, _Mapping]] = ..., everyone: _Optional[_Union[EveryoneMention, _Mapping]] = ...) -> None: ...

class PersonMention(_message.Message):
    __slots__ = ("person", "label")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    person: str
    label: str
    def __init__(self, person: _Optional[str] = ..., label: _Optional[str] = ...) -> None: ...

class EveryoneMention(_message.Message):
    __slots__ = ("label",)
    LABEL_FIELD_NUMBER: _ClassVar[int]
    label: str
    def __init__(self, label: _Optional[str] = ...) -> None: ...

class Attachment(_message.Message):
    __slots__ = ("id", "name", "type", "size_bytes", "url")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    type: str
    size_bytes: int
    url: str
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., type: _Optional[str] = ..., size_bytes: _Optional[int] = ..., url: _Optional[str] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("conversation", "revision", "number", "tenant", "membership_revision", "at_ms", "author", "created", "message_sent", "message_edited", "message_deleted", "members_changed", "conversation_updated", "service")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    MEMBERSHIP_REVISION_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_SENT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_EDITED_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_DELETED_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_CHANGED_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_UPDATED_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    revision: int
    number: int
    tenant: str
    membership_revision: int
    at_ms: int
    author: str
    created: ConversationCreated
    message_sent: MessageSent
    message_edited: MessageEdited
    message_deleted: MessageDeleted
    members_changed: MembersChanged
    conversation_updated: ConversationUpdated
    service: str
    def __init__(self, conversation: _Optional[str] = ..., revision: _Optional[int] = ..., number: _Optional[int] = ..., tenant: _Optional[str] = ..., membership_revision: _Optional[int] = ..., at_ms: _Optional[int] = ..., author: _Optional[str] = ..., created: _Optional[_Union[ConversationCreated, _Mapping]] = ..., message_sent: _Optional[_Union[MessageSent, _Mapping]] = ..., message_edited: _Optional[_Union[MessageEdited, _Mapping]] = ..., message_deleted: _Optional[_Union[MessageDeleted, _Mapping]] = ..., members_changed: _Optional[_Union[MembersChanged, _Mapping]] = ..., conversation_updated: _Optional[_Union[ConversationUpdated, _Mapping]] = ..., service: _Optional[str] = ...) -> None: ...

class ConversationCreated(_message.Message):
    __slots__ = ("kind", "title", "item", "link", "members", "owners", "history")
    KIND_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    OWNERS_FIELD_NUMBER: _ClassVar[int]
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    kind: Kind
    title: str
    item: Item
    link: str
    members: _containers.RepeatedScalarFieldContainer[str]
    owners: _containers.RepeatedScalarFieldContainer[str]
    history: History
    def __init__(self, kind: _Optional[_Union[Kind, str]] = ..., title: _Optional[str] = ..., item: _Optional[_Union[Item, _Mapping]] = ..., link: _Optional[str] = ..., members: _Optional[_Iterable[str]] = ..., owners: _Optional[_Iterable[str]] = ..., history: _Optional[_Union[History, str]] = ...) -> None: ...

class MembersChanged(_message.Message):
    __slots__ = ("added", "removed", "made_owners", "made_members")
    ADDED_FIELD_NUMBER: _ClassVar[int]
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    MADE_OWNERS_FIELD_NUMBER: _ClassVar[int]
    MADE_MEMBERS_FIELD_NUMBER: _ClassVar[int]
    added: _containers.RepeatedScalarFieldContainer[str]
    removed: _containers.RepeatedScalarFieldContainer[str]
    made_owners: _containers.RepeatedScalarFieldContainer[str]
    made_members: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, added: _Optional[_Iterable[str]] = ..., removed: _Optional[_Iterable[str]] = ..., made_owners: _Optional[_Iterable[str]] = ..., made_members: _Optional[_Iterable[str]] = ...) -> None: ...

class ConversationUpdated(_message.Message):
    __slots__ = ("title", "link", "archived", "history", "service")
    TITLE_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    ARCHIVED_FIELD_NUMBER: _ClassVar[int]
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    title: str
    link: str
    archived: bool
    history: History
    service: str
    def __init__(self, title: _Optional[str] = ..., link: _Optional[str] = ..., archived: _Optional[bool] = ..., history: _Optional[_Union[History, str]] = ..., service: _Optional[str] = ...) -> None: ...

class MessageEdited(_message.Message):
    __slots__ = ("number", "text", "mentions", "attachments", "client_key", "superseded", "kind")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    MENTIONS_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENTS_FIELD_NUMBER: _ClassVar[int]
    CLIENT_KEY_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDED_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    number: int
    text: str
    mentions: _containers.RepeatedCompositeFieldContainer[Mention]
    attachments: _containers.RepeatedCompositeFieldContainer[Attachment]
    client_key: str
    superseded: bool
    kind: Kind
    def __init__(self, number: _Optional[int] = ..., text: _Optional[str] = ..., mentions: _Optional[_Iterable[_Union[Mention, _Mapping]]] = ..., attachments: _Optional[_Iterable[_Union[Attachment, _Mapping]]] = ..., client_key: _Optional[str] = ..., superseded: _Optional[bool] = ..., kind: _Optional[_Union[Kind, str]] = ...) -> None: ...

class MessageDeleted(_message.Message):
    __slots__ = ("number",)
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    number: int
    def __init__(self, number: _Optional[int] = ...) -> None: ...

class MessageSent(_message.Message):
    __slots__ = ("text", "client_key", "kind", "mentions", "thread", "attachments", "edited_revision", "deleted")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CLIENT_KEY_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    MENTIONS_FIELD_NUMBER: _ClassVar[int]
    THREAD_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENTS_FIELD_NUMBER: _ClassVar[int]
    EDITED_REVISION_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    text: str
    client_key: str
    kind: Kind
    mentions: _containers.RepeatedCompositeFieldContainer[Mention]
    thread: int
    attachments: _containers.RepeatedCompositeFieldContainer[Attachment]
    edited_revision: int
    deleted: bool
    def __init__(self, text: _Optional[str] = ..., client_key: _Optional[str] = ..., kind: _Optional[_Union[Kind, str]] = ..., mentions: _Optional[_Iterable[_Union[Mention, _Mapping]]] = ..., thread: _Optional[int] = ..., attachments: _Optional[_Iterable[_Union[Attachment, _Mapping]]] = ..., edited_revision: _Optional[int] = ..., deleted: _Optional[bool] = ...) -> None: ...

class Message(_message.Message):
    __slots__ = ("number", "revision", "author", "text", "at_ms", "client_key", "service", "mentions", "thread", "attachments", "edited_at_ms", "changed_revision", "deleted", "replies", "last_reply_at_ms")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    CLIENT_KEY_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    MENTIONS_FIELD_NUMBER: _ClassVar[int]
    THREAD_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENTS_FIELD_NUMBER: _ClassVar[int]
    EDITED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    CHANGED_REVISION_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    REPLIES_FIELD_NUMBER: _ClassVar[int]
    LAST_REPLY_AT_MS_FIELD_NUMBER: _ClassVar[int]
    number: int
    revision: int
    author: str
    text: str
    at_ms: int
    client_key: str
    service: str
    mentions: _containers.RepeatedCompositeFieldContainer[Mention]
    thread: int
    attachments: _containers.RepeatedCompositeFieldContainer[Attachment]
    edited_at_ms: int
    changed_revision: int
    deleted: bool
    replies: int
    last_reply_at_ms: int
    def __init__(self, number: _Optional[int] = ..., revision: _Optional[int] = ..., author: _Optional[str] = ..., text: _Optional[str] = ..., at_ms: _Optional[int] = ..., client_key: _Optional[str] = ..., service: _Optional[str] = ..., mentions: _Optional[_Iterable[_Union[Mention, _Mapping]]] = ..., thread: _Optional[int] = ..., attachments: _Optional[_Iterable[_Union[Attachment, _Mapping]]] = ..., edited_at_ms: _Optional[int] = ..., changed_revision: _Optional[int] = ..., deleted: _Optional[bool] = ..., replies: _Optional[int] = ..., last_reply_at_ms: _Optional[int] = ...) -> None: ...

class CreateDirectConversationRequest(_message.Message):
    __slots__ = ("person",)
    PERSON_FIELD_NUMBER: _ClassVar[int]
    person: str
    def __init__(self, person: _Optional[str] = ...) -> None: ...

class CreateDirectConversationResponse(_message.Message):
    __slots__ = ("conversation",)
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    conversation: Conversation
    def __init__(self, conversation: _Optional[_Union[Conversation, _Mapping]] = ...) -> None: ...

class CreateGroupConversationRequest(_message.Message):
    __slots__ = ("client_key", "title", "members", "history")
    CLIENT_KEY_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    client_key: str
    title: str
    members: _containers.RepeatedScalarFieldContainer[str]
    history: History
    def __init__(self, client_key: _Optional[str] = ..., title: _Optional[str] = ..., members: _Optional[_Iterable[str]] = ..., history: _Optional[_Union[History, str]] = ...) -> None: ...

class CreateGroupConversationResponse(_message.Message):
    __slots__ = ("conversation",)
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    conversation: Conversation
    def __init__(self, conversation: _Optional[_Union[Conversation, _Mapping]] = ...) -> None: ...

class OpenItemConversationRequest(_message.Message):
    __slots__ = ("item", "title", "link", "members")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    item: Item
    title: str
    link: str
    members: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, item: _Optional[_Union[Item, _Mapping]] = ..., title: _Optional[str] = ..., link: _Optional[str] = ..., members: _Optional[_Iterable[str]] = ...) -> None: ...

class OpenItemConversationResponse(_message.Message):
    __slots__ = ("conversation",)
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    conversation: Conversation
    def __init__(self, conversation: _Optional[_Union[Conversation, _Mapping]] = ...) -> None: ...

class GetConversationRequest(_message.Message):
    __slots__ = ("conversation",)
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    def __init__(self, conversation: _Optional[str] = ...) -> None: ...

class GetConversationResponse(_message.Message):
    __slots__ = ("conversation",)
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    conversation: Conversation
    def __init__(self, conversation: _Optional[_Union[Conversation, _Mapping]] = ...) -> None: ...

class SendMessageRequest(_message.Message):
    __slots__ = ("conversation", "client_key", "text", "parts", "thread", "attachments")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    CLIENT_KEY_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    THREAD_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENTS_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    client_key: str
    text: str
    parts: _containers.RepeatedCompositeFieldContainer[MessagePart]
    thread: int
    attachments: _containers.RepeatedCompositeFieldContainer[Attachment]
    def __init__(self, conversation: _Optional[str] = ..., client_key: _Optional[str] = ..., text: _Optional[str] = ..., parts: _Optional[_Iterable[_Union[MessagePart, _Mapping]]] = ..., thread: _Optional[int] = ..., attachments: _Optional[_Iterable[_Union[Attachment, _Mapping]]] = ...) -> None: ...

class SendMessageResponse(_message.Message):
    __slots__ = ("number", "revision", "at_ms")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    number: int
    revision: int
    at_ms: int
    def __init__(self, number: _Optional[int] = ..., revision: _Optional[int] = ..., at_ms: _Optional[int] = ...) -> None: ...

class ListMessagesRequest(_message.Message):
    __slots__ = ("conversation", "after_number", "before_number", "page_size", "thread")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    AFTER_NUMBER_FIELD_NUMBER: _ClassVar[int]
    BEFORE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    THREAD_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    after_number: int
    before_number: int
    page_size: int
    thread: int
    def __init__(self, conversation: _Optional[str] = ..., after_number: _Optional[int] = ..., before_number: _Optional[int] = ..., page_size: _Optional[int] = ..., thread: _Optional[int] = ...) -> None: ...

class ListMessagesResponse(_message.Message):
    __slots__ = ("messages", "more")
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[Message]
    more: bool
    def __init__(self, messages: _Optional[_Iterable[_Union[Message, _Mapping]]] = ..., more: _Optional[bool] = ...) -> None: ...

class EditMessageRequest(_message.Message):
    __slots__ = ("conversation", "client_key", "text", "parts", "attachments", "number")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    CLIENT_KEY_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENTS_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    client_key: str
    text: str
    parts: _containers.RepeatedCompositeFieldContainer[MessagePart]
    attachments: _containers.RepeatedCompositeFieldContainer[Attachment]
    number: int
    def __init__(self, conversation: _Optional[str] = ..., client_key: _Optional[str] = ..., text: _Optional[str] = ..., parts: _Optional[_Iterable[_Union[MessagePart, _Mapping]]] = ..., attachments: _Optional[_Iterable[_Union[Attachment, _Mapping]]] = ..., number: _Optional[int] = ...) -> None: ...

class EditMessageResponse(_message.Message):
    __slots__ = ("revision", "at_ms")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    revision: int
    at_ms: int
    def __init__(self, revision: _Optional[int] = ..., at_ms: _Optional[int] = ...) -> None: ...

class DeleteMessageRequest(_message.Message):
    __slots__ = ("conversation", "client_key", "number")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    CLIENT_KEY_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    client_key: str
    number: int
    def __init__(self, conversation: _Optional[str] = ..., client_key: _Optional[str] = ..., number: _Optional[int] = ...) -> None: ...

class DeleteMessageResponse(_message.Message):
    __slots__ = ("revision", "at_ms")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    revision: int
    at_ms: int
    def __init__(self, revision: _Optional[int] = ..., at_ms: _Optional[int] = ...) -> None: ...

class ListVersionsRequest(_message.Message):
    __slots__ = ("conversation", "number")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    number: int
    def __init__(self, conversation: _Optional[str] = ..., number: _Optional[int] = ...) -> None: ...

class ListVersionsResponse(_message.Message):
    __slots__ = ("versions",)
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    versions: _containers.RepeatedCompositeFieldContainer[Version]
    def __init__(self, versions: _Optional[_Iterable[_Union[Version, _Mapping]]] = ...) -> None: ...

class Version(_message.Message):
    __slots__ = ("revision", "at_ms", "text", "mentions", "attachments")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    MENTIONS_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENTS_FIELD_NUMBER: _ClassVar[int]
    revision: int
    at_ms: int
    text: str
    mentions: _containers.RepeatedCompositeFieldContainer[Mention]
    attachments: _containers.RepeatedCompositeFieldContainer[Attachment]
    def __init__(self, revision: _Optional[int] = ..., at_ms: _Optional[int] = ..., text: _Optional[str] = ..., mentions: _Optional[_Iterable[_Union[Mention, _Mapping]]] = ..., attachments: _Optional[_Iterable[_Union[Attachment, _Mapping]]] = ...) -> None: ...

class AddMembersRequest(_message.Message):
    __slots__ = ("conversation", "client_key", "members", "role")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    CLIENT_KEY_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    client_key: str
    members: _containers.RepeatedScalarFieldContainer[str]
    role: Role
    def __init__(self, conversation: _Optional[str] = ..., client_key: _Optional[str] = ..., members: _Optional[_Iterable[str]] = ..., role: _Optional[_Union[Role, str]] = ...) -> None: ...

class AddMembersResponse(_message.Message):
    __slots__ = ("revision", "at_ms")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    revision: int
    at_ms: int
    def __init__(self, revision: _Optional[int] = ..., at_ms: _Optional[int] = ...) -> None: ...

class RemoveMembersRequest(_message.Message):
    __slots__ = ("conversation", "client_key", "members")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    CLIENT_KEY_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    client_key: str
    members: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, conversation: _Optional[str] = ..., client_key: _Optional[str] = ..., members: _Optional[_Iterable[str]] = ...) -> None: ...

class RemoveMembersResponse(_message.Message):
    __slots__ = ("revision", "at_ms")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    revision: int
    at_ms: int
    def __init__(self, revision: _Optional[int] = ..., at_ms: _Optional[int] = ...) -> None: ...

class LeaveConversationRequest(_message.Message):
    __slots__ = ("conversation", "client_key")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    CLIENT_KEY_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    client_key: str
    def __init__(self, conversation: _Optional[str] = ..., client_key: _Optional[str] = ...) -> None: ...

class LeaveConversationResponse(_message.Message):
    __slots__ = ("revision", "at_ms")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    revision: int
    at_ms: int
    def __init__(self, revision: _Optional[int] = ..., at_ms: _Optional[int] = ...) -> None: ...

class SetRoleRequest(_message.Message):
    __slots__ = ("conversation", "client_key", "person", "role")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    CLIENT_KEY_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    client_key: str
    person: str
    role: Role
    def __init__(self, conversation: _Optional[str] = ..., client_key: _Optional[str] = ..., person: _Optional[str] = ..., role: _Optional[_Union[Role, str]] = ...) -> None: ...

class SetRoleResponse(_message.Message):
    __slots__ = ("revision", "at_ms")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    revision: int
    at_ms: int
    def __init__(self, revision: _Optional[int] = ..., at_ms: _Optional[int] = ...) -> None: ...

class UpdateConversationRequest(_message.Message):
    __slots__ = ("conversation", "client_key", "title", "archived", "history")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    CLIENT_KEY_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    ARCHIVED_FIELD_NUMBER: _ClassVar[int]
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    client_key: str
    title: str
    archived: bool
    history: History
    def __init__(self, conversation: _Optional[str] = ..., client_key: _Optional[str] = ..., title: _Optional[str] = ..., archived: _Optional[bool] = ..., history: _Optional[_Union[History, str]] = ...) -> None: ...

class UpdateConversationResponse(_message.Message):
    __slots__ = ("revision", "at_ms")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    revision: int
    at_ms: int
    def __init__(self, revision: _Optional[int] = ..., at_ms: _Optional[int] = ...) -> None: ...

class SetStarRequest(_message.Message):
    __slots__ = ("conversation", "starred")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    STARRED_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    starred: bool
    def __init__(self, conversation: _Optional[str] = ..., starred: _Optional[bool] = ...) -> None: ...

class SetStarResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListConversationsRequest(_message.Message):
    __slots__ = ("kinds", "project", "unread", "starred", "archived", "page_size", "page_token")
    KINDS_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    UNREAD_FIELD_NUMBER: _ClassVar[int]
    STARRED_FIELD_NUMBER: _ClassVar[int]
    ARCHIVED_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    kinds: _containers.RepeatedScalarFieldContainer[Kind]
    project: str
    unread: bool
    starred: bool
    archived: bool
    page_size: int
    page_token: str
    def __init__(self, kinds: _Optional[_Iterable[_Union[Kind, str]]] = ..., project: _Optional[str] = ..., unread: _Optional[bool] = ..., starred: _Optional[bool] = ..., archived: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListConversationsResponse(_message.Message):
    __slots__ = ("listings", "next_page_token")
    LISTINGS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    listings: _containers.RepeatedCompositeFieldContainer[Listing]
    next_page_token: str
    def __init__(self, listings: _Optional[_Iterable[_Union[Listing, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class Listing(_message.Message):
    __slots__ = ("conversation", "member_count", "starred", "role", "active_at_ms", "last_message")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    MEMBER_COUNT_FIELD_NUMBER: _ClassVar[int]
    STARRED_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_AT_MS_FIELD_NUMBER: _ClassVar[int]
    LAST_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    conversation: Conversation
    member_count: int
    starred: bool
    role: Role
    active_at_ms: int
    last_message: Message
    def __init__(self, conversation: _Optional[_Union[Conversation, _Mapping]] = ..., member_count: _Optional[int] = ..., starred: _Optional[bool] = ..., role: _Optional[_Union[Role, str]] = ..., active_at_ms: _Optional[int] = ..., last_message: _Optional[_Union[Message, _Mapping]] = ...) -> None: ...

class SearchMessagesRequest(_message.Message):
    __slots__ = ("query", "conversation", "author", "page_size", "page_token")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    query: str
    conversation: str
    author: str
    page_size: int
    page_token: str
    def __init__(self, query: _Optional[str] = ..., conversation: _Optional[str] = ..., author: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class SearchMessagesResponse(_message.Message):
    __slots__ = ("found", "next_page_token")
    FOUND_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    found: _containers.RepeatedCompositeFieldContainer[FoundMessage]
    next_page_token: str
    def __init__(self, found: _Optional[_Iterable[_Union[FoundMessage, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class FoundMessage(_message.Message):
    __slots__ = ("conversation", "message")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    message: Message
    def __init__(self, conversation: _Optional[str] = ..., message: _Optional[_Union[Message, _Mapping]] = ...) -> None: ...

class PutItemConversationRequest(_message.Message):
    __slots__ = ("tenant", "item", "title", "link", "add_members", "remove_members", "archived")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    ADD_MEMBERS_FIELD_NUMBER: _ClassVar[int]
    REMOVE_MEMBERS_FIELD_NUMBER: _ClassVar[int]
    ARCHIVED_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    item: Item
    title: str
    link: str
    add_members: _containers.RepeatedScalarFieldContainer[str]
    remove_members: _containers.RepeatedScalarFieldContainer[str]
    archived: bool
    def __init__(self, tenant: _Optional[str] = ..., item: _Optional[_Union[Item, _Mapping]] = ..., title: _Optional[str] = ..., link: _Optional[str] = ..., add_members: _Optional[_Iterable[str]] = ..., remove_members: _Optional[_Iterable[str]] = ..., archived: _Optional[bool] = ...) -> None: ...

class PutItemConversationResponse(_message.Message):
    __slots__ = ("conversation",)
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    conversation: Conversation
    def __init__(self, conversation: _Optional[_Union[Conversation, _Mapping]] = ...) -> None: ...

class PostMessageRequest(_message.Message):
    __slots__ = ("tenant", "conversation", "text", "parts", "client_key", "attachments", "thread")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    CLIENT_KEY_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENTS_FIELD_NUMBER: _ClassVar[int]
    THREAD_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    conversation: str
    text: str
    parts: _containers.RepeatedCompositeFieldContainer[MessagePart]
    client_key: str
    attachments: _containers.RepeatedCompositeFieldContainer[Attachment]
    thread: int
    def __init__(self, tenant: _Optional[str] = ..., conversation: _Optional[str] = ..., text: _Optional[str] = ..., parts: _Optional[_Iterable[_Union[MessagePart, _Mapping]]] = ..., client_key: _Optional[str] = ..., attachments: _Optional[_Iterable[_Union[Attachment, _Mapping]]] = ..., thread: _Optional[int] = ...) -> None: ...

class PostMessageResponse(_message.Message):
    __slots__ = ("number", "revision", "at_ms")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    number: int
    revision: int
    at_ms: int
    def __init__(self, number: _Optional[int] = ..., revision: _Optional[int] = ..., at_ms: _Optional[int] = ...) -> None: ...

class TenantSettings(_message.Message):
    __slots__ = ("edit_within_ms", "delete_within_ms", "versions")
    EDIT_WITHIN_MS_FIELD_NUMBER: _ClassVar[int]
    DELETE_WITHIN_MS_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    edit_within_ms: int
    delete_within_ms: int
    versions: Versions
    def __init__(self, edit_within_ms: _Optional[int] = ..., delete_within_ms: _Optional[int] = ..., versions: _Optional[_Union[Versions, str]] = ...) -> None: ...

class GetTenantSettingsRequest(_message.Message):
    __slots__ = ("tenant",)
    TENANT_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    def __init__(self, tenant: _Optional[str] = ...) -> None: ...

class GetTenantSettingsResponse(_message.Message):
    __slots__ = ("settings",)
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    settings: TenantSettings
    def __init__(self, settings: _Optional[_Union[TenantSettings, _Mapping]] = ...) -> None: ...

class PutTenantSettingsRequest(_message.Message):
    __slots__ = ("tenant", "settings")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    settings: TenantSettings
    def __init__(self, tenant: _Optional[str] = ..., settings: _Optional[_Union[TenantSettings, _Mapping]] = ...) -> None: ...

class PutTenantSettingsResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class WatchConversationRequest(_message.Message):
    __slots__ = ("conversation", "after_revision")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    AFTER_REVISION_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    after_revision: int
    def __init__(self, conversation: _Optional[str] = ..., after_revision: _Optional[int] = ...) -> None: ...

class WatchConversationResponse(_message.Message):
    __slots__ = ("hello", "events", "caught_up", "heartbeat", "reset", "go_away")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    CAUGHT_UP_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    RESET_FIELD_NUMBER: _ClassVar[int]
    GO_AWAY_FIELD_NUMBER: _ClassVar[int]
    hello: _stream_pb2.Hello
    events: _containers.RepeatedCompositeFieldContainer[Event]
    caught_up: _stream_pb2.CaughtUp
    heartbeat: _stream_pb2.Heartbeat
    reset: _stream_pb2.Reset
    go_away: _stream_pb2.GoAway
    def __init__(self, hello: _Optional[_Union[_stream_pb2.Hello, _Mapping]] = ..., events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ..., caught_up: _Optional[_Union[_stream_pb2.CaughtUp, _Mapping]] = ..., heartbeat: _Optional[_Union[_stream_pb2.Heartbeat, _Mapping]] = ..., reset: _Optional[_Union[_stream_pb2.Reset, _Mapping]] = ..., go_away: _Optional[_Union[_stream_pb2.GoAway, _Mapping]] = ...) -> None: ...

class StreamEventsRequest(_message.Message):
    __slots__ = ("cursor", "partition", "partition_count", "include_text")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    PARTITION_COUNT_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TEXT_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    partition: int
    partition_count: int
    include_text: bool
    def __init__(self, cursor: _Optional[str] = ..., partition: _Optional[int] = ..., partition_count: _Optional[int] = ..., include_text: _Optional[bool] = ...) -> None: ...

class StreamEventsResponse(_message.Message):
    __slots__ = ("events", "cursor", "reset", "go_away")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    RESET_FIELD_NUMBER: _ClassVar[int]
    GO_AWAY_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[Event]
    cursor: str
    reset: _stream_pb2.Reset
    go_away: _stream_pb2.GoAway
    def __init__(self, events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ..., cursor: _Optional[str] = ..., reset: _Optional[_Union[_stream_pb2.Reset, _Mapping]] = ..., go_away: _Optional[_Union[_stream_pb2.GoAway, _Mapping]] = ...) -> None: ...

class ListEventsRequest(_message.Message):
    __slots__ = ("conversation", "after_revision", "page_size", "include_text")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    AFTER_REVISION_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TEXT_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    after_revision: int
    page_size: int
    include_text: bool
    def __init__(self, conversation: _Optional[str] = ..., after_revision: _Optional[int] = ..., page_size: _Optional[int] = ..., include_text: _Optional[bool] = ...) -> None: ...

class ListEventsResponse(_message.Message):
    __slots__ = ("events",)
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[Event]
    def __init__(self, events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ...) -> None: ...

class Head(_message.Message):
    __slots__ = ("conversation", "revision", "number", "at_ms")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    revision: int
    number: int
    at_ms: int
    def __init__(self, conversation: _Optional[str] = ..., revision: _Optional[int] = ..., number: _Optional[int] = ..., at_ms: _Optional[int] = ...) -> None: ...

class ListHeadsRequest(_message.Message):
    __slots__ = ("after_conversation", "page_size")
    AFTER_CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    after_conversation: str
    page_size: int
    def __init__(self, after_conversation: _Optional[str] = ..., page_size: _Optional[int] = ...) -> None: ...

class ListHeadsResponse(_message.Message):
    __slots__ = ("heads",)
    HEADS_FIELD_NUMBER: _ClassVar[int]
    heads: _containers.RepeatedCompositeFieldContainer[Head]
    def __init__(self, heads: _Optional[_Iterable[_Union[Head, _Mapping]]] = ...) -> None: ...

class Membership(_message.Message):
    __slots__ = ("conversation", "tenant", "kind", "title", "membership_revision", "members", "owners", "archived")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    MEMBERSHIP_REVISION_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    OWNERS_FIELD_NUMBER: _ClassVar[int]
    ARCHIVED_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    tenant: str
    kind: Kind
    title: str
    membership_revision: int
    members: _containers.RepeatedScalarFieldContainer[str]
    owners: _containers.RepeatedScalarFieldContainer[str]
    archived: bool
    def __init__(self, conversation: _Optional[str] = ..., tenant: _Optional[str] = ..., kind: _Optional[_Union[Kind, str]] = ..., title: _Optional[str] = ..., membership_revision: _Optional[int] = ..., members: _Optional[_Iterable[str]] = ..., owners: _Optional[_Iterable[str]] = ..., archived: _Optional[bool] = ...) -> None: ...

class ListMembersRequest(_message.Message):
    __slots__ = ("conversations",)
    CONVERSATIONS_FIELD_NUMBER: _ClassVar[int]
    conversations: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, conversations: _Optional[_Iterable[str]] = ...) -> None: ...

class ListMembersResponse(_message.Message):
    __slots__ = ("memberships",)
    MEMBERSHIPS_FIELD_NUMBER: _ClassVar[int]
    memberships: _containers.RepeatedCompositeFieldContainer[Membership]
    def __init__(self, memberships: _Optional[_Iterable[_Union[Membership, _Mapping]]] = ...) -> None: ...
