"""Decides, once for each message, where everybody is told of it; records that, and only then lets it take effect.

The common case costs O(exceptions): nearly everybody is away with the product's preferences, so that decision is made
once, and only people with live clients or a pointer that moved lately are looked at one by one.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from services.chassis.clock import Clock
from services.chassis.errors import unavailable
from services.notifier import rules
from services.notifier.again import WAIT_MS
from services.notifier.attempt import Pointers
from services.notifier.changes import Changes
from services.notifier.chosen import Chosen, Tenant
from services.notifier.courier import Courier
from services.notifier.facts import Decision, Facts, Surface
from services.notifier.gather import Locator
from services.notifier.glances import Glances
from services.notifier.limits import Limits
from services.notifier.members import Members
from services.notifier.metrics import Metrics
from services.notifier.reads import Reads
from services.notifier.records import (
    Alert,
    Change,
    Content,
    Deletion,
    Edit,
    Event,
    Evidence,
    MembersChange,
    Membership,
    Message,
    Pointer,
    Push,
    Renaming,
    Whereabouts,
)
from services.notifier.stores.alerts import Alerts
from services.notifier.text import safe

CHUNK = 500
"""How many messages are decided at once."""

TITLE_LENGTH = 200
"""The longest title that is shown, code points; messaging allows as many."""


class Arbiter:
    """Makes first decisions."""

    def __init__(
        self,
        alerts: Alerts,
        members: Members,
        reads: Reads,
        pointers: Pointers,
        chosen: Chosen,
        locator: Locator,
        courier: Courier,
        changes: Changes,
        metrics: Metrics,
        limits: Limits,
        clock: Clock,
        glances: Glances,
    ) -> None:
        self._alerts = alerts
        self._members = members
        self._reads = reads
        self._pointers = pointers
        self._chosen = chosen
        self._locator = locator
        self._courier = courier
        self._changes = changes
        self._metrics = metrics
        self._limits = limits
        self._clock = clock
        self._glances = glances

    async def apply(self, events: Sequence[Event]) -> None:
        """Decides the messages among the events, and carries out what was changed; repeating it decides nothing again.

        Raises:
            Exception: something could not be done now; repeat all of it.
        """
        messages: list[Message] = []
        changes: list[Change] = []
        deleted = {(each.conversation, each.number) for each in events if isinstance(each, Deletion)}
        for event in events:
            match event:
                case Membership():
                    self._members.learn(event)
                case MembersChange():
                    self._members.changed(event)
                case Renaming():
                    self._members.renamed(event)
                case Message():
                    messages.append(event)
                case Edit() | Deletion():
                    changes.append(event)
        for start in range(0, len(messages), CHUNK):
            await self._apply(messages[start : start + CHUNK], deleted)
        # Last: what is changed has been decided, be it in this very batch.
        await self._changes.apply(changes)

    async def _apply(self, messages: Sequence[Message], deleted: Collection[tuple[str, int]]) -> None:
        memberships = await self._members.of(messages)
        located, unknown = await asyncio.gather(self._locate(messages, memberships), self._learn(messages, memberships))
        tenants = {tenant: await self._chosen.of(tenant) for tenant in located}
        now = self._clock()
        alerts = [
            self._decide(
                message,
                memberships[message.conversation],
                located[message.tenant],
                tenants[message.tenant],
                now,
                deleted=(message.conversation, message.number) in deleted,
                reads_known=message.conversation not in unknown,
            )
            for message in messages
        ]
        known = await self._alerts.insert(alerts)
        if known:
            stored = await self._alerts.get(list(known), whole=True)
            if len(stored) < len(known):
                raise unavailable("an earlier decision is not safe yet")
            alerts = [stored.get(alert.id, alert) for alert in alerts]
        self._metrics.decided(alert for alert in alerts if alert.id not in known)
        for alert in alerts:
            using = [person for person, decision in alert.decisions.items() if decision.reason in rules.IN_USE]
            self._glances.decided(alert.content.tenant, using, alert.decided_at_ms)
        await self._courier.dispatch(
            [
                Push(
                    alert.content,
                    alert.revision,
                    # Of an alert that is resumed: who was decided on, and not who has joined since.
                    pushed(alert, alert.members or memberships[alert.content.conversation].members),
                    alert.content.at_ms + self._limits.push_ttl_ms,
                    alert.decided_at_ms + self._limits.patience_ms,
                    alert.mentioned,
                    alert.everyone,
                )
                for alert in alerts
                if not alert.deleted
            ]
        )

    async def _learn(self, messages: Sequence[Message], memberships: Mapping[str, Membership]) -> Collection[str]:
        """Asks once for each conversation who has muted it; from then on the feed of reads tells.

        Returns the conversations of which unread cannot tell: nothing is shown on screens of theirs now.
        """
        first: dict[str, int] = {}
        for message in messages:
            if not self._reads.complete(message.conversation):
                first.setdefault(message.conversation, message.number)
        keys = [(each, person) for each in first for person in memberships[each].members]
        pointers = await self._pointers(keys) if keys else {}
        if pointers is None:
            return set(first)
        found: defaultdict[str, list[Pointer]] = defaultdict(list)
        for (conversation, _), pointer in pointers.items():
            found[conversation].append(pointer)
        for conversation, number in first.items():
            self._reads.begin(conversation, number, found[conversation])
        return ()

    async def _locate(
        self, messages: Iterable[Message], memberships: Mapping[str, Membership]
    ) -> dict[str, Whereabouts]:
        persons: defaultdict[str, set[str]] = defaultdict(set)
        for conversation, tenant in {(message.conversation, message.tenant) for message in messages}:
            persons[tenant] |= memberships[conversation].members
        answers = await asyncio.gather(*(self._locator.locate(tenant, names) for tenant, names in persons.items()))
        return dict(zip(persons, answers, strict=True))

    def _decide(
        self,
        message: Message,
        membership: Membership,
        located: Whereabouts,
        chosen: Tenant,
        now: int,
        *,
        deleted: bool,
        reads_known: bool,
    ) -> Alert:
        members = membership.members

        def facts(person: str, evidence: Evidence, *, is_member: bool = True) -> Facts:
            return Facts(
                conversation=message.conversation,
                number=message.number,
                author=message.author or f"service {message.service}",
                kind=message.kind,
                now_ms=now,
                idle_ms=self._limits.idle_ms,
                clients=evidence.clients if located.known else None,
                person=person,
                is_member=is_member,
                deleted=deleted,
                mentioned=evidence.mentioned,
                read=evidence.read,
                preferences=evidence.preferences,
                muted_until_ms=evidence.muted_until_ms,
                level=evidence.level,
                do_not_disturb=evidence.do_not_disturb,
                reads_known=reads_known,
            )

        # Nobody's name is empty: a member without clients, pointer or preferences.
        nobody = Evidence(mentioned=message.everyone, preferences=chosen.common)
        common = rules.decide(facts("", nobody))
        decisions: dict[str, Decision] = {}
        looked_at: dict[str, Evidence] = {}
        pointers = self._reads.of(message.conversation)
        for person in exceptions(located, members, pointers, chosen, message.mentioned):
            if person == message.author:
                continue
            pointer = pointers.get(person)
            evidence = Evidence(
                located.clients.get(person, ()),
                pointer.read if pointer else 0,
                pointer.muted_until_ms if pointer else 0,
                message.everyone or person in message.mentioned,
                chosen.level(person, message.conversation),
                person in located.undisturbed,
                chosen.of(person),
            )
            is_member = pointer is None or not pointer.gone(membership.revision)
            decision = rules.decide(facts(person, evidence, is_member=is_member))
            # A pointer alone says nothing new, unless it decides.
            if decision != common or replace(evidence, read=0) != nobody:
                decisions[person] = decision
                looked_at[person] = evidence
        alert = Alert(
            content=Content(
                message.tenant,
                message.conversation,
                message.number,
                message.author,
                message.kind,
                safe(membership.title, TITLE_LENGTH),
                safe(message.text),
                message.at_ms,
                message.service,
                membership.link,
            ),
            revision=message.revision,
            persons=len(members) - (message.author in members),
            common=common,
            decisions=decisions,
            decided_at_ms=now,
            unknown_since_ms=0 if located.known else now,
            unheard_since_ms=0 if reads_known else now,
            mentioned=message.mentioned & members,
            everyone=message.everyone,
            evidence=looked_at,
            common_preferences=chosen.common,
            deleted=deleted,
            members=members,
            membership_revision=membership.revision,
        )
        if waiting := _to_check(alert, members):
            if not located.known or not reads_known:
                return replace(alert, waiting=waiting, check_at_ms=now + WAIT_MS, due_ms=now + WAIT_MS)
            delays = {person: chosen.of(person).escalation_ms for person in waiting}
            first = min(map(self._limits.delay_ms, delays.values()))
            alert = replace(
                alert,
                waiting=waiting,
                check_at_ms=now + first,
                due_ms=now + self._limits.escalation_ms,
                due={person: now + delay for person, delay in delays.items() if delay},
            )
        return alert


def exceptions(
    located: Whereabouts,
    members: frozenset[str],
    pointers: Mapping[str, object],
    chosen: Tenant,
    mentioned: frozenset[str],
) -> set[str]:
    """The members who may be decided on otherwise than one who has no client, no choice, and has read nothing."""
    return (
        (located.clients.keys() & members)
        | (located.undisturbed & members)
        | (pointers.keys() & members)
        | (chosen.people.keys() & members)
        | (mentioned & members)
    )


def pushed(alert: Alert, members: frozenset[str]) -> frozenset[str]:
    """Whom the first decisions of an alert push to."""
    author = alert.content.author
    if alert.common.surface is Surface.PUSH:
        others = {person for person, decision in alert.decisions.items() if not rules.pushes(decision)}
        return members - others - {author}
    return frozenset(person for person, decision in alert.decisions.items() if rules.pushes(decision))


def _to_check(alert: Alert, members: Iterable[str]) -> list[str]:
    """Who is to be looked at again, unless they read it."""
    if rules.leaves_check(alert.common):
        return sorted(
            person for person in members if person != alert.content.author and rules.leaves_check(alert.of(person))
        )
    return sorted(person for person, decision in alert.decisions.items() if rules.leaves_check(decision))
