"""What events mean for the catalog: a batch of them folded to one change for each document."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.messaging.catalog.words import index_entries
from services.messaging.rules import Created, Deleted, Edited, Event, MembersChanged, Sent, Updated


@dataclass(slots=True)
class Standing:
    """Whether a person is in a conversation, as of the event `revision`."""

    conversation: str
    person: str
    tenant: str
    present: bool
    revision: int


@dataclass(slots=True)
class Activity:
    """What happened in a conversation.

    Attributes:
        revision: of the last event.
        message_revision: of the last message; 0 for none.
        active_at_ms: when the last message was written, or the conversation began; 0 for neither.
        archived: whether it is closed for writing, as of the event `archived_revision`; None if that is not told.
        project: of the item, told with the first event; None if that is not told.
    """

    conversation: str
    revision: int = 0
    message_revision: int = 0
    active_at_ms: int = 0
    archived: bool | None = None
    archived_revision: int = 0
    project: str | None = None


@dataclass(slots=True)
class Text:
    """The words of a message.

    Attributes:
        changed: the revision that gave it these words.
        words: entries of the index; none for a message that was deleted.
        sent: (revision, at_ms, author) of the message; None where only the words are told.
    """

    conversation: str
    number: int
    changed: int
    words: list[str]
    sent: tuple[int, int, str] | None = None


@dataclass(slots=True)
class Effects:
    """The changes of a batch.

    Attributes:
        mending: events after which a message's own document is made right again (the writer does so too, unless it
            dies), the last one of each thread and all edits and deletions.
    """

    standings: dict[tuple[str, str], Standing] = field(default_factory=dict)
    activities: dict[str, Activity] = field(default_factory=dict)
    texts: dict[tuple[str, int], Text] = field(default_factory=dict)
    mending: dict[tuple[str, int, int], Event] = field(default_factory=dict)


def effects_of(events: Iterable[Event]) -> Effects:
    """The changes of a batch of events, which is in ascending order for each conversation."""
    effects = Effects()
    for event in events:
        activity = effects.activities.setdefault(event.conversation, Activity(event.conversation))
        activity.revision = max(activity.revision, event.revision)
        match event.change:
            case Created() as created:
                activity.active_at_ms = max(activity.active_at_ms, event.at_ms)
                activity.project = created.item.project if created.item else ""
                _archived(activity, event, archived=False)
                _stand(effects, event, created.members, present=True)
            case Sent() as sent:
                activity.message_revision = event.revision
                activity.active_at_ms = max(activity.active_at_ms, event.at_ms)
                # Read from the log long after, a message says what it says now.
                changed = sent.changed_revision or event.revision
                words = [] if sent.deleted_revision else index_entries(sent.text)
                _say(
                    effects,
                    Text(event.conversation, event.number, changed, words, (event.revision, event.at_ms, event.author)),
                )
                if sent.thread:
                    effects.mending[event.conversation, sent.thread, 0] = event
            case Edited() as edited:
                if not edited.superseded:
                    words = index_entries(edited.text)
                    _say(effects, Text(event.conversation, edited.number, event.revision, words))
                effects.mending[event.conversation, edited.number, event.revision] = event
            case Deleted() as deleted:
                _say(effects, Text(event.conversation, deleted.number, event.revision, []))
                effects.mending[event.conversation, deleted.number, event.revision] = event
            case MembersChanged(moves=moves):
                _stand(effects, event, moves.removed, present=False)
                _stand(effects, event, moves.added, present=True)
            case Updated() as updated:
                _archived(activity, event, archived=updated.archived)
    return effects


def _archived(activity: Activity, event: Event, *, archived: bool) -> None:
    if event.revision > activity.archived_revision:
        activity.archived, activity.archived_revision = archived, event.revision


def _stand(effects: Effects, event: Event, persons: Iterable[str], *, present: bool) -> None:
    for person in persons:
        known = effects.standings.get((event.conversation, person))
        if known is None or known.revision <= event.revision:
            effects.standings[event.conversation, person] = Standing(
                event.conversation, person, event.tenant, present, event.revision
            )


def _say(effects: Effects, text: Text) -> None:
    key = text.conversation, text.number
    known = effects.texts.get(key)
    if known is None:
        effects.texts[key] = text
        return
    known.sent = known.sent or text.sent
    if text.changed > known.changed:
        known.changed, known.words = text.changed, text.words
