"""The facts about people who are looked at again: before a push leaves, and when a check is due."""

from collections.abc import Mapping

from services.notifier.chosen import Tenant
from services.notifier.facts import Facts
from services.notifier.reads import Reads
from services.notifier.records import Alert, Pointer, Whereabouts

WAIT_MS = 1_000
"""While unread or presence cannot answer, an alert is looked at again this often, ms."""

Read = Mapping[tuple[str, str], Pointer]
"""(conversation, person) to pointer."""


def heard(reads: Reads, conversation: str, person: str) -> Read:
    """What is known of a person's pointer without asking unread: what its feed has told."""
    pointer = reads.of(conversation).get(person)
    return {(conversation, person): pointer} if pointer else {}


def facts_now(
    alert: Alert,
    person: str,
    pointers: Read,
    located: Whereabouts,
    chosen: Tenant,
    now_ms: int,
    idle_ms: int,
    *,
    patient: bool,
    reachable: bool = True,
) -> Facts:
    """The facts of the moment about a person of an alert.

    With `patient`, a decision may wait while presence cannot tell; else whom it does not know is taken to be away.
    """
    content = alert.content
    pointer = pointers.get((content.conversation, person))
    return Facts(
        conversation=content.conversation,
        number=content.number,
        author=content.author or f"service {content.service}",
        kind=content.kind,
        now_ms=now_ms,
        idle_ms=idle_ms,
        clients=located.of(person) if located.known or patient else (),
        person=person,
        is_member=not (pointer and pointer.gone(alert.membership_revision)),
        deleted=alert.deleted,
        mentioned=alert.mentions(person),
        read=pointer.read if pointer else 0,
        preferences=chosen.of(person),
        muted_until_ms=pointer.muted_until_ms if pointer else 0,
        level=chosen.level(person, content.conversation),
        do_not_disturb=person in located.undisturbed,
        reachable=reachable,
    )
